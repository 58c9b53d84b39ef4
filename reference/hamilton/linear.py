"""A Hamilton cycle of a random graph with O(n) reads: cover, cycles, merging.

1. A cover of the vertices by directed cycles is a perfect matching between the vertices as tails (left) and
   as heads (right) of arcs. Random walks that displace partners find it; what makes them fast is that each
   unmatched right vertex waits at the root of a tree of vertices from which it can be reached.
2. The matching is a permutation; its cycles are listed.
3. Every other cycle is merged into the largest: an edge between both makes them one path, and rotations at
   both of its ends, about sqrt(n) each, find an edge that closes it.

The coin of each edge, which says in which of its two directions it may be used, keeps 2-cycles out of the
cover and its number of cycles at that of a random permutation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np
from jaxtyping import Int
from numba import njit

from whp.reference.graph import Graph
from whp.reference.hamilton.lists import (
    END,
    INTO,
    NO_VERTEX,
    OUT,
    Lists,
    begin,
    degree,
    lists_of,
    read,
    read_arc,
    spent,
)
from whp.reference.stream import below, stream

STREAM = 1 << 64  # apart from the streams that other operations draw from the same seed
ATTEMPTS = 5
READS_A_VERTEX = 100  # in each attempt
READS_A_TREE_VERTEX = 3
READS_AN_END = 4


@dataclass(frozen=True)
class Cover:
    """A cover of all vertices by directed cycles."""

    successors: Annotated[Int[np.ndarray, "n"] | None, "a permutation; None if none was found"]
    reads: Annotated[int, "adjacency entries looked at"]


@dataclass(frozen=True)
class Attempts:
    """What the attempts came to."""

    cycle: Annotated[Int[np.ndarray, "n"] | None, "a Hamilton cycle; None if none was found"]
    reads: Annotated[int, "adjacency entries looked at in all attempts"]
    attempts: Annotated[int, "how many there were"]


def cover(graph: Graph, seed: int, *, coin: bool = True, trees: bool = True) -> Cover:
    """Cover a graph by cycles, once; without `trees`, the walks alone take n ln n reads."""
    with np.errstate(over="ignore"):
        lists = lists_of(graph, stream(seed + STREAM), READS_A_VERTEX * graph.n, coin=coin)
        begin(lists)
        covered, successors = match(lists, trees)
    return Cover(successors.astype(np.int64) if covered else None, int(lists.reads[0]))


def search(
    graph: Graph,
    seed: int,
    *,
    attempts: int = ATTEMPTS,
    budget: int = READS_A_VERTEX,
    coin: bool = True,
    trees: bool = True,
) -> Attempts:
    """Try to find a Hamilton cycle, with at most about `budget` reads a vertex in each attempt.

    An attempt that fails says nothing about the graph. A cycle is checked before it is returned; that looks
    up n edges, which are not counted: no step depends on them.
    """
    with np.errstate(over="ignore"):
        lists = lists_of(graph, stream(seed + STREAM), 0, coin=coin)
        for attempt in range(1, attempts + 1):
            lists = lists._replace(budget=int(lists.reads[0]) + budget * graph.n)
            begin(lists)
            cycle = attempt_once(lists, trees)
            if cycle is not None:
                return Attempts(cycle.astype(np.int64), int(lists.reads[0]), attempt)
    return Attempts(None, int(lists.reads[0]), attempts)


def attempt_once(lists: Lists, trees: bool) -> Int[np.ndarray, "n"] | None:
    """Run the three phases; return the cycle, None where one of them fails."""
    covered, successors = match(lists, trees)
    if not covered:
        return None
    base, bounds = cycles_of(successors)
    larger_first = np.argsort(bounds[:-1] - bounds[1:], kind="stable")
    merged, segments = merge(lists, base, bounds[larger_first], bounds[larger_first + 1])
    cycle: np.ndarray = expanded(segments, base)
    return cycle if merged and is_hamilton_cycle(lists.offsets, lists.adjacency, cycle) else None


@njit(cache=True)
def is_hamilton_cycle(offsets, adjacency, cycle):  # type: ignore[no-untyped-def]
    """Say whether a list of vertices has each once, and an edge between any two that follow each other."""
    n = len(offsets) - 1
    seen = np.zeros(n, np.bool_)
    for i in range(len(cycle)):
        u, v = cycle[i - 1], cycle[i]
        row = adjacency[offsets[u] : offsets[u + 1]]
        place = np.searchsorted(row, v)
        if seen[v] or place == len(row) or row[place] != v:
            return False
        seen[v] = True
    return len(cycle) == n and n >= 3


# Phase 1. Left u and right w are matched when successors[u] = w and predecessors[w] = u. Right vertex y
# stands in the tree of the unmatched right vertex root[y] if that was said in this stage and root[y] is
# unmatched still; then the predecessor of y has an arc to parent[y], so that y can be taken from it.


class Matching(NamedTuple):
    """The matching so far, and the trees of this stage."""

    successors: np.ndarray
    predecessors: np.ndarray
    parent: np.ndarray
    root: np.ndarray
    stage: np.ndarray


@njit(cache=True)
def match(lists, trees):  # type: ignore[no-untyped-def]
    """Match every left vertex to a right one along an arc; return whether that worked, and the successors."""
    n = len(lists.offsets) - 1
    matching = Matching(
        np.full(n, NO_VERTEX, np.int32),
        np.full(n, NO_VERTEX, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.zeros(n, np.int32),
    )
    successors, predecessors = matching.successors, matching.predecessors
    for u in shuffled(n, lists.random):
        w = read_arc(lists, u, OUT)
        if w == NO_VERTEX:
            return False, successors
        if predecessors[w] == NO_VERTEX:
            successors[u], predecessors[w] = w, u
    lefts, rights = unmatched_of(np.arange(n), successors), unmatched_of(np.arange(n), predecessors)
    members = np.empty(int(np.sqrt(n)) + 1, np.int32)
    stage = 0
    while len(lefts) > 0:
        stage += 1
        most = int(np.sqrt(n // len(lefts))) if trees else 1
        goal = len(lefts) // 2
        unmatched = len(lefts)
        for w in rights:
            status = grow(lists, matching, w, most, stage, members)
            if status == NO_VERTEX:
                return False, successors
            unmatched -= status
        for u in lefts:
            if unmatched <= goal:
                break
            if successors[u] == NO_VERTEX:
                if not walk(lists, matching, u, stage):
                    return False, successors
                unmatched -= 1
        lefts, rights = unmatched_of(lefts, successors), unmatched_of(rights, predecessors)
    return True, successors


@njit(cache=True)
def shuffled(n, random):  # type: ignore[no-untyped-def]
    """Return 0..n-1 in a uniform order."""
    order = np.arange(n)
    for i in range(n - 1):
        j = i + below(n - i, random)
        order[i], order[j] = order[j], order[i]
    return order


@njit(cache=True)
def unmatched_of(vertices, partners):  # type: ignore[no-untyped-def]
    """Return the vertices that have no partner."""
    kept, size = np.empty_like(vertices), 0
    for v in vertices:
        if partners[v] == NO_VERTEX:
            kept[size] = v
            size += 1
    return kept[:size].copy()


@njit(cache=True)
def in_tree(matching, y, stage):  # type: ignore[no-untyped-def]
    """Say whether right vertex y stands in a tree of this stage whose root is unmatched still."""
    if matching.stage[y] != stage:  # with `and` for the branch, references are counted: see lists.py
        return False
    return matching.predecessors[matching.root[y]] == NO_VERTEX


@njit(cache=True)
def hang(matching, y, parent, root, stage):  # type: ignore[no-untyped-def]
    """Put right vertex y below its parent into the tree of a root."""
    matching.parent[y], matching.root[y], matching.stage[y] = parent, root, stage


@njit(cache=True)
def grow(lists, matching, root, most, stage, members):  # type: ignore[no-untyped-def]
    """Grow the tree of an unmatched right vertex to `most` vertices, breadth first.

    Return 1 if that met an unmatched left vertex, and so matched the root; else 0; NO_VERTEX if no arc at
    all goes into the root.
    """
    hang(matching, root, NO_VERTEX, root, stage)
    members[0] = root
    size, visited = 1, 0
    while visited < size < most:
        x = members[visited]
        visited += 1
        for _ in range(READS_A_TREE_VERTEX):
            u = read_arc(lists, x, INTO)
            if u == NO_VERTEX:
                if x == root:
                    return NO_VERTEX
                break
            y = matching.successors[u]
            if y == NO_VERTEX:
                climb(matching, u, x)
                return 1
            if not in_tree(matching, y, stage):
                hang(matching, y, x, root, stage)
                members[size] = y
                size += 1
                if size == most:
                    break
    return 0


@njit(cache=True)
def climb(matching, u, y):  # type: ignore[no-untyped-def]
    """Match left u to y in a tree, the left vertex that loses y to its parent, and so on up to the root."""
    while u != NO_VERTEX:
        loser = matching.predecessors[y]
        matching.successors[u], matching.predecessors[y] = y, u
        u, y = loser, matching.parent[y]


@njit(cache=True)
def walk(lists, matching, u, stage):  # type: ignore[no-untyped-def]
    """Let left u take what it reads, who loses that go on, until one reads a vertex of a tree."""
    while not spent(lists):
        y = read_arc(lists, u, OUT)
        if y == NO_VERTEX:
            return False
        if in_tree(matching, y, stage):  # an unmatched y is the root of its own
            climb(matching, u, y)
            return True
        loser = matching.predecessors[y]
        matching.successors[u], matching.predecessors[y] = y, u
        matching.successors[loser] = NO_VERTEX
        u = loser
    return False


# Phase 2.


@njit(cache=True)
def cycles_of(successors):  # type: ignore[no-untyped-def]
    """Return the vertices, cycle by cycle, and the places where cycles begin, the end included."""
    n = len(successors)
    base, bounds = np.empty(n, np.int32), np.empty(n + 1, np.int64)
    seen = np.zeros(n, np.bool_)
    size, cycles = 0, 0
    for v in range(n):
        if seen[v]:
            continue
        bounds[cycles] = size
        cycles += 1
        while not seen[v]:
            seen[v] = True
            base[size] = v
            size += 1
            v = successors[v]  # noqa: PLW2901
    bounds[cycles] = n
    return base, bounds[: cycles + 1].copy()


# Phase 3. A path or a cycle through many vertices is a short list of segments: (first, last) stands for the
# vertices base[first]..base[last], up or down. To reverse half a million vertices is to reverse a few rows.


class Path(NamedTuple):
    """A path as segments, with what finds a vertex by its place on the path, and a place by its vertex."""

    segments: np.ndarray
    starts: np.ndarray  # the place on the path where each segment starts; then the number of vertices
    base: np.ndarray
    places: np.ndarray  # the place of each vertex in base


@njit(cache=True)
def path_of(segments, base, places):  # type: ignore[no-untyped-def]
    """Return the path that runs through the segments."""
    starts = np.zeros(len(segments) + 1, np.int64)
    for index, (first, last) in enumerate(segments):
        starts[index + 1] = starts[index] + abs(last - first) + 1
    return Path(segments, starts, base, places)


@njit(cache=True)
def vertex_at(path, i):  # type: ignore[no-untyped-def]
    """Return the vertex at place i of a path."""
    index = np.searchsorted(path.starts, i, side="right") - 1
    first, last = path.segments[index]
    beyond = i - path.starts[index]
    return path.base[first + beyond if first <= last else first - beyond]


@njit(cache=True)
def place_on(path, v):  # type: ignore[no-untyped-def]
    """Return the place of vertex v on a path; -1 if it is not on it."""
    place = path.places[v]
    for index, (first, last) in enumerate(path.segments):  # some log(n)^2 of them
        if min(first, last) <= place <= max(first, last):
            return path.starts[index] + abs(place - first)
    return -1


@njit(cache=True)
def cut(segments, i):  # type: ignore[no-untyped-def]
    """Return the segments of the first i vertices, and those of the others."""
    before = 0
    for index in range(len(segments)):
        first, last = segments[index]
        length = abs(last - first) + 1
        if i == before:
            return segments[:index].copy(), segments[index:].copy()
        if i < before + length:
            step = 1 if first < last else -1
            head, tail = segments[: index + 1].copy(), segments[index:].copy()
            head[index, 1], tail[0, 0] = first + step * (i - before - 1), first + step * (i - before)
            return head, tail
        before += length
    return segments, segments[:0].copy()


@njit(cache=True)
def backwards(segments):  # type: ignore[no-untyped-def]
    """Return the same path from its other end."""
    return segments[::-1, ::-1].copy()


@njit(cache=True)
def rotated(segments, pivot):  # type: ignore[no-untyped-def]
    """Return the path after the rotation along an edge from its end to the vertex at place `pivot`."""
    head, tail = cut(segments, pivot + 1)
    return np.concatenate((head, backwards(tail)))


@njit(cache=True)
def expanded(segments, base):  # type: ignore[no-untyped-def]
    """Return the vertices of the segments, in order."""
    vertices = np.empty(len(base), np.int32)
    size = 0
    for first, last in segments:
        step = 1 if first <= last else -1
        for place in range(first, last + step, step):
            vertices[size] = base[place]
            size += 1
    return vertices[:size]


@njit(cache=True)
def merge(lists, base, firsts, stops):  # type: ignore[no-untyped-def]
    """Merge the cycles base[first:stop] one by one; return whether that worked, and the segments."""
    n = len(base)
    places = np.empty(n, np.int32)
    for place in range(n):
        places[base[place]] = place
    ends = Ends(
        np.empty((2, n), np.int32),
        np.empty((2, n), np.int32),
        np.empty((2, n), np.int32),
        np.empty((2, n), np.int32),
        np.full(n, -1, np.int32),
    )
    segments = np.array([[firsts[0], stops[0] - 1]])
    for cycle in range(1, len(firsts)):
        path = path_of(segments, base, places)
        joined, segments = join(lists, path, firsts[cycle], stops[cycle] - 1)
        if not joined:
            return False, segments
        closed, segments = close(lists, path_of(segments, base, places), ends)
        if not closed:
            return False, segments
    return True, segments


@njit(cache=True)
def join(lists, cycle, first, last):  # type: ignore[no-untyped-def]
    """Find an edge between the vertices base[first..last], a cycle, and another one; return the path of both.

    It runs around the one to the end of the edge, along that, and around the other.
    """
    going, turn = True, 0
    while going and not spent(lists):
        going = False
        for place in range(first, last + 1):
            u = cycle.base[place]
            if turn == degree(lists, u):
                continue
            going = going or turn + 1 < degree(lists, u)
            pivot = place_on(cycle, read(lists, u, END))
            if pivot >= 0:
                head, tail = cut(cycle.segments, pivot)
                if place == last:
                    return True, np.concatenate((np.array([[first, last]]), tail, head))
                return True, np.concatenate((np.array([[place + 1, last], [first, place]]), tail, head))
        turn += 1
    return False, cycle.segments


# Rotations at the last vertex turn within the second half of the path, those at its first vertex within the
# first half, so that neither disturb the others. The two trees hold the ends that they lead to: node i of
# side s stands for the end vertex[s, i] that the rotation at place pivot[s, i] gives, after those of node
# parent[s, i]. Side 0 sees the path as it is, side 1 from its other end.


class Ends(NamedTuple):
    """The trees of ends of both sides."""

    vertex: np.ndarray
    parent: np.ndarray
    pivot: np.ndarray
    reads: np.ndarray
    node: np.ndarray  # of each vertex, on whichever side it is; -1 if it is in neither tree


@njit(cache=True)
def pivots_to(ends, side, node):  # type: ignore[no-untyped-def]
    """Return the pivots of the rotations that lead to a node, in order."""
    count, above = 0, node
    while above > 0:
        count, above = count + 1, ends.parent[side, above]
    pivots = np.empty(count, np.int64)
    while node > 0:
        count -= 1
        pivots[count] = ends.pivot[side, node]
        node = ends.parent[side, node]
    return pivots


@njit(cache=True)
def close(lists, path, ends):  # type: ignore[no-untyped-def]
    """Close a path to a cycle on its vertices; return whether that worked, and the cycle."""
    n = path.starts[-1]
    size, visited = np.ones(2, np.int64), np.zeros(2, np.int64)
    ends.vertex[0, 0], ends.vertex[1, 0] = vertex_at(path, n - 1), vertex_at(path, 0)
    ends.reads[:, 0] = 0
    ends.node[ends.vertex[0, 0]] = ends.node[ends.vertex[1, 0]] = 0
    unread, read_out = np.zeros(2, np.bool_), np.zeros(2, np.bool_)
    here, there, side = -1, -1, 0
    while there < 0 and not read_out.all() and not spent(lists):
        side = 0 if read_out[1] or (size[0] <= size[1] and not read_out[0]) else 1
        here = visited[side]
        there = visit(lists, path, ends, side, here, size)
        if ends.reads[side, here] < degree(lists, ends.vertex[side, here]):
            unread[side] = True
        visited[side] += 1
        if visited[side] == size[side]:  # a small tree reads on where it began before the other reads for it
            visited[side], read_out[side], unread[side] = 0, not unread[side], False
    for tree in range(2):
        for node in range(size[tree]):
            ends.node[ends.vertex[tree, node]] = -1
    if there < 0:
        return False, path.segments
    segments = path.segments
    for pivot in pivots_to(ends, 0, here if side == 0 else there):
        segments = rotated(segments, pivot)
    segments = backwards(segments)
    for pivot in pivots_to(ends, 1, there if side == 0 else here):
        segments = rotated(segments, pivot)
    return True, segments


@njit(cache=True)
def visit(lists, path, ends, side, here, size):  # type: ignore[no-untyped-def]
    """Read some neighbours of the end at a node; hang the ends that rotations along them give below it.

    Return the node of the other side whose end is a neighbour, -1 if there was none.
    """
    n = path.starts[-1]
    half = n // 2 if side == 0 else n - n // 2
    pivots = pivots_to(ends, side, here)
    end = ends.vertex[side, here]
    for _ in range(min(READS_AN_END, degree(lists, end) - ends.reads[side, here])):
        ends.reads[side, here] += 1
        x = read(lists, end, END)
        place = place_on(path, x)
        if place < 0:
            continue
        if side == 1:
            place = n - 1 - place
        if place < half:
            if ends.node[x] >= 0:
                return ends.node[x]
            continue
        for pivot in pivots:
            if place > pivot:
                place = n + pivot - place
        new = place + 1
        for pivot in pivots[::-1]:
            if new > pivot:
                new = n + pivot - new
        v = vertex_at(path, new if side == 0 else n - 1 - new)
        if ends.node[v] < 0:
            node = size[side]
            size[side] += 1
            ends.vertex[side, node], ends.parent[side, node], ends.pivot[side, node] = v, here, place
            ends.reads[side, node] = 0
            ends.node[v] = node
    return -1
