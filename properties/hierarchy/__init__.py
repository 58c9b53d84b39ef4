"""What every correct implementation of hierarchical recurrent networks with local losses satisfies."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import property_of
from whp.properties.alike import Question, ask_all, expect_one_answer, expect_untouched_arguments
from whp.properties.hierarchy.nets import CONTRACT, THREE_GATED, TWO, Net, Start, nets, starts
from whp.properties.hierarchy.verifying import verify_command
from whp.subject import Subject

# Checks are listed in this order.
# isort: off
from whp.properties.hierarchy.running import (
    forward_is_the_recurrence,
    outputs_depend_on_the_past_alone,
    a_block_starts_from_the_upper_state_alone,
    sequences_of_a_batch_are_run_apart,
    hidden_units_may_change_places,
)
from whp.properties.hierarchy.learning import (
    loss_is_the_stated_one,
    gradient_is_that_of_the_model,
    gradient_is_the_slope_of_the_loss,
    a_cut_gradient_stays_in_its_block,
    a_decoding_loss_stays_at_its_level,
    weights_enter_linearly,
    cut_changes_the_gradient_alone,
    a_cut_pass_holds_a_block_of_each_level,
    a_first_update_shows_the_gradient,
    first_updates_take_the_course_of_float64,
)

# isort: on

__all__ = [
    "a_block_starts_from_the_upper_state_alone",
    "a_cut_gradient_stays_in_its_block",
    "a_cut_pass_holds_a_block_of_each_level",
    "a_decoding_loss_stays_at_its_level",
    "a_first_update_shows_the_gradient",
    "arguments_stay_untouched",
    "cut_changes_the_gradient_alone",
    "every_process_answers_alike_and_ends_well",
    "first_updates_take_the_course_of_float64",
    "forward_is_the_recurrence",
    "gradient_is_that_of_the_model",
    "gradient_is_the_slope_of_the_loss",
    "hidden_units_may_change_places",
    "loss_is_the_stated_one",
    "one_question_has_one_answer",
    "outputs_depend_on_the_past_alone",
    "sequences_of_a_batch_are_run_apart",
    "verify_command",
    "weights_enter_linearly",
]

FIXED = ("forward", "gradient")  # operations with one right answer


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
