"""What a run is asked for and what comes of it."""

from __future__ import annotations

import hashlib
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from whp import __version__
from whp.checks import FAILURES, Claim, Property, Verdict
from whp.choices import ALPHA, SEED, TIMEOUT, Device, Effort, Only
from whp.files import changed

Check = Property | Claim


@dataclass(frozen=True)
class Options:
    """How a run was asked for."""

    systems: tuple[str, ...] = ()
    subject: str | None = None
    declared: dict[str, Any] = field(default_factory=dict)
    declarations: tuple[str, ...] = ()  # as they were written
    only: Only | None = None
    select: tuple[str, ...] = ()
    effort: Effort = "quick"
    seed: int = SEED
    alpha: float = ALPHA
    jobs: int = 1
    timeout: float = TIMEOUT
    executor: str = "local"
    device: Device = "cpu"
    ledger: str | None = None  # where evidence is kept, if not in the usual place
    expected: str | None = None  # the file that lists what is known to fail
    required: str | None = None  # the file that lists what must run


@dataclass(frozen=True)
class Result:
    """A check and its verdict, as the report has them."""

    id: str
    system: str
    kind: Literal["property", "claim"]
    statement: str
    source: str
    verdict: Verdict
    detail: str
    counterexample: dict[str, Any] | None
    replay: str
    seconds: float
    runs: int
    false_alarm: float
    miss: float | None
    arguments: dict[str, Any] | None = None
    """The input of the counterexample, packed, if the check is a property that failed on one."""

    @property
    def name(self) -> str:
        """The check's name within its system."""
        return self.id.partition("/")[2]


@dataclass
class Run:
    """All results so far, in the order of the checks, and how the subject calls itself."""

    options: Options
    checks: list[Check]
    name: str = ""
    version: str | None = None
    offered: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)  # what the subject was loaded from, with digests
    known: Mapping[str, str] = field(default_factory=dict)  # by check: why it is known to fail
    required: Sequence[str] = ()  # the checks that must run
    results: dict[str, Result] = field(default_factory=dict)
    evidence: dict[str, list[list[float]]] = field(default_factory=dict)  # by claim, of each cell
    interrupted: bool = False
    changed: str | None = None  # a file of the subject that is no longer what it was when the run began
    late: bool = False  # some replicate took more time than a call may
    lost: bool = False  # the executor lost some replicate
    spent: bool = False  # some claim is undecided with all the replicates of its plan
    number: int | None = None  # in the ledger that it was read from
    whp: str = __version__

    @property
    def failed(self) -> list[Result]:
        """The results that fail, and are not known to."""
        return [r for r in self.ordered if r.verdict in FAILURES and r.id not in self.known]

    @property
    def mended(self) -> list[Result]:
        """The results that hold, though they are known to fail."""
        return [r for r in self.ordered if r.verdict == "holds" and r.id in self.known]

    @property
    def unfulfilled(self) -> list[str]:
        """The checks that had to run and did not."""
        ran = {r.id for r in self.ordered if r.verdict not in ("not offered", "not run")}
        return [check for check in self.required if check not in ran]

    @property
    def left(self) -> int:
        """How many checks are still to be decided, where the run was stopped."""
        undecided = sum(result.verdict == "undecided" for result in self.results.values())
        return len(self.checks) - len(self.results) + undecided

    def loads(self, files: Mapping[str, str]) -> Mapping[str, str]:
        """Take note of files that the subject was loaded from; return those that are new.

        Sets `changed` if one of them is not what it was: what was found is of another subject than what is to
        come, and the run ends.
        """
        self.changed = self.changed or changed(self.files, files)
        fresh = {path: digest for path, digest in files.items() if path not in self.files}
        self.files |= fresh
        return fresh

    @property
    def ordered(self) -> list[Result]:
        """The results in the order in which the checks are stated."""
        return [self.results[check.id] for check in self.checks if check.id in self.results]

    @property
    def counts(self) -> Counter[Verdict]:
        """How many results there are of each verdict."""
        return Counter(result.verdict for result in self.ordered)


def conclude(
    check: Check,
    options: Options,
    verdict: Verdict,
    detail: str,
    counterexample: dict[str, Any] | None,
    runs: int,
    seconds: float,
    false_alarm: float,
    miss: float | None = None,
    arguments: dict[str, Any] | None = None,
) -> Result:
    """Return the result of a check."""
    return Result(
        id=check.id,
        system=check.system,
        kind="property" if isinstance(check, Property) else "claim",
        statement=check.statement,
        source=check.source,
        verdict=verdict,
        detail=detail,
        counterexample=counterexample,
        replay=replay_command(check.id, options),
        seconds=round(seconds, 3),
        runs=runs,
        false_alarm=false_alarm,
        miss=miss,
        arguments=arguments,
    )


def changed_while(run: Run) -> str:
    """Say that what was checked is no longer there."""
    return f"{run.changed} changed while it was checked, and the run ends; check it again"


class Listener:
    """Who is told what happens in a run; one call at a time."""

    def begins(self, run: Run, check: Check) -> None:
        """Note that a check begins."""

    def ends(self, run: Run, result: Result) -> None:
        """Note the result of a check; results come in the order in which checks end."""


def command(options: Options, *more: str) -> str:
    """Return the command line that asks for a run, and for more."""
    words = ["whp", "check", *options.systems]
    words += ["--subject", options.subject] if options.subject is not None else []
    words += _each("--declare", options.declarations)
    words += ["--only", options.only] if options.only else []
    words += _each("--select", options.select)
    words += ["--seed", str(options.seed)]
    unusual: Mapping[str, tuple[object, object]] = {
        "--effort": (options.effort, "quick"),
        "--alpha": (f"{options.alpha!r}", f"{ALPHA!r}"),
        "--timeout": (f"{options.timeout:g}", f"{TIMEOUT:g}"),
        "--jobs": (options.jobs, 1),
        "--executor": (options.executor, "local"),
        "--device": (options.device, "cpu"),
        "--ledger": (options.ledger, None),
        "--expected": (options.expected, None),
        "--require": (options.required, None),
    }
    for name, (value, usual) in unusual.items():
        words += [name, str(value)] if value != usual else []
    return shlex.join([*words, *more])


def _each(option: str, values: Sequence[str]) -> list[str]:
    return [word for value in values for word in (option, value)]


def replay_command(check: str, options: Options) -> str:
    """Return the command that runs one check again as it was run."""
    alone = replace(options, systems=(check.partition("/")[0],), only=None, select=(check,))
    return command(replace(alone, jobs=1, executor="local", ledger=None, expected=None, required=None))


def key(check: str, subject: str | None) -> str:
    """Return the id under which a failure of a check on a subject is kept: of two of them, the newer."""
    return hashlib.sha256(f"{check}\n{subject or ''}".encode()).hexdigest()[:8]
