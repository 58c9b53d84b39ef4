"""The Hypothesis strategies that the properties share."""

from __future__ import annotations

from collections.abc import Callable
from math import isqrt

import numpy as np
from hypothesis import strategies as st

from whp.reference import families
from whp.reference.graph import Graph

SEEDS = 2**53  # every language reads a smaller integer exactly


def rounded(values: np.ndarray) -> np.ndarray:
    """Return numbers that are 0 or of magnitude 1e-6 at least."""
    made: np.ndarray = np.round(values, 6) + 0.0
    return made


def seeds() -> st.SearchStrategy[int]:
    """Draw a seed of the contract."""
    return st.integers(0, SEEDS - 1)


def similar_seeds() -> st.SearchStrategy[list[int]]:
    """Draw eight seeds that agree in all but three bits, low ones or high ones."""
    large = st.integers(2**35, SEEDS - 1)
    return st.builds(
        lambda seed, shift: [seed ^ (k << shift) for k in range(8)], large, st.sampled_from((0, 32))
    )


# Seeds that a subject confuses which drops the high bits, drops the low ones, or uses a byte alone. None of
# them, and none of the large ones above, is a pair s, s + (s - 1) 2^32 with s < 2^32: for such a pair Python
# has one random.Random, since its array of seed words adds the index to each word.
EQUAL_LOW_BITS = [2**31 + 5 + (k << 32) for k in (0, 1, 2, 3, 4, 1000, 2**20, 2**21 - 1)]
EQUAL_HIGH_BITS = [(7 << 32) + k for k in (0, 1, 2, 3, 4, 1000, 10**6, 2**32 - 1)]
CONSECUTIVE = list(range(300))
PAIRS_OF_SEEDS = (
    300 * 299 // 2 + 22 * 8 * 7 // 2
)  # in the list of hundreds, in two of eight and 20 drawn ones


def _random(n: int, p: float) -> Callable[[int], Graph]:
    def draw(seed: int) -> Graph:
        upper = np.triu(np.random.default_rng(seed).random((n, n)) < p, 1)
        return Graph.of(n, np.argwhere(upper))

    return draw


# What a drawn graph starts from. The first is the one that a counterexample shrinks to.
_SKELETONS: tuple[Callable[[int], st.SearchStrategy[Graph]], ...] = (
    lambda n: st.just(families.empty(n)),
    lambda n: st.just(families.complete(n)),
    lambda n: st.just(families.path(n)),
    lambda n: st.just(families.cycle(n)),
    lambda n: st.just(families.star(max(n - 1, 0))),
    lambda n: st.integers(0, n).map(lambda a: families.complete_bipartite(a, n - a)),
    lambda n: st.integers(1, 5).map(lambda size: families.disjoint(n // size, families.complete(size))),
    lambda n: st.sets(st.integers(1, max(n // 2, 1)), max_size=3).map(lambda js: families.circulant(n, *js)),
    lambda n: st.integers(0, 2**16).map(_random(n, 0.5)),
)


def _pair(index: int) -> tuple[int, int]:
    """Return the pair u < v at a place of the list 01, 02, 12, 03, 13, ...: it doesn't depend on n."""
    v = (1 + isqrt(8 * index + 1)) // 2
    return index - v * (v - 1) // 2, v


@st.composite
def graphs(draw: st.DrawFn, min_n: int = 0, max_n: int = 14) -> Graph:
    """Draw a graph: a skeleton with some pairs joined or parted; shrinks to few vertices and few edges."""
    n = draw(st.integers(min_n, max_n))
    skeleton = draw(st.sampled_from(_SKELETONS).flatmap(lambda make: make(n)))
    pairs = n * (n - 1) // 2
    changes = draw(st.just(set()) | st.sets(st.integers(0, pairs - 1), max_size=6)) if pairs else set()
    edges = {(u, v) for u, v in skeleton.edges.tolist()} ^ {_pair(index) for index in changes}
    return Graph.of(n, sorted(edges))
