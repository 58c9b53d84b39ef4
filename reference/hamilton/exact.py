"""Hamilton cycles for certain: reasons why there can be none, and two searches that are exact.

For few vertices, dynamic programming over their subsets; for more, a search that decides edge by edge
whether it is in the cycle, and draws conclusions from degrees, paths, cut vertices and pairings first. The
search ends for every graph, but may take exponential time.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from numba import njit

from whp.reference.graph import Graph

MOST_FOR_SUBSETS = 20  # 2^19 subsets
NO_LIMIT = 2**62
UNKNOWN, IN, NOT = 0, 1, -1
FOUND, NONE, STOPPED = 1, 0, -1


def obstacle(graph: Graph, names: Sequence[Hashable] | None = None) -> str | None:
    """Say why a graph can't have a Hamilton cycle, where one of the simple reasons holds; else None."""
    named = range(graph.n) if names is None else names
    if graph.n < 3:
        return "there are fewer than three vertices"
    alone = int(np.argmin(graph.degrees))
    if graph.degree(alone) < 2:
        return f"vertex {named[alone]} has fewer than two neighbours"
    reached, cut = cut_vertex(graph.offsets, graph.adjacency, np.zeros(len(graph.adjacency), np.int8))
    if reached < graph.n:
        return "it is not connected"
    if cut >= 0:
        return f"it falls apart without vertex {named[cut]}"
    first = first_part(graph.offsets, graph.adjacency)
    if first >= 0 and 2 * first != graph.n:
        return f"it is bipartite, with parts of {first} and {graph.n - first} vertices"
    return None


def solve(graph: Graph, limit: int = NO_LIMIT) -> tuple[Int[np.ndarray, "n"] | None, bool]:
    """Return a Hamilton cycle or None, and whether that is certain: it is, unless `limit` stopped the search.

    `limit` bounds the number of times that the search guesses about an edge.
    """
    if obstacle(graph):
        return None, True
    if graph.n <= MOST_FOR_SUBSETS:
        cycle = by_subsets(rows_of(graph.offsets, graph.adjacency))
        return (cycle.astype(np.int64) if len(cycle) else None), True
    status, cycle = by_edges(graph.offsets, graph.adjacency, limit)
    return (cycle.astype(np.int64) if status == FOUND else None), status != STOPPED


# Reasons


@njit(cache=True)
def cut_vertex(offsets, adjacency, state):  # type: ignore[no-untyped-def]
    """Return how many vertices can be reached from vertex 0, and a vertex without which fewer can; else -1.

    Entries whose state is NOT don't count. A depth-first search numbers the vertices; v cuts off its child w
    if nothing below w reaches above v.
    """
    n = len(offsets) - 1
    number, low, parent = np.zeros(n, np.int32), np.empty(n, np.int32), np.full(n, -1, np.int32)
    at = offsets[:-1].copy()
    number[0] = low[0] = 1
    reached, children, cut, v = 1, 0, -1, 0
    while v >= 0:
        if at[v] < offsets[v + 1]:
            w, kept = adjacency[at[v]], state[at[v]] != NOT
            at[v] += 1
            if not kept:
                continue
            if number[w] == 0:
                reached += 1
                number[w] = low[w] = reached
                parent[w] = v
                v = w
            else:
                low[v] = min(low[v], number[w])
            continue
        above = parent[v]
        if above == 0:
            children += 1
        if above >= 0:
            low[above] = min(low[above], low[v])
        if above > 0 and low[v] >= number[above]:
            cut = above
        v = above
    return reached, 0 if children > 1 else cut


@njit(cache=True)
def first_part(offsets, adjacency):  # type: ignore[no-untyped-def]
    """Return the size of the part of vertex 0 if the graph, which is connected, is bipartite; else -1."""
    n = len(offsets) - 1
    side, queue = np.full(n, -1, np.int8), np.zeros(n, np.int32)
    side[0] = 0
    size, visited, first = 1, 0, 0
    while visited < size:
        v = queue[visited]
        visited += 1
        first += 1 - side[v]
        for i in range(offsets[v], offsets[v + 1]):
            w = adjacency[i]
            if side[w] == side[v]:
                return -1
            if side[w] < 0:
                side[w] = 1 - side[v]
                queue[size] = w
                size += 1
    return first


# Subsets. Bit v - 1 of a set stands for vertex v; vertex 0 is where the paths begin.


@njit(cache=True)
def rows_of(offsets, adjacency):  # type: ignore[no-untyped-def]
    """Return the neighbours of each vertex as bits: bit v - 1 for vertex v, bit n - 1 for vertex 0."""
    n = len(offsets) - 1
    rows = np.zeros(n, np.int64)
    for v in range(n):
        for i in range(offsets[v], offsets[v + 1]):
            rows[v] |= 1 << ((adjacency[i] + n - 1) % n)
    return rows


@njit(cache=True)
def by_subsets(rows):  # type: ignore[no-untyped-def]
    """Return a Hamilton cycle, empty if there is none, for n >= 3 rows of neighbours as bits.

    ends[s] holds, as bits, where a path may end that begins at vertex 0 and runs through the set s.
    """
    n = len(rows)
    whole = (1 << (n - 1)) - 1
    ends = np.zeros(whole + 1, np.int32)
    for s in range(1, whole + 1):
        for i in range(n - 1):
            rest = s & ~(1 << i)
            if rest != s and (rows[i + 1] & ends[rest] if rest else rows[0] >> i & 1):
                ends[s] |= 1 << i
    cycle = np.zeros(n, np.int32)
    s, last = whole, 0
    for place in range(n - 1, 0, -1):
        last = lowest(rows[last] & ends[s]) + 1
        if last == 0:
            return cycle[:0]
        cycle[place] = last
        s &= ~(1 << (last - 1))
    return cycle


@njit(cache=True)
def lowest(bits):  # type: ignore[no-untyped-def]
    """Return the place of the lowest bit that is set; -1 if none is."""
    if bits == 0:
        return -1
    place = 0
    while bits >> place & 1 == 0:
        place += 1
    return place


# Edges. Those that are IN form paths; a vertex through which none goes is a path by itself. An edge is named
# by either of its two entries in the rows of neighbours.


class Search(NamedTuple):
    """What is decided, in a form in which the last decision can be taken back."""

    offsets: np.ndarray
    adjacency: np.ndarray
    twin: np.ndarray  # of each entry, the other one of its edge
    state: np.ndarray  # of each entry: UNKNOWN, IN or NOT
    inside: np.ndarray  # how many edges of each vertex are IN
    unknown: np.ndarray  # how many are UNKNOWN
    other: np.ndarray  # the other end of the path that ends at v
    paired: np.ndarray  # the entry by which each vertex has its pair, -1 without one: see pair_up
    owner: np.ndarray  # whose pair each vertex is
    trail: np.ndarray  # (edge, and the far ends of the paths that it joined), in order of decision
    waiting: np.ndarray  # vertices from whose edges conclusions may follow
    counts: np.ndarray  # how many are DECIDED, how many CHOSEN, that is IN, and how many vertices are WAITING


DECIDED, CHOSEN, WAITING = range(3)


@njit(cache=True)
def by_edges(offsets, adjacency, limit):  # type: ignore[no-untyped-def]
    """Search for a Hamilton cycle of n >= 3 vertices: FOUND and it, NONE, or, at the limit, STOPPED."""
    n = len(offsets) - 1
    search = begin(offsets, adjacency)
    guesses, depth = 0, 0
    guessed = np.empty((n + 1, 2), np.int64)  # the edge, and how many were decided before it
    possible = conclude(search)
    while True:
        decided = -1
        while possible and decided < search.counts[DECIDED]:
            decided = search.counts[DECIDED]
            reached, cut = cut_vertex(offsets, adjacency, search.state)
            possible = reached == n and cut < 0 and pair_up(search) and conclude(search)
        if possible and search.counts[CHOSEN] == n:
            return FOUND, cycle_of(search)
        if possible:
            guesses += 1
            if guesses > limit:
                return STOPPED, np.zeros(0, np.int32)
            edge = promising(search)
            guessed[depth] = edge, search.counts[DECIDED]
            depth += 1
            possible = decide(search, edge, IN) and conclude(search)
        while not possible:
            if depth == 0:
                return NONE, np.zeros(0, np.int32)
            depth -= 1
            edge, decided = guessed[depth]
            take_back(search, decided)
            possible = decide(search, edge, NOT) and conclude(search)


@njit(cache=True)
def begin(offsets, adjacency):  # type: ignore[no-untyped-def]
    """Return a search that has decided nothing; every vertex waits."""
    n, entries = len(offsets) - 1, len(adjacency)
    twin, at = np.empty(entries, np.int64), offsets[:-1].copy()
    for u in range(n):
        for i in range(offsets[u], offsets[u + 1]):
            v = adjacency[i]
            if u < v:  # rows are sorted, so the smaller neighbours of v come up in the order of its row
                twin[i], twin[at[v]] = at[v], i
                at[v] += 1
    waiting = np.empty(n + 2 * entries, np.int64)
    for v in range(n):
        waiting[v] = v
    return Search(
        offsets,
        adjacency,
        twin,
        np.zeros(entries, np.int8),
        np.zeros(n, np.int64),
        offsets[1:] - offsets[:-1],
        np.arange(n),
        np.full(n, -1, np.int64),
        np.full(n, -1, np.int64),
        np.empty((entries // 2, 3), np.int64),
        waiting,
        np.array([0, 0, n]),
    )


@njit(cache=True)
def mark(search, edge, state, a, b):  # type: ignore[no-untyped-def]
    """Note a decision about an edge, and that its ends wait."""
    counts, twin = search.counts, search.twin[edge]
    search.state[edge] = search.state[twin] = state
    search.trail[counts[DECIDED], 0] = edge
    search.trail[counts[DECIDED], 1], search.trail[counts[DECIDED], 2] = a, b
    counts[DECIDED] += 1
    for end in (search.adjacency[twin], search.adjacency[edge]):
        search.unknown[end] -= 1
        search.inside[end] += state == IN
        search.waiting[counts[WAITING]] = end
        counts[WAITING] += 1


@njit(cache=True)
def decide(search, edge, state):  # type: ignore[no-untyped-def]
    """Decide about an edge; return false if it would close a cycle that leaves vertices out."""
    u, v, n = search.adjacency[search.twin[edge]], search.adjacency[edge], len(search.other)
    a, b = search.other[u], search.other[v]
    mark(search, edge, state, a, b)
    if state == NOT:
        return True
    search.counts[CHOSEN] += 1
    if a == v:
        return search.counts[CHOSEN] == n
    search.other[a], search.other[b] = b, a
    if search.counts[CHOSEN] < n - 1:
        for i in range(search.offsets[a], search.offsets[a + 1]):
            if search.adjacency[i] == b and search.state[i] == UNKNOWN:  # it would close this path too early
                mark(search, i, NOT, a, b)
    return True


@njit(cache=True)
def take_back(search, decided):  # type: ignore[no-untyped-def]
    """Take back all decisions but the first ones; no vertex waits."""
    counts = search.counts
    while counts[DECIDED] > decided:
        counts[DECIDED] -= 1
        edge, a, b = search.trail[counts[DECIDED]]
        twin = search.twin[edge]
        u, v = search.adjacency[twin], search.adjacency[edge]
        chosen = search.state[edge] == IN
        search.state[edge] = search.state[twin] = UNKNOWN
        for end in (u, v):
            search.unknown[end] += 1
            search.inside[end] -= chosen
        if chosen:
            counts[CHOSEN] -= 1
            if a != v:
                search.other[a], search.other[b] = u, v
    counts[WAITING] = 0


@njit(cache=True)
def conclude(search):  # type: ignore[no-untyped-def]
    """Decide about all edges that the degrees leave no choice for; return false at a contradiction."""
    counts = search.counts
    while counts[WAITING] > 0:
        counts[WAITING] -= 1
        v = search.waiting[counts[WAITING]]
        inside, unknown = search.inside[v], search.unknown[v]
        if inside > 2 or inside + unknown < 2:
            return False
        if unknown == 0 or (inside < 2 < inside + unknown):
            continue
        state = NOT if inside == 2 else IN
        for i in range(search.offsets[v], search.offsets[v + 1]):
            if search.state[i] == UNKNOWN and not decide(search, i, state):
                return False
    return True


# A Hamilton cycle, in one of its directions, gives every vertex the next as its pair, and each vertex is the
# pair of one. So there must be such a pairing; and an edge by which none gives one of its ends the other is
# NOT in. Given one pairing, follow u -> owner[v] for all neighbours v of u: a neighbour v that is not the
# pair of u is that in another pairing if and only if u and owner[v] reach each other.


@njit(cache=True)
def pair_up(search):  # type: ignore[no-untyped-def]
    """Decide about edges that are in no pairing; return false if one of them is IN, or none exists."""
    n = len(search.other)
    for u in range(n):
        entry = search.paired[u]
        if entry >= 0 and search.state[entry] == NOT:
            search.paired[u] = search.owner[search.adjacency[entry]] = -1
    for u in range(n):
        if search.paired[u] < 0 and not augment(search, u):
            return False
    component = components(search)
    for u in range(n):
        for i in range(search.offsets[u], search.offsets[u + 1]):
            owner = search.owner[search.adjacency[i]]
            if component[u] == component[owner] or search.state[i] == NOT:
                continue
            if search.state[i] == IN:
                return False
            decide(search, i, NOT)
    return True


@njit(cache=True)
def augment(search, start):  # type: ignore[no-untyped-def]
    """Give `start` a pair, and those who lose theirs new ones; return false if that can't be done."""
    n = len(search.other)
    entry_to, queue = np.full(n, -1, np.int64), np.empty(n, np.int64)
    queue[0] = start
    size, visited = 1, 0
    while visited < size:
        u = queue[visited]
        visited += 1
        for i in range(search.offsets[u], search.offsets[u + 1]):
            v = search.adjacency[i]
            if search.state[i] == NOT or entry_to[v] >= 0:
                continue
            entry_to[v] = i
            if search.owner[v] >= 0:
                queue[size] = search.owner[v]
                size += 1
                continue
            while True:
                i = entry_to[v]  # noqa: PLW2901
                u = search.adjacency[search.twin[i]]
                before = search.paired[u]
                search.paired[u], search.owner[v] = i, u
                if u == start:
                    return True
                v = search.adjacency[before]
    return False


@njit(cache=True)
def components(search):  # type: ignore[no-untyped-def]
    """Return a number for each vertex, the same for those that reach each other by u -> owner[v]."""
    n = len(search.other)
    number, low, component = np.zeros(n, np.int64), np.empty(n, np.int64), np.full(n, -1, np.int64)
    at, parent, stack = search.offsets[:-1].copy(), np.full(n, -1, np.int64), np.empty(n, np.int64)
    reached, size = 0, 0
    for start in range(n):
        u = start if number[start] == 0 else -1
        while u >= 0:
            if number[u] == 0:
                reached += 1
                number[u] = low[u] = reached
                stack[size] = u
                size += 1
            if at[u] < search.offsets[u + 1]:
                i = at[u]
                at[u] += 1
                w = search.owner[search.adjacency[i]]
                if search.state[i] == NOT or component[w] >= 0:
                    continue
                if number[w] == 0:
                    parent[w] = u
                    u = w
                else:
                    low[u] = min(low[u], number[w])
                continue
            if low[u] == number[u]:
                while component[u] < 0:
                    size -= 1
                    component[stack[size]] = u
            elif parent[u] >= 0:
                low[parent[u]] = min(low[parent[u]], low[u])
            u = parent[u]
    return component


@njit(cache=True)
def promising(search):  # type: ignore[no-untyped-def]
    """Return an edge to guess about: at an end of a path, and where the fewest edges are unknown."""
    best, vertex = 0, -1
    for v in range(len(search.other)):
        if search.unknown[v] > 0:
            rank = search.unknown[v] if search.inside[v] == 1 else search.unknown[v] + len(search.other)
            if vertex < 0 or rank < best:
                best, vertex = rank, v
    fewest, edge = 0, -1
    for i in range(search.offsets[vertex], search.offsets[vertex + 1]):
        unknown = search.unknown[search.adjacency[i]]
        if search.state[i] == UNKNOWN and (edge < 0 or unknown < fewest):
            fewest, edge = unknown, i
    return edge


@njit(cache=True)
def cycle_of(search):  # type: ignore[no-untyped-def]
    """Return the cycle of the edges that are IN."""
    n = len(search.other)
    cycle = np.zeros(n, np.int32)
    before, v = -1, 0
    for place in range(n):
        cycle[place] = v
        for i in range(search.offsets[v], search.offsets[v + 1]):
            if search.state[i] == IN and search.adjacency[i] != before:
                before, v = v, search.adjacency[i]
                break
    return cycle
