"""What a check is, what it may raise, and what its verdict may be."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

Verdict = Literal["holds", "refuted", "undecided", "not offered", "not run", "broken"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
FAILURES: tuple[Verdict, ...] = ("refuted", "broken")


class Refuted(Exception):  # noqa: N818 # a verdict, not an error
    """The subject's answers contradict the statement; the message says which value does, and why."""


class Broken(Exception):  # noqa: N818
    """The subject crashed or answered nonsense; the message says what it did."""


class NotOffered(Exception):  # noqa: N818
    """The subject doesn't offer what the check asks for."""


def expect(condition: object, sentence: str | Callable[[], str]) -> None:
    """Refute the subject with a sentence (or a function that makes it) unless the condition is true."""
    if not condition:
        raise Refuted(sentence if isinstance(sentence, str) else sentence())


@dataclass(frozen=True)
class Property:
    """What holds for every input: one counterexample refutes it."""

    system: str
    source: str
    test: Callable[..., None]
    false_alarm: float
    examples: float
    processes: int

    @property
    def name(self) -> str:
        """The function's name."""
        return self.test.__name__

    @property
    def id(self) -> str:
        """SYSTEM/name, by which a check is selected."""
        return f"{self.system}/{self.name}"

    def drawn(self, examples: int) -> int:
        """Return the number of inputs to draw, given how many a property of ordinary weight draws."""
        return max(1, round(examples * self.examples))

    @property
    def explicit(self) -> int:
        """The number of fixed inputs."""
        return len(getattr(self.test, "hypothesis_explicit_examples", ()))

    @property
    def statement(self) -> str:
        """The first line of the docstring: what the user reads."""
        return (inspect.getdoc(self.test) or "").partition("\n")[0]

    @property
    def explanation(self) -> str:
        """The rest of the docstring."""
        return (inspect.getdoc(self.test) or "").partition("\n")[2].strip()


def property_of(
    system: str, *, source: str, false_alarm: float = 0.0, examples: float = 1.0, processes: int = 1
) -> Callable[[Callable[..., None]], Property]:
    """Make a property of a Hypothesis test that takes `subject` first; its docstring is the statement.

    `false_alarm` bounds the probability that a right subject is refuted, over the seeds it is asked with.
    `examples` scales the number of generated inputs. A property with `processes` > 1 is asked in that many
    processes, one after the other; they must answer alike and end well. Each system has one such property.
    """

    def decorate(test: Callable[..., Any]) -> Property:
        return Property(system, source, test, false_alarm, examples, processes)

    return decorate
