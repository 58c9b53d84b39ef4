"""Mistakes that are made in the training of any model: its arithmetic, Adam, clipping, the order of batches.

A network that is trained says how it is by `Trained`; `mistaken(network)` are its impostors.
"""

from __future__ import annotations

import inspect
import math
import random

import numpy as np

from whp.impostors import rejected_by

FIRST, COURSE = "a_first_update_shows_the_gradient", "first_updates_take_the_course_of_float64"
AGAIN = "one_question_has_one_answer"


class Trained:
    """What is right, whatever the network: its products of matrices, and Adam with clipping."""

    def dot(self, a, b):
        return a @ b

    def descend(self, gradient, parameters, inputs, targets, rate, clip, dtype):
        now = {name: value.astype(self.kind(dtype)) for name, value in parameters.items()}
        means = {name: (np.zeros_like(value), np.zeros_like(value)) for name, value in now.items()}
        losses = []
        for step in self.batches(len(inputs)):
            loss, slopes = gradient(now, self.read(inputs[step], dtype), self.read(targets[step], dtype))
            losses.append(loss)
            slopes = self.clipped(slopes, clip)
            for name, g in slopes.items():
                m, v = means[name]
                means[name] = m, v = self.averaged(m, v, g)
                now[name] = self.stepped(now[name], m, v, len(losses), rate)
        return losses, now

    def kind(self, dtype):
        return dtype

    def read(self, array, dtype):
        return array.astype(self.kind(dtype)) if array.dtype.kind == "f" else array

    def batches(self, updates):
        return range(updates)

    def clipped(self, slopes, clip):
        if clip is None:
            return slopes
        size = float(np.sqrt(sum(float((g * g).sum()) for g in slopes.values())))
        return {name: g * self.shrinks_by(size, clip) for name, g in slopes.items()}

    def shrinks_by(self, size, clip):
        return min(1.0, clip / size) if size else 1.0

    def averaged(self, m, v, g):
        return 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g

    def stepped(self, value, m, v, update, rate):
        root = np.sqrt(v / (1 - 0.999**update))
        return value - rate * (m / (1 - 0.9**update)) / (root + 1e-8)


def mistaken(network):
    """Return the impostors that a network becomes by each of the mistakes here, by name."""
    return {
        name: rejected_by(*mistake.seen_by)(type(name, (mistake, network), {"__doc__": mistake.__doc__}))
        for name, mistake in globals().items()
        if inspect.isclass(mistake) and "seen_by" in vars(mistake)
    }


# Right ones with other rounding errors


class SumsBackwards:
    """Sums from the last product to the first."""

    def dot(self, a, b):
        return a[:, ::-1] @ b[::-1]


class LongSums:
    """Multiplies in the precision that is asked for, and sums in float64."""

    def dot(self, a, b):
        exact = (a[:, :, None] * b[None]).sum(axis=1, dtype=np.float64)
        return exact.astype(np.result_type(a, b))


# The arithmetic


class Rounding:
    """Products of float32 numbers with fewer bits, and sums in float32."""

    bits = 24

    def dot(self, a, b):
        return self.fewer(a) @ self.fewer(b) if a.dtype == np.float32 else a @ b

    def fewer(self, x):
        """Round to the nearest number with so many bits."""
        drop = np.uint32(24 - self.bits)
        whole = np.ascontiguousarray(x).view(np.uint32)
        half = np.uint32(1 << int(drop) >> 1)
        return ((whole + half) >> drop << drop).view(np.float32)


class TensorFloat(Rounding):
    """Multiplies float32 numbers as tensor cores do that are allowed to: with 11 bits (TF32)."""

    seen_by = FIRST, COURSE
    bits = 11


class BrainFloat(Rounding):
    """Multiplies in bfloat16 under the label of float32, as autocast does."""

    seen_by = FIRST, COURSE
    bits = 8


class SingleUnderDouble:
    """Trains in float32 whatever is asked for."""

    seen_by = FIRST, COURSE

    def kind(self, dtype):
        return "float32"


class SumsInAnyOrder:
    """Sums as threads come, and says nothing of it."""

    seen_by = (AGAIN,)

    def dot(self, a, b):
        order = list(range(a.shape[1]))
        random.shuffle(order)
        return a[:, order] @ b[order]


# Adam


class LargeEpsilon:
    """Adds 1e-7 to the root, as Keras does."""

    seen_by = FIRST, COURSE

    def stepped(self, value, m, v, update, rate):
        root = np.sqrt(v / (1 - 0.999**update))
        return value - rate * (m / (1 - 0.9**update)) / (root + 1e-7)


class EpsilonUnderTheRoot:
    """Adds 1e-8 under the root."""

    seen_by = FIRST, COURSE

    def stepped(self, value, m, v, update, rate):
        return value - rate * (m / (1 - 0.9**update)) / np.sqrt(v / (1 - 0.999**update) + 1e-8)


class EpsilonBeforeTheCorrection:
    """Adds 1e-8 to the root before v is corrected for its start, as the paper's faster form does."""

    seen_by = FIRST, COURSE

    def stepped(self, value, m, v, update, rate):
        corrected = rate * np.sqrt(1 - 0.999**update) / (1 - 0.9**update)
        return value - corrected * m / (np.sqrt(v) + 1e-8)


class NoCorrection:
    """Doesn't correct the running means for their start at zero."""

    seen_by = (COURSE,)

    def stepped(self, value, m, v, update, rate):
        return value - rate * m / (np.sqrt(v) + 1e-8)


class CorrectionOneLate:
    """Counts the updates from 0, and corrects with 2 at the first, to divide by nothing that is 0."""

    seen_by = (COURSE,)

    def stepped(self, value, m, v, update, rate):
        return super().stepped(value, m, v, update + 1, rate)


class CorrectsForAWhile:
    """Corrects the running means in the first 40 updates, as if no more were left to correct."""

    def stepped(self, value, m, v, update, rate):
        return super().stepped(value, m, v, update if update <= 40 else math.inf, rate)


class SlowerMeans:
    """Keeps 0.99 of the mean of squares, as another method does."""

    seen_by = (COURSE,)

    def averaged(self, m, v, g):
        return 0.9 * m + 0.1 * g, 0.99 * v + 0.001 * g * g


class DecaysWeights:
    """Lets the weights decay by 1e-4 of the rate, as a default may have it."""

    seen_by = (COURSE,)

    def stepped(self, value, m, v, update, rate):
        return super().stepped(value, m, v, update, rate) - value * (rate * 1e-4)


# Clipping


class NeverClips:
    """Leaves the clipping out."""

    seen_by = COURSE, FIRST

    def clipped(self, slopes, clip):
        return slopes


class ClipsUnasked:
    """Clips at 0.25 where no bound is given, as a default may have it."""

    seen_by = (COURSE,)

    def clipped(self, slopes, clip):
        return super().clipped(slopes, 0.25 if clip is None else clip)


class ClipsEntries:
    """Clips each entry in place of the norm."""

    seen_by = COURSE, FIRST

    def clipped(self, slopes, clip):
        return slopes if clip is None else {name: np.clip(g, -clip, clip) for name, g in slopes.items()}


class ClipsEachArray:
    """Clips the norm of each array by itself."""

    seen_by = COURSE, FIRST

    def clipped(self, slopes, clip):
        alone = super().clipped
        return {name: alone({name: g}, clip)[name] for name, g in slopes.items()}


class ScalesUpToTheBound:
    """Brings every gradient to the bound, a smaller one too."""

    seen_by = (COURSE,)

    def shrinks_by(self, size, clip):
        return clip / size if size else 1.0


class ClipsWithAMargin:
    """Divides by the norm plus 1e-6, as torch.nn.utils.clip_grad_norm_ does."""

    seen_by = FIRST, COURSE

    def shrinks_by(self, size, clip):
        return min(1.0, clip / (size + 1e-6))


class NormalisesFirst:
    """Divides by the norm, and multiplies by the norm or the bound, whichever is less."""

    def shrinks_by(self, size, clip):
        with np.errstate(invalid="ignore"):
            return float(np.float64(min(size, clip)) / size)


# The loop


class SlopesAccumulate:
    """Never sets the gradient back to zero."""

    seen_by = (COURSE,)

    def clipped(self, slopes, clip):
        self.sums = {name: g + self.sums.get(name, 0.0) for name, g in slopes.items()}
        return super().clipped(self.sums, clip)

    def descend(self, *asked):
        self.sums = {}
        return super().descend(*asked)


class AnotherOrder:
    """Shuffles the batches, as a loader does."""

    seen_by = (COURSE,)

    def batches(self, updates):
        return random.Random(1).sample(range(updates), updates)


class LossAfterTheUpdate:
    """Tells the loss of a batch after its update."""

    seen_by = (COURSE,)

    def descend(self, gradient, parameters, inputs, targets, rate, clip, dtype):
        losses, last = super().descend(gradient, parameters, inputs, targets, rate, clip, dtype)
        again, _ = gradient(last, self.read(inputs[-1], dtype), self.read(targets[-1], dtype))
        return [*losses[1:], again], last
