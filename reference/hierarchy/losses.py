"""The two kinds of loss, with their slopes: of the outputs, and of decoding what a block has heard."""

from __future__ import annotations

import numpy as np

from whp.reference.hierarchy.cells import Array


def cross_entropy(logits: Array, wanted: Array) -> tuple[Array, Array]:
    """Return - sum wanted log softmax(logits) of each row, and its slope at the logits."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return -(wanted * logs).sum(axis=-1), np.exp(logs) * wanted.sum(axis=-1, keepdims=True) - wanted


def of_outputs(logits: Array, targets: Array) -> tuple[float, Array]:
    """Return the summed cross entropy of a step's outputs float[B,c], and its slope; -1 is no target."""
    wanted = (targets[:, None] == np.arange(logits.shape[1])).astype(logits.dtype)
    lost, slope = cross_entropy(logits, wanted)
    return float(lost.sum()), slope


def of_decoding(decoded: Array, heard: list[Array], softmax: bool) -> tuple[float, Array]:
    """Return a block's decoding loss, summed over the batch, and its slope at `decoded` float[B, k d_l].

    That is the mean squared error over the k d_l entries, or the mean cross entropy over the k inputs.
    """
    if not softmax:
        off = decoded - np.concatenate(heard, axis=1)
        return float((off**2).sum()) / off.shape[1], off * (2 / off.shape[1])
    wanted = np.stack(heard, axis=1)
    lost, slope = cross_entropy(decoded.reshape(wanted.shape), wanted)
    return float(lost.sum()) / len(heard), slope.reshape(decoded.shape) / len(heard)
