"""What the reader must know of PSA values: baselines too low for the criteria of entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trialist.endpoints.criteria import stated
from trialist.endpoints.psa import psa_values
from trialist.endpoints.rules import PsaProgressionRule, PsaResponseRule
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
    baselines, _ = psa_values(tables["subjects"], tables["psa"], tables["therapies"], rule)
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
