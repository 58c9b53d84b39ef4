"""The house; who may import whom is held by ci/lint.sh."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_no_check_has_a_seed_a_retry_or_a_mark_of_its_own():
    words = re.compile(r"flaky|reruns?\b|default_rng\(\d|RandomState\(\d|random\.seed\(", re.IGNORECASE)
    for wing in ("properties", "statistical"):
        for file in (ROOT / wing).rglob("*.py"):
            assert not words.search(file.read_text()), file


def test_every_folder_of_a_room_is_shipped():
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    there = {
        ".".join([package, *file.parent.relative_to(ROOT / room).parts])
        for package, room in told["package-dir"].items()
        for file in (ROOT / room).rglob("__init__.py")
    }
    assert sorted(told["packages"]) == sorted(there)


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
