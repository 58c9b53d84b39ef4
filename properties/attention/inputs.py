"""Questions that are drawn, and questions that are fixed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from whp.properties.attention.expected import MATRICES, Arrays
from whp.reference.attention.network import Network

entries = st.integers(-3, 3).map(float) | st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3)
small = st.integers(-3, 3).map(float)


def matrices(
    rows: int, columns: int, of: st.SearchStrategy[float] = entries
) -> st.SearchStrategy[np.ndarray]:
    """Draw a matrix."""
    count = rows * columns
    drawn = st.lists(of, min_size=count, max_size=count)
    return drawn.map(lambda flat: np.array(flat, np.float64).reshape(rows, columns))


@st.composite
def questions_of_attend(
    draw: st.DrawFn, longest: int = 6, shortest: int = 0, of: st.SearchStrategy[float] = entries
) -> Arrays:
    """Draw inputs and the three matrices."""
    d, k, v = (draw(st.integers(1, 3)) for _ in range(3))
    length = draw(st.integers(shortest, longest))
    return {
        "inputs": draw(matrices(length, d, of)),
        "query": draw(matrices(k, d, of)),
        "key": draw(matrices(k, d, of)),
        "value": draw(matrices(v, d, of)),
    }


@st.composite
def questions_of_vjp(draw: st.DrawFn) -> Arrays:
    """Draw inputs, the three matrices and a cotangent."""
    asked = draw(questions_of_attend(4))
    return {**asked, "cotangent": draw(matrices(len(asked["inputs"]), len(asked["value"])))}


factors = st.integers(-3, 3).map(float) | st.floats(0.01, 100) | st.floats(-100, -0.01)
decays = st.sampled_from([0.0, 1.0, -1.0, 0.5]) | st.floats(0.01, 1.5)


@st.composite
def questions_of_run(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a gated network and inputs."""
    d, h, w, v = (draw(st.integers(1, 3)) for _ in range(4))
    shapes = {"input_a": (h, d + 1), "input_b": (h, d + 1), "gate_a": (w, h), "gate_b": (w, h)}
    network = {name: draw(matrices(*shape, factors)) for name, shape in shapes.items()}
    network |= {"decay": draw(matrices(1, h, decays))[0], "readout": draw(matrices(v, w, factors))}
    return {"network": Network(**network), "inputs": draw(matrices(draw(st.integers(0, 6)), d, factors))}


@st.composite
def questions_of_predict(draw: st.DrawFn) -> dict[str, Any]:
    """Draw pairs, a query and a rate."""
    m, q, pairs = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 6))
    return {
        "inputs": draw(matrices(pairs, m)),
        "targets": draw(matrices(pairs, q)),
        "query": draw(matrices(1, m))[0],
        "rate": draw(st.floats(1e-3, 10) | st.sampled_from([0.0, 1.0, -0.5])),
    }


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    """Return independent normal numbers."""
    return np.random.default_rng(np.random.SeedSequence([2309, seed, *shape])).standard_normal(shape)


def drawn(length: int, d: int, k: int, v: int, seed: int = 0) -> Arrays:
    """Return a fixed question with normal entries."""
    shapes = {"inputs": (length, d), "query": (k, d), "key": (k, d), "value": (v, d)}
    return {name: normal(*shape, seed=seed + i) for i, (name, shape) in enumerate(shapes.items())}


def rows(*written: Sequence[float]) -> np.ndarray:
    """Return a matrix of these rows."""
    return np.array(written, np.float64)


ONE = {"query": rows([1]), "key": rows([1]), "value": rows([1])}
PLANE = {name: np.eye(2) for name in MATRICES}
ROTATED = {  # no matrix is like another, or symmetric
    "query": rows([1, 2], [0, -1]),
    "key": rows([2, 0], [1, 3]),
    "value": rows([0, 1], [-2, 1]),
}
COUNTED = {"inputs": rows([1], [2], [3]), **ONE}  # 1, 10, 42
SQUARE = {"inputs": rows([1, 0], [0, 1], [1, 1]), **PLANE}  # (1, 0), (0, 1), (3, 3)
TURNED = {"inputs": rows([1, 2], [3, -1], [0, 2], [-2, 1]), **ROTATED}
UNEVEN = {
    "inputs": rows([1, 0, 2], [0, 3, -1], [2, 1, 1], [-1, 2, 3]),
    "query": rows([1, -1, 2], [3, 0, 1]),
    "key": rows([0, 2, 1], [1, 1, -2]),
    "value": rows([2, 1, 0]),
}
SINGULAR = {  # no matrix has an inverse
    "inputs": TURNED["inputs"],
    "query": rows([1, -2], [-2, 4]),
    "key": rows([1, 3], [2, 6]),
    "value": rows([1, 2], [-1, -2]),
}
EMPTY = {"inputs": np.zeros((0, 2)), **ROTATED}
LARGE = {"inputs": rows([1e6], [-1e6]), "query": rows([1e6]), "key": rows([-1e6]), "value": rows([1e6])}
SMALL = {"inputs": rows([1e-6], [3e-6]), "query": rows([1e-6]), "key": rows([1e-6]), "value": rows([2e-6])}
LONG = drawn(1031, 2, 2, 2)  # longer than a buffer of 1024
CHUNKED = drawn(331, 3, 2, 4)  # no number of chunks of any length
WIDE = drawn(9, 40, 33, 35)  # wider than what fits a vector of a processor
FIXED = (COUNTED, SQUARE, TURNED, UNEVEN, drawn(7, 4, 3, 5))
