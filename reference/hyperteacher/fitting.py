"""Students that interpolate their training tasks, by Levenberg and Marquardt's method.

Gradient descent stops far above the loss from which one can say what was learned; this comes to 1e-20 in a
fraction of a second.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

STARTS, STEPS = 20, 150
SOFT, STIFF = 1e-12, 1e12  # the damping, which a step divides by 4 if it helps, and else multiplies
DONE = 1e-20  # a relative loss that is rounding
ADAPTED = 12  # starts of a code: the loss is not convex in it


@dataclass(frozen=True, eq=False)
class Fit:
    """A student, and the codes of its training tasks."""

    modules: Float[np.ndarray, "modules n hidden"]
    readout: Float[np.ndarray, "hidden o"]
    codes: Float[np.ndarray, "T modules"]


def fit(
    inputs: Float[np.ndarray, "T B n"],
    targets: Float[np.ndarray, "T B o"],
    hidden: int,
    modules: int,
    seed: int,
) -> Fit:
    """Return a student, with so many hidden units and modules, that interpolates the targets of T tasks.

    Nothing is known of a task but its inputs and targets: its code is part of what is fitted. The best of up
    to 20 starts; the first that interpolates ends the search.
    """
    best, least = None, math.inf
    goal = DONE * float(np.mean(targets**2))
    for course in courses(inputs, targets, hidden, modules, seed):
        for student, loss in course:
            found, reached = student, loss
        if best is None or reached < least:
            best, least = found, reached
        if least <= goal * 1e4:
            break
    assert best is not None
    return best


def courses(
    inputs: Float[np.ndarray, "T B n"],
    targets: Float[np.ndarray, "T B o"],
    hidden: int,
    modules: int,
    seed: int,
) -> Iterator[Iterator[tuple[Fit, float]]]:
    """Yield, for each of 20 starts, the students of each step with their mean squared errors."""
    random = np.random.default_rng(np.random.SeedSequence(seed))
    count, _, n = inputs.shape
    shapes = (modules, n, hidden), (hidden, targets.shape[2]), (count, modules)
    for _ in range(STARTS):
        start = np.concatenate([random.standard_normal(shape).ravel() for shape in shapes])
        steps = _descended(start, inputs, targets, shapes)
        yield ((Fit(*_parts(flat, shapes)), loss) for flat, loss in steps)


Shapes = tuple[tuple[int, ...], ...]


def _parts(flat: np.ndarray, shapes: Shapes) -> list[np.ndarray]:
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    pieces = np.split(flat, ends[:-1])
    return [piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True)]


def _descended(
    flat: np.ndarray, inputs: np.ndarray, targets: np.ndarray, shapes: Shapes
) -> Iterator[tuple[np.ndarray, float]]:
    """Yield where damped steps from here lead, from the start on, and the mean squared error there."""
    damping, (error, slopes) = 1e-2, _linearised(flat, inputs, targets, shapes)
    loss, goal = float(np.mean(error**2)), DONE * float(np.mean(targets**2))
    yield flat, loss
    for _ in range(STEPS):
        if loss <= goal:
            return
        gram, gradient = slopes.T @ slopes, slopes.T @ error
        while True:
            step = np.linalg.solve(gram + damping * np.eye(len(gram)), gradient)
            tried = _error(flat - step, inputs, targets, shapes)
            if float(np.mean(tried**2)) < loss:
                break
            damping *= 4
            if damping > STIFF:
                return
        flat, damping = flat - step, max(damping / 4, SOFT)
        error, slopes = _linearised(flat, inputs, targets, shapes)
        loss = float(np.mean(error**2))
        yield flat, loss


def _error(flat: np.ndarray, inputs: np.ndarray, targets: np.ndarray, shapes: Shapes) -> np.ndarray:
    modules, readout, codes = _parts(flat, shapes)
    weights = np.tensordot(codes, modules, axes=1) / math.sqrt(inputs.shape[2])
    error: np.ndarray = np.maximum(inputs @ weights, 0) @ readout - targets
    return error.ravel()


def _linearised(
    flat: np.ndarray, inputs: np.ndarray, targets: np.ndarray, shapes: Shapes
) -> tuple[np.ndarray, np.ndarray]:
    """Return all errors, and their derivatives in modules, readout and codes."""
    modules, readout, codes = _parts(flat, shapes)
    (tasks, rows, n), o = inputs.shape, targets.shape[2]
    scaled = inputs / math.sqrt(n)
    before = scaled @ np.tensordot(codes, modules, axes=1)
    units = np.maximum(before, 0)
    passed = (before > 0)[..., None] * readout  # T B h o
    of_weights = np.einsum("tbi,tbko->tboik", scaled, passed)
    slopes = np.zeros((tasks, rows, o, len(flat)))
    of_modules, of_readout, of_codes = np.split(slopes, np.cumsum([modules.size, readout.size]), axis=3)
    of_modules[...] = (codes[:, None, None, :, None, None] * of_weights[:, :, :, None]).reshape(
        tasks, rows, o, -1
    )
    columns = of_readout.reshape(tasks, rows, o, *readout.shape)  # a copy: the parts are not contiguous
    for j in range(o):
        columns[:, :, j, :, j] = units
    of_readout[...] = columns.reshape(of_readout.shape)
    along = np.einsum("tboik,mik->tbom", of_weights, modules)
    for t in range(tasks):
        of_codes[t, :, :, t * codes.shape[1] : (t + 1) * codes.shape[1]] = along[t]
    return (units @ readout - targets).ravel(), slopes.reshape(-1, len(flat))


def adapt(
    modules: Float[np.ndarray, "M n h"],
    readout: Float[np.ndarray, "h o"],
    inputs: Float[np.ndarray, "B n"],
    targets: Float[np.ndarray, "B o"],
    seed: int,
) -> Float[np.ndarray, "M"]:
    """Return the code with which the network fits the targets best, of those that 12 starts come to."""
    random = np.random.default_rng(np.random.SeedSequence(seed))
    features = np.einsum("bi,mik->bmk", inputs / math.sqrt(inputs.shape[1]), modules)
    starts = random.standard_normal((ADAPTED, len(modules)))
    ends = [_adapted(code, features, readout, targets) for code in starts]
    best: np.ndarray = min(ends, key=lambda end: end[1])[0]
    return best


def _adapted(
    code: np.ndarray, features: np.ndarray, readout: np.ndarray, targets: np.ndarray
) -> tuple[np.ndarray, float]:
    """Return where damped steps from a code lead, and the mean squared error there."""

    def errors(at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        before = np.einsum("m,bmk->bk", at, features)
        return np.maximum(before, 0) @ readout - targets, before

    damping, (error, before) = 1e-2, errors(code)
    loss, goal = float(np.mean(error**2)), DONE * float(np.mean(targets**2))
    for _ in range(STEPS):
        if loss <= goal:
            break
        slopes = np.einsum("bmk,bk,ko->bom", features, before > 0, readout, optimize=True)
        slopes = slopes.reshape(-1, len(code))
        gram, gradient = slopes.T @ slopes, slopes.T @ error.ravel()
        while True:
            step = np.linalg.solve(gram + damping * np.eye(len(code)), gradient)
            tried, there = errors(code - step)
            if float(np.mean(tried**2)) < loss:
                break
            damping *= 4
            if damping > STIFF:
                return code, loss
        code, damping, error, before = code - step, max(damping / 4, SOFT), tried, there
        loss = float(np.mean(error**2))
    return code, loss
