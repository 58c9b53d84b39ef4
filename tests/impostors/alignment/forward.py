"""Impostors of `alignment` that get `forward` wrong."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.alignment.right import Aligner


@rejected_by("forward_computes_the_network")
class NegativeLogitsCut(Aligner):
    """Has a ReLU after the last layer too."""

    def logits(self, signal):
        return self.relu(signal)


@rejected_by("forward_computes_the_network")
class HiddenBeforeTheReLU(Aligner):
    """Shows what goes into the ReLU."""

    def hidden(self, signal, hidden):
        hidden.append(signal)
        return self.relu(signal)


@rejected_by("forward_computes_the_network")
class LeaksALittle(Aligner):
    """Lets a hundredth of what is negative through."""

    def relu(self, signal):
        return np.where(signal > 0, signal, 0.01 * signal)


@rejected_by("forward_computes_the_network")
class ForgetsTheBiases(Aligner):
    """Multiplies, and adds nothing."""

    def affine(self, network, t, signal):
        return signal @ network.weights[t].T


@rejected_by("forward_computes_the_network")
class BiasAfterTheReLU(Aligner):
    """Adds the biases of hidden layers to what the ReLU gives."""

    def forward(self, network, inputs):
        hidden, signal = [], inputs
        for t, weight in enumerate(network.weights):
            signal = signal @ weight.T
            if t + 1 < len(network.weights):
                signal = self.relu(signal)
            if network.biases is not None:
                signal = signal + network.biases[t]
            hidden.append(signal)
        return {"logits": hidden.pop(), "hidden": hidden}


@rejected_by("forward_computes_the_network")
class TransposedWhereItFits(Aligner):
    """Multiplies by square weights from the other side."""

    def affine(self, network, t, signal):
        weight = network.weights[t]
        square = weight.shape[0] == weight.shape[1]
        turned = SimpleNamespace(weights={t: weight.T}, biases=network.biases)
        return super().affine(turned if square else network, t, signal)


@rejected_by("forward_computes_the_network")
class SinglePrecision(Aligner):
    """Computes with 24 binary digits and doesn't say so."""

    def affine(self, network, t, signal):
        return super().affine(network, t, signal).astype(np.float32)


@rejected_by("forward_computes_the_network")
class SmallIsNothing(Aligner):
    """Takes activations below 1e-6 for rounding."""

    def relu(self, signal):
        return np.where(signal > 1e-6, signal, 0)


@rejected_by("forward_computes_the_network")
class LastBatchLost(Aligner):
    """Goes through the inputs in batches of 64, of which the last, if it isn't full, gets no answer."""

    def logits(self, signal):
        signal[whole_batches(signal) :] = 0
        return signal


@rejected_by("forward_computes_the_network")
class LastBatchWithoutBias(Aligner):
    """Adds the biases in batches of 64 inputs, and to what is left over none."""

    def affine(self, network, t, signal):
        summed, full = np.einsum("ij,kj->ki", network.weights[t], signal), whole_batches(signal)
        if network.biases is not None:
            summed[:full] += network.biases[t]
        return summed


def whole_batches(rows, size=64):
    """Return how many rows full batches have; all, if there is no full one."""
    return len(rows) // size * size or len(rows)
