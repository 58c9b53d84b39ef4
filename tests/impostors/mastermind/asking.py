"""Impostors of `mastermind` that get `answers` or `queries` wrong."""

from __future__ import annotations

import math
import random

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.mastermind.right import Player

# answers


@rejected_by("answers_count_the_agreeing_positions", "answers_follow_the_law_of_fixed_points")
class WhitePegs(Player):
    """Counts the colours that stand elsewhere."""

    def answers(self, queries, codeword):
        return [queries.shape[1] - told for told in super().answers(queries, codeword)]


@rejected_by("answers_count_the_agreeing_positions", "answers_follow_the_law_of_fixed_points")
class OneAtMost(Player):
    """Says only whether any position agrees."""

    def answers(self, queries, codeword):
        return [min(told, 1) for told in super().answers(queries, codeword)]


@rejected_by("answers_count_the_agreeing_positions")
class SmallIntegers(Player):
    """Counts in eight bits."""

    def answers(self, queries, codeword):
        return np.array(super().answers(queries, codeword)).astype(np.int8)


@rejected_by("answers_count_the_agreeing_positions")
class Bytes(Player):
    """Counts in eight bits without a sign."""

    def answers(self, queries, codeword):
        return np.array(super().answers(queries, codeword)).astype(np.uint8)


@rejected_by("answers_count_the_agreeing_positions")
class LastPositionMissing(Player):
    """Leaves out the last position."""

    def answers(self, queries, codeword):
        return super().answers(queries[:, :-1], codeword[:-1])


@rejected_by("answers_count_the_agreeing_positions")
class ColorsOfTheQueryByPosition(Player):
    """Looks the query's position up in the codeword, as if that were its inverse."""

    def answers(self, queries, codeword):
        return [sum(codeword[color] == i for i, color in enumerate(query)) for query in queries.tolist()]


# queries


@rejected_by("queries_are_permutations")
class ColorsMayRepeat(Player):
    """Draws every colour anew."""

    def shuffled(self, n, rng):
        return [rng.randrange(n) for _ in range(n)]


@rejected_by("queries_are_permutations")
class CountsFromOne(Player):
    """Numbers the colours from 1."""

    def shuffled(self, n, rng):
        return [color + 1 for color in super().shuffled(n, rng)]


@rejected_by("queries_are_as_many_as_are_needed_and_allowed")
class InBits(Player):
    """Takes the logarithm to the base 2 in 28 n log n."""

    def size(self, n):
        return math.ceil(28 * n * math.log2(n))


@rejected_by("queries_let_codewords_be_decoded")
class InDecades(Player):
    """Takes the logarithm to the base 10 in 4 n log n."""

    def size(self, n):
        return math.ceil(4 * n * math.log10(n)) if n > 4 else super().size(n)


@rejected_by("queries_are_as_many_as_are_needed_and_allowed")
class OneAPosition(Player):
    """Asks n queries, by counting answers in place of their entropy."""

    def size(self, n):
        return n if n > 1 else 0


@rejected_by("queries_are_as_many_as_are_needed_and_allowed")
class OneBlock(Player):
    """Asks as many queries as a block of threads makes, and no more."""

    def size(self, n):
        return min(super().size(n), 512)


@rejected_by("queries_are_as_many_as_are_needed_and_allowed")
class OneForNothing(Player):
    """Asks a query for n = 1 too."""

    def size(self, n):
        return super().size(n) if n > 1 else 1


@rejected_by("first_query_is_uniform")
class NaiveShuffle(Player):
    """Swaps each position with any."""

    def shuffled(self, n, rng):
        word = list(range(n))
        for i in range(n):
            j = rng.randrange(n)
            word[i], word[j] = word[j], word[i]
        return word


@rejected_by("first_query_is_uniform", "colors_are_uniform_at_every_position")
class NoFixedPoints(Player):
    """Shuffles by Sattolo's cycle, in which no colour stays where it was."""

    def shuffled(self, n, rng):
        word = list(range(n))
        for i in range(n - 1, 0, -1):
            j = rng.randrange(i)
            word[i], word[j] = word[j], word[i]
        return word


@rejected_by("two_queries_agree_as_independent_ones")
class EveryColorOnce(Player):
    """Makes the first n queries a Latin square, so that no two of them agree."""

    def queries(self, n, seed):
        made = super().queries(n, seed)
        for k in range(1, min(n, len(made))):
            made[k] = np.roll(made[0], k)
        return made


@rejected_by(
    "two_queries_agree_as_independent_ones",
    "few_queries_resolve_as_often_as_uniform_ones",
    "queries_satisfy_the_lemma_as_often_as_uniform_ones",
    "queries_resolve",
    "queries_let_codewords_be_decoded",
)
class CyclicShifts(Player):
    """Asks the cyclic shifts of one permutation, round and round."""

    def queries(self, n, seed):
        made = super().queries(n, seed)
        return np.array([np.roll(made[0], k % n) for k in range(len(made))], np.int64).reshape(-1, n)


@rejected_by("many_colors_are_in_no_preferred_order")
class NaiveShuffleOfMany(NaiveShuffle):
    """Swaps each position with any, where there are more than twelve."""

    def shuffled(self, n, rng):
        return super().shuffled(n, rng) if n > 12 else Player.shuffled(self, n, rng)


@rejected_by("uniform_queries_are_all_different")
class BlocksAlike(Player):
    """Makes queries in blocks of 1024, which all start from the same generators."""

    def queries(self, n, seed):
        made = super().queries(n, seed)
        return made[np.arange(len(made)) % 1024]


@rejected_by("many_colors_are_in_no_preferred_order")
class KeysOfOneByte(Player):
    """Sorts colours by random keys of eight bits, of which many are equal, and keeps the order of those."""

    def shuffled(self, n, rng):
        return sorted(range(n), key=rng.choices(range(256), k=n).__getitem__)


@rejected_by("uniform_queries_use_the_whole_seed")
class LowBitsAlone(Player):
    """Keeps 32 bits of the seed."""

    def random(self, seed):
        return random.Random(seed % 2**32)


@rejected_by("first_query_is_uniform", "colors_are_uniform_at_every_position")
class OneDesignForAll(Player):
    """Draws its queries once and for all, and declares them uniform."""

    def random(self, seed):
        return random.Random(7)
