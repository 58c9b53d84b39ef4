"""What every correct `construct`, `run` and `predict` satisfies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import expect, property_of
from whp.properties.attention.expected import (
    FACTOR,
    FACTOR_OF_NETWORKS,
    MATRICES,
    OUTPUT,
    PAPER,
    Arrays,
    any_network_size,
    attention,
    compact_size,
    fitted,
    gated,
    gated_size,
    has_room,
    roundings,
    size,
)
from whp.properties.attention.inputs import (
    COUNTED,
    EMPTY,
    LONG,
    ROTATED,
    SINGULAR,
    SQUARE,
    TURNED,
    UNEVEN,
    drawn,
    normal,
    questions_of_attend,
    questions_of_predict,
    questions_of_run,
    rows,
    small,
)
from whp.properties.rounding import must_be, precision_of
from whp.reference.attention import construct, identity
from whp.reference.attention.network import Network
from whp.subject import Subject

# construct


WIDTHS = st.booleans()


@property_of(
    "attention", source=f"{PAPER}, section 3: the construction; in half the neurons for compact ones"
)
@given(asked=questions_of_attend(shortest=1), compact=WIDTHS)
@example(asked=COUNTED, compact=False)
@example(asked=COUNTED, compact=True)
@example(asked=TURNED, compact=False)
@example(asked=TURNED, compact=True)
@example(asked=UNEVEN, compact=False)
@example(asked=UNEVEN, compact=True)
@example(asked=SINGULAR, compact=False)
@example(asked=SINGULAR, compact=True)
@example(asked=drawn(5, 6, 5, 7), compact=True)
@example(asked=EMPTY, compact=True)
@example(asked=LONG, compact=False)
@example(asked=LONG, compact=True)
def constructed_networks_are_attention(subject: Subject, asked: Arrays, compact: bool) -> None:
    """The network of `construct`, run by its recurrence, has the outputs of attention, at both widths."""
    asked = fitted(subject, asked)
    network = subject.construct(**{name: asked[name] for name in MATRICES}, compact=compact)
    unit = FACTOR_OF_NETWORKS * roundings(asked["inputs"]) * precision_of(subject).unit
    allowed = unit * any_network_size(asked)
    because = "attention's; the network is run as the contract says, its outputs read after each update"
    must_be(subject, OUTPUT, gated(network, asked["inputs"]), attention(**asked), allowed, because)


THREE = [normal(3, 8, seed=seed) for seed in range(3)]


@property_of(
    "attention", source=f"{PAPER}: for sequences of any length; polynomials that agree on T = 3 agree"
)
@given(asked=questions_of_attend(of=small), compact=WIDTHS)
@example(asked=COUNTED, compact=False)
@example(asked=COUNTED, compact=True)
@example(asked=TURNED, compact=False)
@example(asked=TURNED, compact=True)
@example(asked=UNEVEN, compact=False)
@example(asked=UNEVEN, compact=True)
@example(asked=SINGULAR, compact=True)
def constructions_hold_at_every_length(subject: Subject, asked: Arrays, compact: bool) -> None:
    """With decays 0 and 1, three normal sequences of three tokens decide for all lengths; and so does this.

    No term of an output mentions more than two tokens of the past besides the current one.
    """
    asked = fitted(subject, asked)
    network = subject.construct(**{name: asked[name] for name in MATRICES}, compact=compact)
    for tokens in THREE:
        question = {**asked, "inputs": tokens[:, : asked["inputs"].shape[1]]}
        unit = FACTOR_OF_NETWORKS * roundings(question["inputs"]) * precision_of(subject).unit
        allowed = unit * any_network_size(question)
        right = attention(**question)
        because = f"attention's, on the three tokens {np.round(question['inputs'], 3).tolist()}"
        must_be(subject, OUTPUT, gated(network, question["inputs"]), right, allowed, because)


@property_of("attention", source=f"{PAPER}: neurons that keep what they hold, and neurons that forget it")
@given(asked=questions_of_attend(of=small), compact=WIDTHS)
@example(asked=COUNTED, compact=False)
@example(asked=TURNED, compact=True)
@example(asked=UNEVEN, compact=False)
def decays_are_zero_or_one(subject: Subject, asked: Arrays, compact: bool) -> None:
    """Each decay of a constructed network is 0 or 1."""
    decay = subject.construct(**{name: asked[name] for name in MATRICES}, compact=compact).decay
    odd = np.flatnonzero((decay != 0) & (decay != 1))
    expect(
        not len(odd), lambda: f"the decay of neuron {odd[0]} is {float(decay[odd[0]])!r}; 0 or 1 is expected"
    )


@property_of(
    "attention", source=f"{PAPER}: d^2 + d neurons for v = k = d; compact ones by the symmetry of C_t"
)
@given(asked=questions_of_attend(of=small), compact=WIDTHS)
@example(asked=COUNTED, compact=False)
@example(asked=COUNTED, compact=True)
@example(asked=SQUARE, compact=False)
@example(asked=SQUARE, compact=True)
@example(asked=UNEVEN, compact=False)
@example(asked=UNEVEN, compact=True)
@example(asked=drawn(1, 4, 4, 4), compact=True)
def widths_are_as_promised(subject: Subject, asked: Arrays, compact: bool) -> None:
    """There are v k + k neurons; or, compact, at most d (d + 3) / 2, and no fewer than can do it."""
    weights = {name: asked[name] for name in MATRICES}
    (k, d), v = weights["key"].shape, len(weights["value"])
    h = len(subject.construct(**weights, compact=compact).decay)
    if not compact:
        expect(h == v * k + k, f"there are {h} neurons; v k + k = {v * k + k} are expected")
        return
    most, least = d * (d + 3) // 2, identity.needed(**weights)
    expect(
        h <= most, f"there are {h} neurons; compact, at most d (d + 3) / 2 = {most} are allowed for d = {d}"
    )
    expect(
        h >= least,
        f"there are {h} neurons, but what is to be told apart of the past and of the token takes {least}",
    )


# run


IDENTITY = Network(  # its output is z_t's first entry, squared
    np.zeros(1), rows([1, 0]), rows([0, 1]), rows([1]), rows([1]), rows([1])
)
FADING = Network(  # no two arrays are alike, and none symmetric
    np.array([0.5, 1.0, -1.0]),
    rows([1, 2, 1], [0, 1, -1], [2, -1, 3]),
    rows([1, 0, 2], [3, 1, 1], [-1, 2, 1]),
    rows([1, 0, 2], [0, -1, 1]),
    rows([2, 1, 0], [1, 1, 3]),
    rows([1, -2]),
)


GROWING = replace(  # beside a state that hardly keeps anything
    FADING, decay=np.array([1e-5, 2.0, -300.0]), readout=rows([1, -2], [3, 1])
)
FORGETFUL = replace(FADING, decay=np.array([0.1, -0.9, 1.0]))


@property_of("attention", source=f"{PAPER}, equation of the gated RNN, read after the update")
@given(asked=questions_of_run())
@example(asked={"network": IDENTITY, "inputs": np.zeros((0, 1))})
@example(asked={"network": IDENTITY, "inputs": rows([3], [-2])})
@example(asked={"network": FADING, "inputs": rows([1, 2])})
@example(asked={"network": FADING, "inputs": rows([1, 2], [0, 0], [0, 0], [-1, 1])})
@example(asked={"network": GROWING, "inputs": rows([1, 2], [0, 1], [-1, 1])})
@example(asked={"network": FORGETFUL, "inputs": normal(397, 2)})  # 0.1^397 is no number of float64
@example(asked={"network": construct(**ROTATED, compact=True), "inputs": TURNED["inputs"]})
def networks_are_run_as_the_recurrence_says(subject: Subject, asked: dict[str, Any]) -> None:
    """`run` updates h by decay * h + (input_a z) * (input_b z), then reads readout (gate_a h * gate_b h)."""
    network = Network(**fitted(subject, vars(asked["network"])))
    inputs = fitted(subject, {"inputs": asked["inputs"]})["inputs"]
    sizes = gated_size(network, inputs)
    if has_room(subject, sizes):
        allowed = FACTOR_OF_NETWORKS * roundings(inputs) * precision_of(subject).unit * sizes
        because = "readout ((gate_a h_t) * (gate_b h_t)), with z_t = (x_t, 1) and h_0 = 0"
        must_be(
            subject,
            OUTPUT,
            subject.run(network=network, inputs=inputs),
            gated(network, inputs),
            allowed,
            because,
        )


@property_of("attention", source=f"{PAPER}: the theorem, exactly, for every input")
@given(asked=questions_of_attend(shortest=1), compact=WIDTHS)
@example(asked=COUNTED, compact=False)
@example(asked=TURNED, compact=True)
@example(asked=UNEVEN, compact=False)
@example(asked=LONG, compact=False)
@example(asked=LONG, compact=True)
def running_a_construction_is_attention(subject: Subject, asked: Arrays, compact: bool) -> None:
    """`run` on the network that the paper constructs has the outputs of attention, at both widths."""
    asked = fitted(subject, asked)
    inputs, network = asked["inputs"], construct(**{name: asked[name] for name in MATRICES}, compact=compact)
    sizes = compact_size(asked) if compact else size(asked)
    if has_room(subject, gated_size(network, inputs)):
        allowed = FACTOR_OF_NETWORKS * roundings(inputs) * precision_of(subject).unit * sizes
        because = f"attention's, which the network constructs with {len(network.decay)} neurons"
        must_be(
            subject, OUTPUT, subject.run(network=network, inputs=inputs), attention(**asked), allowed, because
        )


# predict


ANSWER = "entry {} of the answer"


PAIRS: dict[str, Any] = {
    "inputs": rows([1, 2], [0, -1], [3, 1]),
    "targets": rows([1], [2], [-1]),
    "query": np.array([2.0, 1.0]),
    "rate": 0.5,
}
SINGLE: dict[str, Any] = {"inputs": rows([2]), "targets": rows([3]), "query": np.array([5.0]), "rate": 1.0}
ALIKE: dict[str, Any] = {  # as many inputs as targets
    "inputs": rows([1, 2], [0, -1], [3, 1]),
    "targets": rows([1, 0], [2, 1], [-1, 3]),
    "query": np.array([2.0, 1.0]),
    "rate": 0.5,
}
MANY: dict[str, Any] = {
    "inputs": normal(131, 3, seed=1),
    "targets": normal(131, 2, seed=2),
    "query": normal(1, 3, seed=3)[0],
    "rate": 1 / 14.8,
}


@property_of("attention", source=f"{PAPER}, section on in-context learning: one step of gradient descent")
@given(asked=questions_of_predict())
@example(asked=SINGLE)
@example(asked=PAIRS)
@example(asked=ALIKE)
@example(asked=MANY)
def predictions_are_one_step_of_gradient_descent(subject: Subject, asked: dict[str, Any]) -> None:
    """`predict` gives rate * sum of y_s <x_s, query>, the answer after one step from zero."""
    arrays = fitted(subject, {name: asked[name] for name in ("inputs", "targets", "query")})
    rate = float(np.sign(asked["rate"])) if precision_of(subject).largest < 1e6 else asked["rate"]
    right = rate * (arrays["targets"].T @ (arrays["inputs"] @ arrays["query"]))
    sizes = abs(rate) * (np.abs(arrays["targets"]).T @ (np.abs(arrays["inputs"]) @ np.abs(arrays["query"])))
    if has_room(subject, sizes):
        allowed = FACTOR * roundings(arrays["inputs"]) * precision_of(subject).unit * sizes
        got = subject.predict(**arrays, rate=rate)
        must_be(subject, ANSWER, got, right, allowed, "rate times the sum of y_s <x_s, query>")


@property_of("attention", source=f"{PAPER}, section on in-context learning: attention that is one such step")
@given(asked=questions_of_predict())
@example(asked=SINGLE)
@example(asked=PAIRS)
@example(asked=MANY)
def attention_predicts_in_context(subject: Subject, asked: dict[str, Any]) -> None:
    """On tokens (x_s, y_s) and (x, 0), attention with the weights of one gradient step answers as it does."""
    arrays = fitted(subject, {name: asked[name] for name in ("inputs", "targets", "query")})
    rate = float(np.sign(asked["rate"])) if precision_of(subject).largest < 1e6 else asked["rate"]
    m, q = arrays["inputs"].shape[1], arrays["targets"].shape[1]
    pairs = np.hstack([arrays["inputs"], arrays["targets"]])
    tokens = np.vstack([pairs, np.append(arrays["query"], np.zeros(q))])
    reads = np.eye(m, m + q)
    question = {
        "inputs": tokens,
        "query": reads,
        "key": reads,
        "value": rate * np.eye(m + q)[m:],
    }
    sizes = size(question)
    if has_room(subject, sizes):
        got = subject.attend(**question)[-1]
        right = rate * (arrays["targets"].T @ (arrays["inputs"] @ arrays["query"]))
        allowed = FACTOR * roundings(tokens) * precision_of(subject).unit * sizes[-1]
        because = "what one step of gradient descent answers, at the last token"
        must_be(subject, ANSWER, got, right, allowed, because)
