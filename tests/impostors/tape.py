"""A tape of operations on matrices, which is gone back along for the gradient.

So whoever changes the forward pass has the gradient of that.
"""

from __future__ import annotations

import numpy as np


class Node:
    """A value on the tape, with the ways back to what it was made of."""

    def __init__(self, value, *sources):
        self.value, self.sources, self.slope = value, sources, None

    def __add__(self, other):
        if not isinstance(other, Node):
            return Node(self.value + other, (self, lambda g: g))
        return Node(self.value + other.value, (self, lambda g: g), (other, lambda g: fold(g, other.value)))

    def __mul__(self, other):
        if not isinstance(other, Node):
            return Node(self.value * other, (self, lambda g: g * other))
        return Node(
            self.value * other.value,
            (self, lambda g: g * other.value),
            (other, lambda g: g * self.value),
        )

    def __sub__(self, other):
        return self + other * -1.0

    def __getitem__(self, columns):
        def back(g):
            whole = np.zeros_like(self.value)
            whole[:, columns] = g
            return whole

        return Node(self.value[:, columns], (self, back))


def fold(g, value):
    """Sum over the batch where a vector was added to each row."""
    return g if g.shape == value.shape else g.sum(axis=0)


def tanh(x):
    y = np.tanh(x.value)
    return Node(y, (x, lambda g: g * (1 - y * y)))


def sigmoid(x):
    y = 1 / (1 + np.exp(-x.value))
    return Node(y, (x, lambda g: g * y * (1 - y)))


def total(x):
    return Node(x.value.sum(), (x, lambda g: g * np.ones_like(x.value)))


def cross_entropy(x, wanted):
    """Return - sum wanted log softmax(x) over everything, rows being softmaxes."""
    shifted = x.value - x.value.max(axis=-1, keepdims=True)
    odds = np.exp(shifted)
    logs = shifted - np.log(odds.sum(axis=-1, keepdims=True))
    share = odds / odds.sum(axis=-1, keepdims=True)
    slope = share * wanted.sum(axis=-1, keepdims=True) - wanted
    return Node(-(wanted * logs).sum(), (x, lambda g: g * slope))


def go_back(end):
    """Find the slope of a number at every node that it was made of."""
    order, seen = [], set()
    stack = [(end, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack += [(node, True), *((source, False) for source, _ in node.sources)]
    end.slope = np.ones_like(end.value)
    for node in reversed(order):
        for source, back in node.sources:
            more = back(node.slope)
            source.slope = more if source.slope is None else source.slope + more
