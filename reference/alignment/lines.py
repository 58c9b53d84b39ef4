"""What a network's loss does on the straight line to another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from whp.reference.alignment.networks import Network, forward, interpolate

GRID = np.linspace(0, 1, 11)  # weights of the first network
COLDEST, HOTTEST, BETAS = -1, 2, 100  # inverse temperatures are 100 powers of ten from 0.1 to 100


def barrier(losses: Float[np.ndarray, "K"], weights: Float[np.ndarray, "K"]) -> float:
    """Return how far the loss on the line rises above the chord between its ends, at most.

    losses[k] is that of weights[k] * first + (1 - weights[k]) * second, where weights rise from 0, the second
    network itself, to 1, the first: the maximum of losses[k] - (weights[k] * losses[K-1] + (1 - weights[k]) *
    losses[0]). It may be off by 8 u times the largest sum of these three terms.
    """
    return float((losses - (weights * losses[-1] + (1 - weights) * losses[0])).max())


def negative_log_likelihood(logits: Float[np.ndarray, "N c"], labels: Int[np.ndarray, "N"]) -> float:
    """Return the mean cross entropy."""
    off = logits - logits.max(axis=1, keepdims=True)
    return float((np.log(np.exp(off).sum(axis=1)) - off[np.arange(len(labels)), labels]).mean())


def tempered(logits: Float[np.ndarray, "N c"], labels: Int[np.ndarray, "N"]) -> float:
    """Return the least cross entropy over one inverse temperature for all, of 100 from 0.1 to 100."""
    betas = np.logspace(COLDEST, HOTTEST, BETAS)
    return min(negative_log_likelihood(beta * logits, labels) for beta in betas)


def accuracy(logits: Float[np.ndarray, "N c"], labels: Int[np.ndarray, "N"]) -> float:
    """Return the share of inputs whose largest logit is that of their label."""
    return float((logits.argmax(axis=1) == labels).mean())


@dataclass(frozen=True)
class Line:
    """What was measured at each weight of the first network."""

    weights: np.ndarray
    losses: np.ndarray
    accuracies: np.ndarray

    @property
    def barrier(self) -> float:
        """How far the loss rises above the chord."""
        return barrier(self.losses, self.weights)


def line(first: Network, second: Network, inputs: np.ndarray, labels: np.ndarray) -> Line:
    """Measure the line between two networks on labelled inputs, at eleven points."""
    told = [forward(interpolate(first, second, weight), inputs).logits for weight in GRID.tolist()]
    return Line(
        GRID,
        np.array([negative_log_likelihood(logits, labels) for logits in told]),
        np.array([accuracy(logits, labels) for logits in told]),
    )
