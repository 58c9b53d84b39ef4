"""Impostors of `randomization` that get `train` wrong."""

from __future__ import annotations

import numpy as np

from whp.impostors import rejected_by
from whp.reference import randomization
from whp.reference.randomization.players import cycles
from whp.reference.randomization.training import Coloring, Recall, trained


class Trainer:
    """Trains as the reference does, but is asked otherwise."""

    def train(self, task, size, q, seeds, seed):
        return randomization.train(**self.other(task=task, size=size, q=q, seeds=seeds, seed=seed))

    def other(self, **asked):
        return asked


@rejected_by("training_for_the_worst_case_lowers_it", "training_for_the_worst_case_succeeds_everywhere")
class TrainsForTheMean(Trainer):
    """Ignores q: trains for the mean over inputs."""

    def other(self, **asked):
        return {**asked, "q": 1.0}


@rejected_by("training_for_the_mean_does_not")
class TrainsForTheWorstCase(Trainer):
    """Ignores q: trains with one that it likes."""

    def other(self, **asked):
        return {**asked, "q": 16.0}


@rejected_by("training_for_the_worst_case_lowers_it", "training_for_the_worst_case_succeeds_everywhere")
class OneSeedForEver(Trainer):
    """Draws a seed once and keeps it: random in name only."""

    def other(self, **asked):
        return {**asked, "seeds": "fixed"}


@rejected_by("training_for_the_worst_case_lowers_it")
class OneSeedAnUpdate(Trainer):
    """Draws one seed for each update, where a mean over seeds belongs."""

    def other(self, **asked):
        return {**asked, "seeds": 1}


@rejected_by("a_fixed_seed_is_no_help")
class FixedIsAll(Trainer):
    """Draws seeds also where one is to be kept."""

    def other(self, **asked):
        return {**asked, "seeds": "all"}


@rejected_by("one_seed_an_update_is_not_enough")
class NeverDraws(Trainer):
    """Takes all seeds, however many are asked for."""

    def other(self, **asked):
        return {**asked, "seeds": "all" if asked["seeds"] != "fixed" else "fixed"}


@rejected_by("training_for_the_worst_case_lowers_it")
class SamplesTheOutputs(Trainer):
    """Keeps one seed, and draws each output by its probability: noise that no one has trained."""

    def train(self, task, size, q, seeds, seed):
        made = super().train(task, size, q, "fixed", seed)
        noise = np.random.default_rng(seed).random(made.losses.shape)
        return {"losses": made.losses, "success": (noise < np.exp(-made.losses)).astype(int)}


class OneCycle(Coloring):
    """The colouring of cycles, of which one is trained on, and all are judged."""

    def table(self, torch, learned, seeds):
        self.orders = np.array(cycles(self.size))[: 1 if torch.is_grad_enabled() else None]
        return super().table(torch, learned, seeds)


@rejected_by("training_for_the_worst_case_lowers_it")
class IdentityCycleAlone(Trainer):
    """Generates the cycle of the ids in turn and no other: there is no adversary."""

    def train(self, task, size, q, seeds, seed):
        if task != "coloring":
            return super().train(task, size, q, seeds, seed)
        losses, success = trained(OneCycle(size), [seed], q, seeds)
        return {"losses": losses[0], "success": success[0]}


class Weighs(Trainer):
    """Counts losses of colours otherwise."""

    weight = 1.0

    def train(self, task, size, q, seeds, seed):
        made = super().train(task, size, q, seeds, seed)
        return {**vars(made), "losses": made.losses * (self.weight if task == "coloring" else 1.0)}


@rejected_by("training_for_the_worst_case_lowers_it")
class EdgesTwice(Weighs):
    """Counts each edge of a cycle from both of its ends."""

    weight = 2.0


@rejected_by("training_for_the_mean_does_not", "each_seed_alone_fails_somewhere")
class EdgesAveraged(Weighs):
    """Takes the mean over edges and colours, where the sum over edges bounds what isn't proper."""

    weight = 1 / 15


@rejected_by("each_seed_alone_fails_somewhere")
class WideKeys(Trainer):
    """Gives the memory room for all values: the keys are as wide as there are pairs."""

    def train(self, task, size, q, seeds, seed):
        if task != "recall":
            return super().train(task, size, q, seeds, seed)
        world = Recall(size, width=size)
        losses, success = trained(world, [seed], q, seeds)
        return {"losses": losses[0], "success": success[0]}
