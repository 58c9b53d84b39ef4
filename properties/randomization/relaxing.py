"""The relaxed worst-case loss: its value, its gradient, and what follows from them."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import combinations_with_replacement

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import expect, property_of
from whp.properties.randomization.inputs import (
    LARGE,
    LONE,
    PAPER,
    PENNIES,
    SMALL,
    TALL,
    TIED,
    WIDE,
    WIDEST,
    ZERO,
    exponents,
    fits,
    losses_and,
    pairs_of_tables,
    room,
    table,
    tables,
)
from whp.properties.rounding import precision_of
from whp.reference.randomization.losses import dual_norm
from whp.subject import Subject

OBJECTIVE = f"{PAPER}, section 2: the relaxation of the worst case"


def means(losses: np.ndarray) -> list[float]:
    """Return the mean of each column."""
    return [math.fsum(column) / len(losses) for column in losses.T.tolist()]


def power_mean(values: list[float], q: float | None) -> float:
    """Return (mean of values^q)^(1/q)."""
    largest = max(values)
    if q is None or largest == 0:
        return largest
    mean = math.fsum((value / largest) ** q for value in values) / len(values)
    return float(largest * mean ** (1 / q))


def named(q: float | None) -> str:
    """Write q."""
    return "infinity" if q is None else f"{q:g}"


@property_of("randomization", source=OBJECTIVE)
@given(losses=tables(), q=exponents())
@example(losses=LONE, q=1.0)
@example(losses=PENNIES, q=2.0)
@example(losses=TALL, q=2.0)
@example(losses=WIDE, q=3.0)
@example(losses=WIDE, q=None)
@example(losses=ZERO, q=2.0)
@example(losses=ZERO, q=None)
@example(losses=SMALL, q=100.0)
@example(losses=WIDE, q=1000.0)
def value_is_a_power_mean_of_means(subject: Subject, losses: np.ndarray, q: float | None) -> None:
    """The value is (mean over inputs of (mean over seeds of the losses)^q)^(1/q)."""
    if not fits(subject, losses):
        return
    got, wanted = subject.relaxed_loss(**losses_and(q, losses)).value, power_mean(means(losses), q)
    expect(
        abs(got - wanted) <= room(subject, losses) * wanted,
        lambda: (
            f"for q = {named(q)} the value is {got:.12g}, but the power mean over inputs of the means over "
            f"seeds, {means(losses)}, is {wanted:.12g}"
        ),
    )


@property_of("randomization", source=f"{OBJECTIVE}: L_1 is the expected risk, L_infinity the worst case")
@given(losses=tables())
@example(losses=LONE)
@example(losses=PENNIES)
@example(losses=TALL)
@example(losses=WIDE)
@example(losses=WIDEST)
def value_is_the_mean_at_1_and_the_largest_at_infinity(subject: Subject, losses: np.ndarray) -> None:
    """At q = 1 the value is the mean of the whole table, at infinity the largest of the means over seeds."""
    if not fits(subject, losses):
        return
    for q, wanted, what in (
        (1.0, math.fsum(losses.ravel().tolist()) / losses.size, "the mean of all losses"),
        (None, max(means(losses)), "the largest mean over seeds"),
    ):
        got = subject.relaxed_loss(**losses_and(q, losses)).value
        expect(
            abs(got - wanted) <= room(subject, losses) * wanted,
            (f"for q = {named(q)} the value is {got:.12g}, but {what} is {wanted:.12g}"),
        )


@property_of("randomization", source="power means rise with q, and lie above n^(-1/q) times the largest")
@given(losses=tables(), q=exponents().filter(bool), more=st.floats(0, 100))
@example(losses=PENNIES, q=1.0, more=1.0)
@example(losses=WIDE, q=100.0, more=100.0)
@example(losses=TALL, q=1.0, more=2.0)
@example(losses=table("1 0 0 0 0"), q=4.0, more=12.0)
def value_rises_with_q_to_the_largest(subject: Subject, losses: np.ndarray, q: float, more: float) -> None:
    """The value never falls as q rises, and lies between the largest mean loss and n^(-1/q) times that."""
    if not fits(subject, losses):
        return
    low, high = (subject.relaxed_loss(**losses_and(each, losses)).value for each in (q, q + more))
    share, largest = room(subject, losses), max(means(losses))
    expect(
        low <= high * (1 + 2 * share),
        lambda: f"it is {low:.12g} for q = {q:g} and {high:.12g} for q = {q + more:g}; it rises with q",
    )
    for power, got in ((q, low), (q + more, high)):
        least = largest * losses.shape[1] ** (-1 / power)
        expect(
            least * (1 - share) <= got <= largest * (1 + share),
            (
                f"for q = {power:g} it is {got:.12g}, which is not from {least:.12g}, n^(-1/q) times the "
                f"largest mean loss, to {largest:.12g}, that loss"
            ),
        )


@property_of("randomization", source="a norm is homogeneous; the paper trains with q up to 100")
@given(losses=tables(low=1e-3, high=1e3), q=exponents(), power=st.integers(-9, 9))
@example(losses=table("0.001 0.002", "0.001 0.003"), q=100.0, power=-6)
@example(losses=PENNIES, q=2.0, power=5)
@example(losses=TALL, q=3.0, power=-3)
@example(losses=WIDE, q=1000.0, power=-9)
def value_scales_with_the_losses(subject: Subject, losses: np.ndarray, q: float | None, power: int) -> None:
    """Losses in another unit give the value in that unit, and the same gradient, however large q is."""
    if not fits(subject, losses, losses * 2.0**power):
        return
    plain = subject.relaxed_loss(**losses_and(q, losses))
    scaled = subject.relaxed_loss(**losses_and(q, losses * 2.0**power))
    wanted = plain.value * 2.0**power
    expect(
        abs(scaled.value - wanted) <= 2 * room(subject, losses) * wanted,
        lambda: (
            f"for q = {named(q)} the value is {plain.value:.12g}, and {scaled.value:.12g} for 2^{power} "
            f"times the losses, where {wanted:.12g} is expected; divide by the largest before taking powers"
        ),
    )
    if q is None:  # there may be several subgradients
        return
    apart = np.abs(scaled.gradient - plain.gradient)
    allowed = 2 * q * room(subject, losses) * np.abs(plain.gradient) + _least(subject)
    expect(
        (apart <= allowed).all(),
        lambda: (
            f"for q = {named(q)} the gradient is {plain.gradient.tolist()}, and {scaled.gradient.tolist()} "
            f"for 2^{power} times the losses; it doesn't depend on the unit"
        ),
    )


def _least(subject: Subject) -> float:
    """Return what may become of a number that is too small for the subject's arithmetic."""
    return 8 / min(precision_of(subject).largest, sys.float_info.max)


@property_of(
    "randomization", source="uniform seeds and inputs have no order, and a repeated list is the same law"
)
@given(losses=tables(4), q=exponents(), times=st.integers(2, 3), data=st.data())
@example(losses=PENNIES, q=1.0, times=2, data=None)
@example(losses=TALL, q=2.0, times=3, data=None)
@example(losses=WIDE, q=3.0, times=2, data=None)
def order_and_repetition_change_nothing(
    subject: Subject, losses: np.ndarray, q: float | None, times: int, data: st.DataObject | None
) -> None:
    """Seeds and inputs in another order, or all of them several times, give the same value."""
    if not fits(subject, np.tile(losses, (times, times))):
        return
    m, n = losses.shape
    rows = data.draw(st.permutations(range(m))) if data else [*reversed(range(m))]
    columns = data.draw(st.permutations(range(n))) if data else [*range(1, n), 0]
    plain = subject.relaxed_loss(**losses_and(q, losses)).value
    joined = np.hstack([losses, np.full((m, 1), plain)])
    for what, other in (
        ("seeds in another order", losses[rows]),
        ("inputs in another order", losses[:, columns]),
        (f"all seeds {times} times", np.tile(losses, (times, 1))),
        (f"all inputs {times} times", np.tile(losses, (1, times))),
        ("one more input, that loses just the value with each seed", joined),
    ):
        got = subject.relaxed_loss(**losses_and(q, other)).value
        expect(
            abs(got - plain) <= 2 * room(subject, other) * plain,
            (
                f"for q = {named(q)} the value is {plain:.12g}, but {got:.12g} with {what}; take means over "
                "seeds and over inputs, not sums"
            ),
        )


@property_of("randomization", source=f"{OBJECTIVE}: the adversary doesn't know the seed (Jensen, Minkowski)")
@given(losses=tables(), q=exponents())
@example(losses=PENNIES, q=2.0)
@example(losses=PENNIES, q=None)
@example(losses=TALL, q=3.0)
@example(losses=WIDE, q=1.5)
def averaging_over_seeds_comes_first(subject: Subject, losses: np.ndarray, q: float | None) -> None:
    """The value is at most what it is if powers, norms or largest losses are taken before the mean of seeds.

    And it is at least the loss of the best seed on average over inputs: randomising never helps on average.
    """
    if not fits(subject, losses):
        return
    got, share = subject.relaxed_loss(**losses_and(q, losses)).value, 1 + room(subject, losses)
    per_seed = [power_mean(row, q) for row in losses.tolist()]
    for most, what in (
        (power_mean(losses.ravel().tolist(), q), "the power mean of all losses"),
        (math.fsum(per_seed) / len(losses), "the mean over seeds of the power mean of each"),
        (math.fsum(losses.max(axis=1)) / len(losses), "the mean over seeds of the largest loss of each"),
    ):
        expect(
            got <= most * share,
            (
                f"for q = {named(q)} it is {got:.12g}, above {what}, {most:.12g}; take the mean over seeds "
                "first"
            ),
        )
    least = min(math.fsum(row) / len(row) for row in losses.tolist())
    expect(
        got * share >= least,
        lambda: f"for q = {named(q)} it is {got:.12g}, below the mean loss of the best seed, {least:.12g}",
    )


@property_of("randomization", source=f"{OBJECTIVE}; Hölder's inequality where it has no derivative")
@given(losses=tables(), q=exponents())
@example(losses=PENNIES, q=2.0)
@example(losses=TALL, q=2.0)
@example(losses=TALL, q=None)
@example(losses=WIDE, q=3.0)
@example(losses=WIDE, q=1.0)
@example(losses=LARGE, q=100.0)
@example(losses=TIED, q=None)
@example(losses=ZERO, q=2.0)
@example(losses=table("0 1", "0 2"), q=1.0)
@example(losses=table("2 24182", "997743 0"), q=195.0)  # a slope below the normal numbers
def gradient_is_the_derivative(subject: Subject, losses: np.ndarray, q: float | None) -> None:
    """The gradient is (mean loss of the input / value)^(q-1) / (m n) for each seed, or a subgradient."""
    if not fits(subject, losses):
        return
    m, n = losses.shape
    got, value = subject.relaxed_loss(**losses_and(q, losses)).gradient, power_mean(means(losses), q)
    if q is None or value == 0:
        _expect_subgradient(subject, losses, q, got, value)
        return
    row = [(mean / value) ** (q - 1) / (m * n) for mean in means(losses)]
    allowed = q * room(subject, losses) * np.array(row) + _least(subject)
    off = np.argwhere(np.abs(got - row) > allowed)
    expect(
        not len(off),
        lambda: (
            f"for q = {named(q)} entry [{off[0][0]}][{off[0][1]}] is {got[tuple(off[0])]:.12g}, but the "
            f"derivative is {row[off[0][1]]:.12g}: (l/value)^(q-1) / (m n) with the mean loss "
            f"l = {means(losses)[off[0][1]]:.12g} and the value {value:.12g}"
        ),
    )


def _expect_subgradient(
    subject: Subject, losses: np.ndarray, q: float | None, got: np.ndarray, value: float
) -> None:
    """Refute unless it agrees with the value at the table, and lies below it at every other."""
    share = room(subject, losses)
    there = math.fsum((got * losses).ravel().tolist())
    expect(
        abs(there - value) <= 4 * share * value,
        lambda: (
            f"for q = {named(q)} the gradient times the losses is {there:.12g}, but the value is {value:.12g}"
        ),
    )
    size = dual_norm(len(losses) * got.max(axis=0), q)
    expect(
        size <= 1 + 4 * share,
        lambda: (
            f"for q = {named(q)}, the gradient {got.tolist()} is no subgradient: there are tables of value 1 "
            f"for which the sum of its products with the losses is {size:.12g}"
        ),
    )


@property_of("randomization", source=f"{OBJECTIVE}; a convex function lies above its tangents")
@given(pair=pairs_of_tables(), q=exponents())
@example(pair=(PENNIES, 3 * PENNIES + 1), q=2.0)
@example(pair=(PENNIES, PENNIES[::-1] / 4), q=2.0)
@example(pair=(TALL, TALL[::-1]), q=4.0)
@example(pair=(TALL, TALL / 8), q=4.0)
@example(pair=(TALL, 8 * TALL), q=1.0)
def gradient_lies_below_the_value(
    subject: Subject, pair: tuple[np.ndarray, np.ndarray], q: float | None
) -> None:
    """The value of any table is at least that of another plus the gradient there times the difference."""
    first, second = pair
    if not fits(subject, first, second):
        return
    here = subject.relaxed_loss(**losses_and(q, first))
    there = subject.relaxed_loss(**losses_and(q, second)).value
    rise = math.fsum((here.gradient * (second - first)).ravel().tolist())
    share, moved = room(subject, first), float(np.sum(np.abs(here.gradient) * (first + second)))
    allowed = share * (here.value + there + (q or 1) * moved)
    expect(
        here.value + rise <= there + allowed,
        lambda: (
            f"for q = {named(q)} it is {here.value:.12g} at the first table; the gradient there promises "
            f"{here.value + rise:.12g} or more at the second, but it is {there:.12g}"
        ),
    )


@property_of("randomization", source="a norm is convex, and this one rises with every loss")
@given(pair=pairs_of_tables(), q=exponents())
@example(pair=(table("0", "0", "3"), table("3", "0", "0")), q=2.0)
@example(pair=(table("0 1", "0 1", "3 1"), table("0 1", "3 1", "0 1")), q=None)
@example(pair=(PENNIES, PENNIES + 1), q=1.0)
def value_is_convex_and_rises_with_every_loss(
    subject: Subject, pair: tuple[np.ndarray, np.ndarray], q: float | None
) -> None:
    """The value midway between two tables is at most the mean of theirs, and no larger loss makes it less."""
    first, second = pair
    midway, larger = (first + second) / 2, np.maximum(first, second)
    if not fits(subject, first, second, midway, larger):
        return
    one, other, between, above = (
        subject.relaxed_loss(**losses_and(q, each)).value for each in (first, second, midway, larger)
    )
    share = 1 + 2 * room(subject, first)
    expect(
        between <= (one + other) / 2 * share,
        lambda: (
            f"for q = {named(q)} it is {one:.12g} and {other:.12g} at the tables, and {between:.12g} midway, "
            f"above their mean {(one + other) / 2:.12g}"
        ),
    )
    expect(
        max(one, other) <= above * share,
        lambda: (
            f"for q = {named(q)} it is {one:.12g} and {other:.12g} at the tables, but {above:.12g} where "
            "each loss is the larger of theirs"
        ),
    )


def multisets(count: int, size: int) -> Iterator[tuple[list[int], float]]:
    """Yield the multisets of so many indices, and the probability of each if they are drawn one by one."""
    for drawn in combinations_with_replacement(range(count), size):
        ways = math.factorial(size) / math.prod(map(math.factorial, Counter(drawn).values()))
        yield list(drawn), ways / count**size


@property_of(
    "randomization",
    source="a mean of norms is at least the norm of the mean, and roots are concave",
    examples=0.3,
)
@given(losses=tables(3), q=exponents())
@example(losses=PENNIES, q=2.0)
@example(losses=TALL[:, :1], q=2.0)
@example(losses=table("1 4 2", "2 1 3"), q=6.0)
def drawn_seeds_raise_the_value_and_drawn_inputs_lower_it(
    subject: Subject, losses: np.ndarray, q: float | None
) -> None:
    """With a few drawn seeds it is too large on average, less so with more; with drawn inputs too small."""
    if not fits(subject, np.vstack([losses] * 3)):
        return
    plain = subject.relaxed_loss(**losses_and(q, losses)).value
    share = 1 + 4 * room(subject, np.vstack([losses] * 3))
    before = math.inf
    for size in (1, 2, 3):
        drawn = math.fsum(
            chance * subject.relaxed_loss(**losses_and(q, losses[rows])).value
            for rows, chance in multisets(len(losses), size)
        )
        expect(
            plain <= drawn * share and drawn <= before * share,
            (
                f"for q = {named(q)} it is {plain:.12g}, with {size} drawn seeds {drawn:.12g} on average; "
                f"that lies between the value and what it is with fewer seeds, {before:.12g}"
            ),
        )
        before = drawn
    before = 0.0
    for size in (1, 2, 3):
        drawn = math.fsum(
            chance * subject.relaxed_loss(**losses_and(q, losses[:, columns])).value
            for columns, chance in multisets(losses.shape[1], size)
        )
        expect(
            before <= drawn * share and drawn <= plain * share,
            (
                f"for q = {named(q)} it is {plain:.12g}, with {size} drawn inputs {drawn:.12g} on average; "
                f"that lies between what it is with fewer inputs, {before:.12g}, and the value"
            ),
        )
        before = drawn
