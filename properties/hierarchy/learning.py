"""What every correct `gradient`, `peak_states` and `train` of hierarchical networks satisfies."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import Refuted, expect, property_of
from whp.properties import parity
from whp.properties.hierarchy.nets import (
    ALONE,
    CROWD,
    FOUR,
    LONG,
    LOUD,
    MODEL,
    NEAR,
    PAPER,
    SHORT,
    THREE,
    THREE_GATED,
    TWO,
    TWO_GATED,
    Frozen,
    Net,
    Start,
    defined_loss,
    gradient_at,
    nets,
    permuted,
    starts,
)
from whp.properties.parity import distance, expect_gradient, tolerance
from whp.properties.rounding import apart
from whp.reference import hierarchy
from whp.reference.training import norm
from whp.subject import Subject

# gradient


@property_of("hierarchy", source=f"{MODEL}: the loss")
@given(net=nets(), cut=st.booleans())
@example(net=ALONE, cut=True)
@example(net=TWO, cut=True)
@example(net=TWO_GATED, cut=False)
@example(net=THREE, cut=True)
@example(net=THREE_GATED, cut=True)
@example(net=SHORT, cut=False)
@example(net=CROWD, cut=True)
@example(net=LOUD, cut=True)
def loss_is_the_stated_one(subject: Subject, net: Net, cut: bool) -> None:
    """The loss is the mean over the targets, plus the weighted mean of decoding the blocks of each level."""
    question = net.question(cut)
    got, allowed = subject.gradient(**question).loss, tolerance(subject)
    right = hierarchy.gradient(**question).loss
    expect(
        abs(got - right) <= allowed * max(1.0, abs(right)),
        lambda: "the loss is {}, expected is {}: ".format(*apart(got, right)) + _parts(net, question),
    )


def _parts(net: Net, question: dict[str, Any]) -> str:
    """Say what a loss is the sum of."""

    def alone(level: int) -> float:
        weights = np.where(np.arange(1, net.levels) == level, question["weights"], 0.0)
        return hierarchy.gradient(**{**question, "weights": weights}).loss

    outputs, count = alone(0), int((question["targets"] >= 0).sum())
    loudest = float(np.abs(hierarchy.forward(**net.run()).logits).max(initial=0.0))
    decoded = [f", {alone(level) - outputs:.9g} of decoding level {level}" for level in range(1, net.levels)]
    return (
        f"{outputs:.9g} of the outputs, the mean over {count} targets (logits reach {loudest:.3g})"
        + "".join(decoded)
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
@example(net=LONG, cut=False)
@example(net=CROWD, cut=True)
@example(net=LOUD, cut=True)
def gradient_is_that_of_the_model(subject: Subject, net: Net, cut: bool) -> None:
    """The gradient at the parameters and at the inputs is the model's, cut at the messages or not."""
    question, allowed = net.question(cut), tolerance(subject)
    got = subject.gradient(**question)
    where = "with the gradient cut at the messages, " if cut else ""
    of = f" (a batch of {net.batch}, {net.steps} steps each)"
    right, size = parity.terms(lambda move: gradient_at(question, move).parameters)
    expect_gradient(got.parameters, right, allowed, f"{where}the gradient at the parameters{of}", size)
    right, size = parity.terms(lambda move: {"inputs": gradient_at(question, move).inputs})
    expect_gradient({"inputs": got.inputs}, right, allowed, f"{where}the gradient at the inputs{of}", size)


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
    steep = math.hypot(norm(got.parameters), float(np.linalg.norm(got.inputs)))
    parity.expect_slope(
        lambda to: defined_loss({n: to[n] for n in p}, to["inputs"], *rest),
        {**p, "inputs": x},
        {**got.parameters, "inputs": got.inputs},
        tolerance(subject) * steep,
        net.seed,
        ", where all messages and what is to be decoded are fixed" if cut else "",
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
        lambda: "the loss is {}, but {} when the gradient is cut, which changes no value".format(
            *apart(full.loss, cut.loss)
        ),
    )
    if net.levels == 1 or net.steps < net.period:
        _, size = parity.terms(lambda move: gradient_at(net.question(False), move).parameters)
        what = "no message is sent, but with `cut` the gradient"
        expect_gradient(cut.parameters, full.parameters, 2 * allowed, what, size)


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
        "gradient alone saves nothing: go back through each block when it ends, or offer no `peak_states`",
    )


# train


def moved(parameters: dict[str, np.ndarray], by: int) -> dict[str, np.ndarray]:
    """Return the same network with its hidden units moved on by so many places."""
    return permuted(parameters, np.roll(np.arange(parameters["out.weight"].shape[1]), by))


TRAINED = parity.Model("train", "parameters", hierarchy.train, moved)


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
    parity.expect_first_update(subject, TRAINED, first.training(1))


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
@example(first=Start(seed=4, clip=None))
@example(first=Start(clip=NEAR))
@example(first=Start(1, 2, "tanh", clip=None, seed=5, rate=0.001, updates=60))
def first_updates_take_the_course_of_float64(subject: Subject, first: Start) -> None:
    """Over 20 updates, or 60 small ones, losses and parameters are those of float64 up to rounding."""
    parity.expect_first_updates(subject, TRAINED, first.training(first.updates))
