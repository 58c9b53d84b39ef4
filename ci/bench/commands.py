"""Whole commands: a check, a check at full effort, and a start."""

from __future__ import annotations

import statistics
import tempfile
from functools import partial

from bench.measuring import figure, in_turns, python, quick_check, ratio, seconds


def check() -> None:
    """Time all properties on the reference, as a whole command; the first round fills the compile cache."""
    jobs = (1, 2)
    words = "-m", "whp", "check", "coloring", "--only", "properties", "--jobs"
    runs = [partial(python, *words, str(n)) for n in jobs]
    for n, times in zip(jobs, in_turns(2, *runs), strict=True):
        figure(f"check coloring --only properties --jobs {n}", min(times), "s", bar=15)
    quick_check("coloring", rounds=2, bar=45)


def full() -> None:
    """Time the whole of it with ten times the inputs and replicates."""
    words = "-m", "whp", "check", "coloring", "--effort", "full", "--jobs", "2"
    with tempfile.TemporaryDirectory() as folder:
        taken = seconds(partial(python, *words, "--ledger", f"{folder}/ledger.db"))
    figure("check coloring --effort full --jobs 2", taken, "s", bar=300)


def start() -> None:
    """Time `whp list` and a Python that does nothing."""
    bare, listed = in_turns(15, partial(python, "-c", "pass"), partial(python, "-m", "whp", "list"))
    figure("start: python -c pass", statistics.median(bare), "s")
    figure("start: whp list", statistics.median(listed), "s", bar=0.3)
    figure("start: whp list / python -c pass", ratio(listed, bare))
