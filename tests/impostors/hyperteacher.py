"""Wrong teachers, students and judges of supports, each with the mistake that somebody makes."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from itertools import permutations

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.hyperteacher_training import *  # noqa: F403 # its impostors are impostors of hyperteacher
from whp.reference.hyperteacher import fitting


class Modular:
    """The whole system, right, in plain Python but for `fit` and `adapt`; an impostor changes one thing."""

    # generate and apply

    def generate(self, modules, code):
        return self.combined(modules, self.gates(code))

    def gates(self, code):
        return [float(z) for z in code]

    def combined(self, modules, gates):
        (_, n, h) = modules.shape
        weights = [[0.0] * h for _ in range(n)]
        for z, module in zip(gates, modules, strict=True):
            for i in range(n):
                for k in range(h):
                    weights[i][k] += z * module[i][k]
        return weights

    def apply(self, modules, readout, code, inputs):
        columns = self.columns(self.generate(modules, code), modules.shape[2])
        reads, scale = self.reads(readout, code), self.scale(modules.shape[1])
        rows = []
        for x in self.seen(inputs):
            before = [sum(a * b for a, b in zip(x, column, strict=True)) * scale for column in columns]
            units = [self.unit(value) for value in before]
            rows.append(
                [
                    self.out(sum(u * row[j] for u, row in zip(units, reads, strict=True)))
                    for j in range(readout.shape[1])
                ]
            )
        return np.array(rows, np.float64).reshape(len(inputs), readout.shape[1])

    def columns(self, weights, h):
        return [[row[k] for row in weights] for k in range(h)]

    def reads(self, readout, code):
        return readout.tolist()

    def scale(self, n):
        return 1 / math.sqrt(n)

    def seen(self, inputs):
        return inputs.tolist()

    def unit(self, value):
        return max(value, 0.0)

    def out(self, value):
        return value

    # support

    def support(self, masks, count, continuous):
        vectors = [self.vector(mask, count) for mask in masks]
        if self.shared(continuous):
            rank, parts = self.covered(vectors), self.overlapping(vectors)
        else:
            rank, parts = self.discrete(vectors)
        return {
            "rank": rank,
            "components": parts,
            "compositional": self.compositional(rank, count, masks),
            "connected": self.joined(parts),
        }

    def vector(self, mask, count):
        return [int(m in mask) for m in range(count)]

    def shared(self, continuous):
        return continuous

    def covered(self, vectors):
        return sum(map(any, zip(*vectors, strict=True)))

    def overlapping(self, vectors):
        masks = [{m for m, there in enumerate(vector) if there} for vector in vectors]
        return number_of_parts(len(masks), lambda i, j: bool(masks[i] & masks[j]))

    def discrete(self, vectors):
        """Grow a basis; a vector that depends on it joins whatever it is made of."""
        basis, joined = [], []
        for place, vector in enumerate(vectors):
            left, made = [Fraction(entry) for entry in vector], {place: Fraction(1)}
            for pivot, row, of in basis:
                factor = left[pivot]
                left = [a - factor * b for a, b in zip(left, row, strict=True)]
                for other, share in of.items():
                    made[other] = made.get(other, 0) - factor * share
            pivot = next((m for m, entry in enumerate(left) if entry), None)
            if pivot is None:
                joined.append({other for other, share in made.items() if share})
                continue
            scale = left[pivot]
            basis.append((pivot, [a / scale for a in left], {o: s / scale for o, s in made.items()}))
        parts = number_of_parts(len(vectors), lambda i, j: any(i in each and j in each for each in joined))
        return len(basis), parts

    def compositional(self, rank, count, masks):
        return rank == count

    def joined(self, parts):
        return parts == 1

    # sample_codes

    def sample_codes(self, masks, count, modules, continuous, seed):
        rng = self.generator(seed)
        codes = []
        for row, mask in enumerate(self.chosen([sorted(self.active(mask)) for mask in masks], count, rng)):
            entries = self.entries(len(mask), continuous, rng, row)
            code = [0.0] * modules
            for m, entry in zip(mask, entries, strict=True):
                code[m] = entry
            codes.append(code)
        return codes

    def generator(self, seed):
        return random.Random(seed)

    def active(self, mask):
        return set(mask)

    def chosen(self, masks, count, rng):
        return [rng.choice(masks) for _ in range(count)]

    def entries(self, k, continuous, rng, row):
        return self.weights([self.draw(rng) for _ in range(k)]) if continuous else [self.even(k)] * k

    def draw(self, rng):
        return rng.expovariate(1)

    def even(self, k):
        return 1 / math.sqrt(k)

    def weights(self, u):
        return [0.5 + 0.5 * v for v in self.shares(u)]

    def shares(self, u):
        return [each / (1 + sum(u)) for each in u]

    # identification

    def identification(self, modules, codes, student_modules, student_codes):
        fitted = np.linalg.lstsq(student_codes, codes, rcond=1e-10)[0]
        found = self.found(fitted, student_modules)
        similar = [
            [self.cosine(modules[:, :, k], found[:, :, g]) for g in range(found.shape[2])]
            for k in range(modules.shape[2])
        ]
        return self.score(np.array(similar).reshape(modules.shape[2], found.shape[2]))

    def found(self, fitted, student_modules):
        return np.tensordot(np.linalg.pinv(fitted, rcond=1e-10), student_modules, axes=1)

    def cosine(self, one, other):
        size = np.linalg.norm(one) * np.linalg.norm(other)
        return float((one * other).sum() / size) if size else 0.0

    def score(self, similar):
        return self.assigned(similar) / len(similar)

    def assigned(self, similar):
        wide = similar if similar.shape[0] <= similar.shape[1] else similar.T
        sums = (
            sum(wide[k, g] for k, g in enumerate(chosen))
            for chosen in permutations(range(wide.shape[1]), len(wide))
        )
        return float(max(sums))

    # fit and adapt

    def fit(self, inputs, targets, hidden, modules, seed):
        return fitting.fit(inputs, targets, hidden, modules, seed)

    def adapt(self, modules, readout, inputs, targets, seed):
        return fitting.adapt(modules, readout, inputs, targets, seed)


def number_of_parts(count, together):
    """Count the parts of a list of things of which each two are said to be together or not."""
    left, parts = set(range(count)), 0
    while left:
        parts += 1
        reached = [left.pop()]
        for one in reached:
            near = {other for other in left if together(one, other)}
            left -= near
            reached += near
    return parts


# generate


@rejected_by("weights_are_the_sum_of_modules", "outputs_are_those_of_the_teacher")
class LosesTheLastModule(Modular):
    """Stops before the last module."""

    def combined(self, modules, gates):
        return super().combined(modules[: max(len(modules) - 1, 1)], gates[: max(len(gates) - 1, 1)])


@rejected_by("weights_are_linear_in_the_code", "outputs_scale_with_code_and_inputs")
class NormalisesTheCode(Modular):
    """Scales the code to norm 1 before it is used."""

    def gates(self, code):
        norm = float(np.linalg.norm(code)) or 1.0
        return [z / norm for z in code]


@rejected_by("weights_are_linear_in_the_code", "outputs_scale_with_code_and_inputs")
class SoftGates(Modular):
    """Puts the code through a softmax, as a mixture of experts does."""

    def gates(self, code):
        likely = np.exp(code - code.max())
        return (likely / likely.sum()).tolist()


@rejected_by("weights_are_linear_in_the_code", "weights_are_the_sum_of_modules")
class SquashedCode(Modular):
    """Has a generator that isn't linear."""

    def gates(self, code):
        return np.tanh(code).tolist()


@rejected_by("weights_are_linear_in_the_code", "modules_may_be_mixed")
class StrongestModuleAlone(Modular):
    """Uses the module of the largest entry and no other."""

    def gates(self, code):
        return np.where(np.arange(len(code)) == np.abs(code).argmax(), code, 0).tolist()


@rejected_by("modules_may_be_mixed", "weights_are_the_sum_of_modules")
class FirstModuleTwice(Modular):
    """Adds the first module once more, as a shared one."""

    def gates(self, code):
        return [2 * code[0], *code[1:]]


@rejected_by("weights_are_the_sum_of_modules", "outputs_are_those_of_the_teacher")
class SingleUndeclared(Modular):
    """Adds in single precision, and doesn't say so."""

    def generate(self, modules, code):
        return np.tensordot(code.astype(np.float32), modules.astype(np.float32), axes=1).tolist()


# apply


@rejected_by(
    "outputs_are_those_of_the_teacher",
    "opposites_add_up_to_absolute_values",
)
class NoRelu(Modular):
    """Forgets the ReLU: the teacher is linear."""

    def unit(self, value):
        return value


@rejected_by("opposite_inputs_differ_by_a_linear_map", "outputs_are_those_of_the_teacher")
class ReluOfTheWeights(Modular):
    """Has the ReLU on the weights, in place of the hidden units."""

    def columns(self, weights, h):
        return super().columns(np.maximum(weights, 0).tolist(), h)

    def unit(self, value):
        return value


@rejected_by("opposite_inputs_differ_by_a_linear_map")
class AbsoluteUnits(Modular):
    """Takes absolute values of hidden units."""

    def unit(self, value):
        return abs(value)


@rejected_by("opposite_inputs_differ_by_a_linear_map", "opposites_add_up_to_absolute_values")
class LeakyUnits(Modular):
    """Lets a hundredth of what is negative through."""

    def unit(self, value):
        return value if value > 0 else value / 100


@rejected_by("opposite_inputs_differ_by_a_linear_map")
class OutputsCut(Modular):
    """Has a ReLU on the outputs as well."""

    def out(self, value):
        return max(value, 0.0)


@rejected_by("outputs_are_those_of_the_teacher", "outputs_have_the_variance_of_the_code")
class NoScale(Modular):
    """Doesn't divide by sqrt(n)."""

    def scale(self, n):
        return 1.0


@rejected_by("outputs_are_those_of_the_teacher", "outputs_have_the_variance_of_the_code")
class DividesByN(Modular):
    """Divides by n."""

    def scale(self, n):
        return 1 / n


@rejected_by("outputs_scale_with_code_and_inputs")
class ReadoutOfTheTask(Modular):
    """Scales the readout by the code too, as when every layer is generated."""

    def reads(self, readout, code):
        return (readout * float(np.abs(code).sum())).tolist()


@rejected_by("outputs_scale_with_code_and_inputs", "outputs_are_those_of_the_teacher")
class Biased(Modular):
    """Adds a bias to each hidden unit."""

    def unit(self, value):
        return max(value + 0.1, 0.0)


@rejected_by("inputs_are_answered_apart")
class CentresTheBatch(Modular):
    """Takes the mean off the inputs of a batch."""

    def seen(self, inputs):
        return (inputs - inputs.mean(axis=0)).tolist() if len(inputs) else []


@rejected_by("hidden_units_have_no_names")
class UnitsOfNormOne(Modular):
    """Scales the weights of each hidden unit to norm 1."""

    def columns(self, weights, h):
        columns = super().columns(weights, h)
        return [[w / (math.hypot(*column) or 1) for w in column] for column in columns]


@rejected_by("hidden_units_have_no_names")
class EqualUnitsOnce(Modular):
    """Counts hidden units of equal weights once."""

    def columns(self, weights, h):
        columns = super().columns(weights, h)
        return [
            column if column not in columns[:k] else [0.0] * len(column) for k, column in enumerate(columns)
        ]


@rejected_by("hidden_units_have_no_names")
class FirstUnitIsABias(Modular):
    """Takes the first hidden unit for a bias, which has no ReLU."""

    def apply(self, modules, readout, code, inputs):
        plain, before = (
            super().apply(modules, readout, code, inputs),
            inputs @ np.array(self.generate(modules, code)),
        )
        return plain + np.minimum(before[:, :1], 0) / math.sqrt(modules.shape[1]) * readout[:1]


# support


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


# sample_codes


@rejected_by("entries_have_the_stated_size")
class MasksThemselves(Modular):
    """Leaves discrete codes 0 and 1, as in the few-shot setting."""

    def even(self, k):
        return 1.0


@rejected_by("entries_have_the_stated_size")
class SumOfOne(Modular):
    """Scales discrete codes to sum 1."""

    def even(self, k):
        return 1 / k


@rejected_by("entries_have_the_stated_size")
class RepeatedModulesWeigh(Modular):
    """Divides by the root of the length of the mask, repeated modules counted."""

    def sample_codes(self, masks, count, modules, continuous, seed):
        codes = np.array(super().sample_codes(masks, count, modules, continuous, seed)).reshape(
            count, modules
        )
        lengths = {tuple(sorted(set(mask))): len(mask) for mask in masks}
        for code in codes if not continuous else []:
            active = tuple(np.flatnonzero(code).tolist())
            code[list(active)] = 1 / math.sqrt(lengths[active])
        return codes


@rejected_by("entries_have_the_stated_size")
class NoShift(Modular):
    """Leaves out the 0.5 that active entries start from."""

    def weights(self, u):
        return self.shares(u)


@rejected_by("entries_have_the_stated_size")
class EachByItself(Modular):
    """Divides each exponential number by one plus itself."""

    def shares(self, u):
        return [each / (1 + each) for each in u]


@rejected_by("codes_lie_on_masks")
class CoinForEachModule(Modular):
    """Throws a coin for each module of the mask."""

    def entries(self, k, continuous, rng, row):
        return [entry * (rng.random() < 0.5) for entry in super().entries(k, continuous, rng, row)]


@rejected_by("codes_lie_on_masks")
class AnyModules(Modular):
    """Draws as many modules as a mask has, whichever."""

    def sample_codes(self, masks, count, modules, continuous, seed):
        rng = random.Random(seed)
        codes = np.array(super().sample_codes(masks, count, modules, continuous, seed)).reshape(
            count, modules
        )
        return [rng.sample(code, len(code)) for code in codes.tolist()]


@rejected_by("continuous_codes_differ")
class OneWeightForAll(Modular):
    """Draws one exponential number for all active modules of a code."""

    def shares(self, u):
        return super().shares(u[:1] * len(u))


@rejected_by("continuous_codes_differ")
class OneDrawForAll(Modular):
    """Draws the weights once, for all codes of a call."""

    def entries(self, k, continuous, rng, row):
        if not continuous:
            return super().entries(k, continuous, rng, row)
        if row == 0:
            self.drawn = [self.draw(rng) for _ in range(64)]
        return self.weights(self.drawn[:k])


@rejected_by("other_seeds_give_other_codes")
class HighBitsLost(Modular):
    """Keeps the 32 low bits of a seed."""

    def generator(self, seed):
        return random.Random(seed % 2**32)


@rejected_by("other_seeds_give_other_codes")
class LowBitsLost(Modular):
    """Keeps a seed's high bits, as a generator of 32-bit floats may."""

    def generator(self, seed):
        return random.Random(float(np.float32(seed)))


@rejected_by("other_seeds_give_other_codes", "masks_are_drawn_uniformly")
class MasksInTurn(Modular):
    """Takes the masks one after the other."""

    def chosen(self, masks, count, rng):
        return [masks[row % len(masks)] for row in range(count)]


@rejected_by("masks_are_drawn_uniformly")
class WithoutReplacement(Modular):
    """Shuffles the masks and goes through them, so that no two of the first codes have one."""

    def chosen(self, masks, count, rng):
        order = rng.sample(masks, len(masks))
        return [order[row % len(masks)] for row in range(count)]


@rejected_by("masks_are_drawn_uniformly")
class LargeMasksOftener(Modular):
    """Draws a module first, and then a mask that has it."""

    def chosen(self, masks, count, rng):
        modules = sorted({m for mask in masks for m in mask})
        return [
            rng.choice([mask for mask in masks if m in mask])
            for m in (rng.choice(modules) for _ in range(count))
        ]


@rejected_by("active_entries_follow_their_law")
class WithoutTheOne(Modular):
    """Divides by the sum of the exponential numbers alone: uniform on the simplex."""

    def shares(self, u):
        return [each / sum(u) for each in u]


@rejected_by("active_entries_follow_their_law", "sums_of_entries_follow_their_law")
class Dirichlet(Modular):
    """Has one exponential number more in the sum, in place of the one."""

    def entries(self, k, continuous, rng, row):
        self.more = self.draw(rng)
        return super().entries(k, continuous, rng, row)

    def shares(self, u):
        return [each / (self.more + sum(u)) for each in u]


@rejected_by("active_entries_follow_their_law")
class UniformWeights(Modular):
    """Draws weights uniformly, not exponentially."""

    def draw(self, rng):
        return rng.random()


@rejected_by("sums_of_entries_follow_their_law")
class EntriesApart(Modular):
    """Draws the other exponential numbers anew for each entry: each has the right law, but by itself."""

    def entries(self, k, continuous, rng, row):
        if not continuous:
            return super().entries(k, continuous, rng, row)
        return [self.weights([self.draw(rng) for _ in range(k)])[0] for _ in range(k)]


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


# All operations


@rejected_by("one_question_has_one_answer")
class GoesOnDrawing(Modular):
    """Seeds its generator once, when it is loaded."""

    rng = random.Random(0)

    def generator(self, seed):
        return self.rng


@rejected_by("one_question_has_one_answer")
class KeepsTheCode(Modular):
    """Moves the code a hundredth of the way to the last one, as a running mean."""

    last = None

    def gates(self, code):
        before = self.last
        self.last = np.array(code)
        near = before is not None and before.shape == code.shape
        return (0.99 * code + 0.01 * before if near else code).tolist()


@rejected_by("arguments_stay_untouched")
class ScalesTheModules(Modular):
    """Weighs the caller's own modules by the code."""

    def combined(self, modules, gates):
        modules *= np.array(gates)[:, None, None]
        return modules.sum(axis=0).tolist()


@rejected_by("arguments_stay_untouched")
class SortsTheMasks(Modular):
    """Sorts the caller's own masks."""

    def vector(self, mask, count):
        mask.sort(reverse=True)
        return super().vector(mask, count)


@rejected_by("every_process_answers_alike_and_ends_well")
class MasksByHash(Modular):
    """Has the masks in the order of a set of strings, which every process salts anew."""

    def chosen(self, masks, count, rng):
        order = sorted(masks, key=lambda mask: hash(str(mask)))
        return super().chosen(order, count, rng)
