"""Gated networks and batches that they learn, and the loss with its gradient, written once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from whp.properties.attention.expected import Arrays, gated
from whp.properties.generators import rounded
from whp.properties.parity import UPDATES
from whp.reference.attention.descent import start
from whp.reference.attention.network import Network
from whp.reference.attention.training import outputs

NEAR = 10.0  # a bound on the gradient's norm that about half of the first updates exceed


@dataclass(frozen=True)
class Lesson:
    """A gated network, and what it is to learn; the numbers in it are drawn by `seed`.

    `signs`: "any"; or "one", so that no two terms of the gradient cancel: all numbers are positive, and all
    targets negative. `settled`: decays are 0, 1 and -0.5, as in networks that are constructed, and beyond.
    """

    d: int = 2
    neurons: int = 5
    gates: int = 5
    v: int = 2
    length: int = 5
    batch: int = 3
    signs: str = "any"
    dtype: str = "float64"
    clip: float | None = 0.1
    seed: int = 0
    settled: bool = False
    rate: float = 0.01
    updates: int = UPDATES  # that are compared

    def random(self, which: int) -> np.random.Generator:
        """Return the generator of some of its numbers."""
        return np.random.default_rng([self.seed, which])

    def normal(self, random: np.random.Generator, *shape: int) -> np.ndarray:
        """Draw numbers of a variance of 1."""
        drawn = random.standard_normal(shape)
        return rounded(drawn if self.signs == "any" else np.abs(drawn))

    def network(self) -> Network:
        """Draw the network as where training starts; with one sign, with means in place of sums."""
        drawn = start(self.d, self.v, self.neurons, self.gates, self.random(0))
        if self.signs == "one":
            for name in drawn.keys() - {"decay"}:
                drawn[name] = np.abs(drawn[name]) / drawn[name].shape[1] ** 0.5
        if self.settled:
            drawn["decay"] = np.resize([0.0, 1.0, -0.5], self.neurons)
        return Network(**{name: rounded(array) for name, array in drawn.items()})

    def batches(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw inputs [count, B, T, d], and the outputs of some attention: [count, B, T, v]."""
        random = self.random(1)
        inputs = self.normal(random, count, self.batch, self.length, self.d)
        sizes = (self.d, self.d), (self.d, self.d), (self.v, self.d)
        query, key, value = (self.normal(random, *size) / self.d for size in sizes)
        wanted = np.stack([outputs(each, query, key, value) for each in inputs])
        return inputs, rounded(wanted if self.signs == "any" else -wanted)

    def question(self) -> dict[str, Any]:
        """Return the arguments of `network_gradient`."""
        inputs, targets = self.batches(1)
        return {"network": self.network(), "inputs": inputs[0], "targets": targets[0]}

    def roundings(self) -> int:
        """Return how often a term of the gradient is rounded at most, token by token, there and back."""
        return max(64, (10 + self.batch) * self.length)

    def training(self, updates: int) -> dict[str, Any]:
        """Return the arguments of `network_train`, but for the device."""
        inputs, targets = self.batches(updates)
        asked = {"network": self.network(), "inputs": inputs, "targets": targets}
        return {**asked, "rate": self.rate, "clip": self.clip, "dtype": self.dtype}


def lessons() -> st.SearchStrategy[Lesson]:
    """Draw a network of any size, and a batch."""
    few = st.integers(1, 4)
    return st.builds(
        Lesson, few, few, few, few, st.integers(1, 8), few, st.sampled_from(("any", "one")), seed=SEEDS
    )


def trainings(signs: str) -> st.SearchStrategy[Lesson]:
    """Draw a training."""
    return st.builds(
        Lesson,
        d=st.integers(1, 3),
        signs=st.just(signs),
        dtype=st.sampled_from(("float64", "float32")),
        clip=st.sampled_from((0.1, NEAR, None)),
        seed=SEEDS,
    )


SEEDS = st.integers(0, 2**32)


# The definition: the loss token by token, and its gradient by the sum over all pairs of a token and an
# earlier one. On absolute values, with targets below 0, it says how large the terms are that may cancel.


def squared_error(network: Mapping[str, np.ndarray], inputs: np.ndarray, targets: np.ndarray) -> float:
    """Return the mean squared difference of the outputs from the targets."""
    told = np.stack([gated(Network(**network), sequence) for sequence in inputs])
    return float(np.mean((told - targets) ** 2))


def slopes(network: Mapping[str, np.ndarray], inputs: np.ndarray, targets: np.ndarray) -> Arrays:
    """Return the gradient of the loss at each array."""
    n, z = network, np.concatenate([inputs, np.ones((*inputs.shape[:2], 1))], axis=2)
    lag = np.subtract.outer(np.arange(inputs.shape[1]), np.arange(inputs.shape[1]))[..., None]
    kept = np.where(lag >= 0, n["decay"] ** np.maximum(lag, 0), 0.0)  # [t, s, h]
    faded = np.where(lag >= 1, lag * n["decay"] ** np.maximum(lag - 1, 0), 0.0)  # its slope at the decay
    a, b = z @ n["input_a"].T, z @ n["input_b"].T
    states = np.einsum("tsh,bsh->bth", kept, a * b)
    one, other = states @ n["gate_a"].T, states @ n["gate_b"].T
    off = 2 * ((one * other) @ n["readout"].T - targets) / targets.size
    at_gates = off @ n["readout"]
    at_states = (at_gates * other) @ n["gate_a"] + (at_gates * one) @ n["gate_b"]
    at_entries = np.einsum("bth,tsh->bsh", at_states, kept)
    return {
        "decay": np.einsum("bth,tsh,bsh->h", at_states, faded, a * b),
        "input_a": np.einsum("bsh,bsi->hi", at_entries * b, z),
        "input_b": np.einsum("bsh,bsi->hi", at_entries * a, z),
        "gate_a": np.einsum("btw,bth->wh", at_gates * other, states),
        "gate_b": np.einsum("btw,bth->wh", at_gates * one, states),
        "readout": np.einsum("btv,btw->vw", off, one * other),
    }


def terms(asked: Mapping[str, Any]) -> tuple[Arrays, np.ndarray, np.ndarray]:
    """Return the network, inputs and targets whose loss and gradient are those of all absolute values."""
    network = {name: np.abs(array) for name, array in vars(asked["network"]).items()}
    return network, np.abs(asked["inputs"]), -np.abs(asked["targets"])


def moved(network: Network, by: int) -> Network:
    """Return the same network with its neurons and its gates moved on by so many places."""
    n = {name: np.roll(array, by, axis=0) for name, array in vars(network).items() if name != "readout"}
    n |= {name: np.roll(n[name], by, axis=1) for name in ("gate_a", "gate_b")}
    return Network(**n, readout=np.roll(network.readout, by, axis=1))
