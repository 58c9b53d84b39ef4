"""What every correct implementation of static Permutation Mastermind satisfies."""

from __future__ import annotations

import math
from itertools import permutations
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from hypothesis import example, given
from hypothesis import strategies as st

from whp import contract
from whp.checks import NotOffered, Refuted, expect, property_of
from whp.properties import generators as some
from whp.properties.alike import (
    Question,
    ask_all,
    expect_distinct_runs,
    expect_one_answer,
    expect_untouched_arguments,
)
from whp.reference import mastermind
from whp.reference.mastermind import (
    Decoding,
    confused,
    design,
    entropy_bound,
    no_permutation,
    paper_size,
    peel,
)
from whp.subject import Subject

PAPER = "arXiv:2103.02527"
CONTRACT = "the contract of mastermind"
FIXED = ("answers", "resolves")  # operations with one right answer
ALL = 6  # codewords are looked at one by one up to this length

# Smallest sets that tell every codeword, found by exhaustion (n <= 5) and by search.
SMALLEST = {
    2: ["01"],
    3: ["012", "021", "102", "201"],
    4: ["0123", "1320", "2031", "2103"],
    5: ["01234", "30124", "31042", "41203", "42031", "43201"],
    6: ["012345", "153204", "104532", "530412", "124350", "135204", "324501", "052431"],
}


def rows(*words: str) -> np.ndarray:
    """Return permutations that are written digit by digit."""
    return np.array([[int(digit) for digit in word] for word in words], np.int64)


def agreements(queries: np.ndarray, codeword: np.ndarray) -> np.ndarray:
    """Return the answers, position by position as the rule of the game says."""
    told = np.zeros(len(queries), np.int64)
    for i, color in enumerate(codeword.tolist()):
        told += queries[:, i] == color
    return told


def agreeing(queries: np.ndarray, answers: np.ndarray) -> list[tuple[int, ...]]:
    """Return all codewords that have these answers."""
    n = queries.shape[1]
    codewords = np.array(list(permutations(range(n))), np.int64)
    left = np.ones(len(codewords), bool)
    for query, answer in zip(queries, answers, strict=True):
        left &= (codewords == query).sum(axis=1) == answer
    return [tuple(word) for word in codewords[left].tolist()]


# Inputs


def words(n: int) -> st.SearchStrategy[np.ndarray]:
    """Draw a permutation of 0..n-1."""
    return st.permutations(range(n)).map(lambda word: np.array(word, np.int64))


@st.composite
def games(draw: st.DrawFn, max_n: int = 12, max_m: int = 12) -> dict[str, np.ndarray]:
    """Draw queries and a codeword."""
    n = draw(st.integers(1, max_n))
    asked = draw(st.lists(words(n), min_size=1, max_size=max_m).map(np.array))
    return {"queries": asked, "codeword": draw(words(n))}


@st.composite
def told(draw: st.DrawFn, max_n: int, max_m: int = 12) -> dict[str, np.ndarray]:
    """Draw queries and answers: those of a codeword, or such with one of them changed."""
    game = draw(games(max_n, max_m))
    answers = agreements(game["queries"], game["codeword"])
    if draw(st.booleans()):
        answers[draw(st.integers(0, len(answers) - 1))] = draw(st.integers(0, game["queries"].shape[1]))
    return {"queries": game["queries"], "answers": answers}


@st.composite
def decodable(draw: st.DrawFn) -> dict[str, np.ndarray]:
    """Draw uniform queries, so many that peeling mostly just finds the codeword, and a codeword's answers."""
    n = draw(st.integers(1, 32))
    factor = draw(st.sampled_from((2.5, 3.0, 4.0, 8.0)))
    return asked(n, factor, draw(st.integers(0, 2**32)))


def asked(n: int, factor: float, seed: int) -> dict[str, np.ndarray]:
    """Return factor n ln n uniform queries, at least one, and the answers of a uniform codeword."""
    m = max(1, math.ceil(factor * n * math.log(n)))
    drawn = design(n, m + 1, seed)
    return {"queries": drawn[:-1], "answers": agreements(drawn[:-1], drawn[-1])}


def answered(queries: np.ndarray, codeword: str) -> dict[str, np.ndarray]:
    """Return the queries with the answers of a codeword that is written digit by digit."""
    return {"queries": queries, "answers": agreements(queries, rows(codeword)[0])}


def questions() -> st.SearchStrategy[Question]:
    """Draw an operation with its arguments."""
    return st.one_of(
        games().map(lambda game: ("answers", game)),
        st.builds(lambda n, seed: ("queries", {"n": n, "seed": seed}), st.integers(1, 16), some.seeds()),
        told(8).map(lambda known: ("decode", known)),
        games(5).map(lambda game: ("resolves", {"queries": game["queries"]})),
    )


LARGE = {"queries": design(300, 3, 5), "codeword": design(300, 1, 6)[0]}
EQUAL = {"queries": design(130, 2, 7), "codeword": design(130, 2, 7)[0]}  # an answer of 130
TURNS = np.add.outer(np.arange(260), np.arange(260)) % 260  # alone they let their codewords be peeled
ALIKE = {"queries": TURNS[:3], "codeword": TURNS[0]}  # an answer of 260
THREE, FOUR = rows(*SMALLEST[3]), rows(*SMALLEST[4])
NARROW = rows("1230", "2130", "1320", "0123", "3021", "3120", "1302")  # all of peeling is needed
WIDER = rows(
    "14302", "03421", "04132", "42013", "31240", "13402", "01243", "23041", "02413", "31024", "31240"
)
TURNED = answered(rows("120", "201", "012"), "120")  # no word is its own inverse
SWAPPED = answered(rows("04312", "04321", "31042", "03214"), "10432")  # of 40132 too
ONE_OFF = asked(6, 100.0, 5)  # so many queries that the last comes in no first batch of them
ONE_OFF["answers"][-1] += 1
SIX = rows("012", "021", "102", "120", "201", "210")


# answers


@property_of("mastermind", source=f"{PAPER}, section 1: the number of positions that agree")
@given(game=games())
@example(game={"queries": rows("0"), "codeword": rows("0")[0]})
@example(game={"queries": rows("01", "10"), "codeword": rows("01")[0]})
@example(game={"queries": rows("0123", "1032", "1230"), "codeword": rows("0132")[0]})
@example(game={"queries": rows("120", "201"), "codeword": rows("120")[0]})
@example(game=EQUAL)
@example(game=ALIKE)
@example(game=LARGE)
def answers_count_the_agreeing_positions(subject: Subject, game: dict[str, np.ndarray]) -> None:
    """The answer to a query is the number of positions in which it agrees with the codeword."""
    told = subject.answers(**game)
    right = agreements(**game)
    off = np.flatnonzero(told != right)
    expect(
        not len(off),
        lambda: f"the answer to query {off[0]} is {told[off[0]]}, but {right[off[0]]} positions agree",
    )


# queries


@property_of("mastermind", source=PAPER)
@given(n=st.integers(1, 24), seed=some.seeds())
@example(n=1, seed=0)
@example(n=2, seed=0)
@example(n=3, seed=0)
@example(n=8, seed=1)
@example(n=130, seed=0)
def queries_are_permutations(subject: Subject, n: int, seed: int) -> None:
    """Every query is a permutation of 0..n-1."""
    made = subject.queries(n=n, seed=seed)
    row = no_permutation(made) if made.size else None
    expect(row is None, lambda: f"query {row} is {made[row].tolist()}, which is no permutation of 0..{n - 1}")


@property_of("mastermind", source=f"{PAPER}, Lemma 2.1: 28 n log n; at least log2(n!) / H, by counting")
@given(n=st.integers(1, 40), seed=some.seeds())
@example(n=1, seed=0)
@example(n=2, seed=0)
@example(n=10, seed=0)
@example(n=64, seed=0)
@example(n=170, seed=0)
def queries_are_as_many_as_are_needed_and_allowed(subject: Subject, n: int, seed: int) -> None:
    """There are at most ceil(28 n ln n) queries, and no fewer than can tell n! codewords."""
    m = len(subject.queries(n=n, seed=seed))
    most, least = paper_size(n), entropy_bound(n)
    expect(m <= most, f"{m} queries for n = {n}, but at most ceil(28 n ln n) = {most} are allowed")
    expect(
        m >= least,
        f"{m} queries for n = {n}; the answers to fewer than {least} can't tell {n}! codewords, because each "
        "has the entropy of the number of fixed points",
    )


@property_of("mastermind", source=CONTRACT, false_alarm=some.PAIRS_OF_SEEDS * 1e-60, examples=0.02)
@given(seeds=some.similar_seeds())
@example(seeds=some.EQUAL_LOW_BITS)
@example(seeds=some.EQUAL_HIGH_BITS)
@example(seeds=some.CONSECUTIVE)
def uniform_queries_use_the_whole_seed(subject: Subject, seeds: list[int]) -> None:
    """If `design` is declared uniform, seeds that differ in their high or low 32 bits give other queries."""
    if subject.declares("design", None) != "uniform":
        raise NotOffered('`design` "uniform", which it may declare')
    n = 12  # (12!)^-m for two equal sets, m >= 16
    runs = {seed: subject.queries(n=n, seed=seed) for seed in seeds}
    expect_distinct_runs(runs, f"give the same queries for n = {n}")


@property_of("mastermind", source=CONTRACT, false_alarm=1e-30, examples=0.02)
@given(n=st.integers(40, 80), seed=some.seeds())
@example(n=130, seed=0)
def uniform_queries_are_all_different(subject: Subject, n: int, seed: int) -> None:
    """If `design` is declared uniform, no query comes twice, for n from 40 on."""
    if subject.declares("design", None) != "uniform":
        raise NotOffered('`design` "uniform", which it may declare')
    first: dict[bytes, int] = {}  # (28 n ln n)^2 / 2 pairs, each equal with probability 1 / n!: 1e-40 in all
    for i, query in enumerate(subject.queries(n=n, seed=seed)):
        before = first.setdefault(query.tobytes(), i)
        expect(
            before == i,
            f"for n = {n}, query {i} is query {before} again: of independent uniform ones no two are ever"
            " equal, so that something starts again, or repeats",
        )


# decode


@property_of("mastermind", source=CONTRACT)
@given(known=told(40, 20) | decodable())
@example(known=TURNED)
@example(known={**TURNED, "answers": np.array([3, 0, 1])})
@example(known=answered(rows("0123", "1032"), "0132"))
@example(known={"queries": rows("01", "01"), "answers": np.array([2, 0])})
@example(known={"queries": np.vstack([FOUR, FOUR[:1]]), "answers": np.array([4, 0, 1, 0, 3])})
@example(known=ONE_OFF)
@example(known=asked(16, 4.0, 3))
def decoded_codewords_have_the_answers(subject: Subject, known: dict[str, np.ndarray]) -> None:
    """A codeword that `decode` gives is a permutation, and has the answers that were given."""
    codeword = subject.decode(**known).codeword
    if codeword is None:
        return
    expect(no_permutation(codeword) is None, lambda: f"{codeword.tolist()} is no permutation")
    right = agreements(known["queries"], codeword)
    off = np.flatnonzero(right != known["answers"])
    expect(
        not len(off),
        lambda: (
            f"codeword {codeword.tolist()} has answer {right[off[0]]} to query {off[0]}, "
            f"but {known['answers'][off[0]]} was given"
        ),
    )


@property_of("mastermind", source=CONTRACT)
@given(known=told(ALL, 8))
@example(known=answered(rows("01"), "01"))
@example(known=answered(rows("012"), "021"))
@example(known=answered(rows("0123", "1032", "2301"), "3210"))
@example(known=answered(FOUR[:3], "3210"))
@example(known=answered(FOUR, "3210"))
@example(known=SWAPPED)
def decodes_only_what_is_told(subject: Subject, known: dict[str, np.ndarray]) -> None:
    """`decode` gives a codeword only if no other codeword has the same answers."""
    shown = subject.decode(**known)
    if shown.codeword is None:
        return
    others = [word for word in agreeing(**known) if word != tuple(shown.codeword.tolist())]
    expect(
        not others,
        lambda: f"{shown.codeword.tolist()} is given, but {list(others[0])} has the same answers",
    )


@property_of("mastermind", source=CONTRACT)
@given(known=told(ALL, 8), more=decodable())
@example(known=answered(rows("0"), "0"), more=asked(2, 3, 1))
@example(known=answered(rows("01"), "10"), more=asked(8, 3, 1))
@example(known=answered(rows("0123"), "0123"), more=asked(12, 1, 1))
@example(known=answered(FOUR, "3210"), more=asked(16, 2.5, 2))
@example(known=answered(FOUR[:2], "1230"), more=asked(32, 1.5, 3))
@example(known=answered(FOUR[:2], "0123"), more={"queries": design(200, 1, 7), "answers": np.array([200])})
def inconsistent_only_if_no_codeword_agrees(
    subject: Subject, known: dict[str, np.ndarray], more: dict[str, np.ndarray]
) -> None:
    """`decode` says `inconsistent` only if no codeword has the answers."""
    if subject.decode(**known).status == "inconsistent":
        words = agreeing(**known)
        expect(not words, lambda: f"{list(words[0])} has the answers that are called inconsistent")
    status = subject.decode(**more).status
    expect(
        status != "inconsistent",
        lambda: f"answers of a codeword, of up to {more['answers'].max()}, are called inconsistent",
    )


@property_of("mastermind", source=f"{PAPER}: the codeword is found one colour at a time")
@given(known=decodable())
@example(known=answered(rows("0"), "0"))
@example(known=answered(rows("01"), "10"))
@example(known=answered(rows("01", "10"), "01"))
@example(known=answered(SIX, "120"))
@example(known=answered(NARROW, "3012"))
@example(known=answered(WIDER, "30214"))
@example(known=asked(8, 4.0, 1))
@example(known=asked(16, 3.0, 1))
@example(known=asked(32, 2.5, 2))
@example(known=asked(32, 3.0, 4))
@example(known=asked(64, 3.0, 1))
@example(known=asked(130, 3.0, 1))
@example(known={"queries": TURNS, "answers": agreements(TURNS, TURNS[0])})
def decodes_whatever_peeling_decodes(subject: Subject, known: dict[str, np.ndarray]) -> None:
    """`decode` finds the codeword whenever peeling does, by its two rules alone."""
    found, _ = peel(known["queries"], known["answers"])
    shown = subject.decode(**known)
    if (found < 0).any():
        return
    expect(
        shown.status == "decoded",
        lambda: (
            f"from answers of up to {known['answers'].max()} it is {shown.status}, but peeling finds the"
            f" codeword {found.tolist()}"
        ),
    )
    expect(
        np.array_equal(shown.codeword, found),
        lambda: f"it gives {shown.codeword.tolist()}, but peeling finds the codeword {found.tolist()}",
    )


# resolves


@property_of("mastermind", source=f"{CONTRACT}; smallest sets by exhaustion")
@given(game=games(5, 8))
@example(game={"queries": rows("0"), "codeword": rows("0")[0]})
@example(game={"queries": rows("01"), "codeword": rows("01")[0]})
@example(game={"queries": THREE, "codeword": rows("012")[0]})
@example(game={"queries": THREE[:3], "codeword": rows("012")[0]})
@example(game={"queries": np.vstack([SIX[:1].repeat(64, axis=0), SIX]), "codeword": rows("012")[0]})
@example(game={"queries": np.vstack([SIX, SIX[:1].repeat(64, axis=0)]), "codeword": rows("012")[0]})
@example(game={"queries": FOUR, "codeword": rows("0123")[0]})
@example(game={"queries": FOUR[:3], "codeword": rows("0123")[0]})
@example(game={"queries": rows(*SMALLEST[5]), "codeword": rows("01234")[0]})
@example(game={"queries": rows(*SMALLEST[5])[1:], "codeword": rows("01234")[0]})
@example(game={"queries": rows(*SMALLEST[6]), "codeword": rows("012345")[0]})
@example(game={"queries": design(6, 5, 1), "codeword": rows("012345")[0]})
@example(game={"queries": design(6, 13, 1), "codeword": rows("012345")[0]})
def resolves_is_exact(subject: Subject, game: dict[str, np.ndarray]) -> None:
    """`resolves` says whether the answers tell any two codewords apart."""
    queries = game["queries"]
    said, twins = subject.resolves(queries=queries), confused(queries)
    if twins is None:
        expect(said, f"it says no, but all codewords have different answers to the {len(queries)} queries")
    else:
        one, other = (word.tolist() for word in twins)
        expect(not said, f"it says yes, but {one} and {other} have the same answers")


# All operations


@property_of("mastermind", source=CONTRACT)
@given(question=questions(), other=questions())
@example(question=("answers", LARGE), other=("resolves", {"queries": THREE}))
@example(question=("queries", {"n": 16, "seed": 3}), other=("queries", {"n": 5, "seed": 0}))
@example(question=("decode", asked(16, 4.0, 3)), other=("decode", asked(8, 4.0, 3)))
@example(question=("resolves", {"queries": FOUR}), other=("resolves", {"queries": THREE[:3]}))
def one_question_has_one_answer(subject: Subject, question: Question, other: Question) -> None:
    """Asked again, also after another question, an operation gives the same answer."""
    expect_one_answer(subject, question, other)


@property_of("mastermind", source=CONTRACT)
@given(question=questions())
@example(question=("answers", LARGE))
@example(question=("decode", asked(16, 4.0, 3)))
@example(question=("decode", answered(rows("01", "10"), "01")))
@example(question=("resolves", {"queries": FOUR}))
def arguments_stay_untouched(subject: Subject, question: Question) -> None:
    """No operation changes what it is handed."""
    expect_untouched_arguments(subject, question)


@property_of("mastermind", source=CONTRACT, examples=0.02, processes=5)
@given(game=games(), seed=some.seeds())
@example(game={"queries": rows("0"), "codeword": rows("0")[0]}, seed=0)
@example(game={"queries": FOUR, "codeword": rows("3210")[0]}, seed=0)
def every_process_answers_alike_and_ends_well(
    subject: Subject, game: dict[str, np.ndarray], seed: int
) -> None:
    """Every process that is asked the same answers the same, and ends by itself without an error."""
    known = {"queries": game["queries"], "answers": agreements(**game)}
    ask_all(
        subject,
        [
            ("answers", game),
            ("queries", {"n": game["queries"].shape[1], "seed": seed}),
            ("decode", known),
            ("resolves", {"queries": FOUR}),
        ],
    )


# whp verify


CODEWORDS = 100


def verify_command(
    queries: Annotated[
        Path, typer.Argument(metavar="QUERIES", help='JSON: [[0, 1, 2], ...] or {"queries": [...]}')
    ],
    seed: Annotated[int, typer.Option(min=0, help="Of the random codewords.")] = 0,
) -> str:
    """Do these queries tell every codeword? Names two that they don't tell apart, for n up to 8.

    For larger n it says how far peeling gets on random codewords, which is no proof of either.
    """
    asked = read_queries(queries)
    m, n = asked.shape
    if n <= 8:
        twins = confused(asked)
        if twins:
            one, other = (word.tolist() for word in twins)
            raise Refuted(f"not resolved: {one} and {other} have the same answers to all {m} queries")
        return f"resolved: the answers to {m} queries tell all {math.factorial(n)} codewords of length {n}"
    if m < entropy_bound(n):
        raise Refuted(f"not resolved: fewer than {entropy_bound(n)} queries can't tell {n}! codewords")
    found = 0
    for codeword in design(n, CODEWORDS, seed):
        decoding: Decoding = mastermind.decode(asked, agreements(asked, codeword))
        found += decoding.status == "decoded"
    scale = m / (n * math.log(n))
    return f"peeling finds {found} of {CODEWORDS} random codewords from {m} = {scale:.3g} n ln n queries"


def read_queries(path: Path) -> np.ndarray:
    """Read queries; raise ValueError, with the path in the file, where they are none."""
    value = contract.read_json(path)
    listed: Any = value.get("queries") if isinstance(value, dict) else value
    if not isinstance(listed, list) or not listed or not isinstance(listed[0], list) or not listed[0]:
        raise ValueError(f"{path}: a list of permutations is expected, such as [[0, 1, 2], [2, 0, 1]]")
    n = len(listed[0])
    try:
        asked: np.ndarray = contract.operations("mastermind")["queries"].decode({"n": n, "seed": 0}, listed)
    except contract.ContractError as error:
        raise ValueError(f"{path}: {error}") from None
    row = no_permutation(asked)
    if row is not None:
        raise ValueError(f"{path}: $[{row}] is no permutation of 0..{n - 1}")
    return asked
