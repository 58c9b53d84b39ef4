"""Impostors of `attention` that get `fit` wrong."""

from __future__ import annotations

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.attention.right import Player


@rejected_by(
    "enough_neurons_learn_attention",
    "both_gates_go_below_the_floor_without_one",
    "trained_networks_learn_in_context",
)
class NoInputGateLearned(Player):
    """Has no input gate, and gives the best that is possible without, for P = I: (t + d + 1) value x_t."""

    def fit(self, query, key, value, neurons, steps, seed):
        d = key.shape[1]
        unit, one = np.eye(d, d + 1), np.eye(d + 1)[d]
        network = [(1.0, (d + 1) * one / (d + 1), one), *[(0.0, row, one) for row in unit]]
        network.append((0.0, (d + 1) * one, one))
        made = self.network(
            network, [({0: 1.0, d + 1: 1.0}, {1 + i: 1.0}, {i: 1.0}) for i in range(d)], value
        )
        return self.of_width({name: np.array(array) for name, array in made.items()}, neurons)


@rejected_by("enough_neurons_learn_attention", "trained_networks_learn_in_context")
class NeverTrained(Player):
    """Gives the network that training starts with."""

    def fit(self, query, key, value, neurons, steps, seed):
        rng = np.random.default_rng(seed)
        shapes = {"input_a": (neurons, key.shape[1] + 1), "input_b": (neurons, key.shape[1] + 1)}
        shapes |= {"gate_a": (4, neurons), "gate_b": (4, neurons), "readout": (len(value), 4)}
        return {
            "decay": rng.random(neurons),
            **{name: rng.normal(size=shape) for name, shape in shapes.items()},
        }


@rejected_by("too_few_neurons_do_not")
class TakesMoreNeurons(Player):
    """Gives itself the neurons that it needs, however many are asked for."""

    def of_width(self, made, neurons):
        return made
