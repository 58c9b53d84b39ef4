"""Random graphs of igraph.

whp check hamilton --subject igraph_gnp.py
"""

import random

import igraph


def random_graph(n, p, seed):
    igraph.set_random_number_generator(random.Random(seed))
    graph = igraph.Graph.Erdos_Renyi(n=n, p=p) if n else igraph.Graph()
    return {"n": n, "edges": graph.get_edgelist()}
