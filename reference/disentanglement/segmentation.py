"""The score of segmentation masks that the metric is compared with."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int


def adjusted_rand(first: Int[np.ndarray, "N"], second: Int[np.ndarray, "N"]) -> float:
    """Return the adjusted Rand index of two partitions, given by labels 0, 1, ...: 1 where they are equal.

    Of the pairs of points that lie together in the first and those that do in the second, those that do in
    both are counted, less the number expected of random labels, over the largest that might be.
    """
    table = np.zeros((first.max() + 1, second.max() + 1), np.int64)
    np.add.at(table, (first, second), 1)

    def pairs(counts: Int[np.ndarray, "..."]) -> float:
        return float((counts * (counts - 1)).sum()) / 2

    both, one, other = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    every = pairs(np.array([len(first)]))
    expected = one * other / every if every else 0.0
    largest = (one + other) / 2
    return (both - expected) / (largest - expected) if largest != expected else 1.0


def segmented(objects: Int[np.ndarray, "N"], sharpness: float) -> Int[np.ndarray, "N"]:
    """Return the labels that masks give to points, label 0 the background's mask.

    A mask has the logit `sharpness` on its own object and 0 elsewhere, that of the background 1 everywhere;
    each point goes to the mask with the largest.
    """
    logits = np.zeros((len(objects), int(objects.max()) + 1))
    logits[np.arange(len(objects)), objects] = sharpness
    logits[:, 0] = 1.0
    return labels_of(logits)


def labels_of(masks: Float[np.ndarray, "N K"]) -> Int[np.ndarray, "N"]:
    """Return the mask with the largest value at each point."""
    largest: np.ndarray = masks.argmax(axis=1)
    return largest
