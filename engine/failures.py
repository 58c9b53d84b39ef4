"""Failures that the ledger keeps: what each was, and what has become of it since."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from whp import registry
from whp.checks import FAILURES, Verdict
from whp.choices import TIMEOUT, Device
from whp.ledger import Ledger
from whp.messages import Outcome, RunInput
from whp.registry import UnknownError
from whp.results import Options, Result, key
from whp.run import run
from whp.subject import CannotLoad
from whp.supervisor import Dead, Worker

Became = Literal["fixed", "still failing", "undecided", "gone"]
BECAME: dict[Verdict, Became] = {
    "holds": "fixed",
    "refuted": "still failing",
    "broken": "still failing",
    "undecided": "undecided",
    "not offered": "gone",
    "not run": "gone",
}


@dataclass(frozen=True)
class Failure:
    """A check that failed on a subject, as the ledger has it."""

    options: Options
    result: Result
    run: int

    @property
    def id(self) -> str:
        """By which it is asked for."""
        return key(self.result.id, self.options.subject)

    @property
    def subject(self) -> str:
        """The subject in words."""
        return self.options.subject or "the reference"

    def again(self) -> tuple[Became, str]:
        """Run its input again, and all of the check before it counts as fixed; say what became of it.

        A subject may fail on an input for what it remembers of others, and a claim fails on no single one.
        """
        system = self.result.system
        known = {check.id: check for check in registry.checks(system)} if system in registry.systems() else {}
        if self.result.id not in known:
            return "gone", "whp has no such check any more"
        try:
            if self.result.arguments is not None:
                told = on_input(self.result.id, self.options, self.result.arguments)
                if told.verdict in FAILURES:
                    return "still failing", told.detail
            alone = replace(self.options, systems=(system,), select=(self.result.id,), jobs=1)
            result = run([known[self.result.id]], alone).results[self.result.id]
        except CannotLoad as error:
            return "gone", str(error)
        return BECAME[result.verdict], result.detail


def on_input(check: str, options: Options, arguments: dict[str, Any]) -> Outcome:
    """Run a property on one packed input; raise CannotLoad if there is no subject."""
    system, _, name = check.partition("/")
    worker = Worker(system, options.subject, options.declared, options.timeout, [], device=options.device)
    try:
        loaded = worker.loaded()
        if loaded.broken:
            return Outcome("broken", loaded.broken, None, 0)
        reply = worker.order(RunInput(name, arguments))
        if isinstance(reply, Dead):
            return Outcome("broken", reply.sentence, None, 0)
        assert isinstance(reply, Outcome)
        return reply
    finally:
        worker.kill()


def replay(
    check: str,
    arguments: dict[str, Any],
    *,
    subject: str,
    declare: dict[str, Any] | None = None,
    timeout: float = TIMEOUT,
    device: Device = "cpu",
) -> None:
    """Assert that a property holds of a subject on one input, which is given as `whp export` writes it.

    Raises LookupError where it can't be asked: there is no such check, or the subject doesn't offer it.
    """
    __tracebackhide__ = True  # pytest shows the test that calls it
    system, _, name = check.partition("/")
    if name not in {prop.name for prop in registry.properties(system)}:
        raise LookupError(f"whp has no property {check}")
    options = Options(subject=subject, declared=declare or {}, timeout=timeout, device=device)
    outcome = on_input(check, options, arguments)
    if outcome.verdict in FAILURES:
        raise AssertionError(f"{outcome.verdict}: {outcome.detail}")
    if outcome.verdict != "holds":
        raise LookupError(f"{outcome.verdict}: {outcome.detail}")


def kept(ledger: Ledger) -> dict[str, Failure]:
    """Return the newest failure of each check on each subject, by its id; the oldest first."""
    found: dict[str, Failure] = {}
    for stored in ledger.runs():
        options = stored.asked
        for told in stored.results.values():
            if told["verdict"] in FAILURES:
                failure = Failure(options, Result(**told), stored.id)
                found.pop(failure.id, None)
                found[failure.id] = failure
    return found


def chosen(ledger: Ledger, names: list[str]) -> list[Failure]:
    """Return the failures of these ids, or of the checks of these ids; all, if none is named."""
    found = kept(ledger)
    wanted = list(found.values())
    for name in names:
        if not any(name in (failure.id, failure.result.id) for failure in wanted):
            known = ", ".join(f"{failure.id} ({failure.result.id})" for failure in wanted) or "none"
            raise UnknownError(f"{ledger.path} keeps no failure {name}; it keeps {known}")
    return [f for f in wanted if not names or f.id in names or f.result.id in names]
