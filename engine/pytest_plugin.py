"""The pytest plugin: every check of a subject is a test.

On the command line, `pytest --whp coloring=mypackage.fast` adds them to the tests that pytest finds. In a
test file, `test_coloring = whp.conformance("coloring", subject=mypackage.fast)` is one for each check.

When the first test of a subject is due, all its checks that were selected run, as `whp check` would run them;
each test then reports its own. Under xdist no process knows beforehand which tests it will get, so that each
check is a run of its own.

Every pytest in an environment that has whp imports this module: it imports nothing heavy before it is asked.
"""

from __future__ import annotations

import contextlib
import fnmatch
import importlib.util
import io
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, get_args

import pytest

from whp.choices import SEED, TIMEOUT, Device, Effort
from whp.registry import UnknownError

if TYPE_CHECKING:
    from whp.results import Check, Options, Run


@dataclass(eq=False)
class Suite:
    """The checks of one system on one subject, and the runs that they were decided in."""

    options: Options
    checks: list[Check]
    expected: dict[str, str] = field(default_factory=dict)  # by check: why it is known to fail
    runs: dict[str, Run] = field(default_factory=dict)  # by check
    failed: bool = False  # there is no subject to check

    def expect(self, glob: str, reason: str) -> bool:
        """Note a known failure; say whether it matches any check. The first of several reasons counts."""
        matched = [check.id for check in self.checks if fnmatch.fnmatchcase(check.id, glob)]
        self.expected = dict.fromkeys(matched, reason) | self.expected
        return bool(matched)


@dataclass(eq=False)
class Case:
    """What one test is about: a check of a suite. The test carries it in its mark `whp`."""

    suite: Suite
    check: Check


# In a test file


def conformance(
    system: str,
    *,
    subject: object,
    select: Sequence[str] = (),
    effort: Effort = "quick",
    seed: int = SEED,
    timeout: float = TIMEOUT,
    device: Device = "cpu",
    declare: Mapping[str, Any] | None = None,
    expected: Mapping[str, str] | None = None,
) -> Callable[..., None]:
    """Return a test for each check of a system: `test_coloring = whp.conformance("coloring", subject=fast)`.

    `subject` is a module, a function or class of one, or a spec as after `whp check --subject`. `select`,
    `effort`, `seed`, `timeout`, `device` and `declare` (a mapping) are the options of `whp check`. `expected`
    says, by check id or glob, why a check is known to fail; if it holds all the same, its test fails. Marks
    are put on it as on any test: `test_coloring = pytest.mark.usefixtures("compiled")(whp.conformance(...))`.
    """
    try:
        declarations = tuple(f"{name}={json.dumps(value)}" for name, value in (declare or {}).items())
        select = (select,) if isinstance(select, str) else tuple(select)
        suite = _suite(system, spec_of(subject), select, effort, seed, timeout, declarations, device=device)
        for glob, reason in (expected or {}).items():
            if not suite.expect(glob, reason):
                raise pytest.UsageError(f"the expected failure {glob} matches no check of this test")
    except (pytest.UsageError, UnknownError) as error:
        raise pytest.Collector.CollectError(f"whp.conformance: {error}") from None

    @pytest.mark.parametrize(
        "whp_case",
        [
            pytest.param(case, id=case.check.name, marks=pytest.mark.whp(case=case))
            for case in (Case(suite, check) for check in suite.checks)
        ],
    )
    def test(request: pytest.FixtureRequest, whp_case: Case) -> None:
        report(request.node, whp_case)

    return test


def spec_of(subject: object) -> str:
    """Return the spec under which another process finds a module, or what a module has under its own name."""
    if isinstance(subject, str):
        return subject
    if isinstance(subject, ModuleType):
        return _place(subject)
    module = sys.modules.get(getattr(subject, "__module__", None) or "")
    name = getattr(subject, "__qualname__", "")
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, None)
    if module is None or found is not subject:
        raise pytest.UsageError(
            f"a subject of type {type(subject).__name__} can't be imported by another process; "
            "give a module, a function or class of one, or a spec such as 'package.module:name'"
        )
    return f"{_place(module)}:{name}"


def _place(module: ModuleType) -> str:
    """Return a module's file if it is one by itself, wherever pytest found it, else its name."""
    file = getattr(module, "__file__", None) or ""
    if "." in module.__name__ or hasattr(module, "__path__") or not file.endswith(".py"):
        return module.__name__
    path = Path(file)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


# What both ways of asking have in common


def _suite(
    system: str,
    spec: str,
    select: Sequence[str] = (),
    effort: Effort = "quick",
    seed: int = SEED,
    timeout: float = TIMEOUT,
    declarations: Sequence[str] = (),
    *,
    device: Device = "cpu",
) -> Suite:
    from whp.results import Options
    from whp.run import select as selected
    from whp.subject import CannotLoad, parse_declaration

    for option, word, choices in (("effort", effort, get_args(Effort)), ("device", device, get_args(Device))):
        if word not in choices:
            raise pytest.UsageError(f"{option} {word!r}: one of {', '.join(choices)} is expected")
    try:
        declared = dict(map(parse_declaration, declarations))
    except CannotLoad as error:
        raise pytest.UsageError(str(error)) from None
    options = Options(
        systems=(system,),
        subject=spec,
        declared=declared,
        declarations=tuple(declarations),
        select=tuple(select),
        effort=effort,
        seed=seed,
        timeout=timeout,
        device=device,
    )
    return Suite(options, selected([system], select))


def report(item: pytest.Item, case: Case) -> None:
    """Pass, fail or skip as the check's verdict says, after running it if that is still to be done."""
    suite, check = case.suite, case.check
    if suite.failed:
        pytest.skip(f"{suite.options.subject} could not be checked: the first of its tests says why")
    if check.id not in suite.runs:
        _run(suite, _due(item, case), item)
    result = suite.runs[check.id].results[check.id]
    reason = None if item.config.getoption("runxfail") else suite.expected.get(check.id)
    match result.verdict:
        case "refuted" | "broken":
            if reason is not None:
                pytest.xfail(reason)
            pytest.fail(_told(suite.runs[check.id], check), pytrace=False)
        case "holds":
            if reason is not None:
                pytest.fail(f"[XPASS(strict)] it holds, and was expected not to: {reason}", pytrace=False)
        case "undecided" | "not offered" | "not run":
            pytest.skip(f"{result.verdict}: {result.detail}")


def _due(item: pytest.Item, case: Case) -> list[Check]:
    """Return the checks to run when a first one is due."""
    if hasattr(item.config, "workerinput"):  # a worker of xdist: each of them has collected all tests
        return [case.check]
    marks = (other.get_closest_marker("whp") for other in item.session.items)
    cases = [mark.kwargs["case"] for mark in marks if mark and "case" in mark.kwargs]
    due = {other.check.id: other.check for other in [*cases, case] if other.suite is case.suite}
    return list(due.values())


def _run(suite: Suite, checks: list[Check], item: pytest.Item) -> None:
    from whp.run import run as run_checks
    from whp.subject import CannotLoad

    asked = {check.id for check in checks}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(item.config.invocation_params.dir)  # where specs are meant, and replay lines are typed
        path = os.pathsep.join(_added_folders(suite.options.subject or ""))
        if path:
            patch.setenv("PYTHONPATH", path, prepend=os.pathsep)
        try:
            run = run_checks(checks, suite.options)
        except CannotLoad as error:
            suite.failed = True
            raise pytest.fail.Exception(f"no subject to check: {error}", pytrace=False) from None
        except Exception:  # a fault of whp's own, to be seen as it is, once
            suite.failed = True
            raise
    if run.interrupted:
        raise KeyboardInterrupt
    if path:
        words = f"PYTHONPATH={shlex.quote(path)} "
        run.results = {name: replace(one, replay=words + one.replay) for name, one in run.results.items()}
    suite.runs |= dict.fromkeys(asked, run)
    # Processes that end badly break the check of that, even if nobody asked for it. Then no test is there to
    # report it, and the one that the run was made for does, when torn down: also if its own check is expected
    # to fail.
    for check in run.checks:
        if check.id not in asked and check.id not in suite.expected:
            item.addfinalizer(partial(pytest.fail, _told(run, check), pytrace=False))


def _added_folders(spec: str) -> list[str]:
    """Return what pytest has added to the import path, such as its `pythonpath`, if the subject is there."""
    where = spec.partition(":")[0]
    if where == "cmd" or where.endswith(".py") or not all(map(str.isidentifier, where.split("."))):
        return []  # found without that path
    added = [folder for folder in sys.path if folder not in {*_path_of_python(), os.getcwd()}]
    top = importlib.util.find_spec(where.partition(".")[0])
    places = [*(top.submodule_search_locations or []), top.origin or ""] if top else []
    return added if {os.path.dirname(place) for place in places} & set(added) else []


@cache
def _path_of_python() -> list[str]:
    command = [sys.executable, "-c", "import json, sys; print(json.dumps(sys.path))"]
    path: list[str] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return path


def _told(run: Run, check: Check) -> str:
    """Return what `whp check` prints about a check that failed, after a line that says it all."""
    from whp.terminal import Terminal

    result = run.results[check.id]
    with contextlib.redirect_stdout(io.StringIO()) as text:
        terminal = Terminal([check])
        terminal.ends(run, result)
        terminal.explain()
    sentence = result.detail.partition("\n")[0]
    return f"{result.verdict}: {sentence}\n{text.getvalue().rstrip()}"


# On the command line

SUITES = pytest.StashKey[list[Suite]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("whp", "whp: conformance of randomised and learned algorithms")
    group.addoption(
        "--whp",
        action="append",
        default=[],
        metavar="SYSTEM=SPEC",
        help="check a subject, such as coloring=mypackage.fast or 'coloring=cmd: ./fast'; repeatable. "
        "`-m whp` runs these tests alone.",
    )
    group.addoption(
        "--whp-device",
        default="cpu",
        metavar="DEVICE",
        help="where operations of the subjects of --whp compute that are told so: cpu or cuda.",
    )
    group.addoption(
        "--whp-expected",
        metavar="FILE",
        help="known failures of the subjects of --whp: lines of a check id (or glob) and a reason.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Read the options; wrong ones end pytest with one line."""
    config.addinivalue_line("markers", "whp: a check of whp")
    config.stash[SUITES] = suites = []
    try:
        for text in dict.fromkeys(config.getoption("whp")):
            system, equals, spec = text.partition("=")
            if not equals or not spec.strip():
                raise pytest.UsageError(f"--whp {text}: SYSTEM=SPEC is expected")
            suites.append(_suite(system, spec, device=config.getoption("whp_device")))
    except UnknownError as error:
        raise pytest.UsageError(f"--whp: {error}") from None
    if suites and config.getoption("whp_expected"):
        from whp.errors import UsageError
        from whp.expected import reasons

        try:
            for suite in suites:
                suite.expected |= reasons(Path(config.getoption("whp_expected")), suite.checks)
        except UsageError as error:
            raise pytest.UsageError(str(error)) from None


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Put the subjects of the command line behind the folders and files that pytest collects."""
    collected = yield
    if isinstance(collector, pytest.Session) and (suites := collector.config.stash[SUITES]):
        collected.result.append(Subjects.from_parent(collector, name="whp", nodeid="whp", suites=suites))
    return collected


class Subjects(pytest.Collector):
    """The tests of the subjects of the command line."""

    def __init__(self, *, suites: list[Suite], **node: Any) -> None:
        super().__init__(**node)
        self.suites = suites

    def collect(self) -> Iterator[CheckItem]:  # noqa: D102
        systems = [suite.checks[0].system for suite in self.suites]
        for suite, system in zip(self.suites, systems, strict=True):
            whose = f"[{suite.options.subject}]" if systems.count(system) > 1 else ""
            for check in suite.checks:
                yield CheckItem.from_parent(self, name=check.id + whose, case=Case(suite, check))


class CheckItem(pytest.Item):
    """One check of a subject of the command line."""

    def __init__(self, *, case: Case, **node: Any) -> None:
        super().__init__(**node)
        self.case = case
        self.add_marker(pytest.mark.whp(case=case))

    def runtest(self) -> None:  # noqa: D102
        report(self, self.case)

    def reportinfo(self) -> tuple[Path, None, str]:  # noqa: D102
        return self.path / "whp", None, self.name
