"""Impostors of `hyperteacher` that get `identification`, `fit` or `adapt` wrong."""

from __future__ import annotations

import math

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.hyperteacher.right import Modular

# identification


@rejected_by("a_unit_turned_round_is_not_identified")
class WithoutSign(Modular):
    """Takes cosines without their sign."""

    def cosine(self, one, other):
        return abs(super().cosine(one, other))


@rejected_by("identification_is_as_defined")
class PartnersShared(Modular):
    """Takes the best of the student's units for each of the teacher's, though it may be another's too."""

    def assigned(self, similar):
        return similar.max(axis=1, initial=-1).sum()


@rejected_by("identification_is_as_defined")
class GreedyPartners(Modular):
    """Takes the most similar pair, then the most similar of the others, and so on."""

    def assigned(self, similar):
        left, total = np.array(similar), 0.0
        for _ in range(min(left.shape)):
            k, g = np.unravel_index(left.argmax(), left.shape)
            total += left[k, g]
            left = np.delete(np.delete(left, k, axis=0), g, axis=1)
        return total


@rejected_by("identification_is_as_defined", "unmet_conditions_have_counterexamples")
class ModuleByModule(Modular):
    """Aligns each module by itself, so that each may have units of its own."""

    def identification(self, modules, codes, student_modules, student_codes):
        fitted = np.linalg.lstsq(student_codes, codes, rcond=1e-10)[0]
        found = self.found(fitted, student_modules)
        scores = []
        for one, other in zip(modules, found, strict=True):
            similar = [[self.cosine(a, b) for b in other.T] for a in one.T]
            scores.append(np.array(similar).reshape(one.shape[1], -1).max(axis=1, initial=0).mean())
        return float(np.mean(scores))


@rejected_by("identification_is_as_defined")
class ModulesScaledFirst(Modular):
    """Scales each module's part of a column to norm 1 before the columns are compared."""

    def cosine(self, one, other):
        return super().cosine(self.even_parts(one), self.even_parts(other))

    def even_parts(self, column):
        norms = np.linalg.norm(column, axis=1, keepdims=True)
        return column / np.where(norms > 0, norms, 1)


@rejected_by("the_teacher_itself_is_identified")
class CodesIgnored(Modular):
    """Compares modules as they are numbered, whatever the codes."""

    def found(self, fitted, student_modules):
        return np.tensordot(np.eye(fitted.shape[1], fitted.shape[0]), student_modules, axes=1)


@rejected_by("the_teacher_itself_is_identified", "identification_is_as_defined")
class MapTransposed(Modular):
    """Maps the modules by the transpose of the fitted map, which is no inverse."""

    def found(self, fitted, student_modules):
        return np.tensordot(fitted.T, student_modules, axes=1)


@rejected_by("identification_is_as_defined")
class CutoffOnce(Modular):
    """Inverts the fitted map with the cutoff of the library, which is far smaller than the stated one."""

    def found(self, fitted, student_modules):
        return np.tensordot(np.linalg.pinv(fitted), student_modules, axes=1)


@rejected_by("the_teacher_itself_is_identified")
class DistanceOfColumns(Modular):
    """Takes for similar what is near, so that the scale of a unit counts."""

    def cosine(self, one, other):
        return 1 / (1 + float(np.linalg.norm(one - other)))


@rejected_by("a_unit_turned_round_is_not_identified")
class DeadUnitsLeftOut(Modular):
    """Leaves units of the teacher out of the mean that have no partner, or a dead one."""

    def score(self, similar):
        alive = np.abs(similar).max(axis=0, initial=0) > 0
        kept = similar[:, alive]
        return self.assigned(kept) / max(min(kept.shape), 1)


@rejected_by("the_teacher_itself_is_identified")
class UnitsInOrder(Modular):
    """Compares unit k with unit k."""

    def assigned(self, similar):
        return float(np.trace(similar))


# fit and adapt


@rejected_by("unseen_combinations_are_solved_where_modules_are_identified", "codes_of_unseen_tasks_are_found")
class NearestModule(Modular):
    """Adapts by the one module that fits best, as if each task had one."""

    def adapt(self, modules, readout, inputs, targets, seed):
        best, least = None, math.inf
        for code in np.eye(len(modules)):
            outputs = self.apply(modules, readout, code, inputs)
            size = float((outputs**2).sum())
            times = max(float((outputs * targets).sum()), 0.0) / size if size else 0.0
            loss = float(((times * outputs - targets) ** 2).sum())
            if loss < least:
                best, least = times * code, loss
        return best


@rejected_by("unseen_combinations_are_solved_where_modules_are_identified", "codes_of_unseen_tasks_are_found")
class NearestTask(Modular):
    """Gives an unseen task the code of that task of the training which fits best."""

    codes = None

    def fit(self, inputs, targets, hidden, modules, seed):
        made = super().fit(inputs, targets, hidden, modules, seed)
        self.codes = made.codes
        return made

    def adapt(self, modules, readout, inputs, targets, seed):
        known = np.eye(len(modules)) if self.codes is None else self.codes
        return min(
            known, key=lambda z: float(np.sum((self.apply(modules, readout, z, inputs) - targets) ** 2))
        )


@rejected_by("unseen_combinations_are_solved_where_modules_are_identified", "codes_of_unseen_tasks_are_found")
class ForgetsTheRelu(Modular):
    """Adapts by linear least squares, as if the hidden units were linear."""

    def adapt(self, modules, readout, inputs, targets, seed):
        features = np.einsum("bi,mik,ko->bom", inputs, modules, readout) / math.sqrt(modules.shape[1])
        return np.linalg.lstsq(features.reshape(-1, len(modules)), 2 * targets.ravel(), rcond=None)[0]


@rejected_by("unseen_combinations_are_solved_where_modules_are_identified", verdict="undecided")
class StopsEarly(Modular):
    """Stops training after a few steps, far above a loss from which anything follows."""

    def fit(self, inputs, targets, hidden, modules, seed):
        random = np.random.default_rng(np.random.SeedSequence(seed))
        return {
            "modules": random.standard_normal((modules, inputs.shape[2], hidden)),
            "readout": random.standard_normal((hidden, targets.shape[2])) / 10,
            "codes": random.standard_normal((len(inputs), modules)) / 10,
        }
