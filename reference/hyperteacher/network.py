"""The task-conditioned network of the theory: one hidden layer, whose weights the modules and a code make."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float


def generate(modules: Float[np.ndarray, "M n h"], code: Float[np.ndarray, "M"]) -> Float[np.ndarray, "n h"]:
    """Return the weights W(z) = sum over m of z_m modules[m]; M, n >= 1.

    The result is right within 8 M u times the same sum on absolute values, u the unit roundoff.
    """
    weights: np.ndarray = np.tensordot(code, modules, axes=1)
    return weights


def apply(
    modules: Float[np.ndarray, "M n h"],
    readout: Float[np.ndarray, "h o"],
    code: Float[np.ndarray, "M"],
    inputs: Float[np.ndarray, "B n"],
) -> Float[np.ndarray, "B o"]:
    """Return relu(x W(z) / sqrt(n)) readout for each row x of the inputs; M, n, h >= 1. There are no biases.

    The result is right within 8 (n + h + M) u times the same formula on absolute values.
    """
    outputs: np.ndarray = hidden(modules, code, inputs) @ readout
    return outputs


def hidden(
    modules: Float[np.ndarray, "M n h"], code: Float[np.ndarray, "M"], inputs: Float[np.ndarray, "B n"]
) -> Float[np.ndarray, "B h"]:
    """Return the hidden units, after the ReLU."""
    active: np.ndarray = np.maximum(inputs @ generate(modules, code) / math.sqrt(modules.shape[1]), 0)
    return active


def relative_loss(got: np.ndarray, wanted: np.ndarray) -> float:
    """Return half the mean squared error over the mean square of what is wanted, which is not all zero."""
    return float(np.mean((got - wanted) ** 2) / 2 / np.mean(wanted**2))


def samplewise_loss(got: np.ndarray, wanted: np.ndarray) -> float:
    """Return half the mean, over inputs, of squared error over squared length: small outputs dominate it."""
    return float(np.mean(((got - wanted) ** 2).sum(axis=-1) / (wanted**2).sum(axis=-1)) / 2)
