"""Functions to descend on: the loss of a small network on digits, and the cost of balancing a pole."""

from __future__ import annotations

from functools import cache

import numpy as np

from whp.checks import NotRun

DIGITS = 400  # images
HIDDEN = 12
WEIGHTS = 64 * HIDDEN + HIDDEN + HIDDEN * 10 + 10


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Return images of 8 x 8 pixels from 0 to 1, and their labels; raise NotRun without scikit-learn."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise NotRun(
            "scikit-learn, whose digits it learns, is not installed: pip install 'whp[digits]'"
        ) from None
    images, labels = load_digits(return_X_y=True)
    return np.asarray(images[:DIGITS]) / 16, np.asarray(labels[:DIGITS])


def digits_loss(weights: np.ndarray) -> np.ndarray:
    """Return the mean cross entropy of networks 64-12-10 with tanh, one a row of weights."""
    images, labels = digits()
    first, bias, second, last = np.split(weights, np.cumsum([64 * HIDDEN, HIDDEN, HIDDEN * 10]), axis=-1)
    hidden = np.tanh(images @ first.reshape(-1, 64, HIDDEN) + bias[:, None])
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


# A pole on a cart (Barto, Sutton, Anderson, 1983), with a force between both ends


GRAVITY, CART, POLE, HALF, FORCE, TICK = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02
STARTS, TICKS = 8, 80
UNITS = 8
POLICY = 4 * UNITS + UNITS + UNITS


def poles(seed: int) -> np.ndarray:
    """Return places, speeds, angles and turning speeds to start from, [4, starts]."""
    return np.random.default_rng(seed).uniform(-0.2, 0.2, (4, STARTS))


def pole_cost(policies: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the mean square of angle and place over an episode, of networks 4-8-1 that choose the force."""
    first, bias, last = np.split(policies, [4 * UNITS, 5 * UNITS], axis=-1)
    first, bias, last = first.reshape(-1, UNITS, 4), bias[..., None], last[:, None, :]
    state = np.broadcast_to(starts, (len(policies), *starts.shape))
    cost = np.zeros(len(policies))
    for _ in range(TICKS):
        force = FORCE * np.tanh(last @ np.tanh(first @ state + bias))[:, 0]
        place, speed, angle, turning = state.swapaxes(0, 1)
        sine, cosine = np.sin(angle), np.cos(angle)
        push = (force + POLE * HALF * turning**2 * sine) / (CART + POLE)
        turn = (GRAVITY * sine - cosine * push) / (HALF * (4 / 3 - POLE * cosine**2 / (CART + POLE)))
        forward = push - POLE * HALF * turn * cosine / (CART + POLE)
        speed, turning = speed + TICK * forward, turning + TICK * turn
        place, angle = place + TICK * speed, angle + TICK * turning
        state = np.stack([place, speed, angle, turning], axis=1)
        cost += np.minimum(1 - cosine + 0.1 * np.tanh(place**2), 10).mean(axis=-1)
    return cost / TICKS
