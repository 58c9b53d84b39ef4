"""Tables of losses and other questions about randomised algorithms."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from whp.properties import generators as some
from whp.properties.alike import Question
from whp.properties.randomization.lessons import lessons, trainings
from whp.properties.rounding import precision_of
from whp.subject import Subject

PAPER = "arXiv:2408.10818"
CONTRACT = "the contract of randomization"
FACTOR = 8

QS = (1.0, 1.5, 2.0, 3.0, 10.0, 100.0, 1000.0, None)
Q_OF_GAMES = (1.0, 1.5, 2.0, 4.0, 16.0, 100.0, None)


def table(*rows: str) -> np.ndarray:
    """Return the table whose rows are written as words."""
    return np.array([[float(word) for word in row.split()] for row in rows])


# Tables that tell mistakes apart: one that random play halves, unequal sides, few and many zeros, one number.
PENNIES = table("0 1", "1 0")
TALL = table("1 5", "3 0.5", "8 0.25")
WIDE = table("1 2 4 8", "3 0 9 0.5")
WIDEST = np.arange(1.0, 41.0)[None]  # so that a twentieth of its inputs is more than one
LONE = table("3")
ZERO = np.zeros((2, 3))
TIED = table("1 2 0", "3 2 1")
SMALL = table("1e-4 2e-4 1e-6", "1e-4 2e-4 3e-6")
LARGE = table("2000 1 3", "2000 2 9")


def some_losses(low: float = 1e-6, high: float = 1e6) -> st.SearchStrategy[float]:
    """Draw a loss: a small whole number, so that some agree, or any of these magnitudes."""
    return st.sampled_from((0.0, 1.0, 2.0, 3.0)) | st.floats(low, high)


@st.composite
def tables(
    draw: st.DrawFn, most: int = 5, low: float = 1e-6, high: float = 1e6, shape: tuple[int, int] | None = None
) -> np.ndarray:
    """Draw a table of losses."""
    m, n = shape or (draw(st.integers(1, most)), draw(st.integers(1, most)))
    rows = draw(st.lists(st.lists(some_losses(low, high), min_size=n, max_size=n), min_size=m, max_size=m))
    return np.array(rows)


@st.composite
def pairs_of_tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Draw two tables of one shape."""
    first = draw(tables(4))
    return first, draw(tables(shape=first.shape))


def exponents() -> st.SearchStrategy[float | None]:
    """Draw q."""
    return st.sampled_from(QS) | st.floats(1, 200)


def exponents_of_games() -> st.SearchStrategy[float | None]:
    """Draw q for a game."""
    return st.sampled_from(Q_OF_GAMES) | st.floats(1, 32)


def ballots() -> st.SearchStrategy[np.ndarray]:
    """Draw outputs, of which some agree."""
    few = st.sampled_from((0, 1, 2, -1, -7, 10**12))
    return st.lists(few | st.integers(-(2**53) + 1, 2**53 - 1), min_size=1, max_size=12).map(
        lambda outputs: np.array(outputs, np.int64)
    )


def bits(most: int = 6) -> st.SearchStrategy[np.ndarray]:
    """Draw values of 0 and 1."""
    return st.lists(st.integers(0, 1), min_size=1, max_size=most).map(lambda x: np.array(x, np.int64))


@st.composite
def orders(draw: st.DrawFn, most: int = 9) -> np.ndarray:
    """Draw the ids of a cycle in their order around it."""
    n = draw(st.integers(3, most))
    return np.array(draw(st.permutations(range(n))), np.int64)


def sides() -> st.SearchStrategy[int]:
    """Draw a side of a grid."""
    return st.integers(1, 7)


def questions() -> st.SearchStrategy[Question]:
    """Draw an operation with its arguments; `train` is asked by claims alone, and no device is named."""
    return st.one_of(
        st.builds(lambda losses, q: ("relaxed_loss", {"losses": losses, "q": q}), tables(), exponents()),
        st.builds(
            lambda losses, q: ("solve_game", {"losses": losses, "q": q}), tables(4), exponents_of_games()
        ),
        ballots().map(lambda outputs: ("vote", {"outputs": outputs})),
        st.builds(lambda values, seed: ("store", {"values": values, "seed": seed}), bits(), some.seeds()),
        st.builds(
            lambda memory, query, seed: ("recall", {"memory": memory, "query": query, "seed": seed}),
            st.integers(0, 1),
            st.integers(0, 9),
            some.seeds(),
        ),
        st.builds(
            lambda order, seed: ("color_cycle", {"order": order, "seed": seed}), orders(), some.seeds()
        ),
        st.builds(
            lambda rows, columns, seed: ("explore", {"rows": rows, "columns": columns, "seed": seed}),
            sides(),
            sides(),
            some.seeds(),
        ),
        lessons().map(lambda lesson: ("learner_gradient", lesson.question())),
        trainings("any").map(lambda lesson: ("learner_train", lesson.training(2))),
    )


def losses_and(q: float | None, losses: np.ndarray) -> dict[str, Any]:
    """Return the arguments of a question about a table."""
    return {"losses": losses, "q": q}


def fits(subject: Subject, *asked: np.ndarray) -> bool:
    """Say whether a subject's numbers reach as far as these losses and their sums."""
    largest = precision_of(subject).largest
    return all(
        losses.sum() <= largest and bool((losses[losses > 0] >= 4 / largest).all()) for losses in asked
    )


def roundings(losses: np.ndarray) -> int:
    """Return the number of roundings that count: as many as there are terms, and some for the powers."""
    return FACTOR * (sum(losses.shape) + 16)


def room(subject: Subject, losses: np.ndarray) -> float:
    """Return by which part of itself rounding may change a value."""
    return roundings(losses) * precision_of(subject).unit
