"""Mixtures of the rows of a table: what they lose, and that no other loses less."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import expect, property_of
from whp.properties.randomization.inputs import (
    CONTRACT,
    LONE,
    PAPER,
    PENNIES,
    TALL,
    TIED,
    WIDE,
    WIDEST,
    ZERO,
    exponents_of_games,
    fits,
    losses_and,
    room,
    some_losses,
    table,
    tables,
)
from whp.properties.randomization.relaxing import means, named, power_mean
from whp.reference.randomization import games
from whp.subject import Subject

GAME = f"{CONTRACT}; {PAPER}, section 2: randomisation as a mixed strategy"
Test: TypeAlias = Callable[..., None]
WITHIN, SUM = 1e-6, 1e-9
ROCK = table("0.5 1 0", "0 0.5 1", "1 0 0.5")  # rock, paper, scissors
THIRDS = 1 - np.eye(3)
KEEP = table("0 1 1 1", "1 0 1 1", "1 1 0 1", "1 1 1 0")  # one of four is stored, and one is asked for
UNEVEN = table("2 0 3", "0 3 1", "4 1 0")


def within(subject: Subject, losses: np.ndarray) -> float:
    """Return by how much a mixture may lose more than the best, or lose another value than is told."""
    return max(WITHIN, room(subject, losses)) * float(losses.max())


def lost(mixture: np.ndarray, losses: np.ndarray, q: float | None) -> float:
    """Return what a mixture loses; small negative parts, which rounding leaves, count as 0."""
    positive = np.maximum(mixture, 0)
    return power_mean((positive @ losses / positive.sum()).tolist(), q)


def tabled(*more: tuple[np.ndarray, float | None]) -> Callable[[Test], Test]:
    """Decorate a check of tables with games that are known, and with more."""
    known = [(PENNIES, None), (ROCK, None), (UNEVEN, None), (UNEVEN, 2.0), (TALL, 4.0), (KEEP, 16.0), *more]

    def decorate(test: Test) -> Test:
        for losses, q in known:
            test = example(losses=losses, q=q)(test)
        made: Test = given(losses=tables(4), q=exponents_of_games())(test)
        return made

    return decorate


@property_of("randomization", source=GAME)
@tabled((LONE, None), (ZERO, 2.0), (WIDE, 1.0))
def mixture_is_a_law(subject: Subject, losses: np.ndarray, q: float | None) -> None:
    """The mixture's entries are probabilities: none is below 0, and they sum to 1."""
    if not fits(subject, losses):
        return
    mixture = subject.solve_game(**losses_and(q, losses)).mixture
    allowed = max(SUM, room(subject, losses))
    expect(
        (mixture >= -allowed).all(),
        lambda: f"row {mixture.argmin()} has the probability {mixture.min():.12g}",
    )
    expect(
        abs(mixture.sum() - 1) <= allowed,
        lambda: f"the probabilities {mixture.tolist()} sum to {mixture.sum():.12g}",
    )


@property_of("randomization", source=GAME)
@tabled((LONE, None), (ZERO, 2.0), (WIDE, 1.0), (WIDEST, None), (UNEVEN, 100.0))
def value_is_what_the_mixture_loses(subject: Subject, losses: np.ndarray, q: float | None) -> None:
    """The value is the norm of the mixed row."""
    if not fits(subject, losses):
        return
    found = subject.solve_game(**losses_and(q, losses))
    expect(found.mixture.sum() > 0, "the mixture has no part of any row")
    right = lost(found.mixture, losses, q)
    expect(
        abs(found.value - right) <= within(subject, losses),
        lambda: (
            f"for q = {named(q)} the value is {found.value:.12g}, but the mixture {found.mixture.tolist()} "
            f"loses {right:.12g}"
        ),
    )


@property_of("randomization", source=f"{GAME}; a mixture that loses less is shown")
@tabled((TIED, None), (WIDE, 3.0), (WIDE, 1.0), (PENNIES, 2.0), (ROCK, 100.0))
def no_mixture_loses_less(subject: Subject, losses: np.ndarray, q: float | None) -> None:
    """No mixture of rows loses less than the one that is found, by more than 1e-6 of the largest loss."""
    if not fits(subject, losses):
        return
    mixture = subject.solve_game(**losses_and(q, losses)).mixture
    expect(mixture.sum() > 0, "the mixture has no part of any row")
    best = games.solve(losses, q)
    got = lost(mixture, losses, q)
    expect(
        got <= lost(best.mixture, losses, q) + within(subject, losses),
        lambda: (
            f"for q = {named(q)} the mixture {mixture.tolist()} loses {got:.12g}, but "
            f"{best.mixture.tolist()} loses {best.value:.12g}"
        ),
    )


@property_of(
    "randomization",
    source=f"{PAPER}, section 2: where each row is best and no input is worst for all, mixing helps",
)
@tabled((TIED, None), (WIDE, 3.0), (THIRDS, None), (table("1 0 1", "1 1 0", "0 1 1"), None))
def mixing_loses_no_more_than_any_row(subject: Subject, losses: np.ndarray, q: float | None) -> None:
    """The value is at most that of the best row and of best rows mixed alike, at least the best average."""
    if not fits(subject, losses):
        return
    got, allowed = subject.solve_game(**losses_and(q, losses)).value, within(subject, losses)
    rows = [power_mean(row, q) for row in losses.tolist()]
    best = min(rows)
    alike = losses[[place for place, value in enumerate(rows) if value <= best * (1 + 1e-12)]]
    together = power_mean(means(alike), q)
    expect(
        got <= best + allowed,
        lambda: f"for q = {named(q)} it is {got:.12g}, but row {rows.index(best)} alone loses {best:.12g}",
    )
    expect(
        got <= together + allowed,
        lambda: (
            f"for q = {named(q)} it is {got:.12g}, but the {len(alike)} rows that alone lose {best:.12g} "
            f"lose {together:.12g} mixed alike: no input is the worst for all of them"
        ),
    )
    average = min(means(losses.T))
    expect(
        got >= average - allowed,
        lambda: (
            f"for q = {named(q)} it is {got:.12g}, but against an adversary who picks the input at random "
            f"no row loses less than {average:.12g}"
        ),
    )


@st.composite
def circulants(draw: st.DrawFn) -> np.ndarray:
    """Draw a table on which a cyclic group acts: all turns of one row or of two."""
    n = draw(st.integers(1, 5))
    rows = draw(st.lists(st.lists(some_losses(), min_size=n, max_size=n), min_size=1, max_size=2))
    return np.array([np.roll(row, turn) for row in rows for turn in range(n)])


@property_of(
    "randomization",
    source="a group that acts transitively on inputs: symmetric mixtures lose the same everywhere",
)
@given(losses=circulants(), q=exponents_of_games())
@example(losses=np.eye(4), q=None)
@example(losses=KEEP, q=2.0)
@example(losses=ROCK, q=16.0)
@example(
    losses=np.array([np.roll(row, turn) for row in ([3, 0, 0], [1, 1.5, 0.5]) for turn in range(3)]), q=None
)
def symmetric_games_have_the_best_average_as_value(
    subject: Subject, losses: np.ndarray, q: float | None
) -> None:
    """If inputs are alike, the value is the best row's mean loss, for every q."""
    if not fits(subject, losses):
        return
    got, wanted = subject.solve_game(**losses_and(q, losses)).value, min(means(losses.T))
    expect(
        abs(got - wanted) <= within(subject, losses),
        lambda: (
            f"for q = {named(q)} the value is {got:.12g}, but the rows are turned into each other, and the "
            f"best mean of a row is {wanted:.12g}"
        ),
    )


@property_of("randomization", source="names of rows and columns, and the unit of losses, are nobody's affair")
@given(losses=tables(4, 1e-3, 1e3), q=exponents_of_games(), power=st.integers(-9, 9), data=st.data())
@example(losses=UNEVEN, q=None, power=-6, data=None)
@example(losses=TALL, q=2.0, power=5, data=None)
def order_and_scale_change_no_value(
    subject: Subject, losses: np.ndarray, q: float | None, power: int, data: st.DataObject | None
) -> None:
    """Rows and columns in another order have the same value, and losses in another unit have it in that."""
    m, n = losses.shape
    rows = data.draw(st.permutations(range(m))) if data else [*range(1, m), 0]
    columns = data.draw(st.permutations(range(n))) if data else [*reversed(range(n))]
    other = losses[rows][:, columns] * 2.0**power
    if not fits(subject, losses, other):
        return
    plain, moved = (subject.solve_game(**losses_and(q, each)).value for each in (losses, other))
    expect(
        abs(moved - plain * 2.0**power) <= 2 * within(subject, other),
        lambda: (
            f"for q = {named(q)} the value is {plain:.12g}; with rows in the order {list(rows)}, columns in "
            f"the order {list(columns)} and losses times 2^{power} it is {moved:.12g}, where "
            f"{plain * 2.0**power:.12g} is expected"
        ),
    )
