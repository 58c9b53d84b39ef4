"""Gated networks found by gradient descent. It takes torch, which is imported where it is used alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from whp.reference.attention.network import Network

LENGTH, BATCH = 8, 64
RATE, LAST_RATE = 1e-2, 1e-5  # Adam's, at the start and at the end of a cosine
STEEP = 3.0  # decay = sigmoid(STEEP theta)
LOWEST, HIGHEST = -0.5, 1.0  # between which theta starts
RESTARTS = 4  # networks that are trained side by side
CHECKED = 8  # batches on which they are compared

Batch: TypeAlias = Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]
"""Draws inputs, batch x T x d, and targets, batch x t x v, for the last t tokens."""


def torch_or_a_word() -> Any:
    """Return torch; raise ModuleNotFoundError that says how to get it."""
    try:
        import torch
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "training a gated network takes torch, which is not installed: pip install 'whp[torch]'"
        ) from None
    return torch


def fit(
    query: np.ndarray, key: np.ndarray, value: np.ndarray, neurons: int, steps: int, seed: int
) -> Network:
    """Train a network to imitate attention on sequences of 8 independent normal tokens."""
    d = query.shape[1]

    def batch(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        inputs = generator.standard_normal((BATCH, LENGTH, d))
        return inputs, outputs(inputs, query, key, value)

    return train(batch, d, len(value), neurons, steps, seed)


def outputs(inputs: np.ndarray, query: np.ndarray, key: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return the outputs of attention for a batch of inputs."""
    weights = np.tril((inputs @ query.T) @ (inputs @ key.T).swapaxes(1, 2))
    given: np.ndarray = weights @ (inputs @ value.T)
    return given


def train(
    batch: Batch,
    d: int,
    v: int,
    neurons: int,
    steps: int,
    seed: int,
    *,
    input_gate: bool = True,
    output_gate: bool = True,
) -> Network:
    """Return the best of a few networks after so many steps of Adam, each on a new batch, in float64.

    The loss is the squared error as a share of the targets' mean square in the first batch. There are as many
    products of gates as neurons. Without an input gate input_b z_t is 1; without an output gate gate_b h_t
    is 1, the state of one more neuron.
    """
    torch = torch_or_a_word()
    torch.set_num_threads(1)  # of products as small as these, more of them make less
    generator = np.random.default_rng(np.random.SeedSequence(seed))
    held = neurons + (not output_gate)

    def normal(*shape: int) -> np.ndarray:
        drawn: np.ndarray = generator.standard_normal((RESTARTS, *shape)) / np.sqrt(shape[-1])
        return drawn

    start = {
        "theta": generator.uniform(LOWEST, HIGHEST, (RESTARTS, neurons)),
        "input_a": normal(neurons, d + 1),
        "input_b": normal(neurons, d + 1),
        "gate_a": normal(neurons, held),
        "gate_b": normal(neurons, held),
        "readout": normal(v, neurons),
    }
    learned = {name: torch.tensor(array, requires_grad=True) for name, array in start.items()}

    def constant(row: np.ndarray, count: int) -> Any:
        return torch.tensor(np.tile(row, (RESTARTS, count, 1)))

    def parts() -> dict[str, Any]:
        """Return the arrays of the networks as functions of what is learned."""
        now = {name: tensor for name, tensor in learned.items() if name != "theta"}
        now["decay"] = torch.sigmoid(STEEP * learned["theta"])
        if not input_gate:
            now["input_b"] = constant(np.eye(d + 1)[d], neurons)
        if not output_gate:
            one = constant(np.eye(d + 1)[d], 1)
            now["decay"] = torch.cat([now["decay"], torch.zeros_like(now["decay"][:, :1])], dim=1)
            now["input_a"] = torch.cat([now["input_a"], one], dim=1)
            now["input_b"] = torch.cat([now["input_b"], one], dim=1)
            now["gate_b"] = constant(np.eye(held)[-1], neurons)
        return now

    scale = float(np.mean(batch(generator)[1] ** 2))

    def losses() -> Any:
        """Return the loss of each network on a new batch."""
        inputs, targets = map(torch.tensor, batch(generator))
        given = _forward(torch, parts(), inputs)[:, :, -targets.shape[1] :]
        return ((given - targets) ** 2).mean(dim=(1, 2, 3)) / scale

    optimiser = torch.optim.Adam(learned.values(), lr=RATE)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = (
            LAST_RATE + (RATE - LAST_RATE) * (1 + np.cos(np.pi * step / steps)) / 2
        )
        optimiser.zero_grad()
        losses().sum().backward()
        optimiser.step()
    with torch.no_grad():
        best = int(sum(losses() for _ in range(CHECKED)).argmin())
        return Network(**{name: tensor[best].numpy().copy() for name, tensor in parts().items()})


def _forward(torch: Any, parts: dict[str, Any], inputs: Any) -> Any:
    """Return the outputs of each network; a state is the sum of what has entered, times decay^(t - s)."""
    length = inputs.shape[1]
    augmented = torch.cat([inputs, torch.ones_like(inputs[..., :1])], dim=2)
    entering = torch.einsum("btd,rhd->rbth", augmented, parts["input_a"]) * torch.einsum(
        "btd,rhd->rbth", augmented, parts["input_b"]
    )
    lag = torch.arange(length)[:, None] - torch.arange(length)
    powers = parts["decay"][:, None, None] ** lag.clamp(min=0)[..., None] * (lag >= 0)[..., None]
    states = torch.einsum("rtsh,rbsh->rbth", powers, entering)
    products = torch.einsum("rbth,rwh->rbtw", states, parts["gate_a"]) * torch.einsum(
        "rbth,rwh->rbtw", states, parts["gate_b"]
    )
    return torch.einsum("rbtw,rvw->rbtv", products, parts["readout"])
