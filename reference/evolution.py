"""Evolution strategies with past descent directions: arXiv:1910.05268, never worse than the surrogate.

A function f is known by its values alone. Beside random directions, the surrogate gradients that somebody
has, such as the last estimate, are tried out as directions too: with orthonormal rows e, the first of which
span the surrogates, the estimate at x is the sum over rows of
(f(x + sigma e) - f(x - sigma e)) / (2 sigma) e. Up to O(sigma^2), and exactly where f is linear or quadratic,
that is the orthogonal projection of the gradient on the span of the rows. The projection on a span is the
best descent direction that lies in it: whatever the quality, the sign and the length of a surrogate, the
estimate is never a worse one.

Where the surrogate is the last estimate, nothing of it is lost. On a linear function with n variables and P
random directions a step, 1 - cos^2 of estimate and gradient shrinks by the factor 1 - P / (n - 1) on average.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

import numpy as np
import typer
from jaxtyping import Float
from scipy import linalg

RANK = 1e-10  # singular values of the surrogates below this share of the largest count as zero
LINES = 16  # on which points are told apart

Function: TypeAlias = Callable[[Float[np.ndarray, "k n"]], Float[np.ndarray, "k"]]


@dataclass(frozen=True)
class Points:
    """Where the function is to be evaluated."""

    points: Annotated[Float[np.ndarray, "k n"], "the pairs point +- sigma e, in any order"]


@dataclass(frozen=True)
class Estimate:
    """What the values say of the gradient."""

    gradient: Annotated[Float[np.ndarray, "n"], "its projection on the span of the directions"]


@dataclass(frozen=True)
class Begun:
    """The iterated method before its first step."""

    state: Annotated[Any, "anything; it is handed back as it is"]
    points: Annotated[Float[np.ndarray, "k n"], "where the function is to be evaluated first"]


@dataclass(frozen=True)
class Advanced:
    """The iterated method after a step."""

    state: Annotated[Any, "anything; it is handed back as it is"]
    gradient: Annotated[Float[np.ndarray, "n"], "the estimate that the values give"]
    points: Annotated[Float[np.ndarray, "j n"], "where the function is to be evaluated next"]


@dataclass(frozen=True)
class Iteration:
    """The state of the reference: what was asked at the last step."""

    point: np.ndarray
    points: np.ndarray
    count: int
    sigma: float
    seed: int
    step: int


def directions(
    n: int, surrogates: Float[np.ndarray, "m n"], count: int, seed: int
) -> Float[np.ndarray, "k n"]:
    """Return r + count orthonormal rows: r that span the surrogates, the others uniform in their complement.

    One QR by Householder's reflections of a basis of the surrogates above normal rows. It orthogonalises
    those against the basis and against each other as well as projecting them twice does. An orthonormal
    system of normal rows is Haar-uniform up to the signs of its rows, which don't matter here.
    """
    basis = span(surrogates)
    if not 1 <= len(basis) + count <= n:
        raise ValueError(f"{len(basis)} + {count} directions; from 1 to n = {n} are possible")
    normal = np.random.default_rng(seed).standard_normal((count, n))
    rows = np.vstack([basis, normal])
    orthonormal: np.ndarray = linalg.qr(rows.T, overwrite_a=True, mode="economic", check_finite=False)[0].T
    return orthonormal


def ask(
    point: Float[np.ndarray, "n"], surrogates: Float[np.ndarray, "m n"], count: int, sigma: float, seed: int
) -> Points:
    """Return the points at which to evaluate the function: a pair, on both sides, for each direction."""
    steps = sigma * directions(len(point), surrogates, count, seed)
    return Points(np.concatenate([point + steps, point - steps]))


def tell(
    point: Float[np.ndarray, "n"],
    points: Float[np.ndarray, "k n"],
    values: Float[np.ndarray, "k"],
    sigma: float,
) -> Estimate:
    """Return the estimate: the sum over pairs of (f(x + sigma e) - f(x - sigma e)) / (2 sigma) e.

    Points come in any order, also in another than that of `ask`.
    """
    first, second = pairs(point, points)
    slopes = (values[first] - values[second]) / (2 * sigma)
    return Estimate(slopes @ (points[first] - points[second]) / (2 * sigma))


def begin(point: Float[np.ndarray, "n"], count: int, sigma: float, seed: int) -> Begun:
    """Begin the iterated method at a point, with count + 1 random directions."""
    return Begun(*_go_on(point, np.zeros(len(point)), count, sigma, seed, 0))


def advance(state: Any, values: Float[np.ndarray, "k"]) -> Advanced:
    """Return the estimate from the values, and the points of the next step, where it is the surrogate."""
    gradient = tell(state.point, state.points, values, state.sigma).gradient
    state, points = _go_on(state.point, gradient, state.count, state.sigma, state.seed, state.step + 1)
    return Advanced(state, gradient, points)


def _go_on(
    point: np.ndarray, gradient: np.ndarray, count: int, sigma: float, seed: int, step: int
) -> tuple[Iteration, np.ndarray]:
    """Return state and points of a step; a random direction takes the place of an estimate of zero."""
    past = [gradient] if gradient.any() else []
    drawn = count + 1 - len(past)
    points = ask(point, np.reshape(past, (-1, len(point))), drawn, sigma, of_step(seed, step)).points
    return Iteration(point, points, count, sigma, seed, step), points


OPERATIONS = (directions, ask, tell, begin, advance)


def faults(operation: str, arguments: Mapping[str, Any], answer: Any = None) -> Iterator[tuple[str, str]]:
    """Yield what annotations can't say about arguments: where (a path), and what is wrong."""
    if answer is not None:
        return
    if "sigma" in arguments and not arguments["sigma"] > 0:
        yield "sigma", f"is {arguments['sigma']}; a step has a positive length"
    if "count" in arguments:
        n = arguments["n"] if "n" in arguments else len(arguments["point"])
        fixed = 1 if operation == "begin" else len(span(arguments["surrogates"]))
        least = 0 if operation == "begin" else max(0, 1 - fixed)
        if not least <= arguments["count"] <= n - fixed:
            yield "count", f"is {arguments['count']}; from {least} to n - {fixed} = {n - fixed} are possible"


# What the operations are made of


def span(surrogates: Float[np.ndarray, "m n"]) -> Float[np.ndarray, "r n"]:
    """Return an orthonormal basis of the rows, whose lengths don't matter; those of length zero are dropped.

    Its size r is the number of singular values of the rows, scaled to length 1, above 1e-10 of the largest.
    """
    rows = surrogates[surrogates.any(axis=1)]
    if not len(rows):
        return np.empty((0, surrogates.shape[1]))
    rows = rows / np.abs(rows).max(axis=1, keepdims=True)  # so that no square is too small or too large
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    _, sizes, right = np.linalg.svd(rows, full_matrices=False)
    return right[: int((sizes > RANK * sizes[0]).sum())]


def pairs(point: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of one point of each pair, and those of the others: p + p' = 2 point.

    Projections on a few random lines tell points apart as well as all their coordinates do, and faster.
    Raises ValueError where the points are not in pairs.
    """
    lines = np.random.default_rng(LINES).standard_normal((len(point), LINES))
    places = (points - point) @ lines
    partner = np.linalg.norm(places[:, None] + places, axis=2).argmin(axis=1)
    numbers = np.arange(len(points))
    if (partner[partner] != numbers).any() or (partner == numbers).any():
        raise ValueError("the points don't lie in pairs around the centre")
    first = numbers[numbers < partner]
    return first, partner[first]


def of_step(seed: int, step: int) -> int:
    """Return the seed of a step of the iterated method."""
    return int(np.random.SeedSequence(seed, spawn_key=(step,)).generate_state(1, np.uint64)[0])


def estimate(
    function: Function, point: np.ndarray, surrogates: np.ndarray, count: int, sigma: float, seed: int
) -> np.ndarray:
    """Return the estimate of a function's gradient, from 2 (r + count) of its values."""
    points = ask(point, surrogates, count, sigma, seed).points
    return tell(point, points, function(points), sigma).gradient


# What it is compared with


def plain(function: Function, point: np.ndarray, count: int, sigma: float, seed: int) -> np.ndarray:
    """Return the estimate from orthonormal random directions alone (Choromanski et al., arXiv:1804.02395).

    cos^2 with the gradient of a linear function has the law Beta(P/2, (n - P)/2), with mean P / n.
    """
    return estimate(function, point, np.empty((0, len(point))), count, sigma, seed)


def gaussian(function: Function, point: np.ndarray, count: int, sigma: float, seed: int) -> np.ndarray:
    """Return the antithetic estimate from independent normal directions (Salimans et al., arXiv:1703.03864).

    cos^2 with the gradient of a linear function has the law Beta(P/2, (n - 1)/2), with mean P / (n + P - 1).
    """
    steps = sigma * np.random.default_rng(seed).standard_normal((count, len(point)))
    return _antithetic(function, point, steps) / sigma**2


def guided(
    function: Function,
    point: np.ndarray,
    surrogates: np.ndarray,
    count: int,
    sigma: float,
    seed: int,
    trust: float = 0.5,
) -> np.ndarray:
    """Return the estimate of Guided ES (Maheswaranathan et al., arXiv:1806.10230), with its scale beta = 1.

    Normal directions, whose covariance C = (1 - trust) / n I + trust / r U^T U prefers the span U of the
    surrogates. On a linear function its expectation is C times the gradient.
    """
    basis = span(surrogates)
    n, random = len(point), np.random.default_rng(seed)
    steps = np.sqrt((1 - trust) / n) * random.standard_normal((count, n))
    if len(basis):
        steps += np.sqrt(trust / len(basis)) * random.standard_normal((count, len(basis))) @ basis
    return _antithetic(function, point, sigma * steps) / sigma**2


def _antithetic(function: Function, point: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return the mean over steps h of (f(x + h) - f(x - h)) / 2 h."""
    rises: np.ndarray = function(point + steps) - function(point - steps)
    mean: np.ndarray = rises @ steps / (2 * len(steps))
    return mean


# A small optimiser


@dataclass(frozen=True)
class Step:
    """A step of a descent: where it is taken, and along which estimate."""

    point: np.ndarray
    gradient: np.ndarray


def descend(
    function: Function,
    point: np.ndarray,
    count: int,
    sigma: float,
    rate: float,
    seed: int,
    past: bool = True,
) -> Iterator[Step]:
    """Descend by x <- x - rate times the estimate, without an end; each step takes 2 (count + 1) values.

    With `past` the last estimate is the surrogate; without, there is one random direction more.
    """
    n, step = len(point), 0
    gradient = np.zeros(n)
    while True:
        known = np.reshape([gradient] if past and gradient.any() else [], (-1, n))
        gradient = estimate(function, point, known, count + 1 - len(known), sigma, of_step(seed, step))
        yield Step(point, gradient)
        point, step = point - rate * gradient, step + 1


def cosine_squared(first: np.ndarray, second: np.ndarray) -> float:
    """Return cos^2 of the angle between two vectors, 0 where one of them is zero."""
    lengths = float(first @ first) * float(second @ second)
    return float(first @ second) ** 2 / lengths if lengths else 0.0


class Name(StrEnum):
    """A function to descend on."""

    sphere = "sphere"
    ellipsoid = "ellipsoid"
    rosenbrock = "rosenbrock"


@dataclass(frozen=True)
class Known:
    """A function with its gradient, where to start, and a rate that suits it."""

    function: Function
    gradient: Callable[[np.ndarray], np.ndarray]
    start: np.ndarray
    rate: float


def known(name: Name, n: int) -> Known:
    """Return a function of n variables by its name."""
    if name is Name.rosenbrock:
        if n < 2:
            raise ValueError("rosenbrock has at least 2 variables: --n 2 or more")

        def valley(points: np.ndarray) -> np.ndarray:
            x, y = points[..., :-1], points[..., 1:]
            total: np.ndarray = (100 * (y - x**2) ** 2 + (1 - x) ** 2).sum(axis=-1)
            return total

        def slope(point: np.ndarray) -> np.ndarray:
            x, y = point[:-1], point[1:]
            found = np.zeros(n)
            found[:-1] = -400 * x * (y - x**2) - 2 * (1 - x)
            found[1:] += 200 * (y - x**2)
            return found

        return Known(valley, slope, np.resize([-1.2, 1.0], n), 1e-3)
    curvatures = np.ones(n) if name is Name.sphere else np.logspace(0, -2, n)
    return Known(
        lambda points: (points**2 * curvatures).sum(axis=-1) / 2,
        lambda point: curvatures * point,
        np.ones(n),
        0.5,
    )


ROWS = 10  # of the table that is printed
DIVERGED = 100  # times the first value


def run_command(
    function: Annotated[Name, typer.Option(help="What to descend on.")] = Name.ellipsoid,
    n: Annotated[int, typer.Option("--n", min=1, help="Variables.")] = 100,
    count: Annotated[int, typer.Option(min=0, help="Random directions a step, beside one more.")] = 9,
    sigma: Annotated[float, typer.Option(min=1e-6, max=1e6, help="How far a value is taken.")] = 1e-3,
    rate: Annotated[
        float | None, typer.Option(min=0, help="Of the descent; one that suits the function.")
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="2 (count + 1) evaluations each.")] = 100,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> dict[str, Any]:
    """Descend with the past direction as a surrogate, and without, at the same number of evaluations.

    Printed are the function's value and cos^2 of estimate and true gradient, along the way.
    """
    if count + 1 > n:
        raise ValueError(f"--count {count}: with one more there are at most n = {n} directions")
    chosen = known(function, n)
    told: dict[str, Any] = {"function": function.value, "n": n, "evaluations_a_step": 2 * (count + 1)}
    shown = {round(i * (steps - 1) / ROWS) for i in range(ROWS + 1)}
    for name, past in (("past", True), ("plain", False)):
        rows = []
        way = descend(
            chosen.function, chosen.start, count, sigma, chosen.rate if rate is None else rate, seed, past
        )
        first = float(chosen.function(chosen.start))
        for number, step in zip(range(steps), way, strict=False):
            value = float(chosen.function(step.point))
            if not value < DIVERGED * (first + 1):
                raise ValueError(f"the descent diverges at step {number}; it wants a smaller --rate")
            if number in shown:
                quality = cosine_squared(step.gradient, chosen.gradient(step.point))
                rows.append({"step": number, "value": value, "cosine_squared": round(quality, 6)})
        told[name] = rows
    return told
