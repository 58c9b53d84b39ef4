"""Impostors of `hierarchy` that run another recurrence."""

from __future__ import annotations

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.hierarchy.right import Network
from whp.impostors.tape import Node, sigmoid, tanh


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
