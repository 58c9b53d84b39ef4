"""Twins: a compiled reference once more, in C."""

from __future__ import annotations

import ctypes
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.measuring import figure, in_turns, ratio

TWINS = Path(__file__).parent
NUMBER = ctypes.c_int64
SMALL, LARGE, BITS = map(np.ctypeslib.ndpointer, (np.int32, np.int64, np.uint64))


class Differs(Exception):  # noqa: N818
    """A twin and its reference don't do the same, so that their times can't be compared."""


def in_c(name: str) -> ctypes.CDLL:
    """Return a twin, compiled for this machine; its file isn't needed any more once it is loaded."""
    with tempfile.TemporaryDirectory() as folder:
        library, source = f"{folder}/{name}.so", TWINS / f"{name}.c"
        subprocess.run(["cc", "-O3", "-march=native", "-shared", "-fPIC", "-o", library, source], check=True)
        return ctypes.CDLL(library)


def against_c(name: str, rounds: int, reference: Callable[[], object], twin: Callable[[], object]) -> None:
    """Time a compiled reference and its twin in turns, and print both and their ratio."""
    compiled, plain = in_turns(rounds, reference, twin)
    figure(f"{name}: C", 1e3 * statistics.median(plain), "ms")
    figure(f"{name}: compiled", 1e3 * statistics.median(compiled), "ms")
    figure(f"{name}: compiled / C", ratio(compiled, plain), bar=1.7)
