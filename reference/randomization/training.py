"""Two tasks of the paper, small enough that every seed and every input is looked at, in torch.

Many algorithms are trained side by side: every parameter has a leading axis of replicates. Seeds are the
sixteen patterns of four signs, so that means over seeds are exact, and so are the worst inputs.

Recall. Token i of N is (v_i, key of i), v_i in {-1, 1}, and at the end there is a query x; with the seed r
appended to each token. The attention is linear: with the keys k_i = K(i, r), queries q_x = Q(x, r) and values
v_i its output is the sum of <k_i, q_x> v_i, a memory of as many numbers as keys are wide. Here that is one. A
loss is ln(1 + exp(-v_x output)).

Theorem. For each seed some values and some query are answered wrongly if keys are narrower than N: to be
always right the matrix <k_i, q_x> would have to be strictly diagonally dominant, hence regular (Levy,
Desplanques), and its rank is at most the width. So the worst loss is at least ln 2 without a seed.

Colouring. Each id, with the seed, is given the probabilities of three colours. A loss is the expected number
of edges of a cycle whose ends have one colour, and, for colours drawn independently, at least the probability
that they aren't proper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, Literal, TypeAlias

import numpy as np

from whp.reference.randomization.players import cycles, generator

HIDDEN, STEPS = 16, 300
RATE, LAST_RATE = 0.02, 0.001  # Adam's, at the start and at the end of a cosine
SEEDS = np.array(list(product((-1.0, 1.0), repeat=4)))  # in binary order

Tensors: TypeAlias = dict[str, Any]
Schedule: TypeAlias = Literal["all", "fixed"] | int


def torch_or_a_word() -> Any:
    """Return torch; raise ModuleNotFoundError that says how to get it."""
    try:
        import torch
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "training takes torch, which is not installed: pip install 'whp[torch]'"
        ) from None
    return torch


def train(
    replicates: Sequence[int], task: str, size: int, q: float | None, seeds: Schedule
) -> tuple[np.ndarray, np.ndarray]:
    """Return the losses and the successes, [replicates, 16, inputs], of algorithms trained side by side."""
    return trained(Recall(size) if task == "recall" else Coloring(size), replicates, q, seeds)


def trained(
    world: Recall | Coloring, replicates: Sequence[int], q: float | None, seeds: Schedule
) -> tuple[np.ndarray, np.ndarray]:
    """Do that for any world, by Adam on all inputs and the seeds of an update."""
    torch = torch_or_a_word()
    torch.set_num_threads(1)  # of products as small as these, more of them make less
    randoms = [generator(seed) for seed in replicates]
    starts = [world.start(random) for random in randoms]
    learned = {
        name: torch.tensor(np.stack([start[name] for start in starts]), requires_grad=True)
        for name in starts[0]
    }
    optimiser = torch.optim.Adam(learned.values(), lr=RATE, fused=True)
    show = shown(randoms, seeds)
    for step in range(STEPS):
        optimiser.param_groups[0]["lr"] = (
            LAST_RATE + (RATE - LAST_RATE) * (1 + np.cos(np.pi * step / STEPS)) / 2
        )
        optimiser.zero_grad()
        losses, _ = world.table(torch, learned, torch.tensor(SEEDS[show()]))
        relaxed(losses, q).sum().backward()
        optimiser.step()
    fixed = show()[:, :1].repeat(16, axis=1) if seeds == "fixed" else np.tile(np.arange(16), (len(starts), 1))
    with torch.no_grad():
        losses, success = world.table(torch, learned, torch.tensor(SEEDS[fixed]))
    return losses.numpy(), success.numpy().astype(np.int64)


def shown(randoms: Sequence[np.random.Generator], seeds: Schedule) -> Callable[[], np.ndarray]:
    """Return a function that gives the seeds of the next update of each replicate, [replicates, m]."""
    if isinstance(seeds, int):
        return lambda: np.stack([random.integers(16, size=seeds) for random in randoms])
    first = [random.integers(16, size=1) if seeds == "fixed" else np.arange(16) for random in randoms]
    return lambda: np.stack(first)


def relaxed(losses: Any, q: float | None) -> Any:
    """Return the relaxed loss of each table, [replicates, m, n]."""
    means = losses.mean(dim=1)
    largest = means.amax(dim=1, keepdim=True)
    if q is None:
        return largest[:, 0]
    largest = largest.detach()  # by homogeneity the gradient is the same with it and without
    return largest[:, 0] * ((means / largest) ** q).mean(dim=1) ** (1 / q)


def networks(
    random: np.random.Generator, count: int, wide: int, given: int, hidden: int = HIDDEN
) -> dict[str, np.ndarray]:
    """Return the weights of some networks with one hidden layer."""
    return {
        "first": random.standard_normal((count, wide, hidden)) / np.sqrt(2),
        "bias": np.zeros((count, 1, hidden)),
        "second": random.standard_normal((count, hidden, given)) / np.sqrt(hidden),
        "last": np.zeros((count, 1, given)),
    }


def run(torch: Any, learned: Tensors, ids: int, seeds: Any) -> Any:
    """Return what networks give for each id with each seed, [replicates, networks, m, ids, outputs]."""
    first, second, last = learned["first"], learned["second"], learned["last"]
    of_seeds = seeds[:, None] @ first[:, :, ids:] + learned["bias"]
    hidden = torch.tanh(first[:, :, None, :ids] + of_seeds[:, :, :, None])
    return hidden @ second[:, :, None] + last[:, :, None]


def attention(queries: Any, keys: Any, values: Any, mask: Any = 1) -> Any:
    """Return the outputs of linear attention, of each query to the tokens that it sees: 0 or 1 in its row."""
    return (queries @ keys.mT * mask) @ values


def recalled(torch: Any, learned: Tensors, seeds: Any, values: Any) -> Any:
    """Return the margins of all values [..., B, N] and each query of them, [replicates, m, B N]."""
    keys, queries = run(torch, learned, values.shape[-1], seeds).unbind(dim=1)
    outputs = attention(queries, keys, values.mT)  # of each query, for all values side by side
    return (outputs.mT * values).flatten(2)


class Recall:
    """Recall of one of `size` signs by a linear attention with keys of width `width`."""

    def __init__(self, size: int, width: int = 1) -> None:
        self.size, self.width = size, width
        self.values = np.array(list(product((-1.0, 1.0), repeat=size)))  # in lexicographic order

    def start(self, random: np.random.Generator) -> dict[str, np.ndarray]:
        """Return the parameters before training."""
        return networks(random, 2, self.size + 4, self.width)

    def table(self, torch: Any, learned: Tensors, seeds: Any) -> tuple[Any, Any]:
        """Return losses and successes, [replicates, m, inputs]."""
        margins = recalled(torch, learned, seeds, torch.tensor(self.values))
        return torch.nn.functional.softplus(-margins), margins > 0


class Coloring:
    """Three colours for the ids of a cycle of `size`."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.orders = np.array(cycles(size))

    def start(self, random: np.random.Generator) -> dict[str, np.ndarray]:
        """Return the parameters before training."""
        return networks(random, 1, self.size + 4, 3)

    def table(self, torch: Any, learned: Tensors, seeds: Any) -> tuple[Any, Any]:
        """Return losses and successes, [replicates, m, inputs]."""
        outputs = run(torch, learned, self.size, seeds)[:, 0]
        chances = torch.softmax(outputs, dim=-1)
        alike = chances @ chances.mT
        after = np.roll(self.orders, -1, axis=1)
        colors = outputs.argmax(dim=-1)
        proper = (colors[..., self.orders] != colors[..., after]).all(dim=-1)
        return alike[..., self.orders, after].sum(dim=-1), proper
