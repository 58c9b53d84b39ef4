"""Randomised algorithms, losses and games, right, in plain Python but for training."""

from __future__ import annotations

import math
import random
from collections import Counter

import numpy as np

from whp.reference import randomization


class Player:
    """The whole system in plain Python, right, but for training, which is the reference's."""

    # relaxed_loss: the power mean by logarithms

    def relaxed_loss(self, losses, q):
        rows = losses.tolist()
        means = [self.over_seeds(column) for column in zip(*rows, strict=True)]
        value = self.norm(means, q)
        row = self.slopes(means, value, q)
        return {"value": value, "gradient": [[slope / len(rows) for slope in row] for _ in rows]}

    def over_seeds(self, column):
        return sum(column) / len(column)

    def norm(self, means, q):
        largest = max(means)
        if q is None or largest == 0:
            return largest
        logs = [q * math.log(mean / largest) for mean in means if mean > 0]
        return largest * math.exp(math.log(sum(map(math.exp, logs)) / len(means)) / q)

    def slopes(self, means, value, q):
        n = len(means)
        if value == 0:
            return [1 / n] * n
        if q is None:
            first = means.index(max(means))
            return [float(x == first) for x in range(n)]
        return [(mean / value) ** (q - 1) / n for mean in means]

    # solve_game: cutting planes

    def solve_game(self, losses, q):
        largest = max(losses.max(), 1e-300)
        scaled = losses / largest
        mixture = self.mixture(scaled, q)
        return self.solved(mixture, self.lost(scaled, mixture, q) * largest)

    def solved(self, mixture, value):
        return {"mixture": mixture.tolist(), "value": value}

    def lost(self, losses, mixture, q):
        return self.norm((mixture @ losses).tolist(), q)

    def mixture(self, losses, q):
        if q is None:
            return self.against(losses)
        best, met = None, []
        mixture = np.full(len(losses), 1 / len(losses))
        for _ in range(400):
            mixed = (mixture @ losses).tolist()
            value = self.norm(mixed, q)
            if best is None or value < best[0]:
                best = value, mixture
            met.append(losses @ self.slopes(mixed, value, q))
            columns = np.array(met).T
            mixture = self.against(columns)
            if best[0] - (mixture @ columns).max() < 1e-8:
                break
        return best[1]

    def against(self, losses):
        """Return the best mixture of rows against the worst column, by linear programming."""
        from scipy.optimize import linprog

        m, n = losses.shape
        solved = linprog(
            [0.0] * m + [1.0],
            A_ub=np.column_stack([losses.T, -np.ones(n)]),
            b_ub=np.zeros(n),
            A_eq=[[1.0] * m + [0.0]],
            b_eq=[1.0],
            bounds=[(0, 1)] * m + [(None, None)],
        )
        mixture = np.maximum(solved.x[:m], 0)
        return mixture / mixture.sum()

    # vote

    def vote(self, outputs):
        counts = Counter(outputs.tolist())
        return min(counts, key=lambda output: (-counts[output], output))

    # store, recall, color_cycle, explore

    def random(self, seed, *more):
        return random.Random(seed * 64 + sum(more) if more else seed)

    def flip(self, seed, index):
        return random.Random(f"{seed} {index}").getrandbits(1)

    def store(self, values, seed):
        ones = sum(value ^ self.flip(seed, index) for index, value in enumerate(values.tolist()))
        return int(2 * ones >= len(values))

    def recall(self, memory, query, seed):
        return memory ^ self.flip(seed, query)

    def of_ids(self, n, seed):
        colors = [name % 3 for name in range(n)]
        self.random(seed).shuffle(colors)
        return colors

    def color_cycle(self, order, seed):
        colors = self.of_ids(len(order), seed)
        return [colors[name] for name in order.tolist()]

    def backwards(self, rng):
        return rng.random() < 0.5

    def explore(self, rows, columns, seed):
        return randomization.players.walk(rows, columns, self.backwards(self.random(seed)))
