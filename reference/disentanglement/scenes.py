"""Planted scenes: slot-structured codes of which it is known what holds what."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True)
class Scenes:
    """Samples of a slot model that might be, and what they were made of."""

    latents: Float[np.ndarray, "N S d"]
    factors: Float[np.ndarray, "N K m"]  # independent, uniform between -1 and 1
    slots: Int[np.ndarray, "N K"]  # the slot that holds each object

    @property
    def ordered(self) -> Float[np.ndarray, "N K*d"]:
        """The latents of the slots that hold an object, in the order of the objects."""
        chosen = np.take_along_axis(self.latents, self.slots[:, :, None], axis=1)
        return chosen.reshape(len(chosen), -1)

    @property
    def flat(self) -> Float[np.ndarray, "N K*m"]:
        """The factors of the objects, one object after the other."""
        return self.factors.reshape(len(self.factors), -1)


def planted(
    samples: int,
    objects: int,
    seed: int,
    *,
    properties: int = 2,
    empty: int = 0,
    leak: float = 0.0,
    objects_turned: float = 0.0,
    properties_turned: float = 0.0,
    noise: float = 0.05,
) -> Scenes:
    """Draw scenes: each object's slot holds its properties, and one dimension more that holds noise alone.

    `leak` is the share of each slot that is the mean of the other objects. `objects_turned` is an angle in
    degrees by which the first two objects are mixed, each dimension with itself; `properties_turned` one by
    which the first two properties are mixed in every slot; at 45 degrees nothing is left apart. `empty` slots
    hold no object. In each sample the slots are in a random order.
    """
    random = np.random.default_rng(np.random.SeedSequence(seed))
    factors = random.uniform(-1, 1, (samples, objects, properties))
    held = np.zeros((samples, objects + empty, properties + 1))
    held[:, :objects, :properties] = factors
    if leak:
        own = held[:, :objects].copy()
        others = (own.sum(axis=1, keepdims=True) - own) / (objects - 1)
        held[:, :objects] = (1 - leak) * own + leak * others
    held[:, :2] = turned(objects_turned, held[:, :2], axis=1)
    held[:, :, :2] = turned(properties_turned, held[:, :, :2], axis=2)
    held += noise * random.standard_normal(held.shape)
    slots = random.permuted(np.tile(np.arange(objects + empty), (samples, 1)), axis=1)
    latents = np.empty_like(held)
    np.put_along_axis(latents, slots[:, :, None], held, axis=1)
    return Scenes(latents, factors, slots[:, :objects])


def turned(degrees: float, pair: Float[np.ndarray, "*shape"], axis: int) -> Float[np.ndarray, "*shape"]:
    """Rotate the two entries along an axis by an angle."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    first, second = np.moveaxis(pair, axis, 0)
    return np.stack([cos * first + sin * second, cos * second - sin * first], axis)


def relabelled(found: Int[np.ndarray, "N K"], planted: Int[np.ndarray, "N K"]) -> float:
    """Return the share of samples that are aligned rightly, up to one relabelling for all.

    The relabelling is read from the samples: that in which most of them agree.
    """
    where = (found[:, :, None] == planted[:, None, :]) @ np.arange(1, found.shape[1] + 1)
    _, counts = np.unique(where[(where > 0).all(axis=1)], axis=0, return_counts=True)
    return float(counts.max() / len(found)) if len(counts) else 0.0
