"""What every correct implementation of hierarchical recurrent networks with local losses satisfies."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import Refuted, expect, property_of
from whp.properties import parity
from whp.properties.alike import (
    Question,
    ask_all,
    expect_one_answer,
    expect_untouched_arguments,
)
from whp.properties.hierarchy.nets import (
    ALONE,
    CROWD,
    FOUR,
    LONG,
    LOUD,
    NEAR,
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
    near,
    nets,
    permuted,
    starts,
)
from whp.properties.hierarchy.verifying import verify_command as verify_command
from whp.properties.parity import distance, expect_gradient, tolerance
from whp.properties.rounding import apart
from whp.reference import hierarchy
from whp.reference.hierarchy.network import ended
from whp.reference.training import norm
from whp.subject import Subject

PAPER = "arXiv:1910.05245"
CONTRACT = "the contract of hierarchy"
FIXED = ("forward", "gradient")  # operations with one right answer
MODEL = "the model of hierarchy's contract"


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
@example(net=LONG)
@example(net=CROWD)
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
            "the loss is {}, and with hidden units in another order {}: ".format(
                *apart(first.loss, second.loss)
            )
            + f"{order.tolist()}"
        ),
    )
    right = permuted(first.parameters, order)
    _, size = parity.terms(lambda move: gradient_at(question, move).parameters)
    another = "the gradient of the network in another order"
    expect_gradient(second.parameters, right, 2 * allowed, another, size)


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
