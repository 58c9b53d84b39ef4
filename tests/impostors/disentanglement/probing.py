"""Impostors of `disentanglement` that get `importances` or `align` wrong."""

from __future__ import annotations

import math

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.disentanglement.right import Scorer

# importances


@rejected_by("importances_of_a_factor_sum_to_1")
class LatentsSumToOne(Scorer):
    """Divides rows by their sums in the place of columns."""

    def normalised(self, weights):
        return super().normalised(weights.T).T


@rejected_by("importances_of_a_factor_sum_to_1")
class NotNormalised(Scorer):
    """Leaves importances as they come, so that factors of a larger scale weigh more."""

    def normalised(self, weights):
        return weights


@rejected_by("importances_of_a_factor_sum_to_1")
class SignedCorrelations(Scorer):
    """Takes correlations with their signs."""

    def weights(self, latents, factors):
        return latents.T @ factors / len(latents)


@rejected_by("constant_latents_count_for_nothing")
class EveryLatentCounts(Scorer):
    """Gives every latent a little, so that no importance is 0."""

    def weights(self, latents, factors):
        return super().weights(latents, factors) + 1e-3


@rejected_by("constant_latents_count_for_nothing", "the_latent_that_tells_a_factor_counts_most")
class AccuracyAlone(Scorer):
    """Gives all latents alike how well the whole predicts."""

    def weights(self, latents, factors):
        return np.ones((latents.shape[1], factors.shape[1]))


@rejected_by("the_latent_that_tells_a_factor_counts_most")
class RawCoefficients(Scorer):
    """Takes the coefficients of latents in whatever unit they come."""

    def importances(self, latents, factors, seed):
        centred = latents - latents.mean(axis=0)
        centred[:, np.ptp(latents, axis=0) == 0] = 0
        return self.normalised(np.abs(np.linalg.lstsq(centred, factors - factors.mean(axis=0))[0]))


@rejected_by("the_latent_that_tells_a_factor_counts_most")
class NextLatent(Scorer):
    """Counts the intercept as the first latent: all are off by one."""

    def weights(self, latents, factors):
        return np.roll(super().weights(latents, factors), 1, axis=0)


@rejected_by("the_latent_that_tells_a_factor_counts_most")
class FactorsInReverse(Scorer):
    """Stacks the columns from the last factor to the first."""

    def weights(self, latents, factors):
        return super().weights(latents, factors)[:, ::-1]


@rejected_by(
    "object_separation_is_seen",
    "levels_are_told_apart",
    "mixing_lowers_the_score_step_by_step",
    "a_segmentation_score_sees_other_things",
)
class OwnBlockAlone(Scorer):
    """Predicts the factors of an object from its own slot alone, so that no leak can be seen."""

    def weights(self, latents, factors):
        weights = super().weights(latents, factors)
        parts = math.gcd(*weights.shape)
        slots, objects = (np.arange(size) * parts // size for size in weights.shape)
        return weights * (slots[:, None] == objects)


@rejected_by(
    "object_separation_is_seen",
    "levels_are_told_apart",
    "mixing_lowers_the_score_step_by_step",
    "a_segmentation_score_sees_other_things",
)
class Noise(Scorer):
    """Gives each latent that varies a random share."""

    def importances(self, latents, factors, seed):
        weights = np.random.default_rng(seed).random((latents.shape[1], factors.shape[1]))
        return self.normalised(weights * (np.ptp(latents, axis=0) > 0)[:, None])


# align


@rejected_by("no_slot_holds_two_objects")
class BestSlotForEach(Scorer):
    """Chooses the best slot of each object by itself."""

    def choose(self, costs):
        return costs.argmin(axis=1), costs.min(axis=1).sum()


@rejected_by("no_slot_holds_two_objects", verdict="broken")
class CountsFromOne(Scorer):
    """Numbers the slots from 1."""

    def shown(self, order, slots):
        return order + 1


@rejected_by("planted_slots_are_found", "levels_do_not_depend_on_the_order_of_slots")
class OrderAsItComes(Scorer):
    """Takes the slots in the order in which the model returns them."""

    def align(self, latents, factors, seed):
        return {"slots": np.tile(np.arange(factors.shape[1]), (len(latents), 1))}


@rejected_by("planted_slots_are_found", "levels_do_not_depend_on_the_order_of_slots")
class RandomOrder(Scorer):
    """Gives the orders that it starts from."""

    rounds = 0


@rejected_by("planted_slots_are_found", "levels_do_not_depend_on_the_order_of_slots")
class InverseOrder(Scorer):
    """Gives the object of each slot in the place of the slot of each object."""

    def shown(self, order, slots):
        return order.argsort(axis=1) if order.shape[1] == slots else order


@rejected_by("planted_slots_are_found")
class OneAssignment(Scorer):
    """Assigns once, to slots of which each has a probe of its own."""

    rounds = 1
    restarts = 1

    def fit(self, slots, objects, order):
        fits = [
            super(OneAssignment, self).fit(slots, objects[:, [k]], order[:, [k]])[1][:, 0]
            for k in range(objects.shape[1])
        ]
        return 0.0, np.stack(fits, axis=1)


@rejected_by("planted_slots_are_found")
class FirstSlotsAlone(Scorer):
    """Looks at as many slots as there are objects, and never at the others."""

    def align(self, latents, factors, seed):
        return super().align(latents[:, : factors.shape[1]], factors, seed)


@rejected_by("planted_slots_are_found")
class OneObjectInTheFirst(Scorer):
    """Takes a single object for one that needs no search, and says that the first slot holds it."""

    def align(self, latents, factors, seed):
        shown = super().align(latents, factors, seed)
        return {"slots": 0 * shown["slots"]} if factors.shape[1] == 1 else shown


@rejected_by("planted_slots_are_found")
class OneEmptySlotAtMost(Scorer):
    """Gives the first slots where more than one holds no object."""

    def align(self, latents, factors, seed):
        shown = super().align(latents, factors, seed)
        objects = factors.shape[1]
        return {"slots": 0 * shown["slots"] + range(objects)} if latents.shape[1] > objects + 1 else shown


@rejected_by("planted_slots_are_found", "levels_do_not_depend_on_the_order_of_slots")
class FirstHalfAlone(Scorer):
    """Aligns the first half of the samples, as if the rest were another batch that it forgets."""

    def shown(self, order, slots):
        order = order.copy()
        order[len(order) // 2 :] = order[0]
        return order
