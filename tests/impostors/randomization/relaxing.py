"""Impostors of `randomization` that get `relaxed_loss` wrong."""

from __future__ import annotations

import math

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.randomization.right import Player


@rejected_by(
    "value_is_a_power_mean_of_means",
    "averaging_over_seeds_comes_first",
    "drawn_seeds_raise_the_value_and_drawn_inputs_lower_it",
    "gradient_is_the_derivative",
)
class PowerBeforeSeeds(Player):
    """Takes the power mean of all losses, seeds and inputs alike."""

    def relaxed_loss(self, losses, q):
        told = super().relaxed_loss(losses.reshape(1, -1), q)
        return {"value": told["value"], "gradient": np.reshape(told["gradient"], losses.shape)}


@rejected_by("averaging_over_seeds_comes_first", "value_is_the_mean_at_1_and_the_largest_at_infinity")
class LargestOverSeeds(Player):
    """Takes the worst seed for each input: an adversary who knows the seed."""

    def over_seeds(self, column):
        return max(column)


@rejected_by("value_is_convex_and_rises_with_every_loss", "value_is_a_power_mean_of_means")
class MedianOverSeeds(Player):
    """Takes the median over seeds, against outliers."""

    def over_seeds(self, column):
        return float(np.median(column))


@rejected_by("value_is_a_power_mean_of_means", "gradient_is_the_derivative")
class InputsFirst(Player):
    """Takes the mean over the wrong axis first."""

    def relaxed_loss(self, losses, q):
        told = super().relaxed_loss(losses.T, q)
        return {"value": told["value"], "gradient": np.transpose(told["gradient"])}


@rejected_by("value_is_the_mean_at_1_and_the_largest_at_infinity", "order_and_repetition_change_nothing")
class SumOverInputs(Player):
    """Takes the q-norm, which has a sum in it and no mean."""

    def norm(self, means, q):
        return super().norm(means, q) * len(means) ** (1 / q if q else 0)


@rejected_by("value_is_a_power_mean_of_means", "value_scales_with_the_losses")
class RootForgotten(Player):
    """Leaves the root out: the mean of powers has the same minimum."""

    def relaxed_loss(self, losses, q):
        told = super().relaxed_loss(losses, q)
        if q is None or told["value"] == 0:
            return told
        return {**told, "value": math.exp(min(q * math.log(told["value"]), 700))}


class Softened(Player):
    """Takes for the worst case at infinity what outliers move less."""

    def norm(self, means, q):
        return super().norm(means, q) if q else self.worst(sorted(means))


@rejected_by("value_is_the_mean_at_1_and_the_largest_at_infinity", "value_is_a_power_mean_of_means")
class Percentile(Softened):
    """Takes the 95th percentile over inputs for the worst case."""

    def worst(self, means):
        return float(np.percentile(means, 95))


@rejected_by("value_is_the_mean_at_1_and_the_largest_at_infinity", "value_is_what_the_mixture_loses")
class WorstTwentieth(Softened):
    """Takes the mean over the worst twentieth of the inputs, and of one at least, for the worst case."""

    def worst(self, means):
        return float(np.mean(means[-math.ceil(len(means) / 20) :]))


@rejected_by("value_scales_with_the_losses", "value_is_a_power_mean_of_means")
class PlainPowers(Player):
    """Takes powers of the losses as they are: a large q leaves nothing of small ones."""

    def norm(self, means, q):
        if q is None or max(means) > 1:
            return super().norm(means, q)
        return (sum(mean**q for mean in means) / len(means)) ** (1 / q)

    def slopes(self, means, value, q):
        return super().slopes(means, super().norm(means, q), q)


@rejected_by("value_is_the_mean_at_1_and_the_largest_at_infinity", "value_scales_with_the_losses")
class SoftmaxWeights(Player):
    """Weighs losses by their softmax at temperature 1 / q in place of the norm."""

    def norm(self, means, q):
        if q is None:
            return max(means)
        weights = [math.exp(q * (mean - max(means))) for mean in means]
        return sum(weight * mean for weight, mean in zip(weights, means, strict=True)) / sum(weights)


@rejected_by("value_rises_with_q_to_the_largest")
class AlwaysTheMean(Player):
    """Ignores q."""

    def norm(self, means, q):
        return super().norm(means, 1.0)


@rejected_by("gradient_is_the_derivative", "gradient_lies_below_the_value")
class ScaledByTheLargest(Player):
    """Divides by the largest loss in the gradient too, where the value belongs."""

    def slopes(self, means, value, q):
        return super().slopes(means, max(means), q)


@rejected_by("gradient_is_the_derivative", "gradient_lies_below_the_value")
class SumOverSeeds(Player):
    """Forgets in the gradient that seeds are averaged."""

    def relaxed_loss(self, losses, q):
        told = super().relaxed_loss(losses, q)
        return {**told, "gradient": np.array(told["gradient"]) * len(losses)}


@rejected_by("gradient_is_the_derivative", "gradient_lies_below_the_value")
class PowerForgotten(Player):
    """Leaves out of the gradient that the power's derivative has one power less."""

    def slopes(self, means, value, q):
        return super().slopes(means, value, q and q + 1)


@rejected_by("gradient_is_the_derivative")
class EveryLargest(Player):
    """Gives each of several largest losses the whole weight."""

    def slopes(self, means, value, q):
        if q is not None:
            return super().slopes(means, value, q)
        return [float(mean == max(means)) for mean in means]


@rejected_by("gradient_is_the_derivative")
class NothingToTheNothing(Player):
    """Takes 0^0 for 0: at q = 1 an input without loss has no slope."""

    def slopes(self, means, value, q):
        row = super().slopes(means, value, q)
        return [slope * (mean > 0) for slope, mean in zip(row, means, strict=True)] if value else row


@rejected_by("value_is_a_power_mean_of_means")
class SinglePrecision(Player):
    """Computes in float32 and doesn't say so."""

    def norm(self, means, q):
        return float(np.float32(super().norm([float(np.float32(mean)) for mean in means], q)))


@rejected_by("arguments_stay_untouched")
class DividesInPlace(Player):
    """Scales the table that it was handed."""

    def relaxed_loss(self, losses, q):
        largest = max(losses.max(), 1e-300)
        losses /= largest
        told = super().relaxed_loss(losses, q)
        return {**told, "value": told["value"] * largest}


@rejected_by("one_question_has_one_answer")
class RunningLargest(Player):
    """Keeps the largest loss so far, and takes it for the worst case."""

    def __init__(self):
        self.largest = 0.0

    def relaxed_loss(self, losses, q):
        told = super().relaxed_loss(losses, q)
        value = max(told["value"], self.largest)
        self.largest = max(self.largest, 2 * told["value"])
        return {**told, "value": value}
