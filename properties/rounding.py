"""What rounding may do to an answer, by the precision that a subject declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

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
