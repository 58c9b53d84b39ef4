"""The cells of the levels: what a tick does to a state, and the way back through it.

`u` float[B,d_l] is the input of the tick, `s` float[B,h] the state before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any  # float[...], in the precision of the parameters


@dataclass(frozen=True)
class Tick:
    """What is kept of a tick for the way back: one state, and what the cell made it from."""

    u: Array
    s: Array
    after: Array
    gates: tuple[Array, ...] = ()  # of a GRU: r, z, n, and what r multiplies


def tick(parameters: Mapping[str, Array], level: int, u: Array, s: Array) -> Tick:
    """Let a level tick."""
    of_input = u @ parameters[f"cell.{level}.input"].T + parameters[f"cell.{level}.bias"]
    of_state = s @ parameters[f"cell.{level}.hidden"].T
    if f"cell.{level}.bias_hidden" not in parameters:
        return Tick(u, s, np.tanh(of_input + of_state))
    of_state = of_state + parameters[f"cell.{level}.bias_hidden"]
    h = s.shape[1]
    opened = sigmoid(of_input[:, : 2 * h] + of_state[:, : 2 * h])
    r, z, recalled = opened[:, :h], opened[:, h:], of_state[:, 2 * h :]
    n = np.tanh(of_input[:, 2 * h :] + r * recalled)
    return Tick(u, s, (1 - z) * n + z * s, (r, z, n, recalled))


def back(
    parameters: Mapping[str, Array], level: int, made: Tick, slope: Array, gradient: Mapping[str, Array]
) -> tuple[Array, Array]:
    """Go back through a tick: from the slope at the new state to those at `u` and at `s`.

    What the cell's own parameters get is added to `gradient`.
    """
    if not made.gates:
        of_input = of_state = slope * (1 - made.after**2)
        before: Array = 0.0
    else:
        r, z, n, recalled = made.gates
        into_n = slope * (1 - z) * (1 - n**2)
        into_z = slope * (made.s - n) * z * (1 - z)
        into_r = into_n * recalled * r * (1 - r)
        of_input = np.concatenate([into_r, into_z, into_n], axis=1)
        of_state = np.concatenate([into_r, into_z, into_n * r], axis=1)
        before = slope * z
        gradient[f"cell.{level}.bias_hidden"][...] += of_state.sum(axis=0)
    gradient[f"cell.{level}.input"][...] += of_input.T @ made.u
    gradient[f"cell.{level}.hidden"][...] += of_state.T @ made.s
    gradient[f"cell.{level}.bias"][...] += of_input.sum(axis=0)
    return (
        of_input @ parameters[f"cell.{level}.input"],
        of_state @ parameters[f"cell.{level}.hidden"] + before,
    )


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), without an overflow."""
    return 0.5 * np.tanh(0.5 * x) + 0.5
