"""A hierarchical network with its gradient and its training, right, and right ones that round otherwise."""

from __future__ import annotations

import numpy as np

from whp.impostors import trained
from whp.impostors.tape import Node, cross_entropy, go_back, sigmoid, tanh, total


class Network(trained.Trained):
    """The whole system, right; an impostor changes one thing."""

    # The model

    def product(self, x, weight):
        return Node(
            self.dot(x.value, weight.value.T),
            (x, lambda g: self.dot(g, weight.value)),
            (weight, lambda g: self.dot(g.T, x.value)),
        )

    def affine(self, p, name, x):
        return self.product(x, p[f"{name}.weight"]) + p[f"{name}.bias"]

    def cell(self, p, level, u, s):
        of_input = self.product(u, p[f"cell.{level}.input"]) + p[f"cell.{level}.bias"]
        of_state = self.product(s, p[f"cell.{level}.hidden"])
        if f"cell.{level}.bias_hidden" not in p:
            return tanh(of_input + of_state)
        of_state = of_state + p[f"cell.{level}.bias_hidden"]
        h = s.value.shape[1]
        r, z, n = (slice(gate * h, (gate + 1) * h) for gate in self.gates())
        return self.gated(of_input, of_state, r, z, n, s)

    def gates(self):
        return 0, 1, 2

    def gated(self, of_input, of_state, r, z, n, s):
        opened = sigmoid(of_input[r] + of_state[r])
        kept = sigmoid(of_input[z] + of_state[z])
        new = tanh(of_input[n] + opened * of_state[n])
        return new + kept * (s - new)

    def depth(self, p):
        return sum(name.endswith(".input") for name in p)

    def begin(self, p, batch, kind):
        return Node(np.zeros((batch, p["out.weight"].value.shape[1]), kind))

    def run(self, p, inputs, k, cut):
        """Return the logits of each step, and each block that ended: its level, last state and inputs."""
        levels, start = self.depth(p), self.begin(p, inputs[0].value.shape[0], inputs[0].value.dtype)
        states = dict.fromkeys(range(1, levels + 1), start)
        heard = {level: [] for level in states}
        logits, ends = [], []
        for t, x in enumerate(inputs):
            level, message = 1, self.input(inputs, t)
            before = dict(states)
            while True:
                states[level] = self.cell(p, level, message, states[level])
                if level == 1:
                    logits.append(self.affine(p, "out", states[1]))
                heard[level].append(x if level == 1 else message)
                if level == levels or len(heard[level]) < self.period(level, k):
                    break
                message = self.message(p, level, states, before)
                ends.append((level, message, heard[level]))
                message = self.stopped(message, cut)
                heard[level] = []
                level += 1
            for below in self.order_of_resets(level):
                states[below] = self.reset(p, below, states, cut)
            self.after(p, states, logits, level, t)
            for each in states:
                states[each] = self.kept(states[each], each, heard, k)
        self.last = states
        return logits, ends

    def input(self, inputs, t):
        return inputs[t]

    def period(self, level, k):
        return k

    def message(self, p, level, states, before):
        return states[level]

    def stopped(self, message, cut):
        return Node(message.value) if cut else message

    def order_of_resets(self, level):
        return range(level - 1, 0, -1)

    def reset(self, p, below, states, cut):
        return self.affine(p, f"down.{below}", states[below + 1])

    def after(self, p, states, logits, level, t):
        pass

    def kept(self, state, level, heard, k):
        return state

    # The loss

    def loss(self, p, inputs, targets, k, cut, weights, decoder):
        logits, ends = self.run(p, inputs, k, cut)
        lost = Node(np.zeros((), inputs[0].value.dtype))
        count = self.count(targets)
        for told, wanted in zip(logits, targets, strict=True):
            if (wanted >= 0).any():
                summed = cross_entropy(self.scores(told), self.one_hot(wanted, told.value))
                lost = lost + summed * (1 / count)
        for level, weight in enumerate(weights.tolist(), start=1):
            own = [(state, heard) for at, state, heard in ends if at == level]
            for state, heard in self.decoded_from(own):
                share = self.weight(weight) / (len(own) * len(state.value))
                told = self.affine(p, f"decode.{level}", state)
                lost = lost + self.decoding(told, heard, level, decoder) * share
        return lost

    def scores(self, logits):
        return logits

    def count(self, targets):
        return int((targets >= 0).sum())

    def one_hot(self, wanted, like):
        return (wanted[:, None] == np.arange(like.shape[1])).astype(like.dtype)

    def weight(self, weight):
        return weight

    def decoded_from(self, own):
        return own

    def decoding(self, told, heard, level, decoder):
        if level == 1 and decoder == "softmax":
            wanted = np.stack([x.value for x in heard], axis=1)
            rows = Node(told.value.reshape(wanted.shape), (told, lambda g: g.reshape(told.value.shape)))
            return cross_entropy(rows, wanted) * (1 / len(heard))
        off = told - self.wanted(heard)
        return total(off * off) * (1 / told.value.shape[1])

    def wanted(self, heard):
        return Node(np.concatenate([x.value for x in heard], axis=1))

    # The operations

    def forward(self, parameters, inputs, period):
        p = {name: Node(value) for name, value in parameters.items()}
        logits, ends = self.run(p, [Node(x) for x in inputs], period, True)
        nothing = np.zeros((0, inputs.shape[1], self.begin(p, 1, float).value.shape[1]))
        sent = [
            [state.value for at, state, _ in ends if at == level]
            for level in range(1, self.depth(parameters))
        ]
        return {
            "logits": [told.value for told in logits],
            "messages": [np.stack(each) if each else nothing for each in sent],
        }

    def gradient(self, parameters, inputs, targets, period, cut, weights, decoder):
        p = {name: Node(value) for name, value in parameters.items()}
        xs = [Node(x) for x in inputs]
        lost = self.loss(p, xs, targets, period, cut, weights, decoder)
        go_back(lost)
        slopes = {name: self.slope(node) for name, node in p.items()}
        return {
            "loss": float(lost.value),
            "parameters": slopes,
            "inputs": np.stack([self.slope(x) for x in xs]),
        }

    def slope(self, node):
        return np.zeros_like(node.value) if node.slope is None else node.slope

    def peak_states(self, levels, period, steps, cut):
        if not cut:
            return max(levels, sum(steps // period**level for level in range(levels)))
        return period * (levels - 1) + -(-steps // period ** (levels - 1)) + levels

    def train(self, parameters, inputs, targets, period, cut, weights, decoder, rate, clip, dtype, device):
        def slope(now, x, wanted):
            told = self.gradient(now, x, wanted, period, cut, weights, decoder)
            return told["loss"], told["parameters"]

        losses, last = self.descend(slope, parameters, inputs, targets, rate, clip, dtype)
        return {"losses": losses, "parameters": last}


# Right ones with other rounding errors


class SumsBackwards(trained.SumsBackwards, Network):
    """Sums from the last product to the first."""


class LongSums(trained.LongSums, Network):
    """Multiplies in the precision that is asked for, and sums in float64."""
