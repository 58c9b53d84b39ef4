"""The older algorithms that one path suffices for: extend it, or rotate it.

A path grows at its head. An edge from the head to a new vertex extends it; one to a vertex of the path
rotates it: what stands behind that vertex is turned around, and another vertex is the head. Angluin and
Valiant (1979) read each list of neighbours in order. The variant of Mitzenmacher and Upfal (Probability and
Computing) also reverses the path, or uses an old edge again, just so often that each vertex is the next head
with probability 1/n, whatever went before. So its number of steps has an exact law: as many draws as collect
all of n coupons when one is there already, and then a geometric number with success 1/n.

Both take n ln n steps and more; the linear algorithm was found to get rid of that factor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from jaxtyping import Int
from numba import njit

from whp.reference.graph import Graph
from whp.reference.hamilton.lists import FRONT, OUT, begin, degree, lists_of, read
from whp.reference.stream import below, draw, stream

STREAM = 3 << 64  # apart from the streams that other operations draw from the same seed
U11 = np.uint64(11)


@dataclass(frozen=True)
class Rotations:
    """How a run ended."""

    cycle: Annotated[Int[np.ndarray, "n"] | None, "a Hamilton cycle; None if a list came to its end before"]
    steps: Annotated[int, "entries drawn, and reversals of the whole path"]
    spanning: Annotated[int | None, "how many there were when the path first had all vertices; None: never"]


def angluin_valiant(graph: Graph, seed: int) -> Rotations:
    """Run the algorithm of Angluin and Valiant on a graph of n >= 3 vertices."""
    _expect_three(graph.n)
    with np.errstate(over="ignore"):
        lists = lists_of(graph, stream(seed + STREAM), 0)
        begin(lists)
        return _told(*extend_or_rotate(lists))


def mitzenmacher_upfal(graph: Graph, p: float, seed: int) -> Rotations:
    """Run the variant of Mitzenmacher and Upfal on a graph of n >= 3 vertices that was drawn from G(n, p).

    It wants lists of neighbours that are independent of each other. So each edge goes into the list of one of
    its ends or of both, such that over both draws each list holds each vertex with probability q, where
    p = 2 q - q^2. The law of the steps is exact where no list comes to its end: on complete graphs, p = 1.
    """
    _expect_three(graph.n)
    random = stream(seed + STREAM)
    with np.errstate(over="ignore"):
        offsets, entries = split(graph.n, graph.edges, p, 1 - (1 - p) ** 0.5, random)
        return _told(*uniform_heads(offsets, entries, random))


def _expect_three(n: int) -> None:
    if n < 3:
        raise ValueError(f"n is {n}; fewer than 3 vertices have no cycle")


def _told(closed: bool, path: np.ndarray, steps: int, spanning: int) -> Rotations:
    cycle = path.astype(np.int64) if closed else None
    return Rotations(cycle, int(steps), int(spanning) if spanning > 0 else None)


# A path stands in path[:size], its head last; place[v] is where v stands in it, -1 while it doesn't.


@njit(cache=True)
def extend_or_rotate(lists):  # type: ignore[no-untyped-def]
    """Return whether the path was closed, the path, the steps, and those after which it was spanning."""
    n = len(lists.offsets) - 1
    path, place = path_from(below(n, lists.random), n)
    size, steps, spanning = 1, 0, -1
    while True:
        head = path[size - 1]
        if lists.pointers[head, FRONT] == degree(lists, head):
            return False, path, steps, spanning
        u = read(lists, head, OUT)
        steps += 1
        if place[u] < 0:
            path[size], place[u] = u, size
            size += 1
            spanning = steps if size == n else -1
        elif size == n and place[u] == 0:
            return True, path, steps, spanning
        else:
            turn(path, place, place[u] + 1, size)


@njit(cache=True)
def uniform_heads(offsets, entries, random):  # type: ignore[no-untyped-def]
    """Return whether the path was closed, the path, the steps, and those after which it was spanning."""
    n = len(offsets) - 1
    used = np.zeros(n, np.int64)  # the first used[v] entries of the list of v are
    path, place = path_from(below(n, random), n)
    size, steps, spanning = 1, 0, -1
    while True:
        head = path[size - 1]
        choice = below(n, random)
        if choice == 0:
            steps += 1
            turn(path, place, 0, size)
            continue
        entry = offsets[head] + min(choice - 1, used[head])
        if entry == offsets[head + 1]:
            return False, path, steps, spanning
        used[head] += choice > used[head]
        u = entries[entry]
        steps += 1
        if place[u] < 0:
            path[size], place[u] = u, size
            size += 1
            spanning = steps if size == n else -1
        elif size == n and place[u] == 0:
            return True, path, steps, spanning
        else:
            turn(path, place, place[u] + 1, size)


@njit(cache=True)
def path_from(v, n):  # type: ignore[no-untyped-def]
    """Return the path of the vertex v alone."""
    path, place = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    path[0], place[v] = v, 0
    return path, place


@njit(cache=True)
def turn(path, place, first, size):  # type: ignore[no-untyped-def]
    """Turn around what stands in path[first:size]."""
    for i in range((size - first) // 2):
        low, high = first + i, size - 1 - i
        u, v = path[low], path[high]
        path[low], path[high] = v, u
        place[v], place[u] = low, high


@njit(cache=True)
def split(n, edges, p, q, random):  # type: ignore[no-untyped-def]
    """Return independent lists of the edges, in random order: offsets and entries."""
    kept = np.empty((len(edges), 2), np.bool_)
    offsets = np.zeros(n + 1, np.int64)
    for i in range(len(edges)):
        chance = p * ((draw(random) >> U11) * 2.0**-53)
        kept[i, 0], kept[i, 1] = chance < q, chance < q * q or chance >= q
        for side in range(2):
            offsets[edges[i, side] + 1] += kept[i, side]
    for v in range(n):
        offsets[v + 1] += offsets[v]
    entries, size = np.empty(offsets[n], np.int32), np.zeros(n, np.int64)
    for i in range(len(edges)):
        for side in range(2):
            v = edges[i, side]
            if kept[i, side]:  # an entry goes to a uniform place among those before it, whose entry goes last
                j, last = offsets[v] + below(size[v] + 1, random), offsets[v] + size[v]
                entries[last] = entries[j]
                entries[j] = edges[i, 1 - side]
                size[v] += 1
    return offsets, entries
