"""Attention over a long sequence, and a quick check."""

from __future__ import annotations

from functools import partial

import numpy as np

from bench.measuring import figure, in_turns, quick_check, ratio
from whp.reference import attention


def attending() -> None:
    """Compare attention over a long sequence with the products of matrices that it consists of."""
    length, d, chunk = 10**5, 64, attention.CHUNK
    inputs = np.random.default_rng(1).standard_normal((length, d))
    query, key, value = np.linalg.qr(np.random.default_rng(2).standard_normal((3, d, d)))[0]

    def products() -> None:
        queries, keys, values = inputs @ query.T, inputs @ key.T, inputs @ value.T
        state = np.zeros((d, d))
        for start in range(0, length, chunk):
            q, k, v = (array[start : start + chunk] for array in (queries, keys, values))
            _ = q @ state, (q @ k.T) @ v, v.T @ k

    ours, bare = in_turns(7, partial(attention.attend, inputs, query, key, value), products)
    figure("attending: T = 1e5, d = 64", min(ours), "s")
    figure("attending: T = 1e5, d = 64 / its products alone", ratio(ours, bare), bar=2)
    quick_check("attention", rounds=2, bar=25)
