"""The command line."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from whp import __version__, check_commands, failure_commands, ledger_commands, registry
from whp.choices import ALPHA, EXAMPLES, TIMEOUT
from whp.command_options import (
    EXIT_FAILURE,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    EXIT_WHP_FAILED,
    DeclareOption,
    EffortOption,
    JobsOption,
    LedgerOption,
    SeedOption,
    TimeoutOption,
    expect_writable,
    open_ledger,
    seed_of,
)
from whp.errors import UsageError, printable
from whp.registry import UnknownError

if TYPE_CHECKING:
    from whp.checks import Claim, Property

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def whp(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """With high probability: is this implementation of a randomised or learned algorithm right?

    Judge your own code: `whp check coloring --subject mypackage.fast`

    A subject is a module, a file (`fast.py`), one function in either (`fast.py:recolor`), or a process in any
    language (`'cmd: ./fastcolor'`). It offers any of the operations that `whp schema SYSTEM` describes.

    Exit status: 0 nothing refuted, 1 refuted or broken, 2 wrong usage or less ran than must, 3 undecided,
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


app.command()(check_commands.check)
app.command()(check_commands.compare)
app.command()(failure_commands.replay)
app.command()(failure_commands.export)


@app.command()
def report(
    html_file: Annotated[Path, typer.Argument(metavar="FILE", help="The page to write.")],
    runs: Annotated[
        list[int] | None,
        typer.Argument(
            metavar="RUN", help="Numbers in `whp ledger list`. Default: the last.", show_default=False
        ),
    ] = None,
    ledger_file: LedgerOption = None,
) -> None:
    """Write a page of runs that the ledger keeps: their verdicts side by side, and their evidence."""
    from whp import page

    if html_file.name.isdigit():
        raise UsageError(f"whp report {html_file}: the page comes first: whp report page.html {html_file}")
    expect_writable(html_file)
    ledger = open_ledger(ledger_file)
    numbers = list(dict.fromkeys(runs or [run.id for run in ledger.runs()[-1:]]))
    if not numbers:
        raise UsageError(f"{ledger.path} has no runs")
    page.write([ledger.load(number) for number in numbers], html_file)


@app.command()
def doctor(
    system: Annotated[str | None, typer.Argument(metavar="SYSTEM", show_default=False)] = None,
    subject: Annotated[str | None, typer.Option(metavar="SPEC", help="As of `whp check`.")] = None,
    declare: DeclareOption = None,
    timeout: TimeoutOption = TIMEOUT,
) -> None:
    """Does the connection to a subject work, and what is this machine? Right and wrong are not asked.

    `whp doctor` looks at the machine. `whp doctor coloring --subject 'cmd: ./fast'` also shakes hands, asks
    each operation a small question, and, of a process with a method `echo`, sees whether values come back as
    they were sent.

    Exit status: 0 it works, 1 something is wrong.
    """
    from whp import doctor as examination
    from whp.subject import parse_declaration

    if (system is None) != (subject is None):
        raise UsageError(
            "whp doctor: name a system and a subject, whp doctor SYSTEM --subject SPEC, or neither"
        )
    if system:
        registry.module("reference", system)
    wrong = 0
    for finding in examination.examine(system, subject, dict(map(parse_declaration, declare or [])), timeout):
        wrong += finding.state == "wrong"
        typer.echo(printable(f"{finding.state:5}  {finding.what:16}  {finding.told}"))
    if subject:
        right = f"`whp check {system} --subject ...` says whether the answers are right"
        typer.echo("the connection doesn't work" if wrong else f"the connection works; {right}")
    raise typer.Exit(EXIT_FAILURE if wrong else 0)


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
    inputs = [f"{prop.explicit} fixed"]
    inputs += [f"{prop.drawn(count)} drawn ({effort})" for effort, count in EXAMPLES.items()]
    inputs += [f"in each of {prop.processes} processes"] * (prop.processes > 1)
    return [
        ("refuted by", "one input on which it fails; the smallest one found is shown"),
        ("false alarm", f"at most {prop.false_alarm:.1g}" if prop.false_alarm else "impossible"),
        ("inputs", ", ".join(inputs)),
    ]


def _claim_lines(claim: Claim) -> list[tuple[str, str]]:
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
    effort: EffortOption = "quick",
    seed: SeedOption = "0",
    jobs: JobsOption = 1,
) -> None:
    """Try the checks on subjects that are known to be wrong: which rejects which, and with how many runs.

    Exit status 1 if an impostor is not rejected by every check that it names.
    """
    from whp import sensitivity as trying

    registry.module("reference", system)
    chosen = seed_of(seed)
    count, missed = 0, 0
    typer.echo(f"whp {__version__}, seed {chosen}, alpha {ALPHA:g}, {effort}; impostors of {system}")
    for trial in trying.trials(system, impostor or [], effort, chosen, jobs, every=every):
        count += 1
        typer.echo(f"{trial.name}: {trial.mistake}")
        for result in trial.rejections:
            unit = "inputs" if result.kind == "property" else "runs  "
            named = "" if result.name in trial.named else "  (not named)"
            told = f"  {result.verdict:9}  {result.name:56}{result.runs:>6} {unit}"
            typer.echo(f"{told}  {result.seconds:6.2f} s{named}")
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


@app.command()
def vectors(
    system: Annotated[str | None, typer.Argument(metavar="SYSTEM", show_default=False)] = None,
    only_schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of such files instead.")
    ] = False,
) -> None:
    """Write test vectors to standard output, as JSON: questions with answers, for programs without whp.

    Where the contract fixes an answer, a vector has it; where it doesn't, it has an answer that is right, or
    one that is wrong, and why. Each says which impostors it finds, which is measured and takes minutes.
    """
    from whp import vectors as made

    if only_schema or system is None:
        if not only_schema:
            raise UsageError(f"whp vectors: name a system; there are: {', '.join(registry.systems())}")
        typer.echo(json.dumps(made.SCHEMA, indent=2))
        return
    registry.module("reference", system)
    typer.echo(made.written(system, lambda text: typer.echo(text, err=True)), nl=False)


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
            except OSError as error:
                where = f"{error.filename}: " if error.filename else ""
                raise UsageError(f"{where}{error.strerror or error}") from None
            except ValueError as error:
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
            message = message.replace("Value error, ", "").rstrip(".")
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
