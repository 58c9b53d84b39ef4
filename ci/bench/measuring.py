"""Times, ratios of times that were measured next to each other, and how a figure is printed."""

from __future__ import annotations

import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

BENCH = Path(__file__).parent.parent / "bench.py"


def figure(name: str, value: float, unit: str = "", bar: float | None = None) -> None:
    """Print one figure; `bar` is the largest value that is good enough, None where nothing is asked."""
    limit = "" if bar is None else f"<= {bar:g}"
    verdict = "" if bar is None else "ok" if value <= bar else "over"
    print(f"{name:56}{value:>9.2f} {unit:4}{limit:8}{verdict}".rstrip(), flush=True)


def seconds(act: Callable[[], object]) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def in_turns(rounds: int, *acts: Callable[[], object], block: int = 1) -> list[list[float]]:
    """Return the times of each act, `block` calls of each a round; a first round is not counted."""
    times: list[list[float]] = [[] for _ in acts]
    for turn in range(rounds + 1):
        for act, kept in zip(acts, times, strict=True):
            taken = [seconds(act) for _ in range(block)]
            if turn > 0:
                kept.extend(taken)
    return times


def ratio(over: list[float], under: list[float]) -> float:
    """Return the median of the ratios of times that were measured next to each other."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def peak_memory() -> float:
    """Return the largest resident size of this process, in GB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def python(*arguments: str, output: int | None = subprocess.DEVNULL) -> None:
    """Run Python with these arguments; a failure is told, not raised."""
    done = subprocess.run([sys.executable, *arguments], stdout=output, check=False)
    if done.returncode:
        print(f"python {shlex.join(arguments)} ended with exit status {done.returncode}")


def child(name: str) -> None:
    """Run one of the benchmark's own children in a process of its own, which prints."""
    python(str(BENCH), name, output=None)


def quick_check(system: str, rounds: int, bar: float) -> None:
    """Time `whp check` of a system as a whole command; the first round fills the compile cache."""
    with tempfile.TemporaryDirectory() as folder:
        words = "-m", "whp", "check", system, "--jobs", "2", "--ledger", f"{folder}/ledger.db"
        (times,) = in_turns(rounds, partial(python, *words))
    figure(f"check {system} --jobs 2", min(times), "s", bar)
