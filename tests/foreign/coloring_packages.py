"""Colourings by gcol, parkol and networkx, one class each.

whp check coloring --subject coloring_packages.py:Parkol

parkol samples from all proper colourings, which takes long where the palette is as small as it may be.
"""

import random

import networkx as nx


class Package:
    largest = 100_000

    @property
    def whp(self):
        return {"limits": {"color": {"n": [0, self.largest]}}}

    def color(self, graph, seed):
        copy = nx.Graph()
        copy.add_nodes_from(range(graph.n))
        copy.add_edges_from(graph.edges.tolist())
        colors = self.colors(copy, graph.max_degree + 1, seed)
        return [colors[v] for v in range(graph.n)]


class Gcol(Package):
    """Greedy in random order, then a local search for fewer colours."""

    def colors(self, graph, palette, seed):
        import gcol

        random.seed(seed)  # the package draws there
        return gcol.node_coloring(graph, strategy="random", opt_alg=2, it_limit=100)


class GcolEquitable(Package):
    def colors(self, graph, palette, seed):
        import gcol

        random.seed(seed)
        return gcol.equitable_node_k_coloring(graph, palette) if len(graph) else {}


class Parkol(Package):
    largest = 40

    def colors(self, graph, palette, seed):
        import parkol

        found = parkol.sample_coloring(graph, palette, seed=seed)
        return {v: color - 1 for v, color in found.items()}


class NetworkxInterchange(Package):
    def colors(self, graph, palette, seed):
        return nx.coloring.greedy_color(graph, "smallest_last", interchange=True)


class NetworkxEquitable(Package):
    def colors(self, graph, palette, seed):
        return nx.coloring.equitable_color(graph, palette)
