"""Functions to descend on: the loss of a network on digits, the cost of bringing a pendulum to rest."""

from __future__ import annotations

from functools import cache

import numpy as np

from whp.checks import NotRun
from whp.reference.digits import digits

DIGITS = 400  # images
HIDDEN = 12
WEIGHTS = 64 * HIDDEN + HIDDEN + HIDDEN * 10 + 10


@cache
def images() -> tuple[np.ndarray, np.ndarray]:
    """Return some of the digits and their labels; raise NotRun without scikit-learn."""
    try:
        every, labels = digits()
    except ValueError as missing:
        raise NotRun(str(missing)) from None
    return every[:DIGITS], labels[:DIGITS]


def digits_loss(weights: np.ndarray) -> np.ndarray:
    """Return the mean cross entropy of networks 64-12-10 with tanh, one a row of weights."""
    inputs, labels = images()
    first, bias, second, last = np.split(weights, np.cumsum([64 * HIDDEN, HIDDEN, HIDDEN * 10]), axis=-1)
    hidden = np.tanh(inputs @ first.reshape(-1, 64, HIDDEN) + bias[:, None])
    logits = hidden @ second.reshape(-1, HIDDEN, 10) + last[:, None]
    logits -= logits.max(axis=-1, keepdims=True)
    losses = np.log(np.exp(logits).sum(axis=-1)) - logits[:, np.arange(len(labels)), labels]
    mean: np.ndarray = losses.mean(axis=-1)
    return mean


def first_weights(seed: int) -> np.ndarray:
    """Return weights to begin with."""
    random = np.random.default_rng(seed)
    return np.concatenate(
        [
            random.standard_normal(64 * HIDDEN) / 8,
            np.zeros(HIDDEN),
            random.standard_normal(HIDDEN * 10) / np.sqrt(HIDDEN),
            np.zeros(10),
        ]
    )


# A pendulum that is to be brought to rest


GRAVITY, FRICTION, TORQUE, TICK = 9.8, 0.05, 5.0, 0.05
STARTS, TICKS = 8, 40
UNITS = 16
POLICY = 4 * UNITS


def swings(seed: int) -> np.ndarray:
    """Return angles and speeds to start from, [2, starts]."""
    return np.random.default_rng(seed).uniform(-1, 1, (2, STARTS))


def swing_cost(policies: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the mean of 1 - cos(angle) over an episode, of networks 2-16-1 that choose the torque."""
    first, bias, last = np.split(policies, [2 * UNITS, 3 * UNITS], axis=-1)
    first, bias, last = first.reshape(-1, UNITS, 2), bias[..., None], last[:, None, :]
    angle, speed = (np.broadcast_to(part, (len(policies), part.shape[-1])) for part in starts)
    cost: np.ndarray = np.zeros(len(policies))
    for _ in range(TICKS):
        seen = np.stack([np.sin(angle), speed / 4], axis=1)
        torque = TORQUE * np.tanh(last @ np.tanh(first @ seen + bias))[:, 0]
        speed = speed + TICK * (torque - GRAVITY * np.sin(angle) - FRICTION * speed)
        angle = angle + TICK * speed
        cost += (1 - np.cos(angle)).mean(axis=-1)
    return cost / TICKS
