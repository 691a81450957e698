"""Courses of doses as clauses write them."""

from __future__ import annotations

DRUG = {"treatment": "drug"}
HEAD = (
    "subject | day | treatment | dose | unit | number | last_day"
    " | planned_dose | planned_unit | planned_interval"
)
GIVES = (
    "subject | doses | cumulative_dose | duration_weeks | intensity | relative_dose_intensity | relative_dose"
)


def course(*doses: tuple[int, float | None], planned: float = 25, name: str = "1") -> str:
    """Infusions of one subject: (day, mg/m2)."""
    lines = [
        f"{name} | {day} | DRUG | {'' if dose is None else dose} | mg/m2 | 1 | {day} | {planned} | mg/m2 | 21"
        for day, dose in doses
    ]
    return "\n".join(lines)


def courses(*lines: str) -> str:
    return "\n".join((HEAD, *lines))
