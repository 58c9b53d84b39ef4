"""A player of static Permutation Mastermind in plain Python, right."""

from __future__ import annotations

import math
import random
from itertools import permutations

import numpy as np


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
