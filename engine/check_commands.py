"""`whp check` and `whp compare`: subjects, one or several, are judged."""

from __future__ import annotations

import secrets
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whp.choices import ALPHA, TIMEOUT
from whp.command_options import (
    EXIT_FAILURE,
    EXIT_INTERRUPTED,
    EXIT_UNDECIDED,
    EXIT_USAGE,
    AlphaOption,
    DeclareOption,
    DeviceOption,
    EffortOption,
    HtmlOption,
    JobsOption,
    JsonOption,
    LedgerOption,
    OnlyOption,
    SeedOption,
    SelectOption,
    TimeoutOption,
    expect_writable,
    seed_of,
)
from whp.errors import UsageError, printable

if TYPE_CHECKING:
    from whp.ledger import Record
    from whp.results import Options, Run


def check(
    systems: Annotated[
        list[str] | None, typer.Argument(metavar="SYSTEM", help="Default: all.", show_default=False)
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="module, module:name, file.py, file.py:name, 'cmd: program ...'. Default: the reference.",
        ),
    ] = None,
    declare: DeclareOption = None,
    only: OnlyOption = None,
    select: SelectOption = None,
    effort: EffortOption = "quick",
    seed: SeedOption = "0",
    alpha: AlphaOption = ALPHA,
    jobs: JobsOption = 1,
    timeout: TimeoutOption = TIMEOUT,
    executor: Annotated[
        str,
        typer.Option(
            metavar="WHERE", help="Where replicates run: local, dask (its own cluster here), or dask:ADDRESS."
        ),
    ] = "local",
    device: DeviceOption = "cpu",
    expected_file: Annotated[
        Path | None,
        typer.Option(
            "--expected", metavar="FILE", help="Known failures: lines of a check id (or glob) and a reason."
        ),
    ] = None,
    require_file: Annotated[
        Path | None,
        typer.Option(
            "--require", metavar="FILE", help="Checks that must run: lines such as `whp list SYSTEM` prints."
        ),
    ] = None,
    ledger_file: LedgerOption = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was stopped, on its evidence.")
    ] = False,
    json_file: JsonOption = None,
    junit_file: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML.")
    ] = None,
    html_file: HtmlOption = None,
) -> None:
    """Check a subject: is it right?

    `whp check coloring --subject fast.py` judges the operations that fast.py has. A refuted check shows the
    smallest input found, what the subject answered, why that is wrong, and the command that replays it.
    """
    from whp import expected, results
    from whp.executors import executor as opened
    from whp.report import write
    from whp.run import run as run_checks
    from whp.run import select as selected
    from whp.subject import parse_declaration
    from whp.terminal import Terminal

    for file in (json_file, junit_file, html_file):
        expect_writable(file)
    _expect_sense(subject, alpha, timeout)
    options = results.Options(
        systems=tuple(dict.fromkeys(systems or [])),
        subject=subject,
        declared=dict(map(parse_declaration, declare or [])),
        declarations=tuple(declare or ()),
        only=only,
        select=tuple(select or ()),
        effort=effort,
        seed=seed_of(seed),
        alpha=alpha,
        jobs=jobs,
        timeout=timeout,
        executor=executor,
        device=device,
        ledger=str(ledger_file) if ledger_file else None,
        expected=str(expected_file) if expected_file else None,
        required=str(require_file) if require_file else None,
    )
    checks = selected(options.systems, options.select, options.only)
    if not checks:
        raise UsageError("no check ran: none is selected")
    known = expected.reasons(expected_file, checks) if expected_file else {}
    must = expected.required(require_file) if require_file else []
    terminal = Terminal(checks)
    token = secrets.token_hex(8)
    with opened(executor, jobs, token) as (pool, width):
        record = _record(options, [check.id for check in checks], resume=resume)
        terminal.header(results.Run(options, checks))
        run = None
        try:
            with terminal.watching():
                run = run_checks(
                    checks, options, terminal, pool, width, record, token, known=known, required=must
                )
        finally:
            record.close(run)
    terminal.footer(run, record.resumable)
    try:
        write(run, json_file, junit_file)
        if html_file:
            from whp import page

            page.write([run], html_file)
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}") from None
    raise typer.Exit(_status(run))


def compare(
    system: Annotated[str, typer.Argument(metavar="SYSTEM", show_default=False)],
    subjects: Annotated[
        list[str],
        typer.Argument(metavar="SPEC", help="Subjects, as after `whp check --subject`.", show_default=False),
    ],
    only: OnlyOption = None,
    select: SelectOption = None,
    effort: EffortOption = "quick",
    seed: SeedOption = "0",
    alpha: AlphaOption = ALPHA,
    jobs: JobsOption = 1,
    timeout: TimeoutOption = TIMEOUT,
    device: DeviceOption = "cpu",
    ledger_file: LedgerOption = None,
    json_file: JsonOption = None,
    html_file: HtmlOption = None,
    badge_file: Annotated[
        Path | None,
        typer.Option(
            "--badge", metavar="FILE", help="Write what a badge says of the first subject, as JSON."
        ),
    ] = None,
) -> None:
    """Check several subjects of one system, and show their verdicts side by side.

    `reference` stands for the reference. Each subject is judged, and kept in the ledger, as by `whp check`.

    Exit status: as of `whp check`, for all of them; 2 if one can't be loaded, after the others were judged.
    """
    from whp import comparison, results
    from whp.run import run as run_checks
    from whp.run import select as selected
    from whp.subject import CannotLoad

    for file in (json_file, html_file, badge_file):
        expect_writable(file)
    checks = selected([system], select or [], only)
    if not checks:
        raise UsageError("no check ran: none is selected")
    specs = list(dict.fromkeys(subjects))
    for spec in specs:
        _expect_sense(spec, alpha, timeout)
    chosen, runs, missing = seed_of(seed), [], []
    for spec in specs:
        options = results.Options(
            systems=(system,),
            subject=None if spec == "reference" else spec,
            only=only,
            select=tuple(select or ()),
            effort=effort,
            seed=chosen,
            alpha=alpha,
            jobs=jobs,
            timeout=timeout,
            device=device,
            ledger=str(ledger_file) if ledger_file else None,
        )
        record, run = _record(options, [check.id for check in checks], resume=False), None
        try:
            run = run_checks(checks, options, record=record)
            runs.append(run)
        except CannotLoad as error:
            missing.append(f"{spec} can't be loaded: {error}")
        finally:
            record.close(run)
        if run and run.interrupted:
            break
    for line in comparison.lines(system, checks, runs):
        typer.echo(printable(line))
    comparison.write(system, runs, json_file, html_file, badge_file)
    if missing:
        raise UsageError("; ".join(missing))
    statuses = {_status(run) for run in runs}
    order = (EXIT_INTERRUPTED, EXIT_FAILURE, EXIT_USAGE, EXIT_UNDECIDED, 0)
    raise typer.Exit(next(status for status in order if status in statuses))


def _expect_sense(subject: str | None, alpha: float, timeout: float) -> None:
    if subject is not None and not subject.isprintable():
        raise UsageError(f"--subject {subject!a}: a name in printable letters is expected")
    if subject is not None and not subject.strip():
        raise UsageError("--subject is empty; without it, the reference is checked")
    if not 0 < alpha < 1:
        raise UsageError(f"--alpha {alpha:g}: a probability between 0 and 1 is expected")
    if not 0 < timeout < 1e6:
        raise UsageError(f"--timeout {timeout:g}: a positive number of seconds is expected")


def _record(options: Options, checks: list[str], *, resume: bool) -> Record:
    """Return what keeps the evidence; without a ledger where none can be had and none was asked for."""
    from whp.ledger import USUAL, Kept, Ledger, LedgerError, Record

    try:
        path = Path(options.ledger) if options.ledger else USUAL
        return Kept(Ledger(path, create=not resume), options, checks, resume=resume)
    except LedgerError as error:
        if options.ledger or resume:
            raise
        warnings.warn(f"{error}; this run can't be resumed", stacklevel=2)
        return Record()


def _status(run: Run) -> int:
    verdicts = {result.verdict for result in run.ordered}
    if run.interrupted:
        return EXIT_INTERRUPTED
    if run.failed or run.mended:
        return EXIT_FAILURE
    if run.unfulfilled or not verdicts & {"holds", "refuted", "broken", "undecided"}:
        return EXIT_USAGE  # less ran than was asked for
    return EXIT_UNDECIDED if "undecided" in verdicts else 0
