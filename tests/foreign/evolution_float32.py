"""Everything in single precision, by another way: QR with pivots for the rank, all points of a step at once.

whp check evolution --subject evolution_float32.py
"""

import numpy as np
from scipy.linalg import qr

whp = {"name": "float32, pivoted QR", "precision": "float32"}
F = np.float32
INDEPENDENT = F(5e-7)


def basis(surrogates):
    rows = [row.astype(F) for row in surrogates if row.any()]
    rows = [row / np.abs(row).max() for row in rows]
    rows = [row / np.linalg.norm(row) for row in rows]
    if not rows:
        return np.empty((0, surrogates.shape[1]), F)
    columns, triangle, _ = qr(np.array(rows).T, mode="economic", pivoting=True)
    sizes = np.abs(np.diag(triangle))
    return columns.T[: int((sizes > INDEPENDENT * sizes[0]).sum())]


def directions(n, surrogates, count, seed):
    known = basis(surrogates)
    random = np.random.default_rng(seed).standard_normal((count, n), F)
    for _ in range(3):  # projects, and orthogonalises by the polar factor's way
        random = random - (random @ known.T) @ known
        left, _, right = np.linalg.svd(random, full_matrices=False)
        random = left @ right
    return np.vstack([known, random])


def ask(point, surrogates, count, sigma, seed):
    steps = F(sigma) * directions(len(point), surrogates, count, seed)
    center = point.astype(F)
    return np.vstack([center - steps, (center + steps)[::-1]])


def tell(point, points, values, sigma):
    """Without pairs: the minus of a pair is in its direction."""
    middle = values - values.mean()
    away = points.astype(F) - point.astype(F)
    return middle.astype(F) @ away / F(sigma) / F(2 * sigma)


class State:
    """What can't be written down, nor compared."""

    def __init__(self, point, count, sigma, seed):
        self.point, self.count, self.sigma = point, count, sigma
        self.seeds = iter(np.random.SeedSequence(seed).spawn(1000))
        self.points = None

    def go_on(self, gradient):
        known = gradient[None] if gradient.any() else np.empty((0, len(gradient)))
        count = self.count + 1 - len(known)
        self.points = ask(self.point, known, count, self.sigma, next(self.seeds))
        return self.points


def begin(point, count, sigma, seed):
    state = State(point, count, sigma, seed)
    return {"state": state, "points": state.go_on(np.zeros(len(point)))}


def advance(state, values):
    gradient = tell(state.point, state.points.astype(float), values, state.sigma)
    return {"state": state, "gradient": gradient, "points": state.go_on(gradient)}
