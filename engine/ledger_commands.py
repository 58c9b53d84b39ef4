"""`whp ledger`: what was kept of runs."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from whp.command_options import LedgerOption, open_ledger
from whp.errors import UsageError, printable

if TYPE_CHECKING:
    from whp.ledger import Ledger, Stored

DAY = 86400.0
FILES_SHOWN = 10

app = typer.Typer(no_args_is_help=True, help="List, show, export and prune the evidence that was kept.")
Number = Annotated[int, typer.Argument(metavar="RUN", help="Its number in `whp ledger list`.")]


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


@app.command("list")
def list_(ledger: LedgerOption = None) -> None:
    """List the runs, the oldest first."""
    kept = open_ledger(ledger)
    for run in kept.runs():
        counts = Counter(result["verdict"] for result in run.results.values())
        verdicts = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        typer.echo(
            f"{run.id:>4}  {_when(run.began)}  {run.state:11}  seed {run.options['seed']}, "
            f"{run.options['effort']}  {run.options['subject'] or 'the reference'}: "
            f"{len(run.results)} of {len(run.checks)} checks{': ' * bool(verdicts)}{verdicts}; "
            f"{run.replicates} replicates"
        )


@app.command()
def show(run: Number, ledger: LedgerOption = None) -> None:
    """Show a run: what was asked, its files, and each check's verdict with its evidence."""
    kept = open_ledger(ledger)
    stored = kept.run(run)
    plans = kept.plans(run)
    options, paths = stored.options, kept.files(run)
    about = [
        ("run", f"{stored.id}, begun {_when(stored.began)}, {stored.state}; whp {stored.whp}"),
        (
            "subject",
            f"{options['subject'] or 'the reference'}" + (f" {stored.version}" if stored.version else ""),
        ),
        ("asked", f"seed {options['seed']}, {options['effort']}, alpha {options['alpha']:g}"),
        *[("file", f"{digest}  {path}") for path, digest in list(paths.items())[:FILES_SHOWN]],
        *[("", f"and {len(paths) - FILES_SHOWN} more files, all in `whp ledger export {run}`")]
        * (len(paths) > FILES_SHOWN),
    ]
    for word, text in about:
        typer.echo(printable(f"{word:9}{text}"))
    for check in stored.checks:
        result = stored.results.get(check, {"verdict": "-", "detail": "", "runs": 0})
        typer.echo(f"  {result['verdict']:11}  {check}")
        if result["detail"]:
            typer.echo(printable(f"               {result['detail'].partition(chr(10))[0]}"))
        if check in plans:
            labels, _ = plans[check]
            evidence = kept.evidence(run, check, len(labels))
            means = ", ".join(
                f"{label}: {len(values)} (mean {sum(values) / len(values):.6g})"
                for label, values in zip(labels, evidence, strict=True)
                if values
            )
            typer.echo(f"               evidence: {means or 'none'}")


@app.command()
def export(
    run: Number,
    form: Annotated[
        Literal["json", "csv"], typer.Option("--format", help="JSON has all; CSV, one replicate a line.")
    ] = "json",
    ledger: LedgerOption = None,
) -> None:
    """Write a run to standard output: as JSON, or its replicates with their seeds as CSV."""
    kept = open_ledger(ledger)
    stored = kept.run(run)
    if form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(["claim", "cell", "index", "seed", "value"])
        writer.writerows(_replicates(kept, stored))
        return
    claims = {
        claim: {"plan": plan.splitlines(), "cells": dict(zip(labels, values, strict=True))}
        for claim, (labels, plan) in kept.plans(run).items()
        for values in [kept.evidence(run, claim, len(labels))]
    }
    told = {
        "format": "whp-evidence",
        "version": 1,
        "whp": stored.whp,
        "state": stored.state,
        "began": stored.began,
        "options": stored.options,
        "files": kept.files(run),
        "checks": list(stored.results.values()),
        "claims": claims,
    }
    json.dump(told, sys.stdout, indent=1)
    sys.stdout.write("\n")


def _replicates(kept: Ledger, stored: Stored) -> Iterator[list[Any]]:
    from whp import seeds

    for claim, (labels, _) in kept.plans(stored.id).items():
        for label, values in zip(labels, kept.evidence(stored.id, claim, len(labels)), strict=True):
            own = seeds.of_replicates(stored.options["seed"], claim, label, 0, len(values))
            for index, (seed, value) in enumerate(zip(own, values, strict=True)):
                yield [claim, label, index, seed, f"{value:.17g}"]


@app.command()
def prune(
    runs: Annotated[
        list[int] | None, typer.Argument(metavar="RUN", help="Runs to remove.", show_default=False)
    ] = None,
    older: Annotated[
        float | None,
        typer.Option(metavar="DAYS", min=0, help="Remove those begun so many days ago or earlier."),
    ] = None,
    keep: Annotated[int | None, typer.Option(metavar="N", min=0, help="Remove all but the newest N.")] = None,
    ledger: LedgerOption = None,
) -> None:
    """Remove runs, and give their room back; never one that is going on."""
    if sum([bool(runs), older is not None, keep is not None]) != 1:
        raise UsageError("whp ledger prune: name runs, or --older DAYS, or --keep N")
    kept = open_ledger(ledger)
    found = kept.runs()
    if older is not None:
        found = [run for run in found if run.began <= time.time() - older * DAY]
    elif keep is not None:
        found = found[: max(0, len(found) - keep)]
    else:
        found = [kept.run(number) for number in dict.fromkeys(runs or [])]
    gone = [run.id for run in found if run.state != "going on" or runs]
    kept.prune(gone)
    names = f": {', '.join(map(str, gone))}" if gone else ""
    typer.echo(f"removed {len(gone)} run{'s' * (len(gone) != 1)}{names}")
