"""Wrong aligners of networks, each with the mistake that somebody makes."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import ClassVar

import numpy as np

from whp.impostors import rejected_by


class Aligner:
    """The whole system, right, with an assignment of its own; an impostor changes one thing."""

    whp: ClassVar = {"method": "activation"}

    # forward

    def forward(self, network, inputs):
        hidden, signal = [], np.array(inputs)
        layers = len(network.weights)
        for t in range(layers):
            signal = self.affine(network, t, signal)
            if t + 1 < layers:
                signal = self.hidden(signal, hidden)
        return {"logits": self.logits(signal), "hidden": hidden}

    def affine(self, network, t, signal):
        summed = np.einsum("ij,kj->ki", network.weights[t], signal)
        return summed if network.biases is None else summed + network.biases[t]

    def hidden(self, signal, hidden):
        hidden.append(self.relu(signal))
        return hidden[-1]

    def relu(self, signal):
        return np.where(signal > 0, signal, 0)

    def logits(self, signal):
        return signal

    # match

    def match(self, first, second, inputs):
        pairs = zip(self.seen(first, inputs), self.seen(second, inputs), strict=True)
        return [self.matched(one, other) for one, other in pairs]

    def seen(self, network, inputs):
        return self.forward(network, inputs)["hidden"]

    def matched(self, one, other):
        return self.match_layer(one, other)

    def match_layer(self, first, second):
        return self.assigned(self.similarity(first, second))

    def similarity(self, first, second):
        return self.directions(first).T @ self.directions(second)

    def directions(self, columns):
        norms = np.sqrt((columns**2).sum(axis=0))
        return columns / np.where(norms > 0, norms, 1)

    def assigned(self, similar):
        return largest(similar)

    # permute

    def permute(self, network, permutations):
        rows = [*permutations, np.arange(len(network.weights[-1]))]
        columns = [np.arange(network.weights[0].shape[1]), *permutations]
        pairs = zip(network.weights, rows, columns, strict=True)
        return {
            "weights": [self.moved(weight, p, q) for weight, p, q in pairs],
            "biases": self.shifted(network.biases, rows),
        }

    def moved(self, weight, p, q):
        return weight[np.ix_(p, q)]

    def shifted(self, biases, rows):
        return biases and [bias[p] for bias, p in zip(biases, rows, strict=True)]

    # interpolate

    def interpolate(self, first, second, weight):
        return {
            "weights": self.mixed(first.weights, second.weights, weight),
            "biases": first.biases and self.mixed(first.biases, second.biases, weight),
        }

    def mixed(self, ones, others, weight):
        return [self.between(one, other, weight) for one, other in zip(ones, others, strict=True)]

    def between(self, one, other, weight):
        return one * weight + other * (1 - weight)

    # barrier

    def barrier(self, losses, weights):
        chord = [self.chord(losses, weight) for weight in weights]
        return max(loss - below for loss, below in zip(losses, chord, strict=True))

    def chord(self, losses, weight):
        return losses[0] + weight * (losses[-1] - losses[0])


def largest(similar):
    """Return the assignment of the largest sum, by shortest augmenting paths (Jonker, Volgenant)."""
    n = len(similar)
    cost = similar.max(initial=0) - similar
    u, v, row_of = np.zeros(n + 1), np.zeros(n + 1), np.full(n + 1, -1)
    for i in range(n):
        row_of[n], at = i, n
        least, way, used = np.full(n, np.inf), np.full(n, -1), np.zeros(n + 1, bool)
        while row_of[at] >= 0:
            used[at] = True
            reduced = cost[row_of[at]] - u[row_of[at]] - v[:n]
            closer = ~used[:n] & (reduced < least)
            least[closer], way[closer] = reduced[closer], at
            free = np.flatnonzero(~used[:n])
            nearest = free[least[free].argmin()]
            step = least[nearest]
            u[row_of[used]] += step
            v[used] -= step
            least[free] -= step
            at = nearest
        while at != n:
            row_of[at], at = row_of[way[at]], way[at]
    p = np.empty(n, np.int64)
    p[row_of[:n]] = np.arange(n)
    return p


# forward


@rejected_by("forward_computes_the_network")
class NegativeLogitsCut(Aligner):
    """Has a ReLU after the last layer too."""

    def logits(self, signal):
        return self.relu(signal)


@rejected_by("forward_computes_the_network")
class HiddenBeforeTheReLU(Aligner):
    """Shows what goes into the ReLU."""

    def hidden(self, signal, hidden):
        hidden.append(signal)
        return self.relu(signal)


@rejected_by("forward_computes_the_network")
class LeaksALittle(Aligner):
    """Lets a hundredth of what is negative through."""

    def relu(self, signal):
        return np.where(signal > 0, signal, 0.01 * signal)


@rejected_by("forward_computes_the_network")
class ForgetsTheBiases(Aligner):
    """Multiplies, and adds nothing."""

    def affine(self, network, t, signal):
        return signal @ network.weights[t].T


@rejected_by("forward_computes_the_network")
class BiasAfterTheReLU(Aligner):
    """Adds the biases of hidden layers to what the ReLU gives."""

    def forward(self, network, inputs):
        hidden, signal = [], inputs
        for t, weight in enumerate(network.weights):
            signal = signal @ weight.T
            if t + 1 < len(network.weights):
                signal = self.relu(signal)
            if network.biases is not None:
                signal = signal + network.biases[t]
            hidden.append(signal)
        return {"logits": hidden.pop(), "hidden": hidden}


@rejected_by("forward_computes_the_network")
class TransposedWhereItFits(Aligner):
    """Multiplies by square weights from the other side."""

    def affine(self, network, t, signal):
        weight = network.weights[t]
        square = weight.shape[0] == weight.shape[1]
        turned = SimpleNamespace(weights={t: weight.T}, biases=network.biases)
        return super().affine(turned if square else network, t, signal)


@rejected_by("forward_computes_the_network")
class SinglePrecision(Aligner):
    """Computes with 24 binary digits and doesn't say so."""

    def affine(self, network, t, signal):
        return super().affine(network, t, signal).astype(np.float32)


@rejected_by("forward_computes_the_network")
class SmallIsNothing(Aligner):
    """Takes activations below 1e-6 for rounding."""

    def relu(self, signal):
        return np.where(signal > 1e-6, signal, 0)


@rejected_by("forward_computes_the_network")
class LastBatchLost(Aligner):
    """Goes through the inputs in batches of 64, of which the last, if it isn't full, gets no answer."""

    def logits(self, signal):
        signal[whole_batches(signal) :] = 0
        return signal


@rejected_by("forward_computes_the_network")
class LastBatchWithoutBias(Aligner):
    """Adds the biases in batches of 64 inputs, and to what is left over none."""

    def affine(self, network, t, signal):
        summed, full = np.einsum("ij,kj->ki", network.weights[t], signal), whole_batches(signal)
        if network.biases is not None:
            summed[:full] += network.biases[t]
        return summed


def whole_batches(rows, size=64):
    """Return how many rows full batches have; all, if there is no full one."""
    return len(rows) // size * size or len(rows)


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
