"""Wrong linear attentions and gated networks, each with the mistake that somebody makes."""

from __future__ import annotations

import math
import random

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.attention_training import *  # noqa: F403 # its impostors are impostors of attention


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def times(matrix, vector):
    return [dot(row, vector) for row in matrix]


class Player:
    """The whole system in plain Python, right; an impostor changes one thing."""

    # attend: every pair of tokens by itself

    def attend(self, inputs, query, key, value):
        queries, keys, values = self.projected(inputs.tolist(), query.tolist(), key.tolist(), value.tolist())
        return [self.output(t, queries, keys, values) for t in range(len(inputs))]

    def projected(self, inputs, query, key, value):
        return [[times(matrix, token) for token in inputs] for matrix in (query, key, value)]

    def seen(self, t, length):
        return range(t + 1)

    def output(self, t, queries, keys, values):
        seen = list(self.seen(t, len(queries)))
        weights = self.weights(t, [self.agreement(keys[s], queries[t]) for s in seen])
        terms = [[w * x for x in values[s]] for w, s in zip(weights, seen, strict=True)]
        return [sum(column) for column in zip([0.0] * len(values[0]), *terms, strict=True)]

    def agreement(self, key, query):
        return dot(key, query)

    def weights(self, t, agreements):
        return agreements

    # vjp

    def vjp(self, inputs, query, key, value, cotangent):
        queries, keys, values = inputs @ query.T, inputs @ key.T, inputs @ value.T
        later = self.later(len(inputs))
        of_queries = (later.T * (cotangent @ values.T)) @ keys
        of_keys = (later * (values @ cotangent.T)) @ queries
        of_values = (later * (keys @ queries.T)) @ cotangent
        return {
            "inputs": self.of_inputs(of_queries @ query, of_keys @ key, of_values @ value),
            "query": of_queries.T @ inputs,
            "key": of_keys.T @ inputs,
            "value": of_values.T @ inputs,
        }

    def later(self, length):
        """[s, t] is 1 where t is not before s."""
        return np.triu(np.ones((length, length)))

    def of_inputs(self, by_query, by_key, by_value):
        return by_query + by_key + by_value

    # construct

    holding, forgetting = 1.0, 0.0

    def construct(self, query, key, value, compact):
        return self.compact(query, key, value) if compact else self.full(query, key, value)

    def full(self, query, key, value):
        k, v = len(key), len(value)
        neurons = [(self.holding, [*value[i], 0.0], [*key[j], 0.0]) for i in range(v) for j in range(k)] + [
            self.asking(row) for row in query
        ]
        gates = [({i * k + j: 1.0}, {v * k + j: 1.0}, {i: 1.0}) for i in range(v) for j in range(k)]
        return self.network(neurons, gates, np.eye(v))

    def asking(self, row):
        return self.forgetting, [*row, 0.0], [0.0] * len(row) + [1.0]

    def compact(self, query, key, value):
        d = key.shape[1]
        pairs = [(i, j) for i in range(d) for j in range(i, d)]
        unit = np.eye(d, d + 1)
        neurons = [(self.holding, unit[i], unit[j]) for i, j in pairs]
        neurons += [self.asking(row) for row in key.T @ query]
        held = len(pairs)
        gates = []
        for place, (i, j) in enumerate(pairs):
            if i == j:
                row = {pairs.index((min(i, c), max(i, c))): 1.0 for c in range(d)}
                gates.append((row, {held + i: 1.0}, {i: 1.0}))
            else:
                gates.append(self.crossed(place, held, i, j))
        return self.network(neurons, gates, value)

    def crossed(self, place, held, i, j):
        return {place: 1.0}, {held + j: 1.0, held + i: -1.0}, {i: 1.0, j: -1.0}

    def network(self, neurons, gates, outer):
        h, w = len(neurons), len(gates)
        gate_a, gate_b, adds = np.zeros((w, h)), np.zeros((w, h)), np.zeros((outer.shape[1], w))
        for o, (one, other, to) in enumerate(gates):
            for place, amount in one.items():
                gate_a[o, place] = amount
            for place, amount in other.items():
                gate_b[o, place] = amount
            for place, amount in to.items():
                adds[place, o] = amount
        return {
            "decay": [decay for decay, _, _ in neurons],
            "input_a": np.array([a for _, a, _ in neurons]),
            "input_b": np.array([b for _, _, b in neurons]),
            "gate_a": gate_a,
            "gate_b": gate_b,
            "readout": outer @ adds,
        }

    # run

    def run(self, network, inputs):
        state, outputs = self.begin(len(network.decay)), []
        for token in inputs.tolist():
            before, augmented = state, self.augmented(token)
            entering = self.enters(times(network.input_a, augmented), times(network.input_b, augmented))
            state = [self.update(*each) for each in zip(network.decay, state, entering, strict=True)]
            outputs.append(self.read(network, self.seen_state(before, state)))
        self.end(state)
        return np.array(outputs, float).reshape(len(inputs), len(network.readout))

    def begin(self, h):
        return [0.0] * h

    def end(self, state):
        pass

    def augmented(self, token):
        return [*token, 1.0]

    def enters(self, a, b):
        return [x * y for x, y in zip(a, b, strict=True)]

    def update(self, decay, held, enters):
        return decay * held + enters

    def seen_state(self, before, after):
        return after

    def read(self, network, state):
        one, other = times(network.gate_a, state), times(network.gate_b, state)
        return times(network.readout, [x * y for x, y in zip(one, other, strict=True)])

    # predict

    def predict(self, inputs, targets, query, rate):
        return rate * targets.T @ (inputs @ query)

    # fit: no training can do better than the compact network, with its first neurons or with idle ones

    def fit(self, query, key, value, neurons, steps, seed):
        made = {name: np.array(array) for name, array in self.compact(query, key, value).items()}
        return self.of_width(made, neurons)

    def of_width(self, made, neurons):
        idle = max(0, neurons - len(made["decay"]))
        for name, axis in (("decay", 0), ("input_a", 0), ("input_b", 0), ("gate_a", 1), ("gate_b", 1)):
            kept = np.take(made[name], range(min(neurons, made[name].shape[axis])), axis=axis)
            padding = [(0, idle if each == axis else 0) for each in range(kept.ndim)]
            made[name] = np.pad(kept, padding)
        return made


# attend


@rejected_by("outputs_are_linear_attention")
class PastAlone(Player):
    """Leaves the current token out: reads the state before it is updated."""

    def seen(self, t, length):
        return range(t)


@rejected_by("outputs_are_linear_attention", "outputs_see_the_past_alone")
class NoMask(Player):
    """Sums over all tokens, also those that are still to come."""

    def seen(self, t, length):
        return range(length)


@rejected_by("outputs_are_linear_attention", "outputs_see_the_past_alone")
class MaskTransposed(Player):
    """Takes the upper triangle for the lower one."""

    def seen(self, t, length):
        return range(t, length)


@rejected_by("outputs_are_linear_attention")
class FirstTokenSkipped(Player):
    """Takes the first token for one that marks the beginning."""

    def seen(self, t, length):
        return range(min(1, t), t + 1)


@rejected_by("outputs_are_linear_attention")
class CurrentTokenTwice(Player):
    """Counts the current token in the state and once more by itself."""

    def seen(self, t, length):
        return [*range(t + 1), t]


@rejected_by("outputs_are_linear_attention", "the_order_of_the_past_is_nothing")
class WindowOfFour(Player):
    """Looks at the last four tokens."""

    def seen(self, t, length):
        return range(max(0, t - 3), t + 1)


@rejected_by(
    "outputs_are_linear_attention",
    "pasts_add_up",
    "zero_tokens_change_nothing",
    "outputs_are_cubic",
    "outputs_are_linear_in_each_matrix",
    "attention_predicts_in_context",
    "recall_errs_as_random_keys_do",
)
class Softmax(Player):
    """Puts the agreements through a softmax, as attention mostly does."""

    def weights(self, t, agreements):
        raised = [math.exp(each - max(agreements)) for each in agreements]
        return [each / sum(raised) for each in raised]


@rejected_by("outputs_are_linear_attention", "attention_predicts_in_context")
class ScaledByTheRoot(Player):
    """Divides agreements by the root of their dimension."""

    def agreement(self, key, query):
        return super().agreement(key, query) / math.sqrt(len(key))


@rejected_by(
    "outputs_are_linear_attention",
    "pasts_add_up",
    "zero_tokens_change_nothing",
    "recall_errs_as_random_keys_do",
)
class MeanOfThePast(Player):
    """Divides the sum by the number of tokens."""

    def weights(self, t, agreements):
        return [each / len(agreements) for each in agreements]


@rejected_by("outputs_are_linear_attention", "pasts_add_up", "outputs_are_cubic")
class NormalisedWeights(Player):
    """Divides by the sum of the agreements, as linear attention with a positive feature map does."""

    def weights(self, t, agreements):
        return [each / (sum(map(abs, agreements)) or 1.0) for each in agreements]


@rejected_by("outputs_are_linear_attention", "signs_of_the_past_are_nothing", "outputs_are_cubic")
class PositiveFeatures(Player):
    """Puts keys and queries through elu + 1."""

    def agreement(self, key, query):
        return dot(*([x + 1 if x > 0 else math.exp(x) for x in row] for row in (key, query)))


@rejected_by("outputs_are_linear_attention", "signs_of_the_past_are_nothing")
class RectifiedKeys(Player):
    """Puts keys through a rectifier."""

    def agreement(self, key, query):
        return dot([max(x, 0.0) for x in key], query)


@rejected_by(
    "outputs_are_linear_attention",
    "a_change_of_basis_changes_nothing",
    "outputs_are_linear_in_each_matrix",
    "outputs_are_cubic",
)
class NormalisedKeys(Player):
    """Gives every key the norm 1."""

    def agreement(self, key, query):
        return dot(key, query) / (math.sqrt(dot(key, key)) or 1.0)


@rejected_by("outputs_are_linear_attention", "matrices_compose", "outputs_are_linear_in_each_matrix")
class NormalisedOutputs(Player):
    """Gives every output the norm 1, as a layer that normalises does."""

    def output(self, t, queries, keys, values):
        row = super().output(t, queries, keys, values)
        return [x / (math.sqrt(dot(row, row)) or 1.0) for x in row]


@rejected_by("outputs_are_linear_attention", "outputs_are_cubic")
class SaturatedValues(Player):
    """Puts values through a hyperbolic tangent."""

    def projected(self, inputs, query, key, value):
        queries, keys, values = super().projected(inputs, query, key, value)
        return queries, keys, [[math.tanh(x) for x in row] for row in values]


@rejected_by("outputs_are_linear_attention", "outputs_are_cubic")
class ResidualStream(Player):
    """Adds the value of the token itself, as a block with a residual stream does."""

    def output(self, t, queries, keys, values):
        return [x + y for x, y in zip(super().output(t, queries, keys, values), values[t], strict=True)]


@rejected_by("outputs_are_linear_attention")
class KeyAndQuerySwapped(Player):
    """Takes keys for queries; nothing but the definition tells, where matrices are alike."""

    def projected(self, inputs, query, key, value):
        return super().projected(inputs, key, query, value)


@rejected_by("outputs_are_linear_attention")
class StateTransposed(Player):
    """Keeps key value^T where value key^T is read, which shows where they have one size and differ."""

    def projected(self, inputs, query, key, value):
        queries, keys, values = super().projected(inputs, query, key, value)
        return (queries, values, keys) if len(key) == len(value) else (queries, keys, values)


@rejected_by("outputs_are_linear_attention", "matrices_compose")
class WeightsTransposed(Player):
    """Multiplies by the transposed matrices, where they are square."""

    def projected(self, inputs, query, key, value):
        turned = [
            np.transpose(each).tolist() if len(each) == len(each[0]) else each for each in (query, key, value)
        ]
        return super().projected(inputs, *turned)


@rejected_by("outputs_are_linear_attention", "the_order_of_the_past_is_nothing")
class SlowlyForgets(Player):
    """Has a decay of 0.999 in place of 1."""

    def weights(self, t, agreements):
        return [each * 0.999 ** (len(agreements) - 1 - s) for s, each in enumerate(agreements)]


@rejected_by("outputs_are_linear_attention", "zero_tokens_change_nothing")
class ForgetsAlmostNothing(Player):
    """Has a decay of 1 - 1e-7, which no more than a rounding of single precision seems to be."""

    def weights(self, t, agreements):
        return [each * (1 - 1e-7) ** (len(agreements) - 1 - s) for s, each in enumerate(agreements)]


@rejected_by(
    "outputs_are_linear_attention", "attention_predicts_in_context", "errors_grow_no_faster_than_the_length"
)
class SinglePrecision(Player):
    """Sums in single precision, and says nothing of it."""

    def attend(self, inputs, query, key, value):
        queries, keys, values = (
            inputs.astype(np.float32) @ m.T.astype(np.float32) for m in (query, key, value)
        )
        return np.tril(queries @ keys.T) @ values


@rejected_by("outputs_are_linear_attention")
class SmallIntegers(Player):
    """Takes tokens for whole numbers of 8 bits."""

    def attend(self, inputs, query, key, value):
        whole = np.clip(inputs, -128, 127).astype(np.int8).astype(float)
        return super().attend(whole, query, key, value)


@rejected_by("outputs_are_linear_attention")
class LastChunkAlone(Player):
    """Forgets the past in a last chunk that is shorter than the others, of 50 tokens."""

    def seen(self, t, length):
        last = length - length % 50
        return range(last, t + 1) if t >= last else super().seen(t, length)


@rejected_by("outputs_are_linear_attention")
class BlocksOfSixteen(Player):
    """Sums over the first 16 entries of keys and queries, the width of its blocks."""

    def agreement(self, key, query):
        return super().agreement(key[:16], query[:16])


# vjp


@rejected_by("gradients_are_those_of_the_outputs", "gradients_give_the_slope_of_the_outputs")
class NoGradientOfTheSelfTerm(Player):
    """Leaves out what a token gives itself."""

    def later(self, length):
        return np.triu(np.ones((length, length)), 1)


@rejected_by("gradients_are_those_of_the_outputs", "gradients_give_the_slope_of_the_outputs")
class GradientsForwards(Player):
    """Sums over the tokens before, also for keys and values, which count in the tokens after."""

    def later(self, length):
        return np.tril(np.ones((length, length)))


@rejected_by("gradients_are_those_of_the_outputs", "gradients_give_the_slope_of_the_outputs")
class GradientsOfOneToken(Player):
    """Detaches the state: each output reaches back to its own token alone."""

    def later(self, length):
        return np.eye(length)


@rejected_by("gradients_are_those_of_the_outputs", "gradients_give_the_slope_of_the_outputs")
class NoGradientThroughQueries(Player):
    """Forgets that a token also asks."""

    def of_inputs(self, by_query, by_key, by_value):
        return by_key + by_value


@rejected_by("gradients_are_those_of_the_outputs")
class GradientsOfTheMean(Player):
    """Divides by the number of tokens."""

    def vjp(self, inputs, query, key, value, cotangent):
        return super().vjp(inputs, query, key, value, cotangent / max(len(inputs), 1))


@rejected_by("gradients_are_those_of_the_outputs")
class GradientsSwapped(Player):
    """Gives the gradient of the key for that of the query, and the other way round."""

    def vjp(self, inputs, query, key, value, cotangent):
        found = super().vjp(inputs, query, key, value, cotangent)
        return {**found, "query": found["key"], "key": found["query"]}


@rejected_by("gradients_are_those_of_the_outputs", "gradients_give_the_slope_of_the_outputs")
class LastCotangentAlone(Player):
    """Starts from the last output alone."""

    def vjp(self, inputs, query, key, value, cotangent):
        last = np.zeros_like(cotangent)
        last[-1:] = cotangent[-1:]
        return super().vjp(inputs, query, key, value, last)


@rejected_by("gradients_are_those_of_the_outputs", "gradients_give_the_slope_of_the_outputs")
class HalfTheGradientOfTheValue(Player):
    """Takes half of the value's gradient, as if outputs were a square."""

    def vjp(self, inputs, query, key, value, cotangent):
        found = super().vjp(inputs, query, key, value, cotangent)
        return {**found, "value": found["value"] / 2}


@rejected_by("gradients_are_those_of_the_outputs")
class GradientsOfChunks(Player):
    """Lets no gradient cross the border of a chunk of 128 tokens."""

    def later(self, length):
        chunk = np.arange(length) // 128
        return super().later(length) * (chunk[:, None] == chunk)


@rejected_by("gradients_are_those_of_the_outputs")
class WholeChunksAlone(Player):
    """Takes whole chunks of 25 tokens alone, if there is one."""

    def vjp(self, inputs, query, key, value, cotangent):
        whole = np.arange(len(inputs)) < (len(inputs) - len(inputs) % 25 or len(inputs))
        return super().vjp(inputs, query, key, value, cotangent * whole[:, None])


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


# fit


@rejected_by(
    "enough_neurons_learn_attention",
    "both_gates_go_below_the_floor_without_one",
    "trained_networks_learn_in_context",
)
class NoInputGateLearned(Player):
    """Has no input gate, and gives the best that is possible without, for P = I: (t + d + 1) value x_t."""

    def fit(self, query, key, value, neurons, steps, seed):
        d = key.shape[1]
        unit, one = np.eye(d, d + 1), np.eye(d + 1)[d]
        network = [(1.0, (d + 1) * one / (d + 1), one), *[(0.0, row, one) for row in unit]]
        network.append((0.0, (d + 1) * one, one))
        made = self.network(
            network, [({0: 1.0, d + 1: 1.0}, {1 + i: 1.0}, {i: 1.0}) for i in range(d)], value
        )
        return self.of_width({name: np.array(array) for name, array in made.items()}, neurons)


@rejected_by("enough_neurons_learn_attention", "trained_networks_learn_in_context")
class NeverTrained(Player):
    """Gives the network that training starts with."""

    def fit(self, query, key, value, neurons, steps, seed):
        rng = np.random.default_rng(seed)
        shapes = {"input_a": (neurons, key.shape[1] + 1), "input_b": (neurons, key.shape[1] + 1)}
        shapes |= {"gate_a": (4, neurons), "gate_b": (4, neurons), "readout": (len(value), 4)}
        return {
            "decay": rng.random(neurons),
            **{name: rng.normal(size=shape) for name, shape in shapes.items()},
        }


@rejected_by("too_few_neurons_do_not")
class TakesMoreNeurons(Player):
    """Gives itself the neurons that it needs, however many are asked for."""

    def of_width(self, made, neurons):
        return made


# All operations


@rejected_by("one_question_has_one_answer")
class GoesOnWithTheState(Player):
    """Begins a sequence with the state that the last one of its size ended with."""

    def __init__(self):
        self.held = {}

    def begin(self, h):
        return self.held.get(h, [0.0] * h)

    def end(self, state):
        self.held[len(state)] = state


@rejected_by("arguments_stay_untouched")
class SumsInPlace(Player):
    """Takes the rate into the caller's own targets."""

    def predict(self, inputs, targets, query, rate):
        targets *= rate
        return targets.T @ (inputs @ query)


@rejected_by("every_process_answers_alike_and_ends_well")
class OrderByHash(Player):
    """Orders neurons by the hash of their names, which every process salts anew."""

    def network(self, neurons, gates, outer):
        made = super().network(neurons, gates, outer)
        order = sorted(range(len(neurons)), key=lambda i: hash(f"neuron {i}"))
        random.Random(hash("neurons")).shuffle(order)
        for name in ("input_a", "input_b"):
            made[name] = made[name][order]
        for name in ("gate_a", "gate_b"):
            made[name] = made[name][:, order]
        return {**made, "decay": [made["decay"][i] for i in order]}
