"""What several commands are asked with, and how they end."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whp.choices import Device, Effort, Only
from whp.errors import UsageError

if TYPE_CHECKING:
    from whp.ledger import Ledger

EXIT_FAILURE, EXIT_USAGE, EXIT_UNDECIDED, EXIT_WHP_FAILED, EXIT_INTERRUPTED = 1, 2, 3, 4, 130


OnlyOption = Annotated[Only | None, typer.Option("--only", help="One kind of check.")]
SelectOption = Annotated[
    list[str] | None,
    typer.Option("--select", metavar="GLOB", help="Checks by id, such as 'coloring/trace_*'."),
]
EffortOption = Annotated[Effort, typer.Option("--effort", help="quick: 100 inputs a property; full: 1000.")]
SeedOption = Annotated[
    str,
    typer.Option("--seed", metavar="N", help="All randomness comes from it; 'random' draws and prints one."),
]
AlphaOption = Annotated[
    float,
    typer.Option(
        "--alpha", metavar="A", help="Probability that a right subject's claims are refuted, in all."
    ),
]
JobsOption = Annotated[int, typer.Option("--jobs", metavar="N", min=1, help="Checks that run side by side.")]
TimeoutOption = Annotated[
    float,
    typer.Option(
        "--timeout",
        metavar="S",
        help="Seconds for one call; three times that for a first call, which may compile.",
    ),
]
DeviceOption = Annotated[
    Device,
    typer.Option(
        "--device", help="Where operations compute that are told so; without it, checks are not run."
    ),
]
DeclareOption = Annotated[
    list[str] | None,
    typer.Option("--declare", metavar="NAME=VALUE", help="What the subject is, such as deterministic=false."),
]
LedgerOption = Annotated[
    Path | None,
    typer.Option(
        "--ledger",
        metavar="FILE",
        help="Where evidence is kept. Default: .whp/ledger.db",
        show_default=False,
    ),
]
JsonOption = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write a report for machines.")
]
HtmlOption = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write a page with pictures of the evidence.")
]


def expect_writable(file: Path | None) -> None:
    """Raise UsageError, before anything runs, if a report can't be written there."""
    folder = file.parent if file else Path()
    if file and (
        file.is_dir() or not folder.is_dir() or not os.access(file if file.exists() else folder, os.W_OK)
    ):
        raise UsageError(f"{file} can't be written")
    if file and file.is_file() and file.open("rb").read(15) == b"SQLite format 3":
        raise UsageError(f"{file} is a database, such as a ledger; name another file")


def seed_of(text: str) -> int:
    """Return the seed that `--seed` names."""
    if text == "random":
        return secrets.randbelow(2**53)
    if not (text.isascii() and text.isdigit() and len(text) < 40):
        raise UsageError(f"--seed {text:.40}: a whole number from 0, or 'random', is expected")
    return int(text)


def open_ledger(file: Path | None) -> Ledger:
    """Open a ledger that is there."""
    from whp.ledger import USUAL, Ledger

    return Ledger(file or USUAL, create=False)
