"""Decodes by linear programming: doubly stochastic matrices with the given answers, by scipy's HiGHS.

A matrix that is a permutation, and at which no other matrix can be had by looking as far away as possible, is
the only codeword. Whatever peeling finds is found: its rules follow from the constraints.

    whp check mastermind --subject mastermind_lp.py
"""

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, vstack

whp = {"limits": {"decode": {"n": [1, 40]}}}
NEAR = 1e-6


def decode(queries, answers):
    m, n = queries.shape
    places = np.arange(n)
    rows = coo_array((np.ones(n * n), (np.repeat(places, n), np.arange(n * n))), (n, n * n))
    columns = coo_array((np.ones(n * n), (np.tile(places, n), np.arange(n * n))), (n, n * n))
    asked = coo_array(
        (np.ones(m * n), (np.repeat(np.arange(m), n), (n * places + queries).ravel())), (m, n * n)
    )
    equal = {"A_eq": vstack([rows, columns, asked]), "b_eq": np.concatenate([np.ones(2 * n), answers])}
    first = linprog(np.random.default_rng(0).random(n * n), **equal)
    if first.status == 2:
        return {"status": "inconsistent", "codeword": None}
    if first.status != 0 or np.abs(first.x - first.x.round()).max() > NEAR:
        return {"status": "stuck", "codeword": None}
    farthest = linprog(first.x.round(), **equal)  # the least of what it can have in common with the first
    if farthest.status != 0 or farthest.fun < n - NEAR:
        return {"status": "stuck", "codeword": None}
    return {"status": "decoded", "codeword": first.x.reshape(n, n).argmax(axis=1)}
