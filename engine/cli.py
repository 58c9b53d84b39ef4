"""The command line."""

from __future__ import annotations

import io
import json
import os
import re
import secrets
import signal
import sys
import warnings
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from whp import __version__, ledger_commands, registry
from whp.errors import UsageError, printable
from whp.registry import UnknownError

if TYPE_CHECKING:
    from whp.checks import Claim, Property
    from whp.ledger import Record
    from whp.results import Options, Run

EXIT_FAILURE, EXIT_USAGE, EXIT_UNDECIDED, EXIT_WHP_FAILED, EXIT_INTERRUPTED = 1, 2, 3, 4, 130

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Only(Enum):
    """Which kind of check."""

    properties = "properties"
    claims = "claims"


class Device(Enum):
    """Where a subject computes that can be told so."""

    cpu = "cpu"
    cuda = "cuda"


class Effort(Enum):
    """How much is tried."""

    quick = "quick"
    full = "full"


@app.callback(invoke_without_command=True)
def whp(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """With high probability: is this implementation of a randomised or learned algorithm right?

    Judge your own code: `whp check coloring --subject mypackage.fast`

    A subject is a module, a file (`fast.py`), one function in either (`fast.py:recolor`), or a process in any
    language (`'cmd: ./fastcolor'`). It offers any of the operations that `whp schema SYSTEM` describes.

    Exit status: 0 nothing refuted, 1 refuted or broken, 2 wrong usage or nothing ran, 3 undecided,
    4 whp itself failed, 130 interrupted.
    """
    if version:
        typer.echo(f"whp {__version__}")
        raise typer.Exit


@app.command("list")
def list_(
    systems: Annotated[list[str] | None, typer.Argument(metavar="SYSTEM", show_default=False)] = None,
) -> None:
    """List the systems; or, of the systems named, every check with its statement."""
    if not systems:
        for name, title in registry.systems().items():
            typer.echo(f"{name:16}{title}")
        return
    for system in systems:
        for stated in registry.checks(system):
            typer.echo(f"{stated.id:56}{stated.statement}")


@app.command()
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
    declare: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="What the subject is, such as deterministic=false."),
    ] = None,
    only: Annotated[Only | None, typer.Option(help="One kind of check.")] = None,
    select: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="Checks by id, such as 'coloring/trace_*'.")
    ] = None,
    effort: Annotated[Effort, typer.Option(help="quick: 100 inputs a property; full: 1000.")] = Effort.quick,
    seed: Annotated[
        str, typer.Option(metavar="N", help="All randomness comes from it; 'random' draws and prints one.")
    ] = "0",
    alpha: Annotated[
        float,
        typer.Option(metavar="A", help="Probability that a right subject's claims are refuted, in all."),
    ] = 1e-6,
    jobs: Annotated[int, typer.Option(metavar="N", min=1, help="Checks that run side by side.")] = 1,
    timeout: Annotated[
        float,
        typer.Option(
            metavar="S", help="Seconds for one call; three times that for a first call, which may compile."
        ),
    ] = 10.0,
    executor: Annotated[
        str,
        typer.Option(
            metavar="WHERE", help="Where replicates run: local, dask (its own cluster here), or dask:ADDRESS."
        ),
    ] = "local",
    device: Annotated[
        Device,
        typer.Option(help="Where operations compute that are told so; without it, checks are not run."),
    ] = Device.cpu,
    ledger_file: Annotated[
        Path | None,
        typer.Option(
            "--ledger",
            metavar="FILE",
            help="Where evidence is kept. Default: .whp/ledger.db",
            show_default=False,
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was stopped, on its evidence.")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write a report for machines.")
    ] = None,
    junit_file: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML.")
    ] = None,
    html_file: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page with pictures of the evidence."),
    ] = None,
) -> None:
    """Check a subject: is it right?

    `whp check coloring --subject fast.py` judges the operations that fast.py has. A refuted check shows the
    smallest input found, what the subject answered, why that is wrong, and the command that replays it.
    """
    from whp import results
    from whp.executors import executor as opened
    from whp.report import write
    from whp.run import run as run_checks
    from whp.run import select as selected
    from whp.subject import parse_declaration
    from whp.terminal import Terminal

    for file in (json_file, junit_file, html_file):
        _expect_writable(file)
    if subject is not None and not subject.isprintable():
        raise UsageError(f"--subject {subject!a}: a name in printable letters is expected")
    if subject is not None and not subject.strip():
        raise UsageError("--subject is empty; without it, the reference is checked")
    if not 0 < alpha < 1:
        raise UsageError(f"--alpha {alpha:g}: a probability between 0 and 1 is expected")
    if not 0 < timeout < 1e6:
        raise UsageError(f"--timeout {timeout:g}: a positive number of seconds is expected")
    options = results.Options(
        systems=tuple(dict.fromkeys(systems or [])),
        subject=subject,
        declared=dict(map(parse_declaration, declare or [])),
        declarations=tuple(declare or ()),
        only=only and only.value,
        select=tuple(select or ()),
        effort=effort.value,
        seed=_seed(seed),
        alpha=alpha,
        jobs=jobs,
        timeout=timeout,
        executor=executor,
        device=device.value,
        ledger=str(ledger_file) if ledger_file else None,
    )
    checks = selected(options.systems, options.select, options.only)
    if not checks:
        raise UsageError("no check ran: none is selected")
    terminal = Terminal(checks)
    token = secrets.token_hex(8)
    with opened(executor, jobs, token) as (pool, width):
        record = _record(options, [check.id for check in checks], resume=resume)
        terminal.header(results.Run(options, checks))
        run = None
        try:
            with terminal.watching():
                run = run_checks(checks, options, terminal, pool, width, record, token)
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


def _expect_writable(file: Path | None) -> None:
    folder = file.parent if file else Path()
    if file and (
        file.is_dir() or not folder.is_dir() or not os.access(file if file.exists() else folder, os.W_OK)
    ):
        raise UsageError(f"{file} can't be written")
    if file and file.is_file() and file.open("rb").read(15) == b"SQLite format 3":
        raise UsageError(f"{file} is a database, such as a ledger; name another file")


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


def _seed(text: str) -> int:
    if text == "random":
        return secrets.randbelow(2**53)
    if not (text.isascii() and text.isdigit() and len(text) < 40):
        raise UsageError(f"--seed {text:.40}: a whole number from 0, or 'random', is expected")
    return int(text)


def _status(run: Run) -> int:
    verdicts = {result.verdict for result in run.ordered}
    if run.interrupted:
        return EXIT_INTERRUPTED
    if verdicts & {"refuted", "broken"}:
        return EXIT_FAILURE
    if "undecided" in verdicts:
        return EXIT_UNDECIDED
    return 0 if "holds" in verdicts else EXIT_USAGE


@app.command()
def report(
    html_file: Annotated[Path, typer.Argument(metavar="FILE", help="The page to write.")],
    runs: Annotated[
        list[int] | None,
        typer.Argument(
            metavar="RUN", help="Numbers in `whp ledger list`. Default: the last.", show_default=False
        ),
    ] = None,
    ledger_file: ledger_commands.File = None,
) -> None:
    """Write a page of runs that the ledger keeps: their verdicts side by side, and their evidence."""
    from whp import page
    from whp.ledger import USUAL, Ledger

    if html_file.name.isdigit():
        raise UsageError(f"whp report {html_file}: the page comes first: whp report page.html {html_file}")
    _expect_writable(html_file)
    ledger = Ledger(ledger_file or USUAL, create=False)
    numbers = list(dict.fromkeys(runs or [run.id for run in ledger.runs()[-1:]]))
    if not numbers:
        raise UsageError(f"{ledger.path} has no runs")
    page.write([ledger.load(number) for number in numbers], html_file)


@app.command()
def show(
    check_id: Annotated[
        str, typer.Argument(metavar="CHECK", help="An id, such as coloring/color_is_proper.")
    ],
) -> None:
    """Show what a check states, where that is from, and what refutes it; of a claim, how it is decided."""
    from whp.checks import Property

    system = check_id.partition("/")[0]
    found = [stated for stated in registry.checks(system) if stated.id == check_id]
    if not found:
        raise UnknownError(f"unknown check {check_id!r}; `whp list {system}` names them")
    (stated,) = found
    lines = _property_lines(stated) if isinstance(stated, Property) else _claim_lines(stated)
    about = [("states", stated.statement), ("source", stated.source)]
    command = f"whp check {system} --select {stated.id} --subject SPEC"
    for word, text in [*about, *lines, ("run it", command)]:
        typer.echo(f"{word:12}{text}")
    if stated.explanation:
        typer.echo(f"\n{stated.explanation}")


def _property_lines(prop: Property) -> list[tuple[str, str]]:
    from whp.results import EXAMPLES

    inputs = [f"{prop.explicit} fixed"]
    inputs += [f"{prop.drawn(count)} drawn ({effort})" for effort, count in EXAMPLES.items()]
    inputs += [f"in each of {prop.processes} processes"] * (prop.processes > 1)
    return [
        ("refuted by", "one input on which it fails; the smallest one found is shown"),
        ("false alarm", f"at most {prop.false_alarm:.1g}" if prop.false_alarm else "impossible"),
        ("inputs", ", ".join(inputs)),
    ]


def _claim_lines(claim: Claim) -> list[tuple[str, str]]:
    from whp.results import ALPHA

    lines = []
    share = registry.shares()[claim.id]
    for effort in claim.cells:
        plan = claim.plan(effort, ALPHA * share)
        lines += [(effort, line) for line in plan.describe()]
        for name, miss in claim.misses(effort, plan).items():
            lines.append(("", f"misses {name} with probability {miss:.1g}"))
    return [*lines, ("alpha", f"{share:.3g} of the run's {ALPHA:g}")]


@app.command()
def sensitivity(
    system: Annotated[str, typer.Argument(metavar="SYSTEM")],
    impostor: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="Impostors by name.", show_default=False)
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Try each on every check, not on those it names.")
    ] = False,
    effort: Annotated[Effort, typer.Option(help="As of `whp check`.")] = Effort.quick,
    seed: Annotated[str, typer.Option(metavar="N", help="A number, or 'random'.")] = "0",
    jobs: Annotated[int, typer.Option(metavar="N", min=1, help="Checks that run side by side.")] = 1,
) -> None:
    """Try the checks on subjects that are known to be wrong: which rejects which, and with how many runs.

    Exit status 1 if an impostor is not rejected by every check that it names.
    """
    from whp import sensitivity as trying
    from whp.results import ALPHA

    registry.module("reference", system)
    chosen = _seed(seed)
    count, missed = 0, 0
    typer.echo(f"whp {__version__}, seed {chosen}, alpha {ALPHA:g}, {effort.value}; impostors of {system}")
    for trial in trying.trials(system, impostor or [], effort.value, chosen, jobs, every=every):
        count += 1
        typer.echo(f"{trial.name}: {trial.mistake}")
        for result in trial.rejections:
            unit = "inputs" if result.kind == "property" else "runs  "
            named = "" if result.id.partition("/")[2] in trial.named else "  (not named)"
            name = result.id.partition("/")[2]
            typer.echo(
                f"  {result.verdict:9}  {name:56}{result.runs:>6} {unit}  {result.seconds:6.2f} s{named}"
            )
        for result in trial.missed:
            missed += 1
            typer.echo(
                f"  NOT {trial.verdict} by {result.id}, which it names: {result.verdict} {result.detail}"
            )
    for name, claim, miss in trying.left_to_full(system, ALPHA):
        typer.echo(f"left to full: {name} by {claim}, which misses it with probability {miss:.2g} at quick")
    typer.echo(f"{count} impostors; {missed} rejections that they name are missing")
    raise typer.Exit(EXIT_FAILURE if missed else 0)


@app.command()
def schema(system: Annotated[str, typer.Argument(metavar="SYSTEM")]) -> None:
    """Print the JSON Schema of a system's operations."""
    registry.module("reference", system)
    from whp import contract

    typer.echo(json.dumps(contract.schema(system), indent=2))


class SystemCommands(TyperGroup):
    """One command a system: the function `run_command` or `verify_command` of its row."""

    wing: str
    function: str

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002, D102
        return list(registry.systems())

    def get_command(self, ctx: Any, name: str) -> Any:  # noqa: ARG002, D102
        function = getattr(registry.module(self.wing, name), self.function)

        def command(**arguments: Any) -> None:
            try:
                answer = function(**arguments)
            except (ValueError, OSError) as error:
                raise UsageError(str(error)) from None
            typer.echo(answer if isinstance(answer, str) else json.dumps(answer))

        command.__doc__, command.__name__ = function.__doc__, name
        command.__signature__ = _resolved_signature(function)  # type: ignore[attr-defined]
        command.__annotations__ = {n: p.annotation for n, p in command.__signature__.parameters.items()}  # type: ignore[attr-defined]
        single = typer.Typer(
            add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown"
        )
        single.command(name)(command)
        return typer.main.get_command(single)


def _resolved_signature(function: Any) -> Any:
    import inspect
    import typing

    hints = typing.get_type_hints(function, include_extras=True)
    signature = inspect.signature(function)
    parameters = [p.replace(annotation=hints[name]) for name, p in signature.parameters.items()]
    return signature.replace(parameters=parameters, return_annotation=None)


class RunCommands(SystemCommands):
    """The references, on the user's own input."""

    wing, function = "reference", "run_command"


class VerifyCommands(SystemCommands):
    """The certificates, on anybody's answers."""

    wing, function = "properties", "verify_command"


app.add_typer(ledger_commands.app, name="ledger")
app.add_typer(
    typer.Typer(
        cls=RunCommands,
        no_args_is_help=True,
        help="Run a system's reference on your input; the answer is JSON.",
    ),
    name="run",
)
app.add_typer(
    typer.Typer(
        cls=VerifyCommands,
        no_args_is_help=True,
        help="Check anybody's answer by its certificate; exit status 1 if it is wrong.",
    ),
    name="verify",
)


def _interrupt(number: int, frame: Any) -> None:  # noqa: ARG001
    """Interrupt once: what was found is told and kept, which a second signal would prevent."""
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line; end the process with the exit status of the contract."""
    for stream in (sys.stdout, sys.stderr):  # whatever a terminal can't show is no reason to stop
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    warnings.showwarning = lambda message, *_: print(f"whp: note: {message}", file=sys.stderr)
    warnings.simplefilter("always", UserWarning)
    try:
        status = app(standalone_mode=False, prog_name="whp")
    except UsageError as error:
        status = _complain(str(error), EXIT_USAGE)
    except (KeyboardInterrupt, typer.Abort):
        status = _complain("interrupted", EXIT_INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read us has read enough
        status = 0
    except Exception as error:  # the last line between a fault of ours and the user
        if hasattr(error, "format_message"):
            message = error.format_message()  # empty where the help was printed instead
            status = _complain(f"{message}; see `whp --help`", EXIT_USAGE) if message else EXIT_USAGE
        else:
            from whp.checks import Refuted

            status = _complain(str(error), EXIT_FAILURE) if isinstance(error, Refuted) else _failed(error)
    sys.exit(status)


def _complain(text: str, status: int) -> int:
    print(f"whp: {printable(text)}", file=sys.stderr)
    return status


def _failed(error: Exception) -> int:
    import traceback

    if "WHP_TRACEBACK" in os.environ:
        traceback.print_exception(error)
    lines = [
        line for line in str(error).splitlines() if re.match(r"[\w.]+(Error|Exception|Interrupt)?: ", line)
    ]
    last = lines[-1:] or str(error).strip().splitlines()[-1:] or [""]
    where = traceback.extract_tb(error.__traceback__)[-1]
    return _complain(
        f"whp itself failed: {type(error).__name__}: {last[0]} ({Path(where.filename).name}:{where.lineno}); "
        "nothing is decided by this. Please report it, with what WHP_TRACEBACK=1 prints",
        EXIT_WHP_FAILED,
    )
