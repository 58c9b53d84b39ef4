"""Impostors of `attention` that get `construct`, `run` or `predict` wrong."""

from __future__ import annotations

import math

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.attention.right import Player, times

# construct


@rejected_by(
    "constructed_networks_are_attention", "constructions_hold_at_every_length", "decays_are_zero_or_one"
)
class NearlyOne(Player):
    """Keeps by a decay of 0.9999."""

    holding = 0.9999


@rejected_by("decays_are_zero_or_one")
class NearlyZero(Player):
    """Forgets by a decay of 1e-30."""

    forgetting = 1e-30


@rejected_by("constructed_networks_are_attention", "constructions_hold_at_every_length")
class QueriesKept(Player):
    """Adds queries up too."""

    forgetting = 1.0


@rejected_by("constructed_networks_are_attention", "constructions_hold_at_every_length")
class QueriesSquared(Player):
    """Sends the query through both input gates, without the 1."""

    def asking(self, row):
        return self.forgetting, [*row, 0.0], [*row, 0.0]


@rejected_by("constructed_networks_are_attention", "constructions_hold_at_every_length")
class OuterProductTransposed(Player):
    """Counts the entries of S_t column by column where they are read row by row."""

    def full(self, query, key, value):
        made = super().full(query, key, value)
        (k, _), v = key.shape, len(value)
        turned = np.arange(v * k).reshape(v, k).T.ravel()
        for name in ("input_a", "input_b"):
            made[name][: v * k] = made[name][turned]
        return made


@rejected_by("constructed_networks_are_attention", "constructions_hold_at_every_length")
class KeysOfTheQuery(Player):
    """Takes query^T key for key^T query in the compact network."""

    def compact(self, query, key, value):
        return super().compact(key, query, value)


@rejected_by("constructed_networks_are_attention", "constructions_hold_at_every_length")
class DiagonalAlone(Player):
    """Keeps the squares of the entries alone."""

    def crossed(self, place, held, i, j):
        return {place: 0.0}, {held + j: 1.0, held + i: -1.0}, {i: 1.0, j: -1.0}


@rejected_by("constructed_networks_are_attention", "constructions_hold_at_every_length")
class OffDiagonalTwice(Player):
    """Counts each entry off the diagonal of C twice, since it stands there twice."""

    def crossed(self, place, held, i, j):
        return {place: 2.0}, {held + j: 1.0, held + i: -1.0}, {i: 1.0, j: -1.0}


@rejected_by("constructed_networks_are_attention", "constructions_hold_at_every_length")
class OneSideAlone(Player):
    """Adds C_ij (q_j - q_i) to u_i, and takes nothing from u_j."""

    def crossed(self, place, held, i, j):
        return {place: 1.0}, {held + j: 1.0, held + i: -1.0}, {i: 1.0}


@rejected_by("widths_are_as_promised")
class NeverCompact(Player):
    """Gives the wide network either way."""

    def compact(self, query, key, value):
        return self.full(query, key, value)


@rejected_by("widths_are_as_promised")
class AlwaysCompact(Player):
    """Gives the compact network either way."""

    def full(self, query, key, value):
        return self.compact(query, key, value)


@rejected_by("widths_are_as_promised", "constructed_networks_are_attention")
class RankOne(Player):
    """Keeps one neuron for each entry of the token: the diagonal of C, and no more."""

    def compact(self, query, key, value):
        d = key.shape[1]
        unit = np.eye(d, d + 1)
        neurons = [(1.0, row, row) for row in unit] + [self.asking(row) for row in key.T @ query]
        return self.network(neurons, [({i: 1.0}, {d + i: 1.0}, {i: 1.0}) for i in range(d)], value)


@rejected_by("constructed_networks_are_attention", "constructions_hold_at_every_length")
class ValueInverted(Player):
    """Keeps products of entries of the value x, and turns them back by an inverse that need not exist."""

    def compact(self, query, key, value):
        if value.shape[0] != value.shape[1]:
            return super().compact(query, key, value)
        made = super().compact(query, key @ np.linalg.pinv(value), np.eye(len(value)))
        held = len(made["decay"]) - len(value)
        for name in ("input_a", "input_b"):
            made[name][:held, :-1] = made[name][:held, :-1] @ value
        return made


@rejected_by("constructed_networks_are_attention")
class SinglePrecisionWeights(Player):
    """Gives the compact network in single precision, and says nothing of it."""

    def compact(self, query, key, value):
        return {
            name: np.asarray(array, np.float32) for name, array in super().compact(query, key, value).items()
        }


# run


@rejected_by("networks_are_run_as_the_recurrence_says", "running_a_construction_is_attention")
class ReadsBeforeTheUpdate(Player):
    """Reads the state before the token is taken in."""

    def seen_state(self, before, after):
        return before


@rejected_by("networks_are_run_as_the_recurrence_says", "running_a_construction_is_attention")
class NoOne(Player):
    """Leaves out the 1 in z_t = (x_t, 1)."""

    def augmented(self, token):
        return [*token, 0.0]


@rejected_by("networks_are_run_as_the_recurrence_says", "running_a_construction_is_attention")
class OneFirst(Player):
    """Puts the 1 before the token."""

    def augmented(self, token):
        return [1.0, *token]


@rejected_by("networks_are_run_as_the_recurrence_says")
class DecaysWhatEnters(Player):
    """Lets what enters decay at once."""

    def update(self, decay, held, enters):
        return decay * (held + enters)


@rejected_by("networks_are_run_as_the_recurrence_says")
class LeakyAverage(Player):
    """Weighs what enters by 1 - decay, as a moving average does."""

    def update(self, decay, held, enters):
        return decay * held + (1 - decay) * enters


@rejected_by("networks_are_run_as_the_recurrence_says")
class DecaysAreSizes(Player):
    """Takes the absolute value of a decay."""

    def update(self, decay, held, enters):
        return abs(decay) * held + enters


@rejected_by("networks_are_run_as_the_recurrence_says")
class DecaysUpToOne(Player):
    """Takes a decay above 1 for 1, so that no state grows."""

    def update(self, decay, held, enters):
        return min(decay, 1.0) * held + enters


@rejected_by("networks_are_run_as_the_recurrence_says")
class SmallDecaysAreZero(Player):
    """Takes a decay for zero that is nearly so."""

    def update(self, decay, held, enters):
        return (decay if abs(decay) > 1e-4 else 0.0) * held + enters


@rejected_by("networks_are_run_as_the_recurrence_says")
class PowersOfDecays(Player):
    """Sums what enters over decay^t, which a long sequence makes so small that it is kept from zero."""

    def run(self, network, inputs):
        augmented = np.hstack([inputs, np.ones((len(inputs), 1))])
        entering = (augmented @ network.input_a.T) * (augmented @ network.input_b.T)
        powers = network.decay ** np.arange(len(inputs))[:, None]
        powers = np.where(np.abs(powers) < 1e-12, 1e-12, powers)
        states = powers * np.cumsum(entering / powers, axis=0)
        states = np.where(network.decay == 0, entering, states)
        return [self.read(network, state) for state in states] or np.zeros((0, len(network.readout)))


@rejected_by("networks_are_run_as_the_recurrence_says")
class RunsWholeChunks(Player):
    """Runs whole chunks of 50 tokens, and the rest as a sequence of its own."""

    def run(self, network, inputs):
        whole = len(inputs) - len(inputs) % 50
        return np.vstack([super().run(network, inputs[:whole]), super().run(network, inputs[whole:])])


@rejected_by("networks_are_run_as_the_recurrence_says")
class ReadoutTransposed(Player):
    """Multiplies by the transposed readout, where it is square."""

    def read(self, network, state):
        one, other = network.gate_a @ state, network.gate_b @ state
        square = network.readout.shape[0] == network.readout.shape[1]
        return (network.readout.T if square else network.readout) @ (one * other)


@rejected_by("networks_are_run_as_the_recurrence_says", "running_a_construction_is_attention")
class SigmoidGate(Player):
    """Puts one of the two factors through a sigmoid, as gated units mostly do."""

    def enters(self, a, b):
        return [x * (1 + math.tanh(y / 2)) / 2 for x, y in zip(a, b, strict=True)]


@rejected_by("networks_are_run_as_the_recurrence_says", "running_a_construction_is_attention")
class RectifiedInput(Player):
    """Puts what enters through a rectifier."""

    def enters(self, a, b):
        return [max(each, 0.0) for each in super().enters(a, b)]


@rejected_by("networks_are_run_as_the_recurrence_says", "running_a_construction_is_attention")
class NoInputGate(Player):
    """Takes in input_a z_t alone."""

    def enters(self, a, b):
        return a


@rejected_by("networks_are_run_as_the_recurrence_says", "running_a_construction_is_attention")
class NoOutputGate(Player):
    """Reads out gate_a h_t alone."""

    def read(self, network, state):
        return times(network.readout, times(network.gate_a, state))


@rejected_by("networks_are_run_as_the_recurrence_says", "running_a_construction_is_attention")
class OutputGateSquared(Player):
    """Multiplies gate_a h_t by itself."""

    def read(self, network, state):
        return times(network.readout, [x * x for x in times(network.gate_a, state)])


@rejected_by("networks_are_run_as_the_recurrence_says")
class StartsAtOne(Player):
    """Starts from a state of ones."""

    def begin(self, h):
        return [1.0] * h


@rejected_by("networks_are_run_as_the_recurrence_says", "running_a_construction_is_attention")
class SaturatedState(Player):
    """Puts the state through a hyperbolic tangent."""

    def update(self, decay, held, enters):
        return math.tanh(decay * held + enters)


# predict


@rejected_by("predictions_are_one_step_of_gradient_descent", "losses_in_context_are_those_of_one_step")
class MeanError(Player):
    """Takes the mean over the pairs for their sum."""

    def predict(self, inputs, targets, query, rate):
        return super().predict(inputs, targets, query, rate) / len(inputs)


@rejected_by("predictions_are_one_step_of_gradient_descent", "losses_in_context_are_those_of_one_step")
class AlwaysAverages(Player):
    """Steps by one over the number of pairs, whatever the rate."""

    def predict(self, inputs, targets, query, rate):
        return super().predict(inputs, targets, query, 1 / len(inputs))


@rejected_by("predictions_are_one_step_of_gradient_descent", "losses_in_context_are_those_of_one_step")
class Uphill(Player):
    """Steps up the error."""

    def predict(self, inputs, targets, query, rate):
        return -super().predict(inputs, targets, query, rate)


@rejected_by("predictions_are_one_step_of_gradient_descent", "losses_in_context_are_those_of_one_step")
class NoHalf(Player):
    """Leaves out the half in half the squared error, and steps twice as far."""

    def predict(self, inputs, targets, query, rate):
        return 2 * super().predict(inputs, targets, query, rate)


@rejected_by("predictions_are_one_step_of_gradient_descent")
class FirstBatchAlone(Player):
    """Steps on the first 64 pairs."""

    def predict(self, inputs, targets, query, rate):
        return super().predict(inputs[:64], targets[:64], query, rate)


@rejected_by("predictions_are_one_step_of_gradient_descent")
class WeightsOfThePredictionTransposed(Player):
    """Multiplies by the transposed weights, where they are square."""

    def predict(self, inputs, targets, query, rate):
        weights = rate * targets.T @ inputs
        return (weights.T if weights.shape[0] == weights.shape[1] else weights) @ query


@rejected_by("predictions_are_one_step_of_gradient_descent")
class LeastSquares(Player):
    """Goes all the way down the error, not one step."""

    def predict(self, inputs, targets, query, rate):
        return np.linalg.lstsq(inputs, targets, rcond=None)[0].T @ query


@rejected_by("predictions_are_one_step_of_gradient_descent")
class OneStepAPair(Player):
    """Takes one step after each pair, so that later ones see what earlier ones have taught."""

    def predict(self, inputs, targets, query, rate):
        weights = np.zeros((targets.shape[1], inputs.shape[1]))
        for x, y in zip(inputs, targets, strict=True):
            weights += rate * np.outer(y - weights @ x, x)
        return weights @ query
