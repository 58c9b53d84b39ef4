"""Impostors of `randomization` that get `train` wrong."""

from __future__ import annotations

from whp.impostors import rejected_by
from whp.reference import randomization
from whp.reference.randomization.training import Recall, trained


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


@rejected_by("each_seed_alone_fails_somewhere")
class WideKeys(Trainer):
    """Gives the memory room for all values: the keys are as wide as there are pairs."""

    def train(self, task, size, q, seeds, seed):
        if task != "recall":
            return super().train(task, size, q, seeds, seed)
        world = Recall(size, width=size)
        losses, success = trained(world, [seed], q, seeds)
        return {"losses": losses[0], "success": success[0]}
