"""The scores of a matrix of importances: what is known of them, and the rules of entropy."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import expect, property_of
from whp.properties.disentanglement.definition import NAMES, Level, defined, entropy, grouped
from whp.properties.disentanglement.expected import (
    CONTRACT,
    PAPER,
    PROVED,
    REACH,
    every,
    expect_scores,
    pair,
    tolerance,
)
from whp.properties.disentanglement.inputs import (
    Reordered,
    grouped_levels,
    labels,
    matrices,
    matrix,
    reorderings,
    twins,
)
from whp.properties.disentanglement.known import EYE, KNOWN, THREE_ONE
from whp.reference.disentanglement.entropies import Scores
from whp.subject import Subject

SKEW = matrix("21", "01")
UNEVEN = Level(matrix("520", "111", "004", "130"), labels("0110"), labels("010"))
SIGNED = Level(np.array([[2.0, -1.0], [-1.0, -2.0], [1.0, 0.0]]), labels("001"), None)
_many = np.arange(600.0)[:, None] * 7 + np.arange(70.0) * 3
MANY = Level(_many % 11, np.arange(600) // 2 % 300, None)  # more groups than a byte can count
SINGLE = Level(np.array([[1 / 3, 1e-6], [2 / 7, 1e6]]))


@property_of("disentanglement", source="by hand")
@given(name=st.sampled_from(sorted(KNOWN)))
@every("name", KNOWN)
def known_matrices_have_their_scores(subject: Subject, name: str) -> None:
    """Matrices whose scores can be worked out by hand have these scores."""
    level, *right = KNOWN[name]
    told = subject.scores(**level.asked)
    expect_scores(subject, level.importances.size, told, Scores(*right), f"by hand, for {name}", level)


@property_of("disentanglement", source=f"{PAPER}; at the flat level, Eastwood and Williams 2018")
@given(level=grouped_levels(1, signs=True))
@example(level=UNEVEN)
@example(level=SIGNED)
@example(level=SINGLE)
@example(level=MANY)
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
        level,
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
