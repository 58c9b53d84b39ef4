"""What is right, entry by entry and split by split, and what rounding may make of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np

from whp.properties.rounding import PRECISIONS, precision_of
from whp.subject import Subject

PAPER = "arXiv:2312.15001"
Arrays: TypeAlias = dict[str, np.ndarray]
Masks: TypeAlias = Sequence[Sequence[int]]


# The model. On absolute values the same sums bound what rounding does: a ReLU never enlarges an error.


def weights(modules: np.ndarray, code: np.ndarray) -> np.ndarray:
    """Return W(z), module by module."""
    total = np.zeros(modules.shape[1:])
    for z, module in zip(code, modules, strict=True):
        total += z * module
    return total


def outputs(modules: np.ndarray, readout: np.ndarray, code: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Return f(x; z), entry by entry."""
    return _read(modules, readout, code, inputs, lambda before: max(before, 0.0))


def linear(asked: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return what there would be without the ReLU."""
    return _read(**asked, unit=lambda before: before)


def absolute(asked: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return what there would be with absolute values in the place of the ReLU."""
    return _read(**asked, unit=abs)


def _read(
    modules: np.ndarray,
    readout: np.ndarray,
    code: np.ndarray,
    inputs: np.ndarray,
    unit: Callable[[float], float],
) -> np.ndarray:
    made = weights(modules, code)
    (n, h), o = made.shape, readout.shape[1]
    values = np.zeros((len(inputs), o))
    for row, x in zip(values, inputs, strict=True):
        for k in range(h):
            before = sum(float(x[i] * made[i, k]) for i in range(n)) / math.sqrt(n)
            for j in range(o):
                row[j] += unit(before) * readout[k, j]
    return values


def size(arguments: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the outputs that all absolute values give."""
    return outputs(**{name: np.abs(array) for name, array in arguments.items()})


FACTOR = 8


def allowed(subject: Subject, sizes: np.ndarray, *roundings: int) -> np.ndarray:
    """Return 8 times the number of roundings times the unit roundoff times the sizes."""
    room: np.ndarray = FACTOR * sum(roundings) * precision_of(subject).unit * sizes
    return room


def room_for(subject: Subject, asked: Mapping[str, np.ndarray], sizes: np.ndarray) -> np.ndarray:
    """Return what rounding may do to outputs: 8 (n + h + M) u times their sizes."""
    return allowed(subject, sizes, *asked["modules"].shape)


def fitted(subject: Subject, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the subject's precision has room for: one of float16 is asked with the signs alone."""
    if precision_of(subject).largest > 1e6:
        return dict(arrays)
    return {
        name: np.sign(value) if isinstance(value, np.ndarray) else value for name, value in arrays.items()
    }


OUTPUT = "output {1} of input {0}"
WEIGHT = "entry [{0}, {1}] of the weights"


def look_alike(got: np.ndarray, asked: Mapping[str, np.ndarray]) -> str:
    """Return a word about a usual mistake that gives just these outputs, if there is one."""
    modules, readout, code, inputs = (asked[name] for name in ("modules", "readout", "code", "inputs"))
    n, made = modules.shape[1], weights(modules, code)
    before = inputs @ made / math.sqrt(n)
    norm, whole = float(np.linalg.norm(code)) or 1.0, np.maximum(before, 0) @ readout
    soft = np.exp(code - code.max())
    usual = {
        "there is no ReLU": before @ readout,
        "the ReLU is applied to the weights": inputs @ np.maximum(made, 0) / math.sqrt(n) @ readout,
        "the outputs are put through a ReLU too": np.maximum(whole, 0),
        "the sum is not divided by sqrt(n)": whole * math.sqrt(n),
        "the sum is divided by n": whole / math.sqrt(n),
        "the code is scaled to norm 1": whole / norm,
        "the code is put through a softmax": np.maximum(
            inputs @ weights(modules, soft / soft.sum()) / math.sqrt(n), 0
        )
        @ readout,
        "the absolute value is taken, not the ReLU": np.abs(before) @ readout,
    }
    found = [word for word, those in usual.items() if np.allclose(got, those, rtol=1e-9, atol=0)]
    return f"; what is there is as when {found[0]}" if found else ""


# Supports: rank modulo a prime that exceeds every minor of a small 0/1 matrix, and all splits


PRIME = 2**61 - 1


def rank(rows: Sequence[Sequence[int]]) -> int:
    """Return the rank of a 0/1 matrix with at most 20 columns, over the rationals.

    A minor of it is below 2^27 (Hadamard), so that it is zero just if it is zero modulo the prime.
    """
    left = [list(row) for row in rows]
    found = 0
    for column in range(len(left[0]) if left else 0):
        pivot = next((row for row in left if row[column]), None)
        if pivot is None:
            continue
        found += 1
        left.remove(pivot)
        inverse = pow(pivot[column], -1, PRIME)
        for row in left:
            factor = row[column] * inverse % PRIME
            if factor:
                row[:] = [(a - factor * b) % PRIME for a, b in zip(row, pivot, strict=True)]
    return found


def vectors(masks: Masks, count: int) -> list[list[int]]:
    """Return the 0/1 vectors of masks."""
    return [[int(m in mask) for m in range(count)] for mask in masks]


def dimension(masks: Masks, count: int, continuous: bool) -> int:
    """Return the dimension of the span of all codes of some masks."""
    return len({m for mask in masks for m in mask}) if continuous else rank(vectors(masks, count))


def parted(masks: Masks, count: int, continuous: bool) -> list[list[int]]:
    """Return the finest partition into parts whose spans are independent, by trying all splits."""
    whole = dimension(masks, count, continuous)
    places = list(range(len(masks)))
    for less in range(len(places) // 2):
        for rest in combinations(places[1:], less):
            part = [0, *rest]
            others = [place for place in places if place not in part]
            if others and _meet_in_nothing(masks, part, others, count, continuous, whole):
                return [*_within(masks, part, count, continuous), *_within(masks, others, count, continuous)]
    for more in range(len(places) // 2, len(places) - 1):
        for rest in combinations(places[1:], more):
            part = [0, *rest]
            others = [place for place in places if place not in part]
            if _meet_in_nothing(masks, part, others, count, continuous, whole):
                return [*_within(masks, part, count, continuous), *_within(masks, others, count, continuous)]
    return [places] if places else []


def _meet_in_nothing(
    masks: Masks, part: list[int], others: list[int], count: int, continuous: bool, whole: int
) -> bool:
    sides = ([masks[place] for place in side] for side in (part, others))
    return sum(dimension(side, count, continuous) for side in sides) == whole


def _within(masks: Masks, places: list[int], count: int, continuous: bool) -> list[list[int]]:
    found = parted([masks[place] for place in places], count, continuous)
    return [[places[i] for i in part] for part in found]


# Identification


CUTOFF = 1e-10
CLEAR, NOTHING = 1e-6, 1e-13  # singular values between, as shares of the largest, are asked of nobody
CANCELLED = 1e-2  # a map that is so much smaller than what it is made of may be rounding


def recovered(codes: np.ndarray, student_modules: np.ndarray, student_codes: np.ndarray) -> np.ndarray:
    """Return the student's modules in the teacher's codes, by singular values."""
    found: np.ndarray = np.einsum("mj,jik->mik", _inverse(_inverse(student_codes) @ codes), student_modules)
    return found


def _inverse(matrix: np.ndarray) -> np.ndarray:
    if not matrix.size:
        return np.zeros(matrix.shape[::-1])
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    kept = values > CUTOFF * values.max()
    inverted: np.ndarray = (right[kept].T / values[kept]) @ left[:, kept].T
    return inverted


def cosines(modules: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return the cosine of each unit of the teacher with each of the student, 0 for a zero column."""
    similar = np.zeros((modules.shape[2], found.shape[2]))
    for k in range(modules.shape[2]):
        for g in range(found.shape[2]):
            one, other = modules[:, :, k].ravel(), found[:, :, g].ravel()
            lengths = math.sqrt(one @ one) * math.sqrt(other @ other)
            similar[k, g] = one @ other / lengths if lengths else 0.0
    return similar


def scores(
    modules: np.ndarray, codes: np.ndarray, student_modules: np.ndarray, student_codes: np.ndarray
) -> list[float]:
    """Return the score where every unit that can has a partner, and where none has one that is opposed."""
    from scipy.optimize import linear_sum_assignment

    similar = cosines(modules, recovered(codes, student_modules, student_codes))
    found = []
    for each in (similar, np.maximum(similar, 0)):
        rows, partners = linear_sum_assignment(-each)
        found.append(float(each[rows, partners].sum()) / len(similar))
    return found


def doubt(subject: Subject, arguments: Mapping[str, np.ndarray]) -> float:
    """Return what rounding may do to the score; infinity where a rank hangs on it.

    The error of the fitted map and of its pseudo-inverse grows with the squares of condition numbers, where
    the map's is against what it was computed from, since all of it may cancel; that of a unit's direction
    with how much cancels in its column.
    """
    codes, student_codes = arguments["codes"], arguments["student_codes"]
    found, kind = arguments["student_modules"], precision_of(subject)
    pseudo = _inverse(student_codes)
    mapped = pseudo @ codes
    made_of = float(np.linalg.norm(pseudo, 2) * np.linalg.norm(codes, 2))
    if not made_of:
        return 0.0  # there is nothing to fit: all is zero, exactly
    growth = 1.0
    for matrix, size in ((student_codes, 0.0), (mapped, made_of)):
        values = np.linalg.svd(matrix, compute_uv=False)
        largest = float(values.max())
        if largest < CANCELLED * size:
            return math.inf
        shares = values / largest
        coarse = kind != PRECISIONS["float64"] and (shares < CLEAR).any()
        if coarse or ((shares < CLEAR) & (shares > NOTHING)).any():
            return math.inf
        growth *= (max(largest, size) / float(values[shares >= CLEAR].min())) ** 2
    back, kept = _inverse(mapped), recovered(codes, found, student_codes)
    cancelled = 1.0
    for g in range(found.shape[2]):
        there = float(np.linalg.norm(found[:, :, g]) * np.linalg.norm(back, 2))
        if there:
            left = float(np.linalg.norm(kept[:, :, g]))
            if left < CANCELLED**2 * there:
                return math.inf
            cancelled = max(cancelled, there / left)
    fitting, comparing = len(codes) + len(found) + codes.shape[1], codes.shape[1] * found.shape[1]
    return float(FACTOR * kind.unit * (4 * fitting * growth * cancelled + comparing))
