"""Wrong players of static Permutation Mastermind, each with the mistake that somebody makes."""

# ruff: noqa: F403, I001 # the impostors of each module, in the order of the contract

from __future__ import annotations

import random

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.mastermind.asking import *
from whp.impostors.mastermind.decoding import *
from whp.impostors.mastermind.right import Player


# All operations


@rejected_by("one_question_has_one_answer")
class RemembersTheLastDesign(Player):
    """Goes on with the generator of the question before."""

    rng = random.Random(1)

    def random(self, seed):
        return self.rng


@rejected_by("arguments_stay_untouched")
class WorksOnTheAnswers(Player):
    """Takes the residuals in the caller's own array."""

    def decode(self, queries, answers):
        shown = super().decode(queries, answers)
        if shown["status"] == "decoded":
            answers -= (queries == np.array(shown["codeword"])).sum(axis=1)
        return shown


@rejected_by("every_process_answers_alike_and_ends_well")
class SeedsByHash(Player):
    """Seeds with the hash of a string, which every process salts anew."""

    def random(self, seed):
        return random.Random(hash(f"mastermind {seed}"))
