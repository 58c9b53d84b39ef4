"""The inputs that the properties are asked on."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from whp.properties import generators as some
from whp.properties.alike import Question
from whp.properties.disentanglement.definition import Groups, Level
from whp.reference.disentanglement.scenes import planted


def counts() -> st.SearchStrategy[float]:
    """Draw an importance that is easy to read."""
    return st.integers(0, 6).map(float)


def magnitudes() -> st.SearchStrategy[float]:
    """Draw an importance of the contract."""
    return st.just(0.0) | st.floats(1e-6, 1e6)


@st.composite
def tables(draw: st.DrawFn, rows: int, columns: int, *, signs: bool = False) -> np.ndarray:
    """Draw an importance matrix of a given shape."""
    entry = draw(st.sampled_from((counts, magnitudes)))()
    if signs:
        entry = st.builds(math.copysign, entry, st.sampled_from((1.0, -1.0)))
    row = st.lists(entry, min_size=columns, max_size=columns)
    return np.array(draw(st.lists(row, min_size=rows, max_size=rows)), np.float64).reshape(rows, columns)


@st.composite
def matrices(draw: st.DrawFn, least: int = 2, *, signs: bool = False) -> np.ndarray:
    """Draw an importance matrix."""
    return draw(tables(draw(st.integers(least, 5)), draw(st.integers(least, 5)), signs=signs))


def groupings(size: int, least: int = 2) -> st.SearchStrategy[np.ndarray]:
    """Draw labels 0..k-1 that all occur, one an index, k at least `least`."""

    def named(drawn: list[int]) -> np.ndarray:
        if len(set(drawn)) < least:
            drawn = [*range(least), *drawn[least:]]
        return np.unique(drawn, return_inverse=True)[1].astype(np.int64)

    return st.lists(st.integers(0, size - 1), min_size=size, max_size=size).map(named)


@st.composite
def grouped_levels(draw: st.DrawFn, least: int = 2, *, signs: bool = False) -> Level:
    """Draw an importance matrix with a level, either grouping of which may be absent.

    There are at least two groups, unless `least` is 1: that one group scores 1 is a question of its own.
    """
    table = draw(matrices(least, signs=signs))
    return Level(table, *(draw(st.none() | groupings(size, least)) for size in table.shape))


class Reordered(NamedTuple):
    """A level, new names of its latent groups, and another order of latents and factors."""

    level: Level
    names: list[int]
    rows: list[int]
    columns: list[int]


@st.composite
def reorderings(draw: st.DrawFn) -> Reordered:
    """Draw a level and other orders."""
    level = draw(grouped_levels())
    groups = 0 if level.latent_groups is None else int(level.latent_groups.max()) + 1
    return Reordered(
        level, *(draw(st.permutations(range(size))) for size in (groups, *level.importances.shape))
    )


@st.composite
def twins(draw: st.DrawFn) -> list[np.ndarray]:
    """Draw two importance matrices of one shape."""
    shape = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    return [draw(tables(*shape)) for _ in range(2)]


class Coded(NamedTuple):
    """An importance matrix of a slot-structured code."""

    importances: np.ndarray
    slots: int
    objects: int

    @property
    def asked(self) -> dict[str, Any]:
        """The arguments of `levels`."""
        return self._asdict()


@st.composite
def codes(draw: st.DrawFn, *, signs: bool = False) -> Coded:
    """Draw an importance matrix of a code of S slots and d dimensions, K objects and m properties."""
    s, d, k, m = (draw(st.integers(1, 3)) for _ in range(4))
    return Coded(draw(tables(s * d, k * m, signs=signs)), s, k)


class Shuffled(NamedTuple):
    """A code, and another order of its slots, of its objects and of the dimensions of one slot."""

    code: Coded
    slots: list[int]
    objects: list[int]
    dimensions: list[int]


@st.composite
def shuffled_codes(draw: st.DrawFn) -> Shuffled:
    """Draw a code and other orders."""
    code = draw(codes())
    sizes = code.slots, code.objects, len(code.importances) // code.slots
    return Shuffled(code, *(draw(st.permutations(range(size))) for size in sizes))


def by_slot(count: int, slots: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the groupings of rows by slots, and by dimensions."""
    index = np.arange(count)
    width = count // slots
    return index // width, index % width


def groups_of(code: Coded) -> dict[str, tuple[Groups, Groups]]:
    """Return the groupings that make each level."""
    slots, dimensions = by_slot(len(code.importances), code.slots)
    objects, properties = by_slot(code.importances.shape[1], code.objects)
    return {"flat": (None, None), "object": (slots, objects), "property": (dimensions, properties)}


class Samples(NamedTuple):
    """Latents and factors of some samples."""

    latents: np.ndarray
    factors: np.ndarray


@st.composite
def samples(draw: st.DrawFn) -> Samples:
    """Draw latents, some constant or copies of others, and factors, some made of them."""
    count, wide, many = draw(st.integers(16, 40)), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    latents = random.standard_normal((count, wide))
    for column in range(wide):
        kind = draw(st.integers(0, 3))
        if kind == 0:
            latents[:, column] = draw(st.sampled_from((0.0, 1.0, -2.5, 1e6)))
        elif kind == 1:
            latents[:, column] = latents[:, 0]
        latents[:, column] *= draw(st.sampled_from((1.0, 1024.0, 2.0**-15)))
    factors = latents @ random.standard_normal((wide, many)) + random.standard_normal((count, many))
    if draw(st.booleans()):
        factors[:, 0] = 3.0
    return Samples(latents, factors)


@st.composite
def slotted(draw: st.DrawFn) -> Samples:
    """Draw slots and objects, of numbers that come as they will."""
    count, objects, d, m = (draw(st.integers(1, top)) for top in (6, 3, 2, 2))
    slots = objects + draw(st.integers(0, 1))
    entry = draw(st.sampled_from((counts(), st.floats(-8, 8, width=16))))
    numbers = st.lists(
        entry, min_size=count * (slots * d + objects * m), max_size=count * (slots * d + objects * m)
    )
    flat = np.array(draw(numbers), np.float64)
    cut = count * slots * d
    return Samples(flat[:cut].reshape(count, slots, d), flat[cut:].reshape(count, objects, m))


def scene(objects: int, empty: int = 0) -> Samples:
    """Return a planted scene, in which slots are to be aligned."""
    made = planted(40, objects, 5, empty=empty)
    return Samples(made.latents, made.factors)


def told_by_one(latents: int, factors: int, seed: int) -> tuple[Samples, np.ndarray]:
    """Return samples in which each factor is one of the latents, and which."""
    random = np.random.default_rng(seed)
    held = random.uniform(-1, 1, (100, latents))
    which = random.permutation(latents)[:factors]
    return Samples(held, held[:, which]), which


def questions() -> st.SearchStrategy[Question]:
    """Draw an operation with its arguments."""
    return st.one_of(
        grouped_levels().map(lambda level: ("scores", level.asked)),
        codes().map(lambda code: ("levels", code.asked)),
        st.builds(lambda drawn, seed: ("align", {**drawn._asdict(), "seed": seed}), slotted(), some.seeds()),
    )


def matrix(*rows: str | list[float]) -> np.ndarray:
    """Return a matrix whose rows are written digit by digit, or as lists."""
    return np.array([[float(entry) for entry in row] for row in rows])


def labels(text: str) -> np.ndarray:
    """Return labels that are written digit by digit."""
    return np.array([int(digit) for digit in text], np.int64)
