"""Modular teachers and what identifies them, right, in plain Python."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from itertools import permutations

import numpy as np

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
