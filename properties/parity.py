"""Does another program compute the same training: its gradient, and its first updates?

For any model that is a loss function of parameters and batches. Three levels are told apart and claimed one
by one: a gradient is that of float64 up to the rounding of the declared arithmetic; the first updates differ
from those of float64 no more than another order of the same sums makes them differ; and, in a claim, training
comes to as much over many starts. The first two say "computes the same", the last only "trains as well". The
loss by itself says little: arithmetic with 10 bits in place of 24 moves a gradient by 1e-4, and the loss by
1e-6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from whp.checks import expect
from whp.properties.rounding import PRECISIONS
from whp.reference.training import norm

# Relative errors of gradients. Those of float32 sums lie near 1e-7, those of products with 10 bits near 1e-4.
TOLERANCE = {"float64": 1e-12, "float32": 1e-5, "float16": 2.0**-7, "bfloat16": 2.0**-4}
ROOM = 100  # times what another order of sums makes of the same training
STEP = 10  # roundings of a step of Adam


def distance(got: Mapping[str, np.ndarray], wanted: Mapping[str, np.ndarray]) -> tuple[float, str]:
    """Return the norm of all differences, and which array has the largest."""
    off = {name: float(np.linalg.norm(got[name] - value)) for name, value in wanted.items()}
    return float(np.linalg.norm(list(off.values()))), max(off, key=lambda name: off[name])


def expect_gradient(
    got: Mapping[str, np.ndarray], wanted: Mapping[str, np.ndarray], tolerance: float, what: str
) -> None:
    """Refute unless the gradient has a relative error of at most `tolerance`, in norm, over all arrays
    together.
    """
    size, (error, worst) = norm(wanted), distance(got, wanted)
    expect(
        error <= tolerance * size,
        lambda: (
            f"{what} has a relative error of {error / size if size else error:.2g}, where {tolerance:g} is "
            "allowed; most of "
            f"it is in {worst!r}: {entry(got[worst], wanted[worst])}"
        ),
    )


def entry(got: np.ndarray, wanted: np.ndarray) -> str:
    """Say which entry is farthest off, and what is expected there."""
    if not wanted.size:
        return "it is empty"
    place = np.unravel_index(int(np.abs(got - wanted).argmax()), wanted.shape)
    where = "".join(f"[{i}]" for i in place)
    return f"entry {where} is {got[place]:.9g}, expected is {wanted[place]:.9g}"


@dataclass(frozen=True)
class Course:
    """A training: the loss before each update, and the parameters after the last."""

    losses: np.ndarray
    parameters: Mapping[str, np.ndarray]


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
    enough is no theorem: in 150 trainings of 20 updates, honest sums used 0.04 of it at most, in NumPy and in
    torch, and products in TF32 exceeded it 3.6 times at least.
    """
    off = _off(got.losses, exact.losses)
    others = list(reordered)
    seen = [np.maximum.accumulate(_off(other.losses, exact.losses)) for other in others]
    allowed = ROOM * np.maximum(np.max(seen, axis=0), PRECISIONS[precision].unit)
    late = np.flatnonzero(off > allowed)
    expect(
        not len(late),
        lambda: (
            f"in {precision}, the loss before update {late[0]} is {got.losses[late[0]]:.12g}, but "
            f"{exact.losses[late[0]]:.12g} is expected: a relative difference of {off[late[0]]:.2g}, where "
            f"other orders of the same sums explain {allowed[late[0]]:.2g}{_first(int(late[0]))}"
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
    }.get(update, "; Adam's running means or their corrections are others, or the arithmetic is coarser")


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
            f"in {precision}, the first step shows a gradient with a relative error of {error / size:.2g}, "
            f"where {allowed:g} is allowed{likely(error / size, precision)}; most of it is in {worst!r}: "
            f"{entry(got[worst], exact[worst])}, over the rate"
        ),
    )


def likely(error: float, precision: str) -> str:
    """Say what a relative error of such a size mostly comes of."""
    if precision == "float64" and 1e-9 < error < 1e-5:
        return " (so much comes of float32 somewhere, or of a 1e-6 that is added somewhere)"
    if precision == "float32" and 3e-5 < error < 2e-2:
        return " (so much comes of products in TF32 or bfloat16)"
    return ""
