"""What every correct implementation of the scores of structured representations satisfies.

definition.py has the scores as they are defined, inputs.py what is asked, known.py what is known by hand,
verifying.py the command that looks at reported scores.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import Refuted, expect, property_of
from whp.properties import generators as some
from whp.properties.alike import Question, ask_all, expect_one_answer, expect_untouched_arguments
from whp.properties.disentanglement.definition import NAMES, defined, entropy, grouped, mistaken
from whp.properties.disentanglement.inputs import (
    Coded,
    Level,
    Reordered,
    Samples,
    Shuffled,
    codes,
    grouped_levels,
    groups_of,
    labels,
    matrices,
    matrix,
    questions,
    reorderings,
    samples,
    scene,
    shuffled_codes,
    slotted,
    told_by_one,
    twins,
)
from whp.properties.disentanglement.known import EYE, KNOWN, KNOWN_CODES, THREE_ONE
from whp.properties.disentanglement.verifying import verify_command
from whp.properties.rounding import precision_of
from whp.reference.disentanglement.entropies import Scores
from whp.subject import Subject

__all__ = ["verify_command"]

PAPER = "arXiv:2101.04041"
CONTRACT = "the contract of disentanglement"
FIXED = ("scores", "levels")  # operations with one right answer
PROVED = "follows from the definition, by the rules of entropy"
# Powers of two by which matrices are scaled: in short formats, what is stored must not become 0.
REACH = {"float64": 996, "float32": 60, "bfloat16": 60, "float16": 0}
CLOSE, ONE = 1e-9, 1e-6  # of scores, and of the sum of a column of importances


def tolerance(subject: Subject, size: int) -> float:
    """Return by how much a score of a matrix of so many entries may be off."""
    return max(CLOSE, 16 * (size + 16) * (1 + math.log(size + 1)) * precision_of(subject).unit)


def pair(shown: Scores) -> tuple[float, float]:
    """Return both scores."""
    return shown.disentanglement, shown.completeness


def expect_scores(
    subject: Subject,
    size: int,
    told: Scores,
    right: Scores,
    why: str,
    table: list[list[float]] | None = None,
    *,
    answers: int = 1,
) -> None:
    """Refute the subject unless both scores are right, up to rounding; of a matrix, name the mistake.

    `answers` is the number of answers, each of which may be off, that this compares.
    """
    within = answers * tolerance(subject, size)
    for name, got, wanted in zip(NAMES, pair(told), pair(right), strict=True):
        if abs(got - wanted) > within:
            mistake = mistaken(table, name, got, within) if table else ""
            raise Refuted(f"{name} is {got:.12g}, but {wanted:.12g} is expected: {why}{mistake}")


def every(name: str, values: Iterable[Any]) -> Callable[[Any], Any]:
    """Make a fixed input of each of these values."""

    def decorate(test: Any) -> Any:
        for value in values:
            test = example(**{name: value})(test)
        return test

    return decorate


# scores

SKEW = matrix("21", "01")
UNEVEN = Level(matrix("520", "111", "004", "130"), labels("0110"), labels("010"))
SIGNED = Level(np.array([[2.0, -1.0], [-1.0, -2.0], [1.0, 0.0]]), labels("001"), None)
SINGLE = Level(np.array([[1 / 3, 1e-6], [2 / 7, 1e6]]))


@property_of("disentanglement", source="by hand")
@given(name=st.sampled_from(sorted(KNOWN)))
@every("name", KNOWN)
def known_matrices_have_their_scores(subject: Subject, name: str) -> None:
    """Matrices whose scores can be worked out by hand have these scores."""
    level, *right = KNOWN[name]
    told, table = subject.scores(**level.asked), grouped(*level)
    expect_scores(subject, level.importances.size, told, Scores(*right), f"by hand, for {name}", table)


@property_of("disentanglement", source=f"{PAPER}; at the flat level, Eastwood and Williams 2018")
@given(level=grouped_levels(1, signs=True))
@example(level=UNEVEN)
@example(level=SIGNED)
@example(level=SINGLE)
@example(level=Level(SKEW))
@example(level=Level(matrix("1234", "5611", "0000"), labels("101"), labels("2010")))
def scores_are_conditional_entropies(subject: Subject, level: Level) -> None:
    """Disentanglement is 1 - H(V|U) / ln b, completeness 1 - H(U|V) / ln a, of the sums over groups."""
    told = subject.scores(**level.asked)
    table = grouped(*level)
    shape = f"{len(table)} x {len(table[0])}"
    expect_scores(
        subject,
        level.importances.size,
        told,
        defined(*level),
        f"the entropies of the {shape} sums of absolute values over groups, each row (column) weighted by "
        "its mass, over the logarithm of the number of groups",
        table,
    )


@property_of("disentanglement", source=PROVED)
@given(table=matrices())
@example(table=matrix("10", "02"))
@example(table=matrix("111", "222"))
@example(table=matrix("12", "12"))
@example(table=matrix("123", "111", "010"))
@example(table=matrix("00", "12"))
@example(table=matrix("100", "001", "001"))
def scores_lie_between_0_and_1_and_the_ends_mean_what_they_say(subject: Subject, table: np.ndarray) -> None:
    """Scores lie in 0 to 1; 1 just if each row (column) has one entry, 0 just if each is constant."""
    told = subject.scores(**Level(table).asked)
    within = tolerance(subject, table.size)
    small = 1e-4  # what is drawn as counts and is not of that form is farther from the end: 3e-4 at least
    readable = bool((table == np.round(table)).all()) and table.max() <= 6
    for name, score, rows in zip(NAMES, pair(told), (table, table.T), strict=True):
        line = "row" if name == "disentanglement" else "column"
        expect(-within <= score <= 1 + within, f"{name} is {score:.12g}, outside 0 to 1")
        if not table.any() or rows.shape[1] == 1:
            continue
        single = bool(((rows > 0).sum(axis=1) <= 1).all())
        constant = bool((rows == rows[:, :1]).all())
        far = small if readable else 0.0
        expect(
            score >= 1 - within if single else score <= 1 + within - far,
            (
                f"{name} is {score:.12g}, but "
                + (f"each {line} has one entry" if single else f"some {line} has several entries")
            ),
        )
        expect(
            score <= within if constant else score >= far - within,
            (
                f"{name} is {score:.12g}, but "
                + (f"each {line} is constant" if constant else f"some {line} is not constant")
            ),
        )


@property_of("disentanglement", source="importances have no unit")
@given(level=grouped_levels(), power=st.sampled_from((-970, -300, -40, 40, 300, 970)))
@example(level=Level(np.eye(2)), power=-60)
@example(level=Level(np.eye(2)), power=-996)
@example(level=Level(SKEW), power=970)
@example(level=UNEVEN, power=-30)
@example(level=UNEVEN, power=-996)
def scores_do_not_depend_on_the_scale(subject: Subject, level: Level, power: int) -> None:
    """Multiplying all importances by one number, however small or large, changes no score."""
    reach = REACH[subject.declares("precision", "float64")]
    power = max(-reach, min(power, reach))
    first = subject.scores(**level.asked)
    scaled = level._replace(importances=np.ldexp(level.importances, power))
    expect_scores(
        subject,
        level.importances.size,
        subject.scores(**scaled.asked),
        first,
        f"so it is before all importances are multiplied by 2^{power}; nothing may be added to a share before"
        " its logarithm, nor to a sum that is divided by, for 0 ln 0 is 0 and a zero matrix scores 0",
        answers=2,
    )


@property_of("disentanglement", source=CONTRACT)
@given(level=grouped_levels(signs=True))
@example(level=SIGNED)
@example(level=Level(np.array([[2.0, -1.0], [0.0, 1.0]])))
@example(level=Level(np.array([[-2.0, -1.0], [0.0, -1.0]])))
def signs_do_not_count(subject: Subject, level: Level) -> None:
    """A coefficient counts by its absolute value, taken before anything is summed."""
    plain = level._replace(importances=np.abs(level.importances))
    right = subject.scores(**plain.asked)
    why = "so it is of the absolute values, which are taken before they are summed over groups"
    expect_scores(subject, level.importances.size, subject.scores(**level.asked), right, why, answers=2)


@property_of("disentanglement", source=PROVED)
@given(level=grouped_levels())
@example(level=Level(matrix("110", "001")))
@example(level=UNEVEN)
@example(level=Level(matrix("10", "01", "01")))
def transposing_exchanges_the_two_scores(subject: Subject, level: Level) -> None:
    """The disentanglement of a matrix is the completeness of its transpose, with the groupings exchanged."""
    table, latent_groups, factor_groups = level
    turned = Level(np.ascontiguousarray(table.T), factor_groups, latent_groups)
    first, second = subject.scores(**level.asked), subject.scores(**turned.asked)
    right = Scores(first.completeness, first.disentanglement)
    why = "so it is, under the other name, of the transposed matrix"
    expect_scores(subject, table.size, second, right, why, answers=2)


@property_of("disentanglement", source=PROVED)
@given(drawn=reorderings())
@example(drawn=Reordered(Level(matrix("11", "10", "01"), labels("011"), None), [1, 0], [2, 1, 0], [0, 1]))
@example(drawn=Reordered(UNEVEN, [1, 0], [2, 0, 3, 1], [2, 0, 1]))
@example(drawn=Reordered(Level(SKEW, labels("01"), labels("01")), [1, 0], [1, 0], [0, 1]))
def order_and_names_of_groups_do_not_count(subject: Subject, drawn: Reordered) -> None:
    """Latents and factors may come in any order, and groups under any names."""
    table, latent_groups, factor_groups = drawn.level
    first = subject.scores(**drawn.level.asked)
    other = Level(
        table[drawn.rows][:, drawn.columns],
        None if latent_groups is None else np.array(drawn.names)[latent_groups][drawn.rows],
        None if factor_groups is None else factor_groups[drawn.columns],
    )
    why = "so it was before latents, factors and the labels of groups were put in another order"
    expect_scores(subject, table.size, subject.scores(**other.asked), first, why, answers=2)


@property_of("disentanglement", source=PROVED)
@given(level=grouped_levels())
@example(level=UNEVEN)
@example(level=Level(matrix("11", "11", "11"), labels("001"), None))
@example(level=Level(EYE[[0, 2, 1, 3]], labels("0011"), labels("0011")))
@example(level=Level(matrix("1100", "0110", "0010", "0001"), labels("0011"), labels("0011")))
def a_level_is_the_flat_level_of_its_sums(subject: Subject, level: Level) -> None:
    """The scores at a level are the flat scores of the matrix of sums over groups."""
    peak = float(level.importances.max()) or 1.0
    sums = Level(peak * np.array(grouped(*level)))
    first, second = subject.scores(**level.asked), subject.scores(**sums.asked)
    shown = sums.importances.tolist()
    why = f"so it is of the matrix of sums over groups, {shown}, with each index its own group"
    expect_scores(subject, level.importances.size, first, second, why, answers=2)


@property_of("disentanglement", source=f"{PROVED}: both sides are H(V|U) - H(U|V)")
@given(table=matrices())
@example(table=SKEW)
@example(table=matrix("11", "02"))
@example(table=matrix("110", "001"))
@example(table=matrix("31", "13", "00"))
def the_two_scores_differ_as_the_marginals_do(subject: Subject, table: np.ndarray) -> None:
    """(1 - disentanglement) ln b - (1 - completeness) ln a = H(V) - H(U)."""
    if not table.any():
        return
    a, b = table.shape
    told = subject.scores(**Level(table).asked)
    left = (1 - told.disentanglement) * math.log(b) - (1 - told.completeness) * math.log(a)
    right = entropy(table.sum(axis=0)) - entropy(table.sum(axis=1))
    expect(
        abs(left - right) <= tolerance(subject, table.size) * math.log(a * b),
        lambda: (
            f"with {told.disentanglement:.12g} and {told.completeness:.12g} the left side is {left:.12g}, but"
            f" H(V) - H(U) is {right:.12g}: rows and columns are weighted by their masses, and entropies are"
            f" divided by ln {b}, the number of columns, and by ln {a}, that of rows"
        ),
    )


@property_of("disentanglement", source=f"{PROVED}: the chain rule")
@given(level=grouped_levels())
@example(level=Level(matrix("10", "01", "01"), labels("001")))
@example(level=Level(matrix("4100", "0410", "0041", "1004"), labels("0011")))
@example(level=Level(matrix("91", "19", "11"), labels("011")))
def merging_latents_disentangles_nothing(subject: Subject, level: Level) -> None:
    """Merging groups of latents never raises disentanglement; merging factors never raises completeness."""
    table, merged, _ = level
    if merged is None:
        return
    within = 2 * tolerance(subject, table.size)
    fine = subject.scores(**Level(table).asked).disentanglement
    coarse = subject.scores(**Level(table, merged).asked).disentanglement
    why = f"after latents are merged by {merged.tolist()}, and may not be more"
    expect(
        coarse <= fine + within,
        lambda: f"disentanglement is {fine:.12g} of single latents, and {coarse:.12g} {why}",
    )
    turned = np.ascontiguousarray(table.T)
    fine = subject.scores(**Level(turned).asked).completeness
    coarse = subject.scores(**Level(turned, None, merged).asked).completeness
    expect(
        coarse <= fine + within,
        lambda: f"completeness of the transpose is {fine:.12g} of single factors, and {coarse:.12g} {why}",
    )


@property_of("disentanglement", source=PROVED)
@given(table=matrices(), which=st.integers(0, 4), parts=st.lists(st.integers(1, 4), min_size=1, max_size=3))
@example(table=SKEW, which=0, parts=[1, 1])
@example(table=matrix("12", "34"), which=1, parts=[1, 2, 1])
@example(table=matrix("110", "001", "111"), which=0, parts=[1, 3])
def splitting_a_latent_costs_what_it_must(
    subject: Subject, table: np.ndarray, which: int, parts: list[int]
) -> None:
    """A latent split into copies leaves disentanglement as it is, and completeness loses a known part."""
    if not table.any():
        return
    a, row, shares = len(table), which % len(table), np.array(parts) / sum(parts)
    split = np.vstack([np.delete(table, row, axis=0), shares[:, None] * table[row]])
    first, second = subject.scores(**Level(table).asked), subject.scores(**Level(split).asked)
    mass = table[row].sum() / table.sum()
    lost = (1 - first.completeness) * math.log(a) + mass * entropy(shares)
    right = Scores(first.disentanglement, 1 - lost / math.log(len(split)))
    why = f"latent {row} is split into {len(parts)} copies with the shares {shares.tolist()} of it"
    expect_scores(subject, split.size, second, right, why, answers=2)


@property_of("disentanglement", source=PROVED)
@given(table=matrices(), dead=st.integers(1, 3))
@example(table=THREE_ONE, dead=1)
@example(table=np.eye(2), dead=1)
@example(table=SKEW, dead=2)
def dead_latents_count_in_the_base_alone(subject: Subject, table: np.ndarray, dead: int) -> None:
    """Latents that count for nothing leave disentanglement as it is; (1 - completeness) ln a stays too."""
    if not table.any():
        return
    a, b = table.shape
    first = subject.scores(**Level(table).asked)
    second = subject.scores(**Level(np.vstack([table, np.zeros((dead, b))])).asked)
    lost = (1 - first.completeness) * math.log(a) / math.log(a + dead)
    why = f"{dead} zero rows were added, which have no weight; but they are groups, and count in ln a"
    expect_scores(subject, table.size, second, Scores(first.disentanglement, 1 - lost), why, answers=2)


@property_of("disentanglement", source=f"{PROVED}: conditional entropy is concave")
@given(codes=twins())
@example(codes=[matrix("10", "01"), matrix("01", "10")])
@example(codes=[matrix("90", "01"), matrix("01", "90")])
@example(codes=[matrix("90", "90"), matrix("01", "00")])
def mixing_codes_disentangles_nothing(subject: Subject, codes: list[np.ndarray]) -> None:
    """The scores of a sum of importances are at most the mean of theirs, weighted by mass."""
    first, second = codes
    masses = first.sum(), second.sum()
    if not sum(masses):
        return
    shown = [pair(subject.scores(**Level(table).asked)) for table in (first, second, first + second)]
    for name, one, other, both in zip(NAMES, *shown, strict=True):
        most = (masses[0] * one + masses[1] * other) / sum(masses)
        expect(
            both <= most + 2 * tolerance(subject, first.size),
            (
                f"{name} of the sum is {both:.12g}, but those of the two, {one:.12g} and {other:.12g}, have"
                f" the mean {most:.12g}, weighted by their masses"
            ),
        )


@property_of("disentanglement", source=f"{PROVED}: the data processing inequality")
@given(level=grouped_levels())
@example(level=UNEVEN)
@example(level=Level(EYE[[0, 2, 1, 3]], labels("0011"), labels("0011")))
@example(level=Level(np.ones((3, 3)), labels("001"), labels("011")))
@example(level=Level(matrix("41", "14", "11"), labels("001"), None))
def grouping_tells_nothing_new(subject: Subject, level: Level) -> None:
    """Groups share no more information than their members: I(U;V) <= I(L;F), whichever score tells it."""
    table = level.importances
    if not table.any():
        return
    sums = grouped(*level)
    of_u, of_v = [math.fsum(row) for row in sums], [math.fsum(column) for column in zip(*sums, strict=True)]
    told = subject.scores(**level.asked)
    fine = entropy(table.sum(axis=0)) - (1 - defined(table).disentanglement) * math.log(table.shape[1])
    for name, score, law in zip(NAMES, pair(told), (of_v, of_u), strict=True):
        shared = entropy(law) - (1 - score) * math.log(len(law))
        within = tolerance(subject, table.size) * (1 + math.log(table.size))
        expect(
            -within <= shared <= fine + within,
            (
                f"{name} {score:.12g} says that groups share {shared:.12g} nats, but their members share "
                f"{fine:.12g}, and nothing shares less than 0"
            ),
        )


@property_of("disentanglement", source=f"{PROVED}: Jensen's and Fano's inequalities")
@given(table=matrices())
@example(table=matrix("91", "19"))
@example(table=matrix("311", "131", "113"))
@example(table=matrix("5311", "1111"))
@example(table=matrix("111", "111", "111"))
def a_score_near_1_is_a_code_near_one_to_one(subject: Subject, table: np.ndarray) -> None:
    """The mass M on each factor's best latent bounds completeness c: a^(c-1) <= M, and Fano's bound."""
    if not table.any():
        return
    told = subject.scores(**Level(table).asked)
    for name, score, columns in zip(NAMES, pair(told), (table.T, table), strict=True):
        a = len(columns)
        mass = min(float(columns.max(axis=0).sum() / columns.sum()), 1.0)
        least = a ** (score - 1)
        within = tolerance(subject, table.size) * math.log(a) * 2
        line = "column" if name == "completeness" else "row"
        expect(
            least <= mass + within,
            (
                f"{name} {score:.12g} wants at least {least:.12g} of the mass on the largest entry of each "
                f"{line}; it is {mass:.12g}"
            ),
        )
        fano = entropy((mass, 1 - mass)) + (1 - mass) * math.log(a - 1)
        expect(
            (1 - score) * math.log(a) <= fano + within,
            (
                f"{name} is {score:.12g}, but with {mass:.12g} of the mass on the largest entry of each"
                f" {line} it is at least {1 - fano / math.log(a):.12g}"
            ),
        )


# levels

WIDE = Coded(np.kron(matrix("10", "01", "11"), matrix("121")), 3, 2)  # 3 slots of one dimension
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
        size, table = code.importances.size, grouped(code.importances, *groups_of(code)[level])
        seen, at = getattr(told, level), f"at level {level}, {why}"
        expect_scores(subject, size, seen, Scores(*wanted), at, table, answers=answers)


@property_of("disentanglement", source=PAPER)
@given(code=codes())
@example(code=FLAWED)
@example(code=WIDE)
@example(code=Coded(matrix("1234", "5601"), 1, 2))
@example(code=Coded(matrix("12", "56", "30", "11"), 2, 1))
def levels_are_the_scores_of_their_groupings(subject: Subject, code: Coded) -> None:
    """Rows are slot by slot, columns object by object; a level is scored as `scores` does its grouping."""
    right = {name: pair(defined(code.importances, *groups)) for name, groups in groups_of(code).items()}
    why = (
        f"the definition's, with {code.slots} slots of {len(code.importances) // code.slots} dimensions, "
        "rows slot by slot, and columns object by object"
    )
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


# importances

CONSTANT = Samples(
    np.column_stack([np.ones(20), np.arange(20.0), np.arange(20.0) % 3]), np.arange(20.0)[:, None]
)
AGAINST = Samples(np.column_stack([np.arange(20.0), np.arange(20.0) % 7]), -np.arange(20.0)[:, None])


def expect_importances(subject: Subject, drawn: Samples, seed: int) -> np.ndarray:
    """Ask for importances."""
    found: np.ndarray = subject.importances(**drawn._asdict(), seed=seed)
    return found


@property_of("disentanglement", source=CONTRACT, examples=0.2)
@given(drawn=samples(), seed=some.seeds())
@example(drawn=CONSTANT, seed=0)
@example(drawn=AGAINST, seed=0)
@example(drawn=told_by_one(4, 3, 1)[0], seed=0)
@example(drawn=Samples(np.ones((16, 2)), np.arange(16.0)[:, None]), seed=0)
@example(drawn=Samples(np.arange(16.0)[:, None], np.ones((16, 2))), seed=0)
def importances_of_a_factor_sum_to_1(subject: Subject, drawn: Samples, seed: int) -> None:
    """Importances are not negative, and those for one factor sum to 1, or are all 0."""
    found = expect_importances(subject, drawn, seed)
    least = np.unravel_index(found.argmin(), found.shape)
    expect(
        found.min() >= 0,
        lambda: f"latent {least[0]} counts {found.min():.6g} for factor {least[1]}; take absolute values",
    )
    within = max(ONE, 4 * len(found) * precision_of(subject).unit)
    for factor, total in enumerate(found.sum(axis=0).tolist()):
        expect(
            total == 0 or abs(total - 1) <= within,
            (f"the importances for factor {factor} (a column) sum to {total:.9g}; divide them by that"),
        )


@property_of("disentanglement", source=CONTRACT, examples=0.2)
@given(drawn=samples(), seed=some.seeds())
@example(drawn=CONSTANT, seed=0)
@example(drawn=Samples(np.full((16, 2), 1e6), np.arange(16.0)[:, None]), seed=0)
def constant_latents_count_for_nothing(subject: Subject, drawn: Samples, seed: int) -> None:
    """A latent that is the same in all samples has the importance 0."""
    found = expect_importances(subject, drawn, seed)
    for latent in np.flatnonzero(np.ptp(drawn.latents, axis=0) == 0).tolist():
        expect(
            not found[latent].any(),
            (f"latent {latent} is constant, but counts {found[latent].max():.6g} for a factor"),
        )


@property_of("disentanglement", source="what an importance is", examples=0.1)
@given(
    latents=st.integers(1, 4),
    factors=st.integers(1, 4),
    units=st.lists(st.sampled_from((-10, 0, 10)), min_size=4, max_size=4),
    seed=st.integers(0, 2**32),
)
@example(latents=4, factors=4, units=[0, 0, 0, 0], seed=1)
@example(latents=3, factors=2, units=[10, 0, -10, 0], seed=2)
@example(latents=2, factors=1, units=[-10, 10, 0, 0], seed=3)
def the_latent_that_tells_a_factor_counts_most(
    subject: Subject, latents: int, factors: int, units: list[int], seed: int
) -> None:
    """A factor that is three parts one latent, one part another, has the former as its most important.

    Whatever the units in which latents are given. There are 100 samples of independent latents.
    """
    held, which = told_by_one(latents, min(factors, latents), seed)
    others = np.roll(held.latents, 1, axis=1)[:, which]
    scaled = held.latents * np.exp2(units[:latents])
    mixed = Samples(scaled, held.factors + others / 3 if latents > 1 else held.factors)
    found = expect_importances(subject, mixed, seed)
    for factor, latent in enumerate(which.tolist()):
        most = int(found[:, factor].argmax())
        expect(
            most == latent,
            (
                f"latent {most} counts {found[most, factor]:.4g} for factor {factor}, and latent {latent} "
                f"{found[latent, factor]:.4g}, which tells three times as much of it; standardise"
                " latents, for they may have any unit"
            ),
        )


# align


@property_of("disentanglement", source=CONTRACT)
@given(drawn=slotted(), seed=some.seeds())
@example(drawn=Samples(np.ones((1, 1, 1)), np.ones((1, 1, 1))), seed=0)
@example(drawn=Samples(np.zeros((3, 3, 2)), np.zeros((3, 2, 1))), seed=0)
@example(drawn=scene(2), seed=0)
@example(drawn=scene(3), seed=1)
@example(drawn=scene(2, empty=1), seed=1)
def no_slot_holds_two_objects(subject: Subject, drawn: Samples, seed: int) -> None:
    """In each sample all objects are in different slots."""
    found = subject.align(**drawn._asdict(), seed=seed).slots
    for sample, slots in enumerate(found.tolist()):
        expect(
            len(set(slots)) == len(slots),
            (
                f"in sample {sample} the objects 0..{len(slots) - 1} are in the slots {slots}; "
                "choose slots for all objects of a sample together"
            ),
        )


# All operations

ASKED: list[Question] = [
    ("scores", UNEVEN.asked),
    ("scores", SIGNED.asked),
    ("levels", FLAWED.asked),
    ("importances", {**AGAINST._asdict(), "seed": 3}),
    ("align", {**scene(2)._asdict(), "seed": 3}),
]


@property_of("disentanglement", source=CONTRACT)
@given(question=questions(), other=questions())
@example(question=ASKED[0], other=("scores", Level(SKEW).asked))
@example(question=ASKED[1], other=ASKED[0])
@example(question=ASKED[2], other=("levels", Coded(np.eye(4), 2, 2).asked))
@example(question=ASKED[3], other=("importances", {**CONSTANT._asdict(), "seed": 4}))
@example(question=ASKED[4], other=("align", {**scene(2)._asdict(), "seed": 5}))
def one_question_has_one_answer(subject: Subject, question: Question, other: Question) -> None:
    """Asked again, also after another question, an operation gives the same answer."""
    expect_one_answer(subject, question, other)


@property_of("disentanglement", source=CONTRACT)
@given(question=questions())
@every("question", ASKED)
def arguments_stay_untouched(subject: Subject, question: Question) -> None:
    """No operation changes what it is handed."""
    expect_untouched_arguments(subject, question)


@property_of("disentanglement", source=CONTRACT, examples=0.02, processes=5)
@given(level=grouped_levels(), seed=some.seeds())
@example(level=UNEVEN, seed=0)
def every_process_answers_alike_and_ends_well(subject: Subject, level: Level, seed: int) -> None:
    """Every process that is asked the same answers the same, and ends by itself without an error."""
    random = [(operation, {**asked, "seed": seed}) for operation, asked in ASKED[3:]]
    ask_all(subject, [("scores", level.asked), ASKED[2], *random])
