"""Wrong evolution strategies with past descent directions, each with the mistake that somebody makes."""

from __future__ import annotations

import numpy as np

from whp.impostors import rejected_by


class Strategy:
    """The whole system, right, row by row; an impostor changes one thing."""

    # directions

    def random(self, seed):
        return np.random.Generator(np.random.Philox(seed))

    def lengthened(self, surrogates):
        rows = [row / np.abs(row).max() for row in surrogates if row.any()]
        return [row / np.linalg.norm(row) for row in rows]

    independent = 1e-8

    def basis(self, surrogates):
        """Gram and Schmidt's way, twice; what lies in the span of those before it gives nothing."""
        found = []
        for row in self.lengthened(surrogates):
            rest = self.without(row, found)
            if np.linalg.norm(rest) > self.independent:
                rest = self.without(rest / np.linalg.norm(rest), found)
                found.append(rest / np.linalg.norm(rest))
        return found

    def without(self, row, rows):
        for other in rows:
            row = row - (other @ row) * other
        return row

    def normal(self, n, random):
        return random.standard_normal(n)

    def drawn(self, n, known, count, random):
        made = []
        for _ in range(count):
            row = self.normal(n, random)
            for _ in range(3):  # also where hardly any dimension is left
                row = self.without(row / np.linalg.norm(row), [*known, *made])
            made.append(row / np.linalg.norm(row))
        return made

    def directions(self, n, surrogates, count, seed):
        known = self.basis(surrogates)
        rows = [*known, *self.drawn(n, known, count, self.random(seed))]
        return np.reshape(rows, (-1, n))

    # ask and tell

    def ask(self, point, surrogates, count, sigma, seed):
        rows = self.directions(len(point), surrogates, count, seed)
        return self.around(point, sigma * rows)

    def around(self, point, steps):
        return np.stack([point + steps, point - steps], axis=1).reshape(-1, len(point))

    def paired(self, point, points):
        left, found = list(range(len(points))), []
        away = points - point
        while left:
            one = left.pop(0)
            partner = min(left, key=lambda other: np.abs(away[one] + away[other]).max())
            left.remove(partner)
            found.append((one, partner))
        return found

    def tell(self, point, points, values, sigma):
        total = np.zeros(len(point))
        for one, other in self.paired(point, points):
            total += (
                self.slope(values[one], values[other], sigma) * (points[one] - points[other]) / (2 * sigma)
            )
        return total

    def slope(self, plus, minus, sigma):
        return (plus - minus) / (2 * sigma)

    # begin and advance

    def step_seed(self, seed, step):
        return np.random.SeedSequence((seed, step))

    def begin(self, point, count, sigma, seed):
        state = {"point": point.tolist(), "count": count, "sigma": sigma, "seed": seed, "step": 0, "past": []}
        return self.go_on(state, [])

    def go_on(self, state, surrogates):
        point = np.array(state["point"])
        known = np.reshape(surrogates, (-1, len(point)))
        count = self.how_many(state, known)
        points = self.ask(point, known, count, state["sigma"], self.step_seed(state["seed"], state["step"]))
        return {"state": state | {"points": points.tolist()}, "points": points}

    def how_many(self, state, known):
        return state["count"] + 1 - len(known)

    def advance(self, state, values):
        point, points = np.array(state["point"]), np.array(state["points"])
        gradient = self.estimated(state, point, points, values)
        past = [*state["past"], gradient.tolist()]
        following = self.go_on(state | {"step": state["step"] + 1, "past": past}, self.surrogates(past))
        return {**following, "gradient": gradient}

    def estimated(self, state, point, points, values):
        return self.tell(point, points, values, state["sigma"])

    def surrogates(self, past):
        return [row for row in past[-1:] if np.any(row)]


# directions


@rejected_by(
    "directions_are_orthonormal",
    "points_lie_in_orthogonal_directions",
    "estimate_is_the_projection_of_the_gradient",
    "every_step_asks_for_orthogonal_pairs",
)
class ComplementForgotten(Strategy):
    """Makes the random directions orthogonal to each other, but not to the surrogates."""

    def drawn(self, n, known, count, random):
        return super().drawn(n, [], count, random)


@rejected_by("directions_are_orthonormal", "points_lie_in_orthogonal_directions")
class NormalSteps(Strategy):
    """Takes normal vectors as they are drawn."""

    def drawn(self, n, known, count, random):
        return [self.normal(n, random) for _ in range(count)]


@rejected_by("directions_are_orthonormal", "estimate_is_the_projection_of_the_gradient")
class EachForItself(Strategy):
    """Draws unit vectors in the complement that are not orthogonal to each other."""

    def drawn(self, n, known, count, random):
        return [row for _ in range(count) for row in super(EachForItself, self).drawn(n, known, 1, random)]


@rejected_by("directions_are_orthonormal")
class BlockByBlock(Strategy):
    """Makes rows orthogonal in blocks of 32, and each block to the surrogates, but to no other block."""

    def drawn(self, n, known, count, random):
        blocks = [min(32, count - start) for start in range(0, count, 32)]
        return [row for block in blocks for row in super(BlockByBlock, self).drawn(n, known, block, random)]


@rejected_by("directions_are_orthonormal")
class ManyVariables(Strategy):
    """Spares itself the orthogonalisation of many variables, where random rows are nearly orthogonal."""

    def drawn(self, n, known, count, random):
        return super().drawn(n, known if n < 200 else [], count, random)


@rejected_by("directions_are_orthonormal")
class FirstSurrogateAlone(Strategy):
    """Draws in the complement of the first surrogate alone."""

    def drawn(self, n, known, count, random):
        return super().drawn(n, known[:1], count, random)


@rejected_by("directions_are_orthonormal")
class SurrogatesAsTheyAre(Strategy):
    """Takes surrogates of length 1 for orthogonal."""

    def basis(self, surrogates):
        return self.lengthened(surrogates)[: len(super().basis(surrogates))]


@rejected_by("directions_are_orthonormal", "points_lie_in_orthogonal_directions")
class SurrogateOfItsLength(Strategy):
    """Tries out a surrogate with its own length."""

    def directions(self, n, surrogates, count, seed):
        rows, known = super().directions(n, surrogates, count, seed), [row for row in surrogates if row.any()]
        return np.vstack([known[0], rows[1:]]) if len(self.basis(surrogates)) == 1 else rows


@rejected_by("directions_are_orthonormal")
class Once(Strategy):
    """Orthogonalises surrogates once, which leaves of nearly collinear ones what rounding made."""

    def basis(self, surrogates):
        found = []
        for row in self.lengthened(surrogates):
            rest = self.without(row, found)
            if np.linalg.norm(rest) > self.independent:
                found.append(rest / np.linalg.norm(rest))
        return found


@rejected_by("directions_are_orthonormal", "points_lie_in_orthogonal_directions")
class SinglePrecision(Strategy):
    """Computes directions in single precision and doesn't declare it."""

    def directions(self, n, surrogates, count, seed):
        return super().directions(n, surrogates, count, seed).astype(np.float32).astype(float)


@rejected_by("directions_are_as_many_as_rank_and_count", "points_are_pairs_on_both_sides")
class OneTooFew(Strategy):
    """Takes the surrogate for one of the random directions."""

    def drawn(self, n, known, count, random):
        return super().drawn(n, known, count - (1 if known and count else 0), random)


@rejected_by("directions_are_as_many_as_rank_and_count", "surrogates_count_by_their_span_alone")
class NoLookAtTheRank(Strategy):
    """Counts rows in the place of the rank: a QR makes some direction of a row that depends on others."""

    def basis(self, surrogates):
        rows = self.lengthened(surrogates)
        return list(np.linalg.qr(np.array(rows).T)[0].T) if rows else []


@rejected_by("directions_are_as_many_as_rank_and_count", "estimate_is_never_worse_than_the_surrogates")
class CoarseRank(Strategy):
    """Takes surrogates for collinear that are only nearly so."""

    independent = 1e-2


@rejected_by("directions_are_as_many_as_rank_and_count", "first_directions_span_the_surrogates")
class LengthsMatter(Strategy):
    """Finds the rank before surrogates are scaled, so that a short one is lost."""

    def lengthened(self, surrogates):
        longest = max((np.linalg.norm(row) for row in surrogates), default=0)
        return super().lengthened([row for row in surrogates if np.linalg.norm(row) > 1e-5 * longest])


@rejected_by("directions_are_as_many_as_rank_and_count", "first_directions_span_the_surrogates")
class RankOfTheRows(Strategy):
    """Compares singular values of surrogates as they are with 1e-10 of the largest."""

    def basis(self, surrogates):
        if not surrogates.any():
            return []
        _, sizes, right = np.linalg.svd(surrogates)
        return list(right[: np.count_nonzero(sizes > 1e-10 * sizes[0])])


@rejected_by("directions_are_as_many_as_rank_and_count")
class ZeroCounts(Strategy):
    """Gives a surrogate of zero a random direction of its own."""

    def directions(self, n, surrogates, count, seed):
        zeros = sum(not row.any() for row in surrogates)
        return super().directions(n, surrogates, min(n, count + zeros), seed)


@rejected_by(
    "first_directions_span_the_surrogates",
    "surrogates_lie_in_the_span_of_the_points",
    "estimate_is_never_worse_than_the_surrogates",
    "estimate_points_uphill",
    "a_surrogate_along_the_gradient_gives_it",
    "surrogates_count_by_their_span_alone",
    "iterated_estimates_never_get_worse",
    "next_points_span_the_last_estimate",
    "directions_follow_the_law_of_projections",
    "estimates_follow_the_law_of_projections",
    "surrogates_pay_just_if_better_than_chance",
    "iterated_estimates_follow_their_law",
    "estimates_keep_up_with_a_turning_gradient",
    "past_directions_win_on_quadratics",
    "past_directions_win_on_digits",
    "past_directions_win_on_a_pendulum",
)
class SurrogatesIgnored(Strategy):
    """Draws all directions at random, as plain evolution strategies do."""

    def directions(self, n, surrogates, count, seed):
        return super().directions(n, np.empty((0, n)), count + len(self.basis(surrogates)), seed)


@rejected_by("first_directions_span_the_surrogates", "surrogates_lie_in_the_span_of_the_points")
class SurrogatesRotated(Strategy):
    """Multiplies by the transpose of the basis's matrix."""

    def basis(self, surrogates):
        return [row[::-1] for row in super().basis(surrogates)]


@rejected_by("directions_follow_the_law_of_projections", "estimates_follow_the_law_of_projections")
class CoordinateAxes(Strategy):
    """Draws variables in the place of directions."""

    def drawn(self, n, known, count, random):
        if known:
            return super().drawn(n, known, count, random)
        return [np.eye(n)[i] for i in random.choice(n, count, replace=False)]


@rejected_by("directions_follow_the_law_of_projections", "estimates_follow_the_law_of_projections")
class RandomSigns(Strategy):
    """Draws signs in the place of normal numbers."""

    def normal(self, n, random):
        return random.choice([-1.0, 1.0], n) + 1e-9 * super().normal(n, random)


@rejected_by("directions_follow_the_law_of_projections")
class PositiveNumbers(Strategy):
    """Draws numbers from 0 to 1, whose directions lie near one."""

    def normal(self, n, random):
        return random.random(n)


@rejected_by("directions_follow_the_law_of_projections")
class HeavyTails(Strategy):
    """Draws from Cauchy's law, in whose directions few variables count."""

    def normal(self, n, random):
        return random.standard_cauchy(n)


@rejected_by("each_random_direction_is_uniform")
class FirstVariableFirst(Strategy):
    """Turns uniform directions in their span so that the first one says most of the first variable."""

    def drawn(self, n, known, count, random):
        rows = super().drawn(n, known, count, random)
        if count < 2 or not np.any(np.array(rows)[:, 0]):
            return rows
        turned = np.linalg.qr(np.column_stack([np.array(rows)[:, 0], np.eye(count)[:, 1:]]))[0]
        return list(turned.T @ np.array(rows))


@rejected_by("each_random_direction_is_uniform")
class FixedWhenComplete(Strategy):
    """Gives any basis of the complement where all of it is asked for, which is right for estimates."""

    def drawn(self, n, known, count, random):
        if len(known) + count < n:
            return super().drawn(n, known, count, random)
        return list(np.linalg.svd(np.array(known))[2][len(known) :] if known else np.eye(n))


@rejected_by("directions_follow_the_law_of_projections")
class ComplementOfSeveral(Strategy):
    """Draws rows of one basis of the complement, where there are several surrogates, and doesn't turn it."""

    def drawn(self, n, known, count, random):
        if len(known) < 2:
            return super().drawn(n, known, count, random)
        rest = np.linalg.svd(np.array(known))[2][len(known) :]
        return [rest[i] for i in random.choice(len(rest), count, replace=False)]


@rejected_by("first_directions_span_the_surrogates")
class SurrogatesLast(Strategy):
    """Puts the random directions first."""

    def directions(self, n, surrogates, count, seed):
        return super().directions(n, surrogates, count, seed)[::-1]


@rejected_by("directions_use_the_whole_seed", "points_use_the_whole_seed")
class LowHalfOfTheSeed(Strategy):
    """Seeds with 32 bits."""

    def random(self, seed):
        return super().random(seed % 2**32 if isinstance(seed, int) else seed)


@rejected_by("iterations_use_the_whole_seed")
class HighHalfOfTheSeed(Strategy):
    """Makes the seeds of steps from the high bits."""

    def step_seed(self, seed, step):
        return super().step_seed(seed >> 32, step)


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


# begin and advance


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


# All operations


@rejected_by("one_question_has_one_answer")
class GoesOnDrawing(Strategy):
    """Goes on with the generator of the question before."""

    generator = np.random.Generator(np.random.Philox(1))

    def random(self, seed):
        return self.generator


@rejected_by("one_question_has_one_answer")
class StateOfItsOwn(Strategy):
    """Keeps the state to itself, so that two iterations get into each other's way."""

    kept = None

    def begin(self, point, count, sigma, seed):
        begun = super().begin(point, count, sigma, seed)
        self.kept = begun["state"]
        return begun | {"state": None}

    def advance(self, state, values):
        after = super().advance(self.kept, values)
        self.kept = after["state"]
        return after | {"state": None}


@rejected_by("arguments_stay_untouched")
class CentersInPlace(Strategy):
    """Centres the values in the caller's own array."""

    def tell(self, point, points, values, sigma):
        values -= values.mean()
        return super().tell(point, points, values, sigma)


@rejected_by("every_process_answers_alike_and_ends_well")
class SeedsByHash(Strategy):
    """Seeds with the hash of a string, which every process salts anew."""

    def random(self, seed):
        return super().random(abs(hash(f"evolution {seed}")))
