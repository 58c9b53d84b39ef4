"""Random graphs of released packages, one class each.

    pip install networkit && whp check hamilton --subject hamilton_gnp.py:Networkit

`ScikitNetwork` draws as many entries of the matrix as are expected, and not each with the given probability;
`EasyGraph` leaves out the vertices that have no edge.
"""

import random

import numpy as np


def short(seed):
    """Make a seed of 32 bits of one that has more."""
    return int(np.random.SeedSequence(seed).generate_state(1)[0])


class Package:
    def random_graph(self, n, p, seed):
        edges = self.edges(n, p, seed) if n else []  # not all of them take 0
        return {"n": n, "edges": [(int(u), int(v)) for u, v in edges]}


class Rustworkx(Package):
    def edges(self, n, p, seed):
        import rustworkx

        return rustworkx.undirected_gnp_random_graph(n, p, seed=seed).edge_list()


class Networkit(Package):
    def edges(self, n, p, seed):
        import networkit

        networkit.setNumberOfThreads(1)
        networkit.setSeed(seed, False)
        return networkit.generators.ErdosRenyiGenerator(n, p).generate().iterEdges()


class Xgi(Package):
    def edges(self, n, p, seed):
        import xgi

        return xgi.fast_random_hypergraph(n, [p], seed=seed).edges.members() if n > 1 else []


class TorchGeometric(Package):
    def edges(self, n, p, seed):
        import torch
        from torch_geometric.utils import erdos_renyi_graph

        torch.manual_seed(short(seed))
        return [(u, v) for u, v in erdos_renyi_graph(n, p).T.tolist() if u < v]


class BigRandomGraphs(Package):
    """Of its directed graphs, the edges from a smaller vertex to a larger one."""

    def edges(self, n, p, seed):
        import bigrandomgraphs

        first, second = np.random.SeedSequence(seed).generate_state(2, np.uint64) >> np.uint64(1)
        drawn = bigrandomgraphs.ER(n, p, 1, int(first), int(second)) if n > 1 else {"row": [], "col": []}
        return [(u, v) for u, v in zip(drawn["row"], drawn["col"], strict=True) if u < v]


class ScikitNetwork(Package):
    def edges(self, n, p, seed):
        from sknetwork.data import erdos_renyi

        drawn = erdos_renyi(n, p, seed=short(seed)).tocoo()
        return [(u, v) for u, v in zip(drawn.row, drawn.col, strict=True) if u < v]


class EasyGraph:
    def random_graph(self, n, p, seed):
        import easygraph

        random.seed(seed)
        graph = easygraph.erdos_renyi_P(n, p, FilePath="/dev/null")
        return {"n": len(graph.nodes), "edges": [edge[:2] for edge in graph.edges]}
