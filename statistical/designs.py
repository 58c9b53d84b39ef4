"""What the claims of several systems share: how cells are made, and by what they are decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from whp.checks import Cell, Plan
from whp.statistical.decisions import coin, law

GOOD, BAD = 0.99, 0.9  # success with high probability, and what is told from it


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


def by_coin(good: float, bad: float, cells: Sequence[Cell], effort: str, alpha: float) -> Plan:
    """Decide by Wald's test whether a success has the one probability or the other."""
    del effort
    return coin([cell.label for cell in cells], good, bad, alpha)


by_success = partial(by_coin, GOOD, BAD)
