"""The ledger, and what runs replicates."""

from __future__ import annotations

import contextlib
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from bench.measuring import figure, seconds
from whp import registry
from whp.claims import Evidence, Source, drop_all
from whp.ledger import Kept, Ledger, Record
from whp.results import Options, Run

SPINNING = """
import time
from whp.reference import coloring

def recolor(graph, seed):
    until = time.perf_counter() + 0.001
    answer = coloring.recolor(graph, seed)
    while time.perf_counter() < until:
        pass
    return answer
"""
MILLISECONDS = 4000  # replicates of a millisecond each


def evidence() -> None:
    """Time the writing and reading of evidence, and the gathering of replicates that take a millisecond."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for chunk in (100, 4096):
            figure(
                f"ledger: writing a replicate, {chunk} a task", written(f"{chunk}.db", chunk), "us", bar=10
            )
        Path("spinning.py").write_text(SPINNING)
        serial, kept, two = [], [], []
        for turn in range(3):
            serial.append(gathered(1, Record()))
            kept.append(gathered(1, record(f"{turn}.db")))
            two.append(gathered(2, record(f"{turn}.db")))
        figure("evidence: time of 1 ms replicates / 1 ms", min(serial) * 1000 / MILLISECONDS, bar=1.05)
        figure("evidence: the same with a ledger", min(kept) * 1000 / MILLISECONDS, bar=1.05)
        figure("evidence: 2 x time on 2 cores / time on 1", 2 * min(two) / min(serial), bar=1 / 0.9)


def record(file: str) -> Kept:
    """Begin a run in a ledger."""
    return Kept(Ledger(Path(file), create=True), Options(), [], resume=False)


def written(file: str, chunk: int) -> float:
    """Return the microseconds that a replicate takes on its way into a ledger, the last commit included."""
    many = 2_000_000
    kept = record(file)
    values = np.random.default_rng(1).random(chunk).tolist()

    def write() -> None:
        for first in range(0, many, chunk):
            kept.add("claim", 0, first, values)
        kept.close(None)

    taken = seconds(write)
    assert len(Ledger(Path(file), create=False).evidence(1, "claim", 1)[0]) >= many
    return taken / many * 1e6


def gathered(jobs: int, kept: Record) -> float:
    """Return how long replicates of a millisecond take, with the worker processes there already."""
    (claim,) = (one for one in registry.claims("coloring") if one.name == "mean_steps_are_at_most_the_edges")
    source = Source("bench", os.getcwd(), "coloring", "spinning.py", (), 10.0, "quick", 0)
    with ThreadPoolExecutor(jobs) as pool:
        ready = Evidence(Run(Options(), []), claim, source, pool, jobs)
        ready.gather([400, 0, 0])  # starts the workers, and finds how many replicates make a task
        measured = Evidence(Run(Options(), []), claim, source, pool, jobs, kept)
        measured.chunk = ready.chunk
        taken = seconds(partial(measured.gather, [MILLISECONDS, 0, 0]))
    drop_all("bench")
    return taken
