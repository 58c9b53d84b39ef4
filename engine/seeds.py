"""Seeds: all randomness of a run comes from its seed, by SeedSequence."""

from __future__ import annotations

import hashlib

import numpy as np

SHIFT = 11  # what is left of 64 bits is a whole number that JSON readers with floats alone can hold


def entropy(seed: int, text: str) -> list[int]:
    """Return the entropy of what a text names in a run: another text, or another run, has another."""
    return [seed, *np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint32).tolist()]


def of_check(seed: int, check: str) -> int:
    """Return the seed of one check in a run."""
    return int(np.random.SeedSequence(entropy(seed, check)).generate_state(1, np.uint64)[0])


def of_replicates(seed: int, claim: str, cell: str, first: int, count: int) -> list[int]:
    """Return the seeds of consecutive replicates: a function of (run seed, claim, cell, index) alone."""
    words = entropy(seed, f"{claim} {cell}")
    return [
        int(np.random.SeedSequence(words, spawn_key=(index,)).generate_state(1, np.uint64)[0] >> SHIFT)
        for index in range(first, first + count)
    ]
