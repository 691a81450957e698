"""The words for methods and options of tables of adverse events."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

METHODS = MappingProxyType(
    {
        "incidence": "subjects with an event",
        "incidence_by_period": "subjects with an event that began in a period, of those at risk in it",
        "overview": "subjects with an event of each kind",
        "exposure_adjusted_rate": "exposure-adjusted rate",
        "cumulative_incidence": "cumulative incidence (Aalen-Johansen)",
    }
)
OPTIONS = MappingProxyType(
    {
        ("interval", "miettinen_nurminen"): "Miettinen-Nurminen score interval",
        ("interval", "exact Poisson"): "exact Poisson interval",
        ("interval", "normal Poisson"): "normal approximation of a Poisson count",
        ("interval", "byar Poisson"): "Byar's interval of a Poisson count",
        ("interval", "mid_p Poisson"): "mid-P interval of a Poisson count",
        ("interval", "robust"): "robust interval, for subjects may have many events",
        ("sort", "frequency"): "sorted by frequency",
        ("sort", "alphabet"): "sorted by the alphabet",
        ("missing_relation", "related"): "an event without a causality counts as related",
        ("not_graded", "own"): "events without a grade counted in any grade alone",
        ("not_graded", "as_3"): "events without a grade counted as grade 3",
    }
)
OF_A_CELL = frozenset(
    {
        *("row", "system_organ_class", "term", "grade", "counted"),
        *("period", "from_day", "to_day", "when", "cause"),
        *("person_years", "with_event", "subjects"),
    }
)
"""Options that say which cell of its table a finding is, not how it was counted."""


def merged(gap: Any) -> str:
    """`events of one term at most 1 day apart are one`."""
    return f"events of one term at most {gap} {'day' if gap == 1 else 'days'} apart are one"


def cut(share: Any) -> str:
    """`rows below 10% in every arm left out`."""
    return f"rows below {share * 100:g}% in every arm left out"


SPOKEN = MappingProxyType({"cut": cut, "merge_gap": merged})
"""Options with a number in their words."""
