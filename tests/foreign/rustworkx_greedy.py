"""Greedy colouring by rustworkx, vertices of high degree first."""

import rustworkx as rx

whp = {"name": "rustworkx graph_greedy_color", "version": rx.__version__}


def color(graph, seed):  # rustworkx draws nothing at random
    copy = rx.PyGraph()
    copy.add_nodes_from(range(graph.n))
    copy.add_edges_from_no_data([(u, v) for u, v in graph.edges.tolist()])
    colors = rx.graph_greedy_color(copy)
    return [colors[v] for v in range(graph.n)]
