"""What every correct `identification` satisfies; students that no training task tells from the teacher."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import Refuted, expect, property_of
from whp.properties.hyperteacher.expected import (
    OUTPUT,
    PAPER,
    Arrays,
    cosines,
    dimension,
    doubt,
    fitted,
    parted,
    recovered,
    room_for,
    scores,
    size,
)
from whp.properties.hyperteacher.inputs import (
    HALVES,
    TRIANGLES,
    normal,
    normalised,
    pairing,
    questions_of_identification,
    runs,
    singles,
    supports,
)
from whp.properties.hyperteacher.supporting import asking, told
from whp.properties.rounding import PRECISIONS, must_be, precision_of
from whp.reference.hyperteacher.recovery import counterexample
from whp.subject import Subject

THEOREM = f"{PAPER}, section 2: identification up to what no data can tell apart"
MOST = {"float64": 1e-8, "other": 0.01}  # beyond this doubt nothing is asked; in float64 this is allowed


def must_score(subject: Subject, asked: Arrays, because: str) -> None:
    """Refute unless the score is the defined one; where rounding decides it, nothing is asked."""
    room = doubt(subject, asked)
    exact = precision_of(subject) == PRECISIONS["float64"]
    if room > MOST["float64" if exact else "other"]:
        return
    room = MOST["float64"] if exact else room
    got, right = subject.identification(**asked), scores(**asked)
    if min(abs(got - each) for each in right) <= room:
        return
    raise Refuted(
        f"the identification is {got:.12g}, where {right[0]:.12g} is expected: {because}{_hint(got, asked)} "
        f"(rounding allows {room:.2g})"
    )


def _hint(got: float, asked: Arrays) -> str:
    """Return a word about a usual mistake that gives just this score, if there is one."""
    found = recovered(asked["codes"], asked["student_modules"], asked["student_codes"])
    similar = cosines(asked["modules"], found)
    pairs = zip(asked["modules"], found, strict=True)
    apart = [cosines(one[None], other[None]).max(axis=1, initial=-1).mean() for one, other in pairs]
    usual = {
        "a unit of the student may be the partner of several": similar.max(axis=1, initial=-1).mean(),
        "the cosine is taken without its sign": np.abs(similar).max(axis=1, initial=0).mean(),
        "each module has an assignment of its own": np.mean(apart),
        "units without a partner are left out of the mean": scores(**asked)[0]
        * similar.shape[0]
        / max(min(similar.shape), 1),
    }
    likely = [word for word, value in usual.items() if math.isclose(got, value, rel_tol=1e-6)]
    return f"; what is there is as when {likely[0]}" if likely else ""


CODES = normalised([*singles(4), *runs(4, 2)], 4)
TEACHER = normal(4, 5, 3)
WRITTEN = pairing(  # two modules, two units; the student has the second unit and one that is no unit
    [[[3, 0], [0, 1]], [[0, 2], [4, 0]]],
    np.eye(2),
    [[[0, 1], [1, 1]], [[2, 1], [0, 1]]],
    np.eye(2),
)
NARROW = pairing(TEACHER, CODES, TEACHER[:, :, :1], CODES)  # a student of one unit: two have no partner
SHARED_UNIT = pairing(  # both units of the teacher are most like the student's first
    [[[1, 1], [0, 0.25]]], [[1]], [[[1, 0], [0.125, 1]]], [[1]]
)
OPPOSED = pairing(TEACHER, CODES, TEACHER * np.array([1, -1, 1]), CODES)
UNITLESS = pairing(TEACHER, CODES, np.zeros((4, 5, 0)), CODES)
DEAD = pairing(TEACHER, CODES, np.concatenate([np.zeros((4, 5, 1)), TEACHER[:, :, 1:]], axis=2), CODES)
MANY_MODULES = pairing(
    normal(2, 3, 2),
    [[1, 0], [0, 1], [1, 1], [1, -1]],
    normal(3, 3, 3, seed=1),
    [[1, 0, 0], [0, 1, 1], [1, 1, 0], [1, 0, -2]],
)
FAINT = pairing(  # the fitted map has a singular value far below the cutoff
    TEACHER[:2], [[1e6, 0], [0, 1e-6]], TEACHER[:2], [[0.1, 0], [0, 10]]
)
FEW_TASKS = pairing(normal(3, 2, 2), [[1, 0, 0], [0, 1, 1]], normal(3, 2, 2, seed=1), [[1, 2, 0], [0, 1, 1]])
PARTED = pairing(
    normal(2, 3, 2),
    np.eye(2),
    np.concatenate([normal(2, 3, 2) * [[[1]], [[0]]], normal(2, 3, 2) * [[[0]], [[1]]]], axis=2),
    np.eye(2),
)


@property_of("hyperteacher", source=f"{THEOREM}; units that are assigned one to one")
@given(asked=questions_of_identification())
@example(asked=WRITTEN)
@example(asked=NARROW)
@example(asked=SHARED_UNIT)
@example(asked=OPPOSED)
@example(asked=UNITLESS)
@example(asked=DEAD)
@example(asked=MANY_MODULES)
@example(asked=FEW_TASKS)
@example(asked=FAINT)
@example(asked=PARTED)
@example(asked=pairing(TEACHER, CODES, normal(4, 5, 3, seed=9), CODES))
@example(asked=pairing([[[2]]], [[1], [2]], [[[-1]]], [[1], [2]]))
def identification_is_as_defined(subject: Subject, asked: Arrays) -> None:
    """It is the mean, over the teacher's units, of the cosine with its partner under the best assignment."""
    asked = fitted(subject, asked)
    why = (
        "the mean cosine of the teacher's units, all modules in one column, with the student's, one to one; "
        "singular values below 1e-10 of the largest count as 0"
    )
    must_score(subject, asked, why)


def moved(
    modules: np.ndarray, codes: np.ndarray, mix: np.ndarray, order: np.ndarray, scales: np.ndarray
) -> Arrays:
    """Return a student that is the teacher but for a map of codes, and order and scales of units."""
    mixed = np.tensordot(mix.T, modules, axes=1)
    return pairing(modules, codes, (mixed * scales)[:, :, order], codes @ np.linalg.inv(mix).T)


@property_of("hyperteacher", source=THEOREM)
@given(
    seed=st.integers(0, 10**6),
    order=st.permutations(range(3)),
    powers=st.lists(st.integers(-3, 3), min_size=3, max_size=3),
    shear=st.integers(-2, 2),
)
@example(seed=0, order=[0, 1, 2], powers=[0, 0, 0], shear=0)
@example(seed=1, order=[2, 0, 1], powers=[0, 0, 0], shear=0)
@example(seed=2, order=[0, 1, 2], powers=[3, -2, 1], shear=0)
@example(seed=3, order=[0, 1, 2], powers=[0, 0, 0], shear=2)
@example(seed=4, order=[1, 2, 0], powers=[1, 0, -3], shear=-1)
def the_teacher_itself_is_identified(
    subject: Subject, seed: int, order: list[int], powers: list[int], shear: int
) -> None:
    """A student that is the teacher, up to order and scale of units and a map of the codes, has 1."""
    mix = np.eye(4)
    mix[0, 2], mix[3, 1] = shear, -shear
    asked = fitted(
        subject, moved(normal(4, 5, 3, seed=seed), CODES, mix, np.array(order), 2.0 ** np.array(powers))
    )
    wider = {**asked, "student_modules": np.pad(asked["student_modules"], ((0, 0), (0, 0), (0, 1)))}
    if precision_of(subject).largest > 1e6:
        must_score(subject, asked, "this student is the teacher, but for what no data can tell apart")
        must_score(subject, wider, "this student is the teacher, with one dead unit more")


@property_of("hyperteacher", source=THEOREM)
@given(seed=st.integers(0, 10**6), unit=st.integers(0, 2), times=st.sampled_from([-1.0, -0.5, 0.0]))
@example(seed=0, unit=0, times=-1.0)
@example(seed=1, unit=2, times=-0.5)
@example(seed=2, unit=1, times=0.0)
def a_unit_turned_round_is_not_identified(subject: Subject, seed: int, unit: int, times: float) -> None:
    """A unit whose weights have the other sign, or are 0, is another one: the score falls below 1."""
    modules = normal(4, 5, 3, seed=seed)
    student = modules.copy()
    student[:, :, unit] *= times
    asked = fitted(subject, pairing(modules, CODES, student, CODES))
    what = "turned round" if times else "dead"
    must_score(subject, asked, f"unit {unit} of the student is {what}, and relu(-u) is not -relu(u)")


@property_of("hyperteacher", source=f"{PAPER}, section 2: the conditions of the theorem are needed")
@given(asked=supports(fewest=1), seed=st.integers(0, 10**6))
@example(asked=asking([*singles(6), *TRIANGLES], 6, False), seed=0)
@example(asked=asking(HALVES, 6, True), seed=1)
@example(asked=asking(runs(4, 2), 4, False), seed=2)
@example(asked=asking(runs(5, 2), 5, False), seed=3)
@example(asked=asking([[0], [1], [0, 1], [2]], 3, False), seed=4)
@example(asked=asking([[0], [1], [0, 1]], 3, False), seed=5)
@example(asked=asking([[0], [1]], 2, True), seed=6)
def unmet_conditions_have_counterexamples(subject: Subject, asked: dict[str, Any], seed: int) -> None:
    """Where `support` misses one, a student answers all training tasks as the teacher, and isn't identified.

    It is built: reflected in a direction that no training code has, or with a copy of the hidden layer for a
    component. `support` must say so, `apply` answer alike, and `identification` stay below 1.
    """
    masks, count, continuous = asked["masks"], asked["count"], asked["continuous"]
    modules, readout = normal(count, 4, 2, seed=seed), normal(2, 3, seed=seed + 1)
    student = counterexample(modules, readout, masks, continuous)
    if student is None:
        return
    short = dimension(masks, count, continuous) < count
    if subject.offers("support"):
        got = subject.support(**asked)
        how = (
            "its modules are reflected in a direction that no code has"
            if short
            else f"it has a copy of the hidden layer for a part of {parted(masks, count, continuous)}"
        )
        expect(
            not (got.compositional and got.connected),
            f"{told(masks, continuous)} are said to be compositional and connected, but a student solves "
            f"them all and is not the teacher: {how}",
        )
    codes = normalised(masks, count)
    if continuous:  # any codes on the masks, as many as span them
        codes = np.vstack([codes, *(codes * (1 + np.eye(count)[m]) for m in range(count))])
    if subject.offers("apply"):
        inputs = normal(4, 4, seed=seed + 2)
        for code in codes[: len(masks)]:
            question = {"modules": modules, "readout": readout, "code": code, "inputs": inputs}
            other = {**question, "modules": student[0], "readout": student[1]}
            room = room_for(subject, question, size(question)) + 4 * room_for(subject, other, size(other))
            why = f"what the teacher answers to the task {code.tolist()}, which the student solves"
            if precision_of(subject).largest > 1e6:
                must_be(subject, OUTPUT, subject.apply(**other), subject.apply(**question), 4 * room, why)
    if subject.offers("identification"):
        asked_of = pairing(modules, codes, student[0], codes)
        must_score(subject, asked_of, "this student solves the training tasks and is not the teacher")
    elif not subject.offers("apply") and not subject.offers("support"):
        subject.identification(**pairing(modules, codes, student[0], codes))  # not offered
