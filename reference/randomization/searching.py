"""Search on a ring, learned by evolution: the grid world of the paper with one way to turn.

A network reads the place, one-hot, and the seed, four signs, and chooses the direction of the next step. An
episode starts at 0; the loss of a goal is the time at which it is met first, 2 size if that is later. Who
always does the same needs size - 1 steps for some goal; who goes around in a random direction, size / 2 on
average for each.

The strategy is PGPE with antithetic pairs (Sehnke and others, 2010): parameters theta = mu +- sigma e; the
slope in mu is the mean of (f(mu + sigma e) - f(mu - sigma e)) / 2 * e / sigma, and in sigma that of
((f(mu + sigma e) + f(mu - sigma e)) / 2 - the mean of f) * (e^2 - 1) / sigma.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from whp.reference.randomization.losses import norm
from whp.reference.randomization.players import generator
from whp.reference.randomization.training import SEEDS, Schedule, shown

HIDDEN, STEPS, PAIRS = 8, 120, 32
RATE, SPREAD_RATE, MOMENTUM = 0.02, 0.02, 0.9
SPREAD, NARROW, WIDE = 0.3, 0.02, 1.0  # at the start, and between which it stays


def train(
    replicates: Sequence[int], size: int, q: float | None, seeds: Schedule
) -> tuple[np.ndarray, np.ndarray]:
    """Return the losses and the successes, [replicates, 16, size - 1], of searches that were learned."""
    tables = [_train(generator(seed), size, q, seeds) for seed in replicates]
    losses = np.stack(tables)
    return losses, (losses < 2 * size).astype(np.int64)


def _train(random: np.random.Generator, size: int, q: float | None, seeds: Schedule) -> np.ndarray:
    show = shown([random], seeds)
    count = (size + 4 + 1) * HIDDEN + HIDDEN + 1
    center, spread = SPREAD * random.standard_normal(count), np.full(count, SPREAD)
    speed = np.zeros(count)
    for _ in range(STEPS):
        noise = random.standard_normal((PAIRS, count))
        tried = center + spread * np.concatenate([noise, -noise])
        means = times(tried, size, show()[0]).mean(axis=1)
        scores = np.array([norm(row, q) for row in means])
        slope, widening = estimate(noise, scores / (scores.std() or 1.0), spread)
        speed = MOMENTUM * speed - RATE * spread * slope
        center = center + speed
        spread = np.clip(spread - SPREAD_RATE * spread**2 * widening, NARROW, WIDE)
    which = np.repeat(show()[0][:1], 16) if seeds == "fixed" else np.arange(16)
    found: np.ndarray = times(center[None], size, which)[0]
    return found


def estimate(noise: np.ndarray, scores: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return estimates of the slopes of the mean score in centre and spread; scores come in pairs."""
    plus, minus = np.split(scores, 2)
    first = ((plus - minus) / 2) @ noise / len(noise) / spread
    second = ((plus + minus) / 2 - scores.mean()) @ (noise**2 - 1) / len(noise) / spread
    return first, second


def times(parameters: np.ndarray, size: int, which: np.ndarray) -> np.ndarray:
    """Return when each goal is met first, [networks, seeds, goals], given the numbers of the seeds."""
    networks, wide = len(parameters), size + 4
    first, bias, second, last = np.split(
        parameters, [wide * HIDDEN, (wide + 1) * HIDDEN, (wide + 2) * HIDDEN], axis=1
    )
    first = first.reshape(networks, wide, HIDDEN)
    hidden = np.tanh(
        first[:, None, :size] + (SEEDS[which] @ first[:, size:])[:, :, None] + bias[:, None, None]
    )
    ahead = np.where(hidden @ second[:, None, :, None] + last[:, None, None] > 0, 1, -1)[..., 0]
    met = np.full((networks, len(which), size), 2 * size)
    here = np.zeros((networks, len(which), 1), np.int64)
    for time in range(1, 2 * size):
        here = (here + np.take_along_axis(ahead, here, axis=2)) % size
        before = np.take_along_axis(met, here, axis=2)
        np.put_along_axis(met, here, np.minimum(before, time), axis=2)
    return met[..., 1:].astype(np.float64)
