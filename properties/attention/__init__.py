"""What every correct implementation of linear attention, and of gated networks that are it, satisfies."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import property_of
from whp.properties.alike import Question, ask_all, expect_one_answer, expect_untouched_arguments
from whp.properties.attention.expected import MATRICES, Arrays, fitted
from whp.properties.attention.gating import FADING, IDENTITY, MANY, PAIRS, WIDTHS
from whp.properties.attention.inputs import (
    COUNTED,
    ONE,
    ROTATED,
    TURNED,
    questions_of_attend,
    questions_of_predict,
    questions_of_run,
    questions_of_vjp,
    rows,
)
from whp.properties.attention.lessons import Lesson, lessons, trainings
from whp.properties.attention.training import TINY
from whp.properties.attention.verifying import verify_command
from whp.properties.rounding import precision_of
from whp.reference.attention.network import Network
from whp.subject import Subject

# Checks are listed in this order.
# isort: off
from whp.properties.attention.attending import (
    outputs_are_linear_attention,
    outputs_see_the_past_alone,
    the_order_of_the_past_is_nothing,
    pasts_add_up,
    zero_tokens_change_nothing,
    signs_of_the_past_are_nothing,
    outputs_are_cubic,
    outputs_are_linear_in_each_matrix,
    a_change_of_basis_changes_nothing,
    matrices_compose,
    gradients_are_those_of_the_outputs,
    gradients_give_the_slope_of_the_outputs,
)
from whp.properties.attention.gating import (
    constructed_networks_are_attention,
    constructions_hold_at_every_length,
    decays_are_zero_or_one,
    widths_are_as_promised,
    networks_are_run_as_the_recurrence_says,
    running_a_construction_is_attention,
    predictions_are_one_step_of_gradient_descent,
    attention_predicts_in_context,
)
from whp.properties.attention.training import (
    losses_of_networks_are_mean_squared_errors,
    gradients_of_networks_are_those_of_the_loss,
    gradients_of_networks_give_the_slope_of_the_loss,
    sequences_of_a_batch_count_alike,
    a_first_update_shows_the_gradient,
    first_updates_take_the_course_of_float64,
    without_a_gradient_nothing_moves,
)

# isort: on

__all__ = [
    "a_change_of_basis_changes_nothing",
    "a_first_update_shows_the_gradient",
    "arguments_stay_untouched",
    "attention_predicts_in_context",
    "constructed_networks_are_attention",
    "constructions_hold_at_every_length",
    "decays_are_zero_or_one",
    "every_process_answers_alike_and_ends_well",
    "first_updates_take_the_course_of_float64",
    "gradients_are_those_of_the_outputs",
    "gradients_give_the_slope_of_the_outputs",
    "gradients_of_networks_are_those_of_the_loss",
    "gradients_of_networks_give_the_slope_of_the_loss",
    "losses_of_networks_are_mean_squared_errors",
    "matrices_compose",
    "networks_are_run_as_the_recurrence_says",
    "one_question_has_one_answer",
    "outputs_are_cubic",
    "outputs_are_linear_attention",
    "outputs_are_linear_in_each_matrix",
    "outputs_see_the_past_alone",
    "pasts_add_up",
    "predictions_are_one_step_of_gradient_descent",
    "running_a_construction_is_attention",
    "sequences_of_a_batch_count_alike",
    "signs_of_the_past_are_nothing",
    "the_order_of_the_past_is_nothing",
    "verify_command",
    "widths_are_as_promised",
    "without_a_gradient_nothing_moves",
    "zero_tokens_change_nothing",
]

CONTRACT = "the contract of attention"
FIXED = ("attend", "vjp", "run", "predict", "network_gradient")  # operations with one right answer


# All operations


def questions() -> st.SearchStrategy[Question]:
    """Draw an operation with its arguments."""
    weights = questions_of_attend(1).map(lambda asked: {name: asked[name] for name in MATRICES})
    return st.one_of(
        questions_of_attend().map(lambda asked: ("attend", asked)),
        questions_of_vjp().map(lambda asked: ("vjp", asked)),
        st.builds(lambda asked, compact: ("construct", {**asked, "compact": compact}), weights, WIDTHS),
        questions_of_run().map(lambda asked: ("run", asked)),
        questions_of_predict().map(lambda asked: ("predict", asked)),
        lessons().map(lambda lesson: ("network_gradient", lesson.question())),
        trainings("any").map(lambda lesson: ("network_train", lesson.training(2))),
    )


VJP = {**TURNED, "cotangent": rows([1, 0], [0, 2], [-1, 1], [3, 1])}
FADED = {"network": FADING, "inputs": rows([1, 2], [0, 0], [-1, 1])}
LEARNED, TRAINED = Lesson().question(), Lesson(dtype="float32").training(3)


def squeezed(subject: Subject, question: Question) -> Question:
    """Return the question as the subject's precision has room for it."""
    name, asked = question
    if name == "network_train":
        return name, {**asked, "device": subject.device}
    if name == "network_gradient":
        return name, asked if precision_of(subject).largest > 1e6 else TINY.question()
    arrays = fitted(subject, {each: value for each, value in asked.items() if isinstance(value, np.ndarray)})
    others = {each: value for each, value in asked.items() if each not in arrays}
    if "network" in others:
        others["network"] = Network(**fitted(subject, vars(others["network"])))
    return name, {each: arrays.get(each, others.get(each)) for each in asked}


@property_of("attention", source=CONTRACT)
@given(question=questions(), other=questions())
@example(question=("attend", TURNED), other=("attend", COUNTED))
@example(question=("vjp", VJP), other=("vjp", VJP))
@example(question=("construct", {**ROTATED, "compact": True}), other=("construct", {**ONE, "compact": False}))
@example(question=("run", FADED), other=("run", {"network": IDENTITY, "inputs": rows([1])}))
@example(question=("predict", PAIRS), other=("predict", MANY))
@example(question=("network_gradient", LEARNED), other=("network_gradient", LEARNED))
@example(question=("network_train", TRAINED), other=("network_gradient", LEARNED))
def one_question_has_one_answer(subject: Subject, question: Question, other: Question) -> None:
    """Asked again, also after another question, an operation gives the same answer."""
    expect_one_answer(subject, squeezed(subject, question), squeezed(subject, other))


@property_of("attention", source=CONTRACT)
@given(question=questions())
@example(question=("attend", TURNED))
@example(question=("vjp", VJP))
@example(question=("construct", {**ROTATED, "compact": True}))
@example(question=("run", FADED))
@example(question=("predict", PAIRS))
@example(question=("network_gradient", LEARNED))
@example(question=("network_train", TRAINED))
def arguments_stay_untouched(subject: Subject, question: Question) -> None:
    """No operation changes what it is handed."""
    expect_untouched_arguments(subject, squeezed(subject, question))


@property_of("attention", source=CONTRACT, examples=0.02, processes=5)
@given(asked=questions_of_vjp())
@example(asked=VJP)
def every_process_answers_alike_and_ends_well(subject: Subject, asked: Arrays) -> None:
    """Every process that is asked the same answers the same, and ends by itself without an error."""
    weights = {name: asked[name] for name in MATRICES}
    listed: list[Question] = [
        ("attend", {"inputs": asked["inputs"], **weights}),
        ("vjp", asked),
        ("construct", {**weights, "compact": False}),
        ("construct", {**weights, "compact": True}),
        ("run", FADED),
        ("predict", PAIRS),
        ("network_gradient", LEARNED),
        ("network_train", TRAINED),
    ]
    ask_all(subject, [squeezed(subject, question) for question in listed])
