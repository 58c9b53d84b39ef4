"""The loss of a student on a batch of tasks, the way back to its gradient, and where its training starts.

A batch is inputs float[T,B,n] with targets float[T,B,o]; all is done in the precision of the student.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any  # float[...], in the precision of the student


def slopes(parameters: Mapping[str, Array], inputs: Array, targets: Array) -> tuple[float, dict[str, Array]]:
    """Return the mean squared error over tasks, inputs and outputs, and its gradient by name.

    At 0 a ReLU has the slope 0.
    """
    p = parameters
    root = math.sqrt(inputs.shape[2])
    before = inputs @ np.tensordot(p["codes"], p["modules"], axes=1) / root
    active = np.maximum(before, 0)
    off = active @ p["readout"] - targets

    at_output = off * (2 / off.size)
    at_before = (at_output @ p["readout"].T) * (before > 0) / root
    at_weights = inputs.swapaxes(1, 2) @ at_before  # [T,n,g]: of each task
    return float(np.mean(off**2)), {
        "modules": np.tensordot(p["codes"], at_weights, axes=(0, 0)),
        "readout": np.tensordot(active, at_output, axes=((0, 1), (0, 1))),
        "codes": np.tensordot(at_weights, p["modules"], axes=((1, 2), (1, 2))),
    }


def start(
    count: int, n: int, units: int, outputs: int, tasks: int, random: np.random.Generator
) -> dict[str, np.ndarray]:
    """Draw a student, by normal numbers whose sums have a variance of 1."""
    shapes = {"modules": (count, n, units), "readout": (units, outputs), "codes": (tasks, count)}
    sums = {"modules": 1, "readout": units, "codes": count}
    return {name: random.standard_normal(shape) / sums[name] ** 0.5 for name, shape in shapes.items()}
