"""Tasks as masks of modules: the codes that are drawn for them, and which of them are held out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, product
from typing import TypeAlias

import numpy as np
from jaxtyping import Float

Mask: TypeAlias = tuple[int, ...]
Task: TypeAlias = tuple[Mask, ...]  # a mask for each generated layer

KINDS = ("random", "non_compositional", "connected", "disconnected", "dense", "diagonal")


def sample_codes(
    masks: list[list[int]], count: int, modules: int, continuous: bool, seed: int
) -> Float[np.ndarray, "count modules"]:
    """Return so many codes, each of a mask that is drawn uniformly; rows are independent.

    A discrete code is the 0/1 vector of its mask, scaled to norm 1. A continuous one is 0.5 + 0.5 v on its
    mask and 0 elsewhere, with v_m = u_m / (1 + sum of u) for independent exponential u; so an active entry
    lies between 0.5 and 1. There is at least one mask; repeating a module in it changes nothing.
    """
    random = np.random.default_rng(np.random.SeedSequence(seed))
    active = np.zeros((len(masks), modules), bool)
    for row, mask in zip(active, masks, strict=True):
        row[list(mask)] = True
    chosen = active[random.integers(len(masks), size=count)]
    if not continuous:
        scaled: np.ndarray = chosen / np.sqrt(chosen.sum(axis=1, keepdims=True))
        return scaled
    u = np.where(chosen, random.exponential(size=chosen.shape), 0.0)
    return np.where(chosen, 0.5 + 0.5 * u / (1 + u.sum(axis=1, keepdims=True)), 0.0)


def mean_of_entries(hot: int) -> float:
    """Return the mean of an active entry of a continuous code with so many: 0.5 + (1 - e E_k(1)) / 2k."""
    from scipy import special

    return 0.5 + 0.5 * (1 - math.e * float(special.expn(hot, 1))) / hot


# Which tasks are trained on


@dataclass(frozen=True)
class Split:
    """The tasks to train on, and those that are held out; a list of connected or disconnected support leaves
    out what is in neither.
    """

    seen: list[Task]
    unseen: list[Task]


def masks_up_to(modules: int, hot: int) -> list[Mask]:
    """Return all masks of 1 to `hot` modules."""
    return [mask for size in range(1, hot + 1) for mask in combinations(range(modules), size)]


def hold_out(modules: int, hot: int, fraction: float, seed: int) -> tuple[list[Mask], list[Mask]]:
    """Split the masks of up to `hot` modules; floor(C(modules, hot) * fraction) of the largest are unseen."""
    largest = list(combinations(range(modules), hot))
    order = np.random.default_rng(np.random.SeedSequence(seed)).permutation(len(largest))
    held = {largest[i] for i in order[: math.floor(len(largest) * fraction)]}
    everything = masks_up_to(modules, hot)
    return [mask for mask in everything if mask not in held], [mask for mask in everything if mask in held]


def split(kind: str, modules: int, hot: int, layers: int = 1, fraction: float = 0.25, seed: int = 0) -> Split:
    """Split the tasks, which have a mask of up to `hot` modules for each layer.

    random: the last floor(N * fraction) of a shuffled list are held out. non_compositional: those whose last
    layer uses the last module. connected: trained on are, in each layer, single modules and pairs of a
    module and one of the next two, cyclically; disconnected: in all layers modules of one half alone, and as
    many in each layer, one or two; in both cases held out is what is in neither list. dense: trained on is
    the task of all modules alone; diagonal: single modules and runs of `hot` modules, cyclically.
    """
    if kind == "random":
        everything = list(product(masks_up_to(modules, hot), repeat=layers))
        order = np.random.default_rng(np.random.SeedSequence(seed)).permutation(len(everything))
        kept = len(everything) - math.floor(len(everything) * fraction)
        return Split([everything[i] for i in order[:kept]], [everything[i] for i in order[kept:]])
    if kind not in KINDS:
        raise ValueError(f"there are no tasks of kind {kind!r}; there are: {', '.join(KINDS)}")
    everything = list(product(masks_up_to(modules, modules if kind == "dense" else hot), repeat=layers))
    rules: dict[str, Callable[[Task], bool]] = {
        "non_compositional": lambda task: modules - 1 not in task[-1],
        "dense": lambda task: all(len(mask) == modules for mask in task),
        "diagonal": lambda task: all(len(mask) == 1 or _run(mask, modules, hot) for mask in task),
        "connected": lambda task: all(_near(mask, modules) for mask in task),
        "disconnected": lambda task: _halved(task, modules),
    }
    rule = rules[kind]
    if kind in ("connected", "disconnected"):
        near, halved = rules["connected"], rules["disconnected"]
        unseen = [task for task in everything if not near(task) and not halved(task)]
    else:
        unseen = [task for task in everything if not rule(task)]
    return Split([task for task in everything if rule(task)], unseen)


def _run(mask: Mask, modules: int, length: int) -> bool:
    return any(set(mask) == {(m + i) % modules for i in range(length)} for m in range(modules))


def _near(mask: Mask, modules: int) -> bool:
    return len(mask) == 1 or (
        len(mask) == 2 and (mask[1] - mask[0]) % modules in (1, 2, modules - 1, modules - 2)
    )


def _halved(task: Task, modules: int) -> bool:
    halves = {m < modules // 2 for mask in task for m in mask}
    sizes = {len(mask) for mask in task}
    return len(halves) == 1 and len(sizes) == 1 and sizes <= {1, 2}


# Targets of the few-shot setting


def soft_targets(
    logits: Float[np.ndarray, "B o"], fixed: Float[np.ndarray, "C o"], temperature: float = 0.1
) -> Float[np.ndarray, "B o"]:
    """Return soft labels: logits standardised by their population on fixed inputs, over the temperature."""
    scores = (logits - fixed.mean(axis=0)) / fixed.std(axis=0) / temperature
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    labels: np.ndarray = chances / chances.sum(axis=1, keepdims=True)
    return labels
