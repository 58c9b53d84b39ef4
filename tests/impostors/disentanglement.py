"""Wrong scores of structured representations, each with the mistake that somebody makes."""

from __future__ import annotations

import math
import random
from itertools import permutations

import numpy as np

from whp.impostors import rejected_by


class Scorer:
    """All of it, right: scores in plain Python, importances by correlation; an impostor changes one thing."""

    # scores

    def scores(self, importances, latent_groups, factor_groups):
        if not importances.size:
            return self.told(0.0, 0.0)
        return self.scored(self.table(self.read(importances), latent_groups, factor_groups))

    def read(self, importances):
        return [[self.size(entry) for entry in row] for row in importances.tolist()]

    def size(self, entry):
        return abs(entry)

    def table(self, rows, latent_groups, factor_groups):
        by_latents = self.summed(rows, latent_groups)
        return self.turned(self.summed(self.turned(by_latents), factor_groups))

    def turned(self, rows):
        return [list(column) for column in zip(*rows, strict=True)]

    def summed(self, rows, groups):
        if groups is None:
            return rows
        return [
            [self.together(column) for column in zip(*of_group, strict=True)]
            for label in range(max(groups, default=-1) + 1)
            if (of_group := [row for row, own in zip(rows, groups, strict=True) if own == label])
        ]

    def together(self, values):
        return sum(values)

    def scored(self, table):
        turned = self.turned(table)
        return self.told(self.concentrated(table, len(turned)), self.concentrated(turned, len(table)))

    def told(self, disentanglement, completeness):
        return {"disentanglement": disentanglement, "completeness": completeness}

    def concentrated(self, rows, groups):
        """Return the mean of the rows' scores, weighted by their masses."""
        masses = [sum(row) for row in rows]
        total = sum(masses)
        if total == 0:
            return self.of_nothing()
        return self.mean([self.row(row, groups) for row in rows], [mass / total for mass in masses])

    def of_nothing(self):
        return 0.0

    def mean(self, scores, weights):
        return sum(score * weight for score, weight in zip(scores, weights, strict=True))

    def row(self, row, groups):
        return 1 - self.entropy(row) / self.largest(groups) if groups > 1 else self.of_one_group()

    def of_one_group(self):
        return 1.0

    def largest(self, groups):
        return math.log(groups)

    def entropy(self, row):
        mass = sum(row)
        return -sum(entry / mass * math.log(entry / mass) for entry in row if entry / (mass or 1) > 0)

    # levels

    def levels(self, importances, slots, objects):
        rows, columns = importances.shape
        d, m = rows // slots, columns // objects
        of_slot, of_dimension = self.groups(rows, d)
        of_object, of_property = self.groups(columns, m)
        return {
            "flat": self.scores(importances, None, None),
            "object": self.scores(importances, of_slot, of_object),
            "property": self.scores(importances, of_dimension, of_property),
        }

    def groups(self, count, width):
        return [i // width for i in range(count)], [i % width for i in range(count)]

    # importances: squared correlations

    def importances(self, latents, factors, seed):
        weights = self.weights(self.standard(latents), self.standard(factors))
        return self.normalised(weights)

    def standard(self, samples):
        centred = samples - samples[0]
        centred = centred - centred.mean(axis=0)
        spread = centred.std(axis=0)
        return centred / np.where(spread > 0, spread, 1)

    def weights(self, latents, factors):
        return (latents.T @ factors) ** 2

    def normalised(self, weights):
        sums = weights.sum(axis=0)
        return weights / np.where(sums > 0, sums, 1)

    # align: all slots look alike, so that one probe from a slot to an object serves them all

    def align(self, latents, factors, seed):
        slots, objects = self.standard_slots(latents), self.standard_slots(factors)
        rng = self.random(seed)
        fits = [self.fit(slots, objects, self.start(latents, factors, rng)) for _ in range(self.restarts)]
        return {"slots": self.shown(min(fits, key=lambda fit: fit[0])[1], latents.shape[1])}

    restarts = 3
    rounds = 20

    def random(self, seed):
        return random.Random(seed)

    def standard_slots(self, values):
        return self.standard(values.reshape(-1, values.shape[2])).reshape(values.shape)

    def start(self, latents, factors, rng):
        objects = range(factors.shape[1])
        return np.array([rng.sample(range(latents.shape[1]), len(objects)) for _ in latents])

    def fit(self, slots, objects, order):
        loss = math.inf
        for _ in range(self.rounds):
            chosen = np.take_along_axis(slots, order[:, :, None], axis=1).reshape(-1, slots.shape[2])
            wanted = objects.reshape(-1, objects.shape[2])
            gram = chosen.T @ chosen + 1e-3 * len(chosen) * np.eye(chosen.shape[1])
            guesses = slots @ np.linalg.solve(gram, chosen.T @ wanted)
            costs = ((guesses[:, :, None, :] - objects[:, None, :, :]) ** 2).sum(axis=3)
            order, loss = self.choose(costs)
        return loss, order

    def choose(self, costs):
        _, slots, objects = costs.shape
        orders = np.array(list(permutations(range(slots), objects)))
        losses = costs[:, orders, np.arange(objects)].sum(axis=2)
        return orders[losses.argmin(axis=1)], losses.min(axis=1).sum()

    def shown(self, order, slots):
        return order


# scores


@rejected_by(
    "known_matrices_have_their_scores",
    "scores_are_conditional_entropies",
    "the_two_scores_differ_as_the_marginals_do",
    "mixing_codes_disentangles_nothing",
)
class UnweightedCompleteness(Scorer):
    """Takes the plain mean of completeness over factors."""

    def scored(self, table):
        turned = self.turned(table)
        rows = [self.row(row, len(table)) for row in turned if sum(row) > 0]
        plain = sum(rows) / len(rows) if rows else 0.0
        return super().scored(table) | {"completeness": plain}


@rejected_by(
    "known_matrices_have_their_scores",
    "scores_are_conditional_entropies",
    "the_two_scores_differ_as_the_marginals_do",
    "dead_latents_count_in_the_base_alone",
    "merging_latents_disentangles_nothing",
)
class UnweightedMean(Scorer):
    """Takes plain means, in which dead latents count as any other."""

    def mean(self, scores, weights):
        return sum(scores) / len(scores)


@rejected_by(
    "known_matrices_have_their_scores",
    "dead_latents_count_in_the_base_alone",
    "splitting_a_latent_costs_what_it_must",
)
class Exchanged(Scorer):
    """Calls each score by the other's name: codes in columns, factors in rows."""

    def told(self, disentanglement, completeness):
        return super().told(completeness, disentanglement)


@rejected_by("transposing_exchanges_the_two_scores")
class OneScoreForBoth(Scorer):
    """Returns disentanglement twice."""

    def told(self, disentanglement, completeness):
        return super().told(disentanglement, disentanglement)


@rejected_by(
    "known_matrices_have_their_scores",
    "scores_lie_between_0_and_1_and_the_ends_mean_what_they_say",
    "a_score_near_1_is_a_code_near_one_to_one",
)
class InNats(Scorer):
    """Takes natural logarithms, whatever the number of groups."""

    def largest(self, groups):
        return 1.0


@rejected_by(
    "known_matrices_have_their_scores",
    "scores_lie_between_0_and_1_and_the_ends_mean_what_they_say",
    "splitting_a_latent_costs_what_it_must",
)
class InBits(Scorer):
    """Takes logarithms to the base 2, whatever the number of groups."""

    def largest(self, groups):
        return math.log(2)


@rejected_by("known_matrices_have_their_scores", "transposing_exchanges_the_two_scores")
class BaseOfTheLatents(Scorer):
    """Divides both entropies by the logarithm of the number of latents."""

    def scored(self, table):
        turned = self.turned(table)
        return self.told(self.concentrated(table, len(table)), self.concentrated(turned, len(table)))


@rejected_by(
    "scores_are_conditional_entropies",
    "grouping_tells_nothing_new",
    "a_level_is_the_flat_level_of_its_sums",
)
class BaseBeforeGrouping(Scorer):
    """Divides by the logarithm of the number of latents and factors, not of their groups."""

    def scores(self, importances, latent_groups, factor_groups):
        table = self.table(self.read(importances), latent_groups, factor_groups)
        a, b = importances.shape
        return self.told(self.concentrated(table, b), self.concentrated(self.turned(table), a))


@rejected_by("known_matrices_have_their_scores", "the_two_scores_differ_as_the_marginals_do")
class Homogeneity(Scorer):
    """Divides by the entropies of the marginals, as homogeneity and completeness of clusterings do."""

    def concentrated(self, rows, groups):
        if sum(map(sum, rows)) == 0:
            return 0.0
        most = self.entropy([sum(column) for column in zip(*rows, strict=True)])
        if most == 0:
            return 1.0
        masses = [sum(row) for row in rows]
        lost = self.mean([self.entropy(row) for row in rows], [mass / sum(masses) for mass in masses])
        return 1 - lost / most


@rejected_by(
    "scores_are_conditional_entropies",
    "a_level_is_the_flat_level_of_its_sums",
    "known_codes_have_their_levels",
)
class LargestOfAGroup(Scorer):
    """Takes the largest importance of a group in the place of the sum."""

    def together(self, values):
        return max(values)


@rejected_by("known_matrices_have_their_scores", "a_level_is_the_flat_level_of_its_sums")
class MeanOfAGroup(Scorer):
    """Takes the mean importance of a group, so that small groups weigh as much as large ones."""

    def together(self, values):
        return sum(values) / len(values)


@rejected_by("a_level_is_the_flat_level_of_its_sums", "known_codes_have_their_levels")
class MeanOfFineScores(Scorer):
    """Scores the single latents and factors at every level: a mean over groups of means over members."""

    def table(self, rows, latent_groups, factor_groups):
        return rows


@rejected_by("scores_are_conditional_entropies", "known_codes_have_their_levels")
class LatentsGroupedAlone(Scorer):
    """Sums over groups of latents, and leaves factors single."""

    def table(self, rows, latent_groups, factor_groups):
        return super().table(rows, latent_groups, None)


@rejected_by("scores_do_not_depend_on_the_scale", "levels_are_the_scores_of_their_groupings")
class EpsilonInTheLogarithm(Scorer):
    """Adds 1e-11 before it divides and takes logarithms, so that there is nothing to look out for."""

    def concentrated(self, rows, groups):
        rows = [[entry + 1e-11 for entry in row] for row in rows]
        return super().concentrated(rows, groups)


@rejected_by("scores_do_not_depend_on_the_scale")
class EpsilonInTheSum(Scorer):
    """Adds 1e-12 to the mass that it divides by."""

    def entropy(self, row):
        mass = sum(row) + 1e-12
        return -sum(entry / mass * math.log(entry / mass) for entry in row if entry > 0)


@rejected_by("scores_do_not_depend_on_the_scale")
class SmallIsZero(Scorer):
    """Takes what is below 1e-8 for rounding."""

    def size(self, entry):
        return abs(entry) if abs(entry) >= 1e-8 else 0.0


@rejected_by("known_matrices_have_their_scores", "dead_latents_count_in_the_base_alone")
class DeadLatentsDropped(Scorer):
    """Leaves out latents and factors that count for nothing, before it counts how many there are."""

    def scored(self, table):
        kept = [row for row in table if sum(row) > 0]
        return super().scored(self.turned([column for column in self.turned(kept) if sum(column) > 0]))


@rejected_by("signs_do_not_count", "scores_are_conditional_entropies")
class SignsCancel(Scorer):
    """Takes absolute values of the sums, where coefficients of a group have cancelled."""

    def size(self, entry):
        return entry

    def scored(self, table):
        return super().scored([[abs(entry) for entry in row] for row in table])


@rejected_by("signs_do_not_count")
class NegativeIsNothing(Scorer):
    """Takes a negative coefficient for no importance."""

    def size(self, entry):
        return max(entry, 0.0)


@rejected_by("known_matrices_have_their_scores")
class OneGroupScoresNothing(Scorer):
    """Gives a level with one group the score 0."""

    def of_one_group(self):
        return 0.0


@rejected_by("known_matrices_have_their_scores")
class NothingIsPerfect(Scorer):
    """Gives a zero matrix, which has no entropy, the score 1."""

    def of_nothing(self):
        return 1.0


@rejected_by(
    "scores_are_conditional_entropies",
    "scores_lie_between_0_and_1_and_the_ends_mean_what_they_say",
    "a_score_near_1_is_a_code_near_one_to_one",
)
class LargestShare(Scorer):
    """Takes the share of the largest entry for the score of a row."""

    def row(self, row, groups):
        return max(row) / sum(row) if sum(row) else 0.0


@rejected_by("scores_are_conditional_entropies", "splitting_a_latent_costs_what_it_must")
class Gini(Scorer):
    """Takes Gini's impurity in the place of entropy."""

    def entropy(self, row):
        mass = sum(row) or 1.0
        return 1 - sum((entry / mass) ** 2 for entry in row)

    def largest(self, groups):
        return 1 - 1 / groups


@rejected_by("scores_are_conditional_entropies", "the_two_scores_differ_as_the_marginals_do")
class FactorsWeighAlike(Scorer):
    """Divides each column by its sum once more, so that all factors weigh the same."""

    def scored(self, table):
        columns = [[entry / (sum(column) or 1.0) for entry in column] for column in self.turned(table)]
        return super().scored(self.turned(columns))


@rejected_by("scores_are_conditional_entropies")
class InSinglePrecision(Scorer):
    """Computes in single precision, and doesn't say so."""

    def read(self, importances):
        return np.abs(importances.astype(np.float32)).tolist()

    def told(self, disentanglement, completeness):
        return super().told(float(np.float32(disentanglement)), float(np.float32(completeness)))


@rejected_by("order_and_names_of_groups_do_not_count", "scores_are_conditional_entropies")
class GroupsAreBlocks(Scorer):
    """Takes for granted that the members of a group follow each other, and reads only their numbers."""

    def summed(self, rows, groups):
        return super().summed(rows, groups if groups is None else sorted(groups))


@rejected_by("scores_are_conditional_entropies")
class LabelsInAByte(Scorer):
    """Keeps the labels of groups in eight bits."""

    def summed(self, rows, groups):
        return super().summed(rows, groups if groups is None else [label % 256 for label in groups])


@rejected_by("scores_are_conditional_entropies", "a_score_near_1_is_a_code_near_one_to_one")
class Sharpened(Scorer):
    """Squares importances, so that the largest stand out."""

    def size(self, entry):
        return entry * entry


@rejected_by("grouping_tells_nothing_new")
class EmptyGroupsCount(Scorer):
    """Counts a group more than there is in ln a and ln b, for what is in none."""

    def largest(self, groups):
        return math.log(groups + 1)


# levels


@rejected_by("levels_are_the_scores_of_their_groupings", "known_codes_have_their_levels")
class DimensionByDimension(Scorer):
    """Reads rows and columns dimension by dimension."""

    def groups(self, count, width):
        parts = count // width
        return [i % parts for i in range(count)], [i // parts for i in range(count)]


@rejected_by("levels_are_the_scores_of_their_groupings")
class WidthForNumber(Scorer):
    """Takes the number of dimensions for that of slots."""

    def levels(self, importances, slots, objects):
        rows, columns = importances.shape
        return super().levels(importances, rows // slots, columns // objects)


@rejected_by("levels_are_the_scores_of_their_groupings", "known_codes_have_their_levels")
class LevelsExchanged(Scorer):
    """Calls the level of objects that of properties."""

    def levels(self, importances, slots, objects):
        told = super().levels(importances, slots, objects)
        return told | {"object": told["property"], "property": told["object"]}


@rejected_by("levels_are_the_scores_of_their_groupings")
class SignsCancelInSlots(Scorer):
    """Sums coefficients over slots and objects as they are, and has `scores` take absolute values."""

    def levels(self, importances, slots, objects):
        told = super().levels(importances, slots, objects)
        table = importances.reshape(slots, -1, objects, importances.shape[1] // objects)
        return told | {
            "object": self.scores(table.sum(axis=(1, 3)), None, None),
            "property": self.scores(table.sum(axis=(0, 2)), None, None),
        }


@rejected_by("known_codes_have_their_levels", "levels_are_the_scores_of_their_groupings")
class PropertiesSlotBySlot(Scorer):
    """Scores properties in each slot by itself, though dimensions must mean the same in all of them."""

    def levels(self, importances, slots, objects):
        told = super().levels(importances, slots, objects)
        d = len(importances) // slots
        m = importances.shape[1] // objects
        of_property = [i % m for i in range(importances.shape[1])]
        parts = [importances[s * d : (s + 1) * d] for s in range(slots)]
        masses = [float(np.abs(part).sum()) or 1e-300 for part in parts]
        shown = [self.scores(part, None, of_property) for part in parts]
        return told | {
            "property": {
                name: sum(mass * own[name] for mass, own in zip(masses, shown, strict=True)) / sum(masses)
                for name in shown[0]
            }
        }


@rejected_by("perfect_levels_make_a_perfect_code", "known_codes_have_their_levels")
class FlatByObjects(Scorer):
    """Sums factors over objects at the flat level too, for the objects are all alike."""

    def levels(self, importances, slots, objects):
        told = super().levels(importances, slots, objects)
        of_property = self.groups(importances.shape[1], importances.shape[1] // objects)[1]
        return told | {"flat": self.scores(importances, None, of_property)}


@rejected_by("the_order_of_slots_does_not_count", "known_codes_have_their_levels")
class FirstSlotAlone(Scorer):
    """Looks at the first slot and the first object for the level of properties."""

    def levels(self, importances, slots, objects):
        told = super().levels(importances, slots, objects)
        rows, columns = importances.shape
        return told | {
            "property": self.scores(importances[: rows // slots, : columns // objects], None, None)
        }


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


@rejected_by("planted_slots_are_found", "levels_do_not_depend_on_the_order_of_slots")
class FirstHalfAlone(Scorer):
    """Aligns the first half of the samples, as if the rest were another batch that it forgets."""

    def shown(self, order, slots):
        order = order.copy()
        order[len(order) // 2 :] = order[0]
        return order


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
