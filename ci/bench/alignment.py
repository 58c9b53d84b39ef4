"""The matching of two networks against the least that it takes."""

from __future__ import annotations

import statistics
from functools import partial

import numpy as np

from bench.measuring import figure, in_turns, ratio
from whp.reference import alignment
from whp.reference.alignment.matching import similarity
from whp.reference.alignment.networks import he_normal


def aligning() -> None:
    """Compare the matching of 1024 units on 10^4 inputs with one matrix product and scipy's assignment."""
    from scipy.optimize import linear_sum_assignment

    random = np.random.default_rng(np.random.SeedSequence(7))
    first, second = (he_normal([64, 1024, 10], random) for _ in range(2))
    inputs = random.normal(size=(10**4, 64))
    one, other = (alignment.forward(network, inputs).hidden[0] for network in (first, second))
    similar = similarity(one, other)

    def least() -> None:
        one.T @ other
        linear_sum_assignment(similar, maximize=True)

    matched, needed = in_turns(5, partial(alignment.match, first, second, inputs), least)
    figure("aligning: match, width 1024, 1e4 inputs", 1e3 * statistics.median(matched), "ms")
    figure("aligning: match / (product + assignment)", ratio(matched, needed), bar=1.3)
