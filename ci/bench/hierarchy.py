"""What going back block by block costs, and what training side by side saves."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from bench.measuring import figure, in_turns, ratio
from whp.reference import hierarchy
from whp.reference.hierarchy import passes
from whp.reference.hierarchy.copying import WIDTH, copy_task
from whp.reference.hierarchy.copying import start as begin_network


def networks() -> None:
    """Compare the two ways back, training in NumPy and in torch, and 16 networks side by side and apart."""
    period, blocks, weights = 3, 9, np.array([1.0, 10.0])
    random = np.random.default_rng(np.random.SeedSequence(1))
    first = begin_network(3, period, WIDTH, 48, 4, "gru", random)
    inputs, targets = copy_task(2, 32, period, blocks, random)
    task = passes.Task(targets[0], period, weights.tolist(), "softmax")
    tape, streamed = in_turns(
        7,
        partial(passes.one_shot, first, inputs[0], task, cut=True),
        partial(passes.streamed, first, inputs[0], task),
    )
    figure("networks: block by block / along a tape", ratio(streamed, tape), bar=1.2)
    try:
        import torch

        from whp.reference.hierarchy import batched
    except ImportError:
        print("networks: torch is not installed; the torch extra brings it")
        return
    rest: Any = (period, True, weights, "softmax", 0.01, 1.0, "float32", "cpu")
    asked = first, inputs, targets, *rest
    in_numpy, in_torch = in_turns(5, partial(hierarchy.train, *asked), partial(batched.train, *asked))
    figure("networks: NumPy / torch, a network", ratio(in_numpy, in_torch), bar=1)
    many = {name: torch.from_numpy(np.stack([value] * 16)).float() for name, value in first.items()}
    x = torch.from_numpy(inputs)[:, None].expand(-1, 16, -1, -1, -1).float()
    wanted = torch.from_numpy(targets)[:, None].expand(-1, 16, -1, -1)
    how: Any = (period, True, weights.tolist(), "softmax", 0.01, 1.0)

    def apart() -> None:
        for seed in range(16):
            one = {name: value[seed : seed + 1] for name, value in many.items()}
            batched.train_many(one, x[:, seed : seed + 1], wanted[:, seed : seed + 1], *how)

    alone, together = in_turns(3, apart, partial(batched.train_many, many, x, wanted, *how))
    figure("networks: 16 apart / 16 side by side, on this CPU", ratio(alone, together), "x")
