"""Randomised algorithms that are the best there are against an adversary who doesn't know the seed."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Int

Cell = tuple[int, int]
Cells = list[Cell]
EPISODE = 25  # steps, in the paper


def generator(seed: int) -> np.random.Generator:
    """Return the random numbers of a seed."""
    return np.random.default_rng(np.random.SeedSequence(seed))


def flip(seed: int, index: int) -> int:
    """Return the random bit that a seed has for an index, however many indices there are."""
    return int(np.random.SeedSequence(seed, spawn_key=(index,)).generate_state(1)[0] & 1)


def colors_of_ids(n: int, seed: int) -> Int[np.ndarray, "n"]:
    """Return colours of the ids 0..n-1: classes of equal size, or nearly, in a uniform order."""
    return generator(seed).permutation(np.arange(n) % 3)


def round_trip(rows: int, columns: int) -> Cells:
    """Return a cycle through all cells from the corner (0, 0), or, if both sides are odd, all but the last.

    Both sides are at least 2. The first column is the way back; rows are gone through to and fro beside it.
    The last three of an odd number of rows are a straight one and two that are gone through column by column.
    """
    if rows % 2 and columns % 2 == 0:
        return [(i, j) for j, i in round_trip(columns, rows)]
    plain = rows if rows % 2 == 0 else rows - 3
    cells = [(0, 0)]
    for i in range(plain):
        cells += [(i, j) for j in (range(1, columns) if i % 2 == 0 else range(columns - 1, 0, -1))]
    if rows % 2:
        cells += [(plain, j) for j in range(1, columns)] + [(plain + 1, columns - 1)]
        for j in range(columns - 2, 0, -1):
            down = j % 2 == 1
            cells += [(plain + 1, j), (plain + 2, j)] if down else [(plain + 2, j), (plain + 1, j)]
    return cells + [(i, 0) for i in range(rows - 1, 0, -1)]


def walk(rows: int, columns: int, backwards: bool) -> Cells:
    """Return a walk from (0, 0) over all cells: a round trip in one of its directions, with the detour."""
    if rows == 1 or columns == 1:
        return [(i, j) for i in range(rows) for j in range(columns)]
    trip = round_trip(rows, columns)
    if backwards:
        trip = [trip[0], *reversed(trip[1:])]
    if len(trip) == rows * columns:
        return trip
    beside, left_out = (rows - 1, columns - 2), (rows - 1, columns - 1)
    return [step for cell in trip for step in ((cell, left_out, cell) if cell == beside else (cell,))]


def rewards(walk: Cells, treasure: Cell, most: int = EPISODE) -> list[float]:
    """Return what the steps of an episode earn: 1 the one that meets the treasure and ends it, others -0.1.

    In all that is 1 - 0.1 (t - 1) if the treasure is met at time t, and -0.1 `most` if that would be later.
    """
    cells = walk[1 : most + 1]
    if treasure in cells:
        cells = cells[: cells.index(treasure) + 1]
    return [1.0 if cell == treasure else -0.1 for cell in cells]


def labelled_cycles(n: int) -> int:
    """Return the number of cycles through the ids 0..n-1: (n - 1)! / 2."""
    return math.factorial(n - 1) // 2


def cycles(n: int) -> list[tuple[int, ...]]:
    """Return them all, in lexicographic order, from 0 on and in the direction of the smaller neighbour."""
    return [(0, *rest) for rest in itertools.permutations(range(1, n)) if rest[0] < rest[-1]]


def proper(colors: Int[np.ndarray, "n"]) -> bool:
    """Say whether no neighbours on a cycle have one colour, given the colours around it."""
    return bool((colors != np.roll(colors, 1)).all())
