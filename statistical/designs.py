"""What the claims of several systems share: how cells are made, and by what they are decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from whp.checks import Cell, Plan
from whp.statistical.decisions import cdf, coin, equivalent, independent, law

GOOD, BAD = 0.99, 0.9  # success with high probability, and what is told from it


def never(_: Cell) -> float:
    """Return the probability with which an impostor succeeds that never does."""
    return 0.0


def lengths(*sizes: int) -> list[Cell]:
    """Make one cell a size n."""
    return [Cell(f"n = {n}", n=n) for n in sizes]


def by_law(
    pmf: Callable[[Cell], Sequence[Any]],
    replicates: dict[str, int],
    cells: Sequence[Cell],
    effort: str,
    alpha: float,
) -> Plan:
    """Decide by every bin of an exactly known law, whose probabilities may be fractions."""
    laws = [[float(chance) for chance in pmf(cell)] for cell in cells]
    return law([cell.label for cell in cells], laws, replicates[effort], alpha)


def by_cdf(
    known: Callable[[Cell], Callable[[np.ndarray], np.ndarray]],
    replicates: dict[str, int],
    cells: Sequence[Cell],
    effort: str,
    alpha: float,
) -> Plan:
    """Decide by the largest distance to an exactly known continuous law."""
    return cdf([cell.label for cell in cells], [known(cell) for cell in cells], replicates[effort], alpha)


def by_pairs(
    levels: int, replicates: dict[str, int], cells: Sequence[Cell], effort: str, alpha: float
) -> Plan:
    """Decide whether two numbers out of 0..levels-1 are independent, whatever their laws."""
    return independent([cell.label for cell in cells], levels, replicates[effort], alpha)


def by_coin(good: float, bad: float, cells: Sequence[Cell], effort: str, alpha: float) -> Plan:
    """Decide by Wald's test whether a success has the one probability or the other."""
    del effort
    return coin([cell.label for cell in cells], good, bad, alpha)


by_success = partial(by_coin, GOOD, BAD)


# Does a subject's training come to as much as the reference's in float64? Of two trainings from one start, by
# a coin; at full effort, of two populations.


MOSTLY, SELDOM = 0.9, 0.2  # how often pairs end alike, and what is told from it
APART, POPULATION = 0.2, 1000  # by how much means may differ, and of how many trainings each


def both(cell: Cell) -> dict[str, list[Cell]]:
    """Make the cells of a claim about pairs of trainings, or about populations of both."""
    rest = {name: value for name, value in vars(cell).items() if name != "label"}
    return {
        "quick": [Cell(f"{cell.label}, pairs", **rest, asked=True, paired=True)],
        "full": [
            Cell("the reference, float64", **rest, asked=False, paired=False),
            Cell("the subject, float32", **rest, asked=True, paired=False),
        ],
    }


def by_both(cells: Sequence[Cell], effort: str, alpha: float) -> Plan:
    """Decide by pairs whether trainings end alike; of many, by whether their means differ."""
    if effort == "quick":
        return by_coin(MOSTLY, SELDOM, cells, effort, alpha)
    first, second = (cell.label for cell in cells)
    return equivalent([(first, second)], APART, POPULATION, alpha)


def of_both(cell: Cell, margin: float, theirs: Callable[[], float], ours: Callable[[], float]) -> float:
    """Return what one training comes to, or whether two come to the same up to a margin."""
    if not cell.asked:
        return ours()
    return float(abs(theirs() - ours()) <= margin) if cell.paired else theirs()
