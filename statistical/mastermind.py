"""What arXiv:2103.02527 and its model say of queries and decoders as a population of runs."""

from __future__ import annotations

import math
from functools import partial
from itertools import permutations
from typing import Any

import numpy as np

from whp.checks import Cell, NotOffered, claim_of
from whp.reference import mastermind
from whp.reference.mastermind import design, paper_size, peel
from whp.statistical.designs import by_law, by_success, lengths
from whp.statistical.exact.permutations import all_occur, fixed_points, naive_shuffle, resolving
from whp.subject import Subject

PAPER = "arXiv:2103.02527"
ENTROPY = "the answer to any query about a uniform codeword is the number of fixed points of a permutation"
UNIFORM = f"{PAPER}, Lemma 2.1: independent uniform queries; asked of subjects that declare them"


# The answers


def answer_pmf(cell: Cell) -> list[Any]:
    """Return the law of an answer."""
    return list(fixed_points(cell.n))


@claim_of(
    "mastermind",
    source=ENTROPY,
    cells=lengths(4, 6, 8),
    decision=partial(by_law, answer_pmf, {"quick": 2000, "full": 20000}),
    alternatives={
        "WhitePegs": lambda cell: answer_pmf(cell)[::-1],
        "OneAtMost": lambda cell: [answer_pmf(cell)[0], 1 - answer_pmf(cell)[0]],
    },
)
def answers_follow_the_law_of_fixed_points(subject: Subject, cell: Cell, seed: int) -> float:
    """The answer to a query about a uniform codeword is distributed as the fixed points of a permutation."""
    query, codeword = design(cell.n, 2, seed)
    return float(subject.answers(queries=query[None], codeword=codeword)[0])


# Uniform queries


def first_queries(subject: Subject, cell: Cell, seed: int) -> np.ndarray:
    """Return the first queries of a subject that declares them independent and uniform."""
    if subject.declares("design", None) != "uniform":
        raise NotOffered('`design` "uniform", which it may declare')
    made: np.ndarray = subject.queries(n=cell.n, seed=seed)
    if len(made) < cell.m:
        raise NotOffered(f"{cell.m} queries for n = {cell.n}")
    return made[: cell.m]


def word_pmf(cell: Cell) -> list[Any]:
    """Return the uniform law on all permutations in lexicographic order."""
    count = math.factorial(cell.n)
    return [1 / count] * count


def naive_pmf(cell: Cell) -> list[Any]:
    """Return the law of a shuffle that swaps each position with any."""
    shuffled = naive_shuffle(cell.n)
    return [shuffled[word] for word in permutations(range(cell.n))]


@claim_of(
    "mastermind",
    source=UNIFORM,
    cells=[Cell("n = 3", n=3, m=1), Cell("n = 4", n=4, m=1)],
    decision=partial(by_law, word_pmf, {"quick": 16000, "full": 60000}),
    alternatives={"NaiveShuffle": naive_pmf},
)
def first_query_is_uniform(subject: Subject, cell: Cell, seed: int) -> float:
    """The first query is uniform on all permutations."""
    (query,) = first_queries(subject, cell, seed).tolist()
    return float(list(permutations(range(cell.n))).index(tuple(query)))


def place_pmf(cell: Cell) -> list[Any]:
    """Return the uniform law on the colours."""
    return [1 / cell.n] * cell.n


@claim_of(
    "mastermind",
    source=UNIFORM,
    cells=[
        Cell("n = 8, first query, first position", n=8, m=1, query=0, position=0),
        Cell("n = 8, second query, last position", n=8, m=2, query=1, position=7),
        Cell("n = 8, seventh query, fourth position", n=8, m=7, query=6, position=3),
    ],
    decision=partial(by_law, place_pmf, {"quick": 3000, "full": 30000}),
)
def colors_are_uniform_at_every_position(subject: Subject, cell: Cell, seed: int) -> float:
    """Every colour stands at every position of every query with probability 1/n."""
    return float(first_queries(subject, cell, seed)[cell.query, cell.position])


@claim_of(
    "mastermind",
    source=f"{UNIFORM}; two of them agree as a query and a codeword do",
    cells=[
        Cell("n = 6, first and second", n=6, m=2, query=1),
        Cell("n = 6, first and eighth", n=6, m=8, query=7),
    ],
    decision=partial(by_law, answer_pmf, {"quick": 2000, "full": 20000}),
    alternatives={
        "CyclicShifts": lambda cell: [1.0 * (cell.query % 6 > 0), 0, 0, 0, 0, 0, 1.0 * (cell.query % 6 == 0)]
    },
)
def two_queries_agree_as_independent_ones(subject: Subject, cell: Cell, seed: int) -> float:
    """Two queries agree in as many positions as independent uniform permutations do."""
    made = first_queries(subject, cell, seed)
    return float((made[0] == made[cell.query]).sum())


LOOKED_AT = {  # as often so much more as so much less than half of an odd number, for even n
    "fall more often than they rise": lambda query: query[1:] < query[:-1],
    "have more of the lower colours first": lambda query: query[: len(query) // 2 + 1] < len(query) // 2,
}


def fair_pmf(cell: Cell) -> list[Any]:
    """Return the law of a fair coin."""
    del cell
    return [1 / 2, 1 / 2]


@claim_of(
    "mastermind",
    source=f"{UNIFORM}; such are as likely read backwards, or with colours n - 1 - c in the place of c",
    cells=[Cell(f"151 queries of n = 64 {what}", n=64, m=151, what=what) for what in LOOKED_AT],
    decision=partial(by_law, fair_pmf, {"quick": 120, "full": 2000}),
)
def many_colors_are_in_no_preferred_order(subject: Subject, cell: Cell, seed: int) -> float:
    """Queries fall more often than they rise just with probability 1/2, and prefer no colours in a half."""
    seen = np.array([LOOKED_AT[cell.what](query) for query in first_queries(subject, cell, seed)])
    return float(2 * seen.sum() > seen.size)


def resolved_pmf(cell: Cell) -> list[Any]:
    """Return the law of whether so few uniform queries tell every codeword."""
    return [1 - resolving(cell.n, cell.m), resolving(cell.n, cell.m)]


@claim_of(
    "mastermind",
    source=f"{UNIFORM}; the probability is exact, by counting the sets that tell all codewords",
    cells=[Cell("n = 3, m = 8", n=3, m=8), Cell("n = 4, m = 6", n=4, m=6), Cell("n = 4, m = 8", n=4, m=8)],
    decision=partial(by_law, resolved_pmf, {"quick": 2000, "full": 20000}),
)
def few_queries_resolve_as_often_as_uniform_ones(subject: Subject, cell: Cell, seed: int) -> float:
    """So many of the queries tell every codeword with exactly the probability of uniform ones."""
    return float(mastermind.resolves(first_queries(subject, cell, seed)))


def peeled_pmf(cell: Cell) -> list[Any]:
    """Return the law of whether peeling tells every codeword: for n = 3 it takes all six queries."""
    return [1 - all_occur(6, cell.m), all_occur(6, cell.m)]


@claim_of(
    "mastermind",
    source=f"{UNIFORM}; peeling needs just what the lemma says",
    cells=[Cell("n = 3, m = 14", n=3, m=14), Cell("n = 3, m = 20", n=3, m=20)],
    decision=partial(by_law, peeled_pmf, {"quick": 2000, "full": 20000}),
)
def queries_satisfy_the_lemma_as_often_as_uniform_ones(subject: Subject, cell: Cell, seed: int) -> float:
    """So many of the queries let peeling find every codeword with exactly the probability of uniform ones."""
    made = first_queries(subject, cell, seed)
    words = np.array(list(permutations(range(cell.n))))
    return float(all((peel(made, mastermind.answers(made, word))[0] >= 0).all() for word in words))


# O(n log n) queries suffice


@claim_of(
    "mastermind",
    source=f"{PAPER}, Lemma 2.1",
    cells={"quick": lengths(4, 5), "full": lengths(4, 5, 6)},
    decision=by_success,
)
def every_codeword_is_decoded(subject: Subject, cell: Cell, seed: int) -> float:
    """From ceil(28 n ln n) uniform queries `decode` finds each of the n! codewords."""
    queries = design(cell.n, paper_size(cell.n), seed)
    for word in permutations(range(cell.n)):
        known = mastermind.answers(queries, np.array(word))
        codeword = subject.decode(queries=queries, answers=known).codeword
        if codeword is None or tuple(codeword.tolist()) != word:
            return 0.0
    return 1.0


SIZES = {"quick": lengths(32, 64), "full": lengths(32, 64, 256, 1000)}


@claim_of("mastermind", source=f"{PAPER}; 4 n ln n are enough for peeling", cells=SIZES, decision=by_success)
def random_codewords_are_decoded(subject: Subject, cell: Cell, seed: int) -> float:
    """From 4 n ln n uniform queries `decode` finds a uniform codeword with high probability."""
    m = math.ceil(4 * cell.n * math.log(cell.n))
    drawn = design(cell.n, m + 1, seed)
    queries, word = drawn[:-1], drawn[-1]
    codeword = subject.decode(queries=queries, answers=mastermind.answers(queries, word)).codeword
    return float(codeword is not None and np.array_equal(codeword, word))


@claim_of("mastermind", source=f"{PAPER}, Theorem 1.1", cells=lengths(6, 7), decision=by_success)
def queries_resolve(subject: Subject, cell: Cell, seed: int) -> float:
    """The answers to the subject's queries tell any two codewords apart, with high probability."""
    made = subject.queries(n=cell.n, seed=seed)
    return float(len(made) > 0 and mastermind.resolves(made))


@claim_of(
    "mastermind",
    source=f"{PAPER}, Theorem 1.1: O(n log n) queries are enough",
    cells=SIZES,
    decision=by_success,
)
def queries_let_codewords_be_decoded(subject: Subject, cell: Cell, seed: int) -> float:
    """The subject's own queries let a uniform codeword be decoded with high probability.

    By its own `decode`; or, if it has none but declares its queries uniform, by peeling.
    """
    made = subject.queries(n=cell.n, seed=seed)
    (word,) = design(cell.n, 1, seed ^ 1)
    known = mastermind.answers(made, word)
    if not len(made):
        return 0.0
    if subject.offers("decode"):
        codeword = subject.decode(queries=made, answers=known).codeword
    elif subject.declares("design", None) == "uniform":
        codeword = mastermind.decode(made, known).codeword
    else:
        raise NotOffered('`decode`, nor a `design` "uniform" that peeling decodes')
    return float(codeword is not None and np.array_equal(codeword, word))
