"""Probes: how much each latent counts for each factor, and how well the factors are told by the latents.

Each factor is predicted from all latents; what its predictor makes of each latent is its column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

TREES, DEPTH, LEAF = 20, 8, 3
RIDGE = 1e-3


@dataclass(frozen=True)
class Probe:
    """What a probe found."""

    importances: Float[np.ndarray, "L F"]  # each column sums to 1, or is 0
    informativeness: Float[np.ndarray, "F"]  # 1 - squared error / variance of the factor


def forest(latents: Float[np.ndarray, "N L"], factors: Float[np.ndarray, "N F"], seed: int) -> Probe:
    """Fit a random forest to each factor on three quarters of the samples; it is tried on the rest.

    Raises ValueError where scikit-learn is missing.
    """
    try:
        from sklearn.ensemble import RandomForestRegressor
    except ImportError:
        raise ValueError(
            "random forests come from scikit-learn, which is missing: pip install 'whp[learn]'"
        ) from None
    draws = np.random.SeedSequence(seed)
    order = np.random.default_rng(draws).permutation(len(latents))
    fitted, tried = np.split(order, [-(-3 * len(order) // 4)])
    columns, told = [], []
    for own, factor in zip(draws.generate_state(factors.shape[1]), factors.T, strict=True):
        trees: Any = RandomForestRegressor(
            TREES, max_depth=DEPTH, min_samples_leaf=LEAF, random_state=int(own)
        )
        trees.fit(latents[fitted], factor[fitted])
        columns.append(trees.feature_importances_)
        told.append(explained(factor[tried], trees.predict(latents[tried])) if len(tried) else 0.0)
    return Probe(np.stack(columns, axis=1), np.array(told))


def linear(latents: Float[np.ndarray, "N L"], factors: Float[np.ndarray, "N F"]) -> Probe:
    """Fit a ridge regression to each factor, both standardised; squared coefficients are importances.

    Its informativeness is that on the samples it is fitted to.
    """
    inputs, targets = standardised(latents), standardised(factors)
    gram = inputs.T @ inputs + RIDGE * len(inputs) * np.eye(inputs.shape[1])
    weights = np.linalg.solve(gram, inputs.T @ targets)
    told = [explained(target, guess) for target, guess in zip(targets.T, (inputs @ weights).T, strict=True)]
    return Probe(columns_to_one(weights**2), np.array(told))


def standardised(samples: Float[np.ndarray, "N n"]) -> Float[np.ndarray, "N n"]:
    """Return columns of mean 0 and variance 1; a constant one becomes 0."""
    varies = samples.min(axis=0) < samples.max(axis=0)
    centred = np.where(varies, samples - samples.mean(axis=0), 0.0)
    spread = np.sqrt((centred**2).mean(axis=0))
    return centred / np.where(spread > 0, spread, 1.0)


def columns_to_one(weights: Float[np.ndarray, "L F"]) -> Float[np.ndarray, "L F"]:
    """Divide each column by its sum, if that is not 0."""
    sums = weights.sum(axis=0)
    return weights / np.where(sums > 0, sums, 1.0)


def explained(target: Float[np.ndarray, "N"], guess: Float[np.ndarray, "N"]) -> float:
    """Return 1 - squared error / variance; 0 where the target is constant."""
    variance = float(((target - target.mean()) ** 2).mean())
    return 1 - float(((target - guess) ** 2).mean()) / variance if variance > 0 else 0.0
