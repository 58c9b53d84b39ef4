"""Wrong linear attentions and gated networks, each with the mistake that somebody makes."""

# ruff: noqa: F403, I001 # the impostors of each module, in the order of the contract

from __future__ import annotations

import random

from whp.impostors import rejected_by
from whp.impostors.attention.attending import *
from whp.impostors.attention.gating import *
from whp.impostors.attention.fitting import *
from whp.impostors.attention.training import *
from whp.impostors.attention.right import Player


# All operations


@rejected_by("one_question_has_one_answer")
class GoesOnWithTheState(Player):
    """Begins a sequence with the state that the last one of its size ended with."""

    def __init__(self):
        self.held = {}

    def begin(self, h):
        return self.held.get(h, [0.0] * h)

    def end(self, state):
        self.held[len(state)] = state


@rejected_by("arguments_stay_untouched")
class SumsInPlace(Player):
    """Takes the rate into the caller's own targets."""

    def predict(self, inputs, targets, query, rate):
        targets *= rate
        return targets.T @ (inputs @ query)


@rejected_by("every_process_answers_alike_and_ends_well")
class OrderByHash(Player):
    """Orders neurons by the hash of their names, which every process salts anew."""

    def network(self, neurons, gates, outer):
        made = super().network(neurons, gates, outer)
        order = sorted(range(len(neurons)), key=lambda i: hash(f"neuron {i}"))
        random.Random(hash("neurons")).shuffle(order)
        for name in ("input_a", "input_b"):
            made[name] = made[name][order]
        for name in ("gate_a", "gate_b"):
            made[name] = made[name][:, order]
        return {**made, "decay": [made["decay"][i] for i in order]}
