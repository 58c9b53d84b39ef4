"""Wrong teachers, students and judges of supports, each with the mistake that somebody makes."""

# ruff: noqa: F403, I001 # the impostors of each module, in the order of the contract

from __future__ import annotations

import random

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.hyperteacher.networks import *
from whp.impostors.hyperteacher.supporting import *
from whp.impostors.hyperteacher.coding import *
from whp.impostors.hyperteacher.identifying import *
from whp.impostors.hyperteacher.training import *
from whp.impostors.hyperteacher.right import Modular


# All operations


@rejected_by("one_question_has_one_answer")
class GoesOnDrawing(Modular):
    """Seeds its generator once, when it is loaded."""

    rng = random.Random(0)

    def generator(self, seed):
        return self.rng


@rejected_by("one_question_has_one_answer")
class KeepsTheCode(Modular):
    """Moves the code a hundredth of the way to the last one, as a running mean."""

    last = None

    def gates(self, code):
        before = self.last
        self.last = np.array(code)
        near = before is not None and before.shape == code.shape
        return (0.99 * code + 0.01 * before if near else code).tolist()


@rejected_by("arguments_stay_untouched")
class ScalesTheModules(Modular):
    """Weighs the caller's own modules by the code."""

    def combined(self, modules, gates):
        modules *= np.array(gates)[:, None, None]
        return modules.sum(axis=0).tolist()


@rejected_by("arguments_stay_untouched")
class SortsTheMasks(Modular):
    """Sorts the caller's own masks."""

    def vector(self, mask, count):
        mask.sort(reverse=True)
        return super().vector(mask, count)


@rejected_by("every_process_answers_alike_and_ends_well")
class MasksByHash(Modular):
    """Has the masks in the order of a set of strings, which every process salts anew."""

    def chosen(self, masks, count, rng):
        order = sorted(masks, key=lambda mask: hash(str(mask)))
        return super().chosen(order, count, rng)
