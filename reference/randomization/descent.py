"""The relaxed loss of a linear attention that recalls, and the way back to its gradient.

A batch is float[m,s], what stands for m seeds, with float[B,N], rows of values of which each is asked back;
all is done in the precision of the learner. `training.py` says what the attention is, and trains it on all
seeds and inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from whp.reference.randomization.losses import norm, weights

Array: TypeAlias = Any  # float[...], in the precision of the learner


def slopes(
    parameters: Mapping[str, Array], seeds: Array, values: Array, q: float
) -> tuple[float, dict[str, Array]]:
    """Return the relaxed loss over seeds, values and queries, and its gradient by name."""
    p, (m, ids) = parameters, (len(seeds), values.shape[1])
    of_ids, of_seeds = p["first"][:, None, :ids], seeds @ p["first"][:, ids:] + p["bias"]
    hidden = np.tanh(of_ids + of_seeds[:, :, None])  # [2, m, N, h]
    keys, queries = hidden @ p["second"][:, None] + p["last"][:, None]
    outputs = queries @ keys.mT @ values.T  # [m, N, B]
    margins = outputs.mT * values
    means = np.logaddexp(0, -margins).mean(axis=0)

    at_mean = weights(means.ravel(), q).reshape(means.shape)
    at_margin = -at_mean / (1 + np.exp(margins)) / m
    at_product = (at_margin * values).mT @ values  # at <query_x, key_i>, [m, N, N]
    at_given = np.stack([at_product.mT @ queries, at_product @ keys])
    at_hidden = at_given @ p["second"][:, None].mT * (1 - hidden**2)
    at_seeds = at_hidden.sum(axis=2)
    return norm(means.ravel(), q), {
        "first": np.concatenate([at_hidden.sum(axis=1), seeds.T @ at_seeds], axis=1),
        "bias": at_seeds.sum(axis=1, keepdims=True),
        "second": (hidden.mT @ at_given).sum(axis=1),
        "last": at_given.sum(axis=(1, 2))[:, None],
    }
