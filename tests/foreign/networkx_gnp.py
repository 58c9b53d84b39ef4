"""Random graphs of networkx, handed back as they are.

whp check hamilton --subject networkx_gnp.py
"""

import networkx as nx


def random_graph(n, p, seed):
    return nx.fast_gnp_random_graph(n, p, seed=seed)
