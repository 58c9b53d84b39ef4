"""What arXiv:2012.02551 and its model say of searches and of random graphs as a population of runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from scipy import special

from whp.checks import Cell, NotOffered, Plan, claim_of
from whp.reference.graph import Graph
from whp.reference.hamilton import exact, gnp
from whp.statistical.decisions import growth
from whp.statistical.designs import GOOD, by_coin, by_law, by_pairs, by_success, lengths
from whp.statistical.exact.hamiltonian import hamiltonian, triangles
from whp.statistical.exact.successes import binomial
from whp.subject import Subject

PAPER = "arXiv:2012.02551"
MODEL = "the model G(n, p): each pair is an edge with probability p, independently"
DENSE = 5.0  # times ln n / n


def sparse(n: int, seed: int) -> Graph:
    """Return a graph of G(n, 5 ln n / n), whose randomness is not that of the search."""
    return gnp.sample(n, DENSE * math.log(n) / n, seed ^ 0x5EED)


# The search


def found(subject: Subject, cell: Cell, seed: int) -> float:
    """Say whether the subject finds a cycle; that it is one is a property."""
    return float(subject.find_cycle(graph=sparse(cell.n, seed), seed=seed).status == "found")


@claim_of(
    "hamilton",
    source=f"{PAPER}, Theorem 1.1, with C = 5",
    cells={"quick": lengths(300, 1000), "full": lengths(300, 1000, 10_000)},
    decision=by_success,
    alternatives={"GivesUpAtOnce": lambda cell: 0.0},  # noqa: ARG005
)
def cycles_are_found_with_high_probability(subject: Subject, cell: Cell, seed: int) -> float:
    """In G(n, 5 ln n / n) a Hamilton cycle is found with high probability."""
    return found(subject, cell, seed)


@claim_of(
    "hamilton",
    source=f"{PAPER}, Theorem 1.1, with C = 5",
    cells={"quick": lengths(3000), "full": lengths(100_000)},
    decision=partial(by_coin, GOOD, 0.5),  # some ten runs, since each takes long
    alternatives={"FixedBudget": lambda cell: 0.0},  # noqa: ARG005
)
def cycles_are_found_in_large_graphs_too(subject: Subject, cell: Cell, seed: int) -> float:
    """What finds cycles in small graphs of G(n, 5 ln n / n) finds them in large ones."""
    return found(subject, cell, seed)


MARGIN = 0.15


def by_growth(cells: Sequence[Cell], effort: str, alpha: float) -> Plan:
    """Decide whether reads grow as n. Their variance is taken to be at most n^2; measured was n^2 / 12."""
    del effort
    sizes = {cell.label: float(cell.n) for cell in cells}
    small, large = sizes
    return growth(
        [(small, large)],
        sizes,
        {"n ln n": {label: n * math.log(n) for label, n in sizes.items()}},
        MARGIN,
        (-math.inf, math.inf),
        320,
        alpha,
        variances=[n**2 for n in sizes.values()],
    )


def walk_moments(cell: Cell) -> tuple[float, float]:
    """Return mean and variance of the reads of a search without trees, as measured: 1.87 n ln n + 2 n."""
    return cell.n * (1.87 * math.log(cell.n) + 2), 4.4 * cell.n**2


@claim_of(
    "hamilton",
    source=f"{PAPER}, Theorem 1.1: O(n), as reported by the subject",
    cells={"quick": lengths(300, 3000), "full": lengths(1000, 100_000)},
    decision=by_growth,
    alternatives={"WithoutTrees": walk_moments},
)
def reads_grow_linearly(subject: Subject, cell: Cell, seed: int) -> float:
    """The mean number of reads of a search in G(n, 5 ln n / n) grows as n, and not as n ln n."""
    reads = subject.find_cycle(graph=sparse(cell.n, seed), seed=seed).reads
    if reads is None:
        raise NotOffered("`reads`, which may be absent")
    return float(reads)


# The random graph


HALF = Fraction(1, 2)


def cell_of(n: int, p: Fraction, **more: Any) -> Cell:
    """Make a cell of G(n, p)."""
    named = ", ".join(f"{name} {value}" for name, value in more.items())
    return Cell(f"G({n}, {p})" + f", {named}" * bool(named), n=n, p=p, **more)


def drawn(subject: Subject, cell: Cell, seed: int) -> set[tuple[int, int]]:
    """Return the edges of a graph that the subject draws."""
    graph = subject.random_graph(n=cell.n, p=float(cell.p), seed=seed)
    return {(min(u, v), max(u, v)) for u, v in graph.edges.tolist()}


def edges_pmf(cell: Cell) -> list[Fraction]:
    """Return the law of the number of edges."""
    return binomial(cell.n * (cell.n - 1) // 2, cell.p)


def normal_pmf(cell: Cell) -> list[float]:
    """Return the law of a normal number of that mean and variance, rounded, and 0 if it is negative."""
    pairs, p = cell.n * (cell.n - 1) // 2, float(cell.p)
    above = special.ndtr((np.arange(pairs) + 0.5 - pairs * p) / math.sqrt(pairs * p * (1 - p)))
    law: list[float] = np.diff(above, prepend=0.0, append=1.0).tolist()
    return law


def whole_blocks(pairs: int) -> int:
    """Return how many pairs are in blocks of 1024 that are full; all, if there is no such block."""
    return pairs // 1024 * 1024 or pairs


@claim_of(
    "hamilton",
    source=MODEL,
    cells=[
        cell_of(5, HALF),
        cell_of(12, Fraction(3, 10)),
        cell_of(30, Fraction(1, 10)),
        cell_of(30, Fraction(1, 1000)),
        cell_of(50, Fraction(1, 10)),
    ],
    decision=partial(by_law, edges_pmf, {"quick": 4000, "full": 40000}),
    alternatives={
        "HalfOfThem": lambda cell: binomial(cell.n * (cell.n - 1) // 2, cell.p / 2),
        "TriesEachPairTwice": lambda cell: binomial(cell.n * (cell.n - 1) // 2, 1 - (1 - cell.p) ** 2),
        "CountIsNormal": normal_pmf,
        "WholeBlocksAlone": lambda cell: binomial(whole_blocks(cell.n * (cell.n - 1) // 2), cell.p),
    },
)
def edges_are_binomial(subject: Subject, cell: Cell, seed: int) -> float:
    """The number of edges of `random_graph` is binomial."""
    return float(len(drawn(subject, cell, seed)))


def degree_pmf(cell: Cell) -> list[Fraction]:
    """Return the law of the number of neighbours of a vertex."""
    return binomial(cell.n - 1, cell.p)


@claim_of(
    "hamilton",
    source=MODEL,
    cells=[
        cell_of(20, Fraction(1, 5), vertex=0),
        cell_of(20, Fraction(1, 5), vertex=10),
        cell_of(20, Fraction(1, 5), vertex=19),
    ],
    decision=partial(by_law, degree_pmf, {"quick": 4000, "full": 40000}),
)
def degrees_are_binomial(subject: Subject, cell: Cell, seed: int) -> float:
    """The number of neighbours of the first, a middle and the last vertex of `random_graph` is binomial."""
    return float(sum(cell.vertex in edge for edge in drawn(subject, cell, seed)))


def triangles_pmf(cell: Cell) -> list[Fraction]:
    """Return the law of the number of triangles."""
    return triangles(cell.n, cell.p)


@claim_of(
    "hamilton",
    source=f"{MODEL}; the law is exact, over all graphs",
    cells=[cell_of(4, HALF), cell_of(5, Fraction(3, 5))],
    decision=partial(by_law, triangles_pmf, {"quick": 4000, "full": 40000}),
)
def triangles_follow_their_exact_law(subject: Subject, cell: Cell, seed: int) -> float:
    """The number of triangles of `random_graph` on four and on five vertices has its exact law."""
    edges = drawn(subject, cell, seed)
    return float(
        sum((u, v) in edges and (u, w) in edges and (v, w) in edges
            for u in range(cell.n) for v in range(u + 1, cell.n) for w in range(v + 1, cell.n))
    )  # fmt: skip


@claim_of(
    "hamilton",
    source=MODEL,
    cells=[
        cell_of(10, HALF, one=(0, 1), other=(0, 2)),
        cell_of(10, HALF, one=(0, 9), other=(1, 2)),
        cell_of(10, HALF, one=(0, 1), other=(8, 9)),
        cell_of(10, HALF, one=(3, 7), other=(4, 7)),
    ],
    decision=partial(by_pairs, 2, {"quick": 2000, "full": 20000}),
)
def edges_are_independent(subject: Subject, cell: Cell, seed: int) -> float:
    """Whether one pair is an edge of `random_graph` tells nothing of another pair."""
    edges = drawn(subject, cell, seed)
    return float(2 * (cell.one in edges) + (cell.other in edges))


def hamiltonian_pmf(cell: Cell) -> list[Fraction]:
    """Return the law of whether there is a Hamilton cycle."""
    return [1 - hamiltonian(cell.n, cell.p), hamiltonian(cell.n, cell.p)]


@claim_of(
    "hamilton",
    source=f"{MODEL}; graphs with a Hamilton cycle are counted by exhaustion",
    cells=[cell_of(4, HALF), cell_of(6, HALF), cell_of(7, HALF)],
    decision=partial(by_law, hamiltonian_pmf, {"quick": 3000, "full": 30000}),
)
def small_graphs_are_hamiltonian_as_often_as_counted(subject: Subject, cell: Cell, seed: int) -> float:
    """Small graphs of `random_graph` have a Hamilton cycle with exactly the probability of G(n, 1/2)."""
    edges = np.array(sorted(drawn(subject, cell, seed)), np.int64).reshape(-1, 2)
    return float(exact.solve(Graph(cell.n, edges))[0] is not None)
