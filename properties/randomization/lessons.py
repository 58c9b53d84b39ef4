"""Learners and batches that they recall, and the relaxed loss with its gradient, written once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from hypothesis import strategies as st

from whp.properties.generators import rounded
from whp.reference.randomization import Learner
from whp.reference.randomization.training import networks

Arrays: TypeAlias = dict[str, np.ndarray]


NEAR = 0.3  # a bound on the gradient's norm that about half of the first updates exceed


@dataclass(frozen=True)
class Lesson:
    """A learner, and seeds and values of a batch; the numbers in it are drawn by `seed`.

    `signs`: "any", so that seeds and values are made of -1 and 1; or "one", so that no two terms of the
    gradient cancel: all numbers are positive.
    """

    ids: int = 3
    width: int = 2
    hidden: int = 5
    bits: int = 2
    seeds: int = 4
    batch: int = 3
    q: float = 4.0
    signs: str = "any"
    dtype: str = "float64"
    clip: float | None = 0.1
    seed: int = 0

    def random(self, which: int) -> np.random.Generator:
        """Return the generator of some of its numbers."""
        return np.random.default_rng([self.seed, which])

    def learner(self) -> Learner:
        """Draw a learner, with outputs of half the size of where training starts, and with biases."""
        random = self.random(0)
        drawn: Arrays = networks(random, 2, self.ids + self.bits, self.width, self.hidden)
        drawn["second"] /= 2
        for name in ("bias", "last"):
            drawn[name] = random.standard_normal(drawn[name].shape) / 4
        if self.signs == "one":
            drawn = {name: np.abs(array) / 2 for name, array in drawn.items()}
        return Learner(**{name: rounded(array) for name, array in drawn.items()})

    def batches(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw seeds [count, m, s] and values [count, B, N]."""
        random = self.random(1)
        shapes = (count, self.seeds, self.bits), (count, self.batch, self.ids)
        if self.signs == "one":
            seeds, values = (rounded(random.uniform(0.25, 1, shape)) for shape in shapes)
        else:
            seeds, values = (2.0 * random.integers(0, 2, shape) - 1 for shape in shapes)
        return seeds, values

    def question(self) -> dict[str, Any]:
        """Return the arguments of `learner_gradient`."""
        seeds, values = self.batches(1)
        return {"learner": self.learner(), "seeds": seeds[0], "values": values[0], "q": self.q}

    def training(self, updates: int) -> dict[str, Any]:
        """Return the arguments of `learner_train`, but for the device."""
        seeds, values = self.batches(updates)
        asked = {"learner": self.learner(), "seeds": seeds, "values": values, "q": self.q}
        return {**asked, "rate": 0.01, "clip": self.clip, "dtype": self.dtype}


SEEDS = st.integers(0, 2**32)
QS = st.sampled_from((1.0, 1.5, 2.0, 4.0, 8.0))
SIGNS = st.sampled_from(("any", "one"))


def lessons() -> st.SearchStrategy[Lesson]:
    """Draw a learner of any size, and a batch."""
    few = st.integers(1, 4)
    return st.builds(Lesson, few, st.integers(1, 3), st.integers(1, 6), few, few, few, QS, SIGNS, seed=SEEDS)


def trainings(signs: str) -> st.SearchStrategy[Lesson]:
    """Draw a training."""
    return st.builds(
        Lesson,
        width=st.integers(1, 3),
        q=QS,
        signs=st.just(signs),
        dtype=st.sampled_from(("float64", "float32")),
        clip=st.sampled_from((0.1, NEAR, None)),
        seed=SEEDS,
    )


# The definition: input by input and seed by seed, and how far a rounding of each term carries.


def losses(learner: Mapping[str, np.ndarray], seeds: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the mean loss over seeds of each row of values and each query of it, [B, N]."""
    means: np.ndarray = np.logaddexp(0, -_Pass(learner, seeds, values).margins).mean(axis=0)
    return means


def relaxed(learner: Mapping[str, np.ndarray], seeds: np.ndarray, values: np.ndarray, q: float) -> float:
    """Return the mean over inputs of the q-th powers of those, to the power 1/q."""
    return float(np.mean(losses(learner, seeds, values) ** q) ** (1 / q))


def slopes(learner: Mapping[str, np.ndarray], seeds: np.ndarray, values: np.ndarray, q: float) -> Arrays:
    """Return the gradient of that at each array: a sum over seeds, inputs and tokens."""
    forward = _Pass(learner, seeds, values)
    return forward.back(-_share(learner, seeds, values, q) / (1 + np.exp(forward.margins)) / len(seeds))


def terms(
    learner: Mapping[str, np.ndarray], seeds: np.ndarray, values: np.ndarray, q: float
) -> tuple[float, Arrays]:
    """Return how far a rounding of each term carries, in the loss and at each array, times 1 / u.

    The forward pass on absolute values, without the tanh, is more than any of its values, and than what
    roundings can do to them, since no slope of tanh, and none of a loss, is above 1. A relative error of a
    mean loss counts q - 1 times in what its input weighs, and so does that of the relaxed loss.
    """
    absolute = {name: np.abs(array) for name, array in learner.items()}
    forward = _Pass(absolute, np.abs(seeds), np.abs(values), absolute=True)
    of_losses = 1 + forward.margins.mean(axis=0)
    share, means = _share(learner, seeds, values, q), losses(learner, seeds, values)
    of_value = float((share * of_losses).sum())
    in_share = share * (1 + (q - 1) * (of_losses / means + of_value / relaxed(learner, seeds, values, q)))
    return of_value, forward.back(in_share * (1 + forward.margins) / len(seeds))


def _share(learner: Mapping[str, np.ndarray], seeds: np.ndarray, values: np.ndarray, q: float) -> np.ndarray:
    """Return the slope of the relaxed loss at the mean loss of each input."""
    means = losses(learner, seeds, values)
    share: np.ndarray = (means / relaxed(learner, seeds, values, q)) ** (q - 1) / means.size
    return share


class _Pass:
    """Margins [m, B, N], and the way back; for k = 0, 1, keys and queries are [m, N, w]."""

    def __init__(
        self, p: Mapping[str, np.ndarray], seeds: np.ndarray, values: np.ndarray, absolute: bool = False
    ) -> None:
        ids = values.shape[1]
        entered = np.einsum("ms,ksh->kmh", seeds, p["first"][:, ids:]) + p["bias"]
        entered = p["first"][:, None, :ids] + entered[:, :, None]
        self.hidden = entered if absolute else np.tanh(entered)
        self.bent = 1 + 2 * entered if absolute else 1 - self.hidden**2
        self.keys, self.queries = np.einsum("kmih,khc->kmic", self.hidden, p["second"]) + p["last"][:, None]
        self.second, self.seeds, self.values = p["second"], seeds, values
        self.margins = np.einsum("bx,bi,mic,mxc->mbx", values, values, self.keys, self.queries)

    def back(self, at_margin: np.ndarray) -> Arrays:
        """Return the gradient at each array."""
        ways = "mbx,bx,bi,mxc->mic", "mbx,bx,bi,mic->mxc"
        at_given = np.stack(
            [
                np.einsum(way, at_margin, self.values, self.values, other)
                for way, other in zip(ways, (self.queries, self.keys), strict=True)
            ]
        )
        at_entry = np.einsum("kmic,khc,kmih->kmih", at_given, self.second, self.bent)
        of_seeds = np.einsum("ms,kmih->ksh", self.seeds, at_entry)
        return {
            "first": np.concatenate([at_entry.sum(axis=1), of_seeds], axis=1),
            "bias": at_entry.sum(axis=(1, 2))[:, None],
            "second": np.einsum("kmih,kmic->khc", self.hidden, at_given),
            "last": at_given.sum(axis=(1, 2))[:, None],
        }


def moved(learner: Learner, by: int) -> Learner:
    """Return the same learner with hidden units and entries of keys moved on by so many places."""
    return Learner(
        np.roll(learner.first, by, axis=2),
        np.roll(learner.bias, by, axis=2),
        np.roll(learner.second, (by, by), axis=(1, 2)),
        np.roll(learner.last, by, axis=2),
    )
