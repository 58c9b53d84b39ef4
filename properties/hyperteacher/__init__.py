"""What every correct implementation of modular teachers, and of what identifies them, satisfies."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import property_of
from whp.properties import generators as some
from whp.properties.alike import Question, ask_all, expect_one_answer, expect_untouched_arguments
from whp.properties.hyperteacher.expected import Arrays, fitted
from whp.properties.hyperteacher.inputs import (
    NUMBERS,
    PAIRED,
    SHARED,
    SQUARE,
    drawn,
    pairing,
    questions_of_apply,
    questions_of_codes,
    questions_of_identification,
    runs,
    supports,
)
from whp.properties.hyperteacher.lessons import Lesson, fitting, lessons, trainings
from whp.properties.hyperteacher.verifying import verify_command
from whp.subject import Subject

# Checks are listed in this order.
# isort: off
from whp.properties.hyperteacher.networks import (
    weights_are_the_sum_of_modules,
    weights_are_linear_in_the_code,
    outputs_are_those_of_the_teacher,
    outputs_scale_with_code_and_inputs,
    opposite_inputs_differ_by_a_linear_map,
    opposites_add_up_to_absolute_values,
    hidden_units_have_no_names,
    modules_may_be_mixed,
    inputs_are_answered_apart,
)
from whp.properties.hyperteacher.supporting import (
    support_is_decided_as_defined,
    verdicts_follow_from_the_numbers,
    supports_of_the_paper_are_told_right,
    names_order_and_repetition_mean_nothing,
    more_tasks_never_undo,
    independent_parts_add_up,
    asking,
)
from whp.properties.hyperteacher.coding import (
    codes_lie_on_masks,
    entries_have_the_stated_size,
    continuous_codes_differ,
    other_seeds_give_other_codes,
)
from whp.properties.hyperteacher.identifying import (
    identification_is_as_defined,
    the_teacher_itself_is_identified,
    a_unit_turned_round_is_not_identified,
    unmet_conditions_have_counterexamples,
    WRITTEN,
)
from whp.properties.hyperteacher.training import (
    losses_of_students_are_mean_squared_errors,
    gradients_of_students_are_those_of_the_loss,
    gradients_of_students_give_the_slope_of_the_loss,
    tasks_of_a_batch_count_alike,
    a_first_update_shows_the_gradient,
    first_updates_take_the_course_of_float64,
    without_a_gradient_nothing_moves,
)

# isort: on

__all__ = [
    "FIXED",
    "a_first_update_shows_the_gradient",
    "a_unit_turned_round_is_not_identified",
    "arguments_stay_untouched",
    "codes_lie_on_masks",
    "continuous_codes_differ",
    "entries_have_the_stated_size",
    "every_process_answers_alike_and_ends_well",
    "first_updates_take_the_course_of_float64",
    "gradients_of_students_are_those_of_the_loss",
    "gradients_of_students_give_the_slope_of_the_loss",
    "hidden_units_have_no_names",
    "identification_is_as_defined",
    "independent_parts_add_up",
    "inputs_are_answered_apart",
    "losses_of_students_are_mean_squared_errors",
    "modules_may_be_mixed",
    "more_tasks_never_undo",
    "names_order_and_repetition_mean_nothing",
    "one_question_has_one_answer",
    "opposite_inputs_differ_by_a_linear_map",
    "opposites_add_up_to_absolute_values",
    "other_seeds_give_other_codes",
    "outputs_are_those_of_the_teacher",
    "outputs_scale_with_code_and_inputs",
    "support_is_decided_as_defined",
    "supports_of_the_paper_are_told_right",
    "tasks_of_a_batch_count_alike",
    "the_teacher_itself_is_identified",
    "unmet_conditions_have_counterexamples",
    "verdicts_follow_from_the_numbers",
    "verify_command",
    "weights_are_linear_in_the_code",
    "weights_are_the_sum_of_modules",
    "without_a_gradient_nothing_moves",
]

CONTRACT = "the contract of hyperteacher"
FIXED = (
    "generate",
    "apply",
    "support",
    "identification",
    "student_gradient",
)  # operations with one right answer


def generating(asked: Arrays) -> Question:
    """Return the question of `generate` that goes with one of `apply`."""
    return "generate", {name: asked[name] for name in ("modules", "code")}


def sampling(asked: dict[str, Any], seed: int) -> Question:
    """Return a question of `sample_codes`."""
    return "sample_codes", {**asked, "seed": seed}


def questions() -> st.SearchStrategy[Question]:
    """Draw an operation with its arguments."""
    return st.one_of(
        questions_of_apply().map(generating),
        questions_of_apply().map(lambda asked: ("apply", asked)),
        supports().map(lambda asked: ("support", asked)),
        st.builds(sampling, questions_of_codes(), some.seeds()),
        questions_of_identification().map(lambda asked: ("identification", asked)),
        lessons().map(lambda lesson: ("student_gradient", lesson.question())),
        trainings("sides").map(lambda lesson: ("student_train", lesson.training(2))),
    )


def squeezed(subject: Subject, question: Question) -> Question:
    """Return the question as the subject's precision has room for it."""
    name, asked = question
    if name == "student_train":
        return name, {**asked, "device": subject.device}
    return name, fitting(subject, asked) if name == "student_gradient" else fitted(subject, asked)


SUPPORT = asking([*runs(4, 2), [0]], 4, False)
ALONE = pairing([[[1]]], [[1]], [[[2]]], [[1]])
LEARNED, TRAINED = Lesson().question(), Lesson(dtype="float32").training(3)


@property_of("hyperteacher", source=CONTRACT)
@given(question=questions(), other=questions())
@example(question=generating(SQUARE), other=generating(NUMBERS))
@example(question=("apply", SQUARE), other=("apply", drawn(4, 2, 2, 2)))
@example(question=("support", SUPPORT), other=("support", asking([[0], [1]], 2, True)))
@example(question=sampling(SHARED, 5), other=sampling(SHARED, 6))
@example(question=sampling(PAIRED, 5), other=sampling(PAIRED, 6))
@example(question=("identification", WRITTEN), other=("identification", ALONE))
@example(question=("student_gradient", LEARNED), other=("student_train", TRAINED))
@example(question=("student_train", TRAINED), other=("student_gradient", LEARNED))
def one_question_has_one_answer(subject: Subject, question: Question, other: Question) -> None:
    """Asked again, also after another question, an operation gives the same answer."""
    expect_one_answer(subject, squeezed(subject, question), squeezed(subject, other))


@property_of("hyperteacher", source=CONTRACT)
@given(question=questions())
@example(question=generating(SQUARE))
@example(question=("apply", SQUARE))
@example(question=("support", SUPPORT))
@example(question=sampling(PAIRED, 1))
@example(question=("identification", WRITTEN))
@example(question=("student_gradient", LEARNED))
@example(question=("student_train", TRAINED))
def arguments_stay_untouched(subject: Subject, question: Question) -> None:
    """No operation changes what it is handed."""
    expect_untouched_arguments(subject, squeezed(subject, question))


@property_of("hyperteacher", source=CONTRACT, examples=0.02, processes=3)
@given(asked=questions_of_apply(), seed=some.seeds())
@example(asked=SQUARE, seed=3)
def every_process_answers_alike_and_ends_well(subject: Subject, asked: Arrays, seed: int) -> None:
    """Every process that is asked the same answers the same, and ends by itself without an error."""
    listed: list[Question] = [
        generating(asked),
        ("apply", asked),
        ("support", SUPPORT),
        ("support", asking([[0, 1], [2], [1, 2]], 3, True)),
        sampling(PAIRED, seed),
        sampling(SHARED, seed),
        ("identification", WRITTEN),
        ("student_gradient", LEARNED),
        ("student_train", TRAINED),
    ]
    ask_all(subject, [squeezed(subject, question) for question in listed])
