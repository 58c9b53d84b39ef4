"""Evolution strategies with past descent directions, right, row by row."""

from __future__ import annotations

import numpy as np


class Strategy:
    """The whole system, right, row by row; an impostor changes one thing."""

    # directions

    def random(self, seed):
        return np.random.Generator(np.random.Philox(seed))

    def lengthened(self, surrogates):
        rows = [row / np.abs(row).max() for row in surrogates if row.any()]
        return [row / np.linalg.norm(row) for row in rows]

    independent = 1e-8

    def basis(self, surrogates):
        """Gram and Schmidt's way, twice; what lies in the span of those before it gives nothing."""
        found = []
        for row in self.lengthened(surrogates):
            rest = self.without(row, found)
            if np.linalg.norm(rest) > self.independent:
                rest = self.without(rest / np.linalg.norm(rest), found)
                found.append(rest / np.linalg.norm(rest))
        return found

    def without(self, row, rows):
        for other in rows:
            row = row - (other @ row) * other
        return row

    def normal(self, n, random):
        return random.standard_normal(n)

    def drawn(self, n, known, count, random):
        made = []
        for _ in range(count):
            row = self.normal(n, random)
            for _ in range(3):  # also where hardly any dimension is left
                row = self.without(row / np.linalg.norm(row), [*known, *made])
            made.append(row / np.linalg.norm(row))
        return made

    def directions(self, n, surrogates, count, seed):
        known = self.basis(surrogates)
        rows = [*known, *self.drawn(n, known, count, self.random(seed))]
        return np.reshape(rows, (-1, n))

    # ask and tell

    def ask(self, point, surrogates, count, sigma, seed):
        rows = self.directions(len(point), surrogates, count, seed)
        return self.around(point, sigma * rows)

    def around(self, point, steps):
        return np.stack([point + steps, point - steps], axis=1).reshape(-1, len(point))

    def paired(self, point, points):
        left, found = list(range(len(points))), []
        away = points - point
        while left:
            one = left.pop(0)
            partner = min(left, key=lambda other: np.abs(away[one] + away[other]).max())
            left.remove(partner)
            found.append((one, partner))
        return found

    def tell(self, point, points, values, sigma):
        total = np.zeros(len(point))
        for one, other in self.paired(point, points):
            total += (
                self.slope(values[one], values[other], sigma) * (points[one] - points[other]) / (2 * sigma)
            )
        return total

    def slope(self, plus, minus, sigma):
        return (plus - minus) / (2 * sigma)

    # begin and advance

    def step_seed(self, seed, step):
        return np.random.SeedSequence((seed, step))

    def begin(self, point, count, sigma, seed):
        state = {"point": point.tolist(), "count": count, "sigma": sigma, "seed": seed, "step": 0, "past": []}
        return self.go_on(state, [])

    def go_on(self, state, surrogates):
        point = np.array(state["point"])
        known = np.reshape(surrogates, (-1, len(point)))
        count = self.how_many(state, known)
        points = self.ask(point, known, count, state["sigma"], self.step_seed(state["seed"], state["step"]))
        return {"state": state | {"points": points.tolist()}, "points": points}

    def how_many(self, state, known):
        return state["count"] + 1 - len(known)

    def advance(self, state, values):
        point, points = np.array(state["point"]), np.array(state["points"])
        gradient = self.estimated(state, point, points, values)
        past = [*state["past"], gradient.tolist()]
        following = self.go_on(state | {"step": state["step"] + 1, "past": past}, self.surrogates(past))
        return {**following, "gradient": gradient}

    def estimated(self, state, point, points, values):
        return self.tell(point, points, values, state["sigma"])

    def surrogates(self, past):
        return [row for row in past[-1:] if np.any(row)]
