"""Impostors of `evolution` that get `ask` or `tell` wrong."""

from __future__ import annotations

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.evolution.right import Strategy

# ask


@rejected_by("points_are_pairs_on_both_sides")
class OneSided(Strategy):
    """Evaluates the centre in the place of the other side."""

    def around(self, point, steps):
        return np.stack([point + steps, point + 0 * steps], axis=1).reshape(-1, len(point))


@rejected_by("points_are_pairs_on_both_sides")
class AroundZero(Strategy):
    """Forgets the centre."""

    def around(self, point, steps):
        return super().around(0 * point, steps)


@rejected_by("points_lie_in_orthogonal_directions")
class StepsOfANormalVector(Strategy):
    """Makes steps as long as those of normal vectors."""

    def around(self, point, steps):
        return super().around(point, steps * np.sqrt(len(point)))


@rejected_by("points_lie_in_orthogonal_directions", "estimate_on_cubics_has_their_third_derivative")
class HalfTheStep(Strategy):
    """Takes sigma for the distance between the two points of a pair, when asking and when telling."""

    def around(self, point, steps):
        return super().around(point, steps / 2)

    def tell(self, point, points, values, sigma):
        return super().tell(point, points, values, sigma / 2)


# tell


@rejected_by("estimate_is_the_sum_over_pairs", "estimate_is_the_projection_of_the_gradient")
class MeanOverPairs(Strategy):
    """Divides by the number of pairs."""

    def tell(self, point, points, values, sigma):
        return super().tell(point, points, values, sigma) * 2 / len(points)


@rejected_by(
    "estimate_is_the_sum_over_pairs",
    "a_complete_system_gives_the_gradient",
    "every_estimate_is_the_sum_over_its_pairs",
    "iteration_goes_on_after_a_flat_step",
)
class BySigmaAlone(Strategy):
    """Divides the difference of both sides by sigma."""

    def slope(self, plus, minus, sigma):
        return (plus - minus) / sigma


@rejected_by("estimate_is_the_sum_over_pairs")
class WholeBlocksAlone(Strategy):
    """Sums in blocks of 64 pairs, and loses the last, where there are several and it isn't whole."""

    def paired(self, point, points):
        pairs = super().paired(point, points)
        return pairs[: max(64, len(pairs) // 64 * 64)]


@rejected_by("estimate_is_the_sum_over_pairs")
class NeverByZero(Strategy):
    """Adds the spacing of floats at 1 to what it divides by, which counts beside a small sigma."""

    def slope(self, plus, minus, sigma):
        return (plus - minus) / (2 * sigma + np.finfo(float).eps)


@rejected_by("points_lie_in_orthogonal_directions")
class SigmaFromBelow(Strategy):
    """Takes no sigma below 1e-4, so that differences are not lost to rounding."""

    def around(self, point, steps):
        shortest = np.linalg.norm(steps, axis=1).min()
        return super().around(point, steps * max(1, 1e-4 / shortest))


@rejected_by(
    "estimate_is_the_sum_over_pairs",
    "estimate_is_the_projection_of_the_gradient",
    "estimate_on_cubics_has_their_third_derivative",
)
class SigmaSquared(Strategy):
    """Divides by sigma twice, as one does with normal steps."""

    def slope(self, plus, minus, sigma):
        return (plus - minus) / (2 * sigma**2)


@rejected_by(
    "estimate_is_the_sum_over_pairs",
    "estimate_points_uphill",
    "estimate_is_never_worse_than_the_surrogates",
    "iterated_estimates_never_get_worse",
)
class DownhillAlready(Strategy):
    """Gives the direction of descent for the gradient."""

    def slope(self, plus, minus, sigma):
        return (minus - plus) / (2 * sigma)


@rejected_by("estimate_is_the_sum_over_pairs")
class NeighborsArePairs(Strategy):
    """Takes points for pairs that stand next to each other."""

    def paired(self, point, points):
        return [(i, i + 1) for i in range(0, len(points), 2)]


@rejected_by("estimate_is_the_sum_over_pairs", "an_even_function_has_an_estimate_of_zero")
class OneSideAlone(Strategy):
    """Compares each first point with the mean of all values."""

    def tell(self, point, points, values, sigma):
        total = np.zeros(len(point))
        for one, _ in self.paired(point, points):
            total += (values[one] - values.mean()) * (points[one] - point) / sigma**2
        return total


@rejected_by("estimate_scales_with_the_function", "estimate_is_the_sum_over_pairs")
class RankShaped(Strategy):
    """Puts centred ranks in the place of values."""

    def tell(self, point, points, values, sigma):
        ranks = np.argsort(np.argsort(values)) / (len(values) - 1) - 0.5
        return super().tell(point, points, ranks, sigma)


@rejected_by("estimate_scales_with_the_function", "estimate_is_the_sum_over_pairs")
class Standardised(Strategy):
    """Divides values by their deviation."""

    def tell(self, point, points, values, sigma):
        deviation = values.std() or 1.0
        return super().tell(point, points, (values - values.mean()) / deviation, sigma)


@rejected_by("estimate_is_the_sum_over_pairs")
class SingleValues(Strategy):
    """Keeps values in single precision."""

    def tell(self, point, points, values, sigma):
        return super().tell(point, points, values.astype(np.float32).astype(float), sigma)


@rejected_by("estimate_is_the_sum_over_pairs")
class BestHalf(Strategy):
    """Keeps the pairs with the largest differences alone."""

    def paired(self, point, points):
        return super().paired(point, points)[: max(1, len(points) // 4)]


@rejected_by("estimate_is_the_sum_over_pairs")
class NearlyOpposite(Strategy):
    """Takes the first point for the other one that lies opposite up to 1e-5 of the centre."""

    def paired(self, point, points):
        left, found = list(range(len(points))), []
        while left:
            one = left.pop(0)
            near = [other for other in left if np.allclose(points[one] + points[other], 2 * point)]
            other = near[0] if near else left[0]
            left.remove(other)
            found.append((one, other))
        return found


@rejected_by("estimate_is_the_sum_over_pairs")
class MeanOverMany(Strategy):
    """Divides by the number of pairs from 20 on."""

    def tell(self, point, points, values, sigma):
        pairs = len(points) // 2
        return super().tell(point, points, values, sigma) / (pairs if pairs >= 20 else 1)


@rejected_by("estimate_scales_with_the_function", "a_complete_system_gives_the_gradient")
class UnitLength(Strategy):
    """Scales the estimate to length 1."""

    def tell(self, point, points, values, sigma):
        found = super().tell(point, points, values, sigma)
        return found / (np.linalg.norm(found) or 1.0)
