"""Finds and excludes Hamilton cycles with OR-tools' CP-SAT: arcs of a circuit through all vertices.

whp check hamilton --subject hamilton_cpsat.py
"""

from ortools.sat.python import cp_model

whp = {"limits": {"find_cycle": {"n": [0, 100]}}}


def circuit(graph):
    """Return the successor of each vertex, None if there is no circuit, or "unknown" if time ran out."""
    if graph.n < 3:
        return None
    model = cp_model.CpModel()
    arcs = [(u, v, model.new_bool_var("")) for a, b in graph.edges.tolist() for u, v in ((a, b), (b, a))]
    if not arcs:
        return None
    model.add_circuit(arcs)
    for v in range(graph.n):  # without an arc of its own a vertex would not be missed
        leaving = [taken for u, _, taken in arcs if u == v]
        if not leaving:
            return None
        model.add_exactly_one(leaving)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1  # so that one question has one answer
    solver.parameters.max_deterministic_time = 5
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return None
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return "unknown"
    return {u: v for u, v, taken in arcs if solver.value(taken)}


def find_cycle(graph, seed):
    after = circuit(graph)
    if after is None or after == "unknown":
        return {"status": "none" if after is None else "gave up", "cycle": None, "reads": None}
    cycle = [0]
    while len(cycle) < graph.n:
        cycle.append(after[cycle[-1]])
    return {"status": "found", "cycle": cycle, "reads": None}


def is_hamiltonian(graph):
    return circuit(graph) is not None
