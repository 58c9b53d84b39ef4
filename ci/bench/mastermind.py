"""The decoder, and the exact check of small sets."""

from __future__ import annotations

import math
from functools import partial

from bench.measuring import figure, in_turns
from whp.reference import mastermind


def guessing() -> None:
    """Time the decoding of a codeword of length 1000, and the looking at all codewords of length 6."""
    n = 1000
    m = math.ceil(4 * n * math.log(n))
    drawn = mastermind.design(n, m + 1, 1)
    queries, word = drawn[:-1], drawn[-1]
    told = mastermind.answers(queries, word)
    few = mastermind.design(6, 13, 2)
    decoded, resolved = in_turns(
        3, partial(mastermind.decode, queries, told), partial(mastermind.resolves, few)
    )
    figure("mastermind: decode, n = 1000, m = 4 n ln n", min(decoded), "s", bar=1)
    figure("mastermind: resolves, n = 6, m = 13", min(resolved) * 1000, "ms", bar=50)
