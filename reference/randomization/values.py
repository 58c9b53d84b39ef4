"""What is the best that a randomised algorithm can guarantee, exactly, in the small worlds of the paper."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import cache
from math import comb, factorial

Sizes = tuple[int, int, int]


def recalled(n: int) -> Fraction:
    """Return the best probability of recalling any of n bits from one bit, 1/2 + C(n-1, (n-1)//2) / 2^n.

    For one seed a reader answers each query by the stored bit, flipped or not, or by a constant; then the
    best bit to store is that with which more answers are right. For uniform values, flipped or not, k answers
    are right with the one bit and n - k with the other, where k is a number of heads; constants only take
    from the mean of max(k, n - k). So no seed is right on more than this part of all values and queries.
    Flips that are drawn make it the same part everywhere.
    """
    return Fraction(1, 2) + Fraction(comb(n - 1, (n - 1) // 2), 2**n)


@cache
def proper_by_sizes(n: int) -> dict[Sizes, int]:
    """Return how many proper 3-colourings the cycle of n places has, by the sizes of the three classes."""
    counted: Counter[Sizes] = Counter()
    for first in range(3):  # the colour of place 0; then place by place, by the last colour and the sizes
        now: Counter[tuple[int, Sizes]] = Counter({(first, _more((0, 0, 0), first)): 1})
        for _ in range(n - 1):
            then: Counter[tuple[int, Sizes]] = Counter()
            for (last, sizes), ways in now.items():
                for color in range(3):
                    if color != last:
                        then[color, _more(sizes, color)] += ways
            now = then
        for (last, sizes), ways in now.items():
            counted[sizes] += ways * (last != first)
    return dict(counted)


def _more(sizes: Sizes, color: int) -> Sizes:
    a, b, c = (size + (color == which) for which, size in enumerate(sizes))
    return a, b, c


def colored_by_sizes(n: int) -> dict[Sizes, Fraction]:
    """Return on which part of all labelled cycles a colouring of ids is proper, by class sizes a <= b <= c.

    Places in a uniform order are coloured uniformly among the colourings with these sizes.
    """
    return {
        sizes: Fraction(ways * factorial(sizes[0]) * factorial(sizes[1]) * factorial(sizes[2]), factorial(n))
        for sizes, ways in proper_by_sizes(n).items()
        if sizes[0] <= sizes[1] <= sizes[2]
    }


def colored(n: int) -> Fraction:
    """Return the best probability of a proper 3-colouring of any cycle of n >= 3 places by ids alone.

    No seed does better on average over all labelled cycles than the best class sizes; ids in a uniform order
    make it the same on each.
    """
    return max(colored_by_sizes(n).values())


def found(rows: int, columns: int) -> Fraction:
    """Return the least time within which every cell of a grid can be found on average, from its corner.

    n is the number of cells. In a corridor no choice is left: n - 1. A treasure that is hidden uniformly in
    the n - 1 cells is found at times that are 1, 2, ..., n - 1 at best, n/2 on average; a cycle through all
    cells, walked in a random direction, finds each at k or at n - k. Where both sides are odd there is no
    such cycle. A treasure that is hidden uniformly in the (n - 1)/2 other cells of the corner's colour is
    found at times 2, 4, ..., n - 1 at best, (n + 1)/2 on average; a cycle through all cells but one of that
    colour, with a detour to it from the same neighbour in either direction, finds each by then.
    """
    n = rows * columns
    if min(rows, columns) == 1:
        return Fraction(n - 1)
    return Fraction(n + 1, 2) if n % 2 else Fraction(n, 2)
