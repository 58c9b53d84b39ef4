"""Games of a player who mixes rows against an adversary who picks a column, and certificates of their values.

For a mixture p of rows with the losses l = p^T L of each column, and any weights y >= 0 whose dual norm is at
most 1, the least of the numbers (L y)_s is no more than what any mixture loses, by Hölder's inequality. So p
is the best mixture, up to the difference of what it loses and that number: the gap. With the largest in the
place of the norm y is a mixture of columns, and this is the theorem of von Neumann.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from whp.reference.randomization.losses import dual_norm, norm, weights

SMALL_GAP, ROUGH_GAP = 1e-10, 1e-6  # parts of the largest loss at which the search for a mixture ends
STEPS = 200  # of Newton's method, after which it ends at the latest
SHORTEST = 1e-8  # part of such a step
CUTS = 200


@dataclass(frozen=True)
class Certificate:
    """What a mixture loses, and what no mixture can go below; their difference is the gap."""

    mixture: Float[np.ndarray, "m"]
    adversary: Float[np.ndarray, "n"]
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """How much better than this mixture any can be, at most."""
        return self.value - self.bound


def certificate(
    losses: Float[np.ndarray, "m n"],
    mixture: Float[np.ndarray, "m"],
    adversary: Float[np.ndarray, "n"],
    q: float | None = None,
) -> Certificate:
    """Return what a mixture loses, and the bound for all mixtures by the adversary's weights."""
    mixed = mixture @ losses
    size = dual_norm(adversary, q)
    if size > 1:
        adversary = adversary / size
    return Certificate(mixture, adversary, norm(mixed, q), float((losses @ adversary).min()))


def lift(losses: np.ndarray, q: float | None) -> float:
    """Return what is to be added to losses below 0 so that none is; at q infinity it changes no mixture."""
    return max(0.0, -float(losses.min())) if q is None else 0.0


def solve(losses: Float[np.ndarray, "m n"], q: float | None) -> Certificate:
    """Return a mixture that loses least, with the certificate for it."""
    largest = float(losses.max())
    rows = [norm(row, q) for row in losses]
    best = int(np.argmin(rows))
    pure = np.eye(1, len(losses), best)[0]
    if largest == 0 or rows[best] == 0 or q == 1 or len(losses) == 1:
        return certificate(losses, pure, weights(losses[best], q), q)
    scaled = losses / largest
    found = certificate(scaled, *_linear(scaled)) if q is None else _smooth(scaled, q)
    return Certificate(found.mixture, found.adversary, found.value * largest, found.bound * largest)


def _linear(losses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the best mixtures of rows and of columns: the linear programme and its dual, by HiGHS.

    The variables are u = p / value, for losses raised by 1 so that the value is positive: the largest sum u
    with L^T u <= 1.
    """
    from scipy.optimize import linprog

    m, n = losses.shape
    solved = linprog(-np.ones(m), A_ub=(losses + 1).T, b_ub=np.ones(n), method="highs")
    mixture, adversary = np.maximum(solved.x, 0), np.maximum(-solved.ineqlin.marginals, 0)
    return mixture / mixture.sum(), adversary / adversary.sum()


def _smooth(losses: np.ndarray, q: float) -> Certificate:
    """Return the best mixture for the norm of a finite q > 1, by Newton's method; else by cutting planes.

    The smaller q is, the smoother is the norm: mixtures for 2, 4, 8, ... show the way.
    """
    seen = losses[:, losses.any(axis=0)]  # columns without losses have no part in any slope
    mixture = np.full(len(losses), 1 / len(losses))
    stage = min(q, 2.0)
    while stage < q:
        mixture = _central_path(seen, mixture, stage, ROUGH_GAP)
        stage *= 2
    mixture = _central_path(seen, mixture, q, SMALL_GAP)
    found = certificate(losses, mixture, weights(mixture @ losses, q), q)
    return found if found.gap <= 10 * SMALL_GAP else _cut(losses, q, found)


def _cut(losses: np.ndarray, q: float, found: Certificate) -> Certificate:
    """Return a mixture with a small gap, by Kelley's method, where Newton's comes to nothing.

    Each adversary so far is one column of a game; the best mixture for it meets the next. That is slow for
    many rows, but wants no smoothness.
    """
    met = [found.adversary]
    for _ in range(CUTS):
        columns = np.array(met)
        mixture, shares = _linear(losses @ columns.T)
        mixed = certificate(losses, mixture, shares @ columns, q)
        if mixed.bound < found.bound:
            mixed = certificate(losses, mixture, found.adversary, q)
        if mixed.value > found.value:
            mixed = certificate(losses, found.mixture, mixed.adversary, q)
        found = mixed
        if found.gap <= SMALL_GAP:
            break
        met.append(weights(mixture @ losses, q))
    return found


def _central_path(losses: np.ndarray, start: np.ndarray, q: float, wanted: float) -> np.ndarray:
    """Return the mixture with the smallest gap that a primal-dual interior-point method meets.

    For the slopes g = L y and slacks s >= 0 it solves g - s = level, p s = mu, sum p = 1 by Newton's method,
    and lets mu fall. A step has to lessen what is left of these equations, or the norm - mu sum(log p).
    """
    m, n = losses.shape

    def slopes(mixture: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
        mixed = mixture @ losses
        return mixed, norm(mixed, q), losses @ weights(mixed, q)

    p = 0.99 * start + 0.01 / m
    mixed, value, g = slopes(p)
    mu = max(value - g.min(), wanted) / m
    level = g.min() - mu
    s = g - level
    best: np.ndarray = p
    smallest = np.inf
    for _ in range(STEPS):
        gap = float(value - g.min())
        if gap < smallest:
            best, smallest = p, gap
        if gap <= wanted:
            break
        if max(np.abs(p * (g - level - s)).max(), np.abs(p * s - mu).max()) <= mu:
            mu = max(0.1 * mu, 0.1 * wanted / m)
        curves = (losses * ((mixed / value) ** (q - 2) / n)) @ losses.T - np.outer(g, g)
        system = np.zeros((m + 1, m + 1))
        system[:m, :m] = (q - 1) / value * curves + np.diag(s / p)
        system[:m, m], system[m, :m] = -1, 1
        scale = np.append(np.sqrt(p), 1.0)
        right = np.append(level - g + mu / p, 0.0)
        step = scale * np.linalg.solve(system * scale * scale[:, None], right * scale)
        dp, rise = step[:m], float(step[m])
        ds = mu / p - s - s / p * dp
        left = _left(g - level - s, p * s - mu)
        barrier, slope = value - mu * np.log(p).sum(), float((g - mu / p) @ dp)
        length = min(_room(p, dp), _room(s, ds))
        while length > SHORTEST:
            moved, raised = p + length * dp, s + length * ds
            mixed, value, g = slopes(moved)
            less = _left(g - level - length * rise - raised, moved * raised - mu)
            if less <= (1 - 0.01 * length) * left:
                break
            if value - mu * np.log(moved).sum() <= barrier + 0.01 * length * slope:
                break
            length /= 2
        else:
            break
        p, level = moved / moved.sum(), level + length * rise
        s = np.clip(raised, 1e-3 * mu / p, 1e3 * mu / p)
        mixed, value, g = slopes(p)
    return best


def _left(first: np.ndarray, second: np.ndarray) -> float:
    """Return what is left of the equations."""
    return float(np.sqrt(first @ first + second @ second))


def _room(values: np.ndarray, steps: np.ndarray) -> float:
    """Return which part of a step, 1 at most, leaves all values positive."""
    falling = steps < 0
    return min(1.0, 0.995 * float(np.min(-values[falling] / steps[falling], initial=np.inf)))
