"""What every correct implementation of the scores of structured representations satisfies.

scoring.py has what holds of the scores of a matrix, structure.py of the levels of a code, probing.py of
importances and of the order of slots; definition.py the scores as they are defined, with what is taken for
them by mistake, known.py what is known by hand, inputs.py what is asked, verifying.py the command that looks
at reported scores.
"""

from __future__ import annotations

import numpy as np
from hypothesis import example, given

from whp.checks import property_of
from whp.properties import generators as some
from whp.properties.alike import Question, ask_all, expect_one_answer, expect_untouched_arguments
from whp.properties.disentanglement.definition import Level
from whp.properties.disentanglement.expected import CONTRACT, every
from whp.properties.disentanglement.inputs import Coded, grouped_levels, questions, scene
from whp.properties.disentanglement.probing import AGAINST, CONSTANT
from whp.properties.disentanglement.scoring import SIGNED, SKEW, UNEVEN
from whp.properties.disentanglement.structure import FLAWED
from whp.properties.disentanglement.verifying import verify_command
from whp.subject import Subject

# Checks are listed in this order.
# isort: off
from whp.properties.disentanglement.scoring import (
    known_matrices_have_their_scores,
    scores_are_conditional_entropies,
    scores_lie_between_0_and_1_and_the_ends_mean_what_they_say,
    scores_do_not_depend_on_the_scale,
    signs_do_not_count,
    transposing_exchanges_the_two_scores,
    order_and_names_of_groups_do_not_count,
    a_level_is_the_flat_level_of_its_sums,
    the_two_scores_differ_as_the_marginals_do,
    merging_latents_disentangles_nothing,
    splitting_a_latent_costs_what_it_must,
    dead_latents_count_in_the_base_alone,
    mixing_codes_disentangles_nothing,
    grouping_tells_nothing_new,
    a_score_near_1_is_a_code_near_one_to_one,
)
from whp.properties.disentanglement.structure import (
    known_codes_have_their_levels,
    levels_are_the_scores_of_their_groupings,
    perfect_levels_make_a_perfect_code,
    the_order_of_slots_does_not_count,
)
from whp.properties.disentanglement.probing import (
    importances_of_a_factor_sum_to_1,
    constant_latents_count_for_nothing,
    the_latent_that_tells_a_factor_counts_most,
    no_slot_holds_two_objects,
)

# isort: on

FIXED = ("scores", "levels")  # operations with one right answer

__all__ = [
    "FIXED",
    "a_level_is_the_flat_level_of_its_sums",
    "a_score_near_1_is_a_code_near_one_to_one",
    "arguments_stay_untouched",
    "constant_latents_count_for_nothing",
    "dead_latents_count_in_the_base_alone",
    "every_process_answers_alike_and_ends_well",
    "grouping_tells_nothing_new",
    "importances_of_a_factor_sum_to_1",
    "known_codes_have_their_levels",
    "known_matrices_have_their_scores",
    "levels_are_the_scores_of_their_groupings",
    "merging_latents_disentangles_nothing",
    "mixing_codes_disentangles_nothing",
    "no_slot_holds_two_objects",
    "one_question_has_one_answer",
    "order_and_names_of_groups_do_not_count",
    "perfect_levels_make_a_perfect_code",
    "scores_are_conditional_entropies",
    "scores_do_not_depend_on_the_scale",
    "scores_lie_between_0_and_1_and_the_ends_mean_what_they_say",
    "signs_do_not_count",
    "splitting_a_latent_costs_what_it_must",
    "the_latent_that_tells_a_factor_counts_most",
    "the_order_of_slots_does_not_count",
    "the_two_scores_differ_as_the_marginals_do",
    "transposing_exchanges_the_two_scores",
    "verify_command",
]

# All operations

ASKED: list[Question] = [
    ("scores", UNEVEN.asked),
    ("scores", SIGNED.asked),
    ("levels", FLAWED.asked),
    ("importances", {**AGAINST._asdict(), "seed": 3}),
    ("align", {**scene(2)._asdict(), "seed": 3}),
]


@property_of("disentanglement", source=CONTRACT)
@given(question=questions(), other=questions())
@example(question=ASKED[0], other=("scores", Level(SKEW).asked))
@example(question=ASKED[1], other=ASKED[0])
@example(question=ASKED[2], other=("levels", Coded(np.eye(4), 2, 2).asked))
@example(question=ASKED[3], other=("importances", {**CONSTANT._asdict(), "seed": 4}))
@example(question=ASKED[4], other=("align", {**scene(2)._asdict(), "seed": 5}))
def one_question_has_one_answer(subject: Subject, question: Question, other: Question) -> None:
    """Asked again, also after another question, an operation gives the same answer."""
    expect_one_answer(subject, question, other)


@property_of("disentanglement", source=CONTRACT)
@given(question=questions())
@every("question", ASKED)
def arguments_stay_untouched(subject: Subject, question: Question) -> None:
    """No operation changes what it is handed."""
    expect_untouched_arguments(subject, question)


@property_of("disentanglement", source=CONTRACT, examples=0.02, processes=5)
@given(level=grouped_levels(), seed=some.seeds())
@example(level=UNEVEN, seed=0)
def every_process_answers_alike_and_ends_well(subject: Subject, level: Level, seed: int) -> None:
    """Every process that is asked the same answers the same, and ends by itself without an error."""
    random = [(operation, {**asked, "seed": seed}) for operation, asked in ASKED[3:]]
    ask_all(subject, [("scores", level.asked), ASKED[2], *random])
