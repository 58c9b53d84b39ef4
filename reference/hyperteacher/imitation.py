"""A small imitation experiment on the grid world of preferences: optimal action values of unseen preferences.

A task is a code on a few preference vectors; what it shows are observations and the optimal values of all
actions. The students are those of `learning`, modular and monolithic. Adapting sees few of them, so that it
has to find what tasks have in common. It takes torch.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

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
