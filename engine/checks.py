"""What a check is, what it may raise, and what its verdict may be."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args

Verdict = Literal["holds", "refuted", "undecided", "not offered", "not run", "broken"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
FAILURES: tuple[Verdict, ...] = ("refuted", "broken")


class Refuted(Exception):  # noqa: N818 # a verdict, not an error
    """The subject's answers contradict the statement; the message says which value does, and why."""


class Broken(Exception):  # noqa: N818
    """The subject crashed or answered nonsense; the message says what it did."""


class Undecided(Exception):  # noqa: N818
    """A replicate says nothing of the claim, so that it stays open; the message says why."""


class NotOffered(Exception):  # noqa: N818
    """The subject doesn't offer what the check asks for."""


class NotRun(Exception):  # noqa: N818
    """The machine lacks what the check needs; the message says what."""


def expect(condition: object, sentence: str | Callable[[], str]) -> None:
    """Refute the subject with a sentence (or a function that makes it) unless the condition is true."""
    if not condition:
        raise Refuted(sentence if isinstance(sentence, str) else sentence())


class Stated:
    """What a function states by its name and its docstring."""

    system: str

    @property
    def function(self) -> Callable[..., Any]:
        """The function that states it."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.__name__

    @property
    def id(self) -> str:
        """SYSTEM/name, by which a check is selected."""
        return f"{self.system}/{self.name}"

    @property
    def statement(self) -> str:
        """The first line of the docstring: what the user reads."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def explanation(self) -> str:
        """The rest of the docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[2].strip()


@dataclass(frozen=True)
class Property(Stated):
    """What holds for every input: one counterexample refutes it."""

    system: str
    source: str
    test: Callable[..., None]
    false_alarm: float
    examples: float
    processes: int

    @property
    def function(self) -> Callable[..., Any]:
        """The function that states it."""
        return self.test

    def drawn(self, examples: int) -> int:
        """Return the number of inputs to draw, given how many a property of ordinary weight draws."""
        return max(1, round(examples * self.examples))

    @property
    def explicit(self) -> int:
        """The number of fixed inputs."""
        return len(getattr(self.test, "hypothesis_explicit_examples", ()))


class Cell:
    """One point of a claim's design: a label, and what its replicates read, such as cell.graph."""

    def __init__(self, label: str, **values: Any) -> None:
        self.label = label
        vars(self).update(values)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"cell {self.label} has no {name!r}")

    def __repr__(self) -> str:
        return f"Cell({self.label!r})"


class Plan(Protocol):
    """How one claim is decided; made before anything runs. See whp.statistical.decisions.

    The evidence is, for each cell, the values of its replicates 0, 1, 2, ... as far as they are there.
    """

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the cells."""

    @property
    def cap(self) -> tuple[int, ...]:
        """The most replicates of each cell."""

    @property
    def false_alarm(self) -> float:
        """The probability that a right subject is refuted: exact, or an upper bound."""

    def next(self, evidence: Sequence[Sequence[float]]) -> list[int]:
        """Return how many more replicates of each cell are wanted now: all 0 when it is decided."""

    def decide(self, evidence: Sequence[Sequence[float]]) -> Any:
        """Return the verdict, its sentence and what it rests on; None while more replicates are wanted."""

    def miss(self, alternative: Any) -> float:
        """Return the probability, or an upper bound, that a subject of this law is not refuted."""

    def describe(self) -> list[str]:
        """Return lines for people: hypotheses, boundaries, caps, errors, expected sample numbers."""

    def panels(self, evidence: Sequence[Sequence[float]]) -> Sequence[Any]:
        """Return pictures of the evidence, for people."""


@dataclass(frozen=True)
class Claim(Stated):
    """What holds of a population of runs; decided by a test with stated error probabilities.

    An effort for which there are no cells doesn't ask it.
    """

    system: str
    source: str
    replicate: Callable[..., float]
    cells: Mapping[str, tuple[Cell, ...]]  # by effort
    decision: Callable[[Sequence[Cell], str, float], Plan]
    alternatives: Mapping[str, Callable[[Cell], Any]]
    weight: float

    @property
    def function(self) -> Callable[..., Any]:
        """The function that states it."""
        return self.replicate

    def plan(self, effort: str, alpha: float) -> Plan:
        """Make the plan, from the claim's own share of the run's probability of a false alarm."""
        return self.decision(self.cells[effort], effort, alpha)

    def misses(self, effort: str, plan: Plan) -> dict[str, float]:
        """Return, for each impostor whose law is known, the probability that the plan doesn't refute it."""
        return {
            name: plan.miss([law(cell) for cell in self.cells[effort]])
            for name, law in self.alternatives.items()
        }


def claim_of(
    system: str,
    *,
    source: str,
    cells: Sequence[Cell] | Mapping[str, Sequence[Cell]],
    decision: Callable[[Sequence[Cell], str, float], Plan],
    alternatives: Mapping[str, Callable[[Cell], Any]] | None = None,
    weight: float = 1.0,
) -> Callable[[Callable[..., float]], Claim]:
    """Make a claim of a replicate (subject, cell, seed) -> number; its docstring is the statement.

    `cells` may differ by effort; one that is missing doesn't ask the claim. `decision` makes the plan from
    (cells, effort, alpha). `alternatives` gives the law of named impostors on a cell, in the form that the
    plan's `miss` takes. `weight` is the claim's share of the run's probability of a false alarm, against
    those of all other claims.
    """
    by_effort = cells if isinstance(cells, Mapping) else {"quick": cells, "full": cells}
    fixed = {effort: tuple(chosen) for effort, chosen in by_effort.items()}

    def decorate(replicate: Callable[..., float]) -> Claim:
        return Claim(system, source, replicate, fixed, decision, alternatives or {}, weight)

    return decorate


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
