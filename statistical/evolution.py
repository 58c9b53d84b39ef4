"""What arXiv:1910.05268 and its model say of estimates as a population of runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from whp.checks import Cell, NotOffered, Plan, claim_of
from whp.reference.evolution import cosine_squared, of_step
from whp.statistical import tasks
from whp.statistical.decisions import mean_in_range
from whp.statistical.designs import by_cdf, by_coin
from whp.statistical.exact import projections
from whp.statistical.exact.projections import Cdf, beta_moments, projected
from whp.subject import Subject

PAPER = "arXiv:1910.05268"
HAAR = "a fixed vector's square in a uniform orthonormal system of P of n dimensions is Beta(P/2, (n - P)/2)"
LINEAR = f"{PAPER}: on linear functions it converges to the gradient; the law is exact, from that of one step"
PRACTICE = f"{PAPER}: a considerable gain in practice, at no extra cost"

Points = list[tuple[float, float]]  # of a distribution function: x, P(value <= x)
ANYTHING: Points = [(1.0, 1.0)]  # nothing is known but that no value is larger


def by_mean(
    moments: Callable[[Cell], tuple[float, float]],
    within: tuple[float, float],
    replicates: dict[str, int],
    cells: Sequence[Cell],
    effort: str,
    alpha: float,
) -> Plan:
    """Decide by an exactly known mean, with the exact variance."""
    means, variances = zip(*map(moments, cells), strict=True)
    labels = [cell.label for cell in cells]
    return mean_in_range(labels, means, within, replicates[effort], alpha, variances=variances)


def points_of(law: Cdf) -> Points:
    """Return points of a distribution function."""
    x = np.linspace(0, 1, 201)
    return list(zip(x.tolist(), law(x).tolist(), strict=True))


# One step


def gradient_of(cell: Cell) -> np.ndarray:
    """Return the gradient of a cell: along a variable, all alike, two against each other, or any other."""
    made = {
        "one": np.eye(cell.n)[0],
        "all": np.ones(cell.n),
        "last": np.eye(cell.n)[-1] - np.eye(cell.n)[-2],
        "general": np.cos(np.arange(cell.n) ** 2),
    }
    gradient: np.ndarray = made[cell.along] / np.linalg.norm(made[cell.along])
    return gradient


def surrogates_of(cell: Cell, gradient: np.ndarray) -> np.ndarray:
    """Return surrogates of whose span the gradient has the cell's cos^2, as rows; none where it has none."""
    if not cell.spanned:
        return np.empty((0, cell.n))
    numbers = np.arange(1.0, cell.n + 1)
    turned = np.linalg.qr(np.column_stack([gradient, np.sin(numbers), np.sin(numbers**2)]))[0].T
    first = math.sqrt(cell.known) * gradient - math.sqrt(1 - cell.known) * turned[1]
    return np.stack([2 * first, turned[2] - first])[: cell.spanned]


def step_cell(
    n: int, count: int, along: str, known: float | None = None, spanned: int = 1, **more: Any
) -> Cell:
    """Make a cell of one step, with surrogates if something is known."""
    spanned = 0 if known is None else spanned
    named = {"one": "e_0", "all": "all ones", "last": "the last two opposed", "general": "general"}
    words = [f"n = {n}", f"P = {count}", named[along]]
    words += [f"{('surrogate', f'{spanned} surrogates')[spanned > 1]} of cos^2 {known:g}"] if spanned else []
    words += [f"{name} {value}" for name, value in more.items()]
    return Cell(", ".join(words), n=n, count=count, along=along, known=known, spanned=spanned, **more)


def step_law(cell: Cell, directions: int = 0) -> Cdf:
    """Return the law of cos^2 of gradient and estimate, with so many random directions more."""
    return projected(cell.n, cell.count + directions, cell.known or 0.0, cell.spanned)


def ignored(cell: Cell) -> Points:
    """Return the law where random directions take the places of the surrogates."""
    return points_of(projected(cell.n, cell.count + cell.spanned))


def along_axes(cell: Cell) -> Points:
    """Return the law of coordinate axes at a coordinate gradient: one of them is it, or none."""
    bare = cell.known is None and cell.along == "one"
    return [(0.0, 1 - cell.count / cell.n), (0.5, 1 - cell.count / cell.n)] if bare else ANYTHING


def of_signs(cell: Cell) -> Points:
    """Return the law of two vectors of random signs at a coordinate gradient."""
    if cell.known is not None or cell.along != "one" or cell.count != 2:
        return ANYTHING
    law = projections.two_signs(cell.n)
    steps = np.cumsum(list(law.values())).tolist()
    return [(x, min(1.0, chance)) for x, chance in zip(law, steps, strict=True)]


OTHER_DIRECTIONS = {
    "CoordinateAxes": along_axes,
    "RandomSigns": of_signs,
    "SurrogatesIgnored": ignored,
    "OneTooFew": lambda cell: points_of(step_law(cell, -1)) if cell.known else ANYTHING,
}
STEPS = [
    step_cell(8, 2, "one"),
    step_cell(40, 8, "one"),
    step_cell(40, 8, "all"),
    step_cell(40, 8, "one", 0.3, spanned=2),
    step_cell(40, 8, "general", 0.3),
    step_cell(3, 1, "last"),
]


@claim_of(
    "evolution",
    source=HAAR,
    cells=STEPS,
    decision=partial(by_cdf, step_law, {"quick": 1200, "full": 10000}),
    alternatives=OTHER_DIRECTIONS,
)
def directions_follow_the_law_of_projections(subject: Subject, cell: Cell, seed: int) -> float:
    """The square of a vector in the span of `directions` has the law of a projection: a Beta law."""
    gradient = gradient_of(cell)
    known = surrogates_of(cell, gradient)
    rows = subject.directions(n=cell.n, surrogates=known, count=cell.count, seed=seed)
    return float(np.sum((rows @ gradient) ** 2))


def row_law(cell: Cell) -> Cdf:
    """Return the law of the square of a coordinate in one direction."""
    law = projected(cell.n - cell.spanned, 1)
    return lambda x: law(x / (1 - (cell.known or 0.0)))


@claim_of(
    "evolution",
    source=f"{HAAR}; each of them is uniform by itself",
    cells=[
        step_cell(8, 4, "one", row=0),
        step_cell(8, 4, "one", row=3),
        step_cell(8, 4, "one", 0.3, row=1),
        step_cell(8, 4, "general", 0.3, row=4),
        step_cell(4, 4, "one", row=0),
        step_cell(4, 3, "one", 0.3, row=2),
        step_cell(7, 3, "last", row=2),
        step_cell(16, 4, "one", row=2),
        step_cell(150, 2, "last", row=1),
    ],
    decision=partial(by_cdf, row_law, {"quick": 1200, "full": 10000}),
)
def each_random_direction_is_uniform(subject: Subject, cell: Cell, seed: int) -> float:
    """Each random direction of `directions` is uniform by itself, up to its sign."""
    gradient = gradient_of(cell)
    known = surrogates_of(cell, gradient)
    rows = subject.directions(n=cell.n, surrogates=known, count=cell.count, seed=seed)
    if len(rows) <= cell.row:
        raise NotOffered(f"{cell.row + 1} directions for n = {cell.n}")
    return float((rows[cell.row] @ gradient) ** 2)


SEEN_FROM_THE_FIRST: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "turned in pairs": lambda row: np.column_stack([-row[1::2], row[::2]]).ravel(),
    "shifted by one": lambda row: np.roll(row, 1),
    "reversed": lambda row: row[::-1],
    "with every other sign changed": lambda row: row * np.resize([1, -1], len(row)),
}


def beside_law(cell: Cell) -> Cdf:
    """Return the law of the square of a coordinate in the complement of one direction."""
    return projected(cell.n - 1, 1)


@claim_of(
    "evolution",
    source=f"{HAAR}; given the first, a direction is uniform in its complement",
    cells=[
        Cell(f"n = 8, direction {row} beside direction 0 {how}", n=8, row=row, how=how)
        for row, how in ((1, "turned in pairs"), (1, "shifted by one"), (2, "reversed"),
                         (1, "with every other sign changed"))
    ],
    decision=partial(by_cdf, beside_law, {"quick": 1200, "full": 10000}),
)  # fmt: skip
def random_directions_are_uniform_beside_the_first(subject: Subject, cell: Cell, seed: int) -> float:
    """Given the first of the random `directions`, each other is uniform in its complement, up to its sign."""
    rows = subject.directions(n=cell.n, surrogates=np.empty((0, cell.n)), count=4, seed=seed)
    if len(rows) <= cell.row:
        raise NotOffered(f"{cell.row + 1} directions for n = {cell.n}")
    looked_along = SEEN_FROM_THE_FIRST[cell.how](rows[0])
    looked_along = looked_along - (looked_along @ rows[0]) * rows[0]
    size = np.linalg.norm(looked_along)  # it vanishes for special first directions alone, such as axes
    return float((rows[cell.row] @ looked_along / size) ** 2) if size > 1e-9 else 1.0


def estimate(
    subject: Subject, center: np.ndarray, values: Callable[[np.ndarray], np.ndarray], **how: Any
) -> np.ndarray:
    """Have the subject ask and tell."""
    if not (subject.offers("ask") and subject.offers("tell")):
        raise NotOffered("`ask`" if subject.offers("tell") else "`tell`")
    points = subject.ask(point=center, **how).points
    told: np.ndarray = subject.tell(
        point=center, points=points, values=values(points), sigma=how["sigma"]
    ).gradient
    return told


@claim_of(
    "evolution",
    source=HAAR,
    cells=[STEPS[0], STEPS[1], STEPS[4]],
    decision=partial(by_cdf, step_law, {"quick": 1200, "full": 10000}),
    alternatives=OTHER_DIRECTIONS,
)
def estimates_follow_the_law_of_projections(subject: Subject, cell: Cell, seed: int) -> float:
    """On linear functions cos^2 of estimate and gradient has the law of a projection: a Beta law."""
    gradient = gradient_of(cell)
    known = surrogates_of(cell, gradient)
    how = {"surrogates": known, "count": cell.count, "sigma": 0.5, "seed": seed}
    found = estimate(subject, np.zeros(cell.n), lambda points: 3 + points @ gradient, **how)
    return cosine_squared(found, gradient)


def gain(cell: Cell) -> tuple[float, float]:
    """Return mean and variance of what a surrogate gains, at equal cost: (c - 1/n)(n - 1 - P)/(n - 1)."""
    n, count = cell.n, cell.count
    with_it, without = beta_moments(n - 1, count), beta_moments(n, count + 1)
    mean = cell.known + (1 - cell.known) * with_it[0] - without[0]
    return mean, (1 - cell.known) ** 2 * with_it[1] + without[1]


def no_gain(cell: Cell) -> tuple[float, float]:
    """Return mean and variance of the gain where a surrogate is ignored."""
    return 0.0, 2 * beta_moments(cell.n, cell.count + 1)[1]


@claim_of(
    "evolution",
    source=f"{PAPER}: no knowledge of the surrogate's quality is needed; it pays just if cos^2 > 1/n",
    cells=[
        step_cell(6, 2, "general", 0.0),
        step_cell(6, 2, "general", 1 / 6),
        step_cell(6, 2, "general", 0.5),
    ],
    decision=partial(by_mean, gain, (-1.0, 1.0), {"quick": 1500, "full": 10000}),
    alternatives={"SurrogatesIgnored": no_gain},
)
def surrogates_pay_just_if_better_than_chance(subject: Subject, cell: Cell, seed: int) -> float:
    """A surrogate of cos^2 c gains (c - 1/n)(n - 1 - P)/(n - 1) in cos^2 over one more random direction."""
    gradient = gradient_of(cell)
    found = []
    for known, count, own in (
        (surrogates_of(cell, gradient), cell.count, seed),
        (np.empty((0, cell.n)), cell.count + 1, seed ^ 1),
    ):
        how = {"surrogates": known, "count": count, "sigma": 0.5, "seed": own}
        made = estimate(subject, np.zeros(cell.n), lambda points: 3 + points @ gradient, **how)
        found.append(cosine_squared(made, gradient))
    return found[0] - found[1]


# Iterated


def iterate(
    subject: Subject, cell: Cell, seed: int, gradients: Callable[[int], np.ndarray], steps: int
) -> float:
    """Return cos^2 of estimate and gradient after a first step and so many more, at the origin."""
    if not (subject.offers("begin") and subject.offers("advance")):
        raise NotOffered("`begin`" if subject.offers("advance") else "`advance`")
    begun = subject.begin(point=np.zeros(cell.n), count=cell.count, sigma=0.5, seed=seed)
    state, points, gradient = begun.state, begun.points, gradients(0)
    for step in range(steps + 1):
        gradient = gradients(step)
        after = subject.advance(state=state, values=3 + points @ gradient)
        state, points = after.state, after.points
    return cosine_squared(after.gradient, gradient)


def iterated_cell(n: int, steps: int) -> Cell:
    """Make a cell of the iterated method with two random directions a step."""
    return Cell(f"n = {n}, P = 2, T = {steps}", n=n, count=2, steps=steps, along="one", known=None)


def iterated_law(cell: Cell) -> Cdf:
    """Return the law of cos^2 after the last step."""
    return projections.iterated(cell.n, cell.steps)


@claim_of(
    "evolution",
    source=LINEAR,
    cells={
        "quick": [iterated_cell(20, 12)],
        "full": [iterated_cell(20, 4), iterated_cell(20, 12), iterated_cell(60, 40)],
    },
    decision=partial(by_cdf, iterated_law, {"quick": 500, "full": 2500}),
    alternatives={
        "SurrogatesIgnored": lambda cell: points_of(projected(cell.n, cell.count + 1)),
        "SameDirectionsAgain": lambda cell: points_of(projected(cell.n, cell.count + 1)),
    },
)
def iterated_estimates_follow_their_law(subject: Subject, cell: Cell, seed: int) -> float:
    """On a linear function cos^2 after T steps has its exact law: 1 - cos^2 shrinks by 1 - P/(n - 1)."""
    gradient = gradient_of(cell)
    return iterate(subject, cell, seed, lambda step: gradient, cell.steps)  # noqa: ARG005


def turning_moments(cell: Cell) -> tuple[float, float]:
    """Return mean and variance of cos^2 where the gradient turns."""
    return projections.turning(cell.n, cell.count, cell.kept, cell.steps)


def turning_gradients(cell: Cell, seed: int) -> Callable[[int], np.ndarray]:
    """Return gradients by step, each turned from the last towards a uniform orthogonal direction."""
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,)))
    kept: list[np.ndarray] = [np.eye(cell.n)[0]]

    def at(step: int) -> np.ndarray:
        while len(kept) <= step:
            last, other = kept[-1], random.standard_normal(cell.n)
            other -= (other @ last) * last
            other /= np.linalg.norm(other)
            turned = cell.kept * last + math.sqrt(1 - cell.kept**2) * other
            kept.append(turned / np.linalg.norm(turned))
        return kept[step]

    return at


TURNING = Cell("n = 50, P = 5, cosine 0.9 a step, T = 25", n=50, count=5, kept=0.9, steps=25)


@claim_of(
    "evolution",
    source=f"{PAPER}: better estimates of general functions; exact where gradients turn at random",
    cells=[TURNING],
    decision=partial(by_mean, turning_moments, (0.0, 1.0), {"quick": 150, "full": 1000}),
    alternatives={"SurrogatesIgnored": lambda cell: beta_moments(cell.n, cell.count + 1)},
)
def estimates_keep_up_with_a_turning_gradient(subject: Subject, cell: Cell, seed: int) -> float:
    """Where the gradient turns at each step, cos^2 has the mean of its recursion, near its fixed point."""
    return iterate(subject, cell, seed, turning_gradients(cell, seed), cell.steps)


# Descents


def descend(
    subject: Subject,
    function: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    cell: Cell,
    seed: int,
    *,
    past: bool,
) -> float:
    """Return the function's value after a descent, with the past direction as surrogate or without."""
    point, n = start, len(start)
    gradient = np.zeros(n)
    for step in range(cell.steps):
        known = np.reshape([gradient] if past and gradient.any() else [], (-1, n))
        how = {"surrogates": known, "count": cell.count + 1 - len(known), "sigma": cell.sigma}
        own = of_step(seed, 2 * step + past) >> 11
        gradient = estimate(subject, point, function, **how, seed=own)
        point = point - cell.rate * gradient
    return float(function(point[None])[0])


def wins(
    subject: Subject, function: Callable[[np.ndarray], np.ndarray], start: np.ndarray, cell: Cell, seed: int
) -> float:
    """Say whether the descent with past directions ends lower, after as many evaluations."""
    with_it = descend(subject, function, start, cell, seed, past=True)
    return float(with_it < descend(subject, function, start, cell, seed, past=False))


NEARLY, FAIR = 0.99, 0.5
by_wins = partial(by_coin, NEARLY, FAIR)  # whether past directions win nearly always, or as often as not


def quadratic(n: int, count: int, condition: float, steps: int) -> Cell:
    """Make a cell of a descent on a quadratic function."""
    label = f"n = {n}, P = {count}, condition {condition:g}, T = {steps}"
    return Cell(label, n=n, count=count, condition=condition, steps=steps, rate=0.1, sigma=1e-2)


CHANCE = {"SurrogatesIgnored": lambda cell: FAIR}  # noqa: ARG005


@claim_of(
    "evolution",
    source=f"{PAPER}: better than plain evolution strategies at no extra cost",
    cells={
        "quick": [quadratic(100, 9, 100, 40)],
        "full": [quadratic(100, 9, 100, 100), quadratic(100, 9, 1, 60), quadratic(300, 14, 100, 150)],
    },
    decision=by_wins,
    alternatives=CHANCE,
)
def past_directions_win_on_quadratics(subject: Subject, cell: Cell, seed: int) -> float:
    """On a quadratic function descents with past directions end lower than those without, at equal cost."""
    curvatures = np.logspace(0, -math.log10(cell.condition), cell.n)
    start = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,))).standard_normal(cell.n)
    return wins(subject, lambda points: (points**2 @ curvatures) / 2, start, cell, seed)


@claim_of(
    "evolution",
    source=f"{PRACTICE}: on MNIST; here on the smaller digits of scikit-learn",
    cells={
        "full": [
            Cell(
                f"{tasks.WEIGHTS} weights, P = 10, T = 100",
                count=10,
                steps=100,
                rate=1.0,
                sigma=1e-3,
            )
        ]
    },
    decision=by_wins,
    alternatives=CHANCE,
)
def past_directions_win_on_digits(subject: Subject, cell: Cell, seed: int) -> float:
    """A network learns digits better with past directions than without, from as many evaluations."""
    return wins(subject, tasks.digits_loss, tasks.first_weights(seed), cell, seed)


@claim_of(
    "evolution",
    source=f"{PRACTICE}: in reinforcement learning; here on a pendulum that is brought to rest",
    cells={"full": [Cell(f"{tasks.POLICY} weights, P = 4, T = 40", count=4, steps=40, rate=3.0, sigma=1e-2)]},
    decision=by_wins,
    alternatives=CHANCE,
)
def past_directions_win_on_a_pendulum(subject: Subject, cell: Cell, seed: int) -> float:
    """A policy learns to stop a pendulum better with past directions than without, from as many episodes."""
    starts = tasks.swings(seed)
    weights = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,))).standard_normal(
        tasks.POLICY
    )
    return wins(subject, lambda policies: tasks.swing_cost(policies, starts), 0.3 * weights, cell, seed)
