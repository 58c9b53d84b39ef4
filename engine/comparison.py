"""Several subjects side by side: who holds what."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from whp import __version__, page
from whp.checks import VERDICTS, Verdict
from whp.errors import UsageError
from whp.report import as_json
from whp.results import Check, Run

WIDTH = 12  # of a column
COLORS: dict[Verdict, str] = {"refuted": "red", "broken": "red", "undecided": "yellow"}


def lines(system: str, checks: Sequence[Check], runs: Sequence[Run]) -> Iterator[str]:
    """Yield the matrix of verdicts, checks by subjects, and a sentence for each failure."""
    if not runs:
        return
    options = runs[0].options
    yield f"whp {__version__}, seed {options.seed}, alpha {options.alpha:g}, {options.effort}; {system}"
    letters = [_letter(index) for index in range(len(runs))]
    for letter, run in zip(letters, runs, strict=True):
        version = f" {run.version}" if run.version else ""
        yield f"{letter}  {run.options.subject or 'the reference'}{version}"
    names = [check.name for check in checks]
    wide = max(map(len, names))
    yield f"{'':{wide}}  {''.join(f'{letter:{WIDTH}}' for letter in letters)}".rstrip()
    for check in checks:
        told = (run.results[check.id].verdict if check.id in run.results else "-" for run in runs)
        yield f"{check.name:{wide}}  {''.join(f'{verdict:{WIDTH}}' for verdict in told)}".rstrip()
    for letter, run in zip(letters, runs, strict=True):
        yield f"{letter}: {_counts(run)}"
        for result in run.failed:
            sentence = result.detail.partition("\n")[0]
            yield f"  {result.verdict:9}  {result.name}: {sentence}"


def _letter(index: int) -> str:
    tens, ones = divmod(index, len(ascii_uppercase))
    return ascii_uppercase[ones] + (str(tens) if tens else "")


def _counts(run: Run) -> str:
    counts = run.counts
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict]) or "nothing"


def badge(system: str, run: Run) -> dict[str, Any]:
    """Return what a badge says of a run, in the form that shields.io reads from an address."""
    counts = run.counts
    asked = counts["holds"] + counts["undecided"] + counts["refuted"] + counts["broken"]
    color = next((color for verdict, color in COLORS.items() if counts[verdict]), None)
    color = color or ("brightgreen" if asked else "lightgrey")
    message = f"{counts['holds']} of {asked} checks hold"
    return {"schemaVersion": 1, "label": f"whp {system}", "message": message, "color": color}


def write(
    system: str, runs: Sequence[Run], json_file: Path | None, html_file: Path | None, badge_file: Path | None
) -> None:
    """Write the reports that are asked for; none of no runs."""
    told = {"format": "whp-comparison", "version": 1, "system": system, "reports": [*map(as_json, runs)]}
    try:
        if json_file and runs:
            json_file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        if badge_file and runs:
            badge_file.write_text(json.dumps(badge(system, runs[0])) + "\n", encoding="utf-8")
        if html_file and runs:
            page.write(runs, html_file)
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}") from None
