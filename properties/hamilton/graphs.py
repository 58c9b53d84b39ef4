"""Graphs with and without a Hamilton cycle, and questions about them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from whp.properties import generators as some
from whp.properties.alike import Question
from whp.reference import families
from whp.reference.graph import Graph
from whp.reference.hamilton import gnp

DENSE = 5.0  # times ln n / n: an edge probability at which a cycle is there and found, with high probability


# Graphs with a known answer


def shuffled(graph: Graph, seed: int) -> Graph:
    """Return the graph with its vertices numbered anew."""
    order = np.random.default_rng(seed).permutation(graph.n)
    return Graph.of(graph.n, order[graph.edges])


def planted(n: int, more: int, seed: int) -> Graph:
    """Return a cycle on n vertices in random order, with so many random chords."""
    random = np.random.default_rng(seed)
    order = random.permutation(n)
    chords = random.integers(0, n, (more, 2))
    chords = chords[chords[:, 0] != chords[:, 1]]
    return Graph.of(n, np.concatenate([np.stack([order, np.roll(order, 1)], axis=1), chords]))


def grid(rows: int, columns: int) -> Graph:
    """Return the rectangular grid: it has a Hamilton cycle just if a side is even and both are above 1."""
    cells = np.arange(rows * columns).reshape(rows, columns)
    across = np.stack([cells[:, :-1].ravel(), cells[:, 1:].ravel()], axis=1)
    down = np.stack([cells[:-1].ravel(), cells[1:].ravel()], axis=1)
    return Graph.of(rows * columns, np.concatenate([across, down]))


def hypercube(dimension: int) -> Graph:
    """Return the hypercube, which has a Hamilton cycle (Gray's code) from dimension 2 on."""
    bits = [1 << bit for bit in range(dimension)]
    return Graph.of(2**dimension, [(v, v ^ bit) for v in range(2**dimension) for bit in bits])


def generalised_petersen(n: int, k: int) -> Graph:
    """Return GP(n, k): with k = 2 it has a Hamilton cycle just if n is not 5 modulo 6 (Bannai, 1978)."""
    rim = [(v, (v + 1) % n) for v in range(n)]
    spokes = [(v, n + v) for v in range(n)]
    return Graph.of(2 * n, rim + spokes + [(n + v, n + (v + k) % n) for v in range(n)])


def wheel(spokes: int) -> Graph:
    """Return the wheel, the simplest Halin graph: all of these have Hamilton cycles (Bondy, 1975)."""
    rim = [(v, (v + 1) % spokes) for v in range(spokes)]
    return Graph.of(spokes + 1, rim + [(v, spokes) for v in range(spokes)])


def halin(branches: int) -> Graph:
    """Return the Halin graph of a root whose children all have two leaves."""
    leaves = [1 + branches + leaf for leaf in range(2 * branches)]
    tree = [(0, 1 + branch) for branch in range(branches)]
    tree += [(1 + place // 2, leaf) for place, leaf in enumerate(leaves)]
    return Graph.of(1 + 3 * branches, tree + [(leaves[i], leaves[i - 1]) for i in range(len(leaves))])


def knights(rows: int, columns: int) -> Graph:
    """Return the moves of a knight; which boards have a closed tour is known (Schwenk, 1991)."""
    squares = [(r, c) for r in range(rows) for c in range(columns)]
    number = {square: index for index, square in enumerate(squares)}
    moves = [
        (number[r, c], number[r + a, c + b])
        for r, c in squares
        for a, b in ((1, 2), (2, 1), (1, -2), (2, -1))
        if (r + a, c + b) in number
    ]
    return Graph.of(len(squares), moves)


def with_cut_vertex(size: int) -> Graph:
    """Return two cliques that share a vertex."""
    first = list(combinations(range(size), 2))
    return Graph.of(2 * size - 1, first + [(u + size - 1, v + size - 1) for u, v in first])


def with_pendant(size: int) -> Graph:
    """Return a clique and a vertex joined to one of it."""
    return Graph.of(size + 1, [*combinations(range(size), 2), (0, size)])


def closed(n: int, *rounds: Sequence[int]) -> Graph:
    """Return disjoint cycles through vertices in the given orders."""
    return Graph.of(n, [(line[i], line[i - 1]) for line in rounds for i in range(len(line))])


WITHOUT: dict[str, Graph] = {
    "nothing": families.empty(0),
    "one vertex": families.empty(1),
    "one edge": families.complete(2),
    "path of 3": families.path(3),
    "path": families.path(30),
    "star": families.star(12),
    "two components": families.disjoint(2, families.complete(8)),
    "an isolated vertex": Graph.of(20, list(combinations(range(19), 2))),
    "K_{7,8}": families.complete_bipartite(7, 8),
    "K_{20,21}": families.complete_bipartite(20, 21),
    "Petersen": families.petersen(),
    "GP(11, 2)": generalised_petersen(11, 2),
    "a cut vertex": with_cut_vertex(9),
    "a pendant vertex": with_pendant(20),
    "grid of 5 x 5": grid(5, 5),
    "grid of 7 x 7": grid(7, 7),
    "knight on 3 x 4": knights(3, 4),
    "knight on 4 x 6": knights(4, 6),
}
WITH: dict[str, Graph] = {
    "triangle": families.complete(3),
    "C4": families.cycle(4),
    "K5": families.complete(5),
    "K_{6,6}": families.complete_bipartite(6, 6),
    "cycle of 60": shuffled(families.cycle(60), 1),
    "grid of 4 x 5": grid(4, 5),
    "grid of 6 x 10": grid(6, 10),
    "hypercube of 5": hypercube(5),
    "GP(7, 2)": generalised_petersen(7, 2),
    "GP(30, 2)": generalised_petersen(30, 2),
    "GP(12, 5)": generalised_petersen(12, 5),
    "wheel": wheel(20),
    "Halin": halin(8),
    "knight on 6 x 6": knights(6, 6),
    "knight on 3 x 10": knights(3, 10),
    "K30": families.complete(30),
}

# One of each pair has a Hamilton cycle. They agree in the degrees and in the sum of u v over edges (u, v);
# the second pair also in those of (u v)^2 and (u - v)^2.
ALIKE = (
    [(closed(6, (0, 4, 5), (1, 2, 3)), False), (closed(6, (0, 3, 5, 2, 1, 4)), True)],
    [(closed(8, (0, 6, 1, 5, 2, 4, 3, 7)), True), (closed(8, (0, 6, 1, 7), (2, 3, 5, 4)), False)],
)


# Inputs


def few() -> st.SearchStrategy[Graph]:
    """Draw graphs so small that all is known of them."""
    return some.graphs(max_n=9)


def hamiltonian() -> st.SearchStrategy[Graph]:
    """Draw graphs with a Hamilton cycle, up to 60 vertices."""
    known = st.builds(shuffled, st.sampled_from(list(WITH.values())), st.integers(0, 2**16))
    return known | st.builds(planted, st.integers(3, 60), st.integers(0, 120), st.integers(0, 2**16))


def without() -> st.SearchStrategy[Graph]:
    """Draw graphs without one."""
    return st.builds(shuffled, st.sampled_from(list(WITHOUT.values())), st.integers(0, 2**16))


def random_graphs(most: int = 200) -> st.SearchStrategy[Graph]:
    """Draw graphs as of G(n, p), sparse ones to dense ones."""
    return st.builds(
        lambda n, factor, seed: gnp.sample(n, min(1.0, factor * np.log(n) / n), seed),
        st.integers(3, most),
        st.sampled_from((0.8, 1.5, 3.0, DENSE, 10.0)),
        st.integers(0, 2**32),
    )


def sparse(n: int, seed: int) -> Graph:
    """Return a graph of G(n, 5 ln n / n)."""
    return gnp.sample(n, min(1.0, DENSE * np.log(n) / n), seed)


SPARSE = sparse(300, 1)
LARGE = planted(2000, 8000, 5)


def questions() -> st.SearchStrategy[Question]:
    """Draw an operation with its arguments."""
    search = st.builds(
        lambda graph, seed: ("find_cycle", {"graph": graph, "seed": seed}), random_graphs(40), some.seeds()
    )
    exactly = few().map(lambda graph: ("is_hamiltonian", {"graph": graph}))
    draw = st.builds(
        lambda n, p, seed: ("random_graph", {"n": n, "p": p, "seed": seed}),
        st.integers(0, 30),
        st.sampled_from((0.0, 0.1, 0.5, 1.0)),
        some.seeds(),
    )
    return search | exactly | draw
