"""What every correct implementation of the alignment of networks satisfies."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment

from whp import contract
from whp.checks import NotOffered, Refuted, expect, property_of
from whp.properties.alike import (
    Question,
    ask_all,
    expect_one_answer,
    expect_untouched_arguments,
)
from whp.reference.alignment import DATA, NETWORK, lines, no_permutation, read_all
from whp.reference.alignment.files import read_network
from whp.reference.alignment.matching import similarity
from whp.reference.alignment.networks import Network, Permutations, forward, interpolate, permute, widths
from whp.subject import Subject

PAPER = "arXiv:2209.07509"
CONTRACT = "the contract of alignment"
DIGITS = {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}  # binary ones of the significand


# Numbers that are rounded


def precision(subject: Subject) -> int:
    """Return with how many binary digits the subject computes, as it declares; their unit is 2^-digits."""
    return DIGITS[subject.declares("precision", "float64")]


def slack(network: Network, inputs: np.ndarray, digits: int) -> list[np.ndarray]:
    """Return how far each entry may be off after each layer, as the contract of `forward` says.

    Where all numbers are whole, and the sum of absolute values needs no more digits than there are, an entry
    is exact, whatever the order of the sum.
    """
    size = np.abs(inputs)
    whole = all(
        bool((values == np.trunc(values)).all())
        for values in [inputs, *network.weights, *(network.biases or [])]
    )
    allowed = []
    for t, weight in enumerate(network.weights):
        size = size @ np.abs(weight).T
        if network.biases is not None:
            size = size + np.abs(network.biases[t])
        coarse = 8 * (t + 1) * (max(widths(network)) + 4) * 2.0**-digits * size
        allowed.append(np.where(whole & (size < 2.0**digits), 0.0, coarse))
    return allowed


def expect_near(got: np.ndarray, wanted: np.ndarray, allowed: np.ndarray, said: str, why: str) -> None:
    """Refute with the entry that is farthest off, if one is farther off than is allowed."""
    off = np.abs(got - wanted) - allowed
    if off.size and off.max() > 0:
        place = np.unravel_index(int(off.argmax()), off.shape)
        where = "".join(f"[{i}]" for i in place)
        expect(False, f"{said}{where} is {got[place]:.17g}, expected is {wanted[place]:.17g}: {why}")


# Inputs


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
TURN, TURN_BACK, SWAP = [1, 2, 0], [2, 0, 1], [1, 0]


# forward


@property_of("alignment", source=f"{PAPER}: multilayer perceptrons with ReLU")
@given(asked=signals())
@example(asked=SMALL)
@example(asked=BIASED)
@example(asked=SQUARE)
@example(asked=LINEAR)
@example(asked=FINE)
@example(asked=EMPTY)
def forward_computes_the_network(subject: Subject, asked: dict[str, Any]) -> None:
    """Hidden layers are max(W h + b, 0), and the logits W h + b of the last hidden layer."""
    told = subject.forward(**asked)
    right = forward(**asked)
    allowed = slack(asked["network"], asked["inputs"], precision(subject))
    if len(asked["inputs"]):
        for t, (got, wanted, near) in enumerate(zip(told.hidden, right.hidden, allowed, strict=False)):
            why = f"max(W h + b, 0) with the weights (and biases, if any) of layer {t}"
            expect_near(got, wanted, near, f"hidden[{t}]", why)
        expect_near(told.logits, right.logits, allowed[-1], "logits", "W h + b of the last layer, no ReLU")


# match_layer and match


def total(similar: np.ndarray, p: np.ndarray) -> float:
    """Return the sum of similar[i, p[i]]."""
    return float(similar[np.arange(len(p)), p].sum())


def expect_permutation(p: np.ndarray, said: str) -> None:
    """Refute what is no permutation, with the unit that is there twice or isn't one."""
    n, listed = len(p), p.tolist()
    wrong = next((i for i, unit in enumerate(listed) if not 0 <= unit < n or unit in listed[:i]), 0)
    expect(
        not no_permutation(p),
        lambda: (
            f"{said} is {listed}, no permutation of 0..{n - 1}: entry {wrong} is {listed[wrong]}"
            f"{', which is there before' if listed[wrong] in listed[:wrong] else ''}; "
            "every unit of the second must be matched once"
        ),
    )


def expect_best(
    p: np.ndarray, first: np.ndarray, second: np.ndarray, allowed: float, digits: int, said: str
) -> None:
    """Refute with a permutation whose cosines have a larger sum, if rounding can't be the reason."""
    many, n = first.shape
    similar = similarity(first, second)
    better: np.ndarray = linear_sum_assignment(similar, maximize=True)[1]
    gap = total(similar, better) - total(similar, p)
    if gap > allowed + 8 * n * (many + 8) * 2.0**-digits:
        i = int((similar[np.arange(n), better] - similar[np.arange(n), p]).argmax())
        expect(
            False,
            f"{said} is {p.tolist()} with a sum of cosines of {total(similar, p):.6g}, but {better.tolist()} "
            f"has {gap:.3g} more: unit {i} of the first has cosine "
            f"{similar[i, p[i]]:.6g} with unit {p[i]} of the second, and {similar[i, better[i]]:.6g} with "
            f"unit {better[i]} (p[i] is the second's unit for unit i of the first; nothing is centred, a "
            "zero column has cosine 0)",
        )


# Where greed, rows by themselves, lengths, means, the wrong axis, or the inverse of the answer lead astray.
ADVERSE = {"first": table([1, 0, 0], [1, 1, 1], [0, 0, 4]), "second": table([3, 1, 2], [2, 0, 1], [1, 0, 0])}
OPPOSITE = {"first": table([2, 0], [-2, 1]), "second": table([0, -1], [-2, 0])}
SHORT = {"first": table([1e-6, 1000], [0, 3.5]), "second": table([1, 1], [0, 1.7320508])}
ALIKE = {"first": table([2, 19], [2, 15]), "second": table([14, 19], [11, 15])}
ALIKE_BUT_FOR_1E_12 = {"first": table([1e6, 1e6], [1, 2]), "second": table([1e6, 1e6], [2, 1])}
DEAD = {"first": table([0, 1, 0, 2], [0, 1, 0, 1]), "second": table([2, 0, 3, 0], [1, 0, 3, 0])}
NOTHING = {"first": np.zeros((2, 0)), "second": np.zeros((2, 0))}


@property_of("alignment", source=CONTRACT)
@given(asked=columns())
@example(asked=NOTHING)
@example(asked=ADVERSE)
@example(asked=DEAD)
def match_layer_gives_a_permutation(subject: Subject, asked: dict[str, np.ndarray]) -> None:
    """`match_layer` matches each unit of the first layer to another unit of the second, dead units too."""
    expect_permutation(subject.match_layer(**asked), "the answer")


@property_of("alignment", source=f"{PAPER}: linear assignment of cosines of activations")
@given(asked=columns())
@example(asked=NOTHING)
@example(asked=ADVERSE)
@example(asked=OPPOSITE)
@example(asked=SHORT)
@example(asked=ALIKE)
@example(asked=ALIKE_BUT_FOR_1E_12)
@example(asked=DEAD)
def match_layer_maximises_the_cosines(subject: Subject, asked: dict[str, np.ndarray]) -> None:
    """No permutation has a larger sum of cosines than that of `match_layer`.

    Sums are compared, never permutations: where units are dead or alike, several are best.
    """
    p = subject.match_layer(**asked)
    expect_permutation(p, "the answer")
    expect_best(p, **asked, allowed=0.0, digits=precision(subject), said="the answer")


def doubt(values: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Return how far the cosines of each column may be off if its entries are off by what is allowed."""
    size, off = np.linalg.norm(values, axis=0), np.linalg.norm(allowed, axis=0)
    near: np.ndarray = np.minimum(1, 2 * off / np.where(size > 0, size, 1))
    return np.where((size == 0) & (off > 0), 1.0, near)


def by_activations(subject: Subject) -> None:
    """Raise NotOffered for a subject that matches otherwise."""
    if subject.declares("method", "activation") != "activation":
        raise NotOffered("`match` by activations: it declares another `method`")


def twins(sizes: Sequence[int], many: int, seed: int) -> dict[str, Any]:
    """Return two networks of random whole numbers, with biases, and inputs."""
    first, inputs = scattered(sizes, many, seed, biased=True)
    return {"first": first, "second": scattered(sizes, 0, seed + 1, biased=True)[0], "inputs": inputs}


TWINS = twins([3, 5, 5, 5, 2], 12, 11)
FLAT = {"first": of([[1, 2]]), "second": of([[3, 4]]), "inputs": table([1, 1])}
ONE_DEAD = {
    "first": of([[-1, -1], [1, 0], [0, 1]], [[1, 1, 1]]),
    "second": of([[0, 1], [-1, -1], [1, 0]], [[1, 1, 1]]),
    "inputs": table([1, 0], [1, 1], [0, 2]),
}


@property_of("alignment", source=CONTRACT)
@given(asked=pairs())
@example(asked=TWINS)
@example(asked=FLAT)
@example(asked=ONE_DEAD)
@example(asked={**ONE_DEAD, "inputs": np.zeros((0, 2))})
def match_gives_permutations(subject: Subject, asked: dict[str, Any]) -> None:
    """`match` gives a permutation of the units of each hidden layer, dead units too."""
    for t, p in enumerate(subject.match(**asked)):
        expect_permutation(p, f"that of hidden layer {t}")


@property_of("alignment", source=f"{PAPER}: layers are matched independently, from clean activations")
@given(asked=pairs())
@example(asked=TWINS)
@example(asked=FLAT)
@example(asked=ONE_DEAD)
@example(asked=twins([4, 6, 6, 3], 12, 21))
@example(asked=twins([2, 3, 4, 3], 9, 31))
def match_maximises_the_cosines_in_every_layer(subject: Subject, asked: dict[str, Any]) -> None:
    """In no hidden layer another permutation has a larger sum of cosines of activations after the ReLU.

    Both networks see the same inputs in the same order. Asked of subjects that match by activations.
    """
    by_activations(subject)
    found, digits = subject.match(**asked), precision(subject)
    seen = [
        (forward(network, asked["inputs"]).hidden, slack(network, asked["inputs"], digits))
        for network in (asked["first"], asked["second"])
    ]
    for t, p in enumerate(found):
        first, second = (hidden[t] for hidden, _ in seen)
        allowed = 2 * sum(float(doubt(hidden[t], near[t]).sum()) for hidden, near in seen)
        expect_permutation(p, f"that of hidden layer {t}")
        expect_best(p, first, second, allowed, digits, f"that of hidden layer {t}")


def told_apart(values: np.ndarray, allowed: np.ndarray, digits: int) -> bool:
    """Say whether every unit is alone in what it answers, so that a layer matches itself in one way only."""
    many, n = values.shape
    similar = similarity(values, values)
    np.fill_diagonal(similar, -1)
    rounding = 4 * float(doubt(values, allowed).sum()) + 8 * n * (many + 8) * 2.0**-digits
    return bool(values.any(axis=0).all()) and 2 * (1 - similar.max(initial=-1)) > 2 * rounding


TURNED = {
    "network": BIASED["network"],
    "permutations": orders(TURN, SWAP),
    "inputs": table([2, 1], [0, -1], [3, 1], [1, 2]),
}
_four, _told = scattered([4, 4, 4, 3], 12, 41, biased=True)
FOUR = {"network": _four, "permutations": orders([1, 2, 3, 0], [3, 1, 0, 2]), "inputs": _told}


@property_of("alignment", source=f"{PAPER}; units that no other is like can be matched in one way alone")
@given(asked=planted())
@example(asked=TURNED)
@example(asked=FOUR)
@example(asked={**FOUR, "permutations": orders([0, 1, 2, 3], [0, 1, 2, 3])})
@example(asked={**FOUR, "permutations": orders([1, 2, 3, 0], [0, 1, 2, 3])})
@example(asked={**FOUR, "permutations": orders([0, 1, 2, 3], [1, 2, 3, 0])})
def planted_permutations_are_found_again(subject: Subject, asked: dict[str, Any]) -> None:
    """A network whose units were moved is brought back onto the network that it was.

    Asked of subjects that match by activations, where no two units answer alike.
    """
    by_activations(subject)
    network, inputs, digits = asked["network"], asked["inputs"], precision(subject)
    moved = permute(network, asked["permutations"])
    found = subject.match(first=network, second=moved, inputs=inputs)
    hidden, near = forward(network, inputs).hidden, slack(network, inputs, digits)
    for t, (p, planted) in enumerate(zip(found, asked["permutations"], strict=True)):
        back = np.argsort(planted)
        if told_apart(hidden[t], near[t], digits):
            inverse = ": the answer is the inverse of what is asked for"
            expect(
                np.array_equal(p, back),
                f"unit i of the second's hidden layer {t} is unit {planted.tolist()}[i] of the first; "
                f"the answer {p.tolist()} doesn't bring it back, {back.tolist()} does"
                f"{inverse * np.array_equal(p, planted)}",
            )


# permute


@property_of("alignment", source=f"{PAPER}: the symmetry of hidden units")
@given(asked=moves(), seed=st.integers(0, 2**32))
@example(asked={"network": SMALL["network"], "permutations": orders(SWAP)}, seed=1)
@example(asked={"network": BIASED["network"], "permutations": orders(TURN, SWAP)}, seed=2)
@example(asked={"network": SQUARE["network"], "permutations": orders(TURN, TURN, TURN)}, seed=3)
@example(asked={"network": LINEAR["network"], "permutations": []}, seed=4)
def permuting_keeps_the_function(subject: Subject, asked: dict[str, Any], seed: int) -> None:
    """The permuted network computes what the network does."""
    network = asked["network"]
    moved = subject.permute(**asked)
    inputs = np.random.default_rng(np.random.SeedSequence(seed)).integers(-9, 10, (5, widths(network)[0])) / 3
    logits, wanted = (forward(one, inputs).logits for one in (moved, network))
    expect_near(
        logits,
        wanted,
        slack(network, inputs, precision(subject))[-1],
        f"asked {np.round(inputs, 6).tolist()}, the permuted network answers logits",
        "those of the network itself; rows, columns of the next layer and biases must move together",
    )


def expect_moved(got: Network, wanted: Network, digits: int, why: str) -> None:
    """Refute the first parameter that is another, but for the rounding of one number in a coarser type."""
    kinds: list[tuple[str, Any, Any]] = [("weights", got.weights, wanted.weights)]
    if wanted.biases is not None:
        kinds.append(("biases", got.biases, wanted.biases))
    for name, values, right in kinds:
        for t, (one, other) in enumerate(zip(values, right, strict=True)):
            allowed = np.abs(other) * (0 if digits == DIGITS["float64"] else 2.0**-digits)
            expect_near(one, other, allowed, f"{name}[{t}]", why)


GATHERED = "W'_t[i, j] = W_t[p_t[i], p_(t-1)[j]] and b'_t[i] = b_t[p_t[i]]"


@property_of("alignment", source=CONTRACT)
@given(asked=moves())
@example(asked={"network": SMALL["network"], "permutations": orders(SWAP)})
@example(asked={"network": BIASED["network"], "permutations": orders(TURN, SWAP)})
@example(asked={"network": SQUARE["network"], "permutations": orders(TURN, TURN_BACK, [*SWAP, 2])})
@example(asked={"network": FINE["network"], "permutations": orders([0])})
@example(asked={"network": LINEAR["network"], "permutations": []})
def new_unit_i_is_old_unit_p_of_i(subject: Subject, asked: dict[str, Any]) -> None:
    """`permute` makes new unit i of old unit p[i], and moves parameters without a change of any bit."""
    expect_moved(
        subject.permute(**asked),
        permute(**asked),
        precision(subject),
        f"{GATHERED} for p = {[p.tolist() for p in asked['permutations']]}",
    )


TWICE = {"network": BIASED["network"], "permutations": orders(TURN, SWAP), "then": orders([1, 0, 2], SWAP)}
TURNS = {
    "network": SQUARE["network"],
    "permutations": orders(TURN, [0, 2, 1], TURN),
    "then": orders([1, 0, 2], TURN, [2, 1, 0]),
}


@property_of("alignment", source=f"{CONTRACT}: new unit i is old unit p[i]")
@given(asked=moves_after_moves())
@example(asked=TWICE)
@example(asked=TURNS)
def permuting_twice_is_permuting_once(subject: Subject, asked: dict[str, Any]) -> None:
    """Permuting by p and then by q is permuting by p[q]; by p and then by its inverse, it changes nothing."""
    network, digits = asked["network"], precision(subject)
    by, then = asked["permutations"], asked["then"]
    moved = subject.permute(network=network, permutations=by)
    composed = [p[q] for p, q in zip(by, then, strict=True)]
    expect_moved(
        subject.permute(network=moved, permutations=then),
        subject.permute(network=network, permutations=composed),
        digits,
        f"permuted by {[p.tolist() for p in by]} and then by {[q.tolist() for q in then]} it must be as if "
        f"permuted by {[r.tolist() for r in composed]} at once",
    )
    expect_moved(
        subject.permute(network=moved, permutations=[np.argsort(p) for p in by]),
        network,
        digits,
        f"permuted by {[p.tolist() for p in by]} and then by its inverse it must be what it was",
    )


# interpolate


def two(seed: int, weight: float) -> dict[str, Any]:
    """Return two networks with biases, of parameters that need all their digits, and a weight."""
    pair = twins([2, 3, 3, 2], 0, seed)
    first, second = (
        Network([w / 7 for w in one.weights], [b / 3 for b in one.biases or []])
        for one in (pair["first"], pair["second"])
    )
    return {"first": first, "second": second, "weight": weight}


FAR = {"first": of([[1e6]], [[1e-6]]), "second": of([[1e-6]], [[1e6]])}


@property_of("alignment", source=CONTRACT)
@given(asked=mixtures())
@example(asked=two(51, 1.0))
@example(asked=two(51, 0.0))
@example(asked={**FAR, "weight": 1.0})
@example(asked={**FAR, "weight": 0.0})
def the_line_ends_at_both_networks(subject: Subject, asked: dict[str, Any]) -> None:
    """Weight 1 gives the first network and weight 0 the second, equal in value."""
    digits = precision(subject)
    for weight, name in ((1.0, "first"), (0.0, "second")):
        mixed = subject.interpolate(**{**asked, "weight": weight})
        expect_moved(mixed, asked[name], digits, f"weight {weight:g} gives the {name} network itself")


@property_of("alignment", source=f"{CONTRACT}: weight * first + (1 - weight) * second")
@given(asked=mixtures())
@example(asked=two(52, 0.5))
@example(asked=two(52, 0.1))
@example(asked=two(52, 0.75))
@example(asked={**FAR, "weight": 0.25})
def parameters_lie_on_the_line(subject: Subject, asked: dict[str, Any]) -> None:
    """Each weight and each bias is weight * first + (1 - weight) * second."""
    first, second, weight = asked["first"], asked["second"], asked["weight"]
    mixed, right = subject.interpolate(**asked), interpolate(**asked)
    unit = 2.0 ** (DIGITS["float64"] - precision(subject))
    for name in ("weights", "biases"):
        ends = zip(*(getattr(one, name) or [] for one in (first, second, mixed, right)), strict=True)
        for t, (one, other, got, wanted) in enumerate(ends):
            allowed = 4 * unit * np.spacing(np.abs(one) + np.abs(other))
            expect_near(got, wanted, allowed, f"{name}[{t}]", f"{weight:g} * first + {1 - weight:g} * second")


# barrier


def curve(losses: Sequence[float], weights: Sequence[float]) -> dict[str, np.ndarray]:
    """Return the arguments of `barrier`."""
    return {"losses": np.array(losses, np.float64), "weights": np.array(weights, np.float64)}


# The 2-2-2 network of twice the identity and itself with its two units swapped, on one input for each unit.
SWAPPED = [float(np.log1p(np.exp(-4 * (2 * w - 1) ** 2))) for w in (0, 0.25, 0.5, 0.75, 1)]


@property_of("alignment", source="the loss above the chord, as in Frankle et al., arXiv:1912.05671")
@given(asked=curves())
@example(asked=curve([0, 3, 4], [0, 0.5, 1]))
@example(asked=curve([4, 3, 0], [0, 0.5, 1]))
@example(asked=curve([1, 0, 1], [0, 0.5, 1]))
@example(asked=curve([1, 2], [0, 1]))
@example(asked=curve([0, 3, 3, 1], [0, 0.1, 0.8, 1]))
@example(asked=curve([0, 5, 1, 0, 0], [0, 0.25, 0.5, 0.75, 1]))
@example(asked=curve(SWAPPED, [0, 0.25, 0.5, 0.75, 1]))
def barrier_is_the_rise_above_the_chord(subject: Subject, asked: dict[str, np.ndarray]) -> None:
    """The barrier is the largest excess of a loss over the mean of the end losses with the same weights.

    So it is never negative, the ends lie on the chord, and loss that only slopes has none.
    """
    losses, weights = asked["losses"], asked["weights"]
    chord = weights * losses[-1] + (1 - weights) * losses[0]
    k, got = int((losses - chord).argmax()), subject.barrier(**asked)
    right = losses[k] - chord[k]
    allowed = 8 * 2.0 ** -precision(subject) * (losses + chord).max()
    expect(
        abs(got - right) <= allowed,
        f"the barrier is {got:.12g}, expected is {right:.12g}: at weight {weights[k]:g} of the first network "
        f"the loss is {losses[k]:g}, and the chord {weights[k]:g} * {losses[-1]:g} + {1 - weights[k]:g} * "
        f"{losses[0]:g} = {chord[k]:.12g} (losses[0] is that of the second network, the last of the first)",
    )


# All operations


@property_of("alignment", source=CONTRACT)
@given(question=questions(), other=questions())
@example(question=("forward", BIASED), other=("forward", SMALL))
@example(question=("match_layer", DEAD), other=("match_layer", ADVERSE))
@example(question=("match", ONE_DEAD), other=("match", TWINS))
@example(
    question=("permute", {"network": SMALL["network"], "permutations": orders(SWAP)}),
    other=("permute", {"network": LINEAR["network"], "permutations": []}),
)
@example(question=("interpolate", two(53, 0.3)), other=("interpolate", two(54, 0.3)))
@example(
    question=("barrier", curve([0, 3, 4], [0, 0.5, 1])), other=("barrier", curve([1, 0, 1], [0, 0.5, 1]))
)
def one_question_has_one_answer(subject: Subject, question: Question, other: Question) -> None:
    """Asked again, also after another question, an operation gives the same answer."""
    expect_one_answer(subject, question, other)


@property_of("alignment", source=CONTRACT)
@given(question=questions())
@example(question=("forward", BIASED))
@example(question=("match_layer", ADVERSE))
@example(question=("match", TWINS))
@example(question=("permute", {"network": BIASED["network"], "permutations": orders(TURN, SWAP)}))
@example(question=("interpolate", two(55, 0.3)))
@example(question=("barrier", curve([0, 3, 4], [0, 0.5, 1])))
def arguments_stay_untouched(subject: Subject, question: Question) -> None:
    """No operation changes what it is handed."""
    expect_untouched_arguments(subject, question)


@property_of("alignment", source=CONTRACT, examples=0.02, processes=5)
@given(asked=pairs(), layers=columns())
@example(asked=TWINS, layers=DEAD)
@example(asked=FLAT, layers=NOTHING)
def every_process_answers_alike_and_ends_well(
    subject: Subject, asked: dict[str, Any], layers: dict[str, np.ndarray]
) -> None:
    """Every process that is asked the same answers the same, and ends by itself without an error."""
    first, second, inputs = asked["first"], asked["second"], asked["inputs"]
    ask_all(
        subject,
        [
            ("forward", {"network": first, "inputs": inputs}),
            ("match_layer", layers),
            ("match", asked),
            (
                "permute",
                {"network": first, "permutations": [np.arange(n)[::-1] for n in widths(first)[1:-1]]},
            ),
            ("interpolate", {"first": first, "second": second, "weight": 0.3}),
            ("barrier", curve([0, 3, 4], [0, 0.5, 1])),
        ],
    )


# whp verify


def verify_command(
    first: Annotated[Path, typer.Argument(metavar="FIRST", help=NETWORK)],
    second: Annotated[Path, typer.Argument(metavar="SECOND", help="The same, before it is permuted")],
    data: Annotated[Path, typer.Argument(metavar="DATA", help=DATA)],
    permutations: Annotated[
        Path, typer.Argument(metavar="PERMUTATIONS", help='JSON: [[2, 0, 1], ...] or {"permutations": [...]}')
    ],
    permuted: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The second network as you permuted it.")
    ] = None,
    method: Annotated[
        str, typer.Option(metavar="METHOD", help="weight: don't ask that cosines of activations are best.")
    ] = "activation",
) -> str:
    """Are these permutations, do they keep the function, are they the best, and what is the barrier then?

    The exit status is 1 for what is no permutation of a layer's units, for a permuted network of your own
    that isn't the second network, and, unless the method is weight, for a layer that can be matched better.
    """
    one, other, inputs, labels = read_all(first, second, data)
    found = read_permutations(permutations, one, other, inputs)
    if method not in ("activation", "weight"):
        raise ValueError(f"--method {method}: activation or weight is expected")
    for t, p in enumerate(found):
        expect_permutation(p, f"that of hidden layer {t}")
    said = [f"permutations of the units of {len(found)} hidden layers"]
    if permuted is not None:
        said.append(expect_permuted(read_network(permuted), other, found, inputs))
    pairs = zip(forward(one, inputs).hidden, forward(other, inputs).hidden, found, strict=True)
    for t, (seen, there, p) in enumerate(pairs):
        if method == "activation":
            doubts = 2 * sum(
                float(doubt(values, near[t]).sum())
                for values, near in ((seen, slack(one, inputs, 53)), (there, slack(other, inputs, 53)))
            )
            expect_best(p, seen, there, doubts, 53, f"that of hidden layer {t}")
    if method == "activation":
        said.append("no other has a larger sum of cosines")
    if labels is not None:
        drawn = lines(one, other, found, inputs, labels)
        said.append(
            f"barrier {drawn['naive'].barrier:.4g} as it is, {drawn['permuted'].barrier:.4g} permuted, and "
            f"accuracy half way {drawn['naive'].accuracies[5]:.4g} and {drawn['permuted'].accuracies[5]:.4g}"
        )
    return "; ".join(said)


def expect_permuted(got: Network, second: Network, found: Permutations, inputs: np.ndarray) -> str:
    """Refute a permuted network that doesn't compute what the second does; say how it was permuted."""
    if widths(got) != widths(second):
        raise Refuted(f"the permuted network has widths {widths(got)}, the second {widths(second)}")
    logits, wanted = (forward(network, inputs).logits for network in (got, second))
    allowed = slack(second, inputs, DIGITS["float32"])[-1]  # it may have been stored in single precision
    why = "what the second network answers; rows, columns of the next layer and biases must move together"
    expect_near(logits, wanted, allowed, "the permuted network's logits", why)
    for p, how in ((found, "permuted so"), ([np.argsort(q) for q in found], "permuted by the inverse")):
        right = permute(second, p)
        if all(np.allclose(a, b, 1e-6, 0) for a, b in zip(got.weights, right.weights, strict=True)):
            return f"your network computes the same and is {how}"
    raise Refuted("the permuted network computes what the second does, but is permuted otherwise")


def read_permutations(path: Path, first: Network, second: Network, inputs: np.ndarray) -> Permutations:
    """Read permutations; raise ValueError, with the path in the file, where they are none of this shape."""
    value = contract.read_json(path)
    listed: Any = value.get("permutations") if isinstance(value, dict) else value
    asked = {"first": first, "second": second, "inputs": inputs}
    try:
        found: Permutations = contract.operations("alignment")["match"].decode(asked, listed)
    except contract.ContractError as error:
        raise ValueError(f"{path}: {error}") from None
    return found
