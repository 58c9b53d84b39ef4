"""Impostors of `hierarchy` that get `gradient` or `peak_states` wrong."""

from __future__ import annotations

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.hierarchy.right import Network
from whp.impostors.tape import Node, total

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
