"""Questions that are drawn, and questions that are fixed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from whp.properties.hyperteacher.expected import Arrays

entries = st.integers(-3, 3).map(float) | st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3)
small = st.integers(-3, 3).map(float)


@st.composite
def questions_of_apply(draw: st.DrawFn, of: st.SearchStrategy[float] = entries) -> Arrays:
    """Draw modules, a readout, a code and inputs."""
    count, n, h, o = (draw(st.integers(1, 3)) for _ in range(4))
    return {
        "modules": draw(arrays(np.float64, (count, n, h), elements=of)),
        "readout": draw(arrays(np.float64, (h, o), elements=of)),
        "code": draw(arrays(np.float64, count, elements=of)),
        "inputs": draw(arrays(np.float64, (draw(st.integers(0, 4)), n), elements=of)),
    }


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    """Return independent normal numbers."""
    return np.random.default_rng(np.random.SeedSequence([2312, seed, *shape])).standard_normal(shape)


def drawn(count: int, n: int, h: int, o: int, rows: int = 5, seed: int = 0) -> Arrays:
    """Return a fixed question of `apply` with normal entries."""
    shapes = {"modules": (count, n, h), "readout": (h, o), "code": (count,), "inputs": (rows, n)}
    return {name: normal(*shape, seed=seed + i) for i, (name, shape) in enumerate(shapes.items())}


def of(modules: Any, readout: Any, code: Any, inputs: Any) -> Arrays:
    """Return a question that is written out."""
    parts = {"modules": modules, "readout": readout, "code": code, "inputs": inputs}
    return {name: np.array(part, np.float64) for name, part in parts.items()}


# By hand: W = (1 * 1 + 2 * 1) = 3; then W = [[1 * 2 - 3, ...]] of which one unit is off for each input.
NUMBERS = of([[[1]], [[2]]], [[1]], [1, 1], [[1], [-1], [0]])
SCALED = of([[[1]], [[2]]], [[1]], [3, 4], [[2], [-2]])
SQUARE = of(
    [[[2, 0], [1, -1], [0, 1], [1, 1]], [[1, 1], [0, 3], [-1, 0], [2, -2]]],
    [[1, -2], [3, 1]],
    [1, -2],
    [[1, 2, 0, -1], [0, -1, 3, 1], [-1, 1, 1, 2]],
)
NO_INPUTS = {**drawn(2, 3, 2, 2), "inputs": np.zeros((0, 3))}
NO_OUTPUTS = {**drawn(2, 3, 2, 2), "readout": np.zeros((2, 0))}
OFF = of([[[1, 0]], [[0, 1]]], [[1], [1]], [0, 0], [[1], [-1]])  # the code is zero
LARGE = of([[[1e6]], [[-1e6]]], [[1e6]], [1e6, -1e6], [[1e6], [-1e6]])
SMALL = of([[[1e-6]], [[3e-6]]], [[1e-6]], [1e-6, 2e-6], [[1e-6]])
WIDE = drawn(6, 16, 16, 4)
LONG = drawn(2, 2, 40, 1, rows=1103)  # a prime number, so that no size of batches divides it
FIXED = (NUMBERS, SCALED, SQUARE, drawn(3, 5, 4, 2), WIDE)


# Supports


@st.composite
def supports(draw: st.DrawFn, most: int = 6, modules: int = 5, fewest: int = 0) -> dict[str, Any]:
    """Draw masks of modules, how many modules there are, and which codes they stand for."""
    count = draw(st.integers(1, modules))
    mask = st.lists(st.integers(0, count - 1), min_size=1, max_size=3)
    masks = draw(st.lists(mask, min_size=fewest, max_size=most))
    return {"masks": masks, "count": count, "continuous": draw(st.booleans())}


def singles(count: int) -> list[list[int]]:
    """Return the masks of one module each."""
    return [[m] for m in range(count)]


def runs(count: int, length: int, first: int = 0) -> list[list[int]]:
    """Return the masks of so many consecutive modules, cyclically, of `count` modules from `first` on."""
    return [[first + (m + i) % count for i in range(length)] for m in range(count)]


TRIANGLES = [*runs(3, 2), *runs(3, 2, 3)]
TRIPLES = [[0, 1, 2], [2, 3, 4], [4, 5, 0]]
MIXED = [[0, 1, 2], [1, 2, 4], [2, 3, 4], [3, 4, 5], [4, 5, 0], [5, 0, 1]]
HALVES = [[0, 1, 2], [3, 4, 5]]
PAIRS_INSIDE = [[0, 1], [0, 2], [1, 2], [3, 4], [3, 5], [4, 5]]

# Masks on six modules; rank and components if continuous, and if discrete.
TABLE: list[tuple[str, list[list[int]], tuple[int, int], tuple[int, int]]] = [
    ("six single modules", singles(6), (6, 6), (6, 6)),
    ("the ring of six pairs", runs(6, 2), (6, 1), (5, 1)),
    ("single modules and the ring of pairs", [*singles(6), *runs(6, 2)], (6, 1), (6, 1)),
    ("single modules and two triangles", [*singles(6), *TRIANGLES], (6, 2), (6, 2)),
    ("the triples 012 and 345", HALVES, (6, 2), (2, 2)),
    ("the triples 012, 234 and 450", TRIPLES, (6, 1), (3, 3)),
    ("single modules, 012, 234 and 450", [*singles(6), *TRIPLES], (6, 1), (6, 1)),
    ("single modules and six triples", [*singles(6), *MIXED], (6, 1), (6, 1)),
    ("six consecutive triples", runs(6, 3), (6, 1), (4, 1)),
    ("012, 345 and the pairs inside", [*HALVES, *PAIRS_INSIDE], (6, 2), (6, 2)),
    ("single modules, 012, 345, pairs inside", [*singles(6), *HALVES, *PAIRS_INSIDE], (6, 2), (6, 2)),
    ("all six at once", [[0, 1, 2, 3, 4, 5]], (6, 1), (1, 1)),
    ("single modules and all six at once", [*singles(6), [0, 1, 2, 3, 4, 5]], (6, 1), (6, 1)),
]


# Codes


@st.composite
def questions_of_codes(draw: st.DrawFn) -> dict[str, Any]:
    """Draw masks and how many codes are wanted of them."""
    modules = draw(st.integers(1, 5))
    mask = st.lists(st.integers(0, modules - 1), min_size=1, max_size=4)
    return {
        "masks": draw(st.lists(mask, min_size=1, max_size=5)),
        "count": draw(st.integers(0, 8)),
        "modules": modules,
        "continuous": draw(st.booleans()),
    }


def codes_of(masks: Sequence[Sequence[int]], count: int, modules: int, continuous: bool) -> dict[str, Any]:
    """Return a fixed question of `sample_codes`, but for the seed."""
    listed = [list(mask) for mask in masks]
    return {"masks": listed, "count": count, "modules": modules, "continuous": continuous}


PAIRED = codes_of([[0], [1, 2], [0, 1, 2, 3]], 20, 4, False)
SHARED = codes_of([[0], [1, 2], [0, 1, 2, 3]], 20, 4, True)
REPEATED = codes_of([[0, 1, 1], [2, 2]], 10, 3, False)
REPEATED_SHARED = codes_of([[0, 1, 1], [2, 2]], 10, 3, True)
LONG_DRAW = codes_of([[0, 1, 2]], 300, 3, True)
NO_CODES = codes_of([[0]], 0, 2, False)


# Students


def normalised(masks: Sequence[Sequence[int]], count: int) -> np.ndarray:
    """Return the discrete codes of masks."""
    codes = np.zeros((len(masks), count))
    for row, mask in zip(codes, masks, strict=True):
        row[list(mask)] = 1 / np.sqrt(len(set(mask)))
    return codes


@st.composite
def questions_of_identification(draw: st.DrawFn) -> Arrays:
    """Draw a teacher and any student, both with small whole entries."""
    count, own, n, h, g = (draw(st.integers(1, 3)) for _ in range(5))
    tasks = draw(st.integers(1, 5))
    return {
        "modules": draw(arrays(np.float64, (count, n, h), elements=small)),
        "codes": draw(arrays(np.float64, (tasks, count), elements=small)),
        "student_modules": draw(arrays(np.float64, (own, n, g), elements=small)),
        "student_codes": draw(arrays(np.float64, (tasks, own), elements=small)),
    }


def pairing(modules: Any, codes: Any, student_modules: Any, student_codes: Any) -> Arrays:
    """Return a question of `identification`."""
    parts = {
        "modules": modules,
        "codes": codes,
        "student_modules": student_modules,
        "student_codes": student_codes,
    }
    return {name: np.array(part, np.float64) for name, part in parts.items()}
