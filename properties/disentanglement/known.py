"""Matrices and codes whose scores can be worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from whp.properties.disentanglement.definition import Level, entropy
from whp.properties.disentanglement.inputs import Coded, labels, matrix

# H is the entropy in bits of a coin: H(1/3) = log2 3 - 2/3, H(1/4) = 2 - 3/4 log2 3.

L2, L3, L6 = math.log(2), math.log(3), math.log(6)


def coin(p: float) -> float:
    """Return the entropy, in bits, of a coin."""
    return entropy((p, 1 - p)) / L2


TRIANGLE, QUARTER = math.log2(3) * 3 / 4, coin(1 / 4)
KNOWN: dict[str, tuple[Level, float, float]] = {
    "a permutation": (Level(matrix("010", "001", "100")), 1, 1),
    "a diagonal": (Level(matrix("10", "03")), 1, 1),
    "all alike": (Level(matrix("111", "111")), 0, 0),
    "2 1 / 0 1": (Level(matrix("21", "01")), 3 / 2 - TRIANGLE, 1 / 2),
    "1 1 / 0 2": (Level(matrix("11", "02")), 1 / 2, 1 - 3 / 4 * coin(1 / 3)),
    "3 1 / 1 3": (Level(matrix("31", "13")), TRIANGLE - 1, TRIANGLE - 1),
    "9 1 / 1 9": (Level(matrix("91", "19")), 1 - coin(1 / 10), 1 - coin(1 / 10)),
    "a factor in two latents": (Level(matrix("10", "01", "01")), 1, 1 - 2 / 3 * L2 / L3),
    "two factors in a latent": (Level(matrix("110", "001")), 1 - 2 / 3 * L2 / L3, 1),
    "a dead latent": (Level(matrix("10", "01", "00")), 1, 1),
    "3 1 / 1 3 / 0 0": (Level(matrix("31", "13", "00")), TRIANGLE - 1, 1 - QUARTER * L2 / L3),
    "a circulant": (Level(matrix("211", "121", "112")), 1 - 3 / 2 * L2 / L3, 1 - 3 / 2 * L2 / L3),
    "1 2 / 3 4": (
        Level(matrix("12", "34")),
        1 - 0.3 * coin(1 / 3) - 0.7 * coin(3 / 7),
        1 - 0.4 * coin(1 / 4) - 0.6 * coin(1 / 3),
    ),
    "groups of unequal size": (Level(matrix("11", "11", "11"), labels("001"), None), 0, 1 - coin(1 / 3)),
    "one group of latents": (Level(matrix("21", "01"), labels("00"), None), 0, 1),
    "one group of factors": (Level(matrix("21", "01"), None, labels("00")), 1, 1 - coin(1 / 4)),
    "one latent and one factor": (Level(matrix("7")), 1, 1),
    "nothing": (Level(matrix("00", "00")), 0, 0),
    "nothing, of one group": (Level(matrix("00"), labels("0"), labels("00")), 0, 0),
    "no factor": (Level(np.zeros((2, 0))), 0, 0),
    "no latent": (Level(np.zeros((0, 2)), None, labels("01")), 0, 0),
}

EYE, THREE_ONE, ONES = np.eye(4), matrix("31", "13"), np.ones((2, 2))
BOTH, NONE, HALF = (1.0, 1.0), (0.0, 0.0), (0.5, 0.5)
MIXED = (TRIANGLE - 1,) * 2
KNOWN_CODES: dict[str, tuple[Coded, tuple[Any, Any, Any]]] = {  # flat, object, property
    "each object in its slot": (Coded(EYE, 2, 2), (BOTH, BOTH, BOTH)),
    "each slot holds one property of each object": (Coded(EYE[[0, 2, 1, 3]], 2, 2), (BOTH, NONE, NONE)),
    "objects apart, properties mixed": (Coded(np.kron(np.eye(2), ONES), 2, 2), (HALF, BOTH, NONE)),
    "properties apart, objects mixed": (Coded(np.kron(ONES, np.eye(2)), 2, 2), (HALF, NONE, BOTH)),
    "all mixed": (Coded(np.ones((4, 4)), 2, 2), (NONE, NONE, NONE)),
    "properties mixed 3 to 1": (
        Coded(np.kron(np.eye(2), THREE_ONE), 2, 2),
        ((TRIANGLE / 2,) * 2, BOTH, MIXED),
    ),
    "both mixed 3 to 1": (Coded(np.kron(THREE_ONE, THREE_ONE), 2, 2), (MIXED, MIXED, MIXED)),
    "the dimensions of one slot exchanged": (Coded(EYE[[0, 1, 3, 2]], 2, 2), (BOTH, BOTH, NONE)),
    "3 to 1 in one slot, 1 to 3 in the other": (
        Coded(matrix("3100", "1300", "0013", "0031"), 2, 2),
        ((TRIANGLE / 2,) * 2, BOTH, NONE),
    ),
    "a chain": (
        Coded(matrix("1100", "0110", "0010", "0001"), 2, 2),
        ((2 / 3, 2 / 3), (1 - 2 / 3 * QUARTER, 1 - coin(1 / 3) / 2), (1 - coin(1 / 3),) * 2),
    ),
    "two properties in one dimension": (
        Coded(np.kron(np.eye(2), matrix("110", "001")), 2, 2),
        ((1 - 2 / 3 * L2 / L6, 1), BOTH, (1 - 2 / 3 * L2 / L3, 1)),
    ),
    "one slot, one object": (
        Coded(matrix("21", "01"), 1, 1),
        ((3 / 2 - TRIANGLE, 1 / 2), BOTH, (3 / 2 - TRIANGLE, 1 / 2)),
    ),
}
