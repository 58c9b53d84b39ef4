"""Decodes, and says whether queries resolve, by looking at all codewords.

whp check mastermind --subject mastermind_brute.py
"""

from itertools import permutations

import numpy as np

whp = {"limits": {"decode": {"n": [1, 7]}, "resolves": {"n": [1, 7]}}}


def answers(queries, codeword):
    return np.equal(queries, codeword).sum(axis=1)


def decode(queries, answers):
    words = np.array(list(permutations(range(queries.shape[1]))))
    agree = np.stack([np.equal(words, query).sum(axis=1) for query in queries], axis=1)
    left = words[(agree == answers).all(axis=1)]
    if len(left) == 1:
        return {"status": "decoded", "codeword": left[0]}
    return {"status": "stuck" if len(left) else "inconsistent", "codeword": None}


def resolves(queries):
    words = list(permutations(range(queries.shape[1])))
    return len({tuple(answers(queries, word).tolist()) for word in words}) == len(words)
