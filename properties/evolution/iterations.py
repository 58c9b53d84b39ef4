"""What `begin` and `advance` satisfy, and what all operations do."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import Broken, NotOffered, expect, property_of
from whp.properties import generators as some
from whp.properties.alike import (
    Question,
    ask_all,
    expect_distinct_runs,
    expect_one_answer,
    expect_untouched_arguments,
    same,
)
from whp.properties.evolution.estimates import (
    CONTRACT,
    HALVES,
    PAPER,
    SUM,
    telling,
    told,
)
from whp.properties.evolution.inputs import (
    FAR,
    ONE,
    TWO,
    asked,
    functions,
    iterations,
    question_of,
    scaled,
    start_of,
    system_of,
    systems,
)
from whp.properties.evolution.reading import (
    Read,
    Rounding,
    expect_near,
    expect_orthonormal,
    expect_sharp,
    expect_spanned,
    read,
)
from whp.reference import evolution
from whp.subject import OutsideLimits, Subject


@dataclass(frozen=True)
class Stage:
    """A step of the iterated method: what was asked, what was answered, and the estimate that it gave."""

    points: np.ndarray
    values: np.ndarray
    gradient: np.ndarray
    shown: Read
    following: np.ndarray


def stages(
    subject: Subject, start: dict[str, Any], values_at: Callable[[int, np.ndarray], np.ndarray]
) -> Iterator[Stage]:
    """Run the iterated method; values_at(step, points) evaluates the function."""
    if not (subject.offers("begin") and subject.offers("advance")):
        raise NotOffered("`begin`" if subject.offers("advance") else "`advance`")
    point, sigma = start["point"], start["sigma"]
    rounding = expect_sharp(subject, point, sigma)
    begun = subject.begin(**start)
    state, points, step = begun.state, begun.points, 0
    while True:
        shown = read(points, point, sigma, rounding)
        values = values_at(step, points)
        after = subject.advance(state=state, values=values)
        expect(
            after.points.shape[1] == len(point),
            f"advance asks for points of {after.points.shape[1]} variables; there are {len(point)}",
        )
        yield Stage(points, values, after.gradient, shown, after.points)
        state, points, step = after.state, after.points, step + 1


STEPS = 4


@st.composite
def linear(draw: st.DrawFn, least: int = 1, room: int = 0) -> dict[str, Any]:
    """Draw what `begin` is asked, and a linear function."""
    start = draw(iterations(least, room))
    return {"start": start, "function": draw(functions(len(start["point"]), start["sigma"], 1))}


def linear_of(gradient: Any, count: int, **place: Any) -> dict[str, Any]:
    """Return a start and a linear function."""
    start = start_of(len(gradient), count, **place)
    return {"start": start, "function": scaled(gradient, start["sigma"])}


FOUR = [1, 2, 3, 4]
SIX = [1, 2, 3, 4, 5, 6]


@property_of("evolution", source=f"{PAPER}: at no extra cost, 2 (count + 1) values a step")
@given(case=linear(least=0))
@example(case=linear_of([2], 0))
@example(case=linear_of(FOUR, 0))
@example(case=linear_of(FOUR, 2, sigma=0.5))
@example(case=linear_of(FOUR, 3, **FAR))
@example(case=linear_of(SIX, 2, point=[1, 1, 1, 1, 1, 1]))
@example(case=linear_of([0, 0, 0, 0], 2))
def every_step_asks_for_orthogonal_pairs(subject: Subject, case: dict[str, Any]) -> None:
    """Every step asks for 2 (count + 1) points, in opposite pairs sigma away in orthogonal directions."""
    start, function = case["start"], case["function"]
    rounding = Rounding.of(subject)
    within = rounding.system(len(start["point"]), 1) + rounding.reading(start["point"], start["sigma"])
    run = stages(subject, start, lambda _, points: function.at(start["point"], points))
    for step, stage in zip(range(STEPS), run, strict=False):
        wanted, found = 2 * (start["count"] + 1), len(stage.points)
        expect(found == wanted, f"step {step} asks for {found} points; 2 (count + 1) = {wanted} are expected")
        expect_orthonormal(stage.shown.directions, within, f"in step {step}, measured in sigma, ")


@property_of("evolution", source=CONTRACT)
@given(case=linear())
@example(case=linear_of(FOUR, 1))
@example(case=linear_of(FOUR, 2, sigma=0.25))
@example(case=linear_of(SIX, 3, sigma=4.0, point=SIX))
def every_estimate_is_the_sum_over_its_pairs(subject: Subject, case: dict[str, Any]) -> None:
    """`advance` gives the sum over the last pairs of (f(x + sigma e) - f(x - sigma e)) / (2 sigma) e."""
    start, function = case["start"], case["function"]
    point, sigma = start["point"], start["sigma"]
    run = stages(subject, start, lambda _, points: function.at(point, points))
    for step, stage in zip(range(STEPS), run, strict=False):
        slopes = (stage.values[stage.shown.first] - stage.values[stage.shown.second]) / (2 * sigma)
        within = Rounding.of(subject).telling(point, stage.values, sigma)
        expect_near(stage.gradient, slopes @ stage.shown.directions, within, f"step {step}: {SUM}")


@property_of("evolution", source=f"{PAPER}: the past descent direction is the surrogate")
@given(case=linear())
@example(case=linear_of(FOUR, 1))
@example(case=linear_of(SIX, 2))
@example(case=linear_of(SIX, 3, sigma=0.25, point=SIX))
@example(case=linear_of(np.multiply(FOUR, 8e-13), 2, sigma=1e6))
def next_points_span_the_last_estimate(subject: Subject, case: dict[str, Any]) -> None:
    """The points that `advance` asks for next have its estimate in their span, however short that is."""
    start, function = case["start"], case["function"]
    point, sigma = start["point"], start["sigma"]
    rounding = expect_sharp(subject, point, sigma)
    within = rounding.system(len(point), 1) + rounding.reading(point, sigma)
    run = stages(subject, start, lambda step, points: function.at(point, points) / 2**step)
    for step, stage in zip(range(STEPS), run, strict=False):
        rows = read(stage.following, point, sigma, rounding).directions
        what = f"what step {step + 1} asks for (the surrogate is the estimate of step {step})"
        expect_spanned(rows, stage.gradient[None], within, what)


@property_of("evolution", source=f"{PAPER}: on linear functions it converges to the gradient")
@given(case=linear())
@example(case=linear_of(FOUR, 1))
@example(case=linear_of(SIX, 1, sigma=0.5))
@example(case=linear_of(SIX, 2, point=SIX))
@example(case=linear_of(range(1, 13), 2))
def iterated_estimates_never_get_worse(subject: Subject, case: dict[str, Any]) -> None:
    """On a linear function, cos^2 of estimate and gradient, and the estimate's length, never fall."""
    start, function = case["start"], case["function"]
    point, sigma, slope = start["point"], start["sigma"], function.gradient
    size = float(np.linalg.norm(slope))
    if not size:
        return
    rounding = expect_sharp(subject, point, sigma)
    loss = rounding.system(len(point), 1) + rounding.reading(point, sigma)
    before = length = 0.0
    run = stages(subject, start, lambda _, points: function.at(point, points))
    for step, stage in zip(range(2 * STEPS), run, strict=False):
        error = rounding.telling(point, stage.values, sigma) / size
        quality = evolution.cosine_squared(stage.gradient, slope)
        quality = quality if stage.gradient @ slope >= 0 else -quality
        longer = float(np.linalg.norm(stage.gradient)) / size
        expect(
            quality >= before - 8 * (error + loss),
            f"cos^2 of estimate and gradient falls from {before:.8g} to {quality:.8g} in step {step}; the"
            " last estimate lies in the span of what is asked, so that it can't",
        )
        expect(
            longer >= length - 8 * (error + loss),
            f"the estimate's length falls from {length:.8g} to {longer:.8g} of the gradient's in step {step}",
        )
        before, length = quality, longer


@property_of("evolution", source=CONTRACT)
@given(start=iterations(least=0))
@example(start=start_of(1, 0))
@example(start=start_of(4, 2))
@example(start=start_of(6, 3, point=[1, 1, 1, 1, 1, 1], sigma=0.5))
def iteration_goes_on_after_a_flat_step(subject: Subject, start: dict[str, Any]) -> None:
    """After an estimate of zero there are count + 1 random directions again, and then a right estimate."""
    point, sigma = start["point"], start["sigma"]
    function = scaled(np.arange(1, len(point) + 1), sigma)
    flat = np.full(2 * (start["count"] + 1), 3.0)
    run = stages(
        subject, start, lambda step, points: flat[: len(points)] if step < 2 else function.at(point, points)
    )
    rounding = Rounding.of(subject)
    for step, stage in zip(range(3), run, strict=False):
        wanted, found = 2 * (start["count"] + 1), len(stage.points)
        expect(
            found == wanted,
            f"step {step}, after estimates of zero, asks for {found} points; {wanted} are expected: zero"
            " points nowhere, and one random direction more takes its place",
        )
        within = rounding.system(len(point), 1) + rounding.reading(point, sigma)
        expect_orthonormal(stage.shown.directions, within, f"in step {step}, measured in sigma, ")
        slopes = (stage.values[stage.shown.first] - stage.values[stage.shown.second]) / (2 * sigma)
        within = rounding.telling(point, stage.values, sigma)
        expect_near(stage.gradient, slopes @ stage.shown.directions, within, f"step {step}: {SUM}")


NEW = 1e-4  # two independent lines, in at least four dimensions, are never as near as this: (1e-4)^3 at most


@property_of("evolution", source=CONTRACT, false_alarm=3e-10, examples=0.1)
@given(case=linear(room=4), flat=st.integers(-1, 1))
@example(case=linear_of(SIX, 1), flat=-1)
@example(case=linear_of(range(1, 13), 3), flat=-1)
@example(case=linear_of(SIX, 1), flat=0)
@example(case=linear_of(SIX, 1), flat=1)
def every_step_draws_new_directions(subject: Subject, case: dict[str, Any], flat: int) -> None:
    """No step goes in the directions of the step before again; after an estimate of zero, all are random."""
    start, function = case["start"], case["function"]
    point, sigma = start["point"], start["sigma"]
    rounding = expect_sharp(subject, point, sigma)
    run = stages(
        subject,
        start,
        lambda step, points: np.full(len(points), 3.0) if step == flat else function.at(point, points),
    )
    last = np.zeros(len(point))
    for step, stage in zip(range(STEPS), run, strict=False):
        now, following = stage.shown.directions, read(stage.following, point, sigma, rounding).directions
        outside = float(np.linalg.norm(following - (following @ now.T) @ now))
        expect(
            outside > NEW,
            f"step {step + 1} goes in no direction that step {step} has not gone in: random directions are to"
            " be drawn anew",
        )
        if stage.gradient.any():
            last = stage.gradient / np.linalg.norm(stage.gradient)
        elif last.any():
            expect(
                float(np.linalg.norm(last - (following @ last) @ following)) > NEW,
                f"after an estimate of zero, step {step + 1} goes along an older one: there is no surrogate"
                " then, and count + 1 directions are random",
            )


@property_of("evolution", source=CONTRACT, false_alarm=some.PAIRS_OF_SEEDS * 1e-60, examples=0.02)
@given(seeds=some.similar_seeds())
@example(seeds=some.EQUAL_LOW_BITS)
@example(seeds=some.EQUAL_HIGH_BITS)
@example(seeds=some.CONSECUTIVE)
def iterations_use_the_whole_seed(subject: Subject, seeds: list[int]) -> None:
    """Seeds that differ in their high or low 32 bits begin with other points, and go on with others."""
    firsts, seconds = {}, {}
    for seed in seeds:
        run = stages(subject, start_of(8, 4, seed=seed), lambda _, points: points.sum(axis=1) + 10)
        stage = next(run)
        firsts[seed], seconds[seed] = stage.points, stage.following
    expect_distinct_runs(firsts, "begin with the same points")
    expect_distinct_runs(seconds, "go on with the same points")


# All operations


def questions() -> st.SearchStrategy[Question]:
    """Draw an operation with its arguments."""
    return st.one_of(
        systems().map(lambda system: ("directions", system)),
        asked().map(lambda question: ("ask", question)),
        told().map(lambda case: ("tell", case["told"])),
        iterations().map(lambda start: ("begin", start)),
    )


@property_of("evolution", source=CONTRACT, examples=0.5)
@given(question=questions(), other=questions(), start=iterations())
@example(
    question=("directions", system_of(ONE, 2)), other=("directions", system_of(TWO, 2)), start=start_of(4, 2)
)
@example(question=("ask", question_of(ONE, 2)), other=("ask", question_of(TWO, 2)), start=start_of(4, 2))
@example(
    question=("tell", telling([0, 0, 0], 1.0, HALVES, [3, 1, 4, 7])["told"]),
    other=("tell", telling([1, 2, 3], 0.25, HALVES, [3, 1, 5, 7])["told"]),
    start=start_of(4, 2),
)
@example(question=("begin", start_of(4, 2)), other=("begin", start_of(6, 2)), start=start_of(5, 2))
def one_question_has_one_answer(
    subject: Subject, question: Question, other: Question, start: dict[str, Any]
) -> None:
    """Asked again, also after another question, an operation gives the same answer; so does an iteration."""
    if not subject.declares("deterministic", True):
        raise NotOffered("deterministic answers; it declares `deterministic` false")
    expect_one_answer(subject, question, other)
    if not (subject.offers("begin") and subject.offers("advance")):
        return

    def iterated(beside: Iterator[Stage] | None) -> list[np.ndarray]:
        run = stages(subject, start, lambda step, points: np.arange(3.0, 3 + len(points)) ** (1 + step % 2))
        made = []
        for _ in range(3):
            made.append(next(run))
            if beside:
                next(beside)
        return [part for stage in made for part in (stage.points, stage.gradient, stage.following)]

    alone = iterated(None)
    other_seed = start | {"seed": start["seed"] ^ 1}
    beside = stages(subject, other_seed, lambda _, points: np.arange(5.0, 5 + len(points)) ** 2)
    expect(
        same(alone, iterated(beside)),
        "an iteration with the same arguments and values gave other answers beside a second one: what it goes"
        " on from must be in its state alone",
    )


@property_of("evolution", source=CONTRACT)
@given(question=questions(), start=iterations())
@example(question=("directions", system_of(TWO, 2)), start=start_of(4, 2))
@example(question=("ask", question_of(TWO, 2, point=[1, 2, 3, 4, 5])), start=start_of(4, 2))
@example(question=("tell", telling([1, 2, 3], 0.25, HALVES, [3, 1, 5, 7])["told"]), start=start_of(4, 2))
@example(question=("begin", start_of(4, 2, point=FOUR)), start=start_of(4, 2))
def arguments_stay_untouched(subject: Subject, question: Question, start: dict[str, Any]) -> None:
    """No operation changes what it is handed; the state is the subject's own."""
    expect_untouched_arguments(subject, question)
    if subject.offers("begin") and subject.offers("advance"):
        begun = subject.begin(**start)
        values = np.arange(1.0, len(begun.points) + 1)
        expect_untouched_arguments(subject, ("advance", {"state": begun.state, "values": values}))


@property_of("evolution", source=CONTRACT, examples=0.02, processes=5)
@given(question=asked(), start=iterations())
@example(question=question_of(TWO, 2), start=start_of(4, 2))
@example(question=question_of([], 1, n=1), start=start_of(1, 0))
def every_process_answers_alike_and_ends_well(
    subject: Subject, question: dict[str, Any], start: dict[str, Any]
) -> None:
    """Every process that is asked the same answers the same, and ends by itself without an error."""
    system = {name: question[name] for name in ("surrogates", "count", "seed")}
    case = telling([1, 2, 3], 0.25, HALVES, [3, 1, 5, 7])
    ask_all(
        subject,
        [
            ("directions", {"n": len(question["point"]), **system}),
            ("ask", question),
            ("tell", case["told"]),
        ],
    )
    if subject.offers("begin"):
        with contextlib.suppress(Broken, NotOffered, OutsideLimits):
            begun = subject.begin(**start)
            values = np.arange(1.0, len(begun.points) + 1)
            ask_all(subject, [("advance", {"state": begun.state, "values": values})])
