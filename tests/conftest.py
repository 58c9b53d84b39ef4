from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
Whp = Callable[..., "subprocess.CompletedProcess[str]"]


class Unwatched:
    """Nobody: subjects that are asked in the tests' own process."""

    def begin(self, operation, arguments):
        pass

    def end(self):
        pass


@pytest.fixture
def whp(tmp_path) -> Whp:
    """Run the command line in an empty folder."""

    def run(*arguments, **options):
        options = {"cwd": tmp_path, "timeout": 300, "env": {**os.environ, "COLUMNS": "120"}, **options}
        command = [sys.executable, "-m", "whp", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, **options)

    return run


@pytest.fixture(scope="session")
def graphs() -> Path:
    return HERE / "graphs"


@pytest.fixture(scope="session")
def foreign() -> Path:
    return HERE / "foreign"
