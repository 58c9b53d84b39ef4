"""What is expected of scores, and what is said where they are others."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import example

from whp.checks import Refuted
from whp.properties.disentanglement.definition import NAMES, Level, mistaken
from whp.properties.rounding import precision_of
from whp.reference.disentanglement.entropies import Scores
from whp.subject import Subject

PAPER = "arXiv:2101.04041"
CONTRACT = "the contract of disentanglement"
PROVED = "follows from the definition, by the rules of entropy"
# Powers of two by which matrices are scaled: in short formats, what is stored must not become 0.
REACH = {"float64": 996, "float32": 60, "bfloat16": 60, "float16": 0}
CLOSE, ONE = 1e-9, 1e-6  # of scores, and of the sum of a column of importances


def tolerance(subject: Subject, size: int) -> float:
    """Return by how much a score of a matrix of so many entries may be off."""
    return max(CLOSE, 16 * (size + 16) * (1 + math.log(size + 1)) * precision_of(subject).unit)


def pair(shown: Scores) -> tuple[float, float]:
    """Return both scores."""
    return shown.disentanglement, shown.completeness


def expect_scores(
    subject: Subject,
    size: int,
    told: Scores,
    right: Scores,
    why: str,
    of: Level | None = None,
    *,
    misread: Iterable[tuple[str, Level]] = (),
    answers: int = 1,
) -> None:
    """Refute the subject unless both scores are right, up to rounding.

    Of scores of a level `of`, it names the mistake that makes them; `misread` is what else may be taken for
    that level. `answers` is the number of answers, each of which may be off, that this compares.
    """
    within = answers * tolerance(subject, size)
    for name, got, wanted in zip(NAMES, pair(told), pair(right), strict=True):
        if abs(got - wanted) > within:
            mistake = mistaken(name, got, within, of, misread) if of else ""
            raise Refuted(f"{name} is {got:.12g}, but {wanted:.12g} is expected: {why}{mistake}")


def every(name: str, values: Iterable[Any]) -> Callable[[Any], Any]:
    """Make a fixed input of each of these values."""

    def decorate(test: Any) -> Any:
        for value in values:
            test = example(**{name: value})(test)
        return test

    return decorate
