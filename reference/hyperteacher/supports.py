"""Which sets of training tasks identify the modules: compositional and connected support, decided exactly."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, TypeAlias

Masks: TypeAlias = Sequence[Collection[int]]


@dataclass(frozen=True)
class Support:
    """What the masks of the training tasks say of the codes that they stand for."""

    rank: Annotated[int, "the dimension of the span of all codes"]
    components: Annotated[int, "of the finest partition into parts whose spans are independent"]
    compositional: Annotated[bool, "rank = count: the codes span everything"]
    connected: Annotated[bool, "there is one component"]


def support(masks: list[list[int]], count: int, continuous: bool) -> Support:
    """Decide exactly whether the masks of training tasks on `count` modules are compositional and connected.

    A mask is a non-empty list of modules; repeating one changes nothing. Continuous: it stands for all codes
    on it, so that the rank is the number of modules that occur, and masks that share a module are in one
    component. Else it stands for its 0/1 vector: the rank is that over the rationals, the components are
    those of the linear matroid of the vectors. No masks at all have rank 0 and 0 components.
    """
    parts = components(masks, count, continuous)
    dimension = len(set().union(*masks)) if continuous else rank(vectors(masks, count))
    return Support(dimension, len(parts), dimension == count, len(parts) == 1)


def components(masks: Masks, count: int, continuous: bool) -> list[list[int]]:
    """Return the components, each as the places of its masks in the list, in the order of their first."""
    groups: list[list[int]]  # places that belong together
    if continuous:
        groups = [[place for place, mask in enumerate(masks) if m in mask] for m in range(count)]
    else:
        # The fundamental circuit of a column that is no pivot: itself, and the pivots with an entry there.
        columns = [list(column) for column in zip(*vectors(masks, count), strict=True)]
        reduced, pivots = row_reduced(columns)
        groups = [
            [place, *(pivot for row, pivot in enumerate(pivots) if reduced[row][place])]
            for place in range(len(masks))
        ]
    parts = [{place} for place in range(len(masks))]
    for group in groups:
        apart = [part for part in parts if part.isdisjoint(group)]
        parts = [*apart, set().union(*(part for part in parts if part not in apart))]
    return sorted(sorted(part) for part in parts if part)


def vectors(masks: Masks, count: int) -> list[list[int]]:
    """Return the masks as vectors of 0 and 1."""
    return [[int(m in active) for m in range(count)] for active in map(set, masks)]


def rank(rows: Sequence[Sequence[int]]) -> int:
    """Return the rank over the rationals."""
    return len(row_reduced(rows)[1])


def row_reduced(rows: Sequence[Sequence[int]]) -> tuple[list[list[Fraction]], list[int]]:
    """Return the reduced row echelon form over the rationals, and the columns of its pivots."""
    matrix = [[Fraction(entry) for entry in row] for row in rows]
    pivots: list[int] = []
    for column in range(len(matrix[0]) if matrix else 0):
        top = len(pivots)
        below = next((row for row in range(top, len(matrix)) if matrix[row][column]), None)
        if below is None:
            continue
        matrix[top], matrix[below] = matrix[below], matrix[top]
        scale = matrix[top][column]
        matrix[top] = [entry / scale if entry else entry for entry in matrix[top]]
        used = [at for at, entry in enumerate(matrix[top]) if entry]
        for row, entries in enumerate(matrix):
            factor = entries[column]
            if row != top and factor:
                for at in used:
                    entries[at] -= factor * matrix[top][at]
        pivots.append(column)
    return matrix, pivots


def dependent(masks: Masks, count: int, continuous: bool) -> str:
    """Return a direction orthogonal to all codes, such as z0 - z1 + z2, of a span that isn't everything."""
    if continuous:
        return f"z{min(set(range(count)) - set().union(*masks))}"
    reduced, pivots = row_reduced(vectors(masks, count))
    free = next(m for m in range(count) if m not in pivots)
    parts = {free: Fraction(1)} | {pivot: -reduced[row][free] for row, pivot in enumerate(pivots)}
    terms = [
        f"{'-' if value < 0 else '+'} {'' if abs(value) == 1 else f'{abs(value)} '}z{m}"
        for m, value in sorted(parts.items())
        if value
    ]
    return " ".join(terms).removeprefix("+ ")
