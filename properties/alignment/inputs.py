"""Networks, permutations and curves that properties ask about: how they are drawn, and the fixed ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from whp.properties.alike import Question
from whp.reference.alignment.networks import Network, Permutations, widths


def of(*weights: Any, biases: Sequence[Any] | None = None) -> Network:
    """Return a network, written row by row."""
    return Network(
        [np.array(weight, np.float64) for weight in weights],
        None if biases is None else [np.array(bias, np.float64) for bias in biases],
    )


def table(*rows: Sequence[float]) -> np.ndarray:
    """Return float64 rows."""
    return np.array(rows, np.float64)


def orders(*listed: Sequence[int]) -> Permutations:
    """Return permutations."""
    return [np.array(p, np.int64) for p in listed]


def curve(losses: Sequence[float], weights: Sequence[float]) -> dict[str, np.ndarray]:
    """Return the arguments of `barrier`."""
    return {"losses": np.array(losses, np.float64), "weights": np.array(weights, np.float64)}


def whole() -> st.SearchStrategy[float]:
    """Draw a small whole number."""
    return st.integers(-3, 3).map(float)


def numbers() -> st.SearchStrategy[float]:
    """Draw a number of the contract's size."""
    large = st.floats(1e-6, 1e6)
    return whole() | large | large.map(lambda value: -value)


def permutations(n: int) -> st.SearchStrategy[np.ndarray]:
    """Draw a permutation of 0..n-1."""
    return st.permutations(range(n)).map(lambda p: np.array(p, np.int64))


@st.composite
def shapes(draw: st.DrawFn, hidden: int = 3, width: int = 5) -> list[int]:
    """Draw the widths of a network, from its inputs to its outputs."""
    return draw(st.lists(st.integers(1, width), min_size=2, max_size=hidden + 2))


def networks(
    sizes: Sequence[int], entries: st.SearchStrategy[float], biased: bool
) -> st.SearchStrategy[Network]:
    """Draw a network with these widths."""
    layers = [arrays(np.float64, (after, before), elements=entries) for before, after in pairwise(sizes)]
    shifts = [arrays(np.float64, after, elements=entries) for after in sizes[1:]]
    return st.builds(
        Network, st.tuples(*layers).map(list), st.tuples(*shifts).map(list) if biased else st.none()
    )


@st.composite
def signals(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a network and inputs to it."""
    sizes = draw(shapes())
    entries = draw(st.sampled_from((whole(), numbers())))
    inputs = arrays(np.float64, (draw(st.integers(0, 5)), sizes[0]), elements=entries)
    return {"network": draw(networks(sizes, entries, draw(st.booleans()))), "inputs": draw(inputs)}


@st.composite
def moves(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a network and permutations of its hidden units."""
    asked = draw(signals())
    return {
        "network": asked["network"],
        "permutations": [draw(permutations(n)) for n in widths(asked["network"])[1:-1]],
    }


@st.composite
def moves_after_moves(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a network, permutations of its hidden units, and others to follow them."""
    asked = draw(moves())
    return {**asked, "then": [draw(permutations(len(p))) for p in asked["permutations"]]}


@st.composite
def pairs(draw: st.DrawFn) -> dict[str, Any]:
    """Draw two networks of one shape and inputs to both; some have units that are dead or alike."""
    sizes = draw(shapes())
    biased, entries = draw(st.booleans()), draw(st.sampled_from((whole(), numbers())))
    one, other = (draw(networks(sizes, entries, biased)) for _ in range(2))
    inputs = draw(arrays(np.float64, (draw(st.integers(0, 8)), sizes[0]), elements=entries))
    return {"first": one, "second": other, "inputs": inputs}


def scattered(sizes: Sequence[int], many: int, seed: int, biased: bool = False) -> tuple[Network, np.ndarray]:
    """Return a network and inputs of random whole numbers."""
    random = np.random.default_rng(np.random.SeedSequence(seed))

    def some(*shape: int) -> np.ndarray:
        return random.integers(-9, 10, shape).astype(np.float64)

    weights = [some(after, before) for before, after in pairwise(sizes)]
    return Network(weights, [some(n) for n in sizes[1:]] if biased else None), some(many, sizes[0])


def twins(sizes: Sequence[int], many: int, seed: int) -> dict[str, Any]:
    """Return two networks of random whole numbers, with biases, and inputs."""
    first, inputs = scattered(sizes, many, seed, biased=True)
    return {"first": first, "second": scattered(sizes, 0, seed + 1, biased=True)[0], "inputs": inputs}


def two(seed: int, weight: float) -> dict[str, Any]:
    """Return two networks with biases, of parameters that need all their digits, and a weight."""
    pair = twins([2, 3, 3, 2], 0, seed)
    first, second = (
        Network([w / 7 for w in one.weights], [b / 3 for b in one.biases or []])
        for one in (pair["first"], pair["second"])
    )
    return {"first": first, "second": second, "weight": weight}


@st.composite
def planted(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a network, permutations and inputs: mostly such that no two units answer alike."""
    if draw(st.booleans()):
        asked = draw(signals())
        network, inputs = asked["network"], asked["inputs"]
    else:
        sizes = draw(shapes(hidden=2, width=6))
        network, inputs = scattered(
            sizes, draw(st.integers(3, 12)), draw(st.integers(0, 2**32)), draw(st.booleans())
        )
    listed = [draw(permutations(n)) for n in widths(network)[1:-1]]
    return {"network": network, "permutations": listed, "inputs": inputs}


@st.composite
def columns(draw: st.DrawFn) -> dict[str, np.ndarray]:
    """Draw the activations of two layers of one width, on the same inputs."""
    n, many = draw(st.integers(0, 7)), draw(st.integers(1, 8))
    entries = draw(st.sampled_from((st.integers(0, 3).map(float), whole(), numbers())))
    first, second = (draw(arrays(np.float64, (many, n), elements=entries)) for _ in range(2))
    return {"first": first, "second": second}


@st.composite
def mixtures(draw: st.DrawFn) -> dict[str, Any]:
    """Draw two networks of one shape and a weight of the first."""
    asked = draw(pairs())
    weight = draw(st.sampled_from((0.0, 0.5, 1.0, 0.1)) | st.floats(1e-6, 1))
    return {"first": asked["first"], "second": asked["second"], "weight": weight}


@st.composite
def curves(draw: st.DrawFn) -> dict[str, np.ndarray]:
    """Draw losses, which are not negative, at weights that rise from 0 to 1."""
    inner = draw(st.lists(st.floats(1e-6, 0.999999), max_size=6, unique=True).map(sorted))
    weights = np.array([0.0, *inner, 1.0])
    losses = st.integers(0, 4).map(float) | st.floats(1e-6, 1e6)
    return {"losses": draw(arrays(np.float64, len(weights), elements=losses)), "weights": weights}


def questions() -> st.SearchStrategy[Question]:
    """Draw an operation with its arguments."""
    return st.one_of(
        signals().map(lambda asked: ("forward", asked)),
        columns().map(lambda asked: ("match_layer", asked)),
        pairs().map(lambda asked: ("match", asked)),
        moves().map(lambda asked: ("permute", asked)),
        mixtures().map(lambda asked: ("interpolate", asked)),
        curves().map(lambda asked: ("barrier", asked)),
    )


# A 2-2-2 network; one with biases whose widths differ; one of three hidden layers of one width; a linear one.
SMALL = {"network": of([[1, -2], [3, 1]], [[1, 2], [-1, 1]]), "inputs": table([1, 2], [3, 1], [-1, 2])}
BIASED = {
    "network": of(
        [[1, -1], [2, 1], [-1, 3]],
        [[1, 2, -3], [-2, 1, 1]],
        [[3, -1], [1, 2], [1, 1]],
        biases=[[1, -2, 3], [-1, 2], [5, -7, 1]],
    ),
    "inputs": table([1, 2], [0, -1], [3, 1]),
}
_square, _seen = scattered([3, 3, 3, 3, 3], 6, 5)
SQUARE = {"network": _square, "inputs": _seen}
LINEAR = {"network": of([[1, -2]], biases=[[3]]), "inputs": table([1, 2], [0, 0])}
FINE = {"network": of([[1 / 3, 1 / 7]], [[1 / 11]]), "inputs": table([1 / 13, 1 / 17])}
EMPTY = {"network": SMALL["network"], "inputs": np.zeros((0, 2))}
FAINT = {
    "network": of([[1e-6, 2e-6], [3e-6, -1e-6]], [[2e-6, 1e-6]], biases=[[1e-6, 0], [1e-6]]),
    "inputs": table([1e-6, 3e-6], [2e-6, 1e-6]),
}
MANY = 1103  # inputs: a prime number, so that no size of batches divides it
LONG = {"network": BIASED["network"], "inputs": np.arange(2.0 * MANY).reshape(MANY, 2) % 7 - 3}
TURN, TURN_BACK, SWAP = [1, 2, 0], [2, 0, 1], [1, 0]

# Where greed, rows by themselves, lengths, means, the wrong axis, or the inverse of the answer lead astray.
ADVERSE = {"first": table([1, 0, 0], [1, 1, 1], [0, 0, 4]), "second": table([3, 1, 2], [2, 0, 1], [1, 0, 0])}
OPPOSITE = {"first": table([2, 0], [-2, 1]), "second": table([0, -1], [-2, 0])}
FAINT_COLUMNS = {"first": table([1e-6, 1e4], [0, 1e-6]), "second": table([4e-4, -3e-4], [3e-4, 4e-4])}
ALIKE = {"first": table([2, 19], [2, 15]), "second": table([14, 19], [11, 15])}
ALIKE_BUT_FOR_1E_12 = {"first": table([1e6, 1e6], [1, 2]), "second": table([1e6, 1e6], [2, 1])}
_fan = np.pi / 4 + np.linspace(-0.7, 0.7, 300)  # directions of 300 units: more than a byte can count
WIDE = {"first": np.array([np.cos(_fan), np.sin(_fan)]), "second": np.array([np.sin(_fan), np.cos(_fan)])}
_crowd = np.random.default_rng(np.random.SeedSequence(71)).integers(-9, 10, (2, 5, 40)).astype(np.float64)
CROWD = {"first": _crowd[0], "second": _crowd[1]}
DEAD = {"first": table([0, 1, 0, 2], [0, 1, 0, 1]), "second": table([2, 0, 3, 0], [1, 0, 3, 0])}
DEAD_AND_OPPOSITE = {"first": table([0, 1], [0, 0]), "second": table([0, -1], [0, 1])}
_turns = np.tile([[1.0, 0.0], [0.0, 1.0]], (MANY // 2, 1))
LAST_DECIDES = {"first": np.vstack([_turns, [[1e3, 0]]]), "second": np.vstack([_turns, [[0, 1e3]]])}
NOTHING = {"first": np.zeros((2, 0)), "second": np.zeros((2, 0))}

# Two networks with inputs: of three hidden layers, of none, with a dead unit each.
TWINS = twins([3, 5, 5, 5, 2], 12, 11)
FLAT = {"first": of([[1, 2]]), "second": of([[3, 4]]), "inputs": table([1, 1])}
ONE_DEAD = {
    "first": of([[-1, -1], [1, 0], [0, 1]], [[1, 1, 1]]),
    "second": of([[0, 1], [-1, -1], [1, 0]], [[1, 1, 1]]),
    "inputs": table([1, 0], [1, 1], [0, 2]),
}
_loud, _heard = scattered([2, 3, 3, 3, 1], 6, 61)
LOUD = {  # squares of the last activations are beyond what single precision holds
    "first": Network([1e5 * weight for weight in _loud.weights], None),
    "second": Network([1e5 * weight for weight in scattered([2, 3, 3, 3, 1], 0, 62)[0].weights], None),
    "inputs": 1e5 * _heard,
}
LAST_DECIDES_IN_A_LAYER = {  # the activations of LAST_DECIDES
    "first": of([[1, 0, 1], [0, 1, 0]], [[1, 1]]),
    "second": of([[1, 0, 0], [0, 1, 1]], [[1, 1]]),
    "inputs": np.vstack([np.pad(_turns, ((0, 0), (0, 1))), [[0, 0, 1e3]]]),
}

# A network, its units moved, and inputs on which no two units answer alike.
TURNED = {
    "network": BIASED["network"],
    "permutations": orders(TURN, SWAP),
    "inputs": table([2, 1], [0, -1], [3, 1], [1, 2]),
}
_four, _told = scattered([4, 4, 4, 3], 12, 41, biased=True)
FOUR = {"network": _four, "permutations": orders([1, 2, 3, 0], [3, 1, 0, 2]), "inputs": _told}

LAST_TELL = {  # all other inputs are 0, and so are the answers
    **FOUR,
    "inputs": np.vstack([np.zeros((MANY - len(_told), 4)), _told]),
    "network": Network(_four.weights, None),
}
BROAD = {"network": scattered([1, 300, 1], 0, 81)[0], "permutations": [np.roll(np.arange(300), 77)]}

TWICE = {"network": BIASED["network"], "permutations": orders(TURN, SWAP), "then": orders([1, 0, 2], SWAP)}
TURNS = {
    "network": SQUARE["network"],
    "permutations": orders(TURN, [0, 2, 1], TURN),
    "then": orders([1, 0, 2], TURN, [2, 1, 0]),
}

FAR = {"first": of([[1e6]], [[1e-6]]), "second": of([[1e-6]], [[1e6]])}

# The 2-2-2 network of twice the identity and itself with its two units swapped, on one input for each unit.
SWAPPED = [float(np.log1p(np.exp(-4 * (2 * w - 1) ** 2))) for w in (0, 0.25, 0.5, 0.75, 1)]
TWO_PEAKS = curve([0, 1, *[0] * 16, 2, 0], np.linspace(0, 1, 20).tolist())
