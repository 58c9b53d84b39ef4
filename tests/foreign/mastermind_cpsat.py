"""Decodes with OR-tools' CP-SAT: a codeword that agrees, then another one, or the proof that there is none.

whp check mastermind --subject mastermind_cpsat.py
"""

from ortools.sat.python import cp_model

whp = {"limits": {"decode": {"n": [1, 24]}}}


def solve(model):
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1  # so that one question has one answer
    return solver, solver.solve(model)


def decode(queries, answers):
    n = queries.shape[1]
    model = cp_model.CpModel()
    has = [[model.new_bool_var(f"{i} has {j}") for j in range(n)] for i in range(n)]
    for i in range(n):
        model.add_exactly_one(has[i])
        model.add_exactly_one(has[j][i] for j in range(n))
    for query, answer in zip(queries.tolist(), answers.tolist(), strict=True):
        model.add(sum(has[i][j] for i, j in enumerate(query)) == answer)
    solver, status = solve(model)
    if status == cp_model.INFEASIBLE:
        return {"status": "inconsistent", "codeword": None}
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return {"status": "stuck", "codeword": None}
    word = [next(j for j in range(n) if solver.value(has[i][j])) for i in range(n)]
    model.add(sum(has[i][j] for i, j in enumerate(word)) <= n - 1)
    _, other = solve(model)
    if other == cp_model.INFEASIBLE:
        return {"status": "decoded", "codeword": word}
    return {"status": "stuck", "codeword": None}
