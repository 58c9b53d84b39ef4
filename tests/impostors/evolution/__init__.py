"""Wrong evolution strategies with past descent directions, each with the mistake that somebody makes."""

# ruff: noqa: F403, I001 # the impostors of each module, in the order of the contract

from __future__ import annotations

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.evolution.directions import *
from whp.impostors.evolution.estimates import *
from whp.impostors.evolution.iterations import *
from whp.impostors.evolution.right import Strategy


# All operations


@rejected_by("one_question_has_one_answer")
class GoesOnDrawing(Strategy):
    """Goes on with the generator of the question before."""

    generator = np.random.Generator(np.random.Philox(1))

    def random(self, seed):
        return self.generator


@rejected_by("one_question_has_one_answer")
class StateOfItsOwn(Strategy):
    """Keeps the state to itself, so that two iterations get into each other's way."""

    kept = None

    def begin(self, point, count, sigma, seed):
        begun = super().begin(point, count, sigma, seed)
        self.kept = begun["state"]
        return begun | {"state": None}

    def advance(self, state, values):
        after = super().advance(self.kept, values)
        self.kept = after["state"]
        return after | {"state": None}


@rejected_by("arguments_stay_untouched")
class CentersInPlace(Strategy):
    """Centres the values in the caller's own array."""

    def tell(self, point, points, values, sigma):
        values -= values.mean()
        return super().tell(point, points, values, sigma)


@rejected_by("every_process_answers_alike_and_ends_well")
class SeedsByHash(Strategy):
    """Seeds with the hash of a string, which every process salts anew."""

    def random(self, seed):
        return super().random(abs(hash(f"evolution {seed}")))
