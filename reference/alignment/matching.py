"""Which unit of one network is which of another."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import linear_sum_assignment

from whp.reference.alignment.networks import Network, Permutations, hidden_layers, widths

BLOCK = 512  # inputs at a time, so that activations stay in the cache and many inputs need no memory


def similarity(first: Float[np.ndarray, "N n"], second: Float[np.ndarray, "N n"]) -> Float[np.ndarray, "n n"]:
    """Return the cosine of each column of the first with each of the second; that of a zero column is 0."""
    return cosines(first.T @ second, squares(first), squares(second))


def squares(columns: Float[np.ndarray, "N n"]) -> Float[np.ndarray, "n"]:
    """Return the squared norm of each column."""
    summed: np.ndarray = np.einsum("ij,ij->j", columns, columns)
    return summed


def cosines(product: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Make inner products of columns their cosines, given the columns' squared norms."""
    norms = [np.where(values > 0, np.sqrt(values), 1) for values in (first, second)]
    product /= norms[0][:, None]
    product /= norms[1]
    return product


def match_layer(first: Float[np.ndarray, "N n"], second: Float[np.ndarray, "N n"]) -> Int[np.ndarray, "n"]:
    """Return the p that maximises the sum over i of the cosine of first[:, i] and second[:, p[i]].

    The columns are what the units of two layers answer to the same inputs in the same order; p[i] is the unit
    of the second that plays the part of unit i of the first. A column of zeros (a dead unit) has cosine 0
    with all, columns are not centred, and nothing is added to their norms.
    """
    matched: np.ndarray = linear_sum_assignment(similarity(first, second), maximize=True)[1]
    return matched


def match(first: Network, second: Network, inputs: Float[np.ndarray, "N n[0]"]) -> Permutations:
    """Return the permutations that bring the second network onto the first, one for each hidden layer.

    Each layer by itself, from what both networks compute on the inputs: the paper's way, which a subject is
    taken to follow unless it declares another `method`, such as "weight" if it looks at the weights alone.
    """
    return [
        linear_sum_assignment(similar, maximize=True)[1] for similar in similarities(first, second, inputs)
    ]


def similarities(first: Network, second: Network, inputs: Float[np.ndarray, "N n[0]"]) -> list[np.ndarray]:
    """Return the similarity of the hidden units of two networks, layer by layer."""
    sums = [[np.zeros((n, n)), np.zeros(n), np.zeros(n)] for n in widths(first)[1:-1]]
    for start in range(0, len(inputs), BLOCK):
        block = inputs[start : start + BLOCK]
        for layer, one, other in zip(
            sums, hidden_layers(first, block), hidden_layers(second, block), strict=True
        ):
            layer[0] += one.T @ other
            layer[1] += squares(one)
            layer[2] += squares(other)
    return [cosines(*layer) for layer in sums]


def match_weights(first: Network, second: Network, seed: int, sweeps: int = 100) -> Permutations:
    """Match by weights, not activations: Git Re-Basin (arXiv:2209.04836, algorithm 1), the paper's rival.

    One layer after the other, in random order, is matched to maximise the inner product of all parameters
    while the others stay, until a sweep changes nothing.
    """
    random = np.random.default_rng(np.random.SeedSequence(seed))
    sizes = widths(first)
    found: Permutations = [np.arange(n) for n in sizes[1:-1]]
    for _ in range(sweeps):
        before = [p.copy() for p in found]
        for t in random.permutation(len(found)):
            ends = [np.arange(sizes[0]), *found, np.arange(sizes[-1])]
            gain = first.weights[t] @ second.weights[t][:, ends[t]].T
            gain += first.weights[t + 1].T @ second.weights[t + 1][ends[t + 2]]
            if first.biases is not None and second.biases is not None:
                gain += np.outer(first.biases[t], second.biases[t])
            better = linear_sum_assignment(gain, maximize=True)[1]
            rows = np.arange(len(better))
            if gain[rows, better].sum() > gain[rows, found[t]].sum() + 1e-12 * np.abs(gain).sum():
                found[t] = better
        if all(map(np.array_equal, before, found)):
            break
    return found
