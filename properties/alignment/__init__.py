"""What every correct implementation of the alignment of networks satisfies."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import NotOffered, expect, property_of
from whp.properties.alignment.bounds import (
    DOUBLE,
    expect_best,
    expect_best_everywhere,
    expect_moved,
    expect_near,
    expect_permutation,
    slack,
    told_apart,
)
from whp.properties.alignment.inputs import (
    ADVERSE,
    ALIKE,
    ALIKE_BUT_FOR_1E_12,
    BIASED,
    BROAD,
    CROWD,
    DEAD,
    DEAD_AND_OPPOSITE,
    EMPTY,
    FAINT,
    FAINT_COLUMNS,
    FAR,
    FINE,
    FLAT,
    FOUR,
    LAST_DECIDES,
    LAST_DECIDES_IN_A_LAYER,
    LAST_TELL,
    LINEAR,
    LONG,
    LOUD,
    NOTHING,
    ONE_DEAD,
    OPPOSITE,
    SMALL,
    SQUARE,
    SWAP,
    SWAPPED,
    TURN,
    TURN_BACK,
    TURNED,
    TURNS,
    TWICE,
    TWINS,
    TWO_PEAKS,
    WIDE,
    columns,
    curve,
    curves,
    mixtures,
    moves,
    moves_after_moves,
    orders,
    pairs,
    planted,
    questions,
    signals,
    twins,
    two,
)
from whp.properties.alignment.verifying import verify_command as verify_command
from whp.properties.alike import (
    Question,
    ask_all,
    expect_one_answer,
    expect_untouched_arguments,
)
from whp.properties.rounding import precision_of
from whp.reference.alignment.networks import forward, interpolate, permute, widths
from whp.subject import Subject

PAPER = "arXiv:2209.07509"
CONTRACT = "the contract of alignment"
FIXED = ("forward", "permute", "interpolate", "barrier")  # operations with one right answer


# forward


@property_of("alignment", source=f"{PAPER}: multilayer perceptrons with ReLU")
@given(asked=signals())
@example(asked=SMALL)
@example(asked=BIASED)
@example(asked=SQUARE)
@example(asked=LINEAR)
@example(asked=FINE)
@example(asked=FAINT)
@example(asked=LONG)
@example(asked=EMPTY)
def forward_computes_the_network(subject: Subject, asked: dict[str, Any]) -> None:
    """Hidden layers are max(W h + b, 0), and the logits W h + b of the last hidden layer."""
    told = subject.forward(**asked)
    right = forward(**asked)
    allowed = slack(asked["network"], asked["inputs"], precision_of(subject).unit)
    if len(asked["inputs"]):
        for t, (got, wanted, near) in enumerate(zip(told.hidden, right.hidden, allowed, strict=False)):
            why = f"max(W h + b, 0) with the weights (and biases, if any) of layer {t}"
            expect_near(got, wanted, near, f"hidden[{t}]", why)
        expect_near(told.logits, right.logits, allowed[-1], "logits", "W h + b of the last layer, no ReLU")


# match_layer and match


@property_of("alignment", source=CONTRACT)
@given(asked=columns())
@example(asked=NOTHING)
@example(asked=ADVERSE)
@example(asked=DEAD)
def match_layer_gives_a_permutation(subject: Subject, asked: dict[str, np.ndarray]) -> None:
    """`match_layer` matches each unit of the first layer to another unit of the second, dead units too."""
    expect_permutation(subject.match_layer(**asked), "the answer")


@property_of("alignment", source=f"{PAPER}: linear assignment of cosines of activations")
@given(asked=columns())
@example(asked=NOTHING)
@example(asked=ADVERSE)
@example(asked=OPPOSITE)
@example(asked=WIDE)
@example(asked=CROWD)
@example(asked=FAINT_COLUMNS)
@example(asked=LAST_DECIDES)
@example(asked=DEAD_AND_OPPOSITE)
@example(asked=ALIKE)
@example(asked=ALIKE_BUT_FOR_1E_12)
@example(asked=DEAD)
def match_layer_maximises_the_cosines(subject: Subject, asked: dict[str, np.ndarray]) -> None:
    """No permutation has a larger sum of cosines than that of `match_layer`.

    Sums are compared, never permutations: where units are dead or alike, several are best.
    """
    p = subject.match_layer(**asked)
    expect_permutation(p, "the answer")
    first, second = asked["first"], asked["second"]
    expect_best(p, first, second, allowed=0.0, unit=precision_of(subject).unit, said="the answer")


def by_activations(subject: Subject) -> None:
    """Raise NotOffered for a subject that matches otherwise."""
    if subject.declares("method", "activation") != "activation":
        raise NotOffered("`match` by activations: it declares another `method`")


@property_of("alignment", source=CONTRACT)
@given(asked=pairs())
@example(asked=TWINS)
@example(asked=FLAT)
@example(asked=ONE_DEAD)
@example(asked={**ONE_DEAD, "inputs": np.zeros((0, 2))})
def match_gives_permutations(subject: Subject, asked: dict[str, Any]) -> None:
    """`match` gives a permutation of the units of each hidden layer, dead units too."""
    for t, p in enumerate(subject.match(**asked)):
        expect_permutation(p, f"that of hidden layer {t}")


@property_of("alignment", source=f"{PAPER}: layers are matched independently, from clean activations")
@given(asked=pairs())
@example(asked=TWINS)
@example(asked=FLAT)
@example(asked=ONE_DEAD)
@example(asked=LAST_DECIDES_IN_A_LAYER)
@example(asked=LOUD)
@example(asked=twins([4, 6, 6, 3], 12, 21))
@example(asked=twins([2, 3, 4, 3], 9, 31))
def match_maximises_the_cosines_in_every_layer(subject: Subject, asked: dict[str, Any]) -> None:
    """In no hidden layer another permutation has a larger sum of cosines of activations after the ReLU.

    Both networks see the same inputs in the same order. Asked of subjects that declare that they match by
    these cosines: any other algorithm may serve as well.
    """
    if subject.declares("method", None) != "activation":
        raise NotOffered('`method` "activation": it doesn\'t declare that `match` goes by these cosines')
    expect_best_everywhere(subject.match(**asked), **asked, precision=precision_of(subject))


@property_of("alignment", source=f"{PAPER}; units that no other is like can be matched in one way alone")
@given(asked=planted())
@example(asked=TURNED)
@example(asked=FOUR)
@example(asked={**FOUR, "permutations": orders([0, 1, 2, 3], [0, 1, 2, 3])})
@example(asked={**FOUR, "permutations": orders([1, 2, 3, 0], [0, 1, 2, 3])})
@example(asked={**FOUR, "permutations": orders([0, 1, 2, 3], [1, 2, 3, 0])})
@example(asked=LAST_TELL)
def planted_permutations_are_found_again(subject: Subject, asked: dict[str, Any]) -> None:
    """A network whose units were moved is brought back onto the network that it was.

    Asked of subjects that match by activations, where no two units answer alike.
    """
    by_activations(subject)
    network, inputs, precision = asked["network"], asked["inputs"], precision_of(subject)
    moved = permute(network, asked["permutations"])
    found = subject.match(first=network, second=moved, inputs=inputs)
    hidden, near = forward(network, inputs).hidden, slack(network, inputs, precision.unit)
    for t, (p, by) in enumerate(zip(found, asked["permutations"], strict=True)):
        back = np.argsort(by)
        if told_apart(hidden[t], near[t], precision):
            inverse = ": the answer is the inverse of what is asked for"
            expect(
                np.array_equal(p, back),
                f"unit i of the second's hidden layer {t} is unit {by.tolist()}[i] of the first; "
                f"the answer {p.tolist()} doesn't bring it back, {back.tolist()} does"
                f"{inverse * np.array_equal(p, by)}",
            )


# permute


@property_of("alignment", source=f"{PAPER}: the symmetry of hidden units")
@given(asked=moves(), seed=st.integers(0, 2**32))
@example(asked={"network": SMALL["network"], "permutations": orders(SWAP)}, seed=1)
@example(asked={"network": BIASED["network"], "permutations": orders(TURN, SWAP)}, seed=2)
@example(asked={"network": SQUARE["network"], "permutations": orders(TURN, TURN, TURN)}, seed=3)
@example(asked={"network": LINEAR["network"], "permutations": []}, seed=4)
def permuting_keeps_the_function(subject: Subject, asked: dict[str, Any], seed: int) -> None:
    """The permuted network computes what the network does."""
    network = asked["network"]
    moved = subject.permute(**asked)
    inputs = np.random.default_rng(np.random.SeedSequence(seed)).integers(-9, 10, (5, widths(network)[0])) / 3
    logits, wanted = (forward(one, inputs).logits for one in (moved, network))
    expect_near(
        logits,
        wanted,
        slack(network, inputs, precision_of(subject).unit)[-1],
        f"asked {np.round(inputs, 6).tolist()}, the permuted network answers logits",
        "those of the network itself; rows, columns of the next layer and biases must move together",
    )


GATHERED = "W'_t[i, j] = W_t[p_t[i], p_(t-1)[j]] and b'_t[i] = b_t[p_t[i]]"


@property_of("alignment", source=CONTRACT)
@given(asked=moves())
@example(asked={"network": SMALL["network"], "permutations": orders(SWAP)})
@example(asked={"network": BIASED["network"], "permutations": orders(TURN, SWAP)})
@example(asked={"network": SQUARE["network"], "permutations": orders(TURN, TURN_BACK, [*SWAP, 2])})
@example(asked={"network": FINE["network"], "permutations": orders([0])})
@example(asked={"network": LINEAR["network"], "permutations": []})
@example(asked=BROAD)
def new_unit_i_is_old_unit_p_of_i(subject: Subject, asked: dict[str, Any]) -> None:
    """`permute` makes new unit i of old unit p[i], and moves parameters without a change of any bit."""
    expect_moved(
        subject.permute(**asked),
        permute(**asked),
        precision_of(subject).unit,
        f"{GATHERED} for p = {[p.tolist() for p in asked['permutations']]}",
    )


@property_of("alignment", source=f"{CONTRACT}: new unit i is old unit p[i]")
@given(asked=moves_after_moves())
@example(asked=TWICE)
@example(asked=TURNS)
def permuting_twice_is_permuting_once(subject: Subject, asked: dict[str, Any]) -> None:
    """Permuting by p and then by q is permuting by p[q]; by p and then by its inverse, it changes nothing."""
    network, unit = asked["network"], precision_of(subject).unit
    by, then = asked["permutations"], asked["then"]
    moved = subject.permute(network=network, permutations=by)
    composed = [p[q] for p, q in zip(by, then, strict=True)]
    expect_moved(
        subject.permute(network=moved, permutations=then),
        subject.permute(network=network, permutations=composed),
        unit,
        f"permuted by {[p.tolist() for p in by]} and then by {[q.tolist() for q in then]} it must be as if "
        f"permuted by {[r.tolist() for r in composed]} at once",
    )
    expect_moved(
        subject.permute(network=moved, permutations=[np.argsort(p) for p in by]),
        network,
        unit,
        f"permuted by {[p.tolist() for p in by]} and then by its inverse it must be what it was",
    )


# interpolate


@property_of("alignment", source=CONTRACT)
@given(asked=mixtures())
@example(asked=two(51, 1.0))
@example(asked=two(51, 0.0))
@example(asked={**FAR, "weight": 1.0})
@example(asked={**FAR, "weight": 0.0})
def the_line_ends_at_both_networks(subject: Subject, asked: dict[str, Any]) -> None:
    """Weight 1 gives the first network and weight 0 the second, equal in value."""
    unit = precision_of(subject).unit
    for weight, name in ((1.0, "first"), (0.0, "second")):
        mixed = subject.interpolate(**{**asked, "weight": weight})
        expect_moved(mixed, asked[name], unit, f"weight {weight:g} gives the {name} network itself")


@property_of("alignment", source=f"{CONTRACT}: weight * first + (1 - weight) * second")
@given(asked=mixtures())
@example(asked=two(52, 0.5))
@example(asked=two(52, 0.1))
@example(asked=two(52, 0.75))
@example(asked={**FAR, "weight": 0.25})
def parameters_lie_on_the_line(subject: Subject, asked: dict[str, Any]) -> None:
    """Each weight and each bias is weight * first + (1 - weight) * second."""
    first, second, weight = asked["first"], asked["second"], asked["weight"]
    mixed, right = subject.interpolate(**asked), interpolate(**asked)
    coarser = precision_of(subject).unit / DOUBLE
    for name in ("weights", "biases"):
        ends = zip(*(getattr(one, name) or [] for one in (first, second, mixed, right)), strict=True)
        for t, (one, other, got, wanted) in enumerate(ends):
            allowed = 4 * coarser * np.spacing(np.abs(one) + np.abs(other))
            expect_near(got, wanted, allowed, f"{name}[{t}]", f"{weight:g} * first + {1 - weight:g} * second")


# barrier


@property_of("alignment", source="the loss above the chord, as in Frankle et al., arXiv:1912.05671")
@given(asked=curves())
@example(asked=curve([0, 3, 4], [0, 0.5, 1]))
@example(asked=curve([4, 3, 0], [0, 0.5, 1]))
@example(asked=curve([1, 0, 1], [0, 0.5, 1]))
@example(asked=curve([1, 2], [0, 1]))
@example(asked=curve([0, 3, 3, 1], [0, 0.1, 0.8, 1]))
@example(asked=curve([0, 5, 1, 0, 0], [0, 0.25, 0.5, 0.75, 1]))
@example(asked=TWO_PEAKS)
@example(asked=curve(SWAPPED, [0, 0.25, 0.5, 0.75, 1]))
def barrier_is_the_rise_above_the_chord(subject: Subject, asked: dict[str, np.ndarray]) -> None:
    """The barrier is the largest excess of a loss over the mean of the end losses with the same weights.

    So it is never negative, the ends lie on the chord, and loss that only slopes has none.
    """
    losses, weights = asked["losses"], asked["weights"]
    chord = weights * losses[-1] + (1 - weights) * losses[0]
    k, got = int((losses - chord).argmax()), subject.barrier(**asked)
    right = losses[k] - chord[k]
    allowed = 8 * precision_of(subject).unit * (losses + chord).max()
    expect(
        abs(got - right) <= allowed,
        f"the barrier is {got:.12g}, expected is {right:.12g}: at weight {weights[k]:g} of the first network "
        f"the loss is {losses[k]:g}, and the chord {weights[k]:g} * {losses[-1]:g} + {1 - weights[k]:g} * "
        f"{losses[0]:g} = {chord[k]:.12g} (losses[0] is that of the second network, the last of the first)",
    )


# All operations


@property_of("alignment", source=CONTRACT)
@given(question=questions(), other=questions())
@example(question=("forward", BIASED), other=("forward", SMALL))
@example(question=("match_layer", DEAD), other=("match_layer", ADVERSE))
@example(question=("match", ONE_DEAD), other=("match", TWINS))
@example(
    question=("permute", {"network": SMALL["network"], "permutations": orders(SWAP)}),
    other=("permute", {"network": LINEAR["network"], "permutations": []}),
)
@example(question=("interpolate", two(53, 0.3)), other=("interpolate", two(54, 0.3)))
@example(
    question=("barrier", curve([0, 3, 4], [0, 0.5, 1])), other=("barrier", curve([1, 0, 1], [0, 0.5, 1]))
)
def one_question_has_one_answer(subject: Subject, question: Question, other: Question) -> None:
    """Asked again, also after another question, an operation gives the same answer."""
    expect_one_answer(subject, question, other)


@property_of("alignment", source=CONTRACT)
@given(question=questions())
@example(question=("forward", BIASED))
@example(question=("match_layer", ADVERSE))
@example(question=("match", TWINS))
@example(question=("permute", {"network": BIASED["network"], "permutations": orders(TURN, SWAP)}))
@example(question=("interpolate", two(55, 0.3)))
@example(question=("barrier", curve([0, 3, 4], [0, 0.5, 1])))
def arguments_stay_untouched(subject: Subject, question: Question) -> None:
    """No operation changes what it is handed."""
    expect_untouched_arguments(subject, question)


@property_of("alignment", source=CONTRACT, examples=0.02, processes=5)
@given(asked=pairs(), layers=columns())
@example(asked=TWINS, layers=DEAD)
@example(asked=FLAT, layers=NOTHING)
def every_process_answers_alike_and_ends_well(
    subject: Subject, asked: dict[str, Any], layers: dict[str, np.ndarray]
) -> None:
    """Every process that is asked the same answers the same, and ends by itself without an error."""
    first, second, inputs = asked["first"], asked["second"], asked["inputs"]
    ask_all(
        subject,
        [
            ("forward", {"network": first, "inputs": inputs}),
            ("match_layer", layers),
            ("match", asked),
            (
                "permute",
                {"network": first, "permutations": [np.arange(n)[::-1] for n in widths(first)[1:-1]]},
            ),
            ("interpolate", {"first": first, "second": second, "weight": 0.3}),
            ("barrier", curve([0, 3, 4], [0, 0.5, 1])),
        ],
    )
