"""Random graphs, Hamilton cycles in them, and the search for one against the same in C."""

from __future__ import annotations

import math
import statistics
import time
from functools import partial

import numpy as np

from bench.measuring import child, figure, in_turns, peak_memory, ratio
from bench.twins import BITS, LARGE, NUMBER, SMALL, Differs, against_c, in_c
from whp.reference import hamilton
from whp.reference.graph import Graph
from whp.reference.hamilton import gnp, linear
from whp.reference.stream import stream


def cycles() -> None:
    """Compare the drawing of a random graph with igraph's."""
    try:
        import igraph
    except ImportError:
        print("cycles: igraph is not installed; the test extra brings it")
        return
    n = 10**5
    p = 5 * math.log(n) / n
    ours, theirs = in_turns(3, partial(gnp.sample, n, p, 1), partial(igraph.Graph.Erdos_Renyi, n=n, p=p))
    figure("cycles: G(1e5, 5 ln n / n) / igraph's", ratio(ours, theirs), bar=1)


def million() -> None:
    """Find Hamilton cycles in ten graphs of G(1e6, 5 ln n / n), in a process of its own."""
    child("find_in_a_million")


def find_in_a_million() -> None:
    """Do it, and print how many were found, how long one took, and the most memory ever held."""
    n, runs = 10**6, 10
    drawing, searching, reads = [], [], []
    for seed in np.random.SeedSequence(n).generate_state(runs).tolist():
        began = time.perf_counter()
        graph = gnp.sample(n, 5 * math.log(n) / n, seed)
        there = time.perf_counter()
        found = hamilton.find_cycle(graph, seed)
        drawing.append(there - began)
        searching.append(time.perf_counter() - there)
        if found.status == "found" and found.reads is not None:
            reads.append(found.reads / n)
    figure("cycles, n = 1e6: found, of ten", len(reads))
    figure("cycles, n = 1e6: the graph", statistics.median(drawing), "s")
    figure("cycles, n = 1e6: its rows, and a cycle", statistics.median(searching), "s")
    figure(
        "cycles, n = 1e6: both, the longest", max(map(sum, zip(drawing, searching, strict=True))), "s", bar=20
    )
    figure("cycles, n = 1e6: reads / n, the fewest", min(reads))
    figure("cycles, n = 1e6: reads / n, the most", max(reads))
    figure("cycles, n = 1e6: peak memory", peak_memory(), "GB", bar=4)


def ten_million() -> None:
    """Find a Hamilton cycle in G(1e7, 5 ln n / n), in a process of its own."""
    child("find_in_ten_million")


def find_in_ten_million() -> None:
    """Do it on the rows of the graph alone: its 4e8 edges are let go once the rows are there."""
    n = 10**7
    began = time.perf_counter()
    graph = gnp.sample(n, 5 * math.log(n) / n, 1)
    rows = graph.offsets, graph.adjacency
    graph = Graph(n, graph.edges[:0].copy())
    vars(graph)["_rows"] = rows
    there = time.perf_counter()
    found = linear.search(graph, 1)
    figure("cycles, n = 1e7: the graph and its rows", there - began, "s")
    figure("cycles, n = 1e7: a cycle", time.perf_counter() - there, "s")
    figure("cycles, n = 1e7: found", float(found.cycle is not None))
    figure("cycles, n = 1e7: reads / n", found.reads / n)
    figure("cycles, n = 1e7: peak memory", peak_memory(), "GB", bar=12)


class SearchTwin:
    """The search in C."""

    def __init__(self) -> None:
        """Compile it."""
        self._search = in_c("hamilton_twin").search
        self._search.argtypes = [NUMBER, LARGE, SMALL, SMALL, BITS, NUMBER, NUMBER, LARGE, LARGE]
        self._search.restype = NUMBER

    def search(self, graph: Graph, seed: int) -> linear.Attempts:
        """Do as `linear.search` does."""
        cycle, reads, limits = (
            np.empty(graph.n, np.int64),
            np.empty(1, np.int64),
            (linear.ATTEMPTS, linear.READS_A_VERTEX),
        )
        rows = graph.offsets, graph.adjacency, graph.adjacency.copy()
        found = self._search(graph.n, *rows, stream(seed + linear.STREAM), *limits, cycle, reads)
        return linear.Attempts(cycle if found else None, int(reads[0]), found or linear.ATTEMPTS)


def expect_the_same_search(graph: Graph, twin: SearchTwin, seed: int) -> None:
    """Raise Differs if the twin finds another cycle than the reference, or none, or by other reads."""
    known, found = linear.search(graph, seed), twin.search(graph, seed)
    where = f"n = {graph.n}, seed {seed}: the reference"
    if (found.cycle is None) != (known.cycle is None):
        raise Differs(f"{where} or its twin finds a cycle, the other doesn't")
    if found.attempts != known.attempts:
        raise Differs(f"{where} makes {known.attempts} attempts, the twin {found.attempts}")
    if found.reads != known.reads:
        raise Differs(f"{where} makes {known.reads} reads, the twin {found.reads}")
    if known.cycle is not None and not np.array_equal(found.cycle, known.cycle):
        raise Differs(f"{where} and its twin find different cycles")


def random_graph(n: int, c: float, seed: int) -> Graph:
    """Return G(n, c ln n / n), its rows made."""
    graph = gnp.sample(n, c * math.log(n) / n, seed)
    assert graph.offsets is not None
    return graph


def search() -> None:
    """Time `linear.search` with rows ready, from the seed to the answer, in both languages."""
    twin = SearchTwin()
    for seed in range(20):
        expect_the_same_search(random_graph(1000, 5, seed), twin, seed)
        expect_the_same_search(random_graph(200, 2.2, seed), twin, seed)  # most of them fail, or start again
    for n, rounds in ((10**4, 51), (10**5, 15), (10**6, 4)):
        graph = random_graph(n, 5, seed=1)
        expect_the_same_search(graph, twin, seed=1)
        against_c(
            f"search, n = {n:.0e}", rounds, partial(linear.search, graph, 1), partial(twin.search, graph, 1)
        )
