"""Which slot holds which object: alternating assignment and fitting.

A slot model returns its slots in any order. Given an order in each sample, a probe is fitted that predicts
the factors of all objects from all slots that hold one; given the probe, each sample takes the order that it
predicts best; and so on, until no order changes. The probe is linear, with few parameters: one that can learn
its samples by heart, such as a forest, finds the order it was fitted to best, whatever that was.

Neither step lets the loss rise. It ends in a local optimum, so that it is begun several times, each time from
random orders: objects that can be exchanged would keep each other in place from a common one. Since every
factor is predicted from all slots, exchanging two slots in all samples changes nothing: of the answers that
are as good, the one is given in which slots tell most of the objects that they are said to hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import linear_sum_assignment

RESTARTS, ITERATIONS = 8, 50
RIDGE = 1e-3
SAME = 1e-9


@dataclass(frozen=True)
class Fit:
    """Where one start ended."""

    order: Int[np.ndarray, "N K"]  # the slot of each object
    losses: list[float]  # after each fitting


def aligned(
    latents: Float[np.ndarray, "N S d"], factors: Float[np.ndarray, "N K m"], seed: int
) -> Int[np.ndarray, "N K"]:
    """Return the slot of each object in each sample, of the start with the smallest loss."""
    random = np.random.default_rng(np.random.SeedSequence(seed))
    samples, slots, _ = latents.shape
    fits = []
    for _ in range(RESTARTS):
        start = np.tile(np.arange(slots), (samples, 1))
        start = random.permuted(start, axis=1)[:, : factors.shape[1]]
        fits.append(alternate(latents, factors, start))
    return to_their_own(latents, factors, min(fits, key=lambda fit: fit.losses[-1]).order)


def to_their_own(
    latents: Float[np.ndarray, "N S d"], factors: Float[np.ndarray, "N K m"], order: Int[np.ndarray, "N K"]
) -> Int[np.ndarray, "N K"]:
    """Exchange slots, in all samples alike, so that they tell most of the objects they are said to hold."""
    objects = order.shape[1]
    targets = standardised(factors).reshape(len(factors), -1)
    weights, _ = fitted(in_order(standardised(latents), order), targets)
    told = (weights[:-1].reshape(objects, -1, objects, factors.shape[2]) ** 2).sum(axis=(1, 3))
    places = linear_sum_assignment(told.T, maximize=True)[1]  # of each object
    return order[:, places]


def alternate(
    latents: Float[np.ndarray, "N S d"], factors: Float[np.ndarray, "N K m"], order: Int[np.ndarray, "N K"]
) -> Fit:
    """Fit and assign in turn, from one start, until no order changes."""
    slots = standardised(latents)
    targets = standardised(factors).reshape(len(factors), -1)
    losses: list[float] = []
    for _ in range(ITERATIONS):
        weights, loss = fitted(in_order(slots, order), targets)
        losses.append(loss)
        found = assigned(slots, targets, weights, order)
        if np.array_equal(found, order):
            break
        order = found
    return Fit(order, losses)


def fitted(
    inputs: Float[np.ndarray, "N n"], targets: Float[np.ndarray, "N t"]
) -> tuple[Float[np.ndarray, "n+1 t"], float]:
    """Return the weights of a ridge regression, the last row for a constant 1, and its loss."""
    inputs = np.column_stack([inputs, np.ones(len(inputs))])
    penalty = RIDGE * len(inputs)
    weights = np.linalg.solve(inputs.T @ inputs + penalty * np.eye(inputs.shape[1]), inputs.T @ targets)
    missed = ((targets - inputs @ weights) ** 2).sum()
    return weights, float(missed + penalty * (weights**2).sum())


def assigned(
    slots: Float[np.ndarray, "N S d"],
    targets: Float[np.ndarray, "N t"],
    weights: Float[np.ndarray, "n+1 t"],
    order: Int[np.ndarray, "N K"],
) -> Int[np.ndarray, "N K"]:
    """Return, for each sample, the order that the probe predicts from best; the given one if none is better.

    What slot s adds to the prediction at place o is p(s, o), so that an order o -> s(o) has the loss
    |rest - sum of p(s(o), o)|^2: a sum of terms of one slot and of two, made once for all orders.
    """
    samples, count, width = slots.shape
    objects = order.shape[1]
    pieces = weights[:-1].reshape(objects, width, -1)
    parts = np.einsum("nsd,odt->nsot", slots, pieces).reshape(samples, count * objects, -1)
    rest = targets - weights[-1]
    products = parts @ parts.transpose(0, 2, 1)
    two = np.ascontiguousarray(2 * products.transpose(1, 2, 0))
    own = np.einsum("nii->in", products) - 2 * np.einsum("nit,nt->in", parts, rest)

    def cost(place: int, slot: int, before: tuple[int, ...]) -> Float[np.ndarray, "N"]:
        """Return what a slot at a place adds to the loss, after those before it."""
        index = slot * objects + place
        added: np.ndarray = own[index].copy()
        for earlier, other in enumerate(before):
            added += two[other * objects + earlier, index]
        return added

    rows = np.arange(samples)
    index = order * objects + np.arange(objects)
    best = own[index, rows[:, None]].sum(axis=1)
    for first, second in combinations(range(objects), 2):
        best += two[index[:, first], index[:, second], rows]
    best -= SAME * (1 + (rest**2).sum(axis=1))  # another order has to be better by more than rounding
    found = order.copy()

    def look(before: tuple[int, ...], lost: Float[np.ndarray, "N"]) -> None:
        """Try all orders that begin with these slots."""
        place = len(before)
        if place == objects:
            better = lost < best
            best[better] = lost[better]
            found[better] = before
            return
        for slot in range(count):
            if slot not in before:
                look((*before, slot), lost + cost(place, slot, before))

    look((), np.zeros(samples))
    return found


def in_order(
    latents: Float[np.ndarray, "N S d"], slots: Int[np.ndarray, "N K"]
) -> Float[np.ndarray, "N K*d"]:
    """Return the latents of the slots that hold an object, one after the other."""
    chosen = np.take_along_axis(latents, slots[:, :, None], axis=1)
    return chosen.reshape(len(latents), -1)


def standardised(values: Float[np.ndarray, "N s d"]) -> Float[np.ndarray, "N s d"]:
    """Return them with a mean of 0 and a variance of 1 in each dimension, over all samples and slots."""
    varies = values.min(axis=(0, 1)) < values.max(axis=(0, 1))
    centred = np.where(varies, values - values.mean(axis=(0, 1)), 0.0)
    spread = np.sqrt((centred**2).mean(axis=(0, 1)))
    return centred / np.where(spread > 0, spread, 1.0)
