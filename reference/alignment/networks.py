"""Networks of ReLU layers: what they compute, their units moved, and the line between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import numpy as np
from jaxtyping import Float, Int

Weights = list[Float[np.ndarray, "n[t] n[t-1]"]]
Biases = list[Float[np.ndarray, "n[t]"]]
Permutations = list[Int[np.ndarray, "n[t]"]]


@dataclass(frozen=True)
class Network:
    """A multilayer perceptron: z_t = W_t h_(t-1) + b_t, h_t = max(z_t, 0), but z itself after the last layer.

    There is at least one layer, and at least one unit in each.
    """

    weights: Annotated[Weights, "W_t of each layer t; its rows are the layer's units"]
    biases: Annotated[Biases | None, "b_t of each layer, or null where there are none at all"]


@dataclass(frozen=True)
class Activations:
    """What a network computes on its way."""

    logits: Annotated[Float[np.ndarray, "N c"], "after the last layer"]
    hidden: Annotated[list[Float[np.ndarray, "N n[t]"]], "after the ReLU of each layer but the last"]


def forward(network: Network, inputs: Float[np.ndarray, "N n[0]"]) -> Activations:
    """Return the logits and the hidden activations (after the ReLU), a row for each input.

    Rounding: an entry after layer t (from 1) may be off by 8 t (n + 4) u times what the same sums give for
    the absolute values of weights, biases and inputs, where n is the largest width and u the unit roundoff.
    """
    hidden = hidden_layers(network, inputs)
    return Activations(affine(network, -1, hidden[-1] if hidden else inputs), hidden)


def hidden_layers(network: Network, inputs: Float[np.ndarray, "N n[0]"]) -> list[np.ndarray]:
    """Return the hidden activations."""
    hidden: list[np.ndarray] = []
    for t in range(len(network.weights) - 1):
        signal = affine(network, t, hidden[-1] if hidden else inputs)
        hidden.append(np.maximum(signal, 0, out=signal))
    return hidden


def affine(network: Network, t: int, signal: np.ndarray) -> np.ndarray:
    """Return what layer t makes of its inputs, before the ReLU."""
    summed: np.ndarray = signal @ network.weights[t].T
    return summed if network.biases is None else summed + network.biases[t]


def permute(network: Network, permutations: Permutations) -> Network:
    """Return the network with its hidden units moved: the new unit i of a layer is its old unit p[i].

    There is one permutation for each hidden layer. W'_t[i, j] = W_t[p_t[i], p_(t-1)[j]] and b'_t[i] =
    b_t[p_t[i]], where inputs and outputs stay: the network computes the same function.
    """
    rows = [*permutations, np.arange(len(network.weights[-1]))]
    columns = [np.arange(network.weights[0].shape[1]), *permutations]
    return Network(
        [w[p][:, q] for w, p, q in zip(network.weights, rows, columns, strict=True)],
        None if network.biases is None else [b[p] for b, p in zip(network.biases, rows, strict=True)],
    )


def interpolate(first: Network, second: Network, weight: float) -> Network:
    """Return weight * first + (1 - weight) * second, parameter by parameter; weight is in 0..1.

    Weight 1 gives the first and weight 0 the second, equal in value; what lies between may be off by 4 units
    in the last place of abs(first) + abs(second).
    """

    def mixed(ones: list[np.ndarray], others: list[np.ndarray]) -> list[np.ndarray]:
        return [weight * one + (1 - weight) * other for one, other in zip(ones, others, strict=True)]

    weights = mixed(first.weights, second.weights)
    if first.biases is None or second.biases is None:
        return Network(weights, None)
    return Network(weights, mixed(first.biases, second.biases))


def widths(network: Network) -> list[int]:
    """Return the number of inputs, and of the units of each layer."""
    return [network.weights[0].shape[1], *(len(weight) for weight in network.weights)]


def he_normal(sizes: Sequence[int], random: np.random.Generator) -> Network:
    """Draw a network without biases, W_t[i, j] normal with variance 2 / n_(t-1) in every layer.

    So in the last one too, as in the authors' code.
    """
    return Network(
        [random.normal(0, np.sqrt(2 / before), (after, before)) for before, after in pairwise(sizes)],
        None,
    )
