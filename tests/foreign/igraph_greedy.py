"""Greedy colouring by igraph, next a vertex with the most coloured neighbours."""

import igraph

whp = {"name": "igraph vertex_coloring_greedy", "version": igraph.__version__}


def color(graph, seed):  # igraph breaks ties by index
    return igraph.Graph(graph.n, graph.edges.tolist()).vertex_coloring_greedy()
