"""Small networks trained on scikit-learn's handwritten digits, in NumPy: what the claims are about."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int

from whp.reference.alignment.networks import Network, he_normal
from whp.reference.digits import digits

TRAINED_ON = 1200  # of the 1797 digits; the others are for the test
MEAN, SCALE = 0.3, 0.38  # of the grey values in 0..1
CLASSES = 10
MOMENTUM, BATCH = 0.9, 50


@dataclass(frozen=True)
class Digits:
    """The digits, divided at random: inputs of 8 x 8 grey values, row by row, and their labels."""

    inputs: Float[np.ndarray, "N 64"]
    labels: Int[np.ndarray, "N"]
    test_inputs: Float[np.ndarray, "M 64"]
    test_labels: Int[np.ndarray, "M"]


def divided(random: np.random.Generator) -> Digits:
    """Divide the digits into those to train on and those to test with.

    Raises ValueError where scikit-learn is missing.
    """
    images, labels = digits()
    inputs = (images - MEAN) / SCALE
    order = random.permutation(len(labels))
    trained, tested = order[:TRAINED_ON], order[TRAINED_ON:]
    return Digits(inputs[trained], labels[trained], inputs[tested], labels[tested])


def train(network: Network, data: Digits, updates: int, rate: float, random: np.random.Generator) -> Network:
    """Train a network without biases by SGD with momentum 0.9 on the cross entropy of batches of 50.

    Every epoch goes through the data in a new order. It computes in single precision.
    """
    inputs = data.inputs.astype(np.float32)
    targets = np.eye(CLASSES, dtype=np.float32)[data.labels]
    weights = [weight.astype(np.float32) for weight in network.weights]
    speeds = [np.zeros_like(weight) for weight in weights]
    batches: list[np.ndarray] = []
    for _ in range(updates):
        if not batches:
            batches = np.split(random.permutation(len(inputs)), len(inputs) // BATCH)
        batch = batches.pop()
        signals = [inputs[batch]]
        for weight in weights[:-1]:
            signals.append(np.maximum(signals[-1] @ weight.T, 0))
        logits = signals[-1] @ weights[-1].T
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        slope = (odds / odds.sum(axis=1, keepdims=True) - targets[batch]) / np.float32(len(batch))
        for t in reversed(range(len(weights))):
            steep = slope.T @ signals[t]
            if t > 0:
                slope = (slope @ weights[t]) * (signals[t] > 0)
            speeds[t] = MOMENTUM * speeds[t] + steep
            weights[t] -= np.float32(rate) * speeds[t]
    return Network([weight.astype(np.float64) for weight in weights], None)


def one_thread() -> AbstractContextManager[object]:
    """Keep NumPy to one thread: with several, products as small as these take ten times as long."""
    from threadpoolctl import threadpool_limits  # it comes with scikit-learn

    limits: AbstractContextManager[object] = threadpool_limits(1, "blas")
    return limits


@dataclass(frozen=True)
class Pair:
    """Two networks of one shape, drawn and trained independently on the same digits."""

    data: Digits
    initial: tuple[Network, Network]
    trained: tuple[Network, Network]


@lru_cache(maxsize=32)
def pair(hidden: tuple[int, ...], updates: int, rate: float, seed: int) -> Pair:
    """Draw and train two networks with these hidden widths; a function of its arguments.

    Raises ValueError where scikit-learn is missing.
    """
    dividing, *drawing, one, other = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(5))
    data = divided(dividing)
    sizes: Sequence[int] = (data.inputs.shape[1], *hidden, CLASSES)
    first, second = (he_normal(sizes, random) for random in drawing)
    with one_thread():
        trained = train(first, data, updates, rate, one), train(second, data, updates, rate, other)
    return Pair(data, (first, second), trained)
