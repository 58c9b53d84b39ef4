"""One student of one random teacher, looked at while it learns."""

from __future__ import annotations

import math

import numpy as np

from whp.reference.hyperteacher import learning
from whp.reference.hyperteacher.files import Read
from whp.reference.hyperteacher.fitting import DONE, Fit, adapt, courses
from whp.reference.hyperteacher.network import apply, relative_loss
from whp.reference.hyperteacher.recovery import identification
from whp.reference.hyperteacher.tasks import masks_up_to

STUDENTS = ("exact", *learning.KINDS)
INPUTS, ROWS, FEW = 5, 60, 8  # of a task: inputs, and how many rows of them; few for meta-learning
LOOKS = 12

Losses = dict[str, list[float]]


def normalised(masks: list[list[int]], count: int) -> np.ndarray:
    """Return the discrete codes of masks."""
    codes = np.zeros((len(masks), count))
    for code, mask in zip(codes, masks, strict=True):
        code[mask] = 1 / math.sqrt(len(set(mask)))
    return codes


def unseen_of(read: Read) -> list[list[int]]:
    """Return the single modules, the pairs, and all at once, as far as they are no task."""
    seen = {tuple(sorted(set(mask))) for mask in read.masks}
    wanted = dict.fromkeys([*masks_up_to(read.count, min(2, read.count)), tuple(range(read.count))])
    return [list(mask) for mask in wanted if mask not in seen]


def try_out(
    read: Read, student: str, width: int, student_width: int, outputs: int, steps: int, seed: int
) -> tuple[list[int], Losses, float | None]:
    """Return the steps at which it was looked, the largest relative losses then, and the identification.

    Raises ValueError if there is no unseen combination, ModuleNotFoundError without torch if it is needed.
    """
    unseen = unseen_of(read)
    if not unseen:
        raise ValueError("the support has all single modules, pairs, and all at once: none is unseen")
    random = np.random.default_rng(np.random.SeedSequence(seed))
    modules = random.standard_normal((read.count, INPUTS, width))
    readout = random.standard_normal((width, outputs))
    codes, others = normalised(read.masks, read.count), normalised(unseen, read.count)
    if student == "exact":
        return _exact(modules, readout, codes, others, student_width, random)
    return _learned(student, modules, readout, codes, others, student_width, steps, seed)


def _asked(
    modules: np.ndarray, readout: np.ndarray, codes: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    inputs = random.uniform(-math.sqrt(3), math.sqrt(3), (len(codes), ROWS, INPUTS))
    return inputs, np.array([apply(modules, readout, z, x) for z, x in zip(codes, inputs, strict=True)])


def _exact(
    modules: np.ndarray,
    readout: np.ndarray,
    codes: np.ndarray,
    others: np.ndarray,
    width: int,
    random: np.random.Generator,
) -> tuple[list[int], Losses, float | None]:
    inputs, targets = _asked(modules, readout, codes, random)
    new, wanted = _asked(modules, readout, others, random)
    goal = DONE * 1e4 * float(np.mean(targets**2))
    kept: list[tuple[Fit, float]] = []
    for course in courses(inputs, targets, width, len(modules), int(random.integers(2**53))):
        run = list(course)
        if not kept or run[-1][1] < kept[-1][1]:
            kept = run
        if kept[-1][1] <= goal:
            break
    looks = sorted({round(i * (len(kept) - 1) / (LOOKS - 1)) for i in range(LOOKS)})
    losses: Losses = {"seen": [], "unseen": []}
    for at in looks:
        student, _ = kept[at]
        found = [adapt(student.modules, student.readout, x, y, 0) for x, y in zip(new, wanted, strict=True)]
        for name, those, x, y in (("seen", student.codes, inputs, targets), ("unseen", found, new, wanted)):
            got = [apply(student.modules, student.readout, z, row) for z, row in zip(those, x, strict=True)]
            losses[name].append(max(map(relative_loss, got, y)))
    last = kept[-1][0]
    return looks, losses, identification(modules, codes, last.modules, last.codes)


def _learned(
    kind: str,
    modules: np.ndarray,
    readout: np.ndarray,
    codes: np.ndarray,
    others: np.ndarray,
    width: int,
    steps: int,
    seed: int,
) -> tuple[list[int], Losses, float | None]:
    modular = kind == "modular"
    course = learning.Course(steps, 1e-2 if modular else 5e-3, 15, 0.15 if modular else 0.03)
    sizes = INPUTS, width if modular else width * len(modules), readout.shape[1]
    student = learning.begin("modular" if modular else "monolithic", 1, sizes, len(modules), course, seed)
    losses: Losses = {"seen": [], "unseen": []}
    looks: list[int] = []
    draws = {
        name: learning.tasks_of_teachers(modules[None], readout[None], those, 16, FEW)
        for name, those in (("seen", codes), ("unseen", others))
    }

    def look(step: int) -> None:
        looks.append(step)
        for name, draw in draws.items():
            random = np.random.default_rng(np.random.SeedSequence([seed, 2]))
            losses[name].append(float(student.loss(draw(random))[0]))

    every = max(1, steps // LOOKS)
    learning.learn(
        student,
        draws["seen"],
        seed,
        lambda step: look(step) if step in (steps, *range(0, steps, every)) else None,
    )
    return looks, losses, None
