"""Searches a Hamilton cycle as a shortest tour, by fast-tsp: an edge is 1 long, any other way 2.

A tour that is longer says nothing. The package searches for a time, so that answers may differ.

    whp check hamilton --subject hamilton_fasttsp.py
"""

import fast_tsp
import numpy as np

whp = {"deterministic": False, "limits": {"find_cycle": {"n": [0, 400]}}}
SECONDS = 0.05


def find_cycle(graph, seed):
    if graph.n < 3:
        return {"status": "none", "cycle": None, "reads": None}
    lengths = np.full((graph.n, graph.n), 2, np.int32)
    u, v = graph.edges.T
    lengths[u, v] = lengths[v, u] = 1
    np.fill_diagonal(lengths, 0)
    tour = fast_tsp.find_tour(lengths, duration_seconds=SECONDS)
    if fast_tsp.compute_cost(tour, lengths) > graph.n:
        return {"status": "gave up", "cycle": None, "reads": None}
    return {"status": "found", "cycle": tour, "reads": None}
