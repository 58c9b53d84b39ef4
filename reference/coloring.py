"""Decentralised (Delta+1)-recolouring: arXiv:2002.05121, O(n log Delta) steps.

Every vertex starts with a uniform colour out of Delta + 1. While some vertex has a neighbour of its own
colour, one of these conflicted vertices, uniformly chosen, draws a new uniform colour, its own included.
The process ends at a proper colouring; the paper proves that it takes O(n log Delta) steps in expectation.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from jaxtyping import Int
from numba import njit

from whp.reference.graph import Graph
from whp.reference.graph_files import read_graph
from whp.reference.stream import below, stream


@dataclass(frozen=True)
class Coloring:
    """A proper colouring of the graph."""

    colors: Annotated[Int[np.ndarray, "n"], "colours in 0..Delta, one a vertex; Delta is the largest degree"]


@dataclass(frozen=True)
class Recoloring:
    """Where the process stopped, and after how many recolourings."""

    colors: Annotated[Int[np.ndarray, "n"], "colours in 0..Delta, one a vertex"]
    steps: Annotated[int, "every recolouring, also one that draws the old colour"]


@dataclass(frozen=True)
class Trace:
    """The process, shown."""

    start: Annotated[Int[np.ndarray, "n"], "the colours before the first move"]
    moves: Annotated[Int[np.ndarray, "t 2"], "(vertex, new colour), in order"]
    colors: Annotated[Int[np.ndarray, "n"], "the colours after the last move"]
    steps: Annotated[int, "the number of moves"]


def color(graph: Graph, seed: int) -> Coloring:
    """Colour the graph properly with colours in 0..Delta, by any algorithm; here, by the process itself."""
    return Coloring(recolor(graph, seed).colors)


def recolor(graph: Graph, seed: int) -> Recoloring:
    """Run the process with the palette 0..Delta from a uniform start (arXiv:2002.05121, section 1)."""
    palette = graph.max_degree + 1
    random = stream(seed)
    with np.errstate(over="ignore"):
        colors = uniform_colors(graph.n, palette, random)
        steps = sum(map(len, process(graph, palette, colors, random)))
    return Recoloring(colors.astype(np.int64), steps)


def trace(graph: Graph, palette: int, start: Int[np.ndarray, "n"] | None, seed: int) -> Trace:
    """Run the process with the palette 0..palette-1, palette > Delta, from `start` (None: uniform).

    Raises ValueError for a smaller palette, with which the process may never end, and for a start outside it.
    """
    for path, fault in faults("trace", {"graph": graph, "palette": palette, "start": start, "seed": seed}):
        raise ValueError(f"{path} {fault}")
    random = stream(seed)
    with np.errstate(over="ignore"):
        begun = uniform_colors(graph.n, palette, random) if start is None else np.array(start, np.int32)
        colors = begun.copy()
        moves = np.concatenate([np.empty((0, 2), np.int64), *process(graph, palette, colors, random)])
    return Trace(begun.astype(np.int64), moves, colors.astype(np.int64), len(moves))


OPERATIONS = (color, recolor, trace)
MOST_COLORS = 2**31 - 1


def run_command(
    graph: Annotated[
        Path, typer.Argument(metavar="GRAPHFILE", help="DIMACS, edge list, MatrixMarket, GraphML, JSON")
    ],
    palette: Annotated[
        int | None, typer.Option(help="Number of colours; Delta + 1 unless told otherwise.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> dict[str, Any]:
    """Recolour the vertices of a graph; print the colours, the steps, and the steps against n ln(Delta+1)."""
    file = read_graph(graph)
    n, delta = file.graph.n, file.graph.max_degree
    answer = trace(file.graph, delta + 1 if palette is None else palette, None, seed)
    scale = n * math.log(delta + 1)
    named = {} if file.names == list(range(n)) else {"names": file.names}
    return {
        "n": n,
        "delta": delta,
        "steps": answer.steps,
        "steps_over_n_ln_delta_plus_1": round(answer.steps / scale, 4) if scale else None,
        "colors": answer.colors.tolist(),
        **named,
    }


def faults(operation: str, arguments: Mapping[str, Any], answer: Any = None) -> Iterator[tuple[str, str]]:
    """Yield what annotations can't say about arguments or an answer: where (a path), and what is wrong."""
    if operation == "trace" and answer is None:
        delta, palette, start = arguments["graph"].max_degree, arguments["palette"], arguments["start"]
        if palette <= delta:
            yield (
                "palette",
                f"is {palette}, but a vertex has {delta} neighbours; the process needs at least {delta + 1}",
            )
        if palette > MOST_COLORS:
            yield "palette", f"is {palette}; more than {MOST_COLORS} colours are not kept"
        if start is not None and len(start) and not (start.min() >= 0 and start.max() < palette):
            yield "start", f"has a colour outside 0..{palette - 1}"
    if hasattr(answer, "steps") and answer.steps < 0:
        yield "steps", f"is {answer.steps}; a number of steps is not negative"
    if operation == "trace" and answer is not None:
        vertices = answer.moves[:, 0]
        outside = (vertices < 0) | (vertices >= arguments["graph"].n)
        if outside.any():
            move = int(outside.argmax())
            yield f"moves[{move}][0]", f"is {vertices[move]}, which is no vertex"


# The process itself. A vertex is conflicted while `same`, the number of neighbours of its own colour, is not
# zero. The conflicted vertices stand in members[:size], and place[v] says where v stands there, -1 if it
# does not: a uniform one is drawn by its index, and one that leaves is replaced by the last.


def process(
    graph: Graph, palette: int, colors: Int[np.ndarray, "n"], random: np.ndarray
) -> Iterator[Int[np.ndarray, "t 2"]]:
    """Run the process on `colors` and yield its moves, some thousand at a time."""
    # Unsigned, because compiled code asks of a signed index whether it counts from the end: 1.3 x the time.
    offsets, adjacency = graph.offsets.view(np.uint64), graph.adjacency.view(np.uint32)
    same, members, place, size = find_conflicts(offsets, adjacency, colors)
    while size[0] > 0:
        moves = np.empty((4096, 2), np.int64)
        steps = run(offsets, adjacency, palette, colors, same, members, place, size, random, moves)
        yield moves[:steps]


@njit(cache=True)
def uniform_colors(n, palette, random):  # type: ignore[no-untyped-def]
    """Return n independent uniform colours out of 0..palette-1."""
    colors = np.empty(n, np.int32)
    for v in range(n):
        colors[v] = below(palette, random)
    return colors


@njit(cache=True)
def find_conflicts(offsets, adjacency, colors):  # type: ignore[no-untyped-def]
    """Return `same`, `members`, `place` and the one-element array `size` for a colouring."""
    n = len(colors)
    same, members, place = np.zeros(n, np.int32), np.empty(n, np.uint32), np.full(n, -1, np.int32)
    size = np.zeros(1, np.int64)
    for v in range(n):
        for i in range(offsets[v], offsets[v + 1]):
            if colors[adjacency[i]] == colors[v]:
                same[v] += 1
        if same[v] > 0:
            enter(v, members, place, size)
    return same, members, place, size


@njit(cache=True)
def enter(v, members, place, size):  # type: ignore[no-untyped-def]
    """Count v among the conflicted vertices."""
    place[v] = size[0]
    members[size[0]] = v
    size[0] += 1


@njit(cache=True)
def leave(v, members, place, size):  # type: ignore[no-untyped-def]
    """Count v among them no longer."""
    size[0] -= 1
    last = members[size[0]]
    members[place[v]] = last
    place[last] = place[v]
    place[v] = -1


@njit(cache=True)
def run(offsets, adjacency, palette, colors, same, members, place, size, random, moves):  # type: ignore[no-untyped-def]
    """Step until no vertex is conflicted or `moves`, (vertex, new colour) each, is full; return the steps.

    A step lets a uniform conflicted vertex draw a uniform colour, in time proportional to its degree.
    """
    # In a function of its own, every step would count its references to the arrays anew: 1.3 x the time.
    steps = 0
    while size[0] > 0 and steps < len(moves):
        v = members[below(size[0], random)]
        old, new = colors[v], below(palette, random)
        moves[steps, 0], moves[steps, 1] = v, new
        steps += 1
        if new == old:
            continue
        colors[v] = new
        still = 0
        for i in range(offsets[v], offsets[v + 1]):
            u = adjacency[i]
            if colors[u] == old:
                same[u] -= 1
                if same[u] == 0:
                    leave(u, members, place, size)
            elif colors[u] == new:
                still += 1
                same[u] += 1
                if same[u] == 1:
                    enter(u, members, place, size)
        same[v] = still
        if still == 0:
            leave(v, members, place, size)
    return steps
