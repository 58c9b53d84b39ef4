"""Impostors of `disentanglement` that get `scores` wrong."""

from __future__ import annotations

import math

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.disentanglement.right import Scorer


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
