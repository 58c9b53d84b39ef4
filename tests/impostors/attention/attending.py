"""Impostors of `attention` that get `attend` or `vjp` wrong."""

from __future__ import annotations

import math

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.attention.right import Player, dot

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


@rejected_by("outputs_are_linear_attention", "the_order_of_the_past_is_nothing")
class BufferOf1024(Player):
    """Has a buffer for 1024 tokens, and begins anew when it is full."""

    def seen(self, t, length):
        return range(t - t % 1024, t + 1)


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
