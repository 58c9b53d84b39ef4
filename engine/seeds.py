"""Seeds: all randomness of a run comes from its seed, by SeedSequence."""

from __future__ import annotations

import hashlib

import numpy as np

BLOCK = 64  # seeds of replicates that come from one sequence
SHIFT = 11  # what is left of 64 bits is a whole number that JSON readers with floats alone can hold


def entropy(seed: int, text: str) -> list[int]:
    """Return the entropy of what a text names in a run: another text, or another run, has another."""
    return [seed, *np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint32).tolist()]


def of_check(seed: int, check: str) -> int:
    """Return the seed of one check in a run."""
    return int(np.random.SeedSequence(entropy(seed, check)).generate_state(1, np.uint64)[0])


def of_replicates(seed: int, claim: str, cell: str, first: int, count: int) -> list[int]:
    """Return the seeds of consecutive replicates: a function of (run seed, claim, cell, index) alone.

    They come in blocks, each from a SeedSequence of its own: making one takes as long as a small replicate.
    """
    words, begin, end = entropy(seed, f"{claim} {cell}"), first // BLOCK, (first + count - 1) // BLOCK
    blocks = [
        np.random.SeedSequence(words, spawn_key=(block,)).generate_state(BLOCK, np.uint64) >> np.uint64(SHIFT)
        for block in range(begin, end + 1)
    ]
    seeds = np.concatenate(blocks) if blocks else np.zeros(0, np.uint64)
    listed: list[int] = seeds[first - begin * BLOCK :][:count].tolist()
    return listed
