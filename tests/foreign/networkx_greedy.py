"""Greedy colouring by networkx, vertices in random order."""

from functools import partial

import networkx as nx

whp = {"name": "networkx random_sequential", "version": nx.__version__}


def color(graph, seed):
    copy = nx.Graph()
    copy.add_nodes_from(range(graph.n))
    copy.add_edges_from(graph.edges.tolist())
    # Named as a string, the strategy would draw from Python's global generator.
    strategy = partial(nx.coloring.strategy_random_sequential, seed=seed)
    colors = nx.coloring.greedy_color(copy, strategy)
    return [colors[v] for v in range(graph.n)]
