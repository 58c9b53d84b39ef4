"""A run as text: lines as checks end, in colour and with a line of progress where a person looks on."""

from __future__ import annotations

import json
import os
import shlex
import sys
import textwrap
from collections import Counter
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from typing import Any

from whp import __version__
from whp.arguments import in_python
from whp.checks import FAILURES, VERDICTS, Verdict
from whp.errors import UsageError, printable
from whp.results import Check, Listener, Options, Result, Run, command, key

COLORS: dict[Verdict, str] = {
    "holds": "32",
    "refuted": "1;31",
    "undecided": "33",
    "not offered": "2",
    "not run": "2",
    "broken": "1;35",
}
SHOWN = 400  # characters of a question or an answer; all of it is in the JSON report
CALLS = 3


class Terminal(Listener):
    """Prints results in the order of the checks, whatever the order in which they end."""

    def __init__(self, checks: list[Check]) -> None:
        self.live = sys.stdout.isatty()
        self.waiting = [prop.id for prop in checks]
        self.width = max(len(prop.name) for prop in checks)
        self.missing: Counter[str] = Counter()
        self.failed: list[Result] = []
        self.system = ""
        self.begun = 0
        self.total = len(checks)
        self.progress: Any = None

    def watching(self) -> AbstractContextManager[Any]:
        """Show a line of progress while a run is on, if this is a terminal."""
        if not self.live:
            return nullcontext()
        from rich.console import Console

        self.progress = Console().status("loading the subject", spinner="line")
        return self.progress  # type: ignore[no-any-return]

    def begins(self, run: Run, check: Check) -> None:  # noqa: ARG002, D102
        self.begun += 1
        if self.progress:
            self.progress.update(f"{self.begun} of {self.total}: {check.id}")

    def ends(self, run: Run, result: Result) -> None:  # noqa: D102
        if result.id not in self.waiting:  # nobody asked for it, or it was shown as it stood before
            self._show(run, result)
        while self.waiting and self.waiting[0] in run.results:
            self._show(run, run.results[self.waiting.pop(0)])

    def _say(self, text: str, verdict: Verdict | None = None) -> None:
        """Print a line, with its verdict in colour."""
        text = printable(text)
        if verdict and self.live and "NO_COLOR" not in os.environ:
            text = text.replace(verdict, f"\x1b[{COLORS[verdict]}m{verdict}\x1b[0m", 1)
        try:
            if self.progress:
                self.progress.console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)
            else:
                print(text, flush=True)
        except BrokenPipeError:  # nobody reads on; the reports are written all the same
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def header(self, run: Run) -> None:
        """Say what is run."""
        options = run.options
        self._say(
            f"whp {__version__}, seed {options.seed}, alpha {options.alpha:g}, {options.effort}; "
            f"subject: {options.subject or 'the reference'}"
        )

    def _show(self, run: Run, result: Result) -> None:
        if result.system != self.system:
            self.system = result.system
            offered = ", ".join(run.offered.get(self.system, [])) or "nothing"
            self._say(f"{self.system}: {run.name or run.options.subject} offers {offered}")
        if result.verdict == "not offered":
            self.missing[result.detail] += 1
            return
        unit = "inputs" if result.kind == "property" else "runs  "
        line = f"  {result.verdict:9}  {result.name:{self.width}}  {result.runs:>5} {unit}"
        self._say(f"{line}  {result.seconds:6.2f} s", result.verdict)
        if result.id in run.known and result.verdict in FAILURES:
            self._say(f"      expected: {run.known[result.id]}")
        elif result.verdict in FAILURES:
            self.failed.append(result)
        elif result.detail:
            self._say(textwrap.indent(result.detail, " " * 6))

    def explain(self, kept: Options | None = None) -> None:
        """Explain what failed, by the operation that gave the wrong answer; what is alike, once.

        `kept` are the options of the run, if a ledger keeps it.
        """
        by_operation: dict[str, list[Result]] = {}
        for result in self.failed:
            by_operation.setdefault(_asked_last(result), []).append(result)
        told: dict[str, str] = {}
        for operation, failed in by_operation.items():
            self._say(f"{operation} fails {len(failed)} check{'s' * (len(failed) != 1)}")
            for result in failed:
                self._explain(result, told)
                if kept:
                    where = f" --ledger {shlex.quote(kept.ledger)}" if kept.ledger else ""
                    self._tell("again", f"whp replay {key(result.id, kept.subject)}{where}")

    def _explain(self, result: Result, told: dict[str, str]) -> None:
        self._say(f"  {result.verdict:9}  {result.name}", result.verdict)
        self._tell("says", result.statement)
        sentence = result.detail.partition("\n")[0]
        earlier = told.setdefault(sentence, result.id)
        if earlier != result.id:
            self._tell("found", f"{sentence} (as in {earlier.partition('/')[2]})")
        else:
            self._tell("found", result.detail)
            for call in _calls(result)[-CALLS:]:
                self._tell("asked", f"{call['operation']} {_short(call['arguments'])}")
                with suppress(UsageError, KeyError):  # what can't be written down, and the handshake
                    self._tell("python", _shortened(in_python(result.system, call)))
                if call["answer"] is not None:
                    self._tell("answer", _short(call["answer"]))
        self._tell("replay", result.replay)

    def _tell(self, word: str, text: str) -> None:
        first, *rest = text.splitlines() or [""]
        self._say(f"      {word:6}  {first}")
        for line in rest:
            self._say(f"              {line}")

    def footer(self, run: Run, resumable: bool) -> None:
        """Say what came of it all, and of how many."""
        for detail, count in self.missing.items():
            checks = "check" if count == 1 else "checks"
            self._say(f"  not offered  {count} {checks}: {detail}", "not offered")
        self.explain(run.options if resumable else None)
        counts = run.counts
        ran = sum(counts[verdict] for verdict in VERDICTS if verdict not in ("not offered", "not run"))
        words = [
            f"{counts[verdict]} {_word(verdict, counts[verdict])}" for verdict in VERDICTS if counts[verdict]
        ]
        expected = sum(result.verdict in FAILURES for result in run.ordered) - len(run.failed)
        words += [f"{expected} of these failures expected"] * (expected > 0)
        for result in run.mended:
            self._say(f"{result.id} holds, and was expected to fail: {run.known[result.id]}")
        for check in run.unfulfilled if not run.interrupted else ():
            self._say(f"{check} is required, and did not run")
        self._say(f"{ran} of {len(run.checks)} checks ran: {', '.join(words) or 'nothing was decided'}")
        if run.interrupted:
            self._say(f"interrupted; {run.left} check{'s are' if run.left != 1 else ' is'} left")
        elif run.changed:
            self._say(f"{run.changed} changed; {run.left} check{'s are' if run.left != 1 else ' is'} left")
        if resumable and not run.changed and (run.interrupted or run.late or run.lost):
            more_time = replace(run.options, timeout=3 * run.options.timeout) if run.late else run.options
            self._say(f"go on: {command(more_time, '--resume')}")
        elif run.spent and run.options.effort == "quick":
            self._say(f"with more replicates: {command(replace(run.options, effort='full'))}")


def _word(verdict: Verdict, count: int) -> str:
    return "hold" if verdict == "holds" and count != 1 else verdict


def _calls(result: Result) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = (result.counterexample or {}).get("calls", [])
    return calls


def _asked_last(result: Result) -> str:
    calls = _calls(result)
    return calls[-1]["operation"] if calls else result.system


def _short(value: Any) -> str:
    return _shortened(json.dumps(value, separators=(",", ":")))


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text)} characters; --json FILE has all)"
