"""An aligner with an assignment of its own, right."""

from __future__ import annotations

from typing import ClassVar

import numpy as np


class Aligner:
    """The whole system, right, with an assignment of its own; an impostor changes one thing."""

    whp: ClassVar = {"method": "activation"}

    # forward

    def forward(self, network, inputs):
        hidden, signal = [], np.array(inputs)
        layers = len(network.weights)
        for t in range(layers):
            signal = self.affine(network, t, signal)
            if t + 1 < layers:
                signal = self.hidden(signal, hidden)
        return {"logits": self.logits(signal), "hidden": hidden}

    def affine(self, network, t, signal):
        summed = np.einsum("ij,kj->ki", network.weights[t], signal)
        return summed if network.biases is None else summed + network.biases[t]

    def hidden(self, signal, hidden):
        hidden.append(self.relu(signal))
        return hidden[-1]

    def relu(self, signal):
        return np.where(signal > 0, signal, 0)

    def logits(self, signal):
        return signal

    # match

    def match(self, first, second, inputs):
        pairs = zip(self.seen(first, inputs), self.seen(second, inputs), strict=True)
        return [self.matched(one, other) for one, other in pairs]

    def seen(self, network, inputs):
        return self.forward(network, inputs)["hidden"]

    def matched(self, one, other):
        return self.match_layer(one, other)

    def match_layer(self, first, second):
        return self.assigned(self.similarity(first, second))

    def similarity(self, first, second):
        return self.directions(first).T @ self.directions(second)

    def directions(self, columns):
        norms = np.sqrt((columns**2).sum(axis=0))
        return columns / np.where(norms > 0, norms, 1)

    def assigned(self, similar):
        return largest(similar)

    # permute

    def permute(self, network, permutations):
        rows = [*permutations, np.arange(len(network.weights[-1]))]
        columns = [np.arange(network.weights[0].shape[1]), *permutations]
        pairs = zip(network.weights, rows, columns, strict=True)
        return {
            "weights": [self.moved(weight, p, q) for weight, p, q in pairs],
            "biases": self.shifted(network.biases, rows),
        }

    def moved(self, weight, p, q):
        return weight[np.ix_(p, q)]

    def shifted(self, biases, rows):
        return biases and [bias[p] for bias, p in zip(biases, rows, strict=True)]

    # interpolate

    def interpolate(self, first, second, weight):
        return {
            "weights": self.mixed(first.weights, second.weights, weight),
            "biases": first.biases and self.mixed(first.biases, second.biases, weight),
        }

    def mixed(self, ones, others, weight):
        return [self.between(one, other, weight) for one, other in zip(ones, others, strict=True)]

    def between(self, one, other, weight):
        return one * weight + other * (1 - weight)

    # barrier

    def barrier(self, losses, weights):
        chord = [self.chord(losses, weight) for weight in weights]
        return max(loss - below for loss, below in zip(losses, chord, strict=True))

    def chord(self, losses, weight):
        return losses[0] + weight * (losses[-1] - losses[0])


def largest(similar):
    """Return the assignment of the largest sum, by shortest augmenting paths (Jonker, Volgenant)."""
    n = len(similar)
    cost = similar.max(initial=0) - similar
    u, v, row_of = np.zeros(n + 1), np.zeros(n + 1), np.full(n + 1, -1)
    for i in range(n):
        row_of[n], at = i, n
        least, way, used = np.full(n, np.inf), np.full(n, -1), np.zeros(n + 1, bool)
        while row_of[at] >= 0:
            used[at] = True
            reduced = cost[row_of[at]] - u[row_of[at]] - v[:n]
            closer = ~used[:n] & (reduced < least)
            least[closer], way[closer] = reduced[closer], at
            free = np.flatnonzero(~used[:n])
            nearest = free[least[free].argmin()]
            step = least[nearest]
            u[row_of[used]] += step
            v[used] -= step
            least[free] -= step
            at = nearest
        while at != n:
            row_of[at], at = row_of[way[at]], way[at]
    p = np.empty(n, np.int64)
    p[row_of[:n]] = np.arange(n)
    return p
