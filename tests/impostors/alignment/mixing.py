"""Impostors of `alignment` that get `permute`, `interpolate` or `barrier` wrong."""

from __future__ import annotations

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.alignment.right import Aligner

# permute


@rejected_by("new_unit_i_is_old_unit_p_of_i")
class PermutationsInBytes(Aligner):
    """Holds the numbers of units in bytes."""

    def permute(self, network, permutations):
        return super().permute(network, [np.array(p).astype(np.uint8) for p in permutations])


@rejected_by("permuting_keeps_the_function", "new_unit_i_is_old_unit_p_of_i")
class RowsAlone(Aligner):
    """Moves the rows, and forgets the columns of the next layer."""

    def moved(self, weight, p, q):
        return weight[p]


@rejected_by("permuting_keeps_the_function", "new_unit_i_is_old_unit_p_of_i")
class ColumnsAlone(Aligner):
    """Moves the columns, and forgets the rows."""

    def moved(self, weight, p, q):
        return weight[:, q]


@rejected_by("permuting_keeps_the_function", "new_unit_i_is_old_unit_p_of_i")
class BiasesStay(Aligner):
    """Leaves the biases where they are."""

    def shifted(self, biases, rows):
        return biases


@rejected_by("new_unit_i_is_old_unit_p_of_i", "permuting_twice_is_permuting_once")
class Scatters(Aligner):
    """Puts old unit i at p[i]: the same function, by the inverse."""

    def permute(self, network, permutations):
        return super().permute(network, [np.argsort(p) for p in permutations])


@rejected_by("permuting_keeps_the_function", "new_unit_i_is_old_unit_p_of_i")
class BackForTheColumns(Aligner):
    """Moves the columns by the inverse: right for swaps, and for nothing else."""

    def moved(self, weight, p, q):
        return weight[np.ix_(p, np.argsort(q))]


@rejected_by("new_unit_i_is_old_unit_p_of_i")
class InSinglePrecision(Aligner):
    """Returns parameters of 24 binary digits."""

    def moved(self, weight, p, q):
        return super().moved(weight, p, q).astype(np.float32)


# interpolate


@rejected_by("the_line_ends_at_both_networks", "parameters_lie_on_the_line")
class WeightOfTheSecond(Aligner):
    """Takes the weight for that of the second network."""

    def between(self, one, other, weight):
        return super().between(other, one, weight)


@rejected_by("the_line_ends_at_both_networks")
class FromTheSecondOn(Aligner):
    """Adds a part of the difference to the second, which doesn't end at the first if that is far smaller."""

    def between(self, one, other, weight):
        return other + weight * (one - other)


@rejected_by("parameters_lie_on_the_line")
class AlwaysHalfWay(Aligner):
    """Averages, whatever the weight between the ends."""

    def between(self, one, other, weight):
        return super().between(one, other, weight if weight in (0, 1) else 0.5)


@rejected_by("parameters_lie_on_the_line")
class OnTheSphere(Aligner):
    """Goes along the arc between the two matrices, not along the chord."""

    def between(self, one, other, weight):
        norms = np.linalg.norm(one) * np.linalg.norm(other)
        cosine = np.clip((one * other).sum() / norms, -1, 1) if norms else 1.0
        angle = np.arccos(cosine)
        if np.sin(angle) < 1e-9:
            return super().between(one, other, weight)
        return (np.sin(weight * angle) * one + np.sin((1 - weight) * angle) * other) / np.sin(angle)


@rejected_by("the_line_ends_at_both_networks", "parameters_lie_on_the_line")
class BiasesOfTheFirst(Aligner):
    """Averages the weights, and takes the biases of the first."""

    def interpolate(self, first, second, weight):
        return super().interpolate(first, second, weight) | {"biases": first.biases}


# barrier


@rejected_by("barrier_is_the_rise_above_the_chord")
class AboveTheWorseEnd(Aligner):
    """Compares with the larger of the two end losses."""

    def chord(self, losses, weight):
        return max(losses[0], losses[-1])


@rejected_by("barrier_is_the_rise_above_the_chord")
class AboveTheMeanOfTheEnds(Aligner):
    """Compares with the mean of the end losses everywhere."""

    def chord(self, losses, weight):
        return (losses[0] + losses[-1]) / 2


@rejected_by("barrier_is_the_rise_above_the_chord")
class EndsSwapped(Aligner):
    """Takes the first loss for that of the first network."""

    def chord(self, losses, weight):
        return super().chord(losses[::-1], weight)


@rejected_by("barrier_is_the_rise_above_the_chord")
class LargestLoss(Aligner):
    """Subtracts nothing."""

    def chord(self, losses, weight):
        return 0.0


@rejected_by("barrier_is_the_rise_above_the_chord")
class MiddleAlone(Aligner):
    """Looks at the middle of the grid."""

    def barrier(self, losses, weights):
        middle = len(losses) // 2
        return losses[middle] - self.chord(losses, weights[middle])


@rejected_by("barrier_is_the_rise_above_the_chord")
class WithoutTheEnds(Aligner):
    """Leaves the ends of the grid out, where the excess is 0."""

    def barrier(self, losses, weights):
        chord = np.array([self.chord(losses, weight) for weight in weights])
        return (losses - chord)[1:-1].max(initial=-1e300) if len(losses) > 2 else 0.0


@rejected_by("barrier_is_the_rise_above_the_chord")
class ElevenPoints(Aligner):
    """Looks at the first eleven points, for every grid has as many."""

    def barrier(self, losses, weights):
        chord = [self.chord(losses, weight) for weight in weights[:11]]
        return max(loss - below for loss, below in zip(losses, chord, strict=False))


@rejected_by("barrier_is_the_rise_above_the_chord")
class EvenGrid(Aligner):
    """Takes the grid for an even one."""

    def barrier(self, losses, weights):
        return super().barrier(losses, np.linspace(0, 1, len(losses)))
