"""Wrong scores of structured representations, each with the mistake that somebody makes."""

# ruff: noqa: F403, I001 # the impostors of each module, in the order of the contract

from __future__ import annotations

import random

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.disentanglement.scoring import *
from whp.impostors.disentanglement.structure import *
from whp.impostors.disentanglement.probing import *
from whp.impostors.disentanglement.right import Scorer


# All operations


@rejected_by("one_question_has_one_answer")
class GoesOnDrawing(Scorer):
    """Goes on with the generator of the question before, and gives the orders that it starts from."""

    rng = random.Random(1)
    rounds = 0

    def random(self, seed):
        return self.rng


@rejected_by("arguments_stay_untouched")
class AbsoluteInPlace(Scorer):
    """Takes absolute values in the caller's own array."""

    def read(self, importances):
        np.abs(importances, out=importances)
        return super().read(importances)


@rejected_by("every_process_answers_alike_and_ends_well")
class SeedsByHash(Scorer):
    """Seeds the starts, which it gives, with the hash of a string, which every process salts anew."""

    rounds = 0

    def random(self, seed):
        return random.Random(hash(f"align {seed}"))
