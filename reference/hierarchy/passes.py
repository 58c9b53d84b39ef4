"""The loss of a run and its gradient, in two ways: along a tape of the whole run, and block by block.

Where the gradient stops at the messages, a block can be gone back through as soon as it has ended: whatever
started from its states, the blocks below, has ended before, and has left the slope at its first state. So no
more than a block of each level is held. That is what saves the memory. Along a tape the same gradient
comes of it, and all states are held, because the resets still tie the blocks together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from whp.reference.hierarchy.cells import Array, Tick, back
from whp.reference.hierarchy.losses import of_decoding, of_outputs
from whp.reference.hierarchy.network import Ended, Event, Network, Reset, Ticked, ended


@dataclass(frozen=True)
class Task:
    """What is asked of a network: targets, the weight of each decoding loss, and of which kind they are."""

    targets: Array
    period: int
    weights: Sequence[float]
    decoder: str


@dataclass
class Slopes:
    """The loss so far, its gradient so far, and how many states are held, now and at most."""

    loss: float
    parameters: dict[str, Array]
    inputs: Array
    held: int = 0
    most_held: int = 0

    def hold(self, states: int) -> None:
        """Take note of states that are kept, or of such that are let go."""
        self.held += states
        self.most_held = max(self.most_held, self.held)


class Losses:
    """The losses of a run as it goes on; each is counted with its share of the means over the whole run."""

    def __init__(self, task: Task, network: Network, steps: int, batch: int, slopes: Slopes) -> None:
        self.task, self.network, self.slopes = task, network, slopes
        self.targets = int((task.targets >= 0).sum())
        self.blocks = [batch * blocks for blocks in ended(steps, task.period, network.levels)]

    def at_outputs(self, step: int, state: Array) -> Array:
        """Add the loss of a step's outputs; return the slope at the state that they are read from."""
        if not (self.task.targets[step] >= 0).any():
            return np.zeros_like(state)
        loss, slope = of_outputs(self.network.read(state), self.task.targets[step])
        self.slopes.loss += loss / self.targets
        return self._through("out", state, slope * (1 / self.targets))

    def at_end(self, event: Ended) -> Array:
        """Add the loss of decoding a block; return the slope at its last state."""
        level, weight = event.level, float(self.task.weights[event.level - 1])
        name = f"decode.{level}"
        decoded = event.state @ self._of(f"{name}.weight").T + self._of(f"{name}.bias")
        loss, slope = of_decoding(decoded, event.heard, level == 1 and self.task.decoder == "softmax")
        share = weight / self.blocks[level - 1]
        self.slopes.loss += loss * share
        return self._through(name, event.state, slope * share)

    def at_reset(self, level: int, upper: Array, slope: Array) -> Array:
        """Return the slope at the state of the level above, from that at the state it was reset to."""
        return self._through(f"down.{level}", upper, slope)

    def _of(self, name: str) -> Array:
        return self.network.parameters[name]

    def _through(self, name: str, state: Array, slope: Array) -> Array:
        """Go back through an affine map of a state."""
        self.slopes.parameters[f"{name}.weight"] += slope.T @ state
        self.slopes.parameters[f"{name}.bias"] += slope.sum(axis=0)
        return slope @ self._of(f"{name}.weight")


def one_shot(parameters: Mapping[str, Array], inputs: Array, task: Task, cut: bool) -> Slopes:
    """Go forward through the whole run, then back along the tape; `cut` leaves the messages out on the way
    back.
    """
    network, slopes, losses = _begin(parameters, inputs, task)
    tape: list[tuple[int, Event, Array]] = []  # step, what happened, and the slope that it adds to a state
    for step, x in enumerate(inputs):
        for event in network.step(x):
            match event:
                case Ticked(1, made):
                    tape.append((step, event, losses.at_outputs(step, made.after)))
                case Ended():
                    tape.append((step, event, losses.at_end(event)))
                case _:
                    tape.append((step, event, 0.0))
            slopes.hold(isinstance(event, Ticked))
    at: dict[int, Any] = {level: np.zeros_like(state) for level, state in network.states.items()}
    for step, event, added in reversed(tape):
        match event:
            case Ticked(level, made):
                slope, at[level] = back(parameters, level, made, at[level] + added, slopes.parameters)
                if level == 1:
                    slopes.inputs[step] = slope
                elif not cut:
                    at[level - 1] = at[level - 1] + slope
            case Ended(level):
                at[level] = at[level] + added
            case Reset(level, upper):
                at[level + 1] = at[level + 1] + losses.at_reset(level, upper, at[level])
                at[level] = np.zeros_like(at[level])
    return slopes


@dataclass
class Block:
    """A block that has not ended: its ticks, with the step of each, and the slope at each of its states.

    The first state is the one that it starts from; `upper` is what that came from, if from anything.
    """

    first: Array
    upper: Array | None = None
    ticks: list[tuple[int, Tick]] = field(default_factory=list)
    at: list[Array] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.at = [np.zeros_like(self.first)]

    def add(self, slope: Array) -> None:
        """Add to the slope at the state where the block now stands."""
        self.at[-1] = self.at[-1] + slope


def streamed(parameters: Mapping[str, Array], inputs: Array, task: Task) -> Slopes:
    """Go back through each block when it ends, with the gradient cut at the messages."""
    network, slopes, losses = _begin(parameters, inputs, task)
    open_: dict[int, Block] = {level: Block(state) for level, state in network.states.items()}

    def close(level: int) -> None:
        """Go back through the block of a level; leave the slope at its first state with the level above."""
        block = open_[level]
        slope = block.at.pop()
        for step, made in reversed(block.ticks):
            at_input, slope = back(parameters, level, made, slope, slopes.parameters)
            slope = slope + block.at.pop()
            if level == 1:
                slopes.inputs[step] = at_input
        if block.upper is not None:
            open_[level + 1].add(losses.at_reset(level, block.upper, slope))
        slopes.hold(-len(block.ticks))

    for step, x in enumerate(inputs):
        for event in network.step(x):
            match event:
                case Ticked(level, made):
                    open_[level].ticks.append((step, made))
                    open_[level].at.append(np.zeros_like(made.after))
                    slopes.hold(1)
                    if level == 1:
                        open_[1].add(losses.at_outputs(step, made.after))
                case Ended(level):
                    open_[level].add(losses.at_end(event))
                    close(level)
                case Reset(level, upper):
                    open_[level] = Block(network.states[level], upper)
    for level in open_:
        close(level)
    return slopes


def most_held(levels: int, period: int, steps: int, cut: bool) -> int:
    """Return how many states the ticks of one pass leave to be held at most, by counting.

    Along the tape all of them: T + floor(T/k) + ... + floor(T/k^(L-1)). Block by block, at most k of each
    level but the highest, whose ceil(T/k^(L-1)) ticks belong to one block.
    """
    if not cut:
        return sum(steps // period**level for level in range(levels))
    held, most = [0] * levels, 0
    for _ in range(steps):
        for level in range(levels):
            held[level] += 1
            most = max(most, sum(held))
            if level == levels - 1 or held[level] < period:
                break
            held[level] = 0
    return most


def _begin(parameters: Mapping[str, Array], inputs: Array, task: Task) -> tuple[Network, Slopes, Losses]:
    steps, batch, _ = inputs.shape
    network = Network(parameters, task.period, batch)
    nothing = {name: np.zeros_like(value) for name, value in parameters.items()}
    slopes = Slopes(0.0, nothing, np.zeros_like(inputs))
    return network, slopes, Losses(task, network, steps, batch, slopes)
