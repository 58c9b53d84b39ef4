"""What every correct implementation of randomised algorithms and their relaxed loss satisfies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from hypothesis import example, given

from whp import contract
from whp.checks import Refuted, property_of
from whp.properties import generators as some
from whp.properties.alike import Question, ask_all, expect_one_answer, expect_untouched_arguments
from whp.properties.randomization.inputs import CONTRACT, PENNIES, TALL, losses_and, questions, tables
from whp.properties.randomization.lessons import Lesson
from whp.reference.randomization import games
from whp.reference.randomization.losses import norm
from whp.reference.randomization.tables import read_table
from whp.subject import Subject

# In the order of the contract's operations.
# isort: off
from whp.properties.randomization.relaxing import (
    averaging_over_seeds_comes_first,
    drawn_seeds_raise_the_value_and_drawn_inputs_lower_it,
    gradient_is_the_derivative,
    gradient_lies_below_the_value,
    order_and_repetition_change_nothing,
    value_is_a_power_mean_of_means,
    value_is_convex_and_rises_with_every_loss,
    value_is_the_mean_at_1_and_the_largest_at_infinity,
    value_rises_with_q_to_the_largest,
    value_scales_with_the_losses,
)
from whp.properties.randomization.mixing import (
    SUM,
    UNEVEN,
    WITHIN,
    mixing_loses_no_more_than_any_row,
    mixture_is_a_law,
    no_mixture_loses_less,
    order_and_scale_change_no_value,
    symmetric_games_have_the_best_average_as_value,
    value_is_what_the_mixture_loses,
)
from whp.properties.randomization.playing import (
    color_depends_on_the_id_alone,
    every_part_of_a_seed_counts,
    every_seed_colors_as_many_cycles_as_can_be,
    every_seed_recalls_as_much_as_a_bit_can,
    listed,
    no_seed_colors_every_cycle,
    no_walk_wastes_a_step,
    order_names_and_repetition_change_no_vote,
    recall_knows_the_stored_bit_alone,
    vote_is_the_most_frequent_output,
    walk_goes_from_neighbor_to_neighbor_over_every_cell,
)
from whp.properties.randomization.learning import (
    a_first_update_shows_the_gradient,
    first_updates_take_the_course_of_float64,
    gradients_of_learners_are_those_of_the_loss,
    gradients_of_learners_give_the_slope_of_the_loss,
    losses_of_learners_are_power_means_of_means,
    names_and_order_mean_nothing_to_learners,
)

# isort: on

FIXED = ("relaxed_loss", "vote", "learner_gradient")  # operations with one right answer

__all__ = [
    "FIXED",
    "a_first_update_shows_the_gradient",
    "arguments_stay_untouched",
    "averaging_over_seeds_comes_first",
    "color_depends_on_the_id_alone",
    "drawn_seeds_raise_the_value_and_drawn_inputs_lower_it",
    "every_part_of_a_seed_counts",
    "every_process_answers_alike_and_ends_well",
    "every_seed_colors_as_many_cycles_as_can_be",
    "every_seed_recalls_as_much_as_a_bit_can",
    "first_updates_take_the_course_of_float64",
    "gradient_is_the_derivative",
    "gradient_lies_below_the_value",
    "gradients_of_learners_are_those_of_the_loss",
    "gradients_of_learners_give_the_slope_of_the_loss",
    "losses_of_learners_are_power_means_of_means",
    "mixing_loses_no_more_than_any_row",
    "mixture_is_a_law",
    "names_and_order_mean_nothing_to_learners",
    "no_mixture_loses_less",
    "no_seed_colors_every_cycle",
    "no_walk_wastes_a_step",
    "one_question_has_one_answer",
    "order_and_repetition_change_nothing",
    "order_and_scale_change_no_value",
    "order_names_and_repetition_change_no_vote",
    "recall_knows_the_stored_bit_alone",
    "symmetric_games_have_the_best_average_as_value",
    "value_is_a_power_mean_of_means",
    "value_is_convex_and_rises_with_every_loss",
    "value_is_the_mean_at_1_and_the_largest_at_infinity",
    "value_is_what_the_mixture_loses",
    "value_rises_with_q_to_the_largest",
    "value_scales_with_the_losses",
    "verify_command",
    "vote_is_the_most_frequent_output",
    "walk_goes_from_neighbor_to_neighbor_over_every_cell",
]

STORED: Question = ("store", {"values": listed(0, 1, 1), "seed": 3})
ASKED: Question = ("recall", {"memory": 1, "query": 2, "seed": 3})
CYCLE: Question = ("color_cycle", {"order": listed(4, 2, 0, 1, 3), "seed": 3})
GRID: Question = ("explore", {"rows": 3, "columns": 4, "seed": 3})
LEARNED: Question = ("learner_gradient", Lesson().question())
SCHOOLED: Question = ("learner_train", Lesson(dtype="float32").training(3))


def on_device(subject: Subject, question: Question) -> Question:
    """Return the question with the device of the run, if the operation takes one."""
    name, asked = question
    return name, {**asked, "device": subject.device} if name == "learner_train" else asked


@property_of("randomization", source=CONTRACT)
@given(question=questions(), other=questions())
@example(question=("relaxed_loss", losses_and(3.0, TALL)), other=("relaxed_loss", losses_and(3.0, PENNIES)))
@example(question=("solve_game", losses_and(None, UNEVEN)), other=("solve_game", losses_and(None, PENNIES)))
@example(question=("vote", {"outputs": listed(1, 1, 0)}), other=("vote", {"outputs": listed(5, 7)}))
@example(question=STORED, other=("store", {"values": listed(1, 0, 0, 0), "seed": 4}))
@example(question=ASKED, other=("store", {"values": listed(1, 1, 0), "seed": 3}))
@example(question=ASKED, other=("store", {"values": listed(0, 0, 1), "seed": 3}))
@example(question=CYCLE, other=("color_cycle", {"order": listed(0, 1, 2), "seed": 3}))
@example(question=GRID, other=("explore", {"rows": 4, "columns": 3, "seed": 4}))
@example(question=LEARNED, other=("learner_gradient", Lesson(seed=1).question()))
@example(question=SCHOOLED, other=LEARNED)
def one_question_has_one_answer(subject: Subject, question: Question, other: Question) -> None:
    """Asked again, also after another question, an operation gives the same answer."""
    expect_one_answer(subject, on_device(subject, question), on_device(subject, other))


@property_of("randomization", source=CONTRACT)
@given(question=questions())
@example(question=("relaxed_loss", losses_and(3.0, TALL)))
@example(question=("solve_game", losses_and(2.0, UNEVEN)))
@example(question=("vote", {"outputs": listed(3, 1, 2, 1)}))
@example(question=STORED)
@example(question=CYCLE)
@example(question=LEARNED)
@example(question=SCHOOLED)
def arguments_stay_untouched(subject: Subject, question: Question) -> None:
    """No operation changes what it is handed."""
    expect_untouched_arguments(subject, on_device(subject, question))


@property_of("randomization", source=CONTRACT, examples=0.02, processes=5)
@given(losses=tables(4), seed=some.seeds())
@example(losses=PENNIES, seed=0)
@example(losses=TALL, seed=1)
def every_process_answers_alike_and_ends_well(subject: Subject, losses: np.ndarray, seed: int) -> None:
    """Every process that is asked the same answers the same, and ends by itself without an error."""
    ask_all(
        subject,
        [
            ("relaxed_loss", losses_and(3.0, losses)),
            ("solve_game", losses_and(None, losses)),
            ("vote", {"outputs": listed(3, 1, 2, 1, 3)}),
            ("store", {"values": listed(0, 1, 1), "seed": seed}),
            ("recall", {"memory": 0, "query": 2, "seed": seed}),
            ("color_cycle", {"order": np.arange(9), "seed": seed}),
            ("explore", {"rows": 3, "columns": 4, "seed": seed}),
            LEARNED,
            on_device(subject, SCHOOLED),
        ],
    )


# whp verify


def verify_command(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="Losses, CSV or JSON, one strategy a row.")],
    mixture: Annotated[
        Path,
        typer.Argument(metavar="MIXTURE", help='JSON: [0.5, 0.5], or {"mixture": [...], "value": ...}'),
    ],
    q: Annotated[float | None, typer.Option(help="Of the norm, at least 1; infinity unless given.")] = None,
) -> str:
    """Is this the mixture of rows that loses least? Shows one that loses less, or how little that could be.

    It is the best, up to the gap that is told, by a mixture of columns against which no row loses less.
    """
    losses = read_table(table, q).losses
    if q is not None and not 1 <= q < np.inf:
        raise ValueError(f"--q {q:g}: at least 1 is expected; leave it out for infinity")
    given_mixture, told = _read_mixture(mixture, len(losses))
    lift = games.lift(losses, q)
    losses = losses + lift
    lost, largest = norm(np.maximum(given_mixture, 0) @ losses, q), float(losses.max())
    if told is not None and abs(told + lift - lost) > WITHIN * largest:
        raise Refuted(f"the value is said to be {told:.9g}, but the mixture loses {lost - lift:.9g}")
    best = games.solve(losses, q)
    if lost > best.value + WITHIN * largest:
        shown = [round(part, 6) for part in best.mixture.tolist()]
        raise Refuted(f"it loses {lost - lift:.9g}, but {shown} loses {best.value - lift:.9g}")
    pure = min(norm(row, q) for row in losses)
    return (
        f"it loses {lost - lift:.9g}, and no mixture loses less than {best.bound - lift:.9g}: the gap is "
        f"{max(lost - best.bound, 0.0):.2g}; the best single row loses {pure - lift:.9g}"
    )


def _read_mixture(path: Path, rows: int) -> tuple[np.ndarray, float | None]:
    """Read a mixture of so many rows, and its value if there is one."""
    value: Any = contract.read_json(path)
    record = value if isinstance(value, dict) else {"mixture": value}
    told = record.get("value")
    operation = contract.operations("randomization")["solve_game"]
    try:
        answer = {"mixture": record.get("mixture"), "value": 0.0 if told is None else told}
        solution = operation.decode({"losses": np.zeros((rows, 1)), "q": None}, answer)
    except contract.ContractError as error:
        raise ValueError(f"{path}: {error}") from None
    parts: np.ndarray = solution.mixture
    if (parts < -SUM).any():
        raise ValueError(f"{path}: $.mixture[{parts.argmin()}] is {parts.min():g}; no probability is below 0")
    if abs(parts.sum() - 1) > 1e-6:
        raise ValueError(f"{path}: $.mixture sums to {parts.sum():.9g}; probabilities sum to 1")
    return parts, None if told is None else float(solution.value)
