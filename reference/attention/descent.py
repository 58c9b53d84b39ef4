"""The loss of a gated network on a batch, the way back to its gradient, and where its training starts.

A batch is float[B,T,d] with targets float[B,T,v]; all is done in the precision of the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any  # float[...], in the precision of the network


def slopes(parameters: Mapping[str, Array], inputs: Array, targets: Array) -> tuple[float, dict[str, Array]]:
    """Return the mean squared error over batch, tokens and outputs, and its gradient by name."""
    p = parameters
    z = np.concatenate([inputs, np.ones_like(inputs[..., :1])], axis=2)
    left, right = z @ p["input_a"].T, z @ p["input_b"].T
    states = left * right
    for t in range(1, states.shape[1]):
        states[:, t] += p["decay"] * states[:, t - 1]
    one, other = states @ p["gate_a"].T, states @ p["gate_b"].T
    products = one * other
    off = products @ p["readout"].T - targets

    at_output = off * (2 / off.size)
    at_product = at_output @ p["readout"]
    at_one, at_other = at_product * other, at_product * one
    at_state = at_one @ p["gate_a"] + at_other @ p["gate_b"]
    for t in range(states.shape[1] - 1, 0, -1):
        at_state[:, t - 1] += p["decay"] * at_state[:, t]
    return float(np.mean(off**2)), {
        "decay": (at_state[:, 1:] * states[:, :-1]).sum(axis=(0, 1)),
        "input_a": _outer(at_state * right, z),
        "input_b": _outer(at_state * left, z),
        "gate_a": _outer(at_one, states),
        "gate_b": _outer(at_other, states),
        "readout": _outer(at_output, products),
    }


def _outer(slope: Array, source: Array) -> Array:
    """Return the gradient at the matrix of a product, from the slope at its outcome: summed over tokens."""
    return np.tensordot(slope, source, axes=((0, 1), (0, 1)))


def start(d: int, v: int, neurons: int, gates: int, random: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw a network: decays from 0.2 to 1, and otherwise normal numbers whose sums have a variance of 1."""
    h, w = neurons, gates
    shapes = {
        "input_a": (h, d + 1),
        "input_b": (h, d + 1),
        "gate_a": (w, h),
        "gate_b": (w, h),
        "readout": (v, w),
    }
    drawn = {name: random.standard_normal(shape) / np.sqrt(shape[1]) for name, shape in shapes.items()}
    return {"decay": random.uniform(0.2, 1, h), **drawn}
