"""The levels and their clocks: what happens at a step, in which order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from whp.reference.hierarchy.cells import Array, Tick, tick


@dataclass(frozen=True)
class Ticked:
    """A level has made a tick."""

    level: int
    tick: Tick


@dataclass(frozen=True)
class Ended:
    """A level has ended a block; its state is the message to the level above."""

    level: int
    state: Array
    heard: list[Array]  # the inputs of the block's ticks, in order


@dataclass(frozen=True)
class Reset:
    """A level starts a block from the state of the level above."""

    level: int
    upper: Array


Event: TypeAlias = Ticked | Ended | Reset


class Network:
    """The states of all levels, 1 to L, and where each stands in its block."""

    def __init__(self, parameters: Mapping[str, Array], period: int, batch: int) -> None:
        self.parameters, self.period, self.levels = parameters, period, depth(parameters)
        start = np.zeros((batch, parameters["out.weight"].shape[1]), parameters["out.weight"].dtype)
        self.states: dict[int, Any] = dict.fromkeys(range(1, self.levels + 1), start)
        self.heard: dict[int, list[Array]] = {level: [] for level in self.states}

    def step(self, x: Array) -> Iterator[Event]:
        """Take the next input; tell, one by one, what happens, while it happens.

        Level 1 ticks. While the level that ticked has ended a block, the one above it ticks with its state as
        the message. Then the levels that ended a block are reset, from the highest down.
        """
        level, message = 1, x
        while True:
            made = tick(self.parameters, level, message, self.states[level])
            self.states[level] = made.after
            yield Ticked(level, made)
            self.heard[level].append(message)
            if level == self.levels or len(self.heard[level]) < self.period:
                break
            message = self.states[level]
            yield Ended(level, message, self.heard[level])
            self.heard[level] = []
            level += 1
        for below in range(level - 1, 0, -1):
            upper = self.states[below + 1]
            weight, bias = (self.parameters[f"down.{below}.{part}"] for part in ("weight", "bias"))
            self.states[below] = upper @ weight.T + bias
            yield Reset(below, upper)

    def read(self, state: Array) -> Array:
        """Return the logits of a state of level 1."""
        logits: Array = state @ self.parameters["out.weight"].T + self.parameters["out.bias"]
        return logits


def depth(parameters: Mapping[str, Array]) -> int:
    """Return the number of levels, from the names of the parameters."""
    level = 0
    while f"cell.{level + 1}.input" in parameters:
        level += 1
    return level


def shapes(
    levels: int, period: int, inputs: int, hidden: int, classes: int, cell: str
) -> dict[str, tuple[int, ...]]:
    """Return the name and the shape of every parameter; `cell` is "tanh" or "gru"."""
    rows = {"tanh": 1, "gru": 3}[cell] * hidden
    named: dict[str, tuple[int, ...]] = {}
    for level in range(1, levels + 1):
        width = inputs if level == 1 else hidden
        named[f"cell.{level}.input"] = rows, width
        named[f"cell.{level}.hidden"] = rows, hidden
        named[f"cell.{level}.bias"] = (rows,)
        if cell == "gru":
            named[f"cell.{level}.bias_hidden"] = (rows,)
        if level < levels:
            named[f"down.{level}.weight"] = hidden, hidden
            named[f"down.{level}.bias"] = (hidden,)
            named[f"decode.{level}.weight"] = period * width, hidden
            named[f"decode.{level}.bias"] = (period * width,)
    return named | {"out.weight": (classes, hidden), "out.bias": (classes,)}


def ended(steps: int, period: int, levels: int) -> list[int]:
    """Return how many blocks each level but the highest ends in so many steps."""
    return [steps // period**level for level in range(1, levels)]
