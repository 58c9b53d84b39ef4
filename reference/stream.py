"""A stream of random integers that compiled and uncompiled code draw alike.

SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). It is written here,
because calling NumPy's generator from a compiled loop costs more than the loop.
"""

import numpy as np
from jaxtyping import UInt64
from numba import njit

GAMMA = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
U27, U30, U31, U32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
LOW = np.uint64(0xFFFFFFFF)


def stream(seed: int) -> UInt64[np.ndarray, "1"]:
    """Return the state of a new stream, which each draw advances; every seed in 0..2^64-1 is its own."""
    # Neighbouring seeds start far apart: the seed is spread by NumPy's hash, not used as the counter.
    return np.random.SeedSequence(seed).generate_state(1, np.uint64)


@njit(cache=True)
def draw(state):  # type: ignore[no-untyped-def]
    """Return 64 random bits and advance the state."""
    state[0] += GAMMA
    bits = state[0]
    bits = (bits ^ (bits >> U30)) * FIRST
    bits = (bits ^ (bits >> U27)) * SECOND
    return bits ^ (bits >> U31)


@njit(cache=True)
def below(bound, state):  # type: ignore[no-untyped-def]
    """Return an exactly uniform integer in 0..bound-1, for 1 <= bound < 2^32 (Lemire, arXiv:1805.10941)."""
    wide = np.uint64(bound)
    product = (draw(state) >> U32) * wide
    if product & LOW < wide:
        uneven = (LOW + np.uint64(1) - wide) % wide
        while product & LOW < uneven:
            product = (draw(state) >> U32) * wide
    return np.int64(product >> U32)
