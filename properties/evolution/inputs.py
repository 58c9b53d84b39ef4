"""What the properties of evolution ask: surrogates, places and functions, drawn and fixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from whp.properties import generators as some
from whp.reference.evolution import span

FEWER, GAP = 1e-12, 1e-6  # shares of the largest singular value, between which no other lies


def vectors(n: int) -> st.SearchStrategy[np.ndarray]:
    """Draw a vector: small integers, or numbers of different magnitude."""
    small = st.integers(-3, 3).map(float)
    other = st.builds(lambda x, sign: sign * x, st.floats(1e-3, 1e3), st.sampled_from((1.0, -1.0)))
    return st.lists(small, min_size=n, max_size=n).map(np.array) | st.lists(
        small | other, min_size=n, max_size=n
    ).map(np.array)


def powers(low: int, high: int) -> st.SearchStrategy[float]:
    """Draw a power of ten, 1 first."""
    return st.sampled_from(sorted(range(low, high + 1), key=abs)).map(lambda power: 10.0**power)


def settled(rows: np.ndarray) -> bool:
    """Say whether the rank of surrogates is beyond doubt."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = rows[lengths[:, 0] > 0] / lengths[lengths[:, 0] > 0]
    sizes = np.linalg.svd(unit, compute_uv=False)
    return not len(unit) or not ((sizes > FEWER * sizes[0]) & (sizes < GAP * sizes[0])).any()


@st.composite
def surrogates(draw: st.DrawFn, n: int) -> np.ndarray:
    """Draw surrogates: none, some, of any lengths, and some that are multiples or sums of others."""
    rows = draw(st.lists(st.builds(lambda v, s: v * s, vectors(n), powers(-3, 3)), max_size=3))
    for kind in draw(st.lists(st.sampled_from(("zero", "multiple", "sum", "near")), max_size=2)):
        if kind == "zero" or not rows:
            rows.append(np.zeros(n))
        elif kind == "multiple":
            rows.append(rows[0] * draw(st.sampled_from((-1.0, 2.0, -0.125))))
        elif kind == "sum":
            rows.append(rows[0] + rows[-1])
        else:
            rows.append(rows[0] + 1e-3 * np.abs(rows[0]).max() * np.eye(n)[draw(st.integers(0, n - 1))])
    return np.reshape(rows, (-1, n))


@st.composite
def systems(draw: st.DrawFn, max_n: int = 8) -> dict[str, Any]:
    """Draw what `directions` is asked."""
    n = draw(st.integers(1, max_n))
    known = draw(surrogates(n).filter(settled))
    r = len(span(known))
    count = draw(st.integers(max(0, 1 - r), n - r))
    return {"n": n, "surrogates": known, "count": count, "seed": draw(some.seeds())}


@st.composite
def places(draw: st.DrawFn, n: int) -> dict[str, Any]:
    """Draw a centre and a step."""
    sigma = draw(powers(-3, 3))
    return {"point": draw(vectors(n)) * draw(st.sampled_from((1.0, 0.0, sigma))), "sigma": sigma}


@st.composite
def asked(draw: st.DrawFn, max_n: int = 8) -> dict[str, Any]:
    """Draw what `ask` is asked."""
    system = draw(systems(max_n))
    return draw(places(system.pop("n"))) | system


@dataclass(frozen=True)
class Polynomial:
    """c + <gradient, h> + <h, curvature h> / 2 + sum of cubic h^3, in h = point - center."""

    gradient: np.ndarray
    curvature: np.ndarray
    cubic: np.ndarray
    constant: float

    def at(self, center: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Return the values."""
        h = points - center
        curved: np.ndarray = ((h @ self.curvature) * h).sum(axis=1) / 2
        total: np.ndarray = self.constant + h @ self.gradient + curved + h**3 @ self.cubic
        return total


def scaled(gradient: Any, sigma: float, curvature: Any = 0.0, cubic: Any = 0.0) -> Polynomial:
    """Return a polynomial whose parts all matter at a distance of sigma, and whose values are far from 0."""
    slope = np.array(gradient, float)
    n = len(slope)
    bend = np.broadcast_to(np.array(curvature, float), (n, n))
    bend, twist = (bend + bend.T) / sigma, np.broadcast_to(np.array(cubic, float), n) / sigma**2
    most = float(np.abs(slope).sum() + sigma * np.abs(bend).sum() + sigma**2 * np.abs(twist).sum())
    return Polynomial(slope, bend, twist, 2 * sigma * most or 1.0)


@st.composite
def functions(draw: st.DrawFn, n: int, sigma: float, degree: int = 2) -> Polynomial:
    """Draw a function of a degree of at most 3."""
    curvature = draw(st.lists(vectors(n), min_size=n, max_size=n)) if degree > 1 else 0.0
    cubic = draw(vectors(n)) if degree > 2 else 0.0
    return scaled(draw(vectors(n)), sigma, curvature, cubic)


@st.composite
def problems(draw: st.DrawFn, degree: int = 2, max_n: int = 8) -> dict[str, Any]:
    """Draw what `ask` is asked, and a function."""
    question = draw(asked(max_n))
    function = draw(functions(len(question["point"]), question["sigma"], degree))
    return {"question": question, "function": function}


@st.composite
def iterations(draw: st.DrawFn, least: int = 1, room: int = 0, max_n: int = 8) -> dict[str, Any]:
    """Draw what `begin` is asked, with at least so many variables more than directions."""
    n = draw(st.integers(1 + least + room, max_n))
    count = draw(st.integers(least, n - 1 - room))
    return draw(places(n)) | {"count": count, "seed": draw(some.seeds())}


def question_of(
    known: Any, count: int, point: Any = None, sigma: float = 1.0, seed: int = 1, n: int = 0
) -> dict[str, Any]:
    """Return what `ask` is asked."""
    rows = np.array(known, float).reshape(-1, n or len(known[0]))
    center = np.zeros(rows.shape[1]) if point is None else np.array(point, float)
    return {"point": center, "surrogates": rows, "count": count, "sigma": sigma, "seed": seed}


def system_of(known: Any, count: int, seed: int = 1, n: int = 0) -> dict[str, Any]:
    """Return what `directions` is asked."""
    rows = np.array(known, float).reshape(-1, n or len(known[0]))
    return {"n": rows.shape[1], "surrogates": rows, "count": count, "seed": seed}


def problem_of(gradient: Any, question: dict[str, Any], curvature: Any = 0.0, cubic: Any = 0.0) -> Any:
    """Return a question and a function."""
    return {"question": question, "function": scaled(gradient, question["sigma"], curvature, cubic)}


def start_of(n: int, count: int, point: Any = None, sigma: float = 1.0, seed: int = 1) -> dict[str, Any]:
    """Return what `begin` is asked."""
    center = np.zeros(n) if point is None else np.array(point, float)
    return {"point": center, "count": count, "sigma": sigma, "seed": seed}


ONE = [[1, 2, 2, 0]]
TWO = [[1, 1, 0, 0, 0], [1, 0, 1, 0, 0]]
NEAR = [[1, 0, 0, 0, 0], [1, 1e-3, 0, 0, 0]]
NEARER = [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5.00003]]  # the smaller singular value is 1.6e-6 of the larger
COLLINEAR = [[1, 2, 0, 0], [-3, -6, 0, 0]]
THREE_IN_A_PLANE = [[1, 0, 0, 1, 0], [0, 1, 0, 0, 0], [1, 1, 0, 1, 0]]
WITH_ZERO = [[0, 0, 0, 0], [0, 3, 4, 0]]
SHORT = [[1e6, 0, 0, 0], [0, 1e-6, 1e-6, 0]]
MORE_THAN_VARIABLES = [[1, 0], [1, 1], [0, 2], [1, -1]]
LONG = [[3, 0, 4, 0]]
WIDE, WIDER = [range(1, 101)], [range(1, 301)]
FAR: dict[str, Any] = {"point": [3e2, -4e2, 0, 1e2], "sigma": 1e-2}
