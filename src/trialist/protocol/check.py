"""Rules over a whole protocol: what is wrong in it, line by line, with the remedy.

Each rule is a function of the protocol that yields its problems; `RULES` lists them. A rule passes over what
another rule reports, so that one mistake is told once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from trialist.problems import Problem, in_order
from trialist.protocol.checks import (
    allocation,
    conditions,
    design,
    directions,
    doses,
    endpoints,
    estimands,
    multiplicity,
    names,
    progression,
    references,
    sorts,
    specimens,
    statements,
    visits,
    weights,
)
from trialist.protocol.checks.design import design_table
from trialist.protocol.checks.design_row import DesignRow
from trialist.protocol.model import Protocol

Check = Callable[[Protocol], Iterator[Problem]]

RULES: tuple[Check, ...] = (
    references.every_reference_is_declared,
    names.every_id_is_used_once,
    names.every_arm_has_words_of_its_own,
    names.every_factor_has_a_test_of_its_own,
    estimands.methods_fit_their_endpoints,
    estimands.pairs_are_of_responses,
    estimands.changes_have_a_day,
    estimands.summaries_fit_their_endpoints,
    estimands.comparisons_have_two_arms,
    estimands.analyses_name_what_they_analyse,
    estimands.strata_are_those_of_the_allocation,
    weights.weights_of_events_are_complete,
    multiplicity.families_can_be_tested,
    estimands.strategies_are_possible,
    estimands.strategies_agree_with_the_endpoint,
    estimands.endpoints_read_what_they_can,
    endpoints.components_name_their_criteria,
    progression.bone_scans_have_one_rule,
    progression.options_of_lesions_are_read,
    progression.options_of_parts_have_their_part,
    progression.lesions_are_read_by_one_version,
    progression.sensitivity_is_of_a_progression_free_time,
    progression.evaluators_are_compared_on_what_they_assess,
    endpoints.changes_are_between_two_times,
    endpoints.laboratory_terms_are_graded,
    endpoints.versions_were_released,
    endpoints.drugs_of_events_are_given,
    conditions.conditions_can_be_read,
    conditions.conditions_use_known_columns,
    conditions.conditions_compare_with_known_values,
    conditions.conditions_can_be_true,
    sorts.columns_are_used_as_what_they_are,
    visits.windows_hold_their_day,
    visits.visits_repeat_after_a_day_or_more,
    visits.windows_do_not_overlap,
    visits.epochs_come_in_order,
    specimens.volumes_add_up,
    allocation.ratios_and_blocks_are_whole,
    allocation.the_method_fits_the_trial,
    allocation.strata_are_not_empty,
    allocation.decision_lists_decide,
    doses.doses_make_sense,
    design.the_design_agrees_with_itself,
    directions.planned_ratios_fit_the_comparison,
    directions.every_arm_has_a_simulated_median,
    statements.sources_agree,
    statements.shares_add_up,
    statements.dates_are_dates_in_order,
)


def check_protocol(protocol: Protocol) -> tuple[Problem, ...]:
    """Everything that the rules find, in order of line; empty when there is nothing to say."""
    return in_order(problem for rule in RULES for problem in rule(protocol))


__all__ = ["RULES", "DesignRow", "check_protocol", "design_table"]
