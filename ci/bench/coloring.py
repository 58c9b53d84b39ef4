"""The recolouring process against the same in C, and what a large graph takes in time and memory."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import numpy as np

from bench.measuring import child, figure, peak_memory
from bench.twins import BITS, LARGE, NUMBER, SMALL, Differs, against_c, in_c
from whp.reference import coloring
from whp.reference.graph import Graph
from whp.reference.stream import stream

DEGREE = 8


def regular_edges(n: int, seed: int) -> np.ndarray:
    """Return the edges of random permutations without their loops: nearly all vertices have degree DEGREE."""
    random = np.random.default_rng(seed)
    pairs = np.empty((DEGREE // 2, n, 2), np.int64)
    for permutation in pairs:
        permutation[:, 0] = np.arange(n)
        permutation[:, 1] = random.permutation(n)
    edges = pairs.reshape(-1, 2)
    proper: np.ndarray = edges[edges[:, 0] != edges[:, 1]]
    return proper


def regular(n: int) -> Graph:
    """Return the graph of these edges, its rows made."""
    graph = Graph.of(n, regular_edges(n, seed=n))
    assert graph.offsets is not None
    return graph


class ProcessTwin:
    """The process in C."""

    def __init__(self) -> None:
        """Compile it."""
        twin = in_c("recolor_twin")
        process: list[Any] = [NUMBER, LARGE, SMALL, NUMBER, BITS]
        self._recolor, self._trace = twin.recolor, twin.trace
        self._recolor.argtypes, self._recolor.restype = [*process, LARGE], NUMBER
        self._trace.argtypes, self._trace.restype = [*process, SMALL, LARGE, NUMBER], NUMBER

    def recolor(self, graph: Graph, seed: int) -> tuple[np.ndarray, int]:
        """Do as `coloring.recolor` does."""
        colors = np.empty(graph.n, np.int64)
        palette = graph.max_degree + 1
        steps = self._recolor(graph.n, graph.offsets, graph.adjacency, palette, stream(seed), colors)
        return colors, steps

    def trace(self, graph: Graph, palette: int, start: np.ndarray, seed: int, room: int) -> np.ndarray:
        """Return the moves that `coloring.trace` shows, but no more than `room`."""
        moves = np.empty((room, 2), np.int64)
        rows = graph.offsets, graph.adjacency
        steps = self._trace(graph.n, *rows, palette, stream(seed), start.astype(np.int32), moves, room)
        return moves[:steps]


def expect_the_same(graph: Graph, twin: ProcessTwin, seed: int) -> None:
    """Raise Differs if the twin stops elsewhere or later than the reference."""
    known = coloring.recolor(graph, seed)
    colors, steps = twin.recolor(graph, seed)
    if steps != known.steps:
        raise Differs(
            f"n = {graph.n}, seed {seed}: the reference takes {known.steps} steps, the twin {steps}"
        )
    if not np.array_equal(colors, known.colors):
        raise Differs(f"n = {graph.n}, seed {seed}: the reference and its twin stop at different colours")


def expect_the_same_moves(graph: Graph, twin: ProcessTwin, seed: int) -> None:
    """Raise Differs at the first move that the twin makes otherwise than the reference."""
    palette = graph.max_degree + 1
    start = np.random.default_rng(seed).integers(palette, size=graph.n)
    known = coloring.trace(graph, palette, start, seed).moves
    moves = twin.trace(graph, palette, start, seed, room=len(known) + 1)
    shared = min(len(known), len(moves))
    differing = (known[:shared] != moves[:shared]).any(axis=1)
    if differing.any() or len(known) != len(moves):
        first = int(differing.argmax()) if differing.any() else shared
        raise Differs(f"n = {graph.n}, seed {seed}: move {first} of the reference and of its twin differ")


def process() -> None:
    """Time `recolor` with rows ready, from the seed to the answer, in both languages."""
    twin = ProcessTwin()
    for seed in range(20):
        expect_the_same_moves(regular(1000), twin, seed)
    for n, rounds in ((10**5, 21), (10**6, 9)):
        graph = regular(n)
        expect_the_same(graph, twin, seed=1)
        acts = partial(coloring.recolor, graph, 1), partial(twin.recolor, graph, 1)
        against_c(f"process, n = {n:.0e}", rounds, *acts)


def huge() -> None:
    """Recolour a graph of 4e7 edges in a process of its own."""
    child("recolor_huge")


def recolor_huge() -> None:
    """Do it, and print how long it took and the most memory that this process ever held."""
    n = 10**7
    edges = regular_edges(n, seed=1)
    made = time.perf_counter()
    graph = Graph.of(n, edges)
    del edges
    ready = time.perf_counter()
    figure("huge, 4e7 edges: Graph.of", ready - made, "s")
    figure("huge, 4e7 edges: peak memory so far", peak_memory(), "GB", bar=8)
    answer = coloring.recolor(graph, seed=1)
    figure("huge, 4e7 edges: recolor, with the making of rows", time.perf_counter() - ready, "s")
    figure("huge, 4e7 edges: steps / n", answer.steps / n)
    figure("huge, 4e7 edges: peak memory", peak_memory(), "GB", bar=8)
