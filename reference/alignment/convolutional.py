"""Small convolutional networks on the digits, in torch: where matching helps, and the networks stay apart.

Four convolutions of 3 x 3 with ReLU, average pooling after the second, the mean over the image, one linear
layer; no biases. A unit is a channel: it answers at every place of every image.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from whp.reference.alignment.digits import BATCH, CLASSES, MOMENTUM, Digits, divided
from whp.reference.alignment.lines import GRID, Line, accuracy, negative_log_likelihood
from whp.reference.alignment.networks import Permutations

CHANNELS, POOLED = (1, 16, 16, 32, 32), 2  # the image is halved before convolution 2
UPDATES = 400
MATCHED_ON = 400  # images
Kernels = list[np.ndarray]  # out x in x 3 x 3 of each convolution, and classes x in of the linear layer


@contextmanager
def torch_alone() -> Iterator[Any]:
    """Give torch, for a while with one thread; raise ValueError where it is missing."""
    try:
        import torch
    except ImportError:
        raise ValueError("convolutions take torch, which is missing: pip install 'whp[torch]'") from None
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield torch
    finally:
        torch.set_num_threads(threads)


def he_kernels(random: np.random.Generator) -> Kernels:
    """Draw normal weights of variance 2 / (inputs of a unit)."""
    shapes: list[tuple[int, ...]] = [(after, before, 3, 3) for before, after in pairwise(CHANNELS)]
    shapes.append((CLASSES, CHANNELS[-1]))
    return [random.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape) for shape in shapes]


def signals(torch: Any, kernels: Sequence[Any], images: Any) -> tuple[Any, list[Any]]:
    """Return the logits, and what each convolution gives after its ReLU."""
    hidden = []
    for t, kernel in enumerate(kernels[:-1]):
        if t == POOLED:
            images = torch.nn.functional.avg_pool2d(images, 2)
        images = torch.relu(torch.nn.functional.conv2d(images, kernel, padding=1))
        hidden.append(images)
    return images.mean(dim=(2, 3)) @ kernels[-1].T, hidden


def single(torch: Any, arrays: Sequence[np.ndarray]) -> list[Any]:
    """Return tensors in single precision."""
    return [torch.tensor(values, dtype=torch.float32) for values in arrays]


def images_of(inputs: np.ndarray) -> np.ndarray:
    """Return rows of 64 as images of one channel."""
    return inputs.reshape(-1, 1, 8, 8)


def train(kernels: Kernels, data: Digits, rate: float, random: np.random.Generator) -> Kernels:
    """Train by SGD with momentum 0.9 on batches of 50, as the other networks."""
    with torch_alone() as torch:
        weights = [values.requires_grad_() for values in single(torch, kernels)]
        (images,) = single(torch, [images_of(data.inputs)])
        labels = torch.tensor(data.labels)
        descent = torch.optim.SGD(weights, rate, MOMENTUM)
        batches: list[np.ndarray] = []
        for _ in range(UPDATES):
            if not batches:
                batches = np.split(random.permutation(len(labels)), len(labels) // BATCH)
            batch = torch.tensor(batches.pop())
            descent.zero_grad()
            logits, _ = signals(torch, weights, images[batch])
            torch.nn.functional.cross_entropy(logits, labels[batch]).backward()
            descent.step()
        return [values.detach().double().numpy() for values in weights]


def activations(kernels: Kernels, inputs: np.ndarray) -> list[np.ndarray]:
    """Return what the channels of each convolution answer: a column a channel, a row a place of an image."""
    with torch_alone() as torch, torch.no_grad():
        (images,) = single(torch, [images_of(inputs)])
        _, hidden = signals(torch, single(torch, kernels), images)
        return [
            np.ascontiguousarray(np.moveaxis(values.double().numpy(), 1, 3).reshape(-1, values.shape[1]))
            for values in hidden
        ]


def permute(kernels: Kernels, permutations: Permutations) -> Kernels:
    """Return the kernels with their channels moved: new channel i is old channel p[i]."""
    rows = [*permutations, np.arange(CLASSES)]
    columns = [np.arange(1), *permutations]
    return [kernel[p][:, q] for kernel, p, q in zip(kernels, rows, columns, strict=True)]


def line(first: Kernels, second: Kernels, inputs: np.ndarray, labels: np.ndarray) -> Line:
    """Measure the line between two networks, at eleven points."""
    told = []
    with torch_alone() as torch, torch.no_grad():
        (images,) = single(torch, [images_of(inputs)])
        for weight in GRID.tolist():
            mixed = [weight * one + (1 - weight) * other for one, other in zip(first, second, strict=True)]
            told.append(signals(torch, single(torch, mixed), images)[0].double().numpy())
    return Line(
        GRID,
        np.array([negative_log_likelihood(logits, labels) for logits in told]),
        np.array([accuracy(logits, labels) for logits in told]),
    )


@dataclass(frozen=True)
class ConvolutionalPair:
    """Two networks, drawn and trained independently on the same digits."""

    data: Digits
    initial: tuple[Kernels, Kernels]
    trained: tuple[Kernels, Kernels]


def pair(rate: float, seed: int) -> ConvolutionalPair:
    """Draw and train two networks; raise ValueError where scikit-learn or torch are missing."""
    dividing, *drawing, one, other = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(5))
    data = divided(dividing)
    first, second = (he_kernels(random) for random in drawing)
    trained = train(first, data, rate, one), train(second, data, rate, other)
    return ConvolutionalPair(data, (first, second), trained)
