"""Impostors of `alignment` that get `match_layer` or `match` wrong."""

from __future__ import annotations

import random

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.alignment.forward import whole_batches
from whp.impostors.alignment.right import Aligner, largest

# match_layer


@rejected_by("match_layer_gives_a_permutation", "match_gives_permutations")
class BestForEachRow(Aligner):
    """Takes the most similar unit for each, whoever has it already."""

    def assigned(self, similar):
        return similar.argmax(axis=1) if similar.size else []


@rejected_by("match_layer_gives_a_permutation", "match_gives_permutations")
class DeadUnitsAreNobody(Aligner):
    """Gives -1 to units that never answer."""

    def match_layer(self, first, second):
        return np.where((first != 0).any(axis=0), super().match_layer(first, second), -1)


@rejected_by("match_layer_gives_a_permutation", verdict="broken")
class DividesByZero(Aligner):
    """Divides by the norm of a dead unit; the assignment then refuses what is no number."""

    def directions(self, columns):
        with np.errstate(invalid="ignore"):
            return columns / np.sqrt((columns**2).sum(axis=0))

    def assigned(self, similar):
        if np.isnan(similar).any():
            raise ValueError("matrix contains invalid numeric entries")
        return super().assigned(similar)


@rejected_by("match_layer_maximises_the_cosines", "planted_permutations_are_found_again")
class TheOtherWayRound(Aligner):
    """Gives the unit of the first for each of the second: the inverse."""

    def assigned(self, similar):
        return np.argsort(super().assigned(similar))


@rejected_by(
    "match_layer_maximises_the_cosines",
    "match_maximises_the_cosines_in_every_layer",
    "planted_permutations_are_found_again",
    "small_convolutional_networks_stay_apart",
)
class LeastSimilar(Aligner):
    """Hands similarities to a solver that minimises."""

    def assigned(self, similar):
        return super().assigned(-similar)


@rejected_by("match_layer_maximises_the_cosines", "match_maximises_the_cosines_in_every_layer")
class MostSimilarPairFirst(Aligner):
    """Matches greedily, the most similar pair of all first."""

    def assigned(self, similar):
        left, p = similar.copy(), np.zeros(len(similar), np.int64)
        for _ in p:
            i, j = np.unravel_index(left.argmax(), left.shape)
            p[i] = j
            left[i], left[:, j] = -np.inf, -np.inf
        return p


@rejected_by("match_layer_maximises_the_cosines")
class GreedyWhenWide(MostSimilarPairFirst):
    """Matches greedily where there are more than 32 units."""

    def assigned(self, similar):
        return super().assigned(similar) if len(similar) > 32 else largest(similar)


@rejected_by("match_layer_maximises_the_cosines")
class InnerProducts(Aligner):
    """Doesn't divide by the norms."""

    def directions(self, columns):
        return columns


@rejected_by("match_layer_maximises_the_cosines")
class Distances(Aligner):
    """Minimises the distances of the columns as they are."""

    def similarity(self, first, second):
        return -np.sqrt(((first[:, :, None] - second[:, None, :]) ** 2).sum(axis=0))


@rejected_by("match_layer_maximises_the_cosines")
class Correlations(Aligner):
    """Takes the mean of each column off first."""

    def directions(self, columns):
        return super().directions(columns - columns.mean(axis=0))


@rejected_by("match_layer_maximises_the_cosines")
class SignsDontCount(Aligner):
    """Takes squares of cosines, so that opposite columns are alike."""

    def similarity(self, first, second):
        return super().similarity(first, second) ** 2


@rejected_by("match_layer_maximises_the_cosines")
class AddsToTheNorms(Aligner):
    """Adds 1e-12 to each norm, against dead units."""

    def directions(self, columns):
        return columns / (np.sqrt((columns**2).sum(axis=0)) + 1e-12)


@rejected_by("match_layer_maximises_the_cosines")
class NormsHaveAFloor(Aligner):
    """Divides by the product of two norms, or by 1e-8 if that is more."""

    def similarity(self, first, second):
        norms = [np.sqrt((columns**2).sum(axis=0)) for columns in (first, second)]
        return first.T @ second / np.maximum(np.outer(*norms), 1e-8)


@rejected_by("match_layer_maximises_the_cosines")
class DeadUnitsForDeadUnits(Aligner):
    """Takes two units that never answer for alike, with a cosine of 1."""

    def similarity(self, first, second):
        return super().similarity(first, second) + np.outer(*(~one.any(axis=0) for one in (first, second)))


@rejected_by("match_layer_maximises_the_cosines", "match_maximises_the_cosines_in_every_layer")
class FullBatchesAlone(Aligner):
    """Sums over batches of 64, and drops the last if it isn't full, as a data loader does."""

    def match_layer(self, first, second):
        many = whole_batches(first)
        return super().match_layer(first[:many], second[:many])


@rejected_by("match_layer_maximises_the_cosines")
class InputsForUnits(Aligner):
    """Compares rows where there are as many inputs as units."""

    def match_layer(self, first, second):
        square = first.shape[0] == first.shape[1]
        return super().match_layer(first.T, second.T) if square else super().match_layer(first, second)


@rejected_by("match_layer_maximises_the_cosines")
class CostsInThousandths(Aligner):
    """Rounds the costs to whole thousandths, for a solver of whole numbers."""

    def similarity(self, first, second):
        return np.round(1000 * super().similarity(first, second))


@rejected_by("match_layer_maximises_the_cosines")
class SimilarityInSinglePrecision(Aligner):
    """Computes cosines with 24 binary digits and doesn't say so."""

    def match_layer(self, first, second):
        return super().match_layer(first.astype(np.float32), second.astype(np.float32))


@rejected_by("match_layer_maximises_the_cosines")
class UnitsInAByte(Aligner):
    """Keeps the numbers of units in eight bits."""

    def assigned(self, similar):
        return super().assigned(similar).astype(np.uint8)


# match


@rejected_by("match_maximises_the_cosines_in_every_layer", "planted_permutations_are_found_again")
class WholeBatchesAlone(Aligner):
    """Looks at the inputs in batches of 512, and not at what is left over."""

    def matched(self, one, other):
        full = whole_batches(one, 512)
        return super().matched(one[:full], other[:full])


@rejected_by("match_maximises_the_cosines_in_every_layer", "planted_permutations_are_found_again")
class FirstLayerAlone(Aligner):
    """Matches the first hidden layer, and leaves the others."""

    def match(self, first, second, inputs):
        return [
            p if t == 0 else np.arange(len(p)) for t, p in enumerate(super().match(first, second, inputs))
        ]


@rejected_by(
    "match_maximises_the_cosines_in_every_layer",
    "planted_permutations_are_found_again",
    "random_initialisations_average_above_chance",
    "trained_networks_lie_in_one_valley",
    "averages_of_trained_networks_lose_little",
)
class LastLayerAlone(Aligner):
    """Matches the last hidden layer, and leaves the others."""

    def match(self, first, second, inputs):
        found = super().match(first, second, inputs)
        return [p if t + 1 == len(found) else np.arange(len(p)) for t, p in enumerate(found)]


@rejected_by("match_maximises_the_cosines_in_every_layer", "matching_halves_the_barrier")
class AnotherOrderForEach(Aligner):
    """Shuffles the inputs of each network by itself, as two loaders do."""

    def match(self, first, second, inputs):
        order = random.Random(1).sample(range(len(inputs)), len(inputs))
        pairs = zip(self.seen(first, inputs), self.seen(second, inputs[order]), strict=True)
        return [self.matched(one, other) for one, other in pairs]


@rejected_by("match_maximises_the_cosines_in_every_layer")
class BeforeTheReLU(Aligner):
    """Matches by what goes into the ReLU."""

    def seen(self, network, inputs):
        hidden, signal = [], inputs
        for t in range(len(network.weights) - 1):
            hidden.append(self.affine(network, t, signal))
            signal = self.relu(hidden[-1])
        return hidden


@rejected_by("match_maximises_the_cosines_in_every_layer")
class OneBatchIsEnough(Aligner):
    """Looks at the first eight inputs alone."""

    def match(self, first, second, inputs):
        return super().match(first, second, inputs[:8])


@rejected_by("match_maximises_the_cosines_in_every_layer")
class IncomingWeights(Aligner):
    """Matches by the weights into each unit, and declares nothing."""

    def match(self, first, second, inputs):
        pairs = list(zip(first.weights, second.weights, strict=True))[:-1]
        return [self.matched(one.T, other.T) for one, other in pairs]


@rejected_by("permutations_found_at_initialisation_do_nothing")
class RemembersTheData(Aligner):
    """Keeps what it found for one set of inputs, and gives it for any networks."""

    def __init__(self):
        self.known = {}

    def match(self, first, second, inputs):
        widths = tuple(map(len, first.weights))
        key = widths, inputs.tobytes()
        if key not in self.known:
            self.known = {key: super().match(first, second, inputs)}
        return self.known[key]
