"""What the reader must know of PSA values: baselines too low for the criteria of entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from trialist.endpoints.criteria import stated
from trialist.endpoints.rules import PsaProgressionRule, PsaResponseRule
from trialist.endpoints.verbs import on_study, one_value_per_day, with_baseline
from trialist.problems import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import Table


def low_baselines(name: str, tables: Mapping[str, Table], rule: Any, place: Place) -> tuple[Problem, ...]:
    """N314: baselines of PSA below what PCWG2 asks for at entry, which the rule reads all the same."""
    if not isinstance(rule, PsaResponseRule | PsaProgressionRule):
        return ()
    limit = stated("psa_reading", "low_baseline")
    if getattr(rule, "minimum_baseline", 0) >= limit:
        return ()
    psa = tables["psa"].filter(tables["psa"].day <= 0)
    below = psa.below.fill_null(False)
    psa = psa.mutate(value=ibis.ifelse(below, psa.value * rule.below_factor, psa.value), below=below)
    if rule.baseline_window is not None:
        psa = psa.filter(psa.day >= -rule.baseline_window)
    daily = one_value_per_day(on_study(psa.filter(psa.value.notnull()), tables["subjects"]), rule.same_day)
    baselines = with_baseline(daily, rule.baseline)
    low = baselines.filter(baselines.baseline < limit * (1 - rule.tolerance))
    found = low.aggregate(n=low.count(), example=low.subject.min()).to_pyarrow().to_pylist()[0]
    if not found["n"]:
        return ()
    return (
        Problem(
            "N314",
            f"endpoint '{name}': subjects with a baseline of PSA below {limit:g} ng/mL: {found['n']} (for "
            f"example {found['example']}); their verdicts were derived all the same",
            "state minimum_baseline: in a psa_response to leave them out; PCWG2 asks for that much at entry",
            place,
        ),
    )
