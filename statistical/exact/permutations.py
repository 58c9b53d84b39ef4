"""Exact laws of uniform permutations: their fixed points, and which sets of them tell all codewords."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import combinations, permutations, product
from math import comb, factorial

import numpy as np

from whp.reference.mastermind import fixed_point_counts


def fixed_points(n: int) -> list[Fraction]:
    """Return the law of the number of fixed points of a uniform permutation: that of every answer."""
    return [Fraction(count, factorial(n)) for count in fixed_point_counts(n)]


def naive_shuffle(n: int) -> dict[tuple[int, ...], Fraction]:
    """Return the law of a shuffle that swaps each position with any: n^n ways, which n! doesn't divide."""
    law: dict[tuple[int, ...], int] = {}
    for swaps in product(range(n), repeat=n):
        word = list(range(n))
        for i, j in enumerate(swaps):
            word[i], word[j] = word[j], word[i]
        law[tuple(word)] = law.get(tuple(word), 0) + 1
    return {word: Fraction(ways, n**n) for word, ways in law.items()}


@cache
def resolving_subsets(n: int, size: int) -> int:
    """Return how many sets of so many permutations tell all n! codewords; for n <= 4, and sizes up to 8.

    A set does unless it misses the set of permutations that tell some two codewords apart. Sets with the
    identity are counted: each set is the image of size of those, of n! all in all.
    """
    words = list(permutations(range(n)))
    agreements = np.array([[sum(a == b for a, b in zip(v, w, strict=True)) for w in words] for v in words])
    apart = {
        int(sum(1 << q for q in range(len(words)) if agreements[q, a] != agreements[q, b]))
        for a, b in combinations(range(len(words)), 2)
    }
    others = list(combinations(range(1, len(words)), size - 1))
    masks = 1 | np.bitwise_or.reduce(1 << np.array(others, np.int64), axis=1)
    good = np.ones(len(masks), bool)
    for pair in apart:
        good &= (masks & pair) != 0
    return int(good.sum()) * len(words) // size


@cache
def resolving(n: int, m: int) -> Fraction:
    """Return the probability that m independent uniform queries tell all codewords."""
    most = factorial(n)
    return sum(
        (
            Fraction(resolving_subsets(n, size) * _onto(m, size), most**m)
            for size in range(1, min(m, most) + 1)
        ),
        Fraction(0),
    )


def all_occur(kinds: int, m: int) -> Fraction:
    """Return the probability that m uniform draws show every kind."""
    return Fraction(_onto(m, kinds), kinds**m)


def _onto(m: int, size: int) -> int:
    """Return the number of maps of m things onto so many."""
    return sum((-1) ** j * comb(size, j) * (size - j) ** m for j in range(size + 1))
