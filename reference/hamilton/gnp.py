"""The binomial random graph G(n, p), in time proportional to its vertices and edges."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from whp.reference.graph import Graph
from whp.reference.stream import draw, stream

STREAM = 2 << 64  # apart from the streams that other operations draw from the same seed
U11 = np.uint64(11)


def sample(n: int, p: float, seed: int) -> Graph:
    """Return G(n, p) for 0 <= n < 2^31 and 0 <= p <= 1."""
    pairs = n * (n - 1) // 2
    with np.errstate(over="ignore"):
        if p == 0 or pairs == 0:
            edges = np.empty((0, 2), np.int64)
        elif p == 1:
            edges = all_pairs(n)
        else:
            random, position, size = stream(seed + STREAM), np.array([0, 0]), 0
            room = int(pairs * p + 6 * math.sqrt(pairs * p) + 16)
            edges = np.empty((room, 2), np.int64)
            # There is hardly ever more than room for, but what is rare must be right too.
            while (size := skip(n, math.log1p(-p), random, position, edges, size)) == len(edges):
                edges = np.concatenate([edges, np.empty_like(edges)])
            edges = edges[:size]
    return Graph(n, edges)


@njit(cache=True)
def all_pairs(n):  # type: ignore[no-untyped-def]
    """Return all pairs u < v, in order."""
    edges = np.empty((n * (n - 1) // 2, 2), np.int64)
    size = 0
    for u in range(n):
        for v in range(u + 1, n):
            edges[size, 0], edges[size, 1] = u, v
            size += 1
    return edges


@njit(cache=True)
def skip(n, log_absent, random, position, edges, size):  # type: ignore[no-untyped-def]
    """Go on through the pairs u < v in order, from edge to edge, until none is left or `edges` is full.

    The number of pairs without an edge before the next edge is geometric. `position` is the last edge. Return
    the number of edges so far.
    """
    u, v = position
    while size < len(edges):
        missing = math.log(1.0 - (draw(random) >> U11) * 2.0**-53) / log_absent
        # What goes beyond the last pair is told before it could be too large for an integer.
        if missing >= 0.5 * (n - u) * (n - u):
            break
        v += 1 + int(missing)
        while v >= n and u < n - 1:
            u += 1
            v += u + 1 - n
        if u >= n - 1:
            break
        edges[size, 0], edges[size, 1] = u, v
        size += 1
    position[0], position[1] = u, v
    return size
