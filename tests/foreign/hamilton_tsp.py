"""Searches a Hamilton cycle as a shortest tour, an edge 1 long and any other way 2, or as a subgraph.

whp check hamilton --subject hamilton_tsp.py:Elkai
"""

import numpy as np


def answer(status, cycle=None):
    return {"status": status, "cycle": cycle, "reads": None}


class Tour:
    largest, otherwise = 60, "gave up"

    @property
    def whp(self):
        return {"limits": {"find_cycle": {"n": [0, self.largest]}}}

    def find_cycle(self, graph, seed):
        if graph.n < 3:
            return answer("none")
        lengths = np.full((graph.n, graph.n), 2)
        u, v = graph.edges.T
        lengths[u, v] = lengths[v, u] = 1
        np.fill_diagonal(lengths, 0)
        tour = list(self.tour(lengths))
        short = sum(lengths[a, b] for a, b in zip(tour, tour[1:] + tour[:1], strict=True)) == graph.n
        return answer("found", tour) if short else answer(self.otherwise)


class Elkai(Tour):
    def tour(self, lengths):
        import elkai

        return elkai.DistanceMatrix(lengths.tolist()).solve_tsp()[:-1]


class PythonTsp(Tour):
    """An exact search, whose shortest tour says that there is no cycle if it is too long."""

    largest, otherwise = 9, "none"

    def tour(self, lengths):
        from python_tsp.exact import solve_tsp_branch_and_bound

        return solve_tsp_branch_and_bound(lengths)[0]


class Igraph:
    """A ring that is a subgraph."""

    largest = 14

    @property
    def whp(self):
        return {"limits": {"is_hamiltonian": {"n": [0, self.largest]}}}

    def is_hamiltonian(self, graph):
        import igraph

        whole = igraph.Graph(graph.n, graph.edges.tolist())
        return graph.n > 2 and whole.subisomorphic_lad(igraph.Graph.Ring(graph.n))
