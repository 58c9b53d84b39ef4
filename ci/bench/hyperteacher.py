"""What a student costs that interpolates, and what meta-learning side by side saves."""

from __future__ import annotations

import statistics
from functools import partial

import numpy as np

from bench.measuring import figure, in_turns, ratio
from whp.reference import hyperteacher
from whp.reference.hyperteacher import learning
from whp.reference.hyperteacher.trying import normalised


def teaching() -> None:
    """Time a student by Levenberg and Marquardt, and 8 meta-learned ones side by side and apart."""
    random = np.random.default_rng(np.random.SeedSequence(3))
    modules, readouts = random.standard_normal((8, 4, 5, 3)), random.standard_normal((8, 3, 3))
    codes = normalised([[0], [1], [2], [3], [0, 1], [1, 2], [2, 3], [0, 3]], 4)
    inputs = random.uniform(-1.7, 1.7, (len(codes), 40, 5))
    targets = np.array(
        [hyperteacher.apply(modules[0], readouts[0], z, x) for z, x in zip(codes, inputs, strict=True)]
    )
    (fitted,) = in_turns(5, partial(hyperteacher.fit, inputs, targets, 3, 4, 0))
    figure("teaching: a student of 8 tasks that interpolates", 1e3 * statistics.median(fitted), "ms")
    try:
        import torch
    except ImportError:
        print("teaching: torch is not installed; the torch extra brings it")
        return
    torch.set_num_threads(1)
    course = learning.Course(steps=5)

    def learned(first: int, last: int) -> None:
        draw = learning.tasks_of_teachers(modules[first:last], readouts[first:last], codes, 8, 8)
        learning.learn(learning.begin("modular", last - first, (5, 3, 3), 4, course, 0), draw, 0)

    def apart() -> None:
        for replicate in range(8):
            learned(replicate, replicate + 1)

    alone, together = in_turns(3, apart, partial(learned, 0, 8))
    figure("teaching: 8 apart / 8 side by side, on this CPU", ratio(alone, together), "x")
