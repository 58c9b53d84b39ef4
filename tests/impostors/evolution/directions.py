"""Impostors of `evolution` that get `directions` wrong."""

from __future__ import annotations

import numpy as np
from scipy.linalg import hadamard

from whp.impostors import rejected_by
from whp.impostors.evolution.right import Strategy


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


@rejected_by("directions_follow_the_law_of_projections", "each_random_direction_is_uniform")
class NumbersInPairs(Strategy):
    """Draws normal numbers in pairs, and repeats the last where their number is odd."""

    def drawn(self, n, known, count, random):
        numbers = random.standard_normal(count * n)
        if len(numbers) % 2 and n > 1:
            numbers[-1] = numbers[-2]
        self.numbers = iter(numbers.reshape(count, n))
        return super().drawn(n, known, count, random)

    def normal(self, n, random):
        return next(self.numbers)


@rejected_by("each_random_direction_is_uniform")
class FirstVariableFirst(Strategy):
    """Turns uniform directions in their span so that the first one says most of the first variable."""

    def drawn(self, n, known, count, random):
        rows = super().drawn(n, known, count, random)
        if count < 2 or not np.any(np.array(rows)[:, 0]):
            return rows
        turned = np.linalg.qr(np.column_stack([np.array(rows)[:, 0], np.eye(count)[:, 1:]]))[0]
        return list(turned.T @ np.array(rows))


@rejected_by("random_directions_are_uniform_beside_the_first")
class TwoOfOneDraw(Strategy):
    """Makes two directions of one draw, the second of the same numbers: (-b, a, ...) beside (a, b, ...)."""

    def drawn(self, n, known, count, random):
        if known or n % 2:
            return super().drawn(n, known, count, random)
        made = []
        while len(made) < count:
            (row,) = super().drawn(n, made, 1, random)
            made += [row, np.column_stack([-row[1::2], row[::2]]).ravel()]
        return made[:count]


@rejected_by("each_random_direction_is_uniform")
class Structured(Strategy):
    """Takes rows of three Hadamard matrices with random signs for uniform ones, where n is a power of two."""

    def drawn(self, n, known, count, random):
        if known or n < 16 or n & (n - 1):
            return super().drawn(n, known, count, random)
        rows = hadamard(n)[:count] / np.sqrt(n)
        for _ in range(2):
            rows = rows * random.choice([-1.0, 1.0], n) @ hadamard(n) / np.sqrt(n)
        return list(rows * random.choice([-1.0, 1.0], n))


@rejected_by("each_random_direction_is_uniform")
class FirstBlockAlone(Strategy):
    """Draws normal numbers for the first 128 variables, and leaves the others at 0."""

    def normal(self, n, random):
        return np.concatenate([super().normal(min(n, 128), random), np.zeros(max(0, n - 128))])


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
