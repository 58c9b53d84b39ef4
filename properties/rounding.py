"""What rounding may do to an answer, by the precision that a subject declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from whp.checks import Refuted

if TYPE_CHECKING:
    from whp.subject import Subject

Format = Literal["float64", "float32", "bfloat16", "float16"]  # as a subject may declare it


class Precision(NamedTuple):
    """A format of floating-point numbers."""

    unit: float
    """The unit roundoff: half the distance from 1 to the next larger number."""
    largest: float


PRECISIONS = {
    "float64": Precision(2.0**-53, 1.8e308),
    "float32": Precision(2.0**-24, 3.4e38),
    "bfloat16": Precision(2.0**-8, 3.4e38),
    "float16": Precision(2.0**-11, 65504.0),
}


def precision_of(subject: Subject) -> Precision:
    """Return the precision that a subject declares; float64 unless it does."""
    return PRECISIONS[subject.declares("precision", "float64")]


SINGLE = 2.0 ** (53 - 24) / 64  # errors of single precision are mostly below this, times what is allowed


def must_be(
    subject: Subject, where: str, got: np.ndarray, right: np.ndarray, allowed: np.ndarray, because: str
) -> None:
    """Refute the subject with the first entry that is further from what is right than is allowed.

    `where` names an entry, given its indices.
    """
    wrong = np.argwhere(np.abs(got - right) > allowed)
    if not len(wrong):
        return
    at = tuple(int(i) for i in wrong[0])
    off, most = abs(got[at] - right[at]), np.broadcast_to(allowed, right.shape)[at]
    small = precision_of(subject) == PRECISIONS["float64"] and off < SINGLE * most
    hint = "; so small an error is that of single precision, or of a factor not quite 1" if small else ""
    told, expected = apart(got[at], right[at])
    raise Refuted(
        f"{where.format(*at)} is {told}, where {expected} is expected: {because} "
        f"(off by {off:.3g}; rounding allows {most:.3g}{hint})"
    )


def apart(got: float, wanted: float) -> tuple[str, str]:
    """Write two numbers with 9 digits, or with so many more that they differ in the last three."""
    equal = (n for n in range(7, 15) if f"{got:.{n}g}" != f"{wanted:.{n}g}")
    digits = next(equal, 15) + 2
    return f"{got:.{digits}g}", f"{wanted:.{digits}g}"
