"""Impostors of `mastermind` that get `decode` or `resolves` wrong."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.mastermind.right import Player

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
