"""What `directions`, `ask` and `tell` satisfy."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import expect, property_of
from whp.properties import generators as some
from whp.properties.alike import (
    expect_distinct_runs,
)
from whp.properties.evolution.inputs import (
    COLLINEAR,
    FAR,
    LONG,
    MORE_THAN_VARIABLES,
    NEAR,
    NEARER,
    ONE,
    SHORT,
    THREE_IN_A_PLANE,
    TWO,
    WIDE,
    WIDER,
    WITH_ZERO,
    asked,
    problem_of,
    problems,
    question_of,
    settled,
    system_of,
    systems,
)
from whp.properties.evolution.reading import (
    Rounding,
    estimated,
    expect_as_many,
    expect_near,
    expect_orthonormal,
    expect_sharp,
    expect_spanned,
    read,
    smallest,
)
from whp.reference import evolution
from whp.reference.evolution import span
from whp.subject import Subject

PAPER = "arXiv:1910.05268"
CONTRACT = "the contract of evolution"
EXACT = f"{PAPER}: the estimate is the projection of the gradient on the span of the directions"


# directions


@property_of("evolution", source=CONTRACT)
@given(system=systems())
@example(system=system_of([], 1, n=1))
@example(system=system_of([], 2, n=4))
@example(system=system_of(ONE, 2))
@example(system=system_of(COLLINEAR, 2))
@example(system=system_of(THREE_IN_A_PLANE, 2))
@example(system=system_of(WITH_ZERO, 1))
@example(system=system_of(SHORT, 1))
@example(system=system_of(NEAR, 1))
@example(system=system_of(NEARER, 1))
@example(system=system_of(MORE_THAN_VARIABLES, 0))
@example(system=system_of([[0, 0, 0]], 3))
def directions_are_as_many_as_rank_and_count(subject: Subject, system: dict[str, Any]) -> None:
    """There are r + count directions, r the rank of the surrogates, whatever their lengths and number."""
    rows = subject.directions(**system)
    expect_as_many(len(rows), system["surrogates"], system["count"], "directions")


@property_of("evolution", source=f"{CONTRACT}; any way to make rows orthonormal rounds less")
@given(system=systems() | systems(24))
@example(system=system_of([], 1, n=1))
@example(system=system_of([], 4, n=4))
@example(system=system_of([], 3, n=40))
@example(system=system_of(ONE, 2))
@example(system=system_of(ONE, 3))
@example(system=system_of(TWO, 2))
@example(system=system_of(NEAR, 3))
@example(system=system_of(NEARER, 2))
@example(system=system_of(SHORT, 2))
@example(system=system_of(COLLINEAR, 3))
@example(system=system_of(WIDE, 80))
@example(system=system_of(WIDER, 3))
def directions_are_orthonormal(subject: Subject, system: dict[str, Any]) -> None:
    """All directions have length 1 and are orthogonal to each other."""
    rows = subject.directions(**system)
    within = Rounding.of(subject).system(system["n"], len(system["surrogates"]))
    expect_orthonormal(rows, within)


@property_of("evolution", source=CONTRACT)
@given(system=systems() | systems(24))
@example(system=system_of([[2]], 0))
@example(system=system_of(ONE, 0))
@example(system=system_of(ONE, 2))
@example(system=system_of(TWO, 2))
@example(system=system_of(NEAR, 1))
@example(system=system_of(SHORT, 1))
@example(system=system_of(WITH_ZERO, 1))
@example(system=system_of(THREE_IN_A_PLANE, 1))
def first_directions_span_the_surrogates(subject: Subject, system: dict[str, Any]) -> None:
    """Every surrogate is a combination of the first r directions."""
    known = system["surrogates"]
    rows = subject.directions(**system)[: len(span(known))]
    within = Rounding.of(subject).system(system["n"], len(known))
    expect_spanned(rows, known, within, f"the span of the first r = {len(rows)} directions")


@property_of("evolution", source=CONTRACT, false_alarm=some.PAIRS_OF_SEEDS * 1e-60, examples=0.02)
@given(seeds=some.similar_seeds())
@example(seeds=some.EQUAL_LOW_BITS)
@example(seeds=some.EQUAL_HIGH_BITS)
@example(seeds=some.CONSECUTIVE)
def directions_use_the_whole_seed(subject: Subject, seeds: list[int]) -> None:
    """Seeds that differ in their high or low 32 bits give other directions."""
    known = np.array([[1.0, 2, 2, 0, 0, 0, 0, 1]])
    runs = {s: subject.directions(n=8, surrogates=known, count=4, seed=s)[1:] for s in seeds}
    expect_distinct_runs(runs, "give the same random directions")


# ask


@property_of("evolution", source=f"{CONTRACT}; the same cost as without surrogates: 2 (r + count) values")
@given(question=asked())
@example(question=question_of([[1]], 0))
@example(question=question_of([], 2, n=3))
@example(question=question_of(ONE, 2))
@example(question=question_of(ONE, 1, **FAR))
@example(question=question_of(COLLINEAR, 1, sigma=1e-3))
@example(question=question_of(WITH_ZERO, 1, point=[1, 1, 1, 1]))
@example(question=question_of(SHORT, 2))
def points_are_pairs_on_both_sides(subject: Subject, question: dict[str, Any]) -> None:
    """`ask` gives 2 (r + count) points, in pairs that lie opposite each other around the centre."""
    rounding = expect_sharp(subject, question["point"], question["sigma"])
    points = subject.ask(**question).points
    shown = read(points, question["point"], question["sigma"], rounding)
    expect_as_many(len(shown.first), question["surrogates"], question["count"], "pairs of points")


@property_of("evolution", source=CONTRACT)
@given(question=asked() | asked(24))
@example(question=question_of([], 1, n=1))
@example(question=question_of([], 3, n=4, sigma=10.0))
@example(question=question_of(ONE, 2, sigma=1e-3))
@example(question=question_of(ONE, 3, **FAR))
@example(question=question_of(NEAR, 3, point=[1, 2, 3, 4, 5]))
@example(question=question_of([], 2, n=4, sigma=1e6))
@example(question=question_of([], 2, n=4, sigma=1e-6))
def points_lie_in_orthogonal_directions(subject: Subject, question: dict[str, Any]) -> None:
    """The points that `ask` gives are sigma away from the centre, in orthogonal directions."""
    point, sigma = question["point"], question["sigma"]
    rounding = expect_sharp(subject, point, sigma)
    shown = read(subject.ask(**question).points, point, sigma, rounding)
    within = rounding.system(len(point), len(question["surrogates"])) + rounding.reading(point, sigma)
    expect_orthonormal(shown.directions, within, f"in steps of sigma = {sigma:g} from the centre, ")


@property_of("evolution", source=f"{PAPER}: the surrogates are tried out themselves")
@given(question=asked() | asked(24))
@example(question=question_of([[2]], 0))
@example(question=question_of(ONE, 2))
@example(question=question_of(ONE, 1, **FAR))
@example(question=question_of(TWO, 1, sigma=1e-3))
@example(question=question_of(NEAR, 1))
@example(question=question_of(THREE_IN_A_PLANE, 1))
@example(question=question_of(SHORT, 1))
def surrogates_lie_in_the_span_of_the_points(subject: Subject, question: dict[str, Any]) -> None:
    """Every surrogate is a combination of the directions in which `ask` goes."""
    point, sigma, known = question["point"], question["sigma"], question["surrogates"]
    rounding = expect_sharp(subject, point, sigma)
    shown = read(subject.ask(**question).points, point, sigma, rounding)
    within = rounding.system(len(point), len(known)) + rounding.reading(point, sigma)
    expect_spanned(shown.directions, known, within, "the span of the points that are asked")


@property_of("evolution", source=CONTRACT, false_alarm=some.PAIRS_OF_SEEDS * 1e-60, examples=0.02)
@given(seeds=some.similar_seeds())
@example(seeds=some.EQUAL_LOW_BITS)
@example(seeds=some.EQUAL_HIGH_BITS)
@example(seeds=some.CONSECUTIVE)
def points_use_the_whole_seed(subject: Subject, seeds: list[int]) -> None:
    """Seeds that differ in their high or low 32 bits give other points."""
    question = question_of([[1, 2, 2, 0, 0, 0, 0, 1]], 4)
    runs = {seed: subject.ask(**question | {"seed": seed}).points for seed in seeds}
    expect_distinct_runs(runs, "give the same points")


# tell


@st.composite
def told(draw: st.DrawFn, max_n: int = 8) -> dict[str, Any]:
    """Draw what `tell` is told: pairs in any order, and any values."""
    question = draw(asked(max_n))
    rows = evolution.directions(
        len(question["point"]), *(question[k] for k in ("surrogates", "count", "seed"))
    )
    values = draw(
        st.lists(st.floats(1e-3, 1e3), min_size=2 * len(rows), max_size=2 * len(rows)).map(np.array)
    )
    order = draw(st.permutations(range(2 * len(rows))))
    return telling(question["point"], question["sigma"], rows, values, order)


def telling(point: Any, sigma: float, rows: Any, values: Any, order: Any = None) -> dict[str, Any]:
    """Return what `tell` is told; values and order are of the pairs' points, plus and minus in turn."""
    rows, center = np.array(rows, float), np.array(point, float)
    points = np.stack([center + sigma * rows, center - sigma * rows], axis=1).reshape(-1, len(center))
    order = range(len(points)) if order is None else order
    told = {"point": center, "points": points[list(order)], "values": np.array(values, float)[list(order)]}
    return {"told": told | {"sigma": sigma}, "rows": rows, "slopes": np.array(values, float)}


def expected(case: dict[str, Any]) -> np.ndarray:
    """Return the sum over pairs, as the contract writes it."""
    slopes = (case["slopes"][0::2] - case["slopes"][1::2]) / (2 * case["told"]["sigma"])
    total: np.ndarray = slopes @ case["rows"]
    return total


HALVES = [[0.6, 0.8, 0], [-0.8, 0.6, 0]]
TWENTY = evolution.directions(20, np.empty((0, 20)), 20, 1)
SUM = "the estimate is the sum over pairs of (f(x + sigma e) - f(x - sigma e)) / (2 sigma) e"


@property_of("evolution", source=CONTRACT)
@given(case=told())
@example(case=telling([0], 1.0, [[1]], [3, 1]))
@example(case=telling([0, 0, 0], 1.0, HALVES, [3, 1, 4, 7]))
@example(case=telling([1, 2, 3], 0.25, HALVES, [3, 1, 4, 7]))
@example(case=telling([1, 2, 3], 0.25, HALVES, [3, 1, 4, 7], [0, 2, 1, 3]))
@example(case=telling([1, 2, 3], 0.25, HALVES, [3, 1, 4, 7], [3, 0, 1, 2]))
@example(case=telling([1, 2, 3], 4.0, HALVES, [1000, 1001, 1000, 998], [2, 1, 3, 0]))
@example(case=telling([0, 0, 0, 0], 1e-3, np.eye(4), [1, 2, 3, 5, 8, 13, 21, 34], [1, 2, 3, 4, 5, 6, 7, 0]))
@example(case=telling([300, -400], 1e-2, [[0.6, 0.8]], [3, 1], [1, 0]))
@example(case=telling([300, -400, 100], 1e-4, HALVES, [3, 1, 4, 7], [0, 2, 1, 3]))
@example(case=telling([0, 0, 0], 1.0, HALVES, [0.1, 0.2, 0.3, 0.7]))
@example(case=telling([0, 0, 0], 1e-6, HALVES, [3, 1, 4, 7]))
@example(case=telling([1, 2, 3], 1e6, HALVES, [3e6, 1e-6, 4, 7]))
@example(case=telling(np.ones(20), 1.0, TWENTY, range(1, 41), np.arange(40) * 7 % 40))
@example(case=telling(np.zeros(140), 1.0, np.eye(140), np.arange(280) % 7, np.arange(280) * 3 % 280))
def estimate_is_the_sum_over_pairs(subject: Subject, case: dict[str, Any]) -> None:
    """The estimate is the sum over pairs of (f(x + sigma e) - f(x - sigma e)) / (2 sigma) e, in any order."""
    question = case["told"]
    rounding = expect_sharp(subject, question["point"], question["sigma"])
    within = rounding.telling(question["point"], question["values"], question["sigma"])
    expect_near(subject.tell(**question).gradient, expected(case), within, SUM)


@property_of("evolution", source=EXACT)
@given(case=told(), factor=st.sampled_from((2.0, -1.0, -0.5, 10.0)), constant=st.sampled_from((0.0, 100.0)))
@example(case=telling([0, 0, 0], 1.0, HALVES, [3, 1, 4, 7]), factor=-2.0, constant=0.0)
@example(case=telling([0, 0, 0], 1.0, HALVES, [3, 1, 4, 7]), factor=1.0, constant=100.0)
@example(case=telling([0, 0, 0], 0.5, HALVES, [3, 1, 4, 5]), factor=10.0, constant=1.0)
def estimate_scales_with_the_function(
    subject: Subject, case: dict[str, Any], factor: float, constant: float
) -> None:
    """Of a f + c the estimate is a times that of f, also if a is negative."""
    question = case["told"]
    rounding = expect_sharp(subject, question["point"], question["sigma"])
    other = question | {"values": factor * question["values"] + constant}
    before, after = subject.tell(**question).gradient, subject.tell(**other).gradient
    place = question["point"], question["sigma"]
    within = abs(factor) * rounding.telling(place[0], question["values"], place[1])
    within += rounding.telling(place[0], np.abs(other["values"]) + abs(constant), place[1])
    why = (
        f"the function became {factor:g} f + {constant:g}, which makes the estimate {factor:g} times as large"
    )
    expect_near(after, factor * before, within, why)


@property_of("evolution", source=EXACT)
@given(case=told())
@example(case=telling([0], 1.0, [[1]], [3, 3]))
@example(case=telling([0, 0, 0], 1.0, HALVES, [3, 3, 7, 7]))
@example(case=telling([1, 2, 3], 0.25, HALVES, [3, 3, 7, 7], [0, 2, 1, 3]))
@example(case=telling([1, 2, 3], 0.25, HALVES, [5, 5, 5, 5], [0, 2, 1, 3]))
def an_even_function_has_an_estimate_of_zero(subject: Subject, case: dict[str, Any]) -> None:
    """Where the function has one value at both points of each pair, the estimate is zero."""
    question = case["told"]
    rounding = expect_sharp(subject, question["point"], question["sigma"])
    away = question["points"] - question["point"]
    partner = np.linalg.norm(away[:, None] + away, axis=2).argmin(axis=1)
    even = (question["values"] + question["values"][partner]) / 2
    within = rounding.telling(question["point"], even, question["sigma"])
    why = "the values at x + sigma e and x - sigma e are equal for each e"
    found = subject.tell(**question | {"values": even}).gradient
    expect_near(found, np.zeros(len(question["point"])), within, why)


# ask and tell


@property_of("evolution", source=EXACT, examples=0.4)
@given(problem=problems())
@example(problem=problem_of([3], question_of([], 1, n=1)))
@example(problem=problem_of([1, 2, 3, 4], question_of([], 2, n=4)))
@example(problem=problem_of([1, 2, 3, 4], question_of(ONE, 1, sigma=0.5)))
@example(problem=problem_of([1, 2, 3, 4], question_of(ONE, 2, sigma=2.0), np.eye(4)))
@example(problem=problem_of([1, -2, 3, 4], question_of([[-1, -2, -2, 0]], 2), np.ones((4, 4))))
@example(problem=problem_of([1, 2, 3, 4, 5], question_of(TWO, 1, point=[1, 1, 1, 1, 1])))
@example(problem=problem_of([1, 2, 3, 4, 5], question_of(NEAR, 1)))
@example(problem=problem_of([1, 2, 3, 4], question_of(ONE, 2, **FAR)))
@example(problem=problem_of([1, 2, 3, 4], question_of(LONG, 2)))
def estimate_is_the_projection_of_the_gradient(subject: Subject, problem: dict[str, Any]) -> None:
    """On linear and quadratic functions the estimate is the projection of the gradient on the directions."""
    made = estimated(subject, problem)
    right = (made.directions @ problem["function"].gradient) @ made.directions
    expect_near(made.gradient, right, made.error, "that is the gradient's projection on the directions asked")
    slope = problem["function"].gradient
    length, product = float(made.gradient @ made.gradient), float(made.gradient @ slope)
    size = float(np.linalg.norm(slope))
    within = size * (size * made.loss + 4 * made.error) + made.error**2
    expect(
        abs(length - product) <= within,
        f"the product of estimate and gradient is {product:.10g}, the estimate's square {length:.10g}; of a"
        " projection they are equal",
    )


@property_of(
    "evolution", source=f"{PAPER}: the error is of the order sigma^2, and of no odd order", examples=0.4
)
@given(problem=problems(degree=3))
@example(problem=problem_of([1], question_of([], 1, n=1), cubic=[1]))
@example(problem=problem_of([1, 2, 3, 4], question_of(ONE, 1), np.eye(4), [1, -1, 2, 1]))
@example(problem=problem_of([0, 0, 0, 0], question_of(ONE, 2, sigma=10.0), np.eye(4), [1, 1, 1, 1]))
def estimate_on_cubics_has_their_third_derivative(subject: Subject, problem: dict[str, Any]) -> None:
    """On cubic functions the slope along e is off by sigma^2 / 6 times the third derivative, and no more."""
    made = estimated(subject, problem)
    function, sigma = problem["function"], problem["question"]["sigma"]
    slopes = made.directions @ function.gradient + sigma**2 * made.directions**3 @ function.cubic
    why = "that is the sum over e of (<g, e> + sigma^2 / 6 D^3 f[e, e, e]) e"
    expect_near(made.gradient, slopes @ made.directions, 3 * made.error, why)


@property_of(
    "evolution", source=f"{PAPER}: a descent direction at least as good as the surrogate", examples=0.4
)
@given(problem=problems())
@example(problem=problem_of([1, 2, 3, 4], question_of([[1, 2, 3, 4]], 1)))
@example(problem=problem_of([1, 2, 3, 4], question_of([[-1, -2, -3, -4.5]], 1)))
@example(problem=problem_of([1, 2, 3, 4], question_of([[1e3, 2e3, 2e3, 5e3]], 2)))
@example(problem=problem_of([1, 2, 3, 4], question_of([[1e-3, 2e-3, 2e-3, 5e-3]], 2)))
@example(problem=problem_of([1, 2, 3, 4], question_of([[1, 2, 2, 5], [1, 1, 3, 4]], 1, sigma=0.5), np.eye(4)))
@example(problem=problem_of([0, 1, 0, 0, 0], question_of(NEAR, 1)))
@example(problem=problem_of([5, 5, 0, 0, 5], question_of(THREE_IN_A_PLANE, 1)))
@example(problem=problem_of(range(1, 13), question_of([[2, *range(2, 13)]], 4)))
def estimate_is_never_worse_than_the_surrogates(subject: Subject, problem: dict[str, Any]) -> None:
    """The estimate descends at least as steeply as each surrogate and every combination of them, always."""
    made = estimated(subject, problem)
    slope, known = problem["function"].gradient, problem["question"]["surrogates"]
    size = float(np.linalg.norm(slope))
    if not size:
        return
    best = float(np.sum((span(known) @ (slope / size)) ** 2))
    quality = evolution.cosine_squared(made.gradient, slope)
    signed = quality if made.gradient @ slope >= 0 else -quality
    slack = 4 * (made.error / size + made.loss) + 4 * made.loss * np.sqrt(len(known)) / smallest(known)
    expect(
        signed >= best - slack,
        lambda: (
            f"cos^2 of estimate and gradient is {quality:.8g}{' uphill' * (signed < 0)}, that of the best"
            f" combination of surrogates {best:.8g}: the estimate must not be worse"
        ),
    )


@property_of("evolution", source=f"{PAPER}: always a descent direction", examples=0.4)
@given(problem=problems())
@example(problem=problem_of([1, 2, 3, 4], question_of([[-1, -2, -3, -3]], 1)))
@example(problem=problem_of([1, 2, 3, 4], question_of([[-4, -2, -3, -3]], 2, sigma=0.5), np.eye(4)))
@example(problem=problem_of([1, 2, 3, 4], question_of([[1, 2, 3, 3]], 1)))
@example(problem=problem_of([1, 2], question_of([[1, 0]], 0)))
def estimate_points_uphill(subject: Subject, problem: dict[str, Any]) -> None:
    """The product of estimate and gradient is at least the square of the gradient's part in surrogates."""
    made = estimated(subject, problem)
    slope, known = problem["function"].gradient, problem["question"]["surrogates"]
    size, product = float(np.linalg.norm(slope)), float(made.gradient @ slope)
    least = float(np.sum((span(known) @ slope) ** 2))
    slack = size * (made.error + size * made.loss * (4 + 4 * np.sqrt(len(known)) / smallest(known)))
    expect(
        product >= least - slack,
        f"the product of estimate and gradient is {product:.8g}, where at least {least:.8g} is expected: less"
        " the estimate, a step always goes downhill",
    )


@st.composite
def aligned(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a problem in which a multiple of the gradient is a surrogate."""
    problem = draw(problems())
    question, slope = problem["question"], problem["function"].gradient
    n = len(slope)
    known = np.vstack([question["surrogates"][:1], slope * draw(st.sampled_from((1.0, -1.0, 1e3, -1e-3)))])
    if not settled(known):
        known = known[1:]
    r = len(span(known))
    count = min(question["count"], n - r) if r else max(1, question["count"])
    return {"question": question | {"surrogates": known, "count": count}, "function": problem["function"]}


@property_of("evolution", source=EXACT, examples=0.4)
@given(problem=aligned())
@example(problem=problem_of([2], question_of([[-3]], 0)))
@example(problem=problem_of([1, 2, 3, 4], question_of([[2, 4, 6, 8]], 1)))
@example(problem=problem_of([1, 2, 3, 4], question_of([[-1e3, -2e3, -3e3, -4e3]], 2), np.eye(4)))
@example(problem=problem_of([1, 2, 3, 4], question_of([[1, 0, 0, 0], [1, 2, 3, 4]], 1, sigma=0.5)))
def a_surrogate_along_the_gradient_gives_it(subject: Subject, problem: dict[str, Any]) -> None:
    """If a surrogate is any multiple of the gradient, also a negative one, the estimate is the gradient."""
    made = estimated(subject, problem)
    slope, known = problem["function"].gradient, problem["question"]["surrogates"]
    within = made.error + float(np.linalg.norm(slope)) * made.loss * (4 + 4 / smallest(known))
    expect_near(made.gradient, slope, within, "a multiple of the gradient is among the surrogates")


@st.composite
def complete(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a problem with as many directions as variables."""
    problem = draw(problems(max_n=6))
    n = len(problem["question"]["point"])
    count = n - len(span(problem["question"]["surrogates"]))
    return {"question": problem["question"] | {"count": count}, "function": problem["function"]}


@property_of("evolution", source=EXACT, examples=0.4)
@given(problem=complete())
@example(problem=problem_of([2], question_of([], 1, n=1)))
@example(problem=problem_of([1, 2, 3, 4], question_of([], 4, n=4)))
@example(problem=problem_of([1, 2, 3, 4], question_of(ONE, 3, sigma=0.5), np.eye(4)))
@example(problem=problem_of([1, 2], question_of(MORE_THAN_VARIABLES, 0)))
@example(problem=problem_of([1, 2, 3, 4], question_of(COLLINEAR, 3)))
def a_complete_system_gives_the_gradient(subject: Subject, problem: dict[str, Any]) -> None:
    """If r + count is the number of variables, the estimate is the gradient."""
    made = estimated(subject, problem)
    slope = problem["function"].gradient
    within = made.error + 4 * float(np.linalg.norm(slope)) * made.loss
    expect_near(made.gradient, slope, within, f"{len(slope)} orthogonal directions leave nothing out")


@st.composite
def mixed(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a problem with surrogates, others of the same span, and another seed."""
    problem = draw(problems())
    known = problem["question"]["surrogates"]
    factors = [draw(st.sampled_from((-1.0, 2.0, 1e3, -1e-2))) for _ in known]
    others = (known * np.reshape(factors, (-1, 1)))[::-1].copy()
    if len(others) > 1:
        others[0] += others[1] * draw(st.sampled_from((0.0, 1.0)))
    if not settled(others) or len(span(others)) != len(span(known)):
        others = -known
    return problem | {"others": others, "seed": draw(some.seeds())}


@property_of("evolution", source=f"{EXACT}; the span of the surrogates is all that counts", examples=0.4)
@given(problem=mixed())
@example(problem=problem_of([1, 2, 3, 4], question_of(ONE, 1)) | {"others": np.array(ONE) * -1e3, "seed": 5})
@example(
    problem=problem_of([1, 2, 3, 4], question_of(ONE, 1))
    | {"others": np.array([[1.0, 2, 2, 0], [2, 4, 4, 0]]), "seed": 5}
)
@example(
    problem=problem_of([1, 2, 3, 4, 5], question_of(TWO, 1))
    | {"others": np.array([[2.0, 1, 1, 0, 0], [-2, 0, -2, 0, 0]]), "seed": 5}
)
def surrogates_count_by_their_span_alone(subject: Subject, problem: dict[str, Any]) -> None:
    """Surrogates of another length, sign, order or mixture, and any seed, give one part in their span."""
    question, slope = problem["question"], problem["function"].gradient
    basis = span(question["surrogates"])
    right = (basis @ slope) @ basis
    parts = []
    for known, seed in ((question["surrogates"], question["seed"]), (problem["others"], problem["seed"])):
        made = estimated(subject, problem | {"question": question | {"surrogates": known, "seed": seed}})
        size = float(np.linalg.norm(slope))
        within = made.error + size * made.loss * (4 + 4 * np.sqrt(len(known)) / smallest(known))
        part = (basis @ made.gradient) @ basis
        expect_near(part, right, within, "in the span of the surrogates the estimate is the gradient's part")
        parts.append(len(made.directions))
    expect(
        parts[0] == parts[1],
        f"{parts[0]} directions are tried for some surrogates, {parts[1]} for others of the same span",
    )
