"""The scores by their definition, in plain Python, one logarithm at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from whp.reference.disentanglement.entropies import Scores

Groups = np.ndarray | None
NAMES = ("disentanglement", "completeness")
NEAR = 1e-5  # what makes a difference less than that is not of another formula


class Level(NamedTuple):
    """An importance matrix and a level."""

    importances: np.ndarray
    latent_groups: Groups = None
    factor_groups: Groups = None

    @property
    def asked(self) -> dict[str, Any]:
        """The arguments of `scores`."""
        return self._asdict()


def grouped(
    importances: np.ndarray,
    latent_groups: Groups,
    factor_groups: Groups,
    together: Callable[[list[float]], float] = math.fsum,
    size: Callable[[float], float] = abs,
) -> list[list[float]]:
    """Return absolute importances, summed over groups, with their largest entry scaled to 1.

    Unless they are put together, or their sizes are taken, otherwise: by mistake.
    """
    rows, columns = importances.shape
    u = range(rows) if latent_groups is None else latent_groups.tolist()
    v = range(columns) if factor_groups is None else factor_groups.tolist()
    a, b = max(u, default=-1) + 1, max(v, default=-1) + 1
    peak = float(np.abs(importances).max(initial=0.0)) or 1.0
    cells: list[list[list[float]]] = [[[] for _ in range(b)] for _ in range(a)]
    for i, row in enumerate(importances.tolist()):
        for j, entry in enumerate(row):
            cells[u[i]][v[j]].append(size(entry / peak))
    return [[abs(together(cell)) for cell in row] for row in cells]


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
    return scored(grouped(importances, latent_groups, factor_groups))


def scored(table: list[list[float]]) -> Scores:
    """Return the scores of sums over groups."""
    turned = [list(column) for column in zip(*table, strict=True)]
    return Scores(disentanglement_of(table, len(turned)), disentanglement_of(turned, len(table)))


# What is taken for a score by mistake


def mistaken(
    name: str, value: float, within: float, level: Level, misread: Iterable[tuple[str, Level]] = ()
) -> str:
    """Say, after a semicolon, which mistake makes this of a score; nothing if none is known.

    Many make 0 or 1 of one matrix or another. `misread` is what may be taken for the level.
    """
    table = grouped(*level)
    if abs(value - getattr(scored(table), name)) < NEAR:
        return "; so near, it may have been rounded, or a small number added before a logarithm"
    if min(abs(value), abs(value - 1)) <= within:
        return ""
    tables = [*((what, grouped(*other)) for what, other in misread), *mistaken_sums(*level)]
    wrong = [*mistakes(table, name), *((what, getattr(scored(sums), name)) for what, sums in tables)]
    found = next((what for what, other in wrong if abs(value - other) <= within), None)
    return f"; {value:.6g} would be {found}" if found else ""


def mistaken_sums(
    importances: np.ndarray, latent_groups: Groups, factor_groups: Groups
) -> Iterator[tuple[str, list[list[float]]]]:
    """Yield what is often taken for the matrix of sums."""
    both = latent_groups, factor_groups
    yield "that of squared importances", grouped(importances, *both, size=lambda entry: entry * entry)
    if (importances < 0).any():
        yield "that of positive importances alone", grouped(importances, *both, size=lambda x: max(x, 0.0))
        yield "that of sums in which signs cancel", grouped(importances, *both, size=float)
    if latent_groups is not None or factor_groups is not None:
        yield "that of the largest importance of each group", grouped(importances, *both, together=max)
        yield "that of the mean importance of each group", grouped(importances, *both, together=mean)
        yield "that of single latents and factors", grouped(importances, None, None)
        blocks = [None if groups is None else np.sort(groups) for groups in both]
        yield "that of groups whose members follow each other", grouped(importances, blocks[0], blocks[1])
    if latent_groups is not None and factor_groups is not None:
        yield "that of groups of latents and single factors", grouped(importances, latent_groups, None)
        yield "that of single latents and groups of factors", grouped(importances, None, factor_groups)


def mean(values: list[float]) -> float:
    """Return the mean."""
    return math.fsum(values) / len(values)


def mistakes(table: list[list[float]], name: str) -> Iterator[tuple[str, float]]:
    """Yield what is often taken for a score of a matrix of sums, with what it comes to."""
    turned = [list(column) for column in zip(*table, strict=True)]
    rows, columns = (table, turned) if name == "disentanglement" else (turned, table)
    masses = [math.fsum(row) for row in rows]
    total, groups = math.fsum(masses), len(columns)
    if total == 0 or groups < 2:
        return
    lost = [entropy(row) for row in rows]
    given = math.fsum(mass / total * own for mass, own in zip(masses, lost, strict=True))
    live = [own for mass, own in zip(masses, lost, strict=True) if mass]
    line = "latents" if name == "disentanglement" else "factors"
    other = next(one for one in NAMES if one != name)
    alive = sum(any(column) for column in columns)
    if 1 < alive < groups:
        yield (
            f"that with ln {alive}, without what is dead, in place of ln {groups}",
            1 - given / math.log(alive),
        )
    yield f"the plain mean over {line}, not weighted by mass", 1 - sum(live) / len(live) / math.log(groups)
    yield f"that with dead {line} in it", 1 - sum(lost) / len(lost) / math.log(groups)
    yield "that of natural logarithms", 1 - given
    yield "that of logarithms to the base 2", 1 - given / math.log(2)
    if len(rows) > 1:
        yield f"that divided by ln {len(rows)}, the number of {line}", 1 - given / math.log(len(rows))
    most = entropy([math.fsum(column) for column in columns])
    if most:
        yield "that divided by the entropy of the marginal, as clusterings do", 1 - given / most
    yield f"its {other}", getattr(scored(table), other)
