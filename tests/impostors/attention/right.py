"""Linear attention and gated networks that are it, right, token by token in plain Python."""

from __future__ import annotations

import numpy as np


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def times(matrix, vector):
    return [dot(row, vector) for row in matrix]


class Player:
    """The whole system in plain Python, right; an impostor changes one thing."""

    # attend: every pair of tokens by itself

    def attend(self, inputs, query, key, value):
        queries, keys, values = self.projected(inputs.tolist(), query.tolist(), key.tolist(), value.tolist())
        return [self.output(t, queries, keys, values) for t in range(len(inputs))]

    def projected(self, inputs, query, key, value):
        return [[times(matrix, token) for token in inputs] for matrix in (query, key, value)]

    def seen(self, t, length):
        return range(t + 1)

    def output(self, t, queries, keys, values):
        seen = list(self.seen(t, len(queries)))
        weights = self.weights(t, [self.agreement(keys[s], queries[t]) for s in seen])
        terms = [[w * x for x in values[s]] for w, s in zip(weights, seen, strict=True)]
        return [sum(column) for column in zip([0.0] * len(values[0]), *terms, strict=True)]

    def agreement(self, key, query):
        return dot(key, query)

    def weights(self, t, agreements):
        return agreements

    # vjp

    def vjp(self, inputs, query, key, value, cotangent):
        queries, keys, values = inputs @ query.T, inputs @ key.T, inputs @ value.T
        later = self.later(len(inputs))
        of_queries = (later.T * (cotangent @ values.T)) @ keys
        of_keys = (later * (values @ cotangent.T)) @ queries
        of_values = (later * (keys @ queries.T)) @ cotangent
        return {
            "inputs": self.of_inputs(of_queries @ query, of_keys @ key, of_values @ value),
            "query": of_queries.T @ inputs,
            "key": of_keys.T @ inputs,
            "value": of_values.T @ inputs,
        }

    def later(self, length):
        """[s, t] is 1 where t is not before s."""
        return np.triu(np.ones((length, length)))

    def of_inputs(self, by_query, by_key, by_value):
        return by_query + by_key + by_value

    # construct

    holding, forgetting = 1.0, 0.0

    def construct(self, query, key, value, compact):
        return self.compact(query, key, value) if compact else self.full(query, key, value)

    def full(self, query, key, value):
        k, v = len(key), len(value)
        neurons = [(self.holding, [*value[i], 0.0], [*key[j], 0.0]) for i in range(v) for j in range(k)] + [
            self.asking(row) for row in query
        ]
        gates = [({i * k + j: 1.0}, {v * k + j: 1.0}, {i: 1.0}) for i in range(v) for j in range(k)]
        return self.network(neurons, gates, np.eye(v))

    def asking(self, row):
        return self.forgetting, [*row, 0.0], [0.0] * len(row) + [1.0]

    def compact(self, query, key, value):
        d = key.shape[1]
        pairs = [(i, j) for i in range(d) for j in range(i, d)]
        unit = np.eye(d, d + 1)
        neurons = [(self.holding, unit[i], unit[j]) for i, j in pairs]
        neurons += [self.asking(row) for row in key.T @ query]
        held = len(pairs)
        gates = []
        for place, (i, j) in enumerate(pairs):
            if i == j:
                row = {pairs.index((min(i, c), max(i, c))): 1.0 for c in range(d)}
                gates.append((row, {held + i: 1.0}, {i: 1.0}))
            else:
                gates.append(self.crossed(place, held, i, j))
        return self.network(neurons, gates, value)

    def crossed(self, place, held, i, j):
        return {place: 1.0}, {held + j: 1.0, held + i: -1.0}, {i: 1.0, j: -1.0}

    def network(self, neurons, gates, outer):
        h, w = len(neurons), len(gates)
        gate_a, gate_b, adds = np.zeros((w, h)), np.zeros((w, h)), np.zeros((outer.shape[1], w))
        for o, (one, other, to) in enumerate(gates):
            for place, amount in one.items():
                gate_a[o, place] = amount
            for place, amount in other.items():
                gate_b[o, place] = amount
            for place, amount in to.items():
                adds[place, o] = amount
        return {
            "decay": [decay for decay, _, _ in neurons],
            "input_a": np.array([a for _, a, _ in neurons]),
            "input_b": np.array([b for _, _, b in neurons]),
            "gate_a": gate_a,
            "gate_b": gate_b,
            "readout": outer @ adds,
        }

    # run

    def run(self, network, inputs):
        state, outputs = self.begin(len(network.decay)), []
        for token in inputs.tolist():
            before, augmented = state, self.augmented(token)
            entering = self.enters(times(network.input_a, augmented), times(network.input_b, augmented))
            state = [self.update(*each) for each in zip(network.decay, state, entering, strict=True)]
            outputs.append(self.read(network, self.seen_state(before, state)))
        self.end(state)
        return np.array(outputs, float).reshape(len(inputs), len(network.readout))

    def begin(self, h):
        return [0.0] * h

    def end(self, state):
        pass

    def augmented(self, token):
        return [*token, 1.0]

    def enters(self, a, b):
        return [x * y for x, y in zip(a, b, strict=True)]

    def update(self, decay, held, enters):
        return decay * held + enters

    def seen_state(self, before, after):
        return after

    def read(self, network, state):
        one, other = times(network.gate_a, state), times(network.gate_b, state)
        return times(network.readout, [x * y for x, y in zip(one, other, strict=True)])

    # predict

    def predict(self, inputs, targets, query, rate):
        return rate * targets.T @ (inputs @ query)

    # fit: no training can do better than the compact network, with its first neurons or with idle ones

    def fit(self, query, key, value, neurons, steps, seed):
        made = {name: np.array(array) for name, array in self.compact(query, key, value).items()}
        return self.of_width(made, neurons)

    def of_width(self, made, neurons):
        idle = max(0, neurons - len(made["decay"]))
        for name, axis in (("decay", 0), ("input_a", 0), ("input_b", 0), ("gate_a", 1), ("gate_b", 1)):
            kept = np.take(made[name], range(min(neurons, made[name].shape[axis])), axis=axis)
            padding = [(0, idle if each == axis else 0) for each in range(kept.ndim)]
            made[name] = np.pad(kept, padding)
        return made
