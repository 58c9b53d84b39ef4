"""What every correct `sample_codes` satisfies."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import example, given

from whp.checks import expect, property_of
from whp.properties import generators as some
from whp.properties.alike import expect_distinct_runs
from whp.properties.generators import CONSECUTIVE, EQUAL_HIGH_BITS, EQUAL_LOW_BITS
from whp.properties.hyperteacher.expected import PAPER
from whp.properties.hyperteacher.inputs import (
    LONG_DRAW,
    NO_CODES,
    PAIRED,
    REPEATED,
    REPEATED_SHARED,
    SHARED,
    codes_of,
    questions_of_codes,
)
from whp.properties.rounding import precision_of
from whp.subject import Subject

CODES = f"{PAPER}, its theory experiments: codes of training tasks"


@property_of("hyperteacher", source=CODES)
@given(asked=questions_of_codes(), seed=some.seeds())
@example(asked=NO_CODES, seed=0)
@example(asked=PAIRED, seed=1)
@example(asked=SHARED, seed=1)
@example(asked=REPEATED, seed=2)
@example(asked=REPEATED_SHARED, seed=2)
def codes_lie_on_masks(subject: Subject, asked: dict[str, Any], seed: int) -> None:
    """The entries of a code that aren't 0 are those of one of the masks."""
    codes = subject.sample_codes(**asked, seed=seed)
    masks = {tuple(sorted(set(mask))) for mask in asked["masks"]}
    for row, code in enumerate(codes):
        active = tuple(np.flatnonzero(code).tolist())
        expect(
            active in masks,
            f"code {row} is {code.tolist()}: active are {list(active)}, but the masks are {sorted(masks)}",
        )


@property_of("hyperteacher", source=CODES)
@given(asked=questions_of_codes(), seed=some.seeds())
@example(asked=PAIRED, seed=1)
@example(asked=SHARED, seed=1)
@example(asked=REPEATED, seed=2)
@example(asked=REPEATED_SHARED, seed=2)
@example(asked=codes_of([[0, 1, 2]], 50, 3, True), seed=3)
@example(asked=codes_of([[1]], 50, 2, True), seed=3)
def entries_have_the_stated_size(subject: Subject, asked: dict[str, Any], seed: int) -> None:
    """Discrete codes have norm 1; continuous entries lie in (0.5, 1), their sum below (k + 1) / 2."""
    codes = subject.sample_codes(**asked, seed=seed)
    unit = precision_of(subject).unit
    for row, code in enumerate(codes):
        active = code[code != 0]
        k = len(active)
        if not asked["continuous"]:
            expect(
                bool((np.abs(active - k**-0.5) <= 8 * unit).all()),
                f"code {row} is {code.tolist()}; {k} active entries of norm 1 are {k**-0.5:.12g} each",
            )
            continue
        expect(
            bool(((active >= 0.5) & (active <= 1)).all()),
            f"code {row} is {code.tolist()}; active entries are 0.5 + 0.5 v with v between 0 and 1",
        )
        most = (k + 1) / 2 * (1 + 8 * (k + 1) * unit)
        expect(
            float(active.sum()) <= most,
            f"code {row} is {code.tolist()}, with the sum {active.sum():.12g}; that of 0.5 + 0.5 u_m / "
            f"(1 + sum of u) is below ({k} + 1) / 2",
        )


MANY = codes_of([[0, 1, 2]], 4, 3, True)
CHOSEN = codes_of([[m] for m in range(6)], 40, 6, False)


@property_of(
    "hyperteacher",
    source="the contract of hyperteacher: all randomness comes from `seed`",
    false_alarm=some.PAIRS_OF_SEEDS * 6.0**-40,
    examples=0.02,
)
@given(seeds=some.similar_seeds())
@example(seeds=EQUAL_LOW_BITS)
@example(seeds=EQUAL_HIGH_BITS)
@example(seeds=CONSECUTIVE)
def other_seeds_give_other_codes(subject: Subject, seeds: list[int]) -> None:
    """Runs with different seeds draw different codes, also where only the choice of masks is random."""
    for asked in (MANY, CHOSEN):
        runs = {seed: subject.sample_codes(**asked, seed=seed) for seed in seeds}
        expect_distinct_runs(runs, f"draw the same codes of {asked['masks']}")


@property_of("hyperteacher", source=f"{CODES}, which are independent")
@given(asked=questions_of_codes(), seed=some.seeds())
@example(asked=MANY, seed=0)
@example(asked=SHARED, seed=1)
@example(asked=LONG_DRAW, seed=2)
def continuous_codes_differ(subject: Subject, asked: dict[str, Any], seed: int) -> None:
    """No two continuous codes of one draw are equal, nor two active entries of one code."""
    if precision_of(subject).unit > 2**-40:
        return  # coarse numbers coincide
    codes = subject.sample_codes(**{**asked, "continuous": True}, seed=seed)
    first: dict[bytes, int] = {}
    for row, code in enumerate(codes):
        twin = first.setdefault(code.tobytes(), row)
        expect(twin == row, f"codes {twin} and {row} are both {code.tolist()}; each is drawn by itself")
        active = code[code != 0]
        expect(
            len(set(active.tolist())) == len(active),
            f"code {row} is {code.tolist()}; each active entry has an exponential number of its own",
        )
