"""The scores of an importance matrix at a level, and the levels of slot-structured codes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from jaxtyping import Float, Int

BLOCK = 32768  # entries looked at together: what is made of them stays in the processor's cache
TINY = float(np.finfo(np.float64).tiny)
SMALL = 1e-200  # what adds up to less, or to more than its inverse, is scaled first


@dataclass(frozen=True)
class Scores:
    """The scores of one level."""

    disentanglement: Annotated[float, "1: each latent group serves one factor group; 0: it serves all alike"]
    completeness: Annotated[float, "1: each factor group lives in one latent group; 0: in all alike"]


@dataclass(frozen=True)
class Levels:
    """The scores of a slot-structured code at three levels."""

    flat: Annotated[Scores, "every latent and every factor by itself"]
    object: Annotated[Scores, "the latents of a slot together, the factors of an object together"]
    property: Annotated[Scores, "a dimension of all slots together, a property of all objects together"]


def scores(
    importances: Float[np.ndarray, "L F"],
    latent_groups: Int[np.ndarray, "L"] | None,
    factor_groups: Int[np.ndarray, "F"] | None,
) -> Scores:
    """Return the disentanglement and the completeness of an importance matrix at a level.

    A level is a grouping of the latents, labels 0..a-1 that all occur, and one of the factors, labels 0..b-1;
    null: each index is its own group. Absolute values of the importances are summed over groups, and the sums
    divided by their total: the joint law of U, the latent group, and V, the factor group. Then

        disentanglement = 1 - H(V | U) / ln b,    completeness = 1 - H(U | V) / ln a

    which is the mean of 1 - (entropy of a row) / ln b weighted by the mass of the row, and so for columns. A
    zero matrix, or an empty one, has 0 for both; any other has 1 where there is one group.

    Entries are 0 or of a magnitude from 1e-300 to 1e300. An answer is right if it is off by at most 1e-9 or,
    in a declared precision of unit roundoff u, by 16 (L F + 16) (1 + ln(L F + 1)) u if that is more.
    """
    return of_joint(project(importances, latent_groups, factor_groups))


def levels(importances: Float[np.ndarray, "L F"], slots: int, objects: int) -> Levels:
    """Return the scores of a slot-structured code: flat, of objects, and of properties.

    Rows are slot by slot, dimension by dimension: row s d + i is dimension i of slot s. Columns are object by
    object, property by property. There is at least one row and one column; `slots` and `objects` divide
    their numbers.
    """
    table = np.abs(importances)
    rows, columns = table.shape
    by_slot = table.reshape(slots, rows // slots, columns)

    def by_object(part: Float[np.ndarray, "n F"]) -> Float[np.ndarray, "n K m"]:
        return part.reshape(len(part), objects, columns // objects)

    return Levels(
        flat=of_joint(table),
        object=of_joint(by_object(by_slot.sum(axis=1)).sum(axis=2)),
        property=of_joint(by_object(by_slot.sum(axis=0)).sum(axis=1)),
    )


def project(
    importances: Float[np.ndarray, "L F"],
    latent_groups: Int[np.ndarray, "L"] | None,
    factor_groups: Int[np.ndarray, "F"] | None,
) -> Float[np.ndarray, "a b"]:
    """Return absolute importances, summed over the groups of latents and of factors."""
    if latent_groups is None and factor_groups is None:
        return importances
    signs = bool(importances.min(initial=0.0) < 0)  # a copy takes longer than to look
    return summed(summed(np.abs(importances) if signs else importances, latent_groups).T, factor_groups).T


def summed(rows: Float[np.ndarray, "n m"], groups: Int[np.ndarray, "n"] | None) -> Float[np.ndarray, "a m"]:
    """Return the sum of the rows of each group; every label occurs."""
    if groups is None or not len(groups):
        return rows
    if (groups[1:] < groups[:-1]).any():
        order = np.argsort(groups, kind="stable")
        rows, groups = rows[order], groups[order]
    firsts = np.searchsorted(groups, np.arange(groups[-1] + 1))
    sums: np.ndarray = np.add.reduceat(rows, firsts, axis=0)
    return sums


def of_joint(table: Float[np.ndarray, "a b"]) -> Scores:
    """Return the scores of a matrix whose absolute values are a joint law of (U, V), up to a factor.

    By H(V | U) = H(U, V) - H(U): one logarithm an entry. It looks at a few rows at a time.
    """
    a, b = table.shape
    of_latents, of_factors, joint = np.empty(a), np.zeros(b), 0.0
    step = max(1, min(a, BLOCK // max(b, 1)))
    ones, rooms = np.ones(max(step, b)), np.empty((2, step, b))
    for first in range(0, a, step):
        rows = table[first : first + step]
        part, room = rooms[:, : len(rows)]
        np.abs(rows, out=part)
        of_latents[first : first + step] = part @ ones[:b]
        of_factors += ones[: len(part)] @ part
        joint += x_ln_x(part, room)
    total = float(of_latents.sum())
    if not SMALL <= total <= 1 / SMALL:
        peak = max(float(table.max()), -float(table.min())) if table.size else 0.0
        return of_joint(table / peak) if peak else Scores(0.0, 0.0)
    # Sums over a law p = x / total: H = ln total - (sum of x ln x) / total, and the ln total cancels.
    given_u = (x_ln_x(of_latents, np.empty(a)) - joint) / total
    given_v = (x_ln_x(of_factors, np.empty(b)) - joint) / total
    return Scores(*(1 - share(entropy, groups) for entropy, groups in ((given_u, b), (given_v, a))))


def x_ln_x(x: Float[np.ndarray, "..."], room: Float[np.ndarray, "..."]) -> float:
    """Return the sum of x ln x, where 0 ln 0 = 0: TINY is lost in whatever else there is."""
    np.add(x, TINY, out=room)
    return float(np.vdot(x, np.log(room, out=room)))


def share(entropy: float, groups: int) -> float:
    """Return an entropy as a share of the largest that so many groups can have, freed of rounding."""
    return min(max(entropy / math.log(groups), 0.0), 1.0) if groups > 1 else 0.0
