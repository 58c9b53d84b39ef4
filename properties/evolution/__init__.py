"""What every correct implementation of evolution strategies with past descent directions satisfies."""

# In the order in which they run.
# isort: off
from whp.properties.evolution.estimates import (
    directions_are_as_many_as_rank_and_count,
    directions_are_orthonormal,
    first_directions_span_the_surrogates,
    directions_use_the_whole_seed,
    points_are_pairs_on_both_sides,
    points_lie_in_orthogonal_directions,
    surrogates_lie_in_the_span_of_the_points,
    points_use_the_whole_seed,
    estimate_is_the_sum_over_pairs,
    estimate_scales_with_the_function,
    an_even_function_has_an_estimate_of_zero,
    estimate_is_the_projection_of_the_gradient,
    estimate_on_cubics_has_their_third_derivative,
    estimate_is_never_worse_than_the_surrogates,
    estimate_points_uphill,
    a_surrogate_along_the_gradient_gives_it,
    a_complete_system_gives_the_gradient,
    surrogates_count_by_their_span_alone,
)
from whp.properties.evolution.iterations import (
    every_step_asks_for_orthogonal_pairs,
    every_estimate_is_the_sum_over_its_pairs,
    next_points_span_the_last_estimate,
    iterated_estimates_never_get_worse,
    iteration_goes_on_after_a_flat_step,
    every_step_draws_new_directions,
    iterations_use_the_whole_seed,
    one_question_has_one_answer,
    arguments_stay_untouched,
    every_process_answers_alike_and_ends_well,
)

# isort: on
from whp.properties.evolution.verifying import verify_command

FIXED = ("tell",)  # operations with one right answer

__all__ = [  # noqa: RUF022
    "FIXED",
    "directions_are_as_many_as_rank_and_count",
    "directions_are_orthonormal",
    "first_directions_span_the_surrogates",
    "directions_use_the_whole_seed",
    "points_are_pairs_on_both_sides",
    "points_lie_in_orthogonal_directions",
    "surrogates_lie_in_the_span_of_the_points",
    "points_use_the_whole_seed",
    "estimate_is_the_sum_over_pairs",
    "estimate_scales_with_the_function",
    "an_even_function_has_an_estimate_of_zero",
    "estimate_is_the_projection_of_the_gradient",
    "estimate_on_cubics_has_their_third_derivative",
    "estimate_is_never_worse_than_the_surrogates",
    "estimate_points_uphill",
    "a_surrogate_along_the_gradient_gives_it",
    "a_complete_system_gives_the_gradient",
    "surrogates_count_by_their_span_alone",
    "every_step_asks_for_orthogonal_pairs",
    "every_estimate_is_the_sum_over_its_pairs",
    "next_points_span_the_last_estimate",
    "iterated_estimates_never_get_worse",
    "iteration_goes_on_after_a_flat_step",
    "every_step_draws_new_directions",
    "iterations_use_the_whole_seed",
    "one_question_has_one_answer",
    "arguments_stay_untouched",
    "every_process_answers_alike_and_ends_well",
    "verify_command",
]
