"""What the properties of evolution read off answers, within which rounding bounds, and what they expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from whp.checks import NotOffered, Refuted, expect
from whp.properties.rounding import precision_of
from whp.reference.evolution import span
from whp.subject import OutsideLimits, Subject

MANY = 2**13  # roundings a variable, of any way to make rows orthonormal: 1e-12 n in float64
SINGLE = 1e-5  # rows that are nearer to orthonormal may be those of single precision
BLURRED = 1 / 16  # points nearer to each other, as the declared precision has it, are not asked about


@dataclass(frozen=True)
class Rounding:
    """Bounds of the rounding errors of a subject, whatever the order of its operations."""

    unit: float

    @classmethod
    def of(cls, subject: Subject) -> Rounding:
        """Return those of the precision that the subject declares."""
        return cls(precision_of(subject).unit)

    def system(self, n: int, m: int) -> float:
        """Bound how far rows are from orthonormal, and how far surrogates of length 1 are from their span."""
        return MANY * (n + m) * self.unit

    def reading(self, point: np.ndarray, sigma: float) -> float:
        """Bound the error of a direction that is read from rounded points x +- sigma e."""
        return 8 * self.unit * (1 + float(np.linalg.norm(point)) / sigma)

    def telling(self, point: np.ndarray, values: np.ndarray, sigma: float) -> float:
        """Bound the error of an estimate, in its norm: all values with the points' own error in each."""
        terms = len(values) + len(point) + 8
        away = 1 + float(np.linalg.norm(point)) / sigma
        return 4 * terms * self.unit * float(np.abs(values).sum()) / (2 * sigma) * away


def expect_sharp(subject: Subject, point: np.ndarray, sigma: float) -> Rounding:
    """Return the rounding bounds; a question whose points the declared precision blurs is not asked.

    Nor is one whose step, or what is divided by it, the precision has no numbers for.
    """
    rounding, largest = Rounding.of(subject), precision_of(subject).largest / 16
    if rounding.reading(point, sigma) > BLURRED or not 1 / largest < sigma < largest:
        raise OutsideLimits
    return rounding


@dataclass(frozen=True)
class Read:
    """The directions of asked points, and the two points of each."""

    directions: np.ndarray
    first: np.ndarray
    second: np.ndarray


def read(points: np.ndarray, point: np.ndarray, sigma: float, rounding: Rounding) -> Read:
    """Read the directions off points, which must be the pairs point +- sigma e in any order."""
    away = points - point
    gaps = np.abs(away[:, None] + away).max(axis=2)
    near = rounding.reading(point, sigma) * sigma * 2
    left, first, second = list(range(len(points))), [], []
    while left:
        one = left.pop(0)
        partner = left[int(gaps[one, left].argmin())] if left else one
        if partner == one or gaps[one, partner] > near:
            raise Refuted(_no_partner(points, point, one))
        left.remove(partner)
        first.append(one)
        second.append(partner)
    n = points.shape[1]
    return Read(
        ((points[first] - points[second]) / (2 * sigma)).reshape(-1, n), np.array(first), np.array(second)
    )


def _no_partner(points: np.ndarray, point: np.ndarray, one: int) -> str:
    return (
        f"points[{one}] is {points[one].tolist()}, and no other point lies opposite, at"
        f" {(2 * point - points[one]).tolist()}: each direction is tried on both sides of the centre"
    )


def expect_as_many(found: int, known: np.ndarray, count: int, what: str) -> None:
    """Refute unless there are r + count directions."""
    r = len(span(known))
    expect(
        found == r + count,
        lambda: (
            f"{found} {what}, where r + count = {r} + {count} = {r + count} are expected: the {len(known)}"
            f" surrogates span {r} dimension{'s' * (r != 1)}"
        ),
    )


def expect_orthonormal(rows: np.ndarray, within: float, where: str = "") -> None:
    """Refute unless rows have length 1 and are orthogonal; `where` they were read comes first."""
    products = rows @ rows.T
    off = np.abs(products - np.eye(len(rows)))
    if not off.size or off.max() <= within:
        return
    i, j = (int(place) for place in np.unravel_index(off.argmax(), off.shape))
    likely = " (so much comes of float32 somewhere)" if off.max() < SINGLE else ""
    if i == j:
        raise Refuted(f"{where}direction {i} has length {np.sqrt(products[i, i]):.12g}; it must be 1{likely}")
    raise Refuted(
        f"{where}directions {i} and {j} have the product {products[i, j]:.6g}; they must be"
        f" orthogonal{likely}"
    )


def expect_spanned(rows: np.ndarray, known: np.ndarray, within: float, what: str) -> None:
    """Refute unless each surrogate lies in the span of orthonormal rows."""
    for i, row in enumerate(known):
        largest = np.abs(row).max()
        if largest == 0:
            continue
        unit = row / largest / np.linalg.norm(row / largest)
        outside = float(np.linalg.norm(unit - rows.T @ (rows @ unit)))
        expect(
            outside <= within,
            f"a share {outside:.3g} of surrogate {i} lies outside of {what}: all of it must lie inside, so"
            " that nothing of what it knows is lost",
        )


def expect_near(found: np.ndarray, right: np.ndarray, within: float, why: str) -> None:
    """Refute unless two estimates agree; say in which entry they don't, and by which factor."""
    if np.linalg.norm(found - right) <= within:
        return
    i = int(np.abs(found - right).argmax())
    factor = float(found @ right) / float(right @ right) if right.any() else 0.0
    alike = right.any() and np.linalg.norm(found - factor * right) <= 1e-6 * np.linalg.norm(factor * right)
    much = f"{factor:.6g}" if abs(factor - 1) > 1e-5 else f"1 {'-+'[factor > 1]} {abs(factor - 1):.3g}"
    times = f"; all of it is {much} times what is expected" if alike and factor else ""
    raise Refuted(f"gradient[{i}] is {found[i]:.10g}, where {right[i]:.10g} is expected{times}: {why}")


@dataclass(frozen=True)
class Estimated:
    """A function's estimated gradient, and what it rests on."""

    gradient: np.ndarray
    directions: np.ndarray
    error: float
    """The most that rounding can be to blame for, in the norm."""
    loss: float
    """The most that a surrogate of length 1 may be off the span, and rows from orthonormal."""


def estimated(subject: Subject, problem: dict[str, Any]) -> Estimated:
    """Have the subject ask, evaluate the function, and have the subject tell."""
    if not (subject.offers("ask") and subject.offers("tell")):
        raise NotOffered("`ask`" if subject.offers("tell") else "`tell`")
    question, function = problem["question"], problem["function"]
    point, sigma = question["point"], question["sigma"]
    rounding = expect_sharp(subject, point, sigma)
    points = subject.ask(**question).points
    shown = read(points, point, sigma, rounding)
    values = function.at(point, points)
    gradient = subject.tell(point=point, points=points, values=values, sigma=sigma).gradient
    loss = rounding.system(*question["surrogates"].shape[::-1]) + rounding.reading(point, sigma)
    error = rounding.telling(point, values, sigma)
    return Estimated(gradient, shown.directions, error, loss)


def smallest(known: np.ndarray) -> float:
    """Return the smallest singular value that counts, of surrogates of length 1; 1 if there is none."""
    lengths = np.linalg.norm(known, axis=1, keepdims=True)
    unit = known[lengths[:, 0] > 0] / lengths[lengths[:, 0] > 0]
    r = len(span(known))
    return float(np.linalg.svd(unit, compute_uv=False)[r - 1]) if r else 1.0
