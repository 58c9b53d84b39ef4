"""`whp replay` and `whp export`: failures that the ledger keeps."""

from __future__ import annotations

from typing import Annotated

import typer

from whp.choices import Form
from whp.command_options import EXIT_FAILURE, EXIT_UNDECIDED, LedgerOption, open_ledger
from whp.errors import UsageError, printable

Failures = Annotated[
    list[str] | None, typer.Argument(metavar="ID", help="Ids of failures, or of checks.", show_default=False)
]


def replay(names: Failures = None, ledger_file: LedgerOption = None) -> None:
    """Run the inputs of failures that the ledger keeps again: fixed, still failing, or gone?

    Without ID, all of them: of each check on each subject, the newest. What holds on that input now, and a
    claim, which fails on no single one, runs as it did before it counts as fixed.

    Exit status: 0 none is still failing, 1 one is.
    """
    from whp import failures

    words = []
    for failure in failures.chosen(open_ledger(ledger_file), names or []):
        became, why = failure.again()
        words.append(became)
        typer.echo(printable(f"{became:13}  {failure.id}  {failure.result.id}  {failure.subject}"))
        if why:
            typer.echo(printable(f"               {why.partition(chr(10))[0]}"))
    if not words:
        raise UsageError("the ledger keeps no failure")
    raise typer.Exit(
        EXIT_FAILURE if "still failing" in words else EXIT_UNDECIDED if "undecided" in words else 0
    )


def export(
    name: Annotated[str, typer.Argument(metavar="ID", help="The id of a failure, or of its check.")],
    form: Annotated[
        Form,
        typer.Option(
            "--as",
            help="python: a script that asks again; jsonl: the questions as lines of the protocol; "
            "pytest: a test that fails until it is mended.",
        ),
    ] = "pytest",
    ledger_file: LedgerOption = None,
) -> None:
    """Write a failure that the ledger keeps to standard output, as a file that needs no ledger."""
    from whp import exports, failures

    found = failures.chosen(open_ledger(ledger_file), [name])
    if len(found) > 1:
        subjects = ", ".join(f"{failure.id} ({failure.subject})" for failure in found)
        raise UsageError(f"{name} failed on several subjects; name one of {subjects}")
    typer.echo(exports.export(found[0], form), nl=False)
