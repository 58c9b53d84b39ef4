"""Exact laws of small random graphs: which are Hamiltonian, by exhaustion, and their triangles."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import combinations
from math import comb

# Labelled graphs with a Hamilton cycle, by vertices and by edges, from as many edges as vertices on.
HAMILTONIAN = {
    3: [1],
    4: [3, 6, 1],
    5: [12, 60, 90, 45, 10, 1],
    6: [60, 540, 1890, 3070, 2607, 1335, 455, 105, 15, 1],
    7: [360, 5040, 30240, 96390, 179550, 214200, 178500, 111030, 53592, 20307, 5985, 1330, 210, 21, 1],
}


def hamiltonian(n: int, p: Fraction) -> Fraction:
    """Return the probability that G(n, p) has a Hamilton cycle."""
    pairs = comb(n, 2)
    return sum(
        (count * p**m * (1 - p) ** (pairs - m) for m, count in enumerate(HAMILTONIAN[n], n)), Fraction(0)
    )


@cache
def triangles(n: int, p: Fraction) -> list[Fraction]:
    """Return the law of the number of triangles of G(n, p), by looking at all graphs; for n <= 5."""
    pairs = list(combinations(range(n), 2))
    threes = [[pairs.index(pair) for pair in combinations(three, 2)] for three in combinations(range(n), 3)]
    law = [Fraction(0)] * (len(threes) + 1)
    for graph in range(1 << len(pairs)):
        edges = graph.bit_count()
        there = sum(all(graph >> pair & 1 for pair in three) for three in threes)
        law[there] += p**edges * (1 - p) ** (len(pairs) - edges)
    return law
