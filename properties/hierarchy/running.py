"""What every correct `forward` of hierarchical networks satisfies."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import Refuted, expect, property_of
from whp.properties import parity
from whp.properties.hierarchy.nets import (
    ALONE,
    CONTRACT,
    CROWD,
    FOUR,
    LONG,
    MODEL,
    SHORT,
    THREE,
    THREE_GATED,
    TWO,
    TWO_GATED,
    Net,
    gradient_at,
    near,
    nets,
    permuted,
)
from whp.properties.parity import expect_gradient, tolerance
from whp.properties.rounding import apart
from whp.reference import hierarchy
from whp.reference.hierarchy.network import ended
from whp.subject import Subject


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
