"""Scores against a pass over the matrix, and a quick check."""

from __future__ import annotations

import statistics
from functools import partial

import numpy as np

from bench.measuring import figure, in_turns, quick_check, ratio
from whp.reference import disentanglement
from whp.reference.disentanglement.scenes import planted


def representations() -> None:
    """Compare the scores of a large matrix with one sum over it, and time a quick check."""
    rows, columns = 10**4, 100
    table = np.random.default_rng(1).random((rows, columns))
    slots, objects = np.arange(rows) // 100, np.arange(columns) // 10
    room = np.empty_like(table)
    summed, logs, grouped, flat = in_turns(
        60,
        table.sum,
        partial(np.log, table, out=room),
        partial(disentanglement.scores, table, slots, objects),
        partial(disentanglement.scores, table, None, None),
    )
    figure("representations, 1e4 x 100: np.sum", 1e3 * statistics.median(summed), "ms")
    figure("representations: np.log / np.sum", ratio(logs, summed))
    figure("representations: scores of 100 x 10 groups / np.sum", ratio(grouped, summed), bar=5)
    figure("representations: flat scores / np.sum", ratio(flat, summed), bar=5)
    figure("representations: flat scores / np.log", ratio(flat, logs))
    made = planted(600, 3, 1)
    (found,) = in_turns(3, partial(disentanglement.align, made.latents, made.factors, 1))
    figure("representations: align, 600 samples of 3 slots", min(found), "s")
    quick_check("disentanglement", rounds=1, bar=45)
