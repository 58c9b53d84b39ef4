"""The process in which a subject lives, and its checks with it, so that a call costs no round trip.

It reads orders from the supervisor on its standard input and answers on what was its standard output when it
started; what the subject prints goes to standard error, of which the supervisor keeps the end.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import hypothesis
import hypothesis.errors
import msgspec
from hypothesis import HealthCheck, Phase, settings

from whp import files, registry, seeds
from whp.arguments import CannotPack, pack, unpack
from whp.checks import Broken, Claim, NotOffered, NotRun, Property, Refuted, Undecided, Verdict
from whp.contract import to_builtins, to_json
from whp.messages import (
    CALLS_SHOWN,
    Ask,
    Broke,
    End,
    Ended,
    Exchange,
    Failed,
    Load,
    Loaded,
    Order,
    Outcome,
    Replicates,
    Reply,
    RunInput,
    RunProperty,
    Told,
    Unloadable,
    Values,
)
from whp.question import QuestionWriter
from whp.subject import Call, CannotLoad, OutsideLimits, Subject, in_words
from whp.wire import ends_with_its_parent

SHRINKING = 20.0  # seconds, after which the smallest counterexample so far will do
LONGER = 20  # times as many inputs are drawn where a fixed one fails, for a smaller one
FORGOTTEN = "; asked once more, it is right: the answers depend on more than the question"


@dataclass
class Failure:
    """A counterexample: what was wrong, the input, and the questions asked on it."""

    error: Refuted | Broken
    drawn: dict[str, Any]
    calls: list[Call]

    @property
    def counterexample(self) -> dict[str, Any]:
        """The input and the questions as JSON."""
        return counterexample(self.drawn, self.calls)

    @property
    def outcome(self) -> Outcome:
        """The outcome of a property that fails so."""
        verdict: Verdict = "refuted" if isinstance(self.error, Refuted) else "broken"
        try:
            arguments = {name: pack(value) for name, value in self.drawn.items()}
        except CannotPack:
            arguments = None
        return Outcome(verdict, in_words(self.error), self.counterexample, 1, arguments=arguments)


def counterexample(drawn: dict[str, Any], calls: list[Call]) -> dict[str, Any]:
    """Return an input and the last questions asked on it, with their answers, as JSON."""
    return {
        "input": {name: _plain(value) for name, value in drawn.items()},
        "calls": [shown(call) for call in calls[-CALLS_SHOWN:]],
    }


def shown(call: Call) -> dict[str, Any]:
    """Return a call as JSON."""
    return {"operation": call.operation, "arguments": _plain(call.arguments), "answer": _plain(call.answer)}


class PropertyRun:
    """A property on a subject: first its explicit examples, then generated ones, and shrinking."""

    def __init__(self, prop: Property, subject: Subject, seed: int, examples: int) -> None:
        self.prop, self.subject, self.seed, self.examples = prop, subject, seed, examples
        self.runs = self.outside = 0
        self.transcript: list[dict[str, Any]] = []

    def outcome(self) -> Outcome:
        """Run it; the outcome is a function of (property, subject, seed, examples)."""
        try:
            fixed = self.search(Phase.explicit)
            # An explicit example is never shrunk: after one that fails, look longer for a smaller one.
            drawn = self.search(Phase.generate, Phase.shrink, longer=fixed is not None)
        except NotOffered as missing:
            return self._outcome("not offered", f"the subject offers no {missing}")
        except NotRun as missing:
            return self._outcome("not run", str(missing))
        found = [failure for failure in (drawn, fixed) if failure]
        if found:
            smallest = min(found, key=lambda failure: len(to_json(failure.counterexample["input"])))
            told = smallest.outcome
            told.runs, told.transcript = self.runs - self.outside, self.transcript
            if told.verdict == "refuted" and told.arguments and self.on(smallest.drawn).verdict == "holds":
                told.detail += FORGOTTEN  # without arguments, the input can't be drawn again
            return told
        if self.outside == self.runs:
            return self._outcome("not offered", "every input is outside the limits that the subject declares")
        limited = f"{self.outside} of {self.runs} inputs were outside the limits that the subject declares"
        return self._outcome("holds", limited if self.outside else "")

    def on(self, drawn: dict[str, Any]) -> Outcome:
        """Run it on one input alone."""
        self.subject.calls = []
        try:
            self.prop.test.hypothesis.inner_test(self.subject, **drawn)  # type: ignore[attr-defined]
        except NotOffered as missing:
            return Outcome("not offered", f"the subject offers no {missing}", None, 0)
        except OutsideLimits:
            return Outcome(
                "not offered", "the input is outside the limits that the subject declares", None, 0
            )
        except NotRun as missing:
            return Outcome("not run", str(missing), None, 0)
        except (Refuted, Broken) as error:
            return Failure(error, drawn, self.subject.calls).outcome
        return Outcome("holds", "", None, 1)

    def _outcome(self, verdict: Verdict, detail: str) -> Outcome:
        return Outcome(verdict, detail, None, self.runs - self.outside, self.transcript)

    def search(self, *phases: Phase, longer: bool = False) -> Failure | None:
        """Run some phases; return the last failure that Hypothesis looked at, the smallest it found."""
        failure: Failure | None = None
        deadline = time.monotonic() + SHRINKING if longer else float("inf")
        test: Any = self.prop.test
        inner: Callable[..., None] = test.hypothesis.inner_test

        def example(subject: Subject, **drawn: Any) -> None:
            nonlocal failure, deadline
            if time.monotonic() > deadline:
                return  # Hypothesis takes the rest of the shrinking for passed, and comes to an end
            self.runs += 1
            subject.calls = []
            try:
                inner(subject, **drawn)
            except OutsideLimits:
                self.outside += 1
            except (Refuted, Broken) as error:
                deadline = min(deadline, time.monotonic() + SHRINKING)
                failure = Failure(error, drawn, subject.calls)
                raise
            finally:
                if self.prop.processes > 1:
                    blank = {} if subject.declares("deterministic", True) else {"answer": None}
                    self.transcript += [shown(call) | blank for call in subject.calls]

        # A test may be decorated with settings once; it is run here more than once, so they are put in place.
        test._hypothesis_internal_use_settings = settings(
            max_examples=self.examples * (LONGER if longer else 1),
            database=None,
            deadline=None,
            print_blob=False,
            report_multiple_bugs=False,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        )
        test.hypothesis.inner_test = example
        try:
            hypothesis.seed(self.seed)(test)(self.subject)
        except (Refuted, Broken, hypothesis.errors.Flaky):
            # Flaky: asked again, the subject answered otherwise; what it answered first refutes all the same.
            if failure is None:
                raise
        finally:
            test.hypothesis.inner_test = inner
        return failure


def run_replicates(claim: Claim, subject: Subject, order: Replicates) -> Values:
    """Run consecutive replicates of a cell; each is a function of (subject, cell, its seed)."""
    cell = claim.cells[order.effort][order.cell]
    values: list[float] = []
    for seed in seeds.of_replicates(order.seed, claim.id, cell.label, order.first, order.count):
        subject.calls = []
        try:
            values.append(float(claim.replicate(subject, cell, seed)))
        except NotOffered as missing:
            return Values(values, Broke("not offered", f"the subject offers no {missing}", []))
        except NotRun as missing:
            return Values(values, Broke("not run", str(missing), []))
        except Undecided as nothing:
            return Values(values, Broke("undecided", f"cell {cell.label}: {nothing}", []))
        except OutsideLimits:
            outside = f"cell {cell.label} is outside the limits that the subject declares"
            return Values(values, Broke("not offered", outside, []))
        except (Refuted, Broken) as error:
            verdict: Verdict = "refuted" if isinstance(error, Refuted) else "broken"
            return Values(
                values, Broke(verdict, str(error), [shown(call) for call in subject.calls[-CALLS_SHOWN:]])
            )
    return Values(values)


def ask(subject: Subject, order: Ask) -> Told:
    """Ask a question, and look at the clock."""
    told = Told([])
    for _ in range(order.times):
        arguments = unpack(order.arguments)
        began = time.perf_counter()
        try:
            told.answer = _plain(subject.ask(order.operation, **arguments))
        except (Broken, NotOffered, OutsideLimits) as error:
            told.fault = in_words(error) or type(error).__name__
            break
        finally:
            told.seconds.append(time.perf_counter() - began)
    return told


def exchange(subject: Subject, order: Exchange) -> Told:
    """Send a process a message that need not be of the contract."""
    told = Told([])
    began = time.perf_counter()
    try:
        told.answer = subject.exchange(order.method, order.params)
    except NotOffered:
        told.fault = "not offered"
    except Broken as error:
        told.fault = in_words(error)
    told.seconds.append(time.perf_counter() - began)
    return told


def _plain(value: Any) -> Any:
    try:
        plain = to_builtins(value)
        to_json(plain)
    except Exception:  # an answer may be anything
        return in_words(value)[:500]
    return plain


def _draw_alike_whatever_is_imported() -> None:
    """Have Hypothesis take no constants from the modules that are imported: in a replay they are others."""
    from hypothesis.internal.conjecture import providers

    providers._get_local_constants = lambda: providers._local_constants


class Serving:
    """The subject, once it is loaded, and its checks."""

    subject: Subject | None = None
    loading: files.Loading

    def answer(self, order: Order) -> Reply:
        """Do what is ordered."""
        match order:
            case Load():
                return self._load(order)
            case End():
                return Ended(self.subject.end() if self.subject else None)
        assert self.subject is not None
        match order:
            case RunProperty():
                prop = self.properties[order.name]
                outcome = PropertyRun(prop, self.subject, order.seed, order.examples).outcome()
                outcome.files = self.loading.news()
                return outcome
            case RunInput():
                try:
                    drawn = unpack(order.arguments)
                except Exception:
                    return Outcome("not run", "its input was kept by another whp, and can't be read", None, 0)
                return PropertyRun(self.properties[order.name], self.subject, 0, 1).on(drawn)
            case Ask():
                return ask(self.subject, order)
            case Exchange():
                return exchange(self.subject, order)
            case Replicates():
                values = run_replicates(self.claims[order.claim], self.subject, order)
                values.files = self.loading.news()
                return values

    def _load(self, order: Load) -> Loaded | Unloadable:
        self.properties = {prop.name: prop for prop in registry.properties(order.system)}
        self.claims = {claim.name: claim for claim in registry.claims(order.system)}
        watch = QuestionWriter(Path(order.question), order.timeout, order.late)
        self.loading = files.Loading(order.spec)
        try:
            self.subject = subject = Subject(order.system, order.spec, order.declared, watch, order.device)
        except CannotLoad as error:
            return Unloadable(in_words(error))
        except Broken as broken:
            return Loaded(broken=in_words(broken))
        finally:
            self.loading.ends()
        gc.collect()
        gc.freeze()  # what is loaded stays; looking through it again took a tenth of a check
        loaded = self.loading.news() | files.of_command(order.spec)
        version = subject.declared.get("version")
        return Loaded(subject.name, version and in_words(version), subject.operations, files=loaded)


def main() -> None:
    """Serve the supervisor until it says `End` or is gone."""
    _draw_alike_whatever_is_imported()
    ends_with_its_parent()
    orders: BinaryIO = os.fdopen(os.dup(0), "rb")
    replies: BinaryIO = os.fdopen(os.dup(1), "wb")
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    decode = msgspec.json.Decoder(Order).decode
    serving = Serving()
    for line in orders:
        order = decode(line)
        try:
            reply = serving.answer(order)
        except Exception:  # what is not the subject's fault is ours, and is told
            import traceback

            reply = Failed(in_words(traceback.format_exc()))
        replies.write(to_json(reply) + b"\n")
        replies.flush()
        if isinstance(order, End):
            break


if __name__ == "__main__":
    main()
