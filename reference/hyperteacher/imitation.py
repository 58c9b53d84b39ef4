"""Small imitation experiments on the two grid worlds: the values or the actions of whom one has seen little.

Preferences. A task is a code on a few preference vectors; what it shows are observations and the optimal
values of all actions. Goals. A task is one of the 200; what it shows is one demonstration, a shortest path
with the right interaction at its end, and what is learned is to act alike in another world of the task.

The students are those of `learning`, modular and monolithic. Adapting sees little of a task, so that it has
to find what tasks have in common. It takes torch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, UInt8

from whp.reference.hyperteacher import goals
from whp.reference.hyperteacher.learning import Batch, Draw
from whp.reference.hyperteacher.preferences import CELLS, FEATURES, OBJECTS, observation, values, world


def demonstrations(
    basis: Float[np.ndarray, "M f"], codes: Float[np.ndarray, "S M"], worlds: int, seed: int
) -> tuple[Float[np.ndarray, "d n"], Float[np.ndarray, "S d 5"]]:
    """Return what is seen in all cells of so many worlds, all objects left, and each task's values there."""
    random = np.random.default_rng(np.random.SeedSequence(seed))
    drawn = [world(random) for _ in range(worlds)]
    everything = 2**OBJECTS - 1
    seen = [observation(there, cell, everything) for there in drawn for cell in range(len(CELLS))]
    known = [np.concatenate([values(there, basis, code)[:, everything] for there in drawn]) for code in codes]
    return np.array(seen), np.array(known)


def preferences_of(count: int, seed: int) -> Float[np.ndarray, "M f"]:
    """Return so many preference vectors, normal on the kinds of objects."""
    random = np.random.default_rng(np.random.SeedSequence(seed))
    return random.standard_normal((count, FEATURES))


def tasks(
    seen: Float[np.ndarray, "d n"], known: Float[np.ndarray, "S d 5"], replicates: int, many: int, rows: int
) -> Draw:
    """Return how batches are drawn: tasks, and for each demonstrations to adapt to, and to be judged by."""

    def draw(random: np.random.Generator) -> Batch:
        chosen = random.integers(len(known), size=(replicates, many))
        parts = []
        for _ in range(2):
            places = random.integers(len(seen), size=(replicates, many, rows))
            parts += [seen[places], known[chosen[..., None], places]]
        return Batch(*parts)

    return draw


STEPS = 41  # the most that a demonstration takes: no shortest path in the five mazes is longer than 40


def demonstrated(
    these: Sequence[goals.Task], each: int, seed: int
) -> tuple[UInt8[np.ndarray, "S d 41 n"], UInt8[np.ndarray, "S d 41 6"]]:
    """Return what is seen in so many demonstrations of each task, and what is done, one-hot; then zeros."""
    random = np.random.default_rng(np.random.SeedSequence(seed))
    shown = len(these), each, STEPS
    seen = np.zeros((*shown, goals.SIZE**2 * (goals.KINDS + 2)), np.uint8)
    done = np.zeros((*shown, len(goals.MOVES) + goals.INTERACTIONS), np.uint8)
    for task, name in enumerate(these):
        for number in range(each):
            there = goals.world(name, random)
            for step, (cell, action) in enumerate(zip(*goals.demonstration(there), strict=True)):
                seen[task, number, step] = goals.observation(there, cell).ravel()
                done[task, number, step, action] = 1
    return seen, done


def behaviours(
    seen: UInt8[np.ndarray, "S d 41 n"], done: UInt8[np.ndarray, "S d 41 6"], replicates: int, many: int
) -> Draw:
    """Return how batches are drawn: tasks, for each a demonstration to adapt to, and one to be judged by."""

    def draw(random: np.random.Generator) -> Batch:
        chosen = random.integers(len(seen), size=(replicates, many))
        parts = []
        for _ in range(2):
            which = random.integers(seen.shape[1], size=chosen.shape)
            parts += [seen[chosen, which], done[chosen, which]]
        return Batch(*parts)

    return draw
