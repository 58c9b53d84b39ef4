"""The levels of a slot-structured code."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import expect, property_of
from whp.properties.disentanglement.definition import Level, defined
from whp.properties.disentanglement.expected import PAPER, PROVED, every, expect_scores, pair, tolerance
from whp.properties.disentanglement.inputs import (
    Coded,
    Shuffled,
    codes,
    groups_of,
    matrix,
    shuffled_codes,
)
from whp.properties.disentanglement.known import EYE, KNOWN_CODES
from whp.properties.disentanglement.scoring import SKEW
from whp.reference.disentanglement.entropies import Scores
from whp.subject import Subject

WIDE = Coded(np.kron(matrix("10", "01", "11"), matrix("121")), 3, 2)  # 3 slots of one dimension
OPPOSED = Coded(np.array([[2.0, -1, 1, 0], [-1, 3, 0, 1], [1, 1, -2, 1], [0, 4, 1, -3]]), 2, 2)
FLAWED = Coded(matrix("520301", "111400", "004021", "130115"), 2, 3)


@property_of("disentanglement", source="by hand")
@given(name=st.sampled_from(sorted(KNOWN_CODES)))
@every("name", KNOWN_CODES)
def known_codes_have_their_levels(subject: Subject, name: str) -> None:
    """Codes whose levels can be worked out by hand have these scores: flat 1 and all else 0 is possible."""
    code, right = KNOWN_CODES[name]
    expect_levels(subject, code, dict(zip(LEVELS, right, strict=True)), f"by hand, for {name}")


LEVELS = ("flat", "object", "property")


def expect_levels(
    subject: Subject, code: Coded, right: dict[str, tuple[float, float]], why: str, *, answers: int = 1
) -> None:
    """Refute the subject unless all levels have these scores."""
    told = subject.levels(**code.asked)
    for level, wanted in right.items():
        expect_scores(
            subject,
            code.importances.size,
            getattr(told, level),
            Scores(*wanted),
            f"at level {level}, {why}",
            Level(code.importances, *groups_of(code)[level]),
            misread=misread(code, level),
            answers=answers,
        )


def misread(code: Coded, level: str) -> Iterator[tuple[str, Level]]:
    """Yield what may be taken for a level of a code."""
    every = groups_of(code)
    for other, groups in every.items():
        if other != level:
            yield f"that of the level {other}", Level(code.importances, *groups)
    slots, objects = (
        np.arange(size).reshape(-1, parts).T.ravel()
        for size, parts in zip(code.importances.shape, (code.slots, code.objects), strict=True)
    )
    for what, table in (
        ("of rows read dimension by dimension", code.importances[slots]),
        ("of columns read property by property", code.importances[:, objects]),
        ("of rows and columns read property by property", code.importances[slots][:, objects]),
    ):
        yield f"that {what}", Level(table, *every[level])


@property_of("disentanglement", source=PAPER)
@given(code=codes(signs=True))
@example(code=FLAWED)
@example(code=FLAWED._replace(importances=FLAWED.importances * 1e-6))
@example(code=OPPOSED)
@example(code=WIDE)
@example(code=Coded(matrix("1234", "5601"), 1, 2))
@example(code=Coded(matrix("12", "56", "30", "11"), 2, 1))
@example(code=Coded(matrix("00", "00"), 1, 1))
def levels_are_the_scores_of_their_groupings(subject: Subject, code: Coded) -> None:
    """Rows are slot by slot, columns object by object; a level is scored as `scores` does its grouping."""
    right = {name: pair(defined(code.importances, *groups)) for name, groups in groups_of(code).items()}
    why = (
        f"the definition's, with {code.slots} slots of {len(code.importances) // code.slots} dimensions, "
        "rows slot by slot, and columns object by object"
    )
    if not code.importances.any():
        why = "a zero matrix has the scores 0, also where there is one group"
    expect_levels(subject, code, right, why)


@property_of("disentanglement", source=f"{PAPER}; {PROVED}")
@given(code=codes())
@example(code=FLAWED)
@example(code=Coded(np.kron(matrix("21", "01"), matrix("311", "131")), 2, 2))
@example(code=Coded(np.eye(6), 2, 2))
@example(code=Coded(np.kron(np.eye(2), np.ones((3, 3))), 2, 2))
def perfect_levels_make_a_perfect_code(subject: Subject, code: Coded) -> None:
    """(1 - flat) ln(S d) <= (1 - object) ln S + (1 - property) ln d, for completeness; K, m for the other."""
    if not code.importances.any():
        return
    told = subject.levels(**code.asked)
    rows, columns = code.importances.shape
    within = 3 * tolerance(subject, rows * columns) * (1 + math.log(rows * columns))
    for name, size, parts in (
        ("completeness", rows, code.slots),
        ("disentanglement", columns, code.objects),
    ):
        flat, by_object, by_property = (getattr(getattr(told, level), name) for level in LEVELS)
        most = (1 - by_object) * math.log(parts) + (1 - by_property) * math.log(size // parts)
        least = (1 - flat) * math.log(size)
        expect(
            least <= most + within,
            (
                f"what {name} lacks is {least:.12g} nats at the flat level, more than the {most:.12g} that"
                " it lacks at the levels of objects and of properties together"
            ),
        )


@property_of("disentanglement", source=PROVED)
@given(drawn=shuffled_codes())
@example(drawn=Shuffled(FLAWED, [1, 0], [2, 0, 1], [1, 0]))
@example(drawn=Shuffled(Coded(EYE, 2, 2), [1, 0], [0, 1], [1, 0]))
@example(drawn=Shuffled(Coded(np.kron(np.eye(2), SKEW), 2, 2), [1, 0], [0, 1], [1, 0]))
def the_order_of_slots_does_not_count(subject: Subject, drawn: Shuffled) -> None:
    """Slots and objects may come in any order; that of one slot's dimensions changes `property` alone."""
    table, slots, objects = drawn.code
    rows = np.arange(len(table)).reshape(slots, -1)[drawn.slots]
    columns = np.arange(table.shape[1]).reshape(objects, -1)[drawn.objects].ravel()
    first = subject.levels(**drawn.code.asked)
    whole = drawn.code._replace(importances=table[rows.ravel()][:, columns])
    right = {level: pair(getattr(first, level)) for level in LEVELS}
    expect_levels(subject, whole, right, "as before slots and objects were reordered", answers=2)
    rows[0] = rows[0][drawn.dimensions]
    inside = drawn.code._replace(importances=table[rows.ravel()])
    del right["property"]
    expect_levels(subject, inside, right, "as before dimensions of one slot were reordered", answers=2)
