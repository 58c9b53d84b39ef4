"""The scores of structured representations, right, entry by entry."""

from __future__ import annotations

import math
import random
from itertools import permutations

import numpy as np


class Scorer:
    """All of it, right: scores in plain Python, importances by correlation; an impostor changes one thing."""

    # scores

    def scores(self, importances, latent_groups, factor_groups):
        if not importances.size:
            return self.told(0.0, 0.0)
        return self.scored(self.table(self.read(importances), latent_groups, factor_groups))

    def read(self, importances):
        return [[self.size(entry) for entry in row] for row in importances.tolist()]

    def size(self, entry):
        return abs(entry)

    def table(self, rows, latent_groups, factor_groups):
        by_latents = self.summed(rows, latent_groups)
        return self.turned(self.summed(self.turned(by_latents), factor_groups))

    def turned(self, rows):
        return [list(column) for column in zip(*rows, strict=True)]

    def summed(self, rows, groups):
        if groups is None:
            return rows
        return [
            [self.together(column) for column in zip(*of_group, strict=True)]
            for label in range(max(groups, default=-1) + 1)
            if (of_group := [row for row, own in zip(rows, groups, strict=True) if own == label])
        ]

    def together(self, values):
        return sum(values)

    def scored(self, table):
        turned = self.turned(table)
        return self.told(self.concentrated(table, len(turned)), self.concentrated(turned, len(table)))

    def told(self, disentanglement, completeness):
        return {"disentanglement": disentanglement, "completeness": completeness}

    def concentrated(self, rows, groups):
        """Return the mean of the rows' scores, weighted by their masses."""
        masses = [sum(row) for row in rows]
        total = sum(masses)
        if total == 0:
            return self.of_nothing()
        return self.mean([self.row(row, groups) for row in rows], [mass / total for mass in masses])

    def of_nothing(self):
        return 0.0

    def mean(self, scores, weights):
        return sum(score * weight for score, weight in zip(scores, weights, strict=True))

    def row(self, row, groups):
        return 1 - self.entropy(row) / self.largest(groups) if groups > 1 else self.of_one_group()

    def of_one_group(self):
        return 1.0

    def largest(self, groups):
        return math.log(groups)

    def entropy(self, row):
        mass = sum(row)
        return -sum(entry / mass * math.log(entry / mass) for entry in row if entry / (mass or 1) > 0)

    # levels

    def levels(self, importances, slots, objects):
        rows, columns = importances.shape
        d, m = rows // slots, columns // objects
        of_slot, of_dimension = self.groups(rows, d)
        of_object, of_property = self.groups(columns, m)
        return {
            "flat": self.scores(importances, None, None),
            "object": self.scores(importances, of_slot, of_object),
            "property": self.scores(importances, of_dimension, of_property),
        }

    def groups(self, count, width):
        return [i // width for i in range(count)], [i % width for i in range(count)]

    # importances: squared correlations

    def importances(self, latents, factors, seed):
        weights = self.weights(self.standard(latents), self.standard(factors))
        return self.normalised(weights)

    def standard(self, samples):
        centred = samples - samples[0]
        centred = centred - centred.mean(axis=0)
        spread = centred.std(axis=0)
        return centred / np.where(spread > 0, spread, 1)

    def weights(self, latents, factors):
        return (latents.T @ factors) ** 2

    def normalised(self, weights):
        sums = weights.sum(axis=0)
        return weights / np.where(sums > 0, sums, 1)

    # align: all slots look alike, so that one probe from a slot to an object serves them all

    def align(self, latents, factors, seed):
        slots, objects = self.standard_slots(latents), self.standard_slots(factors)
        rng = self.random(seed)
        fits = [self.fit(slots, objects, self.start(latents, factors, rng)) for _ in range(self.restarts)]
        return {"slots": self.shown(min(fits, key=lambda fit: fit[0])[1], latents.shape[1])}

    restarts = 3
    rounds = 20

    def random(self, seed):
        return random.Random(seed)

    def standard_slots(self, values):
        return self.standard(values.reshape(-1, values.shape[2])).reshape(values.shape)

    def start(self, latents, factors, rng):
        objects = range(factors.shape[1])
        return np.array([rng.sample(range(latents.shape[1]), len(objects)) for _ in latents])

    def fit(self, slots, objects, order):
        loss = math.inf
        for _ in range(self.rounds):
            chosen = np.take_along_axis(slots, order[:, :, None], axis=1).reshape(-1, slots.shape[2])
            wanted = objects.reshape(-1, objects.shape[2])
            gram = chosen.T @ chosen + 1e-3 * len(chosen) * np.eye(chosen.shape[1])
            guesses = slots @ np.linalg.solve(gram, chosen.T @ wanted)
            costs = ((guesses[:, :, None, :] - objects[:, None, :, :]) ** 2).sum(axis=3)
            order, loss = self.choose(costs)
        return loss, order

    def choose(self, costs):
        _, slots, objects = costs.shape
        orders = np.array(list(permutations(range(slots), objects)))
        losses = costs[:, orders, np.arange(objects)].sum(axis=2)
        return orders[losses.argmin(axis=1)], losses.min(axis=1).sum()

    def shown(self, order, slots):
        return order
