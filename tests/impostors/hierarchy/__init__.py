"""Wrong hierarchical networks and trainings of them, each with the mistake that somebody makes."""

# ruff: noqa: F403, I001 # the impostors of each module, in the order of the contract

from __future__ import annotations

import random

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.tape import Node
from whp.impostors.hierarchy.recurrence import *
from whp.impostors.hierarchy.gradients import *
from whp.impostors.hierarchy.training import *
from whp.impostors.hierarchy.right import Network


# All operations


@rejected_by("one_question_has_one_answer")
class RemembersTheStates(Network):
    """Starts a run from where the one before has ended, if it fits."""

    before = None

    def begin(self, p, batch, kind):
        fresh = super().begin(p, batch, kind)
        fits = self.before is not None and self.before.shape == fresh.value.shape
        return Node(self.before.astype(kind)) if fits else fresh

    def run(self, p, inputs, k, cut):
        made = super().run(p, inputs, k, cut)
        self.before = self.last[1].value
        return made


@rejected_by("arguments_stay_untouched")
class TrainsInPlace(Network):
    """Trains the caller's own parameters."""

    def train(self, parameters, inputs, targets, period, cut, weights, decoder, rate, clip, dtype, device):
        rest = period, cut, weights, decoder, rate, clip, dtype, device
        done = super().train(parameters, inputs, targets, *rest)
        for name, value in done["parameters"].items():
            parameters[name][...] = value
        return done


@rejected_by("every_process_answers_alike_and_ends_well")
class SeedsByHash(Network):
    """Adds noise from the hash of a string, which every process salts anew."""

    def input(self, inputs, t):
        noise = random.Random(hash(f"step {t}")).gauss(0, 1e-3)
        return inputs[t] + noise * Node(np.ones_like(inputs[t].value)).value
