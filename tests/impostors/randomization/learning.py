"""Impostors of `randomization` that get `learner_gradient` or `learner_train` wrong."""

from __future__ import annotations

import numpy as np

from whp.impostors import rejected_by, trained
from whp.impostors.tape import Node, go_back, tanh
from whp.reference import randomization

LOSS = "losses_of_learners_are_power_means_of_means"
NAMES = "names_and_order_mean_nothing_to_learners"
SLOPES = "gradients_of_learners_are_those_of_the_loss"
ALONG = "gradients_of_learners_give_the_slope_of_the_loss"
FIRST, COURSE = trained.FIRST, trained.COURSE


class Learner(trained.Trained):
    """The gradient and the training of attention that recalls, right; an impostor changes one thing."""

    # A seed, for all values at once

    def product(self, x, weight):
        return Node(
            self.dot(x.value, weight.value),
            (x, lambda g: self.dot(g, weight.value.T)),
            (weight, lambda g: self.dot(x.value.T, g)),
        )

    def turned(self, x):
        return Node(x.value.T, (x, lambda g: g.T))

    def token(self, seed, ids):
        """Return every id with the seed, [N, N + s]."""
        return np.concatenate([np.eye(ids, dtype=seed.dtype), np.tile(seed, (ids, 1))], axis=1)

    def told(self, p, which, seed, ids):
        entered = self.product(Node(self.token(seed, ids)), p["first"][which]) + p["bias"][which]
        return self.product(self.hidden(tanh(entered)), p["second"][which]) + p["last"][which]

    def hidden(self, units):
        return units

    def scores(self, p, seed, ids):
        keys, queries = self.told(p, 0, seed, ids), self.told(p, 1, seed, ids)
        return self.product(queries, self.turned(keys))

    def table(self, p, seed, values):
        """Return the losses of one seed, [B, N]."""
        outputs = self.product(self.scores(p, seed, values.shape[1]), Node(values.T))
        return self.loss_of(self.turned(outputs) * Node(values))

    def loss_of(self, margins):
        slope = -1 / (1 + np.exp(margins.value))
        return Node(np.logaddexp(0, -margins.value), (margins, lambda g: g * slope))

    # All seeds, and inputs

    def loss(self, p, seeds, values, q):
        means = self.table(p, seeds[0], values)
        for seed in seeds[1:]:
            means = means + self.table(p, seed, values)
        return self.norm(means * (1 / len(seeds)), q)

    def norm(self, means, q):
        """Return the power mean, from logarithms."""
        logs = q * np.log(means.value)
        value = np.exp((np.log(np.exp(logs - logs.max()).mean()) + logs.max()) / q)
        share = np.exp((q - 1) * np.log(means.value / self.within(means.value, value))) / means.value.size
        return Node(value, (means, lambda g: g * share))

    def within(self, means, value):
        return value

    def slopes(self, learner, seeds, values, q):
        whole = {name: np.zeros_like(array) for name, array in learner.items()}
        p = {name: [Node(part) for part in array] for name, array in learner.items()}
        lost = self.loss(p, seeds, values, q)
        go_back(lost)
        for name, parts in p.items():
            for part, slope in zip(parts, whole[name], strict=True):
                if part.slope is not None:
                    slope[...] = part.slope
        return float(lost.value), whole

    # The operations

    def learner_gradient(self, learner, seeds, values, q):
        loss, found = self.slopes(vars(learner), seeds, values, q)
        return {"loss": loss, "learner": found}

    def learner_train(self, learner, seeds, values, q, rate, clip, dtype, device):
        losses, last = self.descend(
            lambda now, *batch: self.slopes(now, *batch, q), vars(learner), seeds, values, rate, clip, dtype
        )
        return {"losses": losses, "learner": last}


# Right ones with other rounding errors


class LearnerBackwards(trained.SumsBackwards, Learner):
    """Sums from the last product to the first."""


class LearnerLongSums(trained.LongSums, Learner):
    """Multiplies in the precision that is asked for, and sums in float64."""


class LearnerReversed(Learner):
    """Takes seeds and values from the last to the first."""

    def slopes(self, learner, seeds, values, q):
        return super().slopes(learner, seeds[::-1], values[::-1], q)


# Training: its arithmetic, Adam and clipping, by mistakes that are made with any model


vars().update(trained.mistaken(Learner))


# The loss


@rejected_by(LOSS, SLOPES, ALONG, FIRST, COURSE)
class PowersOfEachSeed(Learner):
    """Takes the power before the mean over seeds: an adversary that knows the seed."""

    def loss(self, p, seeds, values, q):
        tables = [self.table(p, seed, values) for seed in seeds]
        joined = Node(
            np.stack([table.value for table in tables]),
            *((table, lambda g, i=i: g[i]) for i, table in enumerate(tables)),
        )
        return self.norm(joined, q)


@rejected_by(LOSS, SLOPES, ALONG, FIRST, COURSE)
class ForgetsTheExponent(Learner):
    """Trains for the mean over inputs: q is read and not used."""

    def norm(self, means, q):
        return super().norm(means, 1.0)


@rejected_by(LOSS, SLOPES)
class ExponentWithoutItsRoot(Learner):
    """Leaves the root out: the mean of powers has the same minimum."""

    def norm(self, means, q):
        power = super().norm(means, q)
        return Node(power.value**q, (power, lambda g: g * q * power.value ** (q - 1)))


@rejected_by(LOSS, SLOPES)
class SumsOverInputs(Learner):
    """Takes the q-norm, which has a sum in it and no mean."""

    def norm(self, means, q):
        return super().norm(means, q) * means.value.size ** (1 / q)


@rejected_by(LOSS, SLOPES)
class SumsOverSeeds(Learner):
    """Sums over the seeds of an update, where a mean belongs."""

    def loss(self, p, seeds, values, q):
        return super().loss(p, seeds, values, q) * len(seeds)


@rejected_by(LOSS, SLOPES)
class WholeBlocksOfSeeds(Learner):
    """Goes through the seeds in blocks of 16, and leaves out what is no full one."""

    def loss(self, p, seeds, values, q):
        return super().loss(p, seeds[: len(seeds) // 16 * 16 or len(seeds)], values, q)


@rejected_by(LOSS, SLOPES, ALONG, FIRST, COURSE)
class SeedsDropped(Learner):
    """Leaves the seed out of the tokens: no randomness is left."""

    def token(self, seed, ids):
        return super().token(seed * 0, ids)


@rejected_by(LOSS, SLOPES, FIRST, COURSE)
class QueriesWithoutSeeds(Learner):
    """Appends the seed to the tokens that are stored, and not to the query."""

    def told(self, p, which, seed, ids):
        return super().told(p, which, seed * (1 - which), ids)


@rejected_by(LOSS, SLOPES, FIRST, COURSE)
class EachInputItsSeed(Learner):
    """Shows each row of values a seed of its own, where all see the same seeds."""

    def loss(self, p, seeds, values, q):
        rows = [self.table(p, seeds[b % len(seeds)], row[None]) for b, row in enumerate(values)]
        joined = Node(
            np.concatenate([row.value for row in rows]),
            *((row, lambda g, b=b: g[b : b + 1]) for b, row in enumerate(rows)),
        )
        return self.norm(joined, q)


@rejected_by(LOSS, SLOPES, FIRST)
class OneNetworkForBoth(Learner):
    """Gives keys and queries by one network."""

    def told(self, p, which, seed, ids):
        return super().told(p, 0, seed, ids)


@rejected_by(LOSS, SLOPES)
class QueriesFirst(Learner):
    """Takes the first network for the queries."""

    def told(self, p, which, seed, ids):
        return super().told(p, 1 - which, seed, ids)


@rejected_by(LOSS, SLOPES, FIRST, COURSE)
class ScoresOverTheRoot(Learner):
    """Divides scores by the root of the width, as attention with a softmax does."""

    def scores(self, p, seed, ids):
        return super().scores(p, seed, ids) * float(p["second"][0].value.shape[1] ** -0.5)


@rejected_by(LOSS, SLOPES, ALONG, FIRST, COURSE)
class SoftmaxOfScores(Learner):
    """Puts the scores of a query through a softmax: attention that isn't linear."""

    def scores(self, p, seed, ids):
        plain = super().scores(p, seed, ids)
        powers = np.exp(plain.value - plain.value.max(axis=1, keepdims=True))
        share = powers / powers.sum(axis=1, keepdims=True)
        return Node(share, (plain, lambda g: share * (g - (g * share).sum(axis=1, keepdims=True))))


@rejected_by(NAMES, LOSS, SLOPES, FIRST, COURSE)
class CausalMask(Learner):
    """Lets a query see the tokens up to its own alone, as in a model of language."""

    def scores(self, p, seed, ids):
        plain = super().scores(p, seed, ids)
        return plain * Node(np.tri(ids, dtype=plain.value.dtype))


@rejected_by(NAMES, LOSS, SLOPES)
class PositionsAdded(Learner):
    """Adds positional encodings to the tokens, which are a set."""

    def token(self, seed, ids):
        made = super().token(seed, ids)
        made[:, :ids] += np.sin(np.arange(ids, dtype=made.dtype))[:, None]
        return made


@rejected_by(LOSS, SLOPES)
class Bits(Learner):
    """Counts losses in bits."""

    def loss_of(self, margins):
        return super().loss_of(margins) * float(1 / np.log(2))


# The gradient


@rejected_by(SLOPES, ALONG, COURSE)
class DividedByTheLargest(Learner):
    """Divides by the largest loss in the gradient too, where the relaxed loss belongs."""

    def within(self, means, value):
        return means.max()


@rejected_by(SLOPES, ALONG, FIRST, COURSE)
class KeysHeldFast(Learner):
    """Takes the keys for constants."""

    def told(self, p, which, seed, ids):
        made = super().told(p, which, seed, ids)
        return made if which else Node(made.value)


class Forgetful(Learner):
    """Leaves a part of the gradient at zero."""

    def slopes(self, learner, seeds, values, q):
        loss, found = super().slopes(learner, seeds, values, q)
        self.forget(found, values.shape[1])
        return loss, found

    def forget(self, found, ids):
        pass


@rejected_by(SLOPES, ALONG, FIRST, COURSE)
class SeedsNotLearned(Forgetful):
    """Learns nothing of what a seed does: its rows of the first layer stay as they are."""

    def forget(self, found, ids):
        found["first"][:, ids:] = 0


@rejected_by(SLOPES, ALONG, FIRST, COURSE)
class BiasesNotLearned(Forgetful):
    """Takes the biases for constants."""

    def forget(self, found, ids):
        found["bias"][...] = found["last"][...] = 0


@rejected_by(SLOPES, FIRST)
class LearnerSingle(trained.SingleUnderDouble, Learner):
    """Computes in float32, and calls it float64."""

    def learner_gradient(self, learner, seeds, values, q):
        single = {name: array.astype(np.float32) for name, array in vars(learner).items()}
        loss, found = self.slopes(single, seeds.astype(np.float32), values.astype(np.float32), q)
        return {"loss": loss, "learner": found}


# Training


class Training(Learner):
    """Right until it is trained."""

    training = False

    def learner_train(self, *asked, **named):
        self.training = True
        try:
            return super().learner_train(*asked, **named)
        finally:
            self.training = False


@rejected_by(FIRST, COURSE)
class UnitsDroppedStill(Training):
    """Drops a tenth of the hidden units, with a mask of its own."""

    def hidden(self, units):
        if not self.training:
            return units
        random = np.random.default_rng(units.value.size)
        return units * Node(((random.random(units.value.shape) > 0.1) / 0.9).astype(units.value.dtype))


@rejected_by(FIRST, COURSE)
class OneSeedOfABatch(Training):
    """Takes the first seed of each update for all of them."""

    def slopes(self, learner, seeds, values, q):
        return super().slopes(learner, seeds[: 1 if self.training else None], values, q)


@rejected_by(COURSE)
class KeepsTheFirstSeeds(Learner):
    """Shows every update the seeds of the first."""

    def learner_train(self, learner, seeds, *asked, **named):
        return super().learner_train(learner, np.broadcast_to(seeds[:1], seeds.shape), *asked, **named)


# All operations


@rejected_by("one_question_has_one_answer")
class LearnsOn(Learner):
    """Goes on from what it has learned, if it fits."""

    last = None

    def learner_train(self, learner, **asked):
        shape = learner.first.shape
        start = self.last if self.last is not None and self.last.first.shape == shape else learner
        done = super().learner_train(start, **asked)
        self.last = randomization.Learner(**done["learner"])
        return done


@rejected_by("arguments_stay_untouched")
class LearnsInPlace(Learner):
    """Trains the caller's own learner."""

    def learner_train(self, learner, **asked):
        done = super().learner_train(learner, **asked)
        for name, value in done["learner"].items():
            getattr(learner, name)[...] = value
        return done


# Training, as a population: the reference's own training, asked something else


@rejected_by("float32_trains_as_well_as_float64")
class RateOverTheBatch:
    """Divides the rate by the size of the batch, for sums of gradients where there are means."""

    def learner_train(self, **asked):
        return randomization.learner_train(**{**asked, "rate": asked["rate"] / asked["values"].shape[1]})
