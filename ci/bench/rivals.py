"""What else one would take to find a Hamilton cycle of a random graph."""

from __future__ import annotations

import math
import time

import numpy as np

from whp.reference.graph import Graph
from whp.reference.hamilton import gnp, linear

PATIENCE = 10.0  # seconds


def rivals() -> None:
    """Print the largest n of 100, 200, 500, 1000, ... at which each finds a cycle of G(n, 5 ln n / n).

    It has 10 s, from the graph as the package wants it to the cycle; a search that fails at one size is
    not asked for larger ones.
    """
    for search in (by_whp, by_rotations, by_fast_tsp, by_circuit):
        largest, taken = 0, 0.0
        for n in (k * 10**e for e in range(2, 7) for k in (1, 2, 5)):
            graph = gnp.sample(n, 5 * math.log(n) / n, 1)
            try:
                spent = search(graph)
            except ImportError as missing:
                print(f"rivals: {missing}")
                break
            if spent is None or spent > PATIENCE:
                break
            largest, taken = n, spent
        else:
            n = 0
        print(f"{(search.__doc__ or '').partition('.')[0]:56}{largest:>9}      {taken:.1f} s; not {n:g}")


def by_whp(graph: Graph) -> float | None:
    """The linear search of whp."""
    bare = Graph(graph.n, graph.edges)  # without rows
    began = time.perf_counter()
    found = linear.search(bare, 1).cycle is not None
    return time.perf_counter() - began if found else None


def by_rotations(graph: Graph) -> float | None:
    """Rotations of a path, in Python on a networkx graph."""
    import random

    edges = graph.to_networkx()
    began = time.perf_counter()
    while time.perf_counter() < began + PATIENCE:
        unread = {v: random.sample(list(edges[v]), len(edges[v])) for v in edges}
        path, place = [0], {0: 0}
        while (rest := unread[path[-1]]) and time.perf_counter() < began + PATIENCE:
            u = rest.pop()
            if u not in place:
                place[u] = len(path)
                path.append(u)
            elif u == path[0] and len(path) == graph.n:
                return time.perf_counter() - began
            else:
                path[place[u] + 1 :] = path[: place[u] : -1]
                for i in range(place[u] + 1, len(path)):
                    place[path[i]] = i
    return None


def by_fast_tsp(graph: Graph) -> float | None:
    """A shortest tour by fast-tsp, an edge being shorter than none."""
    import fast_tsp

    if graph.n > 20000:  # the distances alone take more than 1.6 GB
        return None
    for patience in (0.1, 0.3, 1.0, 3.0, PATIENCE):
        began = time.perf_counter()
        lengths = np.full((graph.n, graph.n), 2, np.int32)
        u, v = graph.edges.T
        lengths[u, v] = lengths[v, u] = 1
        tour = fast_tsp.find_tour(lengths, duration_seconds=patience)
        if fast_tsp.compute_cost(tour, lengths) == graph.n:
            return min(time.perf_counter() - began, PATIENCE)
    return None


def by_circuit(graph: Graph) -> float | None:
    """A circuit by OR-tools' CP-SAT."""
    from ortools.sat.python import cp_model

    began = time.perf_counter()
    model = cp_model.CpModel()
    model.add_circuit([(u, v, model.new_bool_var("")) for u, v in graph.edges.tolist()]
                      + [(v, u, model.new_bool_var("")) for u, v in graph.edges.tolist()])  # fmt: skip
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = PATIENCE
    found = solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return time.perf_counter() - began if found else None
