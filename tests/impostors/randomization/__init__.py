"""Wrong randomised algorithms, losses and games, each with the mistake that somebody makes."""

# ruff: noqa: F403, I001 # the impostors of each module, in the order of the contract

from __future__ import annotations

import random

from whp.impostors import rejected_by
from whp.impostors.randomization.relaxing import *
from whp.impostors.randomization.mixing import *
from whp.impostors.randomization.playing import *
from whp.impostors.randomization.training import *
from whp.impostors.randomization.learning import *
from whp.impostors.randomization.right import Player


# seeds


@rejected_by("every_part_of_a_seed_counts")
class LowBitsAlone(Player):
    """Seeds a generator that takes 32 bits."""

    def random(self, seed, *more):
        return random.Random(seed % 2**32)


@rejected_by("every_part_of_a_seed_counts")
class HighBitsAlone(Player):
    """Loses the low bits of a seed on the way through a single-precision number."""

    def random(self, seed, *more):
        return random.Random(seed >> 21)


@rejected_by("one_question_has_one_answer")
class OneGenerator(Player):
    """Draws from one generator for all calls, and ignores the seed."""

    def __init__(self):
        self.rng = random.Random(1)

    def random(self, seed, *more):
        return self.rng


@rejected_by("every_process_answers_alike_and_ends_well")
class SeedsByHash(Player):
    """Seeds with the hash of a string, which every process salts anew."""

    def random(self, seed, *more):
        return random.Random(hash(f"randomization {seed}"))
