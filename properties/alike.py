"""What the contracts say of every operation of every system: an answer depends on its question alone."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, TypeAlias

import numpy as np

from whp.checks import Broken, NotOffered, expect
from whp.subject import OutsideLimits, Subject

Question: TypeAlias = tuple[str, dict[str, Any]]  # an operation and its arguments


def same(first: Any, second: Any) -> bool:
    """Say whether two values of the contract are equal."""
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        return np.array_equal(first, second)
    if is_dataclass(first) and type(first) is type(second):
        return all(same(getattr(first, field.name), getattr(second, field.name)) for field in fields(first))
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)


def expect_one_answer(subject: Subject, question: Question, other: Question) -> None:
    """Ask a question, another one, and the first again: its two answers must be equal."""
    if not subject.declares("deterministic", True):
        raise NotOffered("deterministic answers; it declares `deterministic` false")
    operation, arguments = question
    if not subject.offers(operation):
        return
    first = subject.ask(operation, **arguments)
    if subject.offers(other[0]):
        subject.ask(other[0], **other[1])
    again = subject.ask(operation, **arguments)
    expect(
        same(first, again),
        f"{operation} gave two answers to one question: the answer must depend on the arguments alone, "
        "and all randomness come from `seed`",
    )


def expect_untouched_arguments(subject: Subject, question: Question) -> None:
    """Ask a question and compare the arguments that the subject was handed with what they were."""
    operation, arguments = question
    if not subject.offers(operation):
        return
    subject.ask(operation, **arguments)
    for name, value in subject.handed.items():
        expect(
            same(value, arguments[name]),
            f"{operation} changed its argument `{name}`; a caller goes on using it, so work on a copy",
        )


def ask_all(subject: Subject, questions: Sequence[Question]) -> None:
    """Ask whatever is offered and ignore the answers: what matters is how the process ends afterwards."""
    for operation, arguments in questions:
        if subject.offers(operation):
            with contextlib.suppress(Broken, NotOffered, OutsideLimits):
                subject.ask(operation, **arguments)


def expect_distinct_runs(runs: Mapping[int, np.ndarray], what: str) -> None:
    """Refute the subject if two seeds gave one array."""
    seen: dict[bytes, int] = {}
    for seed, values in runs.items():
        twin = seen.setdefault(values.tobytes(), seed)
        expect(
            twin == seed,
            f"seeds {twin} and {seed} ({twin:#x} and {seed:#x}) {what}; all 53 bits of a seed must count",
        )


def must_hold(fault: str | None) -> None:
    """Refute with the fault that a certificate found, if it found one."""
    expect(fault is None, fault or "")
