"""Networks to ask about, their numbers drawn by a seed, and the model's definition written once more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from whp.properties.generators import rounded
from whp.properties.parity import UPDATES
from whp.reference import hierarchy
from whp.reference.hierarchy.copying import WIDTH, copy_task, start
from whp.reference.hierarchy.network import depth, ended

PAPER = "arXiv:1910.05245"
CONTRACT = "the contract of hierarchy"
MODEL = "the model of hierarchy's contract"


@dataclass(frozen=True)
class Net:
    """A network, its input and what is asked of it; the numbers in it are drawn by `seed`."""

    levels: int = 2
    period: int = 2
    steps: int = 5
    batch: int = 2
    inputs: int = 2
    hidden: int = 3
    classes: int = 3
    cell: str = "tanh"
    decoder: str = "squared"
    seed: int = 0
    loud: float = 1.0  # times the weights that logits are read by

    def random(self) -> np.random.Generator:
        """Return the generator of its numbers."""
        return np.random.default_rng(self.seed)

    def parameters(self) -> dict[str, np.ndarray]:
        """Draw parameters, in +- 1 / sqrt(h), so that rounding errors don't grow from state to state."""
        sizes = self.levels, self.period, self.inputs, self.hidden, self.classes
        drawn = start(*sizes, self.cell, self.random())
        drawn["out.weight"] *= self.loud
        return {name: rounded(value) for name, value in drawn.items()}

    def shown(self) -> np.ndarray:
        """Draw inputs: one-hot ones where they are to be decoded as symbols."""
        random, shape = self.random(), (self.steps, self.batch, self.inputs)
        if self.decoder == "softmax":
            return np.eye(self.inputs)[random.integers(0, self.inputs, shape[:2])]
        return rounded(random.normal(size=shape))

    def question(self, cut: bool, targets: np.ndarray | None = None, weight: float = 1.0) -> dict[str, Any]:
        """Return the arguments of `gradient`; some targets are absent unless they are given."""
        random = self.random()
        drawn = random.integers(-1, self.classes, (self.steps, self.batch))
        weights = rounded(random.uniform(0.5, 2.0, self.levels - 1) * weight)
        return {
            "parameters": self.parameters(),
            "inputs": self.shown(),
            "targets": drawn if targets is None else targets,
            "period": self.period,
            "cut": cut,
            "weights": weights,
            "decoder": self.decoder,
        }

    def run(self) -> dict[str, Any]:
        """Return the arguments of `forward`."""
        return {"parameters": self.parameters(), "inputs": self.shown(), "period": self.period}


@st.composite
def nets(draw: st.DrawFn, min_levels: int = 1, min_steps: int = 1) -> Net:
    """Draw a network of 1 to 4 levels, and a run that may end anywhere in a block."""
    levels = draw(st.integers(min_levels, 4))
    period = draw(st.integers(2, 2 if levels == 4 else 4))
    return Net(
        levels,
        period,
        draw(st.integers(min(min_steps, period**levels), min(period**levels + period, 22))),
        draw(st.integers(1, 3)),
        draw(st.integers(1, 3)),
        draw(st.integers(1, 5)),
        draw(st.integers(2, 4)),
        draw(st.sampled_from(("tanh", "gru"))),
        draw(st.sampled_from(("squared", "softmax"))),
        draw(st.integers(0, 2**32)),
    )


TWO, TWO_GATED = Net(), Net(cell="gru", period=3, steps=8, hidden=4, decoder="softmax", seed=1)
THREE = Net(3, 2, 9, 2, 2, 4, seed=2)
THREE_GATED = Net(3, 3, 29, 2, 3, 4, 3, "gru", "softmax", seed=3)
FOUR = Net(4, 2, 17, 1, 1, 3, seed=4)
ALONE = Net(1, 3, 4, seed=5)
SHORT = Net(2, 4, 3, seed=6)  # no block ends
LONG = Net(2, 11, 139, 1, 1, 2, 2, seed=9)
CROWD = Net(2, 2, 3, 37, 1, 2, 2, seed=8)  # no number of tiles of any size
LOUD = Net(1, 2, 4, 3, 2, 3, seed=12, loud=400.0)


def near(got: np.ndarray, wanted: np.ndarray, allowed: float) -> bool:
    """Say whether all entries are near; one is the scale of states."""
    return got.shape == wanted.shape and bool((np.abs(got - wanted) <= allowed * scale(wanted)).all())


def scale(wanted: np.ndarray) -> float:
    """Return the largest magnitude, at least 1."""
    return max(1.0, float(np.abs(wanted).max(initial=0.0)))


def gradient_at(question: Mapping[str, Any], move: Callable[[np.ndarray], np.ndarray]) -> hierarchy.Gradient:
    """Return the gradient that is asked for, after a change of the parameters and the inputs."""
    p = {name: move(value) for name, value in question["parameters"].items()}
    return hierarchy.gradient(**{**question, "parameters": p, "inputs": move(question["inputs"])})


# The definition, written once more and as plainly as can be: to freeze messages, and for finite differences


@dataclass(frozen=True)
class Frozen:
    """What carries no gradient: what is to be decoded, and, where the gradient is cut, what is sent up."""

    inputs: np.ndarray
    messages: Sequence[np.ndarray]
    cut: bool


def cell(p: Mapping[str, np.ndarray], level: int, u: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Return the next state of a level."""
    weights, recurrent = p[f"cell.{level}.input"], p[f"cell.{level}.hidden"]
    a = np.einsum("ij,bj->bi", weights, u) + p[f"cell.{level}.bias"]
    c = np.einsum("ij,bj->bi", recurrent, s) + p.get(f"cell.{level}.bias_hidden", 0.0)
    new: np.ndarray = np.tanh(a + c)
    if f"cell.{level}.bias_hidden" not in p:
        return new
    (ar, az, an), (cr, cz, cn) = np.split(a, 3, axis=1), np.split(c, 3, axis=1)
    r, z = 1 / (1 + np.exp(-ar - cr)), 1 / (1 + np.exp(-az - cz))
    n = np.tanh(an + r * cn)
    gated: np.ndarray = (1 - z) * n + z * s
    return gated


def affine(p: Mapping[str, np.ndarray], name: str, s: np.ndarray) -> np.ndarray:
    """Return W s + b of each row."""
    made: np.ndarray = np.einsum("ij,bj->bi", p[f"{name}.weight"], s) + p[f"{name}.bias"]
    return made


def defined_loss(
    p: Mapping[str, np.ndarray],
    inputs: np.ndarray,
    targets: np.ndarray,
    period: int,
    weights: np.ndarray,
    decoder: str,
    frozen: Frozen,
) -> float:
    """Return the loss by its definition, level by level: level l ticks at the steps that period^(l-1)
    divides.
    """
    (steps, batch, _), levels = inputs.shape, depth(p)
    states = [np.zeros((batch, p["out.weight"].shape[1])) for _ in range(levels)]
    lost = 0.0
    asked = max(1, int((targets >= 0).sum()))
    blocks = ended(steps, period, levels)
    for t in range(1, steps + 1):
        message, ticking = inputs[t - 1], [i for i in range(levels) if t % period**i == 0]
        for i in ticking:
            states[i] = cell(p, i + 1, message, states[i])
            if i == 0:
                logits = affine(p, "out", states[0])
                logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
                lost -= sum(logs[b, y] for b, y in enumerate(targets[t - 1]) if y >= 0) / asked
            ends = t // period ** (i + 1) - 1  # which block it ends, if it does
            if i + 1 < levels and t % period ** (i + 1) == 0:
                heard = frozen.inputs if i == 0 else frozen.messages[i - 1]
                wanted = heard[ends * period : (ends + 1) * period]
                told = affine(p, f"decode.{i + 1}", states[i]).reshape(batch, period, -1).swapaxes(0, 1)
                if i == 0 and decoder == "softmax":
                    told = told - np.log(np.exp(told).sum(axis=2, keepdims=True))
                    part = -(told * wanted).sum() / period
                else:
                    part = ((told - wanted) ** 2).sum() / (period * wanted.shape[2])
                lost += float(weights[i] * part) / (batch * blocks[i])
                message = frozen.messages[i][ends] if frozen.cut else states[i]
        for i in reversed(ticking):
            if i + 1 < levels and t % period ** (i + 1) == 0:
                states[i] = affine(p, f"down.{i + 1}", states[i + 1])
    return float(lost)


# The same network, its units in another order


def permuted(parameters: Mapping[str, np.ndarray], order: np.ndarray) -> dict[str, np.ndarray]:
    """Return the same network with the hidden units of all levels in another order."""
    h = len(order)
    moved = {}
    for name, value in parameters.items():
        head, level, part = (*name.split("."), "")[:3]
        rows = (
            np.concatenate([gate * h + order for gate in range(len(value) // h)]) if head == "cell" else order
        )
        if head == "cell":
            own = value[rows]
            columns = part == "hidden" or (part == "input" and level != "1")
            moved[name] = own[:, order] if columns else own
        elif head == "down":
            moved[name] = value[order][:, order] if value.ndim == 2 else value[order]
        elif head == "decode":
            wide = len(value) // h if level != "1" and len(value) % h == 0 else 0
            rows = np.concatenate([i * h + order for i in range(wide)]) if wide else np.arange(len(value))
            moved[name] = value[rows][:, order] if value.ndim == 2 else value[rows]
        else:
            moved[name] = value[:, order] if value.ndim == 2 else value
    return {name: np.ascontiguousarray(value) for name, value in moved.items()}


# Trainings


def copying(levels: int, period: int, cell: str, seed: int, updates: int, hidden: int = 6) -> dict[str, Any]:
    """Return a training on the copy task, without what is to be varied."""
    random = np.random.default_rng(seed)
    inputs, targets = copy_task(updates, 4, period, 3, random)
    drawn = start(levels, period, WIDTH, hidden, 4, cell, random)
    return {
        "parameters": {name: rounded(value) for name, value in drawn.items()},
        "inputs": inputs,
        "targets": targets,
        "period": period,
        "cut": True,
        "weights": np.ones(levels - 1),
        "decoder": "softmax",
        "rate": 0.01,
    }


NEAR = 0.5  # a bound on the gradient's norm that about half of the first updates exceed


@dataclass(frozen=True)
class Start:
    """A training: of which network, in which precision, and whether the gradient is cut, and clipped."""

    levels: int = 2
    period: int = 2
    cell: str = "gru"
    dtype: str = "float64"
    cut: bool = True
    seed: int = 0
    clip: float | None = 0.1
    rate: float = 0.01
    updates: int = UPDATES  # that are compared

    def training(self, updates: int, **other: Any) -> dict[str, Any]:
        """Return the arguments of `train`, but for the device."""
        made = copying(self.levels, self.period, self.cell, self.seed, updates)
        own = {"cut": self.cut, "dtype": self.dtype, "clip": self.clip, "rate": self.rate}
        return {**made, **own, **other}


def starts() -> st.SearchStrategy[Start]:
    """Draw a training."""
    return st.builds(
        Start,
        st.integers(1, 3),
        st.integers(2, 3),
        st.sampled_from(("tanh", "gru")),
        st.sampled_from(("float64", "float32")),
        st.booleans(),
        st.integers(0, 2**32),
        st.sampled_from((0.1, NEAR, None)),
    )
