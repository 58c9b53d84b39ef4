"""The exact probability that an output wins the vote of independent runs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from math import factorial


@cache
def wins(runs: int, chances: tuple[Fraction, ...], which: int) -> Fraction:
    """Return the probability that an output is the most frequent of so many, ties going to the smallest.

    If it occurs k times, smaller outputs occur at most k - 1 times each and larger ones at most k times. The
    counts of the others are multinomial: runs! times a coefficient of a product of polynomials in z, which
    for each output are the sum of (chance z)^i / i! up to its bound.
    """
    total = Fraction(0)
    for k in range(1, runs + 1):
        product = [Fraction(1)]
        for output, chance in enumerate(chances):
            if output != which:
                most = k - (output < which)
                terms = [chance**i / factorial(i) for i in range(min(most, runs) + 1)]
                product = _times(product, terms, runs - k)
        if len(product) > runs - k:
            total += chances[which] ** k / factorial(k) * product[runs - k]
    return total * factorial(runs)


def _times(first: Sequence[Fraction], second: Sequence[Fraction], degree: int) -> list[Fraction]:
    """Return the product of two polynomials up to a degree."""
    product = [Fraction(0)] * min(len(first) + len(second) - 1, degree + 1)
    for i, a in enumerate(first):
        for j, b in enumerate(second[: degree + 1 - i]):
            product[i + j] += a * b
    return product


def against_alike(outputs: int, right: Fraction, place: int) -> tuple[Fraction, ...]:
    """Return the law of one run: right at a place with one probability, else uniform on the wrong outputs."""
    wrong = (1 - right) / (outputs - 1)
    return tuple(right if output == place else wrong for output in range(outputs))


def enough_runs(gap: float, wrong: int, failure: float) -> int:
    """Return the fewest runs of which the paper's Proposition 2 says that the right output wins.

    More than 2 / gap^2 ln(wrong / failure), where `gap` is by how much the right output is more probable than
    each of so many wrong ones; by Hoeffding's inequality for each of them.
    """
    from math import floor, log

    return floor(2 / gap**2 * log(wrong / failure)) + 1
