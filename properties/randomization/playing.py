"""Votes, one bit of memory, colours of a cycle, and walks: each as good as it can be, seed by seed.

What is best on average over inputs that are alike is a bound for every seed; and the worst case over inputs
can only be that good if (almost) every seed is. So optimality is seen in one answer, not in many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import NotOffered, Refuted, expect, property_of
from whp.properties import generators as some
from whp.properties.randomization.inputs import CONTRACT, PAPER, ballots, bits, orders, sides
from whp.reference.randomization.players import cycles
from whp.reference.randomization.values import colored_by_sizes, found, recalled
from whp.subject import Subject

PROPOSITION = f"{PAPER}, Proposition 2: the majority of independent runs"
BEST = f"{CONTRACT}; no seed does better on average over inputs, so each must be as good"


def listed(*outputs: int) -> np.ndarray:
    """Return outputs as the contract has them."""
    return np.array(outputs, np.int64)


# vote


@property_of("randomization", source=PROPOSITION)
@given(outputs=ballots())
@example(outputs=listed(4))
@example(outputs=listed(2, 1, 2, 0, 3))
@example(outputs=listed(0, 9, 9, 5, 5))
@example(outputs=listed(7, 7, -3, -3, 5))
@example(outputs=listed(2**53 - 1, 2**53 - 2, 2**53 - 2))
@example(outputs=np.repeat(listed(3, 8), (2, 256)))  # more often than a byte can count
def vote_is_the_most_frequent_output(subject: Subject, outputs: np.ndarray) -> None:
    """The vote goes to the output that occurs most often, to the smallest of several."""
    got, counts = subject.vote(outputs=outputs), Counter(outputs.tolist())
    most = max(counts.values())
    right = min(output for output, count in counts.items() if count == most)
    expect(
        got == right,
        lambda: (
            f"it is {got}, which occurs {counts[got]} times; {right} occurs {most} times"
            + (", and is the smallest that does" if counts[got] == most else "")
        ),
    )


@property_of("randomization", source=f"{PROPOSITION}; names of outputs don't matter")
@given(outputs=ballots(), times=st.integers(2, 3), shift=st.integers(-3, 3), data=st.data())
@example(outputs=listed(2, 1, 2, 0, 3), times=2, shift=1, data=None)
@example(outputs=listed(1, 1, 0, 2, 0), times=3, shift=-2, data=None)
@example(outputs=listed(5, 0, 6), times=2, shift=0, data=None)
def order_names_and_repetition_change_no_vote(
    subject: Subject, outputs: np.ndarray, times: int, shift: int, data: st.DataObject | None
) -> None:
    """Outputs in another order, repeated, or renamed with the smaller staying smaller, have one winner."""
    plain = subject.vote(outputs=outputs)
    order = data.draw(st.permutations(range(len(outputs)))) if data else [*reversed(range(len(outputs)))]
    names = sorted(set(outputs.tolist()))
    ranks = {name: place**2 + 3 * place + shift for place, name in enumerate(names)}
    renamed = np.array([ranks[output] for output in outputs.tolist()], np.int64)
    for what, other, wanted in (
        ("in another order", outputs[order], plain),
        (f"all {times} times", np.tile(outputs, times), plain),
        (f"renamed to {renamed.tolist()}", renamed, ranks.get(plain)),
    ):
        got = subject.vote(outputs=other)
        expect(got == wanted, f"it is {plain}, but {got} of the same outputs {what}")


# store, recall


@property_of("randomization", source=f"{BEST}: 1/2 + C(N-1, (N-1)//2) / 2^N of all bits and queries")
@given(count=st.integers(1, 5), seed=some.seeds())
@example(count=1, seed=0)
@example(count=2, seed=0)
@example(count=3, seed=1)
@example(count=5, seed=2)
def every_seed_recalls_as_much_as_a_bit_can(subject: Subject, count: int, seed: int) -> None:
    """With every seed, just the largest possible part of all values and queries is recalled rightly."""
    told = [
        [subject.recall(memory=memory, query=query, seed=seed) for query in range(count)] for memory in (0, 1)
    ]
    right = 0
    for values in product((0, 1), repeat=count):
        memory = subject.store(values=listed(*values), seed=seed)
        right += sum(a == b for a, b in zip(told[memory], values, strict=True))
    best = recalled(count) * count * 2**count
    expect(
        right == best,
        lambda: (
            f"with seed {seed}, {right} of {count * 2**count} pairs of {count} values and a query are "
            f"answered rightly, where the best is {best}: keep the bit with which most answers are right"
        ),
    )


@property_of("randomization", source=f"{CONTRACT}: one bit of memory")
@given(first=bits(), second=bits(), seed=some.seeds())
@example(first=listed(0, 0), second=listed(0, 1), seed=0)
@example(first=listed(0, 1), second=listed(1, 0), seed=1)
@example(first=listed(1, 1, 0), second=listed(1, 0, 1), seed=2)
@example(first=listed(1, 1, 1), second=listed(0, 1, 1), seed=5)
def recall_knows_the_stored_bit_alone(
    subject: Subject, first: np.ndarray, second: np.ndarray, seed: int
) -> None:
    """Values that are stored as one bit are recalled alike."""
    answers: dict[int, list[int]] = {}
    for values in (first, second):
        memory = subject.store(values=values, seed=seed)
        got = [subject.recall(memory=memory, query=query, seed=seed) for query in range(6)]
        before = answers.setdefault(memory, got)
        expect(
            before == got,
            (
                f"with seed {seed}, {first.tolist()} and {second.tolist()} are both stored as {memory}, but "
                f"the queries 0..5 are answered {before}, then {got}: only the bit may be remembered"
            ),
        )


# color_cycle


@property_of("randomization", source=f"{CONTRACT}: a colour depends on the id, n and the seed alone")
@given(order=orders(), seed=some.seeds(), data=st.data())
@example(order=listed(0, 1, 2, 3), seed=0, data=None)
@example(order=listed(3, 0, 2, 1, 4), seed=1, data=None)
@example(order=listed(2, 0, 1, 5, 4, 3), seed=2, data=None)
def color_depends_on_the_id_alone(
    subject: Subject, order: np.ndarray, seed: int, data: st.DataObject | None
) -> None:
    """On two cycles of the same ids, with one seed, each id has the same colour."""
    n = len(order)
    other = np.array(data.draw(st.permutations(order.tolist()))) if data else order[[0, *range(2, n), 1]]
    first, second = (
        dict(zip(each.tolist(), subject.color_cycle(order=each, seed=seed).tolist(), strict=True))
        for each in (order, other)
    )
    off = [name for name in range(n) if first[name] != second[name]]
    expect(
        not off,
        lambda: (
            f"with seed {seed}, id {off[0]} has colour {first[off[0]]} in {order.tolist()}, but "
            f"{second[off[0]]} in {other.tolist()}; its place and its neighbours are nothing that it knows"
        ),
    )


@cache
def best_sizes(n: int) -> tuple[Fraction, list[tuple[int, ...]]]:
    """Return the best share of cycles, and the class sizes that have it."""
    shares = colored_by_sizes(n)
    best = max(shares.values())
    return best, [sizes for sizes, share in shares.items() if share == best]


@property_of("randomization", source=f"{BEST}: counted by class sizes")
@given(n=st.integers(3, 12), seed=some.seeds())
@example(n=3, seed=0)
@example(n=4, seed=0)
@example(n=5, seed=0)
@example(n=10, seed=1)
def every_seed_colors_as_many_cycles_as_can_be(subject: Subject, n: int, seed: int) -> None:
    """With every seed, the three classes of ids have sizes with which most labelled cycles are proper."""
    colors = subject.color_cycle(order=np.arange(n), seed=seed)
    sizes = tuple(sorted(np.bincount(colors, minlength=3).tolist()))
    best, good = best_sizes(n)
    share = colored_by_sizes(n).get(sizes, Fraction(0))
    expect(
        sizes in good,
        lambda: (
            f"with seed {seed} the {n} ids have classes of sizes {sizes}, proper on {share} of all cycles; "
            f"with {good[0]} it is {best}"
        ),
    )


@property_of(
    "randomization", source="two of four ids or more have one colour, and are neighbours on some cycle"
)
@given(n=st.integers(4, 5), seed=some.seeds())
@example(n=4, seed=0)
@example(n=5, seed=0)
@example(n=6, seed=0)
def no_seed_colors_every_cycle(subject: Subject, n: int, seed: int) -> None:
    """With each seed neighbours have one colour on some labelled cycle: ids alone can't avoid it."""
    for order in cycles(n):
        colors = subject.color_cycle(order=np.array(order), seed=seed)
        if (colors == np.roll(colors, 1)).any():
            return
    raise Refuted(
        f"with seed {seed} all {len(cycles(n))} cycles of {n} ids are proper; that takes more than ids"
    )


# explore


def first_visits(walk: np.ndarray) -> dict[tuple[int, ...], int]:
    """Return when each cell is met first."""
    times: dict[tuple[int, ...], int] = {}
    for time, cell in enumerate(map(tuple, walk.tolist())):
        times.setdefault(cell, time)
    return times


@property_of("randomization", source=f"{CONTRACT}; {PAPER}, section 4: search for a treasure")
@given(rows=sides(), columns=sides(), seed=some.seeds())
@example(rows=1, columns=1, seed=0)
@example(rows=1, columns=4, seed=0)
@example(rows=3, columns=1, seed=0)
@example(rows=2, columns=2, seed=0)
@example(rows=2, columns=3, seed=1)
@example(rows=3, columns=3, seed=1)
@example(rows=5, columns=3, seed=2)
@example(rows=7, columns=7, seed=3)
def walk_goes_from_neighbor_to_neighbor_over_every_cell(
    subject: Subject, rows: int, columns: int, seed: int
) -> None:
    """A walk starts at (0, 0), stays on the grid, goes one step at a time, and meets every cell."""
    walk = subject.explore(rows=rows, columns=columns, seed=seed)
    expect(len(walk) and not walk[0].any(), lambda: f"it starts at {walk[:1].tolist()}, not at (0, 0)")
    outside = np.flatnonzero(((walk < 0) | (walk >= (rows, columns))).any(axis=1))
    expect(
        not len(outside),
        lambda: (
            f"at time {outside[0]} it is at {walk[outside[0]].tolist()}, off the grid of {rows} x {columns}"
        ),
    )
    jumps = np.flatnonzero(np.abs(np.diff(walk, axis=0)).sum(axis=1) != 1)
    expect(
        not len(jumps),
        lambda: (
            f"at time {jumps[0]} it goes from {walk[jumps[0]].tolist()} to {walk[jumps[0] + 1].tolist()}, "
            "which is no neighbour"
        ),
    )
    met = first_visits(walk)
    missing = [cell for cell in product(range(rows), range(columns)) if cell not in met]
    expect(not missing, lambda: f"it never meets {missing[0]}")


@property_of(
    "randomization", source=f"{BEST}: of cells of the corner's colour if both sides are odd, else of all"
)
@given(rows=sides(), columns=sides(), seed=some.seeds())
@example(rows=1, columns=4, seed=0)
@example(rows=2, columns=2, seed=0)
@example(rows=2, columns=3, seed=0)
@example(rows=3, columns=3, seed=1)
@example(rows=5, columns=5, seed=2)
@example(rows=4, columns=4, seed=3)
def no_walk_wastes_a_step(subject: Subject, rows: int, columns: int, seed: int) -> None:
    """Every walk meets the cells as soon on average as can be; else some cell's mean time is too long."""
    times = first_visits(subject.explore(rows=rows, columns=columns, seed=seed))
    odd = rows % 2 and columns % 2 and min(rows, columns) > 1
    asked = [cell for cell in times if cell != (0, 0) and not (odd and sum(cell) % 2)]
    if not asked or min(rows, columns) == 1:
        return
    met = "other cells of the corner's colour" if odd else "cells"
    mean, best = Fraction(sum(times[cell] for cell in asked), len(asked)), found(rows, columns)
    expect(
        mean <= best,
        lambda: (
            f"with seed {seed}, the {met} are met at times whose mean is {float(mean):.6g}; the best is "
            f"{float(best):.6g}, and unless every seed has it, some cell's mean time over seeds is longer"
        ),
    )


# seeds


MANY = 64


@property_of(
    "randomization",
    source=f"{CONTRACT}: all randomness comes from the seed; the best walks have half of the seeds each",
    examples=0.1,
    false_alarm=1e-13,
)
@given(first=some.seeds(), shift=st.sampled_from((0, 32)))
@example(first=2**31 + 5, shift=32)
@example(first=(7 << 32) + 12345, shift=0)
@example(first=0, shift=0)
def every_part_of_a_seed_counts(subject: Subject, first: int, shift: int) -> None:
    """Among 64 seeds that differ in low bits alone, or in high ones alone, not all give the same."""
    seeds = [first ^ (k << shift) for k in range(MANY)]
    where = "low" if shift == 0 else "high"
    asked: dict[str, Callable[[int], tuple[Any, ...]]] = {
        "recall": lambda seed: tuple(subject.recall(memory=0, query=query, seed=seed) for query in range(4)),
        "color_cycle": lambda seed: tuple(subject.color_cycle(order=np.arange(6), seed=seed).tolist()),
        "explore": lambda seed: tuple(map(tuple, subject.explore(rows=2, columns=3, seed=seed).tolist())),
    }
    offered = [operation for operation in asked if subject.offers(operation)]
    if not offered:
        raise NotOffered("`recall`, `color_cycle` or `explore`")
    for operation in offered:
        answers = {asked[operation](seed) for seed in seeds}
        expect(
            len(answers) > 1,
            (
                f"{operation} answers alike for {first} and for 63 seeds that differ from it in {where} bits "
                "alone; all 53 bits of a seed must count"
            ),
        )
