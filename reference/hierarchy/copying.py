"""The copy task across blocks, and where training starts.

Of T = k M steps, the k of the first block show random symbols, those of the last one show `go`, and the
symbols are to be told again, in order; between them nothing is shown. By chance, a quarter of the answers are
right.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from whp.reference.hierarchy.network import shapes

SYMBOLS = 4
BLANK, GO, WIDTH = SYMBOLS, SYMBOLS + 1, SYMBOLS + 2


def copy_task(
    updates: int, batch: int, period: int, blocks: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw inputs float[U,T,B,6], one-hot, and targets int[U,T,B], of which -1 is none."""
    steps = period * blocks
    shown = np.full((updates, steps, batch), BLANK)
    symbols = random.integers(0, SYMBOLS, (updates, period, batch))
    shown[:, :period] = symbols
    shown[:, steps - period :] = GO
    targets = np.full((updates, steps, batch), -1)
    targets[:, steps - period :] = symbols
    return np.eye(WIDTH)[shown], targets


def start(
    levels: int,
    period: int,
    inputs: int,
    hidden: int,
    classes: int,
    cell: str,
    random: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Draw parameters, uniform in +- 1 / sqrt(h)."""
    drawn = {}
    for name, shape in shapes(levels, period, inputs, hidden, classes, cell).items():
        drawn[name] = random.uniform(-1, 1, shape) / np.sqrt(hidden)
    return drawn


def accuracy(logits: np.ndarray, targets: np.ndarray) -> float:
    """Return which part of the targets has the largest logit."""
    told = targets >= 0
    right: Any = logits.argmax(axis=-1)[told] == targets[told]
    return float(right.mean())
