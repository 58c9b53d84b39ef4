"""What arXiv:2101.04041 claims of its metric, on planted scenes of which it is known what holds what."""

from __future__ import annotations

from dataclasses import astuple
from functools import partial

import numpy as np

from whp.checks import Cell, claim_of
from whp.reference.disentanglement import alignment, probes
from whp.reference.disentanglement.entropies import Levels, levels
from whp.reference.disentanglement.scenes import Scenes, planted, relabelled
from whp.reference.disentanglement.segmentation import adjusted_rand, segmented
from whp.statistical.designs import by_coin, never
from whp.subject import Subject

PAPER = "arXiv:2101.04041"
MOSTLY, SELDOM = 0.9, 0.5
by_most = partial(by_coin, MOSTLY, SELDOM)


# align

SMALL = [
    Cell("2 objects, leaking", objects=2, samples=300, leak=0.25, empty=0),
    Cell("3 objects", objects=3, samples=400, leak=0.0, empty=0),
    Cell("2 objects, 3 slots", objects=2, samples=300, leak=0.0, empty=1),
    Cell("2 objects, 4 slots", objects=2, samples=200, leak=0.0, empty=2),
    Cell("1 object, 3 slots", objects=1, samples=200, leak=0.0, empty=2),
]
SIZES = {
    "quick": SMALL,
    "full": [
        *SMALL,
        Cell("3 objects, 4 slots", objects=3, samples=600, leak=0.0, empty=1),
        Cell("4 objects", objects=4, samples=1000, leak=0.0, empty=0),
        Cell("5 objects", objects=5, samples=600, leak=0.0, empty=0),
    ],
}


def of_two(cell: Cell) -> float:
    """Return at most what succeeds with up to two objects may succeed."""
    return float(cell.objects <= 2)


def unseen(cell: Cell) -> float:
    """Return at most what inverse permutations may succeed, which don't exist where slots are empty."""
    return float(cell.objects == 2 or cell.empty > 0)


def unless_empty(cell: Cell) -> float:
    """Return the probability of success of what looks at as many slots as there are objects."""
    return float(cell.empty == 0)


def scenes(cell: Cell, seed: int) -> Scenes:
    """Draw a cell's scenes."""
    return planted(cell.samples, cell.objects, seed, empty=cell.empty, leak=cell.leak)


WRONG_ORDERS = {
    "OrderAsItComes": never,
    "RandomOrder": never,
    "InverseOrder": unseen,
    "FirstHalfAlone": never,
    "OneAssignment": of_two,
    "FirstSlotsAlone": unless_empty,
}
PLANTED_ALONE = ("OneAssignment", "FirstSlotsAlone")  # the levels of cells without empty slots don't tell


@claim_of(
    "disentanglement",
    source=f"{PAPER}: a probe that handles the permutation of slots",
    cells=SIZES,
    decision=by_most,
    alternatives=WRONG_ORDERS,
)
def planted_slots_are_found(subject: Subject, cell: Cell, seed: int) -> float:
    """`align` finds the slots of all objects in nineteen of twenty samples, up to one relabelling."""
    made = scenes(cell, seed)
    found = subject.align(latents=made.latents, factors=made.factors, seed=seed).slots
    return float(relabelled(found, made.slots) >= 0.95)


def six(latents: np.ndarray, made: Scenes) -> np.ndarray:
    """Return both scores of all levels of slots in some order, by squared coefficients of a linear probe."""
    objects = made.factors.shape[1]
    shown = levels(probes.linear(latents, made.flat).importances, objects, objects)
    return np.array([score for level in astuple(shown) for score in level])


@claim_of(
    "disentanglement",
    source=f"{PAPER}: slots come in any order",
    cells={effort: [cell for cell in cells if not cell.empty] for effort, cells in SIZES.items()},
    decision=by_most,
    alternatives={name: law for name, law in WRONG_ORDERS.items() if name not in PLANTED_ALONE},
)
def levels_do_not_depend_on_the_order_of_slots(subject: Subject, cell: Cell, seed: int) -> float:
    """Slots aligned by `align` have the scores, of all levels and to 0.03, that they have in order."""
    made = scenes(cell, seed)
    found = subject.align(latents=made.latents, factors=made.factors, seed=seed).slots
    off = six(alignment.in_order(made.latents, found), made) - six(made.ordered, made)
    return float(np.abs(off).max() <= 0.03)


# importances


def shown(subject: Subject, made: Scenes, seed: int) -> Levels:
    """Return the levels of the subject's importances of aligned scenes."""
    seen = subject.importances(latents=made.ordered, factors=made.flat, seed=seed)
    return levels(seen, made.factors.shape[1], made.factors.shape[1])


PAIRS = [Cell("2 objects", objects=2, samples=200)]
PAIRS_AND_MORE = {"quick": PAIRS, "full": [*PAIRS, Cell("3 objects", objects=3, samples=400)]}


@claim_of(
    "disentanglement",
    source=f"{PAPER}: object separation between slots",
    cells=PAIRS_AND_MORE,
    decision=by_most,
    alternatives={"OwnBlockAlone": never, "Noise": never},
)
def object_separation_is_seen(subject: Subject, cell: Cell, seed: int) -> float:
    """Where slots hold a quarter of the other objects, the object level is lower by more than a tenth."""
    made = [planted(cell.samples, cell.objects, seed, leak=leak) for leak in (0.0, 0.25)]
    apart, leaking = (shown(subject, code, seed).object for code in made)
    return float(apart.disentanglement - leaking.disentanglement > 0.1)


@claim_of(
    "disentanglement",
    source=f"{PAPER}: object separation and disentanglement within slots in one formula",
    cells=[
        Cell("properties mixed", samples=200, mixed={"properties_turned": 45.0}, high="object"),
        Cell("objects mixed", samples=200, mixed={"objects_turned": 45.0}, high="property"),
    ],
    decision=by_most,
    alternatives={"OwnBlockAlone": lambda cell: float(cell.high == "object"), "Noise": never},
)
def levels_are_told_apart(subject: Subject, cell: Cell, seed: int) -> float:
    """Mixing properties in slots lowers the level of properties alone, and mixing objects that of objects."""
    seen = shown(subject, planted(cell.samples, 2, seed, **cell.mixed), seed)
    low = "property" if cell.high == "object" else "object"
    return float(getattr(seen, cell.high).disentanglement > 0.7 and getattr(seen, low).disentanglement < 0.3)


ANGLES = (0.0, 15.0, 30.0, 45.0)


@claim_of(
    "disentanglement",
    source=f"{PAPER}; 1 - H(sin^2 of the angle) for squared coefficients",
    cells=[Cell("200 samples", samples=200)],
    decision=by_most,
    alternatives={"OwnBlockAlone": never, "Noise": never},
)
def mixing_lowers_the_score_step_by_step(subject: Subject, cell: Cell, seed: int) -> float:
    """The more two objects are mixed, by 0, 15, 30 and 45 degrees, the lower is the object level."""
    seen = [
        shown(subject, planted(cell.samples, 2, seed, properties=1, objects_turned=angle), seed).object
        for angle in ANGLES
    ]
    falls = -np.diff([one.disentanglement for one in seen])
    return float(falls.min() > 0.01)


@claim_of(
    "disentanglement",
    source=f"{PAPER}: good masks don't guarantee a disentangled representation, and depend on sharpness",
    cells=[
        Cell("sharp masks, mixed objects", samples=200, sharpness=1.1, angle=45.0, mask=1.0),
        Cell("blurred masks, separated objects", samples=200, sharpness=0.9, angle=0.0, mask=0.0),
    ],
    decision=by_most,
    alternatives={"OwnBlockAlone": lambda cell: float(cell.angle == 0.0), "Noise": never},
)
def a_segmentation_score_sees_other_things(subject: Subject, cell: Cell, seed: int) -> float:
    """Masks with the best Rand index go with the lowest object level, and those with the worst with the best.

    An image of a background and two objects; its masks are right, and blurred ones lose to the background.
    """
    image = np.repeat([0, 1, 2], [30, 10, 10])
    index = adjusted_rand(image, segmented(image, cell.sharpness))
    made = planted(cell.samples, 2, seed, objects_turned=cell.angle)
    score = shown(subject, made, seed).object.disentanglement
    return float(index == cell.mask and (score < 0.3 if cell.mask else score > 0.7))
