"""Impostors of `hyperteacher` that get `support` wrong."""

from __future__ import annotations

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.hyperteacher.right import Modular, number_of_parts


@rejected_by(
    "support_is_decided_as_defined",
    "supports_of_the_paper_are_told_right",
    "unmet_conditions_have_counterexamples",
)
class OverlapOfMasks(Modular):
    """Takes masks for connected that share a module, also where each stands for one code."""

    def discrete(self, vectors):
        return super().discrete(vectors)[0], self.overlapping(vectors)


@rejected_by(
    "support_is_decided_as_defined",
    "supports_of_the_paper_are_told_right",
    "unmet_conditions_have_counterexamples",
)
class EveryModuleOccurs(Modular):
    """Takes for compositional what has every module in some mask, also where each stands for one code."""

    def discrete(self, vectors):
        return self.covered(vectors), super().discrete(vectors)[1]


@rejected_by("supports_of_the_paper_are_told_right")
class RankOfFloats(Modular):
    """Computes the rank by singular values, with a usual tolerance."""

    def discrete(self, vectors):
        rank = int(np.linalg.matrix_rank(np.array(vectors, float))) if vectors else 0
        return rank, super().discrete(vectors)[1]


@rejected_by("support_is_decided_as_defined")
class RankModuloTwo(Modular):
    """Adds 0/1 vectors modulo 2, for which a triangle of pairs is dependent."""

    def discrete(self, vectors):
        basis = []
        for vector in vectors:
            number = int("".join(map(str, vector)) or "0", 2)
            for other in basis:
                number = min(number, number ^ other)
            if number:
                basis.append(number)
        return len(basis), super().discrete(vectors)[1]


@rejected_by("supports_of_the_paper_are_told_right")
class RankModuloSeven(Modular):
    """Eliminates modulo a small prime number, which divides some determinants."""

    def discrete(self, vectors):
        basis = []
        for vector in vectors:
            row = list(vector)
            for pivot, other in basis:
                row = [(a - row[pivot] * b) % 7 for a, b in zip(row, other, strict=True)]
            pivot = next((m for m, entry in enumerate(row) if entry), None)
            if pivot is not None:
                basis.append((pivot, [a * pow(row[pivot], -1, 7) % 7 for a in row]))
        return len(basis), super().discrete(vectors)[1]


@rejected_by("support_is_decided_as_defined", "supports_of_the_paper_are_told_right")
class NeverShared(Modular):
    """Takes every support for discrete."""

    def shared(self, continuous):
        return False


@rejected_by("names_order_and_repetition_mean_nothing", "support_is_decided_as_defined")
class RepeatsCount(Modular):
    """Counts a module twice that is named twice."""

    def vector(self, mask, count):
        return [mask.count(m) for m in range(count)]


@rejected_by("names_order_and_repetition_mean_nothing")
class EqualMasksApart(Modular):
    """Leaves out masks that are there already, and counts each as a component."""

    def support(self, masks, count, continuous):
        kept = [mask for place, mask in enumerate(masks) if mask not in masks[:place]]
        found = super().support(kept, count, continuous)
        found["components"] += len(masks) - len(kept)
        return {**found, "connected": self.joined(found["components"])}


@rejected_by("names_order_and_repetition_mean_nothing", "supports_of_the_paper_are_told_right")
class NeighboursInTheList(Modular):
    """Joins masks that share a module with the one before them in the list, and no others."""

    def overlapping(self, vectors):
        def shares(i, j):
            return abs(i - j) == 1 and any(a & b for a, b in zip(vectors[i], vectors[j], strict=True))

        return number_of_parts(len(vectors), shares)


@rejected_by("more_tasks_never_undo")
class CountsCircuits(Modular):
    """Counts independent circuits in place of components."""

    def discrete(self, vectors):
        rank, _ = super().discrete(vectors)
        return rank, max(1, len(vectors) - rank)


@rejected_by("more_tasks_never_undo")
class RankOfLateTasks(Modular):
    """Looks at as many masks as there are modules, the last ones."""

    def discrete(self, vectors):
        rank, _ = super().discrete(vectors[-len(vectors[0]) :] if vectors else [])
        return rank, super().discrete(vectors)[1]


@rejected_by("independent_parts_add_up", "support_is_decided_as_defined")
class OneCircuitIsEnough(Modular):
    """Takes everything for connected once some masks are dependent."""

    def discrete(self, vectors):
        rank, _ = super().discrete(vectors)
        return rank, 1 if rank < len(vectors) else len(vectors)


@rejected_by("verdicts_follow_from_the_numbers")
class ConnectedByCoverage(Modular):
    """Says of a support that it is connected where it is compositional."""

    def support(self, masks, count, continuous):
        found = super().support(masks, count, continuous)
        return {**found, "connected": found["compositional"]}


@rejected_by("verdicts_follow_from_the_numbers")
class CompositionalByNumber(Modular):
    """Takes as many tasks as modules for enough."""

    def compositional(self, rank, count, masks):
        return len(masks) >= count
