"""The scores by their definition, in plain Python, one logarithm at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from whp.reference.disentanglement.entropies import Scores

Groups = np.ndarray | None


def grouped(importances: np.ndarray, latent_groups: Groups, factor_groups: Groups) -> list[list[float]]:
    """Return absolute importances, summed over groups, with their largest entry scaled to 1."""
    rows, columns = importances.shape
    u = range(rows) if latent_groups is None else latent_groups.tolist()
    v = range(columns) if factor_groups is None else factor_groups.tolist()
    a, b = max(u, default=-1) + 1, max(v, default=-1) + 1
    peak = float(np.abs(importances).max(initial=0.0)) or 1.0
    cells: list[list[list[float]]] = [[[] for _ in range(b)] for _ in range(a)]
    for i, row in enumerate(importances.tolist()):
        for j, entry in enumerate(row):
            cells[u[i]][v[j]].append(abs(entry) / peak)
    return [[math.fsum(cell) for cell in row] for row in cells]


def entropy(masses: Iterable[float]) -> float:
    """Return the entropy, in nats, of the law that is proportional to these masses."""
    kept = [mass for mass in masses if mass > 0]
    total = math.fsum(kept)
    return math.fsum(mass / total * math.log(total / mass) for mass in kept) if kept else 0.0


def disentanglement_of(table: list[list[float]], b: int) -> float:
    """Return the mean over rows of 1 - (their entropy) / ln b, weighted by their masses."""
    masses = [math.fsum(row) for row in table]
    total = math.fsum(masses)
    if total == 0:
        return 0.0
    scores = [1 - entropy(row) / math.log(b) if b > 1 else 1.0 for row in table]
    return math.fsum(mass / total * score for mass, score in zip(masses, scores, strict=True))


def defined(importances: np.ndarray, latent_groups: Groups = None, factor_groups: Groups = None) -> Scores:
    """Return the scores, by their definition."""
    table = grouped(importances, latent_groups, factor_groups)
    turned = [list(column) for column in zip(*table, strict=True)]
    return Scores(disentanglement_of(table, len(turned)), disentanglement_of(turned, len(table)))
