"""Gated networks, and the two that are attention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, eq=False)
class Network:
    """A gated linear RNN: h_t = decay * h_{t-1} + (input_a z_t) * (input_b z_t), with z_t = (x_t, 1)."""

    decay: Float[np.ndarray, "h"]
    input_a: Annotated[Float[np.ndarray, "h d+1"], "the last column is of the 1 in z_t = (x_t, 1)"]
    input_b: Float[np.ndarray, "h d+1"]
    gate_a: Annotated[Float[np.ndarray, "w h"], "y_t = readout ((gate_a h_t) * (gate_b h_t))"]
    gate_b: Float[np.ndarray, "w h"]
    readout: Float[np.ndarray, "v w"]


def recurrence(network: Network, inputs: Float[np.ndarray, "T d"]) -> Float[np.ndarray, "T h"]:
    """Return the state after each token."""
    augmented = np.hstack([inputs, np.ones((len(inputs), 1))])
    states: np.ndarray = (augmented @ network.input_a.T) * (augmented @ network.input_b.T)
    for t in range(1, len(states)):
        states[t] += network.decay * states[t - 1]
    return states


def outer_products(
    query: Float[np.ndarray, "k d"], key: Float[np.ndarray, "k d"], value: Float[np.ndarray, "v d"]
) -> Network:
    """Return the construction of the paper: v k neurons hold the entries of S_t, and k those of the query.

    Entry (i, j) of S_t is held by neuron i k + j, and entry j of the query by neuron v k + j. One product of
    gates a neuron of the first kind, which belongs to output i.
    """
    (k, d), v = key.shape, len(value)
    held, asked = v * k, np.arange(k)
    decay = np.repeat([1.0, 0.0], [held, k])
    input_a, input_b = np.zeros((2, held + k, d + 1))
    input_a[:held, :d], input_b[:held, :d] = np.repeat(value, k, axis=0), np.tile(key, (v, 1))
    input_a[held:, :d], input_b[held:, d] = query, 1
    gate_a = np.eye(held, held + k)
    gate_b = np.zeros((held, held + k))
    gate_b[np.arange(held), held + np.tile(asked, v)] = 1
    readout = np.repeat(np.eye(v), k, axis=1)
    return Network(decay, input_a, input_b, gate_a, gate_b, readout)


def halved(
    query: Float[np.ndarray, "k d"], key: Float[np.ndarray, "k d"], value: Float[np.ndarray, "v d"]
) -> Network:
    """Return the compact construction: upper entries of C_t = sum of x_s x_s^T, and q_t = key^T query x_t.

    The outputs are value u_t with u = C q, for which d (d + 1) / 2 products of gates are enough: row i of C
    gives u_i = (sum over j of C_ij) q_i + sum over j of C_ij (q_j - q_i), and C_ij (q_j - q_i) is what row j
    has with the other sign.
    """
    d = key.shape[1]
    rows, columns = np.triu_indices(d)
    held = len(rows)
    place = np.empty((d, d), int)  # of the neuron that holds an entry of C
    place[rows, columns] = place[columns, rows] = np.arange(held)
    units = np.eye(d, d + 1)
    decay = np.repeat([1.0, 0.0], [held, d])
    input_a = np.vstack([units[rows], np.pad(key.T @ query, ((0, 0), (0, 1)))])
    input_b = np.vstack([units[columns], np.eye(d + 1)[[d] * d]])
    gate_a, gate_b, adds = np.zeros((held, held + d)), np.zeros((held, held + d)), np.zeros((d, held))
    for product, (i, j) in enumerate(zip(rows, columns, strict=True)):
        adds[i, product] = 1
        if i == j:
            gate_a[product, place[i]] = 1
            gate_b[product, held + i] = 1
        else:
            gate_a[product, place[i, j]] = 1
            gate_b[product, [held + j, held + i]] = 1, -1
            adds[j, product] = -1
    return Network(decay, input_a, input_b, gate_a, gate_b, value @ adds)
