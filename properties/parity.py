"""Does another program compute the same training: its gradient, and its first updates?

For any model that is a loss function of parameters and batches. Three levels are told apart and claimed one
by one: a gradient is that of float64 up to the rounding of the declared arithmetic; the first updates differ
from those of float64 no more than another order of the same sums makes them differ; and, in a claim, training
comes to as much over many starts. The first two say "computes the same", the last only "trains as well". The
loss by itself says little: arithmetic with 10 bits in place of 24 moves a gradient by 1e-4, and the loss by
1e-6.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from whp.checks import NotOffered, expect
from whp.properties.rounding import PRECISIONS, apart, precision_of
from whp.reference.training import norm

if TYPE_CHECKING:
    from whp.subject import Subject

# Relative errors of gradients. Those of float32 sums lie near 1e-7, those of products with 10 bits near 1e-4.
TOLERANCE = {"float64": 1e-12, "float32": 1e-5, "float16": 2.0**-7, "bfloat16": 2.0**-4}
ROOM = 100  # times what another order of sums makes of the same training
STEP = 10  # roundings of a step of Adam
FIRST_UPDATE: dict[str, Any] = {"rate": 1000.0, "clip": 1e-6}  # by which one update shows the gradient
UPDATES = 20  # whose course is compared


@dataclass(frozen=True)
class Model:
    """A model that is trained by an operation of (parameters, batches, ..., rate, clip, dtype, device).

    `parameters` names its argument, and the field of its answer next to `losses`, that holds the arrays: a
    mapping or a record. `train` is the reference's own. `moved` returns the same network with all that may
    change places moved on by so many places, or back if that is less than 0.
    """

    operation: str
    parameters: str
    train: Callable[..., Any]
    moved: Callable[[Any, int], Any]

    def by_subject(self, subject: Subject, asked: Mapping[str, Any]) -> Course:
        """Return the course of the subject, on the device of the run."""
        return self._course(subject.ask(self.operation, **asked, device=subject.device))

    def on_paper(self, asked: Mapping[str, Any], dtype: str, by: int = 0) -> Course:
        """Return the course of the reference, with sums in another order if units are moved."""
        moved = self.moved(asked[self.parameters], by) if by else asked[self.parameters]
        done = self.train(**{**asked, self.parameters: moved, "dtype": dtype}, device="cpu")
        return self._course(done, by)

    def start(self, asked: Mapping[str, Any]) -> Mapping[str, np.ndarray]:
        """Return the parameters that are given."""
        return _named(asked[self.parameters])

    def _course(self, done: Any, by: int = 0) -> Course:
        last = getattr(done, self.parameters)
        return Course(done.losses, _named(self.moved(last, -by) if by else last))


def _named(arrays: Any) -> Mapping[str, np.ndarray]:
    named: Mapping[str, np.ndarray] = arrays if isinstance(arrays, Mapping) else vars(arrays)
    return named


def tolerance(subject: Subject) -> float:
    """Return the relative error that is allowed to the arithmetic that the subject declares."""
    return TOLERANCE[subject.declares("precision", "float64")]


def of_terms(subject: Subject, roundings: int = 64) -> float:
    """Return what a gradient may be off by, as a share of the same formula on absolute values.

    A term of it is rounded no more often than is said: less than 64 times in most models that are asked.
    """
    return max(tolerance(subject), roundings * precision_of(subject).unit)


def arithmetic(subject: Subject, dtype: str) -> str:
    """Return the precision in which a training that is to be in `dtype` is made."""
    declared: str = subject.declares("precision", "float64")
    if declared not in ("float64", "float32"):
        raise NotOffered("training in float32 or float64")
    return "float32" if declared == "float32" else dtype


# One gradient


def distance(got: Mapping[str, np.ndarray], wanted: Mapping[str, np.ndarray]) -> tuple[float, str]:
    """Return the norm of all differences, and which array has the largest."""
    off = {name: float(np.linalg.norm(got[name] - value)) for name, value in wanted.items()}
    return float(np.linalg.norm(list(off.values()))), max(off, key=lambda name: off[name])


CHANGE, SHARE = 1e-6, 4


def terms(
    gradient: Callable[[Callable[[np.ndarray], np.ndarray]], Mapping[str, np.ndarray]],
) -> tuple[Mapping[str, np.ndarray], float]:
    """Return a gradient, and how large the terms are that it is the sum of, which may nearly cancel.

    `gradient` computes it after a change of each array. Rounding acts as a change of every number by a share
    of itself: the size is the gradient's own norm, or a quarter of what it changes by, per such share.
    """
    random = np.random.default_rng(np.random.SeedSequence(1))

    def moved(values: np.ndarray) -> np.ndarray:
        return values * (1 + CHANGE * random.choice([-1.0, 1.0], values.shape))

    right = gradient(lambda values: values)
    changes = [distance(gradient(moved), right)[0] / CHANGE for _ in range(3)]
    return right, max(norm(right), max(changes) / SHARE)


def expect_gradient(
    got: Mapping[str, np.ndarray],
    wanted: Mapping[str, np.ndarray],
    tolerance: float,
    what: str,
    size: float | None = None,
) -> None:
    """Refute unless the gradient has a relative error of at most `tolerance`, in norm, over all arrays
    together: relative to itself, or to the size of the terms that it is the sum of.
    """
    kind = "a relative error" if size is None else "an error, as a share of the terms that it adds up,"
    size = norm(wanted) if size is None else size
    error, worst = distance(got, wanted)
    expect(
        error <= tolerance * size,
        lambda: (
            f"{what} has {kind} of {error / size if size else error:.2g}, where {tolerance:g} is allowed; "
            f"most of it is in {worst!r}: {entry(got[worst], wanted[worst])}"
        ),
    )


def entry(got: np.ndarray, wanted: np.ndarray) -> str:
    """Say which entry is farthest off, and what is expected there."""
    if not wanted.size:
        return "it is empty"
    place = np.unravel_index(int(np.abs(got - wanted).argmax()), wanted.shape)
    where = "".join(f"[{i}]" for i in place)
    return "entry {} is {}, expected is {}".format(where, *apart(got[place], wanted[place]))


def expect_mean_square(got: float, right: float, room: float, shape: tuple[int, ...]) -> None:
    """Refute unless a loss is the mean of the squared errors of answers of this shape, up to `room`."""
    count = math.prod(shape)
    expect(
        abs(got - right) <= room,
        lambda: (
            "the loss is {}, where {} is expected: the squared errors, summed to ".format(*apart(got, right))
            + f"{right * count:.9g}, over {' x '.join(map(str, shape))} = {count} "
            f"(off by {abs(got - right):.3g}; rounding allows {room:.3g})"
        ),
    )


def expect_slope(
    loss: Callable[[dict[str, np.ndarray]], float],
    at: Mapping[str, np.ndarray],
    slope: Mapping[str, np.ndarray],
    error: float,
    seed: int,
    where: str = "",
) -> None:
    """Refute unless the gradient is the slope of the loss along a random direction, by finite differences.

    `error` is what the norm of the gradient may be off by.
    """
    random = np.random.default_rng([seed, 1])
    toward = {name: random.normal(size=value.shape) for name, value in at.items()}

    def rise(by: float) -> float:
        ends = [loss({n: v + e * toward[n] for n, v in at.items()}) for e in (by, -by)]
        return (ends[0] - ends[1]) / (2 * by)

    step = 1e-3  # the two differences give the third-order term, which is taken away, and bound what is left
    coarse, fine = rise(2 * step), rise(step)
    risen = fine + (fine - coarse) / 3
    told = sum(float((slope[n] * v).sum()) for n, v in toward.items())
    rounded = 1e-10 * max(1.0, abs(loss(dict(at))))
    allowed = error * norm(toward) + abs(fine - coarse) / 30 + rounded
    expect(
        abs(told - risen) <= allowed,
        lambda: f"along a direction the loss rises by {risen:.9g}, but the gradient says {told:.9g}{where}",
    )


# The first updates


@dataclass(frozen=True)
class Course:
    """A training: the loss before each update, and the parameters after the last."""

    losses: np.ndarray
    parameters: Mapping[str, np.ndarray]


def expect_first_update(subject: Subject, model: Model, asked: Mapping[str, Any]) -> None:
    """Refute unless one update shows the gradient of float64, up to the rounding of the `dtype` asked for."""
    asked = {**asked, **FIRST_UPDATE}
    begin, rate = model.start(asked), asked["rate"]
    got, right = model.by_subject(subject, asked), model.on_paper(asked, "float64")
    seen, exact = (
        {name: (begin[name] - value) / rate for name, value in course.parameters.items()}
        for course in (got, right)
    )
    expect_first_step(seen, exact, arithmetic(subject, asked["dtype"]))


def expect_no_update(subject: Subject, model: Model, asked: Mapping[str, Any]) -> None:
    """Refute unless nothing moves where the gradient is 0: without a readout, to have answers of 0."""
    own = asked[model.parameters]
    silent = replace(own, readout=np.zeros_like(own.readout))
    asked = {**asked, model.parameters: silent, "targets": np.zeros_like(asked["targets"])}
    got, begin = model.by_subject(subject, asked), model.start(asked)
    unit = PRECISIONS[arithmetic(subject, asked["dtype"])].unit
    moved = [
        name
        for name, start in begin.items()
        if not (np.abs(got.parameters[name] - start) <= unit * np.abs(start)).all()
    ]
    expect(
        not moved,
        lambda: (
            f"the gradient is 0, yet {moved[0]!r} moves: {entry(got.parameters[moved[0]], begin[moved[0]])}"
        ),
    )


def expect_first_updates(subject: Subject, model: Model, asked: Mapping[str, Any]) -> None:
    """Refute unless some updates take the course that they take in float64, up to rounding.

    How far that lets them go astray is what the reference's own trainings show, with the units of the network
    in three other orders, in the `dtype` asked for.
    """
    precision = arithmetic(subject, asked["dtype"])
    got, exact = model.by_subject(subject, asked), model.on_paper(asked, "float64")
    reordered = [model.on_paper(asked, precision, by) for by in (1, 2, 4)]
    expect_course(got, exact, reordered, model.start(asked), precision)


def expect_course(
    got: Course,
    exact: Course,
    reordered: Iterable[Course],
    start: Mapping[str, np.ndarray],
    precision: str,
) -> None:
    """Refute unless a training takes the course that it takes in float64, up to its own rounding.

    `reordered` are trainings in the precision whose sums are made in other orders. At each update 100 times
    the largest difference so far between their losses and those of float64 is allowed, and as much for the
    parameters in the end, relative to the way they went; but never less than for one rounding. That 100 is
    enough is no theorem: in trainings of 20 updates, 150 of hierarchical networks and 500 of gated ones,
    honest sums used 0.11 of it at most, in NumPy and in torch, and products in TF32 exceeded it 3.6 times at
    least. In 90 trainings of 60 updates at a tenth of the rate, honest sums used 0.08 of it.
    """
    off = _off(got.losses, exact.losses)
    others = list(reordered)
    seen = [np.maximum.accumulate(_off(other.losses, exact.losses)) for other in others]
    allowed = ROOM * np.maximum(np.max(seen, axis=0), PRECISIONS[precision].unit)
    late = np.flatnonzero(off > allowed)
    expect(
        not len(late),
        lambda: (
            f"in {precision}, the loss before update {late[0]} is {{}}, but {{}} is expected: ".format(
                *apart(got.losses[late[0]], exact.losses[late[0]])
            )
            + f"a relative difference of {off[late[0]]:.2g}, where other orders of the same sums explain "
            f"{allowed[late[0]]:.2g}{_first(int(late[0]))}"
        ),
    )
    way = distance(start, exact.parameters)[0]
    error, worst = distance(got.parameters, exact.parameters)
    room = ROOM * max(
        PRECISIONS[precision].unit, *(distance(o.parameters, exact.parameters)[0] / way for o in others)
    )
    expect(
        error <= room * way,
        lambda: (
            f"in {precision}, the parameters after {len(exact.losses)} updates are off by {error / way:.2g} "
            f"of the way that they went, where other orders of the same sums explain {room:.2g}; most of it "
            f"is in {worst!r}: {entry(got.parameters[worst], exact.parameters[worst])}"
        ),
    )


def _off(losses: np.ndarray, exact: np.ndarray) -> np.ndarray:
    off: np.ndarray = np.abs(losses - exact) / np.abs(exact)
    return off


def _first(update: int) -> str:
    """Say what a difference that begins at an update is mostly due to."""
    return {
        0: "; the loss itself, the first batch or the arithmetic is another",
        1: "; the first gradient, the clipping or Adam's step is another, or the order of the batches",
    }.get(update, "; the clipping, or Adam's means or corrections, are others, or the arithmetic is coarser")


def expect_first_step(got: Mapping[str, np.ndarray], exact: Mapping[str, np.ndarray], precision: str) -> None:
    """Refute unless first steps of Adam, over the rate, show the gradient of float64, which is near 1e-8.

    A step is s = g / (|g| + 1e-8), so that a relative change of g by e moves s by e s (1 - |s|). Adam's own
    arithmetic, ten roundings of numbers that are s in the end, moves it by no more than STEP roundings.
    """
    size = norm({name: np.abs(step) * (1 - np.abs(step)) for name, step in exact.items()})
    error, worst = distance(got, exact)
    error = max(0.0, error - STEP * PRECISIONS[precision].unit * norm(exact))
    allowed = TOLERANCE[precision]
    expect(
        error <= allowed * size,
        lambda: (
            f"in {precision}, the first step is that of a gradient with a relative error of "
            f"{error / size:.2g}, where {allowed:g} is allowed: "
            f"{as_when(got, exact) or likely(error / size, precision)}; most of it is in {worst!r}: "
            f"{entry(got[worst], exact[worst])}, over the rate"
        ),
    )


def as_when(got: Mapping[str, np.ndarray], exact: Mapping[str, np.ndarray]) -> str:
    """Return a word about a usual mistake in a step of Adam that makes just these, if there is one."""
    slopes = {name: 1e-8 * step / (1 - np.abs(step)) for name, step in exact.items()}
    usual: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "1e-8 is added to the root before v is corrected": lambda g: np.abs(g) + 1e-8 / math.sqrt(0.001),
        "1e-8 is added under the root": lambda g: np.sqrt(g * g + 1e-8),
        "1e-7 is added to the root": lambda g: np.abs(g) + 1e-7,
        "1e-6 is added to the root": lambda g: np.abs(g) + 1e-6,
        "m and v are not corrected": lambda g: (math.sqrt(0.001) * np.abs(g) + 1e-8) / 0.1,
        "nothing is added to the root, or the gradient is not clipped": lambda g: np.abs(g) + 1e-30,
    }
    for words, root in usual.items():
        those = {name: g / root(g) for name, g in slopes.items()}
        if distance(got, those)[0] < 1e-2 * distance(exact, those)[0]:
            return f"it is as when {words}"
    return ""


def likely(error: float, precision: str) -> str:
    """Say what a relative error of such a size mostly comes of."""
    if precision == "float64" and 1e-9 < error < 1e-5:
        return "so much comes of float32 somewhere, or of a 1e-6 that is added somewhere"
    if precision == "float32" and 3e-5 < error < 2e-2:
        return "so much comes of products in TF32 or bfloat16"
    return "the gradient is another, or its clipping, or Adam's step: the rate, the corrections, or the 1e-8"
