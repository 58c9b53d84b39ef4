"""Impostors of `attention` that get `network_gradient` or `network_train` wrong."""

from __future__ import annotations

import numpy as np

from whp.impostors import rejected_by, trained
from whp.impostors.tape import Node, go_back, total
from whp.reference import attention

LOSS, SLOPES = "losses_of_networks_are_mean_squared_errors", "gradients_of_networks_are_those_of_the_loss"
ALONG, BATCH = "gradients_of_networks_give_the_slope_of_the_loss", "sequences_of_a_batch_count_alike"
FIRST, COURSE = trained.FIRST, trained.COURSE


class Learner(trained.Trained):
    """The gradient and the training of gated networks, right; an impostor changes one thing."""

    # The network

    def product(self, x, weight):
        return Node(
            self.dot(x.value, weight.value.T),
            (x, lambda g: self.dot(g, weight.value)),
            (weight, lambda g: self.dot(g.T, x.value)),
        )

    def faded(self, decay, state):
        return Node(
            decay.value * state.value,
            (state, lambda g: g * decay.value),
            (decay, lambda g: (g * state.value).sum(axis=0)),
        )

    def told(self, n, inputs):
        """Return the outputs of each token, [B, v]; inputs are [B, T, d]."""
        state, outputs = self.begin(n, inputs), []
        for token in np.moveaxis(inputs, 1, 0):
            state = self.faded(n["decay"], self.held(state, len(outputs))) + self.entering(
                n, self.augmented(token)
            )
            outputs.append(self.read_out(n, state))
        self.end(state)
        return outputs

    def begin(self, n, inputs):
        return Node(np.zeros((len(inputs), len(n["decay"].value)), inputs.dtype))

    def end(self, state):
        pass

    def held(self, state, t):
        return state

    def augmented(self, token):
        return Node(np.concatenate([token, np.ones_like(token[:, :1])], axis=1))

    def entering(self, n, z):
        return self.product(z, n["input_a"]) * self.product(z, n["input_b"])

    def read_out(self, n, state):
        gated = self.product(state, n["gate_a"]) * self.product(state, n["gate_b"])
        return self.product(self.gated(gated), n["readout"])

    def gated(self, products):
        return products

    # Its loss

    def loss(self, n, inputs, targets):
        lost = Node(np.zeros((), inputs.dtype))
        for told, wanted in zip(self.told(n, inputs), np.moveaxis(targets, 1, 0), strict=True):
            off = told - Node(wanted)
            lost = lost + total(off * off) * (1 / self.count(*targets.shape))
        return lost

    def count(self, batch, length, v):
        return batch * length * v

    def slopes(self, network, inputs, targets):
        n = {name: Node(array) for name, array in network.items()}
        lost = self.loss(n, inputs, targets)
        go_back(lost)
        found = {name: np.zeros_like(x.value) if x.slope is None else x.slope for name, x in n.items()}
        return float(lost.value), found

    # The operations

    def network_gradient(self, network, inputs, targets):
        loss, found = self.slopes(vars(network), inputs, targets)
        return {"loss": loss, "network": found}

    def network_train(self, network, inputs, targets, rate, clip, dtype, device):
        losses, last = self.descend(self.slopes, vars(network), inputs, targets, rate, clip, dtype)
        return {"losses": losses, "network": last}


# Right ones with other rounding errors


class LearnerBackwards(trained.SumsBackwards, Learner):
    """Sums from the last product to the first."""


class LearnerLongSums(trained.LongSums, Learner):
    """Multiplies in the precision that is asked for, and sums in float64."""


class LearnerReversed(Learner):
    """Takes the sequences of a batch from the last to the first."""

    def slopes(self, network, inputs, targets):
        return super().slopes(network, inputs[::-1], targets[::-1])


class LearnerInParts(Learner):
    """Goes back through one sequence after the other, and adds up."""

    def slopes(self, network, inputs, targets):
        parts = [super(LearnerInParts, self).slopes(network, *each) for each in self.parts(inputs, targets)]
        share = 1 / len(inputs)
        mean = {name: sum(found[name] for _, found in parts) * share for name in network}
        return sum(loss for loss, _ in parts) * share, mean

    def parts(self, inputs, targets):
        return [(inputs[b : b + 1], targets[b : b + 1]) for b in range(len(inputs))]


# Training: its arithmetic, Adam and clipping, by mistakes that are made with any model


vars().update(trained.mistaken(Learner))


@rejected_by(COURSE)
class CorrectsForAWhile(trained.CorrectsForAWhile, Learner):
    """Corrects the running means in the first 40 updates, as if no more were left to correct."""


@rejected_by("without_a_gradient_nothing_moves", verdict="broken")
class NormalisesFirst(trained.NormalisesFirst, Learner):
    """Divides the gradient by its norm before it multiplies, so that 0 becomes 0 / 0."""


# The loss


@rejected_by(LOSS, SLOPES, ALONG)
class SumsOverOutputs(Learner):
    """Takes the mean over batch and tokens of the sum over outputs."""

    def count(self, batch, length, v):
        return batch * length


@rejected_by(LOSS, SLOPES)
class HalfTheSquare(Learner):
    """Takes half the squared error, whose slope is the error."""

    def count(self, batch, length, v):
        return 2 * batch * length * v


@rejected_by(LOSS, SLOPES, ALONG)
class LastTokenAlone(Learner):
    """Compares the outputs of the last token alone, as in a task that has one answer."""

    def told(self, n, inputs):
        return super().told(n, inputs)[-1:]

    def loss(self, n, inputs, targets):
        (told,) = self.told(n, inputs)
        off = told - Node(targets[:, -1])
        return total(off * off) * (1 / off.value.size)


@rejected_by(LOSS, SLOPES)
class TimeFirst(Learner):
    """Takes the first axis for time and the second for the batch, as recurrent layers often do."""

    def slopes(self, network, inputs, targets):
        return super().slopes(network, inputs.swapaxes(0, 1), targets.swapaxes(0, 1))


@rejected_by(LOSS, BATCH)
class OneLongSequence(Learner):
    """Starts each sequence of a batch from the last state of the one before it."""

    def told(self, n, inputs):
        return super().told(n, inputs.reshape(1, -1, inputs.shape[2]))

    def loss(self, n, inputs, targets):
        return super().loss(n, inputs, targets.reshape(1, -1, targets.shape[2]))


@rejected_by(BATCH, LOSS)
class CentersOverTheBatch(Learner):
    """Takes the mean of the batch off its inputs, as batch normalisation does when it is left in training."""

    def told(self, n, inputs):
        return super().told(n, inputs - inputs.mean(axis=0))


# The gradient


@rejected_by(SLOPES, ALONG, FIRST, COURSE)
class TruncatedToOneToken(Learner):
    """Goes back through one token: the state that a token finds is taken for a constant."""

    def held(self, state, t):
        return Node(state.value)


@rejected_by(SLOPES)
class TruncatedToWindows(Learner):
    """Goes back through windows of 64 tokens, to bound what is kept."""

    def held(self, state, t):
        return state if t % 64 else Node(state.value)


@rejected_by(LOSS, SLOPES)
class IncompleteTileLeftOut(Learner):
    """Takes the sequences of a batch in tiles of 8, and leaves out those that fill none."""

    def slopes(self, network, inputs, targets):
        count = len(inputs) // 8 * 8 or len(inputs)
        return super().slopes(network, inputs[:count], targets[:count])


class Forgetful(Learner):
    """Leaves a part of the gradient at zero."""

    def slopes(self, network, inputs, targets):
        loss, found = super().slopes(network, inputs, targets)
        self.forget(found)
        return loss, found

    def forget(self, found):
        pass


@rejected_by(SLOPES, ALONG, FIRST, COURSE)
class DecayNotTrained(Forgetful):
    """Takes the decay for a constant."""

    def forget(self, found):
        found["decay"][...] = 0


@rejected_by(SLOPES)
class DecayOfZeroNotTrained(Learner):
    """Takes neurons that forget for a layer without recurrence, whose decay is no parameter."""

    def slopes(self, network, inputs, targets):
        loss, found = super().slopes(network, inputs, targets)
        return loss, {**found, "decay": np.where(network["decay"] == 0, 0, found["decay"])}


@rejected_by(SLOPES, ALONG, FIRST, COURSE)
class OneNotTrained(Forgetful):
    """Leaves out the column of the 1, as of a layer that is made without a bias."""

    def forget(self, found):
        for name in ("input_a", "input_b"):
            found[name][:, -1] = 0


@rejected_by(SLOPES, ALONG, FIRST, COURSE)
class GateNotTrained(Forgetful):
    """Takes one of the output gates for a constant."""

    def forget(self, found):
        found["gate_b"][...] = 0


@rejected_by(SLOPES, BATCH, COURSE)
class SummedOverTheBatch(Forgetful):
    """Sums gradients over the batch, where the loss is a mean."""

    def slopes(self, network, inputs, targets):
        self.batch = len(inputs)
        return super().slopes(network, inputs, targets)

    def forget(self, found):
        for name in found:
            found[name] *= self.batch


@rejected_by(SLOPES, FIRST)
class LearnerSingle(trained.SingleUnderDouble, Learner):
    """Computes in float32, and calls it float64."""

    def network_gradient(self, network, inputs, targets):
        single = {name: array.astype(np.float32) for name, array in vars(network).items()}
        loss, found = self.slopes(single, inputs.astype(np.float32), targets.astype(np.float32))
        return {"loss": loss, "network": found}


# Training


class Training(Learner):
    """Right until it is trained."""

    training = False

    def network_train(self, *asked, **named):
        self.training = True
        try:
            return super().network_train(*asked, **named)
        finally:
            self.training = False


@rejected_by(FIRST, COURSE)
class DropoutLeftOn(Training):
    """Drops a tenth of the products of gates, with a mask of its own."""

    def gated(self, products):
        if not self.training:
            return products
        random = np.random.default_rng(products.value.size)
        mask = (random.random(products.value.shape) > 0.1) / 0.9
        return products * Node(mask.astype(products.value.dtype))


@rejected_by(COURSE)
class StateCarriedOver(Training):
    """Starts each batch from the last states of the one before."""

    carried = None

    def network_train(self, *asked, **named):
        self.carried = None
        return super().network_train(*asked, **named)

    def begin(self, n, inputs):
        fresh = super().begin(n, inputs)
        return Node(self.carried) if self.training and self.carried is not None else fresh

    def end(self, state):
        self.carried = state.value


@rejected_by(FIRST, COURSE)
class OneSequenceOfABatch(Training):
    """Takes the gradient of the first sequence for that of the batch."""

    def slopes(self, network, inputs, targets):
        count = 1 if self.training else len(inputs)
        return super().slopes(network, inputs[:count], targets[:count])


@rejected_by(COURSE)
class LossesPerSequence(Training):
    """Averages over the tokens in place of the batch, so that a larger batch has a larger loss."""

    def count(self, batch, length, v):
        return length * v if self.training else batch * length * v


@rejected_by(FIRST)
class DecayKeptInBounds(Learner):
    """Keeps the decay between 0 and 1."""

    def stepped(self, value, m, v, update, rate):
        made = super().stepped(value, m, v, update, rate)
        return made.clip(0, 1) if made.ndim == 1 else made


@rejected_by(FIRST, COURSE)
class DecayThroughASigmoid(Learner):
    """Learns what a sigmoid makes the decay of, in place of the decay."""

    def descend(self, gradient, parameters, *rest):
        def through(now, *batch):
            decay = 1 / (1 + np.exp(-now["decay"]))
            loss, found = gradient({**now, "decay": decay}, *batch)
            return loss, {**found, "decay": found["decay"] * decay * (1 - decay)}

        odds = np.log(parameters["decay"] / (1 - parameters["decay"]))
        losses, last = super().descend(through, {**parameters, "decay": odds}, *rest)
        return losses, {**last, "decay": 1 / (1 + np.exp(-last["decay"].clip(-700, 700)))}


# All operations


@rejected_by("one_question_has_one_answer")
class RemembersTheState(Learner):
    """Starts from the state that was left, if it fits."""

    left = None

    def begin(self, n, inputs):
        fresh = super().begin(n, inputs)
        fits = self.left is not None and self.left.shape == fresh.value.shape
        return Node(self.left.astype(inputs.dtype)) if fits else fresh

    def end(self, state):
        self.left = state.value


@rejected_by("arguments_stay_untouched")
class TrainsInPlace(Learner):
    """Trains the caller's own network."""

    def network_train(self, network, *asked, **named):
        done = super().network_train(network, *asked, **named)
        for name, value in done["network"].items():
            getattr(network, name)[...] = value
        return done


# Training, as a population: the reference's own training, asked something else


@rejected_by("float32_trains_as_well_as_float64")
class RateOverTheBatch:
    """Divides the rate by the size of the batch, for sums of gradients where there are means."""

    def network_train(self, **asked):
        return attention.network_train(**{**asked, "rate": asked["rate"] / asked["inputs"].shape[1]})
