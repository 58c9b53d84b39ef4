"""What every correct implementation of hierarchical recurrent networks with local losses satisfies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from hypothesis import example, given
from hypothesis import strategies as st

from whp import contract
from whp.checks import NotOffered, Refuted, expect, property_of
from whp.properties import parity
from whp.properties.alike import (
    Question,
    ask_all,
    expect_one_answer,
    expect_untouched_arguments,
)
from whp.properties.parity import (
    TOLERANCE,
    Course,
    distance,
    expect_course,
    expect_first_step,
    expect_gradient,
)
from whp.reference import hierarchy
from whp.reference.hierarchy.copying import WIDTH, copy_task, start
from whp.reference.hierarchy.network import depth, ended
from whp.reference.training import norm
from whp.subject import Subject

PAPER = "arXiv:1910.05245"
CONTRACT = "the contract of hierarchy"
MODEL = "the model of hierarchy's contract"


class Precision(Enum):
    """Of arithmetic, as a subject may declare it."""

    float64 = "float64"
    float32 = "float32"
    float16 = "float16"
    bfloat16 = "bfloat16"


# Inputs


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

    def random(self) -> np.random.Generator:
        """Return the generator of its numbers."""
        return np.random.default_rng(self.seed)

    def parameters(self) -> dict[str, np.ndarray]:
        """Draw parameters, in +- 1 / sqrt(h), so that rounding errors don't grow from state to state."""
        sizes = self.levels, self.period, self.inputs, self.hidden, self.classes
        return {name: rounded(value) for name, value in start(*sizes, self.cell, self.random()).items()}

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


def rounded(values: np.ndarray) -> np.ndarray:
    """Return numbers that are 0 or of magnitude 1e-6 at least."""
    made: np.ndarray = np.round(values, 6) + 0.0
    return made


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


def tolerance(subject: Subject) -> float:
    """Return the relative error that is allowed to the arithmetic that the subject declares."""
    return TOLERANCE[subject.declares("precision", "float64")]


def arithmetic(subject: Subject, dtype: str) -> str:
    """Return the precision in which a training that is to be in `dtype` is made."""
    declared: str = subject.declares("precision", "float64")
    if declared not in parity.UNIT:
        raise NotOffered("training in float32 or float64")
    return "float32" if declared == "float32" else dtype


def near(got: np.ndarray, wanted: np.ndarray, allowed: float) -> bool:
    """Say whether all entries are near; one is the scale of states."""
    return got.shape == wanted.shape and bool((np.abs(got - wanted) <= allowed * scale(wanted)).all())


def scale(wanted: np.ndarray) -> float:
    """Return the largest magnitude, at least 1."""
    return max(1.0, float(np.abs(wanted).max(initial=0.0)))


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


# forward


@property_of("hierarchy", source=MODEL)
@given(net=nets())
@example(net=ALONE)
@example(net=TWO)
@example(net=TWO_GATED)
@example(net=THREE)
@example(net=THREE_GATED)
@example(net=FOUR)
@example(net=SHORT)
def forward_is_the_recurrence(subject: Subject, net: Net) -> None:
    """The logits of every step and the messages of every block are those of the stated recurrence."""
    told = subject.forward(**net.run())
    right, allowed = hierarchy.forward(**net.run()), tolerance(subject)
    counts = [len(sent) for sent in told.messages]
    wanted = ended(net.steps, net.period, net.levels)
    expect(
        counts == wanted,
        f"the levels send {counts} messages in {net.steps} steps, but level l ends a block every "
        f"{net.period}^l steps: {wanted}",
    )
    for step in range(net.steps):
        if not near(told.logits[step], right.logits[step], allowed):
            raise Refuted(
                f"the logits of step {step} are off: "
                f"{parity.entry(told.logits[step], right.logits[step])}; all "
                f"before are right{_hint(net, step)}"
            )
        for level in range(1, net.levels):
            if (step + 1) % net.period**level:
                continue
            block = (step + 1) // net.period**level - 1
            got, sent = told.messages[level - 1][block], right.messages[level - 1][block]
            if not near(got, sent, allowed):
                raise Refuted(
                    f"message {block} of level {level} is off: {parity.entry(got, sent)}; it is the state "
                    "after the "
                    f"{net.period} ticks of the block, before the reset"
                )


def _hint(net: Net, step: int) -> str:
    """Say what is new at a step."""
    if step == 0:
        return ": look at the cell of level 1 and at the readout"
    if step < net.period or net.levels == 1:
        return ": no block has ended yet, so look at the recurrence of level 1"
    if step % net.period == 0:
        return (
            ": a block has just begun, from down.1 of the state of level 2, so look at the reset"
            f"{_above(net, step)}"
        )
    return ""


def _above(net: Net, step: int) -> str:
    level = 1
    while level < net.levels and step % net.period**level == 0:
        level += 1
    return f" and at level {level}, which has ticked last" if level > 1 else ""


@property_of("hierarchy", source=MODEL)
@given(net=nets(min_steps=2), at=st.integers(1, 21))
@example(net=TWO, at=3)
@example(net=THREE_GATED, at=10)
@example(net=ALONE, at=1)
def outputs_depend_on_the_past_alone(subject: Subject, net: Net, at: int) -> None:
    """What comes later changes no logits: neither other inputs, nor fewer of them."""
    at = 1 + (at - 1) % max(net.steps - 1, 1)
    run = net.run()
    other = run["inputs"].copy()
    other[at:] = np.roll(other[at:], 1, axis=2) if net.decoder == "softmax" else -other[at:]
    before, allowed = subject.forward(**run).logits[:at], tolerance(subject)
    for what, inputs in (("other inputs", other), ("no inputs", other[:at])):
        after = subject.forward(**{**run, "inputs": inputs}).logits[:at]
        if not near(after, before, allowed):
            raise Refuted(
                f"with {what} from step {at} on, earlier logits change: {parity.entry(after, before)}"
            )


@property_of("hierarchy", source=f"{MODEL}: a block starts from a function of the state above it")
@given(net=nets(min_levels=2, min_steps=5))
@example(net=TWO)
@example(net=TWO_GATED)
@example(net=THREE)
def a_block_starts_from_the_upper_state_alone(subject: Subject, net: Net) -> None:
    """If level 2 hears nothing, the first block of inputs changes no logits after it."""
    run, k = net.run(), net.period
    run["parameters"]["cell.2.input"][...] = 0.0
    other = run["inputs"].copy()
    other[:k] = np.roll(other[:k], 1, axis=2) if net.decoder == "softmax" else 1 - other[:k]
    one, two = (subject.forward(**{**run, "inputs": x}).logits[k:] for x in (run["inputs"], other))
    expect(
        near(two, one, tolerance(subject)),
        lambda: (
            f"level 2 hears nothing (cell.2.input is 0), and yet inputs before step {k} change logits from "
            f"step {k} on: "
            f"{parity.entry(two, one)}; a reset replaces the state and leaves nothing of it"
        ),
    )


@property_of("hierarchy", source=CONTRACT)
@given(net=nets())
@example(net=TWO)
@example(net=THREE_GATED)
def sequences_of_a_batch_are_run_apart(subject: Subject, net: Net) -> None:
    """Each sequence of a batch has the logits and messages that it has alone."""
    run = net.run()
    all_of_them, allowed = subject.forward(**run), tolerance(subject)
    for b in range(net.batch):
        alone = subject.forward(**{**run, "inputs": run["inputs"][:, b : b + 1]})
        pairs = [("logits", all_of_them.logits, alone.logits)]
        pairs += [
            (f"messages of level {level}", both, single)
            for level, (both, single) in enumerate(
                zip(all_of_them.messages, alone.messages, strict=True), start=1
            )
            if both.size
        ]
        for what, both, single in pairs:
            if not near(both[:, b : b + 1], single, allowed):
                raise Refuted(
                    f"sequence {b} of {net.batch} has other {what} in the batch than alone: "
                    f"{parity.entry(both[:, b : b + 1], single)}"
                )


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


@property_of("hierarchy", source=CONTRACT)
@given(net=nets(), cut=st.booleans())
@example(net=TWO, cut=True)
@example(net=THREE_GATED, cut=False)
def hidden_units_may_change_places(subject: Subject, net: Net, cut: bool) -> None:
    """With the hidden units in another order the loss is the same, and the logits are."""
    order = np.roll(np.arange(net.hidden), 1)
    question, run, allowed = net.question(cut), net.run(), tolerance(subject)
    moved = permuted(question["parameters"], order)
    if subject.offers("forward"):
        one, two = (subject.forward(**{**run, "parameters": p}).logits for p in (run["parameters"], moved))
        expect(near(two, one, allowed), lambda: f"the logits change: {parity.entry(two, one)}")
    first = subject.gradient(**question)
    second = subject.gradient(**{**question, "parameters": moved})
    expect(
        abs(first.loss - second.loss) <= allowed * max(1.0, abs(first.loss)),
        lambda: (
            f"the loss is {first.loss:.12g}, and with hidden units in the order {order.tolist()} "
            f"{second.loss:.12g}"
        ),
    )
    right = permuted(first.parameters, order)
    expect_gradient(second.parameters, right, 2 * allowed, "the gradient of the network in another order")


# gradient


@property_of("hierarchy", source=f"{MODEL}: the loss")
@given(net=nets(), cut=st.booleans())
@example(net=ALONE, cut=True)
@example(net=TWO, cut=True)
@example(net=TWO_GATED, cut=False)
@example(net=THREE, cut=True)
@example(net=THREE_GATED, cut=True)
@example(net=SHORT, cut=False)
def loss_is_the_stated_one(subject: Subject, net: Net, cut: bool) -> None:
    """The loss is the mean over the targets, plus the weighted mean of decoding the blocks of each level."""
    question = net.question(cut)
    got, allowed = subject.gradient(**question).loss, tolerance(subject)
    no_weights = {**question, "weights": np.zeros(net.levels - 1)}
    parts = {"the outputs": hierarchy.gradient(**no_weights).loss}
    for level in range(1, net.levels):
        alone = np.where(np.arange(1, net.levels) == level, question["weights"], 0.0)
        with_it = hierarchy.gradient(**{**question, "weights": alone}).loss
        parts[f"decoding level {level}"] = with_it - parts["the outputs"]
    right = hierarchy.gradient(**question).loss
    told = ", ".join(f"{value:.9g} of {name}" for name, value in parts.items())
    expect(
        abs(got - right) <= allowed * max(1.0, abs(right)),
        lambda: f"the loss is {got:.12g}, expected is {right:.12g}: {told}",
    )


@property_of("hierarchy", source=f"{MODEL}; its gradient, to the rounding of the declared precision")
@given(net=nets(), cut=st.booleans())
@example(net=ALONE, cut=True)
@example(net=TWO, cut=True)
@example(net=TWO, cut=False)
@example(net=TWO_GATED, cut=True)
@example(net=TWO_GATED, cut=False)
@example(net=THREE, cut=True)
@example(net=THREE_GATED, cut=True)
@example(net=THREE_GATED, cut=False)
@example(net=FOUR, cut=True)
@example(net=SHORT, cut=True)
def gradient_is_that_of_the_model(subject: Subject, net: Net, cut: bool) -> None:
    """The gradient at the parameters and at the inputs is the model's, cut at the messages or not."""
    question, allowed = net.question(cut), tolerance(subject)
    got, right = subject.gradient(**question), hierarchy.gradient(**question)
    where = "with the gradient cut at the messages, " if cut else ""
    expect_gradient(got.parameters, right.parameters, allowed, f"{where}the gradient at the parameters")
    expect_gradient(
        {"inputs": got.inputs}, {"inputs": right.inputs}, allowed, f"{where}the gradient at the inputs"
    )


@property_of("hierarchy", source="finite differences; with `cut`, every message keeps the value that it has")
@given(net=nets(), cut=st.booleans())
@example(net=TWO, cut=True)
@example(net=TWO, cut=False)
@example(net=TWO_GATED, cut=True)
@example(net=THREE, cut=True)
@example(net=THREE_GATED, cut=False)
def gradient_is_the_slope_of_the_loss(subject: Subject, net: Net, cut: bool) -> None:
    """Along a random direction the gradient is the slope of the loss; messages are fixed if it is cut."""
    question = net.question(cut)
    got = subject.gradient(**question)
    p, x = question["parameters"], question["inputs"]
    frozen = Frozen(x, hierarchy.forward(p, x, net.period).messages, cut)
    rest = (question["targets"], net.period, question["weights"], net.decoder, frozen)
    random = np.random.default_rng([net.seed, 1])
    toward = {name: random.normal(size=value.shape) for name, value in p.items()}
    along = random.normal(size=x.shape)

    def rise(by: float) -> float:
        ends = [
            defined_loss({n: v + e * toward[n] for n, v in p.items()}, x + e * along, *rest)
            for e in (by, -by)
        ]
        return (ends[0] - ends[1]) / (2 * by)

    step = 1e-3  # the two differences give the third-order term, which is taken away, and bound what is left
    coarse, fine = rise(2 * step), rise(step)
    slope = fine + (fine - coarse) / 3
    size = math.hypot(norm(toward), float(np.linalg.norm(along)))
    steep = math.hypot(norm(got.parameters), float(np.linalg.norm(got.inputs)))
    told = sum(float((got.parameters[n] * v).sum()) for n, v in toward.items()) + float(
        (got.inputs * along).sum()
    )
    allowed = tolerance(subject) * size * steep + abs(fine - coarse) / 30 + 1e-10
    expect(
        abs(told - slope) <= allowed,
        lambda: (
            f"along a direction the loss rises by {slope:.9g}, but the gradient says {told:.9g}"
            + (", where all messages and what is to be decoded are fixed" if cut else "")
        ),
    )


@property_of("hierarchy", source=f"{PAPER}: gradients from higher to lower levels are cut")
@given(net=nets(min_levels=2, min_steps=5), block=st.integers(0, 10))
@example(net=TWO, block=1)
@example(net=TWO_GATED, block=2)
@example(net=THREE, block=2)
@example(net=FOUR, block=8)
def a_cut_gradient_stays_in_its_block(subject: Subject, net: Net, block: int) -> None:
    """With `cut`, the loss of one block has a gradient of exactly 0 at all inputs before it and after it."""
    block %= -(-net.steps // net.period)
    first, end = block * net.period, min((block + 1) * net.period, net.steps)
    targets = np.full((net.steps, net.batch), -1)
    targets[first:end] = np.arange(net.batch) % net.classes
    slope = subject.gradient(**net.question(cut=True, targets=targets, weight=0.0)).inputs
    outside = np.ones(net.steps, bool)
    outside[first:end] = False
    steps = np.flatnonzero(outside & (slope != 0).any(axis=(1, 2)))
    expect(
        not len(steps),
        lambda: (
            f"the targets are in steps {first} to {end - 1}, and the gradient at the input of step "
            f"{steps[0]} is "
            f"{slope[steps[0]].ravel()[np.abs(slope[steps[0]]).argmax()]:.3g}; a message passes none, so "
            "it must be 0"
        ),
    )


@property_of("hierarchy", source=f"{PAPER}: the losses are local")
@given(net=nets(min_levels=2), level=st.integers(1, 3))
@example(net=TWO_GATED, level=1)
@example(net=THREE, level=2)
@example(net=THREE_GATED, level=1)
@example(net=FOUR, level=3)
def a_decoding_loss_stays_at_its_level(subject: Subject, net: Net, level: int) -> None:
    """With `cut`, decoding level l has a gradient of exactly 0 at levels below, at other decoders and at
    `out`.
    """
    level = 1 + (level - 1) % (net.levels - 1)
    none = np.full((net.steps, net.batch), -1)
    question = net.question(cut=True, targets=none)
    question["weights"] = np.where(np.arange(1, net.levels) == level, 1.0, 0.0)
    slopes = subject.gradient(**question).parameters
    for name, slope in slopes.items():
        part, _, number = name.rpartition(".")[0].partition(".")
        own = number == str(level) if part == "decode" else part != "out" and int(number) >= level
        if slope.any() and not own:
            raise Refuted(
                f"only level {level} has a loss, and the gradient at {name!r} is "
                f"{slope.ravel()[np.abs(slope).argmax()]:.3g}; it must be 0, since what is to be decoded "
                "carries no gradient"
            )


@property_of("hierarchy", source=f"{MODEL}: the loss is linear in the weights")
@given(net=nets(min_levels=2), cut=st.booleans())
@example(net=TWO, cut=True)
@example(net=THREE_GATED, cut=True)
def weights_enter_linearly(subject: Subject, net: Net, cut: bool) -> None:
    """Doubling the weights doubles what the decoding losses add to the loss and to the gradient."""
    asked = net.question(cut)
    none, one, two = (
        subject.gradient(**{**asked, "weights": factor * asked["weights"]}) for factor in (0.0, 1.0, 2.0)
    )
    allowed = 4 * tolerance(subject)
    expect(
        abs(two.loss - 2 * one.loss + none.loss) <= allowed * max(1.0, abs(two.loss)),
        lambda: (
            f"the loss is {none.loss:.9g} with weights of 0, {one.loss:.9g} with "
            f"{asked['weights'].tolist()}, and "
            f"{two.loss:.9g} with twice those: not on a line"
        ),
    )
    line = {name: 2 * value - none.parameters[name] for name, value in one.parameters.items()}
    size = max(norm(made.parameters) for made in (none, one, two))
    off, worst = distance(two.parameters, line)
    expect(
        off <= allowed * size,
        lambda: (
            f"the gradient is not linear in the weights, above all in {worst!r}: "
            f"{parity.entry(two.parameters[worst], line[worst])}"
        ),
    )


@property_of("hierarchy", source=f"{PAPER}: only gradients are cut")
@given(net=nets())
@example(net=TWO)
@example(net=THREE_GATED)
@example(net=SHORT)
@example(net=ALONE)
def cut_changes_the_gradient_alone(subject: Subject, net: Net) -> None:
    """The loss is the same cut or not; so is the gradient where no message has been sent."""
    full, cut = (subject.gradient(**net.question(each)) for each in (False, True))
    allowed = tolerance(subject)
    expect(
        abs(full.loss - cut.loss) <= allowed * max(1.0, abs(full.loss)),
        lambda: (
            f"the loss is {full.loss:.12g}, but {cut.loss:.12g} when the gradient is cut, which changes no "
            "value"
        ),
    )
    if net.levels == 1 or net.steps < net.period:
        expect_gradient(
            cut.parameters, full.parameters, 2 * allowed, "no message is sent, but with `cut` the gradient"
        )


# peak_states


@property_of("hierarchy", source=f"{PAPER}: memory falls by a factor exponential in the number of levels")
@given(levels=st.integers(1, 4), period=st.integers(2, 8), blocks=st.integers(1, 9))
@example(levels=3, period=4, blocks=1)
@example(levels=2, period=8, blocks=4)
@example(levels=4, period=4, blocks=2)
@example(levels=1, period=2, blocks=1)
def a_cut_pass_holds_a_block_of_each_level(subject: Subject, levels: int, period: int, blocks: int) -> None:
    """With `cut`, at most twice one block of each level and all ticks of the highest are held, and L more.

    That is 2 (k (L - 1) + ceil(T / k^(L-1))) + L states, where a whole run makes T + T/k + ... of them.
    """
    steps = blocks * period**levels
    held = subject.peak_states(levels=levels, period=period, steps=steps, cut=True)
    block = period * (levels - 1) + -(-steps // period ** (levels - 1))
    most = 2 * block + levels
    made = sum(steps // period**level for level in range(levels))
    expect(
        held <= most,
        f"{held} states are held in {steps} steps with {levels} levels of period {period}, where a block "
        "of each level "
        f"and the ticks of the highest are {block}, and at most {most} are allowed; a run makes {made} in "
        "all. A stopped "
        "gradient alone saves nothing: go back through each block when it ends",
    )


# train


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
        "clip": 0.1,
    }


@dataclass(frozen=True)
class Start:
    """A training: of which network, in which precision, and whether the gradient is cut."""

    levels: int = 2
    period: int = 2
    cell: str = "gru"
    dtype: str = "float64"
    cut: bool = True
    seed: int = 0

    def training(self, updates: int, **other: Any) -> dict[str, Any]:
        """Return the arguments of `train`, but for the device."""
        made = copying(self.levels, self.period, self.cell, self.seed, updates)
        return {**made, "cut": self.cut, "dtype": self.dtype, **other}


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
    )


@property_of(
    "hierarchy", source="parity of one gradient: Adam's first step follows a gradient near 1e-8", examples=0.3
)
@given(first=starts())
@example(first=Start())
@example(first=Start(dtype="float32"))
@example(first=Start(3, 2, "tanh", cut=False, seed=1))
@example(first=Start(3, 2, "gru", "float32", seed=2))
def a_first_update_shows_the_gradient(subject: Subject, first: Start) -> None:
    """In float64 and in float32, one update shows the gradient of float64 up to rounding: 1e-12, 1e-5."""
    asked = first.training(1, rate=1000.0, clip=1e-6)
    got = subject.train(**asked, device=subject.device)
    right = hierarchy.train(**{**asked, "dtype": "float64"}, device="cpu")
    begin, after = asked["parameters"], right.parameters
    exact = {name: (begin[name] - value) / asked["rate"] for name, value in after.items()}
    seen = {name: (begin[name] - value) / asked["rate"] for name, value in got.parameters.items()}
    expect_first_step(seen, exact, arithmetic(subject, first.dtype), list(exact))


@property_of(
    "hierarchy",
    source="parity of the first updates, with a tolerance that other orders of sums give",
    examples=0.1,
)
@given(first=starts())
@example(first=Start())
@example(first=Start(dtype="float32"))
@example(first=Start(3, 2, "tanh", cut=False, seed=1))
@example(first=Start(2, 3, "gru", "float32", seed=2))
@example(first=replace(Start(), seed=3))
def first_updates_take_the_course_of_float64(subject: Subject, first: Start) -> None:
    """Over 20 updates, losses and parameters differ from those of float64 by rounding alone."""
    asked = first.training(20)
    got = subject.train(**asked, device=subject.device)
    exact = hierarchy.train(**{**asked, "dtype": "float64"}, device="cpu")
    precision, reordered = arithmetic(subject, first.dtype), []
    for shift in (1, 2, 4):
        order = np.roll(np.arange(6), shift)
        moved = permuted(asked["parameters"], order)
        other = hierarchy.train(**{**asked, "parameters": moved, "dtype": precision}, device="cpu")
        reordered.append(Course(other.losses, permuted(other.parameters, np.argsort(order))))
    expect_course(
        Course(got.losses, got.parameters),
        Course(exact.losses, exact.parameters),
        reordered,
        asked["parameters"],
        precision,
    )


# All operations


def questions() -> st.SearchStrategy[Question]:
    """Draw an operation with its arguments."""
    sizes = st.integers(1, 4), st.integers(2, 4), st.integers(1, 64), st.booleans()
    return st.one_of(
        nets().map(lambda net: ("forward", net.run())),
        st.builds(lambda net, cut: ("gradient", net.question(cut)), nets(), st.booleans()),
        st.builds(
            lambda levels, period, steps, cut: (
                "peak_states",
                {"levels": levels, "period": period, "steps": steps, "cut": cut},
            ),
            *sizes,
        ),
        starts().map(lambda first: ("train", first.training(2))),
    )


def asked(subject: Subject, question: Question) -> Question:
    """Return the question with the device that the run asks for, where one is to be named."""
    operation, arguments = question
    return operation, ({**arguments, "device": subject.device} if operation == "train" else arguments)


LONGER = ("train", Start(dtype="float32", seed=4).training(20))


@property_of("hierarchy", source=CONTRACT, examples=0.5)
@given(question=questions(), other=questions())
@example(question=("forward", THREE_GATED.run()), other=("forward", TWO.run()))
@example(question=("gradient", THREE_GATED.question(cut=True)), other=("gradient", TWO.question(cut=False)))
@example(question=("peak_states", {"levels": 3, "period": 4, "steps": 64, "cut": True}), other=LONGER)
@example(question=LONGER, other=("train", Start(seed=5).training(2)))
def one_question_has_one_answer(subject: Subject, question: Question, other: Question) -> None:
    """Asked again, also after another question, an operation gives the same answer, to the last bit."""
    expect_one_answer(subject, asked(subject, question), asked(subject, other))


@property_of("hierarchy", source=CONTRACT, examples=0.5)
@given(question=questions())
@example(question=("forward", THREE_GATED.run()))
@example(question=("gradient", THREE_GATED.question(cut=True)))
@example(question=("gradient", TWO.question(cut=False)))
@example(question=("train", Start().training(2)))
def arguments_stay_untouched(subject: Subject, question: Question) -> None:
    """No operation changes what it is handed."""
    expect_untouched_arguments(subject, asked(subject, question))


@property_of("hierarchy", source=CONTRACT, examples=0.02, processes=3)
@given(net=nets())
@example(net=TWO)
@example(net=THREE_GATED)
def every_process_answers_alike_and_ends_well(subject: Subject, net: Net) -> None:
    """Every process that is asked the same answers the same, and ends by itself without an error."""
    ask_all(
        subject,
        [
            ("forward", net.run()),
            ("gradient", net.question(cut=True)),
            ("peak_states", {"levels": 3, "period": 4, "steps": 64, "cut": True}),
            asked(subject, ("train", Start(dtype="float32").training(3))),
        ],
    )


# whp verify


def verify_command(
    question: Annotated[
        Path, typer.Argument(metavar="QUESTION", help="JSON, as `whp run hierarchy --question` writes it.")
    ],
    answer: Annotated[
        Path, typer.Argument(metavar="ANSWER", help='JSON: {"loss": ..., "parameters": {...}, "inputs": ...}')
    ],
    precision: Annotated[Precision, typer.Option(help="Of the arithmetic.")] = Precision.float64,
) -> str:
    """Is this the gradient that was asked for? Compares it with the reference's, which is in float64."""
    operation = contract.operations("hierarchy")["gradient"]
    asked = read_question(question)
    try:
        got = operation.decode(asked, contract.read_json(answer))
    except contract.ContractError as error:
        raise ValueError(f"{answer}: {error}") from None
    right, allowed = hierarchy.gradient(**asked), TOLERANCE[precision.value]
    expect(
        abs(got.loss - right.loss) <= allowed * max(1.0, abs(right.loss)),
        f"the loss is {got.loss:.12g}, expected is {right.loss:.12g}",
    )
    told, known = ({**made.parameters, "inputs": made.inputs} for made in (got, right))
    expect_gradient(told, known, allowed, "the gradient")
    off, size = distance(told, known)[0], norm(known)
    return (
        f"right: the gradient has a relative error of {off / size if size else off:.2g}, where {allowed:g} "
        f"is allowed in {precision.value}"
    )


def read_question(path: Path) -> dict[str, Any]:
    """Read the arguments of `gradient`; raise ValueError, with the path in the file, where they are none."""
    operation, value = contract.operations("hierarchy")["gradient"], contract.read_json(path)
    sizes: contract.Sizes = {}
    if not isinstance(value, dict):
        raise ValueError(f"{path}: an object with the arguments of `gradient` is expected")
    try:
        asked = {
            name: contract.decode(kind, value.get(name), f"$.{name}", sizes)
            for name, kind in operation.parameters.items()
        }
    except contract.ContractError as error:
        raise ValueError(f"{path}: {error}") from None
    for where, fault in hierarchy.faults("gradient", asked):
        raise ValueError(f"{path}: $.{where} {fault}")
    return asked
