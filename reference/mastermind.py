"""Static Permutation Mastermind: arXiv:2103.02527, O(n log n) queries tell every codeword.

A codeword is a permutation v of the n colours; the answer to a query q, a permutation too, is the number of
positions i with q(i) = v(i). All queries are asked before any answer is seen. The paper shows that
28 n log n uniform queries will do: for every codeword v, every set I of positions and every colouring c of
I that is wrong everywhere, some query *discriminates* v from c on I: it agrees with c somewhere on I, and
with v nowhere. Then the codeword is found one colour at a time, which is the peeling below.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, permutations, product
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import typer
from jaxtyping import Int
from numba import njit

from whp.reference.stream import below, stream

whp = {"design": "uniform"}  # the queries below are independent and uniform

PAPER = 28  # times n ln n, the paper's lemma
MOST_RESOLVED = 9  # all n! codewords are looked at


@dataclass(frozen=True)
class Decoding:
    """What the answers say of the codeword."""

    status: Annotated[
        Literal["decoded", "stuck", "inconsistent"],
        "decoded: this codeword alone agrees; inconsistent: none does; stuck: nothing is said",
    ]
    codeword: Annotated[Int[np.ndarray, "n"] | None, "absent unless it is decoded"]


def answers(queries: Int[np.ndarray, "m n"], codeword: Int[np.ndarray, "n"]) -> Int[np.ndarray, "m"]:
    """Return the number of positions in which each query agrees with the codeword."""
    agreeing: np.ndarray = (queries == codeword).sum(axis=1)
    return agreeing


def queries(n: int, seed: int) -> Int[np.ndarray, "m n"]:
    """Return independent uniform queries, as many as `enough(n)` says; none for n = 1."""
    return design(n, enough(n), seed)


def decode(queries: Int[np.ndarray, "m n"], answers: Int[np.ndarray, "m"]) -> Decoding:
    """Find the codeword by peeling, with every rule that is sound.

    Each step follows from the answers, so that a codeword that is found, and agrees with them, is the only
    one that does.
    """
    found, sound = peel(queries, answers, exclusion=True, columns=True, saturation=True)
    if not sound:
        return Decoding("inconsistent", None)
    if (found < 0).any():
        return Decoding("stuck", None)
    agreeing = (queries == found).sum(axis=1)
    return Decoding("decoded", found) if np.array_equal(agreeing, answers) else Decoding("inconsistent", None)


def resolves(queries: Int[np.ndarray, "m n"]) -> bool:
    """Say whether the answers tell any two of the n! codewords apart, by looking at all of them.

    Raises ValueError for n > 9.
    """
    return confused(queries) is None


OPERATIONS = (answers, queries, decode, resolves)


def run_command(
    n: Annotated[int, typer.Option("--n", min=1, help="Positions and colours.")],
    m: Annotated[
        int | None, typer.Option("--m", min=0, help="Queries; as many as are enough unless told otherwise.")
    ] = None,
    paper: Annotated[
        bool, typer.Option("--paper", help="As many as in the paper's lemma, 28 n ln n.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> dict[str, Any]:
    """Print queries that tell every codeword of length n, with high probability."""
    if m is not None and paper:
        raise ValueError("--m and --paper both say how many queries; give one")
    size = paper_size(n) if paper else enough(n) if m is None else m
    scale = n * math.log(n)
    return {
        "n": n,
        "m": size,
        "m_over_n_ln_n": round(size / scale, 4) if scale else None,
        "queries": design(n, size, seed).tolist(),
    }


def faults(operation: str, arguments: Mapping[str, Any], answer: Any = None) -> Iterator[tuple[str, str]]:
    """Yield what annotations can't say about arguments or an answer: where (a path), and what is wrong."""
    if answer is None:
        if operation == "queries":
            if arguments["n"] < 1:
                yield "n", f"is {arguments['n']}; a codeword has at least one position"
            return
        asked = arguments["queries"]
        if asked.size == 0:
            yield "queries", "is empty; at least one query, of at least one position, is expected"
            return
        for name, rows in (("queries", asked), ("codeword", arguments.get("codeword"))):
            if rows is not None:
                row = no_permutation(rows)
                if row is not None:
                    where = f"queries[{row}]" if name == "queries" else name
                    yield where, f"is no permutation of 0..{asked.shape[1] - 1}"
        told = arguments.get("answers")
        if told is not None and not ((told >= 0) & (told <= asked.shape[1])).all():
            yield "answers", f"has an answer outside 0..{asked.shape[1]}"
    elif operation == "decode" and (answer.codeword is None) == (answer.status == "decoded"):
        what = "absent" if answer.codeword is None else "there"
        yield "codeword", f"is {what}, but the status is {answer.status!r}"


def no_permutation(rows: np.ndarray) -> int | None:
    """Return the first row that is no permutation of 0..n-1, if there is one; a single row is row 0."""
    rows = np.atleast_2d(rows)
    wrong = (np.sort(rows, axis=1) != np.arange(rows.shape[1])).any(axis=1)
    return int(wrong.argmax()) if wrong.any() else None


# The paper: how many queries, which, and why they are enough


def paper_size(n: int) -> int:
    """Return ceil(28 n ln n), the number of queries of the paper's lemma."""
    return math.ceil(PAPER * n * math.log(n)) if n > 1 else 0


def enough(n: int) -> int:
    """Return how many uniform queries are enough in practice: 4 n ln n from n = 16 on, more below.

    For n <= 8 it was looked at all codewords: 7 n ln n queries let them all be decoded from n = 5 on.
    """
    if n < 5:
        return paper_size(n)
    return math.ceil((7 if n < 16 else 4) * n * math.log(n))


def design(n: int, m: int, seed: int) -> Int[np.ndarray, "m n"]:
    """Return m independent uniform permutations of 0..n-1."""
    rows = np.empty((m, n), np.int64)
    with np.errstate(over="ignore"):
        shuffle(rows, stream(seed))
    return rows


@njit(cache=True)
def shuffle(rows, random):  # type: ignore[no-untyped-def]
    """Make every row a uniform permutation (Fisher, Yates)."""
    for row in rows:
        for i in range(len(row)):
            j = below(i + 1, random)
            row[i] = row[j]
            row[j] = i


def confused(queries: Int[np.ndarray, "m n"]) -> tuple[np.ndarray, np.ndarray] | None:
    """Return two codewords with the same answers, if there are any; raise ValueError for n > 9."""
    n = queries.shape[1]
    if n > MOST_RESOLVED:
        raise ValueError(f"queries of length {n}; all codewords are looked at for n <= {MOST_RESOLVED}")
    codewords = np.array(list(permutations(range(n))), np.int8)
    told = np.stack([(codewords == query).sum(axis=1, dtype=np.int8) for query in queries], axis=1)
    as_one = np.ascontiguousarray(told).view(np.dtype((np.void, told.shape[1]))).ravel()
    _, first, which = np.unique(as_one, return_index=True, return_inverse=True)
    twins = np.flatnonzero(first[which] != np.arange(len(codewords)))
    return (codewords[first[which[twins[0]]]], codewords[twins[0]]) if len(twins) else None


def entropy_bound(n: int) -> int:
    """Return the least m with m H >= log2 n!: no fewer queries tell every codeword.

    H is the entropy of the number of fixed points of a uniform permutation. It is that of the answer to any
    query about a uniform codeword, and the answers to fixed queries determine the codeword.
    """
    factorial, counts = math.factorial(n), fixed_point_counts(n)
    entropy = -sum(c / factorial * (math.log2(c) - math.log2(factorial)) for c in counts if c)
    return math.ceil(math.log2(factorial) / entropy - 1e-9) if entropy else 0


def fixed_point_counts(n: int) -> list[int]:
    """Return how many permutations have 0, 1, ..., n fixed points: as many as codewords have that answer."""
    derangements = [1, 0]
    for k in range(2, n + 1):
        derangements.append((k - 1) * (derangements[-1] + derangements[-2]))
    return [math.comb(n, k) * derangements[n - k] for k in range(n + 1)]


def discriminates(query: np.ndarray, v: np.ndarray, c: np.ndarray) -> bool:
    """Say whether a query discriminates v from c on a set of positions; all three are given on that set."""
    return bool((query != v).all() and (query == c).any())


def satisfies_lemma(queries: Int[np.ndarray, "m n"]) -> bool:
    """Say whether, for all I, v and c as in the lemma, some query discriminates v from c on I.

    It looks at all of them, n! n^n in all: for n <= 5. It is what peeling needs, just so: if peeling is stuck
    for v on the positions I, a colour c(i) that was left at each of them is never discriminated; and if no
    query discriminates v from c on I, none rules c(i) out while all of I is open.
    """
    n = queries.shape[1]
    for size in range(1, n + 1):
        for positions in combinations(range(n), size):
            asked = queries[:, positions]
            for v in permutations(range(n), size):
                wrong = [[color for color in range(n) if color != right] for right in v]
                for c in product(*wrong):
                    if not any(discriminates(query, np.array(v), np.array(c)) for query in asked):
                        return False
    return True


# Peeling. What is left to do stands in three lists: pairs to rule out, pairs to fix, and queries to look at.
# A pair is n * position + colour.


class State(NamedTuple):
    """Where peeling stands."""

    queries: Any
    first: Any  # of[first[pair]:first[pair + 1]] are the queries with this pair
    of: Any
    residual: Any  # of each query: its answer less the fixed positions in which it agrees
    open: Any  # of each query: its pairs that are possible, at positions that aren't fixed
    possible: Any  # of each pair
    colors_left: Any  # of each position
    places_left: Any  # of each colour
    found: Any  # the colour of each position, -1 where it isn't fixed


def peel(
    queries: Int[np.ndarray, "m n"],
    answers: Int[np.ndarray, "m"],
    *,
    exclusion: bool = False,
    columns: bool = False,
    saturation: bool = False,
) -> tuple[Int[np.ndarray, "n"], bool]:
    """Return the colours that peeling fixes, -1 elsewhere, and whether no contradiction was met.

    Two rules repeat until nothing changes: a query whose residual is 0 agrees with the codeword at no open
    position; a position with one colour left has it. With `exclusion` a fixed colour is ruled out elsewhere,
    with `columns` a colour with one position left is there, and with `saturation` a query with as many
    possible agreements left as its residual agrees in all of them. It takes time O(m n + n^2).
    """
    found, sound = run(queries, answers.astype(np.int64), exclusion, columns, saturation)
    return found, bool(sound)


@njit(cache=True)
def run(queries, answers, exclusion, columns, saturation):  # type: ignore[no-untyped-def]
    """Peel; return what is fixed, and whether no contradiction was met."""
    m, n = queries.shape
    first, of = index(queries)
    state = State(
        queries,
        first,
        of,
        answers.copy(),
        np.full(m, n),
        np.ones(n * n, np.bool_),
        np.full(n, n),
        np.full(n, n),
        np.full(n, -1),
    )
    out, fix = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(1 // n)]  # n = 1 is known
    look = [np.int64(q) for q in range(m)]
    sound = True
    while sound and (len(out) > 0 or len(fix) > 0 or len(look) > 0):
        if len(out) > 0:
            sound = rule_out(out.pop(), state, columns, fix, look)
        elif len(fix) > 0:
            sound = settle(fix.pop(), state, exclusion, columns, out, fix, look)
        else:
            sound = consider(look.pop(), state, saturation, out, fix)
    return state.found, sound


@njit(cache=True)
def index(queries):  # type: ignore[no-untyped-def]
    """Return `first` and `of`, by counting."""
    m, n = queries.shape
    first = np.zeros(n * n + 1, np.int64)
    for q in range(m):
        for i in range(n):
            first[n * i + queries[q, i] + 1] += 1
    first = np.cumsum(first)
    free = first[:-1].copy()
    of = np.empty(m * n, np.int32)
    for block in range(
        0, n, 8
    ):  # of positions, so that what is written to lies near: 3 x as fast for n = 1000
        for q in range(m):
            for i in range(block, min(block + 8, n)):
                pair = n * i + queries[q, i]
                of[free[pair]] = q
                free[pair] += 1
    return first, of


@njit(cache=True)
def rule_out(pair, state, columns, fix, look):  # type: ignore[no-untyped-def]
    """Rule out a pair; return whether that is no contradiction."""
    n = len(state.found)
    i, j = pair // n, pair % n
    if not state.possible[pair]:
        return True
    if state.found[i] == j:
        return False
    state.possible[pair] = False
    state.colors_left[i] -= 1
    state.places_left[j] -= 1
    for at in range(state.first[pair], state.first[pair + 1]):
        q = state.of[at]
        state.open[q] -= 1
        if state.open[q] <= state.residual[q]:
            look.append(np.int64(q))
    if state.colors_left[i] == 1:
        for color in range(n):
            if state.possible[n * i + color]:
                fix.append(np.int64(n * i + color))
    if columns and state.places_left[j] == 1:
        last_place(j, state, fix)
    return state.colors_left[i] > 0 and state.places_left[j] > 0


@njit(cache=True)
def settle(pair, state, exclusion, columns, out, fix, look):  # type: ignore[no-untyped-def]
    """Fix a position's colour; return whether that is no contradiction."""
    n = len(state.found)
    i, j = pair // n, pair % n
    if state.found[i] == j:
        return True
    if state.found[i] >= 0 or not state.possible[pair]:
        return False
    state.found[i] = j
    for color in range(n):  # none of the position's pairs is open now
        other = n * i + color
        if not state.possible[other]:
            continue
        for at in range(state.first[other], state.first[other + 1]):
            q = state.of[at]
            state.open[q] -= 1
            state.residual[q] -= color == j
            look.append(np.int64(q))
        if color != j:
            state.possible[other] = False
            state.places_left[color] -= 1
            if state.places_left[color] == 0:
                return False
            if columns and state.places_left[color] == 1:
                last_place(color, state, fix)
    if exclusion:
        for position in range(n):
            if position != i:
                out.append(np.int64(n * position + j))
    return True


@njit(cache=True)
def last_place(color, state, fix):  # type: ignore[no-untyped-def]
    """Have a colour fixed at the one position that it has left."""
    n = len(state.found)
    for position in range(n):
        if state.possible[n * position + color]:
            fix.append(np.int64(n * position + color))


@njit(cache=True)
def consider(q, state, saturation, out, fix):  # type: ignore[no-untyped-def]
    """Draw what follows from one query; return whether it is no contradiction."""
    n = len(state.found)
    if state.residual[q] < 0 or state.residual[q] > state.open[q]:
        return False
    if state.open[q] == 0 or 0 < state.residual[q] < state.open[q]:
        return True
    if state.residual[q] > 0 and not saturation:
        return True
    for i in range(n):
        pair = n * i + state.queries[q, i]
        if state.found[i] < 0 and state.possible[pair]:
            if state.residual[q] == 0:
                out.append(np.int64(pair))
            else:
                fix.append(np.int64(pair))
    return True
