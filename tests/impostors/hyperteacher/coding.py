"""Impostors of `hyperteacher` that get `sample_codes` wrong."""

from __future__ import annotations

import math
import random

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.hyperteacher.right import Modular


@rejected_by("entries_have_the_stated_size")
class MasksThemselves(Modular):
    """Leaves discrete codes 0 and 1, as in the few-shot setting."""

    def even(self, k):
        return 1.0


@rejected_by("entries_have_the_stated_size")
class SumOfOne(Modular):
    """Scales discrete codes to sum 1."""

    def even(self, k):
        return 1 / k


@rejected_by("entries_have_the_stated_size")
class RepeatedModulesWeigh(Modular):
    """Divides by the root of the length of the mask, repeated modules counted."""

    def sample_codes(self, masks, count, modules, continuous, seed):
        codes = np.array(super().sample_codes(masks, count, modules, continuous, seed)).reshape(
            count, modules
        )
        lengths = {tuple(sorted(set(mask))): len(mask) for mask in masks}
        for code in codes if not continuous else []:
            active = tuple(np.flatnonzero(code).tolist())
            code[list(active)] = 1 / math.sqrt(lengths[active])
        return codes


@rejected_by("entries_have_the_stated_size")
class NoShift(Modular):
    """Leaves out the 0.5 that active entries start from."""

    def weights(self, u):
        return self.shares(u)


@rejected_by("entries_have_the_stated_size")
class EachByItself(Modular):
    """Divides each exponential number by one plus itself."""

    def shares(self, u):
        return [each / (1 + each) for each in u]


@rejected_by("codes_lie_on_masks")
class CoinForEachModule(Modular):
    """Throws a coin for each module of the mask."""

    def entries(self, k, continuous, rng, row):
        return [entry * (rng.random() < 0.5) for entry in super().entries(k, continuous, rng, row)]


@rejected_by("codes_lie_on_masks")
class AnyModules(Modular):
    """Draws as many modules as a mask has, whichever."""

    def sample_codes(self, masks, count, modules, continuous, seed):
        rng = random.Random(seed)
        codes = np.array(super().sample_codes(masks, count, modules, continuous, seed)).reshape(
            count, modules
        )
        return [rng.sample(code, len(code)) for code in codes.tolist()]


@rejected_by("continuous_codes_differ")
class OneWeightForAll(Modular):
    """Draws one exponential number for all active modules of a code."""

    def shares(self, u):
        return super().shares(u[:1] * len(u))


@rejected_by("continuous_codes_differ")
class OneDrawForAll(Modular):
    """Draws the weights once, for all codes of a call."""

    def entries(self, k, continuous, rng, row):
        if not continuous:
            return super().entries(k, continuous, rng, row)
        if row == 0:
            self.drawn = [self.draw(rng) for _ in range(64)]
        return self.weights(self.drawn[:k])


@rejected_by("other_seeds_give_other_codes")
class HighBitsLost(Modular):
    """Keeps the 32 low bits of a seed."""

    def generator(self, seed):
        return random.Random(seed % 2**32)


@rejected_by("other_seeds_give_other_codes")
class LowBitsLost(Modular):
    """Keeps a seed's high bits, as a generator of 32-bit floats may."""

    def generator(self, seed):
        return random.Random(float(np.float32(seed)))


@rejected_by("other_seeds_give_other_codes", "masks_are_drawn_uniformly")
class MasksInTurn(Modular):
    """Takes the masks one after the other."""

    def chosen(self, masks, count, rng):
        return [masks[row % len(masks)] for row in range(count)]


@rejected_by("masks_are_drawn_uniformly")
class WithoutReplacement(Modular):
    """Shuffles the masks and goes through them, so that no two of the first codes have one."""

    def chosen(self, masks, count, rng):
        order = rng.sample(masks, len(masks))
        return [order[row % len(masks)] for row in range(count)]


@rejected_by("masks_are_drawn_uniformly")
class LargeMasksOftener(Modular):
    """Draws a module first, and then a mask that has it."""

    def chosen(self, masks, count, rng):
        modules = sorted({m for mask in masks for m in mask})
        return [
            rng.choice([mask for mask in masks if m in mask])
            for m in (rng.choice(modules) for _ in range(count))
        ]


@rejected_by("masks_are_drawn_uniformly")
class MasksByAByte(Modular):
    """Takes the remainder of a byte for the number of a mask: of many, the first ones come twice as often."""

    def chosen(self, masks, count, rng):
        return [masks[rng.randrange(256) % len(masks)] for _ in range(count)]


@rejected_by("continuous_codes_differ")
class PoolOfNumbers(Modular):
    """Draws exponential numbers for 64 codes, and uses them again."""

    def sample_codes(self, masks, count, modules, continuous, seed):
        self.pool = [super(PoolOfNumbers, self).draw(random.Random(seed + i)) for i in range(64 * modules)]
        return super().sample_codes(masks, count, modules, continuous, seed)

    def entries(self, k, continuous, rng, row):
        at = row % 64 * k
        return (
            self.weights(self.pool[at : at + k]) if continuous else super().entries(k, continuous, rng, row)
        )


@rejected_by("active_entries_follow_their_law")
class WithoutTheOne(Modular):
    """Divides by the sum of the exponential numbers alone: uniform on the simplex."""

    def shares(self, u):
        return [each / sum(u) for each in u]


@rejected_by("active_entries_follow_their_law", "sums_of_entries_follow_their_law")
class Dirichlet(Modular):
    """Has one exponential number more in the sum, in place of the one."""

    def entries(self, k, continuous, rng, row):
        self.more = self.draw(rng)
        return super().entries(k, continuous, rng, row)

    def shares(self, u):
        return [each / (self.more + sum(u)) for each in u]


@rejected_by("active_entries_follow_their_law")
class UniformWeights(Modular):
    """Draws weights uniformly, not exponentially."""

    def draw(self, rng):
        return rng.random()


@rejected_by("sums_of_entries_follow_their_law")
class EntriesApart(Modular):
    """Draws the other exponential numbers anew for each entry: each has the right law, but by itself."""

    def entries(self, k, continuous, rng, row):
        if not continuous:
            return super().entries(k, continuous, rng, row)
        return [self.weights([self.draw(rng) for _ in range(k)])[0] for _ in range(k)]
