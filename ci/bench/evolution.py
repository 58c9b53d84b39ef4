"""Directions and estimates in many variables."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy import linalg

from bench.measuring import figure, in_turns, ratio
from whp.reference import evolution


def descent() -> None:
    """Compare asking and telling, 100 directions of 1e5 variables, with one QR of that size by LAPACK."""
    n, count = 10**5, 100
    random = np.random.default_rng(np.random.SeedSequence(1))
    point, past = random.standard_normal(n), random.standard_normal((1, n))
    columns = random.standard_normal((count, n)).T

    def factor() -> None:
        linalg.qr(columns, mode="economic", check_finite=False)

    def asked(surrogates: np.ndarray, drawn: int) -> None:
        points = evolution.ask(point, surrogates, drawn, 1.0, 1).points
        evolution.tell(point, points, np.arange(float(len(points))), 1.0)

    acts = factor, partial(asked, past[:0], count), partial(asked, past, count - 1)
    factored, plainly, with_past = in_turns(3, *acts)
    figure("descent: QR, 1e5 x 100", min(factored), "s")
    figure("descent: ask and tell / QR", ratio(plainly, factored), bar=2)
    figure("descent: ask and tell with a past direction / QR", ratio(with_past, factored), bar=2)
