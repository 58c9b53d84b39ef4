"""Which function a gated network computes: is it attention, which one, and with how many neurons to spare.

Take decays 0 and 1. Then an output is a polynomial in the tokens, in which no term mentions more than two
past tokens and the current one: a network that agrees with attention on all sequences of three tokens does so
on all sequences. Two polynomials that differ do so at almost every point; one random sequence of length 3
decides with probability 1, and three do so in floating point.

Where a network is attention, its outputs are y_t = sum over s of A(x_s, x_s, x_t), with the cubic tensor

    A[i, a, b, c] = (value[i, a] P[b, c] + value[i, b] P[a, c]) / 2,      P = key^T query.

That is all that can be known of the matrices: key and query count in P alone, and a factor may be moved from
P to value.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from whp.reference.attention.network import Network, recurrence

HALF = 0.5  # decays above are taken for 1, below for 0
SWEEPS, SETTLED = 500, 1e-14


class Scores(NamedTuple):
    """How far a network is from an attention, inside: all are 0 where it is one, 1 where all is wrong."""

    held: float
    """1 - R^2 of the regression of value C_t P on the neurons that hold, which have decays above 1/2."""
    asked: float
    """1 - R^2 of the regression of P x_t on the others."""
    function: float
    """The squared distance of the cubic tensors, as a share of that of attention."""


def cubic(
    query: Float[np.ndarray, "k d"], key: Float[np.ndarray, "k d"], value: Float[np.ndarray, "v d"]
) -> Float[np.ndarray, "v d d d"]:
    """Return the cubic tensor of attention."""
    return _symmetric(value, key.T @ query)


def _symmetric(value: np.ndarray, joint: np.ndarray) -> np.ndarray:
    product = np.einsum("ia,bc->iabc", value, joint)
    tensor: np.ndarray = (product + product.transpose(0, 2, 1, 3)) / 2
    return tensor


def cubic_of(network: Network) -> Float[np.ndarray, "v d d d"]:
    """Return the cubic tensor of a network: the part that is quadratic in the past and linear in the token.

    The past is what the neurons hold that have decays above 1/2, as if these were 1.
    """
    a, b = network.input_a, network.input_b
    pairs = a[:, :-1, None] * b[:, None, :-1]
    holds = (network.decay > HALF)[:, None, None] * (pairs + pairs.transpose(0, 2, 1)) / 2
    linear = a[:, :-1] * b[:, -1:] + a[:, -1:] * b[:, :-1]
    one, other = network.gate_a, network.gate_b
    held, asked = (np.einsum("oh,hab->oab", gate, holds) for gate in (one, other))
    both = (held, other @ linear), (asked, one @ linear)
    tensor: np.ndarray = sum(
        (np.einsum("io,oab,oc->iabc", network.readout, *pair) for pair in both), np.zeros(())
    )
    return tensor


def effective(tensor: Float[np.ndarray, "v d d d"]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return query, key and value of the attention whose cubic tensor is nearest to the given one.

    The key is the identity; query and value have one norm. They are found by least squares in turns: given
    one of value and P, the tensor is linear in the other. They start from the slices A[:, a, a, :], which are
    products of a column of value and a row of P, in random coordinates, in which none of them is 0.
    """
    v, d = tensor.shape[:2]
    turn = np.linalg.qr(np.random.default_rng(np.random.SeedSequence(d)).standard_normal((d, d)))[0]
    turned = np.einsum("iabc,ea,fb->iefc", tensor, turn, turn)
    value, joint = np.empty((v, d)), np.empty((d, d))
    for a in range(d):
        left, size, right = np.linalg.svd(turned[:, a, a, :], full_matrices=False)
        value[:, a], joint[a] = left[:, 0] * np.sqrt(size[0]), right[0] * np.sqrt(size[0])
    _align(turned, value, joint)
    before = np.inf
    for _ in range(SWEEPS):
        joint = _best_joint(turned, value)
        value = _best_value(turned, joint)
        now = float(np.sum((_symmetric(value, joint) - turned) ** 2))
        if before - now <= SETTLED * max(now, SETTLED * float(np.sum(turned**2))):
            break
        before = now
    value, joint = value @ turn, turn.T @ joint
    sizes = np.linalg.norm(value), np.linalg.norm(joint)
    if min(sizes) > 0:
        scale = np.sqrt(sizes[1] / sizes[0])
        value, joint = value * scale, joint / scale
    return joint, np.eye(d), value


def _align(tensor: np.ndarray, value: np.ndarray, joint: np.ndarray) -> None:
    """Move factors between the columns of value and the rows of P until the other slices agree too."""
    for a in range(1, tensor.shape[1]):
        # 2 A[:, 0, a, :] = r (value_0 P_a) + (value_a P_0) / r for the factor r that is looked for.
        terms = [np.outer(value[:, 0], joint[a]).ravel(), np.outer(value[:, a], joint[0]).ravel()]
        (r, inverse), *_ = np.linalg.lstsq(np.stack(terms, axis=1), 2 * tensor[:, 0, a].ravel(), rcond=None)
        factor = r if abs(r) >= abs(inverse) else 1 / inverse if inverse else 1.0
        if factor:
            value[:, a] /= factor
            joint[a] *= factor


def _best_joint(tensor: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return the P that fits best, given value: its columns are fitted each by itself."""
    v, d = value.shape
    halves = np.einsum("ia,be->iabe", value, np.eye(d))
    terms = (halves + halves.transpose(0, 2, 1, 3)).reshape(v * d * d, d) / 2
    found: np.ndarray = np.linalg.lstsq(terms, tensor.reshape(v * d * d, d), rcond=None)[0]
    return found


def _best_value(tensor: np.ndarray, joint: np.ndarray) -> np.ndarray:
    """Return the value that fits best, given P: its rows are fitted each by itself."""
    v, d = tensor.shape[:2]
    halves = np.einsum("ae,bc->abce", np.eye(d), joint)
    terms = (halves + halves.transpose(1, 0, 2, 3)).reshape(d**3, d) / 2
    found: np.ndarray = np.linalg.lstsq(terms, tensor.reshape(v, d**3).T, rcond=None)[0].T
    return found


def distance(tensor: np.ndarray, target: np.ndarray) -> float:
    """Return the squared distance of two tensors as a share of the second; 0 where both are 0."""
    size = float(np.sum(target**2))
    return float(np.sum((tensor - target) ** 2)) / size if size else float(np.any(tensor))


def scores(
    network: Network,
    query: Float[np.ndarray, "k d"],
    key: Float[np.ndarray, "k d"],
    value: Float[np.ndarray, "v d"],
    inputs: Float[np.ndarray, "T d"],
) -> Scores:
    """Return how far a network's inside is from this attention, on the states that a sequence leads to."""
    states = recurrence(network, inputs)
    joint = key.T @ query
    past = np.cumsum(inputs[:, :, None] * inputs[:, None, :], axis=0)
    products = np.einsum("ia,tab,bc->tic", value, past, joint).reshape(len(inputs), -1)
    holds = network.decay > HALF
    return Scores(
        _unexplained(products, states[:, holds]),
        _unexplained(inputs @ joint.T, states[:, ~holds]),
        distance(cubic_of(network), cubic(query, key, value)),
    )


def _unexplained(targets: np.ndarray, states: np.ndarray) -> float:
    """Return 1 - R^2 of the regression of the targets on the states, all coordinates together."""
    centred = targets - targets.mean(axis=0)
    spread = float(np.sum(centred**2))
    if not spread:
        return 0.0
    known = states - states.mean(axis=0)
    found = np.linalg.lstsq(known, centred, rcond=None)[0]
    return float(np.sum((centred - known @ found) ** 2)) / spread


def needed(
    query: Float[np.ndarray, "k d"], key: Float[np.ndarray, "k d"], value: Float[np.ndarray, "v d"]
) -> int:
    """Return a number of neurons below which no gated network with decays 0 and 1 is this attention.

    What a network holds of the past must tell any two pasts apart that attention tells apart, and it holds
    sums: as many as the rank of C -> value C P on symmetric matrices. What it has of the token itself must
    tell P x_t: as many more as P's rank. With value and P of rank d and r these are d r - r (r - 1) / 2 + r,
    which the compact construction has for r = d.
    """
    joint = key.T @ query
    d = len(joint)
    rows, columns = np.triu_indices(d)
    symmetric = np.zeros((len(rows), d, d))
    symmetric[np.arange(len(rows)), rows, columns] = symmetric[np.arange(len(rows)), columns, rows] = 1
    linear = (value @ symmetric @ joint).reshape(len(rows), -1)
    holds = int(np.linalg.matrix_rank(linear))
    return holds + int(np.linalg.matrix_rank(joint)) if holds else 0
