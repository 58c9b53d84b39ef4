"""The house: who imports whom, and what the wheel would hold."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WINGS = ("engine", "reference", "properties", "statistical", "tests/impostors")


def imports(file):
    """Return the names of the modules of whp that a file imports anywhere in it."""
    return re.findall(
        r"^\s*(?:from|import) (whp[\w.]*)(?: import ([\w, ]+))?", file.read_text(), re.MULTILINE
    )


def forbidden(wing, names):
    found = []
    for file in sorted((ROOT / wing).rglob("*.py")):
        for module, members in imports(file):
            reached = {module, *(f"{module}.{member.strip()}" for member in members.split(","))}
            found += [f"{file.relative_to(ROOT)}: {name}" for name in reached if name.startswith(names)]
    return found


def test_a_reference_stands_alone():
    modules = {f"whp.{file.stem}" for file in (ROOT / "engine").glob("*.py")} - {"whp.__init__"}
    assert not forbidden("reference", tuple(modules | {"whp.properties", "whp.statistical", "whp.impostors"}))


def test_the_engine_knows_no_system():
    assert not forbidden(
        "engine", ("whp.reference.", "whp.properties.", "whp.statistical.", "whp.impostors.")
    )


def test_checks_do_not_know_how_they_are_run():
    for wing in ("properties", "statistical"):
        assert not forbidden(
            wing, ("whp.cli", "whp.run", "whp.supervisor", "whp.worker", "whp.terminal", "whp.impostors")
        )


def test_no_check_has_a_seed_a_retry_or_a_mark_of_its_own():
    words = re.compile(r"flaky|reruns?\b|default_rng\(\d|RandomState\(\d|random\.seed\(", re.IGNORECASE)
    for wing in ("properties", "statistical"):
        for file in (ROOT / wing).rglob("*.py"):
            assert not words.search(file.read_text()), file


def test_no_folder_shadows_the_package():
    assert not (ROOT / "whp").exists()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")
def test_no_tracked_file_is_large_or_generated():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert not [
        name for name in listed if name.endswith((".pyc", ".so")) or (ROOT / name).stat().st_size > 500_000
    ]
