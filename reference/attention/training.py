"""Gated networks found by gradient descent. It takes torch, which is imported where it is used alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from whp.reference.attention.network import Network

LENGTH, BATCH = 8, 64
RATE, LAST_RATE = 1e-2, 1e-5  # Adam's, at the start and at the end of a cosine
STEEP = 3.0  # decay = sigmoid(STEEP theta)

Batch: TypeAlias = Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]
"""Draws inputs, batch x T x d, and targets, batch x t x v, of the last t tokens."""


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
    """Return the network that so many steps of Adam lead to, each on a new batch, in float64.

    The loss is the squared error as a share of the targets' mean square in the first batch. There are as many
    products of gates as neurons. Without an input gate input_b z_t is 1, without an output gate gate_b h_t
    reads a neuron that is always 1.
    """
    torch = torch_or_a_word()
    torch.set_num_threads(1)  # of products as small as these, more of them make less
    generator = np.random.default_rng(np.random.SeedSequence(seed))
    held = neurons + (not output_gate)  # the last is then always 1
    start = {
        "theta": generator.permutation(np.linspace(-0.5, 1, neurons)),
        "input_a": generator.standard_normal((neurons, d + 1)) / np.sqrt(d + 1),
        "input_b": generator.standard_normal((neurons, d + 1)) / np.sqrt(d + 1),
        "gate_a": generator.standard_normal((neurons, held)) / np.sqrt(neurons),
        "gate_b": generator.standard_normal((neurons, held)) / np.sqrt(neurons),
        "readout": generator.standard_normal((v, neurons)) / np.sqrt(neurons),
    }
    ones = np.eye(d + 1)[[d]]
    learned = {name: torch.tensor(array, requires_grad=True) for name, array in start.items()}

    def parts() -> dict[str, Any]:
        """Return the network's arrays as functions of what is learned."""
        now = {name: tensor for name, tensor in learned.items() if name != "theta"}
        now["decay"] = torch.sigmoid(STEEP * learned["theta"])
        if not input_gate:
            now["input_b"] = torch.tensor(np.repeat(ones, neurons, axis=0))
        if not output_gate:
            one = torch.tensor(ones)
            now["decay"] = torch.cat([now["decay"], torch.zeros(1, dtype=torch.float64)])
            now["input_a"] = torch.cat([now["input_a"], one])
            now["input_b"] = torch.cat([now["input_b"], one])
            now["gate_b"] = torch.tensor(np.repeat(np.eye(held)[[-1]], neurons, axis=0))
        return now

    optimiser = torch.optim.Adam(learned.values(), lr=RATE)
    scale = 0.0
    for step in range(steps):
        inputs, targets = batch(generator)
        scale = scale or float(np.mean(targets**2))
        for group in optimiser.param_groups:
            group["lr"] = LAST_RATE + (RATE - LAST_RATE) * (1 + np.cos(np.pi * step / steps)) / 2
        given = _forward(torch, parts(), torch.tensor(inputs))[:, -targets.shape[1] :]
        loss = ((given - torch.tensor(targets)) ** 2).mean() / scale
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    trained = {name: tensor.detach().numpy().copy() for name, tensor in parts().items()}
    return Network(**trained)


def _forward(torch: Any, parts: dict[str, Any], inputs: Any) -> Any:
    """Return the outputs for a batch: each state is the sum of what entered before, times decay^(t - s)."""
    length = inputs.shape[1]
    augmented = torch.cat([inputs, torch.ones(*inputs.shape[:2], 1, dtype=inputs.dtype)], dim=2)
    entering = (augmented @ parts["input_a"].T) * (augmented @ parts["input_b"].T)
    lag = torch.arange(length)[:, None] - torch.arange(length)
    powers = torch.where(lag[..., None] >= 0, parts["decay"] ** lag.clamp(min=0)[..., None], 0.0)
    states = torch.einsum("tsh,bsh->bth", powers, entering)
    return ((states @ parts["gate_a"].T) * (states @ parts["gate_b"].T)) @ parts["readout"].T
