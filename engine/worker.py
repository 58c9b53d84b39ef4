"""The process in which a subject lives, and its checks with it, so that a call costs no round trip.

It reads orders from the supervisor on its standard input and answers on what was its standard output when it
started; what the subject prints goes to standard error, of which the supervisor keeps the end.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import hypothesis
import hypothesis.errors
import msgspec
from hypothesis import HealthCheck, Phase, settings

from whp import registry
from whp.checks import Broken, NotOffered, Property, Refuted, Verdict
from whp.contract import to_builtins, to_json
from whp.messages import Check, End, Ended, Failed, Load, Loaded, Order, Outcome, Reply, Unloadable
from whp.question import QuestionWriter
from whp.subject import CannotLoad, OutsideLimits, Subject

SHRINKING = 20.0  # seconds, after which the smallest counterexample so far will do
CALLS_SHOWN = 6


def run_property(prop: Property, subject: Subject, seed: int, examples: int) -> Outcome:
    """Run a property on a subject; the outcome is a function of (property, subject, seed, examples)."""
    runs = outside = 0
    answered: set[str] = set()
    failure: tuple[Exception, dict[str, Any], list[Any]] | None = None
    deadline = float("inf")
    inner: Callable[..., None] = prop.test.hypothesis.inner_test  # type: ignore[attr-defined]

    def example(subject: Subject, **drawn: Any) -> None:
        nonlocal runs, outside, failure, deadline
        runs += 1
        if time.monotonic() > deadline:
            return  # Hypothesis takes the rest of the shrinking for passed, and comes to an end
        subject.calls = []
        try:
            inner(subject, **drawn)
        except OutsideLimits:
            outside += 1
        except (Refuted, Broken) as error:
            if failure is None:
                deadline = time.monotonic() + SHRINKING
            failure = (error, drawn, subject.calls)
            raise
        finally:
            answered.update(call.operation for call in subject.calls if call.answer is not None)

    prop.test.hypothesis.inner_test = example  # type: ignore[attr-defined]
    run = hypothesis.seed(seed)(
        settings(
            max_examples=examples,
            database=None,
            deadline=None,
            print_blob=False,
            report_multiple_bugs=False,
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )(prop.test)
    )
    verdict: Verdict = "holds"
    detail, counterexample = "", None
    try:
        run(subject)
    except NotOffered as error:
        return Outcome("not offered", f"the subject offers no `{error}`", None, runs, sorted(answered))
    except (Refuted, Broken, hypothesis.errors.Flaky, ExceptionGroup):
        if failure is None:
            raise
    finally:
        prop.test.hypothesis.inner_test = inner  # type: ignore[attr-defined]
    if failure:
        # Also where Hypothesis, asking again, got another answer: what was answered then refutes.
        error, drawn, calls = failure
        verdict = "refuted" if isinstance(error, Refuted) else "broken"
        detail = str(error)
        counterexample = shown(drawn, calls)
    elif outside == runs:
        verdict, detail = "not offered", "every input is outside the limits that the subject declares"
    elif outside:
        detail = f"{outside} of {runs} inputs were outside the limits that the subject declares"
    return Outcome(verdict, detail, counterexample, runs - outside, sorted(answered))


def shown(drawn: dict[str, Any], calls: list[Any]) -> dict[str, Any]:
    """Return a counterexample as JSON: the input, and the last questions with their answers."""
    return {
        "input": {name: _plain(value) for name, value in drawn.items()},
        "calls": [
            {"operation": call.operation, "arguments": _plain(call.arguments), "answer": _plain(call.answer)}
            for call in calls[-CALLS_SHOWN:]
        ],
    }


def _plain(value: Any) -> Any:
    try:
        plain = to_builtins(value)
        to_json(plain)
    except Exception:  # noqa: BLE001 # an answer may be anything
        return repr(value)[:500]
    return plain


def _end_with_the_supervisor() -> None:
    """Have the system end this process when the supervisor is gone, also in the middle of a call."""
    if sys.platform == "linux":
        set_death_signal = 1
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)


def main() -> None:
    """Serve the supervisor until it says `End` or is gone."""
    _end_with_the_supervisor()
    orders: BinaryIO = os.fdopen(os.dup(0), "rb")
    replies: BinaryIO = os.fdopen(os.dup(1), "wb")
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    decode = msgspec.json.Decoder(Order).decode

    def reply(message: Reply) -> None:
        replies.write(to_json(message) + b"\n")
        replies.flush()

    subject: Subject | None = None
    properties: dict[str, Property] = {}
    for line in orders:
        order = decode(line)
        try:
            match order:
                case Load():
                    properties = {prop.name: prop for prop in registry.properties(order.system)}
                    watch = QuestionWriter(Path(order.question), order.timeout, order.warm)
                    try:
                        subject = Subject(order.system, order.spec, order.declared, watch)
                    except CannotLoad as error:
                        reply(Unloadable(str(error)))
                    except Broken as broken:
                        reply(Loaded(broken=str(broken)))
                    else:
                        version = subject.declared.get("version")
                        reply(Loaded(subject.name, version and str(version), subject.operations))
                case Check():
                    assert subject is not None
                    reply(run_property(properties[order.name], subject, order.seed, order.examples))
                case End():
                    reply(Ended(subject.end() if subject else None))
                    break
        except Exception:  # noqa: BLE001 # what is not the subject's fault is ours, and is told
            import traceback

            reply(Failed(traceback.format_exc()))


if __name__ == "__main__":
    main()
