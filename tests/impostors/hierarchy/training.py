"""Impostors of `hierarchy` that get `train` wrong."""

from __future__ import annotations

import numpy as np

from whp.impostors import rejected_by, trained
from whp.impostors.hierarchy.right import Network
from whp.impostors.tape import Node
from whp.reference import hierarchy

# Training: its arithmetic, Adam and clipping, by mistakes that are made with any model


vars().update(trained.mistaken(Network))


@rejected_by("first_updates_take_the_course_of_float64")
class CorrectsForAWhile(trained.CorrectsForAWhile, Network):
    """Corrects the running means in the first 40 updates, as if no more were left to correct."""


# Training: the model


class Training(Network):
    """A network that is right until it is trained."""

    training = False

    def train(self, *asked, **named):
        self.training = True
        try:
            return super().train(*asked, **named)
        finally:
            self.training = False


@rejected_by("a_first_update_shows_the_gradient", "first_updates_take_the_course_of_float64")
class DropoutLeftOn(Training):
    """Drops a tenth of the units of every message, with a mask of its own."""

    def stopped(self, message, cut):
        sent = super().stopped(message, cut)
        if not self.training:
            return sent
        random_ = np.random.default_rng(sent.value.size)
        mask = (random_.random(sent.value.shape) > 0.1) / 0.9
        return sent * Node(mask.astype(sent.value.dtype))


@rejected_by("a_first_update_shows_the_gradient", "first_updates_take_the_course_of_float64")
class TrainsWithoutResets(Training):
    """Forgets the resets while it trains."""

    def reset(self, p, below, states, cut):
        return states[below] if self.training else super().reset(p, below, states, cut)


@rejected_by("first_updates_take_the_course_of_float64")
class StateCarriedOver(Training):
    """Starts each batch from the last states of the one before."""

    def run(self, p, inputs, k, cut):
        made = super().run(p, inputs, k, cut)
        self.carried = Node(self.last[1].value)
        return made

    def begin(self, p, batch, kind):
        return self.carried if self.training and self.carried is not None else super().begin(p, batch, kind)

    carried = None

    def train(self, *asked, **named):
        self.carried = None
        return super().train(*asked, **named)


@rejected_by("a_first_update_shows_the_gradient")
class OneSequenceOfABatch(Training):
    """Takes the gradient of the first sequence for that of the batch."""

    def loss(self, p, inputs, targets, k, cut, weights, decoder):
        if not self.training:
            return super().loss(p, inputs, targets, k, cut, weights, decoder)
        first = [Node(x.value[:1]) for x in inputs]
        return super().loss(p, first, targets[:, :1], k, cut, weights, decoder)


@rejected_by("first_updates_take_the_course_of_float64")
class LossesPerSequence(Training):
    """Averages over the steps in place of the batch, so that a larger batch has a larger gradient."""

    def count(self, targets):
        return super().count(targets) / (targets.shape[1] if self.training else 1)


# Training, as a population: the reference's own training, asked something else


class Trainer:
    """Training that is right; an impostor has something else trained."""

    def train(self, **asked):
        return hierarchy.train(**self.other(asked))

    def other(self, asked):
        return asked


@rejected_by("local_losses_learn_to_copy", "local_losses_learn_as_well_as_the_full_gradient")
class TrainsWithoutLocalLosses(Trainer):
    """Forgets the decoding losses where the gradient is cut."""

    def other(self, asked):
        return {**asked, "weights": asked["weights"] * 0.0}


@rejected_by("the_cut_alone_does_not")
class TrainsWithoutTheCut(Trainer):
    """Doesn't cut, and has the decoding losses on at all times."""

    def other(self, asked):
        return {**asked, "cut": False, "weights": np.array([1.0] + [10.0] * (len(asked["weights"]) - 1))}


@rejected_by("float32_trains_as_well_as_float64")
class RateOverTheBatch(Trainer):
    """Divides the rate by the size of the batch, for sums of gradients where there are means."""

    def other(self, asked):
        return {**asked, "rate": asked["rate"] / asked["inputs"].shape[2]}
