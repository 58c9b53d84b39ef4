"""Wrong aligners of networks, each with the mistake that somebody makes."""

# ruff: noqa: F403, I001 # the impostors of each module, in the order of the contract

from __future__ import annotations

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.alignment.forward import *
from whp.impostors.alignment.matching import *
from whp.impostors.alignment.mixing import *
from whp.impostors.alignment.right import Aligner


# All operations


@rejected_by("one_question_has_one_answer")
class DrawsForDeadUnits(Aligner):
    """Gives units that never answer a tiny random similarity, from a generator that goes on."""

    rng = np.random.default_rng(1)

    def similarity(self, first, second):
        similar = super().similarity(first, second)
        return similar + 1e-12 * self.rng.random(similar.shape)


@rejected_by("arguments_stay_untouched")
class ScalesInPlace(Aligner):
    """Divides the caller's own columns by their norms."""

    def directions(self, columns):
        norms = np.sqrt((columns**2).sum(axis=0))
        columns /= np.where(norms > 0, norms, 1)
        return columns


@rejected_by("arguments_stay_untouched")
class MovesInPlace(Aligner):
    """Writes the permuted rows over the network that it was handed."""

    def moved(self, weight, p, q):
        weight[:] = super().moved(weight, p, q)
        return weight


@rejected_by("every_process_answers_alike_and_ends_well")
class TiesByHash(Aligner):
    """Breaks ties by the hash of a string, which every process salts anew."""

    def assigned(self, similar):
        order = sorted(range(len(similar)), key=lambda unit: hash(f"unit {unit}"))
        return np.array(order, np.int64)[super().assigned(similar[:, order])] if order else []
