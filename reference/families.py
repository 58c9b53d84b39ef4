"""Families of graphs with known answers, by name and size."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np

from whp.reference.graph import Graph


def empty(n: int) -> Graph:
    """Return n vertices without an edge."""
    return Graph.of(n)


def complete(n: int) -> Graph:
    """Return K_n."""
    return Graph.of(n, list(combinations(range(n), 2)))


def path(n: int) -> Graph:
    """Return the path 0-1-...-(n-1)."""
    return Graph.of(n, [(v, v + 1) for v in range(n - 1)])


def cycle(n: int) -> Graph:
    """Return the cycle on n >= 3 vertices; the path on fewer."""
    return Graph.of(n, [(v, (v + 1) % n) for v in range(n if n > 2 else n - 1)])


def star(leaves: int) -> Graph:
    """Return K_{1,leaves} with centre 0."""
    return Graph.of(leaves + 1, [(0, v) for v in range(1, leaves + 1)])


def complete_bipartite(a: int, b: int) -> Graph:
    """Return K_{a,b}, the first part 0..a-1."""
    return Graph.of(a + b, [(u, a + v) for u in range(a) for v in range(b)])


def circulant(n: int, *jumps: int) -> Graph:
    """Return the graph that joins v to v + j modulo n, for each jump j."""
    return Graph.of(n, [(v, (v + jump) % n) for v in range(n) for jump in jumps if jump % n])


def disjoint(copies: int, graph: Graph) -> Graph:
    """Return disjoint copies of a graph."""
    shifts = graph.n * np.arange(copies)[:, None, None]
    return Graph.of(copies * graph.n, (graph.edges[None] + shifts).reshape(-1, 2))


PAW = Graph.of(4, [(0, 1), (0, 2), (1, 2), (2, 3)])
DIAMOND = Graph.of(4, [(0, 1), (0, 2), (0, 3), (1, 2), (2, 3)])


@cache
def karate_club() -> Graph:
    """Return Zachary's karate club: 34 members, 78 friendships."""
    return _named("karate_club_graph")


@cache
def florentine_families() -> Graph:
    """Return the marriages between 15 families of Florence."""
    return _named("florentine_families_graph")


@cache
def petersen() -> Graph:
    """Return the Petersen graph."""
    return _named("petersen_graph")


def _named(name: str) -> Graph:
    import networkx as nx

    return Graph.from_networkx(getattr(nx, name)())
