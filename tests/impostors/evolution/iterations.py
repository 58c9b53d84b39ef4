"""Impostors of `evolution` that get `begin` or `advance` wrong."""

from __future__ import annotations

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.evolution.right import Strategy


@rejected_by(
    "next_points_span_the_last_estimate",
    "iterated_estimates_never_get_worse",
    "iterated_estimates_follow_their_law",
    "estimates_keep_up_with_a_turning_gradient",
)
class StaleEstimate(Strategy):
    """Takes the estimate before the last for the surrogate."""

    def surrogates(self, past):
        return super().surrogates(past[-2:-1] or past[-1:])


@rejected_by(
    "next_points_span_the_last_estimate",
    "iterated_estimates_never_get_worse",
    "iterated_estimates_follow_their_law",
)
class Momentum(Strategy):
    """Takes an average of past estimates for the surrogate."""

    def surrogates(self, past):
        mean = np.zeros(len(past[0]))
        for gradient in past:
            mean = 0.9 * mean + 0.1 * np.array(gradient)
        return super().surrogates([mean])


@rejected_by("every_step_asks_for_orthogonal_pairs")
class ThreePastEstimates(Strategy):
    """Takes the last three estimates, and as many random directions as with one."""

    def surrogates(self, past):
        return [row for row in past[-3:] if np.any(row)]

    def how_many(self, state, known):
        r = len(self.basis(known))
        return min(state["count"] + (not r), len(state["point"]) - r)


@rejected_by("every_step_asks_for_orthogonal_pairs")
class OneFewerAtFirst(Strategy):
    """Begins with as many random directions as later, so that the first step is cheaper."""

    def how_many(self, state, known):
        return max(state["count"], 1 - len(known))


@rejected_by("iteration_goes_on_after_a_flat_step")
class OneFewerAfterZero(Strategy):
    """Counts an estimate of zero as a surrogate."""

    def how_many(self, state, known):
        return state["count"] if state["step"] and state["count"] else super().how_many(state, known)


@rejected_by("every_step_draws_new_directions", "iterated_estimates_follow_their_law")
class SameDirectionsAgain(Strategy):
    """Seeds every step alike."""

    def step_seed(self, seed, step):
        return super().step_seed(seed, 0)


@rejected_by("every_step_draws_new_directions")
class BeginsAgain(Strategy):
    """Begins again after an estimate of zero, with the directions that gave it."""

    def go_on(self, state, surrogates):
        return super().go_on(state if surrogates else state | {"step": 0}, surrogates)


@rejected_by("every_step_draws_new_directions")
class RemembersWhatIsFlat(Strategy):
    """Goes on with the estimate before one of zero."""

    def surrogates(self, past):
        return [row for row in past if np.any(row)][-1:]


@rejected_by("next_points_span_the_last_estimate")
class LongestEstimate(Strategy):
    """Takes the longest estimate so far for the surrogate, as if it were the best."""

    def surrogates(self, past):
        return super().surrogates([max(past, key=np.linalg.norm)])


@rejected_by("next_points_span_the_last_estimate")
class SmallIsZero(Strategy):
    """Takes an estimate for zero that is shorter than 1e-12."""

    def surrogates(self, past):
        return [row for row in past[-1:] if np.linalg.norm(row) > 1e-12]


@rejected_by("next_points_span_the_last_estimate")
class MovesAlong(Strategy):
    """Descends by itself: the next points lie around another centre."""

    def advance(self, state, values):
        after = super().advance(state, values)
        moved = np.array(state["point"]) - 0.1 * after["gradient"]
        return super().go_on(after["state"] | {"point": moved.tolist()}, [after["gradient"]]) | {
            "gradient": after["gradient"]
        }


@rejected_by("every_estimate_is_the_sum_over_its_pairs")
class SurrogateTwice(Strategy):
    """Adds the last estimate to what the values say of it."""

    def estimated(self, state, point, points, values):
        return super().estimated(state, point, points, values) + np.sum(state["past"][-1:], axis=0)


@rejected_by("every_estimate_is_the_sum_over_its_pairs", "iterated_estimates_never_get_worse")
class SurrogateLeftOut(Strategy):
    """Adds up over the random directions alone."""

    part = 0.0  # of what is along the surrogate

    def estimated(self, state, point, points, values):
        found = super().estimated(state, point, points, values)
        for row in self.surrogates(state["past"]):
            unit = np.array(row) / np.linalg.norm(row)
            found = found + (self.part - 1) * (found @ unit) * unit
        return found


@rejected_by("every_estimate_is_the_sum_over_its_pairs", "iterated_estimates_never_get_worse")
class SurrogateTheOtherWay(SurrogateLeftOut):
    """Has the sign wrong along the surrogate."""

    part = -1.0


@rejected_by("every_estimate_is_the_sum_over_its_pairs", "iterated_estimates_never_get_worse")
class RandomPartUnbiased(Strategy):
    """Scales the random part by n / P, so that it is right on average, as it is without surrogates."""

    def estimated(self, state, point, points, values):
        found = super().estimated(state, point, points, values)
        known = np.sum([row / np.linalg.norm(row) for row in np.array(state["past"][-1:])], axis=0)
        part = (found @ known) * known if state["past"] else 0 * found
        return part + len(point) / max(state["count"], 1) * (found - part)
