"""Whether a student has found its teacher's modules, up to what no data can tell apart.

Data leave open the order and the positive scales of the hidden units, and one invertible map of the codes.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from jaxtyping import Float

from whp.reference.hyperteacher.network import generate
from whp.reference.hyperteacher.supports import Masks, components, vectors

CUTOFF = 1e-10  # of the largest singular value
ROUNDING = 1e-12  # entries of a projection that are 0


def identification(
    modules: Float[np.ndarray, "M n h"],
    codes: Float[np.ndarray, "T M"],
    student_modules: Float[np.ndarray, "N n g"],
    student_codes: Float[np.ndarray, "T N"],
) -> float:
    """Return how well the student's modules are the teacher's, unit by unit: 1 where they are identified.

    The map F with codes = student_codes F is fitted by least squares, and the student's modules are mapped by
    its pseudo-inverse; singular values below 1e-10 of the largest count as 0 in both. A hidden unit is then
    one column of length M n, all modules together. The result is the mean over the teacher's units, h >= 1,
    of the cosine under the best one-to-one assignment to the student's; a zero column, or a unit without a
    partner, counts 0.
    """
    from scipy.optimize import linear_sum_assignment

    similar = cosines(columns(modules), columns(recovered(codes, student_modules, student_codes)))
    rows, partners = linear_sum_assignment(-similar)
    return float(similar[rows, partners].sum() / modules.shape[2])


def code_map(
    codes: Float[np.ndarray, "T M"], student_codes: Float[np.ndarray, "T N"]
) -> Float[np.ndarray, "N M"]:
    """Return the F of least squares, and of least norm, in codes = student_codes F."""
    fitted: np.ndarray = inverse(student_codes) @ codes
    return fitted


def recovered(
    codes: Float[np.ndarray, "T M"],
    student_modules: Float[np.ndarray, "N n g"],
    student_codes: Float[np.ndarray, "T N"],
) -> Float[np.ndarray, "M n g"]:
    """Return the student's modules in the teacher's codes: one for each of the teacher's."""
    return np.tensordot(inverse(code_map(codes, student_codes)), student_modules, axes=1)


def inverse(matrix: np.ndarray) -> np.ndarray:
    """Return the pseudo-inverse; of an empty matrix, or of zeros, zeros."""
    return np.linalg.pinv(matrix, rcond=CUTOFF) if matrix.size else matrix.T.copy()


def columns(modules: Float[np.ndarray, "M n h"]) -> Float[np.ndarray, "M*n h"]:
    """Return one column for each hidden unit."""
    count, n, h = modules.shape
    return modules.reshape(count * n, h)


def cosines(first: Float[np.ndarray, "d h"], second: Float[np.ndarray, "d g"]) -> Float[np.ndarray, "h g"]:
    """Return the cosine of each two columns, 0 for one that is zero."""
    scaled = []
    for matrix in (first, second):
        largest = np.abs(matrix).max(axis=0, initial=0)
        upright = matrix / np.where(largest > 0, largest, 1)
        length = np.linalg.norm(upright, axis=0)
        scaled.append(upright / np.where(length > 0, length, 1))
    similar: np.ndarray = scaled[0].T @ scaled[1]
    return similar


# The measures of the paper's experiments, which see less


def alignment_by_module(
    modules: Float[np.ndarray, "M n h"],
    codes: Float[np.ndarray, "T M"],
    student_modules: Float[np.ndarray, "N n g"],
    student_codes: Float[np.ndarray, "T N"],
) -> Float[np.ndarray, "M h"]:
    """Return, for each module and unit of the teacher, the largest cosine of any unit of the student.

    Each module may have other units of the student, so that a student which is none of the teacher's kind on
    mixed tasks can have 1 everywhere.
    """
    found = recovered(codes, student_modules, student_codes)
    pairs = zip(modules, found, strict=True)
    return np.array([cosines(one, other).max(axis=1, initial=-1) for one, other in pairs])


def alignment_of_weights(
    modules: Float[np.ndarray, "M n h"],
    codes: Float[np.ndarray, "T M"],
    student_modules: Float[np.ndarray, "N n g"],
    student_codes: Float[np.ndarray, "T N"],
) -> tuple[float, float]:
    """Return the alignment of generated weights with one map of units for all tasks, and with one for each.

    The first, the largest mean, is never above the second, the mean of the largest.
    """
    weights = [
        cosines(generate(modules, z), generate(student_modules, other))
        for z, other in zip(codes, student_codes, strict=True)
    ]
    return (
        float(np.mean(weights, axis=0).max(axis=1).mean()),
        float(np.mean([similar.max(axis=1) for similar in weights])),
    )


def decoding(
    student_codes: Float[np.ndarray, "T N"],
    codes: Float[np.ndarray, "T M"],
    unseen_student_codes: Float[np.ndarray, "S N"],
    unseen_codes: Float[np.ndarray, "S M"],
    penalty: float = 0.01,
) -> Float[np.ndarray, "M"]:
    """Return R^2 of each code entry of unseen tasks, by a ridge without intercept fitted on the seen ones.

    The penalty is on the sum of squares. No unseen entry is constant.
    """
    size = student_codes.shape[1]
    gram = student_codes.T @ student_codes + penalty * np.eye(size)
    fitted = np.linalg.solve(gram, student_codes.T @ codes)
    left = ((unseen_student_codes @ fitted - unseen_codes) ** 2).sum(axis=0)
    score: np.ndarray = 1 - left / ((unseen_codes - unseen_codes.mean(axis=0)) ** 2).sum(axis=0)
    return score


# Students that fit their training tasks, and are wrong elsewhere


def counterexample(
    modules: Float[np.ndarray, "M n h"], readout: Float[np.ndarray, "h o"], masks: Masks, continuous: bool
) -> tuple[Float[np.ndarray, "M n g"], Float[np.ndarray, "g o"]] | None:
    """Return a student that is right, with z^ = z, on all codes of the masks, but isn't the teacher.

    If the support isn't compositional, the modules are reflected in a direction that no code has; if it is
    not connected, the student has one copy of the hidden layer for the first component, and one for the
    others. None where the support is both.
    """
    from scipy.linalg import null_space, orth

    count = len(modules)
    parts = components(masks, count, continuous)
    spans = [_spanning(masks, part, count, continuous) for part in (range(len(masks)), *parts[:1])]
    left = null_space(spans[0])
    if left.shape[1]:
        free = np.where(np.abs(left[:, 0]) < ROUNDING, 0, left[:, 0])
        return modules - 2 * free[:, None, None] * np.tensordot(free, modules, axes=1), readout
    if len(parts) < 2:
        return None
    others = _spanning(masks, [place for part in parts[1:] for place in part], count, continuous)
    first = orth(spans[1].T)
    both = np.hstack([first, orth(others.T)])
    onto = np.hstack([first, np.zeros((count, count - first.shape[1]))]) @ np.linalg.inv(both)
    onto[np.abs(onto) < ROUNDING] = 0
    copies = [np.tensordot(each.T, modules, axes=1) for each in (onto, np.eye(count) - onto)]
    return np.concatenate(copies, axis=2), np.vstack([readout, readout])


def _spanning(masks: Masks, places: Iterable[int], count: int, continuous: bool) -> np.ndarray:
    """Return rows that span the codes of some of the masks."""
    chosen = [masks[place] for place in places]
    rows = np.array(vectors(chosen, count), np.float64).reshape(len(chosen), count)
    return np.diag(rows.any(axis=0).astype(np.float64)) if continuous else rows


def exchanged_units(
    modules: Float[np.ndarray, "M n h"],
    readout: Float[np.ndarray, "h 1"],
    first: list[int],
    units: tuple[int, int],
) -> Float[np.ndarray, "M n h"]:
    """Return the modules of a student of the teacher's width, for one output and parts `first` and the rest.

    Two units whose readouts have one sign are exchanged, with rescaling, in the modules that aren't `first`.
    """
    k, other = units
    exchanged = modules.copy()
    outside = ~np.isin(np.arange(len(modules)), first)
    ratio = readout[other, 0] / readout[k, 0]
    exchanged[outside, :, k] = modules[outside, :, other] * ratio
    exchanged[outside, :, other] = modules[outside, :, k] / ratio
    return exchanged
