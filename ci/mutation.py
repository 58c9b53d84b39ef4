"""Whether the checks see a fault anywhere: `python ci/mutation.py [SYSTEM ...] [--each 30] [--json FILE]`.

A mutant is a copy of `reference/` in which one operator, comparison, number or condition is another. It is a
subject beside the reference, which stays as it is for the checks. Its system's quick checks are asked until one
fails: it is killed. Mutants are drawn from what a subject's calls run in a quick check; how much of each module
they don't run is told. A mutant that can't be loaded is not counted, another is drawn.

What this needs beside whp comes with the extra: pip install -e ".[mutation]"
"""

from __future__ import annotations

import argparse
import ast
import difflib
import importlib.metadata
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PATIENCE = 10.0  # seconds for a call: mutants may loop for ever
PLAIN = ("Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Pow")  # what arithmetic is replaced by


class Unable(Exception):
    """A system's mutants can't be measured."""


@dataclass(frozen=True)
class Mutation:
    """One change of one file."""

    file: str  # below the folder of the copy
    operator: str
    occurrence: int
    line: int


# Judging, in a process of its own


def judge(system: str, *, watched: bool) -> None:
    """Ask the quick checks of a system of the copy until one fails; print what came of it as JSON.

    A copy whose lines are watched is slow: it gets more time, and its properties alone are asked.
    """
    from whp import registry
    from whp.checks import FAILURES
    from whp.results import Listener, Options
    from whp.run import run
    from whp.subject import CannotLoad

    class First(Listener):
        def ends(self, run, result):  # type: ignore[no-untyped-def]
            if result.verdict in FAILURES:
                raise KeyboardInterrupt

    subject, patience = f"mutant.reference.{system}", 100 * PATIENCE if watched else PATIENCE
    options = Options((system,), subject=subject, seed=seed_of(0), timeout=patience)
    try:
        done = run(registry.properties(system) if watched else registry.checks(system), options, First())
    except CannotLoad as error:
        print(json.dumps({"loads": False, "why": str(error)}))
        return
    failed = [[each.id, each.verdict, each.detail] for each in done.failed]
    undecided = [each.id for each in done.ordered if each.verdict == "undecided"]
    print(json.dumps({"loads": True, "failed": failed, "undecided": [] if failed else undecided}))


def seed_of(place: int) -> int:
    """Return a seed of the run's entropy."""
    entropy = int(os.environ["MUTATION_ENTROPY"])
    return int(np.random.SeedSequence(entropy, spawn_key=(place,)).generate_state(1, np.uint64)[0])


def importing(module: Path) -> re.Pattern[str]:
    """Return what stands in a file that imports a module, given by its path."""
    *rooms, name = module.with_suffix("").parts
    if name == "__init__":
        *rooms, name = rooms
    room = re.escape(".".join(rooms))
    return re.compile(rf"from {room}\.{name} import|from {room} import [^\n]*\b{name}\b|import {room}\.{name}\b")


class Copy:
    """A folder with a copy of the reference that is called mutant.reference."""

    def __init__(self, folder: Path) -> None:
        import whp.reference

        self.folder = folder
        source = Path(whp.reference.__file__).parent
        for path in source.rglob("*.py"):
            to = folder / "mutant" / "reference" / path.relative_to(source)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_text(path.read_text("utf-8").replace("whp.reference", "mutant.reference"), "utf-8")
        (folder / "mutant" / "__init__.py").touch()

    def ask(self, system: str, *, watched: bool = False, **environment: str) -> dict:
        """Judge the copy as it is now."""
        command = [sys.executable, __file__, "--judge", system] + ["--watched"] * watched
        ran = subprocess.run(
            command,
            env={**os.environ, "PYTHONPATH": str(self.folder), **environment},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise Unable(f"{system}: the judging ended with {ran.returncode}: {ran.stderr[-2000:]}")
        return json.loads(ran.stdout.splitlines()[-1])

    def changed(self, file: str, text: str) -> Copy:
        """Return a copy of this copy, with another text of one file, that keeps what was compiled of the rest.

        Numba looks at a function's own file alone, not at what it calls: what imports the file is compiled anew.
        """
        other = object.__new__(Copy)
        other.folder = Path(tempfile.mkdtemp(dir=self.folder.parent))
        shutil.copytree(self.folder / "mutant", other.folder / "mutant", copy_function=shutil.copy2)
        path = other.folder / file
        path.write_text(text, "utf-8")
        stale, before = {path}, set()
        while stale != before:
            before = set(stale)
            names = [importing(each.relative_to(other.folder)) for each in stale]
            for each in (other.folder / "mutant").rglob("*.py"):
                if any(name.search(each.read_text("utf-8")) for name in names):
                    stale.add(each)
        for each in stale:
            for compiled in (each.parent / "__pycache__").glob(f"{each.stem}.*.nb[ic]"):
                compiled.unlink()
        return other

    def run_lines(self, system: str) -> dict[str, set[int]]:
        """Return the lines of each file that are run while the copy is judged."""
        (self.folder / "sitecustomize.py").write_text("import coverage\ncoverage.process_startup()\n")
        rules = self.folder / "rules"
        rules.write_text(
            f"[run]\nparallel = true\nsigterm = true\nsource = {self.folder}/mutant\ndata_file = {self.folder}/seen\n"
        )
        clean = self.ask(system, watched=True, COVERAGE_PROCESS_START=str(rules), NUMBA_DISABLE_JIT="1")
        (self.folder / "sitecustomize.py").unlink()
        if clean.get("failed"):
            raise Unable(f"{system}: the copy whose lines are watched fails: {clean}")
        import coverage

        data = coverage.Coverage(data_file=str(self.folder / "seen"), config_file=str(rules))
        data.combine()
        seen = data.get_data()
        return {
            str(Path(path).relative_to(self.folder)): set(seen.lines(path) or ())
            for path in seen.measured_files()
        }


# Mutations


def idle_spans(tree: ast.AST) -> Iterator[tuple[int, int]]:
    """Yield the first and last line of what isn't run: annotations, decorators, aliases of types."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef():
                own = [each.annotation for each in ast.walk(node.args) if isinstance(each, ast.arg)]
                for part in [*own, node.returns, *node.decorator_list]:
                    if part:
                        yield (part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)
            case ast.AnnAssign():
                part = node.annotation
                yield (part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)
                if isinstance(part, ast.Name) and part.id == "TypeAlias":
                    yield (node.lineno, 0), (node.end_lineno, node.end_col_offset)
            case ast.ClassDef():
                for part in node.decorator_list:
                    yield (part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)


def mutations(path: Path, name: str, lines: set[int]) -> list[list[Mutation]]:
    """Return the mutations of a file, grouped by the place that they change."""
    import cosmic_ray.plugins
    from cosmic_ray.ast import ast_nodes, get_ast

    text = path.read_text("utf-8")
    idle = list(idle_spans(ast.parse(text)))
    places: dict[tuple, list[Mutation]] = defaultdict(list)
    nodes = list(ast_nodes(get_ast(text)))
    for operator_name in cosmic_ray.plugins.operator_names():
        _, _, short = operator_name.partition("/")
        old, _, new = short.removeprefix("ReplaceBinaryOperator_").partition("_")
        if short == "RemoveDecorator" or (old in PLAIN and new not in PLAIN):
            continue
        kind = cosmic_ray.plugins.get_operator(operator_name)
        if kind.arguments():
            continue
        occurrence = 0
        for node in nodes:
            for start, end in kind().mutation_positions(node):
                if start[0] in lines and not any(low <= start and end <= high for low, high in idle):
                    places[start, end].append(Mutation(name, operator_name, occurrence, start[0]))
                occurrence += 1
    return list(places.values())


def mutated(text: str, mutation: Mutation) -> str | None:
    """Return the text with the mutation, or None if it changes nothing."""
    import cosmic_ray.plugins
    from cosmic_ray.mutating import mutate_code

    operator = cosmic_ray.plugins.get_operator(mutation.operator)()
    try:
        changed = mutate_code(text, operator, mutation.occurrence)
        if changed is None or ast.dump(ast.parse(changed)) == ast.dump(ast.parse(text)):
            return None
    except (SyntaxError, ValueError):
        return None
    return str(changed)


def drawn(copy: Copy, system: str, lines: dict[str, set[int]]) -> Iterator[Mutation]:
    """Yield mutations for ever: a place of those that are run, then one of its changes; none twice."""
    places = [place for name, ran in lines.items() for place in mutations(copy.folder / name, name, ran)]
    generator = np.random.default_rng(np.random.SeedSequence(int(os.environ["MUTATION_ENTROPY"]), spawn_key=(1,)))
    for at in generator.permutation(len(places)):
        yield places[at][generator.integers(len(places[at]))]


def tried(copy: Copy, system: str, mutation: Mutation) -> dict | None:
    """Judge a mutant; return None where the change is none."""
    text = (copy.folder / mutation.file).read_text("utf-8")
    changed = mutated(text, mutation)
    if changed is None:
        return None
    diff = list(difflib.unified_diff(text.splitlines(), changed.splitlines(), n=0, lineterm=""))
    began = time.monotonic()
    mutant = copy.changed(mutation.file, changed)
    try:
        told = mutant.ask(system)
    finally:
        shutil.rmtree(mutant.folder)
    return {
        "system": system,
        "file": mutation.file.removeprefix("mutant/"),
        "operator": mutation.operator.removeprefix("core/"),
        "line": mutation.line,
        "diff": diff[3:],
        **told,
        "seconds": round(time.monotonic() - began, 1),
    }


def measured(copy: Copy, system: str, each: int, keep) -> None:  # type: ignore[no-untyped-def]
    """Try mutants of a system until enough could be loaded."""
    clean = copy.ask(system)
    if clean.get("failed") or not clean["loads"]:
        raise Unable(f"{system}: the copy without a mutation fails: {clean}")
    lines = copy.run_lines(system)
    counted = 0
    for mutation in drawn(copy, system, lines):
        told = tried(copy, system, mutation)
        if told is None:
            continue
        keep(told)
        counted += told["loads"]
        if counted == each:
            return


def main() -> int:
    """Try mutants, print a line for each that survives, and the score of each system."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("systems", nargs="*", metavar="SYSTEM")
    parser.add_argument("--each", type=int, default=30, help="mutants of each system (default 30)")
    parser.add_argument("--jobs", type=int, default=2, help="systems side by side (default 2)")
    parser.add_argument("--entropy", type=int, default=None, help="of an earlier run, to draw the same")
    parser.add_argument("--json", type=Path, default=None, metavar="FILE", help="a line for each mutant")
    parser.add_argument("--judge", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--watched", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.judge:
        judge(asked.systems[0], watched=asked.watched)
        return 0
    from whp import registry

    entropy = asked.entropy if asked.entropy is not None else np.random.SeedSequence().entropy
    os.environ["MUTATION_ENTROPY"] = str(entropy)
    print(f"whp {importlib.metadata.version('whp')}, entropy {entropy}", flush=True)
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for system in asked.systems or registry.systems():
        waiting.put(system)
    lock, score = threading.Lock(), defaultdict(Counter)  # type: ignore[var-annotated]

    def keep(told: dict) -> None:
        killed = bool(told.get("failed"))
        outcome = "killed" if killed else "survived" if told["loads"] else "not loaded"
        with lock:
            score[told["system"]][outcome] += 1
            if asked.json:
                with asked.json.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(told | {"outcome": outcome}) + "\n")
            if outcome == "survived":
                change = " / ".join(line.strip() for line in told["diff"])
                print(f"{told['system']}: survived: {told['file']}:{told['line']}: {change}", flush=True)

    unable: list[Unable] = []

    def serve() -> None:
        with tempfile.TemporaryDirectory() as folder:
            copy = Copy(Path(folder, "whole"))
            while not waiting.empty():
                try:
                    measured(copy, waiting.get(), asked.each, keep)
                except Unable as error:
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
