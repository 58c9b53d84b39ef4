"""What rounding may do to the answers about networks, and what is said where an answer is farther off."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from whp.checks import expect
from whp.properties.rounding import PRECISIONS, Precision
from whp.reference.alignment import no_permutation
from whp.reference.alignment.matching import similarity
from whp.reference.alignment.networks import Network, Permutations, forward, widths

DOUBLE = PRECISIONS["float64"].unit


def slack(network: Network, inputs: np.ndarray, unit: float) -> list[np.ndarray]:
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
        coarse = 8 * (t + 1) * (max(widths(network)) + 4) * unit * size
        allowed.append(np.where(whole & (size < 1 / unit), 0.0, coarse))
    return allowed


def expect_near(got: np.ndarray, wanted: np.ndarray, allowed: np.ndarray, said: str, why: str) -> None:
    """Refute with the entry that is farthest off, if one is farther off than is allowed."""
    off = np.abs(got - wanted) - allowed
    if off.size and off.max() > 0:
        place = np.unravel_index(int(off.argmax()), off.shape)
        where = "".join(f"[{i}]" for i in place)
        expect(False, f"{said}{where} is {got[place]:.17g}, expected is {wanted[place]:.17g}: {why}")


def total(similar: np.ndarray, p: np.ndarray) -> float:
    """Return the sum of similar[i, p[i]]."""
    return float(similar[np.arange(len(p)), p].sum())


def told(p: np.ndarray) -> str:
    """Return the entries of a permutation, of a long one the first."""
    shown = p[:16].tolist()
    return f"[{', '.join(map(str, shown))}, ...]" if len(p) > len(shown) else str(shown)


def expect_permutation(p: np.ndarray, said: str) -> None:
    """Refute what is no permutation, with the unit that is there twice or isn't one."""
    n, listed = len(p), p.tolist()
    wrong = next((i for i, unit in enumerate(listed) if not 0 <= unit < n or unit in listed[:i]), 0)
    expect(
        not no_permutation(p),
        lambda: (
            f"{said} is {told(p)}, no permutation of 0..{n - 1}: entry {wrong} is {listed[wrong]}"
            f"{', which is there before' if listed[wrong] in listed[:wrong] else ''}; "
            "every unit of the second must be matched once"
        ),
    )


def expect_best(
    p: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    allowed: float,
    unit: float,
    said: str,
    advice: str = "",
) -> None:
    """Refute with a permutation whose cosines have a larger sum, if rounding can't be the reason."""
    many, n = first.shape
    similar = similarity(first, second)
    better: np.ndarray = linear_sum_assignment(similar, maximize=True)[1]
    gap, rounding = total(similar, better) - total(similar, p), allowed + 8 * n * (many + 8) * unit
    if gap > rounding:
        inverse = np.argsort(p)
        turned = n > 3 and total(similar, better) - total(similar, inverse) <= rounding  # else by chance
        if turned:
            better = inverse
        i = int((similar[np.arange(n), better] - similar[np.arange(n), p]).argmax())
        expect(
            False,
            f"{said} is {told(p)} with a sum of cosines of {total(similar, p):.6g}, but "
            f"{'its inverse ' * turned}{told(better)} has {gap:.3g} more: unit {i} of the first has cosine "
            f"{similar[i, p[i]]:.6g} with unit {p[i]} of the second, and {similar[i, better[i]]:.6g} with "
            f"unit {better[i]} (p[i] is the second's unit for unit i of the first; all inputs count, here "
            f"{many}, nothing is centred or added to a norm, a zero column has cosine 0){advice}",
        )


def expect_best_everywhere(
    found: Permutations,
    first: Network,
    second: Network,
    inputs: np.ndarray,
    precision: Precision,
    advice: str = "",
) -> None:
    """Refute permutations of hidden layers, one of which has cosines of a smaller sum than another has."""
    unit = precision.unit
    seen = [(forward(network, inputs).hidden, slack(network, inputs, unit)) for network in (first, second)]
    for t, p in enumerate(found):
        one, other = (hidden[t] for hidden, _ in seen)
        allowed = 2 * sum(float(doubt(hidden[t], near[t]).sum()) for hidden, near in seen)
        expect_permutation(p, f"that of hidden layer {t}")
        if squares_fit(one, precision) and squares_fit(other, precision):
            expect_best(p, one, other, allowed, unit, f"that of hidden layer {t}", advice)


def squares_fit(values: np.ndarray, precision: Precision) -> bool:
    """Say whether a format holds the squared norms of columns, which are neither too large nor too small."""
    squares = (values**2).sum(axis=0)
    kept = squares[squares > 0]
    return bool(((1 / precision.largest < kept) & (kept < precision.largest)).all())


def doubt(values: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Return how far the cosines of each column may be off if its entries are off by what is allowed."""
    size, off = np.linalg.norm(values, axis=0), np.linalg.norm(allowed, axis=0)
    near: np.ndarray = np.minimum(1, 2 * off / np.where(size > 0, size, 1))
    return np.where((size == 0) & (off > 0), 1.0, near)


def told_apart(values: np.ndarray, allowed: np.ndarray, precision: Precision) -> bool:
    """Say whether every unit is alone in what it answers, so that a layer matches itself in one way only."""
    many, n = values.shape
    similar = similarity(values, values)
    np.fill_diagonal(similar, -1)
    rounding = 4 * float(doubt(values, allowed).sum()) + 8 * n * (many + 8) * precision.unit
    alive = bool(values.any(axis=0).all()) and squares_fit(values, precision)
    return alive and 2 * (1 - similar.max(initial=-1)) > 2 * rounding


def expect_moved(got: Network, wanted: Network, unit: float, why: str) -> None:
    """Refute the first parameter that is another, but for the rounding of one number in a coarser type."""
    kinds: list[tuple[str, Any, Any]] = [("weights", got.weights, wanted.weights)]
    if wanted.biases is not None:
        kinds.append(("biases", got.biases, wanted.biases))
    for name, values, right in kinds:
        for t, (one, other) in enumerate(zip(values, right, strict=True)):
            allowed = np.abs(other) * (0 if unit == DOUBLE else unit)
            expect_near(one, other, allowed, f"{name}[{t}]", why)
