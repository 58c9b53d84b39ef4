"""Wrong players of static Permutation Mastermind, each with the mistake that somebody makes."""

from __future__ import annotations

import math
import random
from itertools import combinations, permutations

import numpy as np

from whp.impostors import rejected_by


class Player:
    """The whole system in plain Python, right; an impostor changes one thing."""

    @property
    def whp(self):
        return {"design": "uniform"}

    # queries

    def size(self, n):
        return math.ceil((28 if n < 5 else 7 if n < 16 else 4) * n * math.log(n))

    def shuffled(self, n, rng):
        return rng.sample(range(n), n)

    def random(self, seed):
        return random.Random(seed)

    def queries(self, n, seed):
        rng = self.random(seed)
        return np.array([self.shuffled(n, rng) for _ in range(self.size(n))], np.int64).reshape(-1, n)

    # answers

    def answers(self, queries, codeword):
        return [
            sum(a == b for a, b in zip(query, codeword.tolist(), strict=True)) for query in queries.tolist()
        ]

    # decode: peeling, one round after the other

    def decode(self, queries, answers):
        n = queries.shape[1]
        asked, told = self.read(queries, answers)
        left = [set(range(n)) for _ in range(n)]
        found = {}
        while True:
            before = sum(map(len, left)), len(found)
            for query, answer in zip(asked, told, strict=True):
                self.look(query, answer, left, found)
            self.fix(left, found)
            if any(not colors for colors in left):
                return self.told("inconsistent", None)
            if (sum(map(len, left)), len(found)) == before:
                break
        return self.end(queries, answers, left, found)

    def read(self, queries, answers):
        return queries.tolist(), answers.tolist()

    def look(self, query, answer, left, found):
        n = len(query)
        residual = answer - sum(found.get(i) == query[i] for i in range(n))
        still = [i for i in range(n) if i not in found and query[i] in left[i]]
        if residual == 0:
            for i in still:
                left[i].discard(query[i])
        elif residual == len(still):
            for i in still:
                left[i] = {query[i]}
        elif residual < 0 or residual > len(still):
            left[0].clear()  # nothing agrees

    def fix(self, left, found):
        for i in range(len(left)):
            if i not in found and len(left[i]) == 1:
                (found[i],) = left[i]
                self.settle(i, found[i], left)

    def settle(self, i, color, left):
        for other, colors in enumerate(left):
            if other != i:
                colors.discard(color)

    def end(self, queries, answers, left, found):
        if len(found) < len(left):
            return self.unfinished(queries, answers, left, found)
        return self.finish(queries, answers, [found[i] for i in range(len(left))])

    def unfinished(self, queries, answers, left, found):
        return self.told("stuck", None)

    def finish(self, queries, answers, word):
        agrees = self.right(queries, np.array(word)) == answers.tolist()
        return self.told("decoded", word) if agrees else self.told("inconsistent", None)

    def right(self, queries, word):
        return (queries == word).sum(axis=1).tolist()

    def told(self, status, word):
        return {"status": status, "codeword": word}

    # resolves

    def resolves(self, queries):
        n = queries.shape[1]
        return len(
            {tuple(self.right(queries, np.array(word))) for word in permutations(range(n))}
        ) == math.factorial(n)


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


# decode


@rejected_by("decodes_whatever_peeling_decodes")
class ResidualsForgotten(Player):
    """Looks at the answers as they were, not at what is left of them."""

    def look(self, query, answer, left, found):
        if answer == 0:
            super().look(query, answer, left, {})


@rejected_by("decodes_whatever_peeling_decodes", "random_codewords_are_decoded")
class OneRoundOnly(Player):
    """Goes through the queries once."""

    def decode(self, queries, answers):
        n = queries.shape[1]
        left = [set(range(n)) for _ in range(n)]
        for query, answer in zip(queries.tolist(), answers.tolist(), strict=True):
            if answer == 0:
                for i, color in enumerate(query):
                    left[i].discard(color)
        if all(len(colors) == 1 for colors in left):
            return self.finish(queries, answers, [colors.pop() for colors in left])
        return self.told("stuck", None)


@rejected_by("decodes_whatever_peeling_decodes")
class StopsOneShort(Player):
    """Keeps lists of what is to be done, and ends with one colour still to be ruled out."""

    def decode(self, queries, answers):
        n = queries.shape[1]
        left, found = [set(range(n)) for _ in range(n)], {}
        out, look = [], list(zip(queries.tolist(), answers.tolist(), strict=True))
        while len(out) > 1 or look:
            if not out:
                query, answer = look.pop()
                if answer == sum(found.get(i) == query[i] for i in range(n)):
                    out += [(i, color) for i, color in enumerate(query) if i not in found]
                continue
            i, color = out.pop()
            left[i].discard(color)
            if len(left[i]) == 1 and i not in found:
                (found[i],) = left[i]
                out += [(other, found[i]) for other in range(n) if other not in found]
                look = list(zip(queries.tolist(), answers.tolist(), strict=True))
        return self.end(queries, answers, left, found)


@rejected_by("decodes_whatever_peeling_decodes")
class LastPlacesAlone(Player):
    """Fixes a colour that has one position left, but no position that has one colour left."""

    def fix(self, left, found):
        for color in set(range(len(left))).difference(found.values()):
            places = [i for i, colors in enumerate(left) if color in colors]
            if len(places) == 1:
                found[places[0]] = color
                left[places[0]] = {color}


@rejected_by("inconsistent_only_if_no_codeword_agrees", "decodes_whatever_peeling_decodes")
class RulesOutWhatIsFixed(Player):
    """A query with nothing left rules out its colours at fixed positions too."""

    def look(self, query, answer, left, found):
        if answer - sum(found.get(i) == color for i, color in enumerate(query)) == 0:
            for i, color in enumerate(query):
                left[i].discard(color)


@rejected_by("decodes_only_what_is_told")
class GuessesTheRest(Player):
    """When it is stuck, it tries words that agree, and gives the first."""

    def unfinished(self, queries, answers, left, found):
        n = queries.shape[1]
        if n <= 6:
            for word in permutations(range(n)):
                if self.right(queries, np.array(word)) == answers.tolist():
                    return self.told("decoded", list(word))
        return self.told("stuck", None)


@rejected_by("decodes_only_what_is_told")
class TriesTwoPositions(Player):
    """Fills two open positions both ways, and gives the first that agrees."""

    def unfinished(self, queries, answers, left, found):
        n = queries.shape[1]
        free = sorted(set(range(n)).difference(found.values()))
        for colors in (free, free[::-1]) if len(free) == 2 else ():
            rest = iter(colors)
            word = [found[i] if i in found else next(rest) for i in range(n)]
            if self.right(queries, np.array(word)) == answers.tolist():
                return self.told("decoded", word)
        return self.told("stuck", None)


@rejected_by("decoded_codewords_have_the_answers", "decodes_whatever_peeling_decodes")
class Inverse(Player):
    """Gives the position of each colour in the place of the colour at each position."""

    def told(self, status, word):
        return super().told(status, word and [word.index(color) for color in range(len(word))])


@rejected_by("decoded_codewords_have_the_answers")
class NeverChecks(Player):
    """Gives what the first answers lead to, without looking whether all agree."""

    def look(self, query, answer, left, found):
        known = [set(colors) for colors in left]
        super().look(query, answer, left, found)
        if any(not colors for colors in left):
            left[:] = known

    def finish(self, queries, answers, word):
        return self.told("decoded", word)


@rejected_by("decoded_codewords_have_the_answers")
class ChecksOneBlock(NeverChecks):
    """Looks whether the first 256 answers agree."""

    def finish(self, queries, answers, word):
        return Player.finish(self, queries[:256], answers[:256], word)


@rejected_by("decoded_codewords_have_the_answers")
class FillsTheGaps(Player):
    """When it is stuck, it fills the gaps with the colours that are left."""

    def unfinished(self, queries, answers, left, found):
        n = queries.shape[1]
        free = [color for color in range(n) if color not in found.values()]
        return self.told("decoded", [found[i] if i in found else free.pop() for i in range(n)])


@rejected_by("inconsistent_only_if_no_codeword_agrees", "decodes_whatever_peeling_decodes")
class ReadsSmallIntegers(Player):
    """Reads answers as integers of eight bits."""

    def read(self, queries, answers):
        return queries.tolist(), answers.astype(np.int8).tolist()


@rejected_by("decodes_whatever_peeling_decodes")
class ReadsBytes(Player):
    """Reads answers as integers of eight bits without a sign."""

    def read(self, queries, answers):
        return queries.tolist(), answers.astype(np.uint8).tolist()


@rejected_by("inconsistent_only_if_no_codeword_agrees")
class StuckMeansInconsistent(Player):
    """Takes it for a contradiction that nothing follows any more."""

    def unfinished(self, queries, answers, left, found):
        return self.told("inconsistent", None)


@rejected_by("decodes_whatever_peeling_decodes")
class LastQueryUnread(Player):
    """Leaves out the last query."""

    def read(self, queries, answers):
        return queries[:-1].tolist(), answers[:-1].tolist()


@rejected_by("decodes_whatever_peeling_decodes", "every_codeword_is_decoded", "random_codewords_are_decoded")
class LastPositionsStayOpen(Player):
    """Rules nothing out at the last two positions."""

    def look(self, query, answer, left, found):
        last = [set(colors) for colors in left[-2:]]
        super().look(query, answer, left, found)
        left[-2:] = last


@rejected_by("decodes_whatever_peeling_decodes")
class GivesUpEarly(Player):
    """Has time for words of at most twelve colours."""

    def decode(self, queries, answers):
        return super().decode(queries, answers) if queries.shape[1] <= 12 else self.told("stuck", None)


@rejected_by("decoded_codewords_have_the_answers", "decodes_whatever_peeling_decodes")
class BestScore(Player):
    """Gives each position the colour whose queries have the largest answers, which takes many more."""

    def decode(self, queries, answers):
        n = queries.shape[1]
        score = np.zeros((n, n))
        for query, answer in zip(queries, answers, strict=True):
            score[np.arange(n), query] += answer - 1
        word = np.full(n, -1)
        for place in np.argsort(-score, axis=None):
            i, color = divmod(int(place), n)
            if word[i] < 0 and color not in word:
                word[i] = color
        return self.told("decoded", word.tolist())


# resolves


@rejected_by("resolves_is_exact")
class ComparesNeighbors(Player):
    """Compares only words that differ by a swap."""

    def resolves(self, queries):
        n = queries.shape[1]
        for word in permutations(range(n)):
            for i, j in combinations(range(n), 2):
                other = list(word)
                other[i], other[j] = other[j], other[i]
                if self.right(queries, np.array(word)) == self.right(queries, np.array(other)):
                    return False
        return True


@rejected_by("resolves_is_exact")
class CountsTheGuess(Player):
    """Counts the last guess as a query: it is enough to be left with few words."""

    def resolves(self, queries):
        n = queries.shape[1]
        told = [tuple(self.right(queries, np.array(word))) for word in permutations(range(n))]
        return max(map(told.count, told)) <= 2


@rejected_by("resolves_is_exact")
class BySize(Player):
    """Trusts the entropy bound."""

    def resolves(self, queries):
        return len(queries) >= {1: 0, 2: 1, 3: 2, 4: 3, 5: 4, 6: 6}.get(queries.shape[1], 8)


@rejected_by("resolves_is_exact")
class OneNumberForAll(Player):
    """Writes the answers as one number to the base n + 1, the first the lowest digit, in 64 bits."""

    def key(self, told, base):
        return sum(answer * base**place for place, answer in enumerate(told)) % 2**64

    def resolves(self, queries):
        n = queries.shape[1]
        words = list(permutations(range(n)))
        return len({self.key(self.right(queries, np.array(word)), n + 1) for word in words}) == len(words)


@rejected_by("resolves_is_exact")
class OneNumberFromTheLast(OneNumberForAll):
    """Writes the answers as one number to the base n + 1, the last the lowest digit, in 64 bits."""

    def key(self, told, base):
        return super().key(told[::-1], base)


@rejected_by("resolves_is_exact")
class SumsOfAnswers(Player):
    """Keeps the sum of the answers in the place of each."""

    def right(self, queries, word):
        return [sum(super().right(queries, word))] if self.adding else super().right(queries, word)

    adding = False

    def resolves(self, queries):
        self.adding = True
        try:
            return super().resolves(queries)
        finally:
            self.adding = False


# All operations


@rejected_by("one_question_has_one_answer")
class RemembersTheLastDesign(Player):
    """Goes on with the generator of the question before."""

    rng = random.Random(1)

    def random(self, seed):
        return self.rng


@rejected_by("arguments_stay_untouched")
class WorksOnTheAnswers(Player):
    """Takes the residuals in the caller's own array."""

    def decode(self, queries, answers):
        shown = super().decode(queries, answers)
        if shown["status"] == "decoded":
            answers -= (queries == np.array(shown["codeword"])).sum(axis=1)
        return shown


@rejected_by("every_process_answers_alike_and_ends_well")
class SeedsByHash(Player):
    """Seeds with the hash of a string, which every process salts anew."""

    def random(self, seed):
        return random.Random(hash(f"mastermind {seed}"))
