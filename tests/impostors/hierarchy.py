"""Wrong hierarchical networks and trainings of them, each with the mistake that somebody makes."""

from __future__ import annotations

import random

import numpy as np

from whp.impostors import rejected_by, trained
from whp.impostors.tape import Node, cross_entropy, go_back, sigmoid, tanh, total
from whp.reference import hierarchy


class Network(trained.Trained):
    """The whole system, right; an impostor changes one thing."""

    # The model

    def product(self, x, weight):
        return Node(
            self.dot(x.value, weight.value.T),
            (x, lambda g: self.dot(g, weight.value)),
            (weight, lambda g: self.dot(g.T, x.value)),
        )

    def affine(self, p, name, x):
        return self.product(x, p[f"{name}.weight"]) + p[f"{name}.bias"]

    def cell(self, p, level, u, s):
        of_input = self.product(u, p[f"cell.{level}.input"]) + p[f"cell.{level}.bias"]
        of_state = self.product(s, p[f"cell.{level}.hidden"])
        if f"cell.{level}.bias_hidden" not in p:
            return tanh(of_input + of_state)
        of_state = of_state + p[f"cell.{level}.bias_hidden"]
        h = s.value.shape[1]
        r, z, n = (slice(gate * h, (gate + 1) * h) for gate in self.gates())
        return self.gated(of_input, of_state, r, z, n, s)

    def gates(self):
        return 0, 1, 2

    def gated(self, of_input, of_state, r, z, n, s):
        opened = sigmoid(of_input[r] + of_state[r])
        kept = sigmoid(of_input[z] + of_state[z])
        new = tanh(of_input[n] + opened * of_state[n])
        return new + kept * (s - new)

    def depth(self, p):
        return sum(name.endswith(".input") for name in p)

    def begin(self, p, batch, kind):
        return Node(np.zeros((batch, p["out.weight"].value.shape[1]), kind))

    def run(self, p, inputs, k, cut):
        """Return the logits of each step, and each block that ended: its level, last state and inputs."""
        levels, start = self.depth(p), self.begin(p, inputs[0].value.shape[0], inputs[0].value.dtype)
        states = dict.fromkeys(range(1, levels + 1), start)
        heard = {level: [] for level in states}
        logits, ends = [], []
        for t, x in enumerate(inputs):
            level, message = 1, self.input(inputs, t)
            before = dict(states)
            while True:
                states[level] = self.cell(p, level, message, states[level])
                if level == 1:
                    logits.append(self.affine(p, "out", states[1]))
                heard[level].append(x if level == 1 else message)
                if level == levels or len(heard[level]) < self.period(level, k):
                    break
                message = self.message(p, level, states, before)
                ends.append((level, message, heard[level]))
                message = self.stopped(message, cut)
                heard[level] = []
                level += 1
            for below in self.order_of_resets(level):
                states[below] = self.reset(p, below, states, cut)
            self.after(p, states, logits, level, t)
            for each in states:
                states[each] = self.kept(states[each], each, heard, k)
        self.last = states
        return logits, ends

    def input(self, inputs, t):
        return inputs[t]

    def period(self, level, k):
        return k

    def message(self, p, level, states, before):
        return states[level]

    def stopped(self, message, cut):
        return Node(message.value) if cut else message

    def order_of_resets(self, level):
        return range(level - 1, 0, -1)

    def reset(self, p, below, states, cut):
        return self.affine(p, f"down.{below}", states[below + 1])

    def after(self, p, states, logits, level, t):
        pass

    def kept(self, state, level, heard, k):
        return state

    # The loss

    def loss(self, p, inputs, targets, k, cut, weights, decoder):
        logits, ends = self.run(p, inputs, k, cut)
        lost = Node(np.zeros((), inputs[0].value.dtype))
        count = self.count(targets)
        for told, wanted in zip(logits, targets, strict=True):
            if (wanted >= 0).any():
                summed = cross_entropy(self.scores(told), self.one_hot(wanted, told.value))
                lost = lost + summed * (1 / count)
        for level, weight in enumerate(weights.tolist(), start=1):
            own = [(state, heard) for at, state, heard in ends if at == level]
            for state, heard in self.decoded_from(own):
                share = self.weight(weight) / (len(own) * len(state.value))
                told = self.affine(p, f"decode.{level}", state)
                lost = lost + self.decoding(told, heard, level, decoder) * share
        return lost

    def scores(self, logits):
        return logits

    def count(self, targets):
        return int((targets >= 0).sum())

    def one_hot(self, wanted, like):
        return (wanted[:, None] == np.arange(like.shape[1])).astype(like.dtype)

    def weight(self, weight):
        return weight

    def decoded_from(self, own):
        return own

    def decoding(self, told, heard, level, decoder):
        if level == 1 and decoder == "softmax":
            wanted = np.stack([x.value for x in heard], axis=1)
            rows = Node(told.value.reshape(wanted.shape), (told, lambda g: g.reshape(told.value.shape)))
            return cross_entropy(rows, wanted) * (1 / len(heard))
        off = told - self.wanted(heard)
        return total(off * off) * (1 / told.value.shape[1])

    def wanted(self, heard):
        return Node(np.concatenate([x.value for x in heard], axis=1))

    # The operations

    def forward(self, parameters, inputs, period):
        p = {name: Node(value) for name, value in parameters.items()}
        logits, ends = self.run(p, [Node(x) for x in inputs], period, True)
        nothing = np.zeros((0, inputs.shape[1], self.begin(p, 1, float).value.shape[1]))
        sent = [
            [state.value for at, state, _ in ends if at == level]
            for level in range(1, self.depth(parameters))
        ]
        return {
            "logits": [told.value for told in logits],
            "messages": [np.stack(each) if each else nothing for each in sent],
        }

    def gradient(self, parameters, inputs, targets, period, cut, weights, decoder):
        p = {name: Node(value) for name, value in parameters.items()}
        xs = [Node(x) for x in inputs]
        lost = self.loss(p, xs, targets, period, cut, weights, decoder)
        go_back(lost)
        slopes = {name: self.slope(node) for name, node in p.items()}
        return {
            "loss": float(lost.value),
            "parameters": slopes,
            "inputs": np.stack([self.slope(x) for x in xs]),
        }

    def slope(self, node):
        return np.zeros_like(node.value) if node.slope is None else node.slope

    def peak_states(self, levels, period, steps, cut):
        if not cut:
            return max(levels, sum(steps // period**level for level in range(levels)))
        return period * (levels - 1) + -(-steps // period ** (levels - 1)) + levels

    def train(self, parameters, inputs, targets, period, cut, weights, decoder, rate, clip, dtype, device):
        def slope(now, x, wanted):
            told = self.gradient(now, x, wanted, period, cut, weights, decoder)
            return told["loss"], told["parameters"]

        losses, last = self.descend(slope, parameters, inputs, targets, rate, clip, dtype)
        return {"losses": losses, "parameters": last}


# Right ones with other rounding errors


class SumsBackwards(trained.SumsBackwards, Network):
    """Sums from the last product to the first."""


class LongSums(trained.LongSums, Network):
    """Multiplies in the precision that is asked for, and sums in float64."""


# The recurrence


@rejected_by("a_block_starts_from_the_upper_state_alone", "forward_is_the_recurrence")
class ResetForgotten(Network):
    """Carries the state of a level on into the next block."""

    def reset(self, p, below, states, cut):
        return states[below]


@rejected_by("a_block_starts_from_the_upper_state_alone", "forward_is_the_recurrence")
class AddsTheReset(Network):
    """Adds what comes down to the state, in place of putting it there."""

    def reset(self, p, below, states, cut):
        return super().reset(p, below, states, cut) + states[below]


@rejected_by("forward_is_the_recurrence")
class CopiesTheUpperState(Network):
    """Hands the upper state down as it is."""

    def reset(self, p, below, states, cut):
        return states[below + 1]


@rejected_by("forward_is_the_recurrence")
class ResetsFromBelow(Network):
    """Resets the lowest level first, from a state that is yet to be reset."""

    def order_of_resets(self, level):
        return range(1, level)


@rejected_by("forward_is_the_recurrence")
class MessageOneTickEarly(Network):
    """Sends the state before the last tick of the block."""

    def message(self, p, level, states, before):
        return before[level]


@rejected_by("forward_is_the_recurrence")
class MessageAfterTheReset(Network):
    """Resets a level before its state is sent."""

    def message(self, p, level, states, before):
        return self.affine(p, f"down.{level}", states[level + 1])


@rejected_by("forward_is_the_recurrence")
class EveryPeriodAtAllLevels(Network):
    """Lets level 3 tick as often as level 2."""

    def period(self, level, k):
        return k if level == 1 else 1


@rejected_by("forward_is_the_recurrence")
class ReadsAfterTheReset(Network):
    """Reads the outputs at the end of a step, after the reset."""

    def after(self, p, states, logits, level, t):
        logits[t] = self.affine(p, "out", states[1])


@rejected_by("outputs_depend_on_the_past_alone", "forward_is_the_recurrence")
class HearsTheNextInput(Network):
    """Takes the input of the next step, off by one."""

    def input(self, inputs, t):
        return inputs[min(t + 1, len(inputs) - 1)]


@rejected_by("outputs_depend_on_the_past_alone")
class CentersOverTime(Network):
    """Takes the mean of the whole sequence off its inputs."""

    def input(self, inputs, t):
        return inputs[t] + sum(x.value for x in inputs) * (-1 / len(inputs))


@rejected_by("sequences_of_a_batch_are_run_apart", "forward_is_the_recurrence")
class CentersOverTheBatch(Network):
    """Takes the mean of the batch off its inputs, as batch normalisation does when it is left in training."""

    def input(self, inputs, t):
        return inputs[t] + -inputs[t].value.mean(axis=0)


@rejected_by("forward_is_the_recurrence")
class GatesSwapped(Network):
    """Has the gates in the order z, r, n, as Keras has them."""

    def gates(self):
        return 1, 0, 2


@rejected_by("forward_is_the_recurrence")
class UpdateGateTurned(Network):
    """Takes z of the new state and 1 - z of the old one, as the first papers write it."""

    def gated(self, of_input, of_state, r, z, n, s):
        opened = sigmoid(of_input[r] + of_state[r])
        kept = sigmoid(of_input[z] + of_state[z])
        new = tanh(of_input[n] + opened * of_state[n])
        return s + kept * (new - s)


@rejected_by("forward_is_the_recurrence", "gradient_is_that_of_the_model")
class ResetGateBeforeTheProduct(Network):
    """Multiplies the state with r before the matrix does, as in GRUs of version 1."""

    def cell(self, p, level, u, s):
        if f"cell.{level}.bias_hidden" not in p:
            return super().cell(p, level, u, s)
        h = s.value.shape[1]
        r, z, n = (slice(gate * h, (gate + 1) * h) for gate in range(3))
        of_input = self.product(u, p[f"cell.{level}.input"]) + p[f"cell.{level}.bias"]
        of_state = self.product(s, p[f"cell.{level}.hidden"]) + p[f"cell.{level}.bias_hidden"]
        opened = sigmoid(of_input[r] + of_state[r])
        kept = sigmoid(of_input[z] + of_state[z])
        through = self.product(opened * s, p[f"cell.{level}.hidden"]) + p[f"cell.{level}.bias_hidden"]
        new = tanh(of_input[n] + through[n])
        return new + kept * (s - new)


@rejected_by("forward_is_the_recurrence")
class StateStartsAtOne(Network):
    """Starts from states of one."""

    def begin(self, p, batch, kind):
        return Node(np.ones_like(super().begin(p, batch, kind).value))


@rejected_by("hidden_units_may_change_places", "forward_is_the_recurrence")
class LastUnitLeftOut(Network):
    """Leaves the last hidden unit out of what is handed down, where the loop stops one short."""

    def reset(self, p, below, states, cut):
        made = super().reset(p, below, states, cut)
        there = np.ones(made.value.shape[1])
        there[-1] = 0.0
        return made * Node(np.broadcast_to(there, made.value.shape).astype(made.value.dtype))


# The loss and its gradient


@rejected_by(
    "a_cut_gradient_stays_in_its_block", "gradient_is_that_of_the_model", "gradient_is_the_slope_of_the_loss"
)
class CutForgotten(Network):
    """Lets the gradient pass the messages all the same."""

    def stopped(self, message, cut):
        return message


@rejected_by("gradient_is_that_of_the_model", "gradient_is_the_slope_of_the_loss")
class OtherArrowCut(Network):
    """Cuts the gradient on the way down, at the resets, and lets the messages through."""

    def stopped(self, message, cut):
        return message

    def reset(self, p, below, states, cut):
        upper = Node(states[below + 1].value) if cut else states[below + 1]
        return super().reset(p, below, {below + 1: upper}, cut)


@rejected_by("gradient_is_that_of_the_model", "gradient_is_the_slope_of_the_loss")
class BothArrowsCut(Network):
    """Cuts the gradient at the messages and at the resets: outputs teach the upper levels nothing."""

    def reset(self, p, below, states, cut):
        upper = Node(states[below + 1].value) if cut else states[below + 1]
        return super().reset(p, below, {below + 1: upper}, cut)


@rejected_by("gradient_is_that_of_the_model", "gradient_is_the_slope_of_the_loss")
class CutAtEveryTick(Network):
    """Cuts the gradient within a block too: truncated to one step."""

    cutting = False

    def loss(self, p, inputs, targets, k, cut, weights, decoder):
        self.cutting = cut
        return super().loss(p, inputs, targets, k, cut, weights, decoder)

    def kept(self, state, level, heard, k):
        return Node(state.value) if self.cutting else state


@rejected_by("cut_changes_the_gradient_alone", "loss_is_the_stated_one")
class CutSendsNothing(Network):
    """Cuts by multiplying the messages with zero."""

    def stopped(self, message, cut):
        return message * 0.0 if cut else message


@rejected_by("loss_is_the_stated_one", "gradient_is_that_of_the_model")
class DecodesInReverse(Network):
    """Has a block decoded from its last input to its first."""

    def decoded_from(self, own):
        return [(state, heard[::-1]) for state, heard in own]


@rejected_by("loss_is_the_stated_one")
class DecodesTheNextBlock(Network):
    """Has the next block decoded, off by one."""

    def decoded_from(self, own):
        heard = [inputs for _, inputs in own]
        return [(state, inputs) for (state, _), inputs in zip(own, heard[1:] + heard[:1], strict=True)]


@rejected_by(
    "a_decoding_loss_stays_at_its_level", "gradient_is_that_of_the_model", "gradient_is_the_slope_of_the_loss"
)
class TargetsNotDetached(Network):
    """Lets what is to be decoded learn to be decodable."""

    def decoding(self, told, heard, level, decoder):
        if level == 1:
            return super().decoding(told, heard, level, decoder)
        wide = heard[0].value.shape[1]
        parts = [told[slice(i * wide, (i + 1) * wide)] - self.linked[id(x)] for i, x in enumerate(heard)]
        lost = total(parts[0] * parts[0])
        for part in parts[1:]:
            lost = lost + total(part * part)
        return lost * (1 / told.value.shape[1])

    def stopped(self, message, cut):
        sent = super().stopped(message, cut)
        self.linked[id(sent)] = message
        self.held.append(sent)
        return sent

    def loss(self, *asked):
        self.linked, self.held = {}, []
        return super().loss(*asked)

    def run(self, p, inputs, k, cut):
        if not hasattr(self, "linked"):
            self.linked, self.held = {}, []
        return super().run(p, inputs, k, cut)


@rejected_by("loss_is_the_stated_one")
class DecodingLossIsASum(Network):
    """Sums the squared errors of a block in place of taking their mean."""

    def decoding(self, told, heard, level, decoder):
        return super().decoding(told, heard, level, decoder) * float(len(heard))


@rejected_by("loss_is_the_stated_one", "weights_enter_linearly")
class WeightsSquared(Network):
    """Multiplies with the weight twice."""

    def weight(self, weight):
        return weight * weight


@rejected_by("loss_is_the_stated_one", "weights_enter_linearly")
class WeightsAreSwitches(Network):
    """Takes a weight for a switch, on or off."""

    def weight(self, weight):
        return float(weight > 0)


@rejected_by("loss_is_the_stated_one")
class NoTargetIsTheLastClass(Network):
    """Takes -1 for an index from the end."""

    def count(self, targets):
        return targets.size

    def one_hot(self, wanted, like):
        return np.eye(like.shape[1], dtype=like.dtype)[wanted]


@rejected_by("loss_is_the_stated_one")
class MeanOverTheBatchAlone(Network):
    """Divides the loss of the outputs by the size of the batch."""

    def count(self, targets):
        return targets.shape[1]


@rejected_by("loss_is_the_stated_one", "gradient_is_that_of_the_model")
class PartsOfABatchCountAlike(Network):
    """Takes the mean over parts of 8 sequences by their sizes, however many targets each part has."""

    def gradient(self, parameters, inputs, targets, period, cut, weights, decoder):
        batch, of, rest = targets.shape[1], super().gradient, (period, cut, weights, decoder)
        parts = np.split(np.arange(batch), range(8, batch, 8))
        made = [
            (len(part) / batch, of(parameters, inputs[:, part], targets[:, part], *rest)) for part in parts
        ]
        slopes = {name: sum(share * each["parameters"][name] for share, each in made) for name in parameters}
        return {
            "loss": sum(share * each["loss"] for share, each in made),
            "parameters": slopes,
            "inputs": np.concatenate([share * each["inputs"] for share, each in made], axis=1),
        }


@rejected_by("loss_is_the_stated_one", "gradient_is_that_of_the_model")
class LogitsClamped(Network):
    """Clamps logits to 50 in size, lest their exponentials overflow."""

    def scores(self, logits):
        inside = np.abs(logits.value) <= 50
        return Node(np.clip(logits.value, -50, 50), (logits, lambda g: g * inside))


@rejected_by("gradient_is_that_of_the_model")
class TruncatedToWindows(Network):
    """Goes back through windows of 64 steps, to bound what is kept."""

    def after(self, p, states, logits, level, t):
        if t % 64 == 63:
            states.update({each: Node(state.value) for each, state in states.items()})


@rejected_by("gradient_is_that_of_the_model")
class LastBlockForgotten(Network):
    """Goes back through blocks that have ended, and forgets the one that has not."""

    def loss(self, p, inputs, targets, k, cut, weights, decoder):
        whole = super().loss(p, inputs, targets, k, cut, weights, decoder)
        if not cut or self.depth(p) == 1:
            return whole
        told = targets.copy()
        told[len(inputs) - len(inputs) % k :] = -1
        part = super().loss(p, inputs, told, k, cut, weights, decoder)
        share = self.count(told) / max(1, self.count(targets))
        return Node(whole.value, *((part * share).sources if share else ()))


@rejected_by("gradient_is_that_of_the_model")
class Single(Network):
    """Computes the gradient in float32, and calls it float64."""

    def gradient(self, parameters, inputs, targets, period, cut, weights, decoder):
        less = {name: value.astype(np.float32) for name, value in parameters.items()}
        return super().gradient(less, inputs.astype(np.float32), targets, period, cut, weights, decoder)


# The memory


@rejected_by("a_cut_pass_holds_a_block_of_each_level")
class KeepsTheTape(Network):
    """Stops the gradient and keeps the whole tape, which saves nothing."""

    def peak_states(self, levels, period, steps, cut):
        return super().peak_states(levels, period, steps, False)


@rejected_by("a_cut_pass_holds_a_block_of_each_level")
class FreesTheLowestAlone(Network):
    """Lets go of the blocks of level 1, and keeps all that is above."""

    def peak_states(self, levels, period, steps, cut):
        above = sum(steps // period**level for level in range(1, levels))
        return max(levels, period + above) if cut else super().peak_states(levels, period, steps, cut)


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


# All operations


@rejected_by("one_question_has_one_answer")
class RemembersTheStates(Network):
    """Starts a run from where the one before has ended, if it fits."""

    before = None

    def begin(self, p, batch, kind):
        fresh = super().begin(p, batch, kind)
        fits = self.before is not None and self.before.shape == fresh.value.shape
        return Node(self.before.astype(kind)) if fits else fresh

    def run(self, p, inputs, k, cut):
        made = super().run(p, inputs, k, cut)
        self.before = self.last[1].value
        return made


@rejected_by("arguments_stay_untouched")
class TrainsInPlace(Network):
    """Trains the caller's own parameters."""

    def train(self, parameters, inputs, targets, period, cut, weights, decoder, rate, clip, dtype, device):
        rest = period, cut, weights, decoder, rate, clip, dtype, device
        done = super().train(parameters, inputs, targets, *rest)
        for name, value in done["parameters"].items():
            parameters[name][...] = value
        return done


@rejected_by("every_process_answers_alike_and_ends_well")
class SeedsByHash(Network):
    """Adds noise from the hash of a string, which every process salts anew."""

    def input(self, inputs, t):
        noise = random.Random(hash(f"step {t}")).gauss(0, 1e-3)
        return inputs[t] + noise * Node(np.ones_like(inputs[t].value)).value


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
