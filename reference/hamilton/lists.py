"""Neighbours in random order, drawn as they are read; every read counts.

Rows come sorted, so the random order is made here, by a Fisher-Yates shuffle that does no more than what is
read asks for. It works on a copy of the rows: copying is input handling, one pass over memory, and the only
thing in the whole algorithm that costs more than O(n).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from whp.reference.graph import Graph
from whp.reference.stream import FIRST, SECOND, U27, U30, U31, U32, below, draw

# Pointers into the list of a vertex: where it reads next as the tail of an arc, as the head of one, and from
# the end of the list. Before FRONT and after BACK, counted from the end, the order is drawn already.
OUT, INTO, END, FRONT, BACK = range(5)
U63 = np.uint64(63)
NO_VERTEX = -1


class Lists(NamedTuple):
    """The lists of all vertices, and how far each is read; arrays of one entry are what changes."""

    offsets: np.ndarray
    adjacency: np.ndarray
    entries: np.ndarray
    pointers: np.ndarray
    coin: bool
    key: np.ndarray
    reads: np.ndarray
    budget: int
    random: np.ndarray


def lists_of(graph: Graph, random: np.ndarray, budget: int, *, coin: bool = True) -> Lists:
    """Return the lists of a graph, unread; with `coin` false, an edge may be used in both directions."""
    return Lists(
        graph.offsets,
        graph.adjacency,
        graph.adjacency.copy(),
        np.zeros((graph.n, 5), np.int32),
        coin,
        np.zeros(1, np.uint64),
        np.zeros(1, np.int64),
        budget,
        random,
    )


@njit(cache=True)
def begin(lists):  # type: ignore[no-untyped-def]
    """Forget what was read, so that every list has a new random order, and every edge a new coin."""
    lists.pointers[:] = 0
    lists.key[0] = draw(lists.random)


@njit(cache=True)
def degree(lists, v):  # type: ignore[no-untyped-def]
    """Return the length of the list of v."""
    return lists.offsets[v + 1] - lists.offsets[v]


# Numba counts the references to arrays, which costs more than reading does, unless it sees that the counts
# come out even. What stands in its way is a variable for an array that is last used inside a branch, as a row
# of `pointers` would be in `read`, and a call of `read_arc` that is not inlined.


@njit(cache=True)
def read(lists, v, pointer):  # type: ignore[no-untyped-def]
    """Read the list of v at one of its pointers and move that on; after the last entry comes the first."""
    first, length = lists.offsets[v], degree(lists, v)
    i = lists.pointers[v, pointer]
    lists.pointers[v, pointer] = i + 1 if i + 1 < length else 0
    if pointer == END:
        i = length - 1 - i
    drawn, after = lists.pointers[v, FRONT], length - lists.pointers[v, BACK]
    if drawn <= i < after:  # then i is one end of what is not drawn yet, for pointers move step by step
        j = drawn + below(after - drawn, lists.random)
        entry = lists.entries[first + j]
        lists.entries[first + j] = lists.entries[first + i]
        lists.entries[first + i] = entry
        lists.pointers[v, BACK if pointer == END else FRONT] += 1
    lists.reads[0] += 1
    return lists.entries[first + i]


@njit(cache=True)
def is_arc(u, v, key):  # type: ignore[no-untyped-def]
    """Say whether the coin of the edge {u, v} makes it the arc from u to v; the coin is a hash with a key."""
    bits = ((np.uint64(min(u, v)) << U32) | np.uint64(max(u, v))) ^ key
    bits = (bits ^ (bits >> U30)) * FIRST
    bits = (bits ^ (bits >> U27)) * SECOND
    upward = (bits ^ (bits >> U31)) >> U63 == 1
    return upward == (u < v)


@njit(cache=True, forceinline=True)
def read_arc(lists, v, pointer):  # type: ignore[no-untyped-def]
    """Read on to the next arc out of v (OUT) or into v (INTO); return its other end, NO_VERTEX without one.

    Entries that the coin turns the other way are skipped, and count as read.
    """
    for _ in range(degree(lists, v)):
        w = read(lists, v, pointer)
        if not lists.coin or is_arc(v, w, lists.key[0]) == (pointer == OUT):
            return w
    return NO_VERTEX


@njit(cache=True)
def spent(lists):  # type: ignore[no-untyped-def]
    """Say whether the budget of reads is spent."""
    return lists.reads[0] >= lists.budget
