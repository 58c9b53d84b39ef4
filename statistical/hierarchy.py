"""What arXiv:1910.05245 says of training, as a population of starts: each replicate is one training.

A replicate draws parameters and batches of the copy task from its seed, has them trained, and looks at how
much of fresh sequences the trained network copies. Chance is a quarter; the thresholds lie where trainings
from 100 other starts left room on both sides.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from whp.checks import Cell, claim_of
from whp.reference import hierarchy
from whp.reference.hierarchy.copying import SYMBOLS, WIDTH, copy_task, start
from whp.statistical.designs import MOSTLY, SELDOM, both, by_both, by_coin, of_both
from whp.subject import Subject

PAPER = "arXiv:1910.05245"
HALF = 0.5  # of the symbols: twice chance
MARGIN = 0.1  # by which training may be worse and still be called as good

# The symbols come back over 6, 14 or 24 steps, and over all levels. Half of them or more were copied, in the
# second cell by 99 of 100 other networks with local losses, by 1 of 100 that were cut alone, and by 86 of 100
# with the full gradient (means 0.86, 0.29, 0.63); in the third by 64 of 64 with local losses and by none
# of 64 that were cut alone (means 0.98, 0.29; with the full gradient 0.73).
SHORT = Cell("T = 8", levels=3, period=2, blocks=4, hidden=24, batch=16, updates=250, rate=0.02)
LONG = Cell("T = 16", levels=3, period=2, blocks=8, hidden=32, batch=16, updates=200, rate=0.02)
DEEP = Cell("T = 27", levels=3, period=3, blocks=9, hidden=48, batch=32, updates=500, rate=0.01)
CELLS = {"quick": [LONG], "full": [LONG, DEEP]}


mostly = partial(by_coin, MOSTLY, SELDOM)


class Start:
    """Where a training starts, and its batches; a function of the cell and the seed."""

    def __init__(self, cell: Cell, seed: int) -> None:
        self.cell, self.seed = cell, seed
        random = np.random.default_rng(np.random.SeedSequence(seed))
        self.parameters = start(cell.levels, cell.period, WIDTH, cell.hidden, SYMBOLS, "gru", random)
        self.inputs, self.targets = copy_task(cell.updates, cell.batch, cell.period, cell.blocks, random)

    def question(self, cut: bool, local: bool, dtype: str = "float32") -> dict[str, Any]:
        """Return the arguments of `train`, but for the device; decoding messages counts ten times."""
        weights = [1.0, *[10.0] * (self.cell.levels - 2)]
        return {
            "parameters": self.parameters,
            "inputs": self.inputs,
            "targets": self.targets,
            "period": self.cell.period,
            "cut": cut,
            "weights": np.array(weights if local else [0.0] * len(weights)),
            "decoder": "softmax",
            "rate": self.cell.rate,
            "clip": 1.0,
            "dtype": dtype,
        }

    def copied(self, parameters: dict[str, np.ndarray]) -> float:
        """Return how much a trained network copies of fresh sequences, the same for all trainings."""
        random = np.random.default_rng(np.random.SeedSequence([self.seed, 1]))
        return hierarchy.trained_accuracy(parameters, self.cell.period, self.cell.blocks, random)

    def after(self, subject: Subject, *, cut: bool, local: bool) -> float:
        """Return how much is copied after the subject has trained."""
        done = subject.train(**self.question(cut, local), device=subject.device)
        return self.copied(done.parameters)


@claim_of(
    "hierarchy",
    source=f"{PAPER}: local losses in place of gradients that come down from messages",
    cells=CELLS,
    decision=mostly,
    alternatives={"TrainsWithoutLocalLosses": lambda _: 0.0},
)
def local_losses_learn_to_copy(subject: Subject, cell: Cell, seed: int) -> float:
    """Cut at the messages and with decoding losses, training comes to copy half of the symbols or more."""
    return float(Start(cell, seed).after(subject, cut=True, local=True) >= HALF)


@claim_of(
    "hierarchy",
    source=f"{PAPER}: what is cut has to be made up for",
    cells=CELLS,
    decision=mostly,
    alternatives={"TrainsWithoutTheCut": lambda _: 0.1},
)
def the_cut_alone_does_not(subject: Subject, cell: Cell, seed: int) -> float:
    """Cut at the messages and without decoding losses, training copies less than half of the symbols."""
    return float(Start(cell, seed).after(subject, cut=True, local=False) < HALF)


@claim_of(
    "hierarchy",
    source=f"{PAPER}: without harming learning",
    cells=CELLS,
    decision=mostly,
    alternatives={"TrainsWithoutLocalLosses": lambda _: 0.0},
)
def local_losses_learn_as_well_as_the_full_gradient(subject: Subject, cell: Cell, seed: int) -> float:
    """Training with local losses copies as much as training with the full gradient, or at most 0.1 less."""
    first = Start(cell, seed)
    local, full = (first.after(subject, cut=cut, local=cut) for cut in (True, False))
    return float(local >= full - MARGIN)


@claim_of(
    "hierarchy",
    source="parity of the law over starts: trains as well, which is less than computes the same",
    cells=both(SHORT),
    decision=by_both,
)
def float32_trains_as_well_as_float64(subject: Subject, cell: Cell, seed: int) -> float:
    """Trained in float32 by the subject, networks copy as much as trained in float64 by the reference.

    A pair starts from the same parameters, has the same batches, and may differ by a margin of 0.25, because
    rounding errors grow once learning begins. At full effort the means of two populations are compared.
    """
    first = Start(cell, seed)

    def ours() -> float:
        asked = first.question(cut=True, local=True, dtype="float64")
        return first.copied(hierarchy.train(**asked, device="cpu").parameters)

    return of_both(cell, 0.25, lambda: first.after(subject, cut=True, local=True), ours)
