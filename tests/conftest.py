from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy: tests run side by side, on small matrices

from whp import registry
from whp.choices import ALPHA
from whp.seeds import of_replicates

HERE = Path(__file__).parent
Whp = Callable[..., "subprocess.CompletedProcess[str]"]


def judged(claim, subject, seed):
    """Decide a claim, quickly if it can be, as a run would, without a worker.

    Return its plan, evidence and decision.
    """
    effort = "quick" if "quick" in claim.cells else "full"
    plan = claim.plan(effort, ALPHA * registry.shares()[claim.id])
    evidence = [[] for _ in plan.cap]
    while not (decided := plan.decide(evidence)):
        for cell, values, more in zip(claim.cells[effort], evidence, plan.next(evidence), strict=True):
            seeds = of_replicates(seed, claim.id, cell.label, len(values), more)
            for one in seeds:
                values.append(float(claim.replicate(subject, cell, one)))
                subject.calls.clear()
    return plan, evidence, decided


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
