"""Whether the checks see a fault anywhere: `python ci/mutation.py [SYSTEM ...] [--each 30] [--json FILE]`.

A mutant is a copy of `reference/` in which one operator, comparison, number or condition is another. It is a
subject beside the reference, which stays as it is for the checks. Those of its system's quick run are asked
until one fails, and it is killed. What survives is printed, to be read: it is right all the same, or a check
is missing.

Mutants are drawn from lines of functions that the quick properties run, and from the constants named there;
what isn't run is counted. One that can't be loaded is not counted, another is drawn.

What this needs beside whp comes with the extra: pip install -e ".[mutation]"
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import difflib
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cosmic_ray.plugins
import coverage
import numpy as np
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from hypothesis import Phase

import whp.reference
from whp import __version__, registry, seeds
from whp.checks import FAILURES, Claim, NotOffered, NotRun
from whp.choices import ALPHA, EXAMPLES
from whp.messages import Replicates
from whp.results import Options
from whp.run import run
from whp.subject import CannotLoad, Subject, Unwatched
from whp.worker import PropertyRun, run_replicates

PATIENCE = 30.0  # seconds for a call; a mutant may loop for ever
LOADING = 300.0  # seconds to load and compile
PLAIN = ("Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Pow")  # what arithmetic is replaced by


class UnableError(Exception):
    """A system's mutants can't be measured."""


# Judging, in a process of its own


class Clock(Unwatched):
    """Ends the process with a call that takes too long; compiled code would not look at anything milder."""

    def begin(self, operation: str, arguments: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Start the clock."""
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)

    def end(self) -> None:
        """Stop the clock."""
        signal.setitimer(signal.ITIMER_REAL, 0)


def failing(system: str, spec: str, subject: Subject, seed: int) -> Iterator[str]:
    """Yield the checks of a quick run that fail: first by fixed inputs, then by drawn ones, then by laws."""
    properties = [each for each in registry.properties(system) if each.processes == 1]
    for phase in (Phase.explicit, Phase.generate):
        for prop in properties:
            examples = prop.drawn(EXAMPLES["quick"])
            with contextlib.suppress(NotOffered, NotRun):
                if PropertyRun(prop, subject, seeds.of_check(seed, prop.id), examples).search(phase):
                    yield prop.id
    for claim in registry.claims(system):
        if "quick" in claim.cells and law_fails(claim, subject, seed):
            yield claim.id
    apart = [each for each in registry.properties(system) if each.processes > 1]
    done = run(apart, Options((system,), subject=spec, seed=seed))
    yield from (each.id for each in done.failed)


def law_fails(claim: Claim, subject: Subject, seed: int) -> bool:
    """Decide a claim as a run does."""
    plan = claim.plan("quick", ALPHA * registry.shares()[claim.id])
    evidence: list[list[float]] = [[] for _ in plan.cap]
    while not (decided := plan.decide(evidence)):
        for cell, (values, more) in enumerate(zip(evidence, plan.next(evidence), strict=True)):
            order = Replicates(claim.name, "quick", cell, len(values), more, seed)
            told = run_replicates(claim, subject, order)
            if told.broke:
                return told.broke.verdict in FAILURES
            values.extend(told.values)
    return decided.verdict == "refuted"


def judge(system: str, seed: int, watched: str | None) -> None:
    """Print a check that the copy fails, None if there is none; or the lines that its properties run."""
    spec = f"mutant.reference.{system}"
    watch = coverage.Coverage(data_file=None, source=[watched]) if watched else None
    if watch:
        watch.start()
    signal.setitimer(signal.ITIMER_REAL, LOADING)  # what is compiled there is run, too
    try:
        subject = Subject(system, spec, {}, Unwatched() if watched else Clock())
    except CannotLoad as error:
        print(json.dumps({"loads": False, "why": str(error)}))
        return
    signal.setitimer(signal.ITIMER_REAL, 0)
    if not watch:
        print(json.dumps({"loads": True, "fails": next(failing(system, spec, subject, seed), None)}))
        return
    for prop in registry.properties(system):
        with contextlib.suppress(NotOffered, NotRun):
            PropertyRun(prop, subject, seed, EXAMPLES["quick"]).search(Phase.explicit, Phase.generate)
    watch.stop()
    data = watch.get_data()
    lines = {str(Path(file).relative_to(Path.cwd())): data.lines(file) for file in data.measured_files()}
    print(json.dumps(lines))


# Copies


def importing(module: Path) -> re.Pattern[str]:
    """Return what stands in a file that imports a module, given by its path."""
    *rooms, name = module.with_suffix("").parts
    if name == "__init__":
        *rooms, name = rooms
    room = re.escape(".".join(rooms))
    ways = (
        rf"from {room}\.{name} import",
        rf"from {room} import [^\n]*\b{name}\b",
        rf"import {room}\.{name}\b",
    )
    return re.compile("|".join(ways))


@dataclass(frozen=True)
class Copy:
    """A folder with a copy of the reference that is called mutant.reference."""

    folder: Path

    @staticmethod
    def of_reference(folder: Path) -> Copy:
        """Return a copy as the reference is."""
        source = Path(whp.reference.__file__).parent
        for path in source.rglob("*.py"):
            to = folder / "mutant" / "reference" / path.relative_to(source)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_text(path.read_text("utf-8").replace("whp.reference", "mutant.reference"), "utf-8")
        (folder / "mutant" / "__init__.py").touch()
        return Copy(folder)

    def changed(self, file: str, text: str) -> Copy:
        """Return a copy of this copy, with another text of a file, that keeps what was compiled of the rest.

        Numba looks at a function's own file, not at what it calls: what imports it is compiled anew.
        """
        other = Copy(Path(tempfile.mkdtemp(dir=self.folder.parent)))
        shutil.copytree(self.folder / "mutant", other.folder / "mutant")
        (other.folder / file).write_text(text, "utf-8")
        files = {path.relative_to(other.folder) for path in other.folder.rglob("*.py")}
        stale, grown = set(), {Path(file)}
        while grown:
            stale |= grown
            names = [importing(each) for each in grown]
            left = ((path, (other.folder / path).read_text("utf-8")) for path in files - stale)
            grown = {path for path, own in left if any(name.search(own) for name in names)}
        for path in stale:
            for compiled in (other.folder / path.parent / "__pycache__").glob(f"{path.stem}.*.nb[ic]"):
                compiled.unlink()
        return other

    def judged(self, system: str, seed: int) -> dict[str, Any]:
        """Judge the copy as it is now; say whether it loads, and what it fails."""
        ran = self._ran(system, seed)
        if ran.returncode < 0:  # a crash of compiled code, or the clock
            return {"loads": True, "fails": signal.Signals(-ran.returncode).name}
        if ran.returncode:
            raise UnableError(f"{system}: the judging ended with {ran.returncode}: {ran.stderr[-2000:]}")
        told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
        return told

    def lines_run(self, system: str, seed: int) -> dict[str, set[int]]:
        """Return the lines of each file that its properties run."""
        ran = self._ran(system, seed, watched=True, NUMBA_DISABLE_JIT="1")
        if ran.returncode:
            raise UnableError(f"{system}: the watching ended with {ran.returncode}: {ran.stderr[-2000:]}")
        told = json.loads(ran.stdout.splitlines()[-1])
        return with_constants(self.folder, {file: set(lines) for file, lines in told.items()})

    def _ran(
        self, system: str, seed: int, *, watched: bool = False, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, __file__, "--judge", str(seed), system] + ["--watched"] * watched
        environment = {**os.environ, "PYTHONPATH": str(self.folder), **environment}
        return subprocess.run(
            command, env=environment, cwd=self.folder, capture_output=True, text=True, check=False
        )


def with_constants(folder: Path, lines: dict[str, set[int]]) -> dict[str, set[int]]:
    """Return of the lines that were run those in functions, and those of the constants that they name."""
    inside: dict[str, set[int]] = {}
    constants: dict[str, list[tuple[str, set[int]]]] = {}
    words: set[str] = set()
    for file, ran in lines.items():
        text = (folder / file).read_text("utf-8")
        tree = ast.parse(text)
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        within = {at for node in functions for at in range(node.body[0].lineno, node.end_lineno + 1)}
        inside[file] = ran & within
        words |= set(re.findall(r"\w+", "\n".join(text.splitlines()[at - 1] for at in inside[file])))
        constants[file] = [
            (target.id, set(range(node.lineno, node.end_lineno + 1)))
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in ast.walk(node.targets[0])
            if isinstance(target, ast.Name)
        ]
    return {
        file: within.union(*(own for name, own in constants[file] if within and name in words))
        for file, within in inside.items()
    }


# Mutations


@dataclass(frozen=True)
class Mutation:
    """One change of one file."""

    file: str  # below the folder of the copy
    operator: str
    occurrence: int
    line: int


Span = tuple[tuple[int, int], tuple[int, int]]


def idle_spans(tree: ast.AST) -> Iterator[Span]:
    """Yield where what isn't run stands: annotations, decorators, aliases of types."""
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        match node:
            case ast.FunctionDef():
                parts = [each.annotation for each in ast.walk(node.args) if isinstance(each, ast.arg)]
                parts += [node.returns, *node.decorator_list]
            case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
                parts = [node]
            case ast.AnnAssign():
                parts = [node.annotation]
            case ast.ClassDef():
                parts = [*node.decorator_list]
        for part in parts:
            if part is not None:
                yield (part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)


def places(path: Path, name: str) -> list[list[Mutation]]:
    """Return the mutations of a file, grouped by the place that they change."""
    text = path.read_text("utf-8")
    idle = list(idle_spans(ast.parse(text)))
    nodes = list(ast_nodes(get_ast(text)))
    found: dict[Span, list[Mutation]] = defaultdict(list)
    for operator in cosmic_ray.plugins.operator_names():
        kind = cosmic_ray.plugins.get_operator(operator)
        old, _, new = operator.partition("ReplaceBinaryOperator_")[2].partition("_")
        if kind.arguments() or operator.endswith("RemoveDecorator") or (old in PLAIN and new not in PLAIN):
            continue
        spans = [span for node in nodes for span in kind().mutation_positions(node)]
        for occurrence, (start, end) in enumerate(spans):
            if not any(low <= start and end <= high for low, high in idle):
                found[start, end].append(Mutation(name, operator, occurrence, start[0]))
    return list(found.values())


def mutated(text: str, mutation: Mutation) -> str | None:
    """Return the text with the mutation, or None if it changes nothing."""
    operator = cosmic_ray.plugins.get_operator(mutation.operator)()
    try:
        changed = mutate_code(text, operator, mutation.occurrence)
        if changed is None or ast.dump(ast.parse(changed)) == ast.dump(ast.parse(text)):
            return None
    except (SyntaxError, ValueError):  # not every replacement is a text
        return None
    return str(changed)


def tried(copy: Copy, system: str, seed: int, mutation: Mutation) -> dict[str, Any] | None:
    """Judge a mutant; return None where the change is none."""
    text = (copy.folder / mutation.file).read_text("utf-8")
    changed = mutated(text, mutation)
    if changed is None:
        return None
    began = time.monotonic()
    mutant = copy.changed(mutation.file, changed)
    try:
        told = mutant.judged(system, seed)
    finally:
        shutil.rmtree(mutant.folder)
    lines = list(difflib.unified_diff(text.splitlines(), changed.splitlines(), n=0, lineterm=""))
    return {
        "system": system,
        "outcome": "killed" if told.get("fails") else "survived" if told["loads"] else "not loaded",
        "file": mutation.file.removeprefix("mutant/"),
        "line": mutation.line,
        "operator": mutation.operator.removeprefix("core/"),
        "diff": [line.strip() for line in lines[3:]],
        **told,
        "seconds": round(time.monotonic() - began, 1),
    }


def measured(system: str, each: int, entropy: int, keep: Callable[[dict[str, Any]], None]) -> None:
    """Try mutants of a system until enough could be loaded."""
    sequence = np.random.SeedSequence(entropy, spawn_key=tuple(system.encode()))
    seed = int(sequence.generate_state(1, np.uint64)[0])
    generator = np.random.default_rng(sequence.spawn(1)[0])
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy.of_reference(Path(folder, "whole"))
        told = copy.judged(system, seed)
        if told.get("fails") or not told["loads"]:
            raise UnableError(f"{system}: the copy without a mutation fails: {told}")
        lines = copy.lines_run(system, seed)
        own = f"mutant/reference/{system}"  # a folder or a module
        files = [name for name in sorted(lines) if lines[name] or name.startswith((f"{own}/", f"{own}.py"))]
        known = [(place, lines[name]) for name in files for place in places(copy.folder / name, name)]
        reached = [place for place, ran in known if place[0].line in ran]
        print(f"{system}: {len(reached)} of {len(known)} places that a mutation changes are run", flush=True)
        counted = 0
        for at in generator.permutation(len(reached)):
            result = tried(copy, system, seed, reached[at][generator.integers(len(reached[at]))])
            if result:
                keep(result)
                counted += result["loads"]
            if counted == each:
                return


def main() -> int:
    """Try mutants, print a line for each that survives, and the score of each system."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("systems", nargs="*", metavar="SYSTEM")
    parser.add_argument("--each", type=int, default=30, help="mutants of each system (default 30)")
    parser.add_argument("--jobs", type=int, default=2, help="systems side by side (default 2)")
    parser.add_argument("--entropy", type=int, default=None, help="of an earlier run, to draw the same")
    parser.add_argument("--json", type=Path, default=None, metavar="FILE", help="a line for each mutant")
    parser.add_argument("--judge", type=int, metavar="SEED", help=argparse.SUPPRESS)
    parser.add_argument("--watched", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.judge is not None:
        judge(asked.systems[0], asked.judge, str(Path.cwd() / "mutant") if asked.watched else None)
        return 0
    entropy = asked.entropy if asked.entropy is not None else np.random.SeedSequence().entropy
    print(f"whp {__version__}, entropy {entropy}", flush=True)
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for system in asked.systems or registry.systems():
        waiting.put(system)
    score: dict[str, Counter[str]] = defaultdict(Counter)
    unable: list[UnableError] = []
    lock = threading.Lock()

    def keep(told: dict[str, Any]) -> None:
        with lock:
            score[told["system"]][told["outcome"]] += 1
            if asked.json:
                with asked.json.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(told) + "\n")
            if told["outcome"] == "survived":
                change = " / ".join(told["diff"])
                print(f"{told['system']}: survived: {told['file']}:{told['line']}: {change}", flush=True)

    def serve() -> None:
        while True:
            try:
                measured(waiting.get_nowait(), asked.each, entropy, keep)
            except queue.Empty:
                return
            except UnableError as error:
                print(error, flush=True)
                unable.append(error)

    threads = [threading.Thread(target=serve) for _ in range(asked.jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for system, counts in score.items():
        print(f"{system}: {counts['killed']} of {counts['killed'] + counts['survived']} killed")
    killed, survived = (sum(each[outcome] for each in score.values()) for outcome in ("killed", "survived"))
    print(f"all: {killed} of {killed + survived} killed")
    return 2 if unable else 0


if __name__ == "__main__":
    sys.exit(main())
