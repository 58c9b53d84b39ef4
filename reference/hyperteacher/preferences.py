"""The paper's grid world of compositional preferences: objects whose worth the modules make, and its values.

A task is a code z on M preference vectors, rows of a basis: an object of kind f is worth (basis^T z)_f, to
whoever first comes to its cell, or stays there. The values of all actions are exact: eight steps of Bellman's
equation from zero, for a horizon of eight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

# Four rooms in 7 x 7 cells with walls around: 4, 4, 3, 4 and 4 free cells, as in the paper.
LAYOUT = ("#######", "#..#..#", "#..#..#", "##...##", "#..#..#", "#..#..#", "#######")
CELLS = [(row, column) for row, line in enumerate(LAYOUT) for column, cell in enumerate(line) if cell == "."]
MOVES = ((0, 0), (-1, 0), (0, 1), (1, 0), (0, -1))  # nothing, up, right, down, left
OBJECTS, FEATURES, HORIZON, GAMMA = 4, 8, 8, 0.9


@dataclass(frozen=True, eq=False)
class World:
    """Where the objects are, by the number of the cell, each on one of its own, and of which kind."""

    cells: Int[np.ndarray, "k"]
    kinds: Int[np.ndarray, "k"]


def world(random: np.random.Generator) -> World:
    """Draw a world: distinct cells, and kinds with repetition."""
    cells = random.choice(len(CELLS), OBJECTS, replace=False)
    return World(cells, random.integers(FEATURES, size=OBJECTS))


def arrivals() -> Int[np.ndarray, "19 5"]:
    """Return the cell that each action leads to, from each free cell; walls are not entered."""
    numbers = {cell: number for number, cell in enumerate(CELLS)}
    return np.array(
        [[numbers.get((r + dr, c + dc), number) for dr, dc in MOVES] for number, (r, c) in enumerate(CELLS)]
    )


def values(
    there: World,
    basis: Float[np.ndarray, "M f"],
    code: Float[np.ndarray, "M"],
    horizon: int = HORIZON,
    gamma: float = GAMMA,
) -> Float[np.ndarray, "19 s 5"]:
    """Return the optimal action values at each cell, for each set of objects that are left, for each action.

    Bit i of a set says that object i is left. Row 0, where none is, is zero.
    """
    worth = (basis.T @ code)[there.kinds]
    arrived = arrivals()
    sets = np.arange(2 ** len(worth))
    rewards, after = np.zeros((len(CELLS), len(sets), 5)), np.tile(sets[None, :, None], (len(CELLS), 1, 5))
    for number, (cell, value) in enumerate(zip(there.cells, worth, strict=True)):
        left = (sets >> number & 1).astype(bool)
        picked = (arrived == cell)[:, None, :] & left[None, :, None]
        rewards += value * picked
        after = np.where(picked, after & ~(1 << number), after)
    best: np.ndarray = np.zeros_like(rewards)
    for _ in range(horizon):
        best = rewards + gamma * best.max(axis=2)[arrived[:, None, :], after]
    return best


def observation(there: World, cell: int, left: int) -> Float[np.ndarray, "n"]:
    """Return what is seen: for each kind, and for the agent, the cells that have it."""
    seen = np.zeros((FEATURES + 1, len(CELLS)))
    for number, (at, kind) in enumerate(zip(there.cells, there.kinds, strict=True)):
        seen[kind, at] += left >> number & 1
    seen[FEATURES, cell] = 1
    return seen.ravel()
