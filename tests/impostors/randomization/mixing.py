"""Impostors of `randomization` that get `solve_game` wrong."""

from __future__ import annotations

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.randomization.right import Player


@rejected_by("mixing_loses_no_more_than_any_row", "no_mixture_loses_less")
class BestRow(Player):
    """Finds the best single row."""

    def mixture(self, losses, q):
        return np.eye(len(losses))[int(np.argmin([self.norm(row, q) for row in losses.tolist()]))]


@rejected_by("no_mixture_loses_less")
class FictitiousPlay(Player):
    """Stops fictitious play after a thousand rounds."""

    def against(self, losses):
        plays, met = np.zeros(len(losses)), np.zeros(len(losses))
        row = 0
        for _ in range(1000):
            plays[row] += 1
            met += losses[:, int(np.argmax(plays @ losses))]
            row = int(np.argmin(met))
        return plays / plays.sum()


@rejected_by("no_mixture_loses_less")
class AllAlike(Player):
    """Mixes all rows alike."""

    def mixture(self, losses, q):
        return np.full(len(losses), 1 / len(losses))


@rejected_by("mixture_is_a_law")
class NotDivided(Player):
    """Gives the solution of the linear programme without dividing by its sum."""

    def solved(self, mixture, value):
        return super().solved(mixture / (value + 1), value)


@rejected_by("value_is_what_the_mixture_loses", "symmetric_games_have_the_best_average_as_value")
class ShiftKept(Player):
    """Raises all losses by 1 to make the value positive, and forgets to take that back."""

    def solved(self, mixture, value):
        return super().solved(mixture, value + 1)


@rejected_by("value_is_what_the_mixture_loses")
class NoLargePowers(Player):
    """Takes no power above 64, for fear of an overflow."""

    def norm(self, means, q):
        return super().norm(means, q if q is None else min(q, 64.0))


@rejected_by("no_mixture_loses_less")
class WorstColumnAlone(Player):
    """Ignores q: it always mixes against the worst column."""

    def mixture(self, losses, q):
        return super().mixture(losses, None)


@rejected_by("no_mixture_loses_less", "mixing_loses_no_more_than_any_row")
class Maximises(Player):
    """Takes losses for payoffs, and mixes rows to get much of them."""

    def against(self, losses):
        return super().against(1 - losses)


@rejected_by("no_mixture_loses_less")
class AdversarysMixture(Player):
    """Gives the mixture of the adversary, where the table is square."""

    def against(self, losses):
        m, n = losses.shape
        return super().against(-losses.T if m == n else losses)


@rejected_by("order_and_scale_change_no_value")
class ThreeDigits(Player):
    """Tells the value up to three digits behind the point, whatever the unit."""

    def solved(self, mixture, value):
        return super().solved(mixture, round(value, 3))
