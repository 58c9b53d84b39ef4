"""What comes before scores: the importances of latents, and the order of slots."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import expect, property_of
from whp.properties import generators as some
from whp.properties.disentanglement.expected import CONTRACT, ONE
from whp.properties.disentanglement.inputs import (
    Samples,
    samples,
    scene,
    slotted,
    told_by_one,
)
from whp.properties.rounding import precision_of
from whp.subject import Subject

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
    advice = (
        "standardise latents, for they may have any unit"
        if any(units[:latents])
        else "rows are latents and columns are factors, in the order in which they came"
    )
    for factor, latent in enumerate(which.tolist()):
        most = int(found[:, factor].argmax())
        expect(
            most == latent,
            (
                f"latent {most} counts {found[most, factor]:.4g} for factor {factor}, and latent {latent} "
                f"{found[latent, factor]:.4g}, which tells three times as much of it: {advice}"
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
