"""Slope and intercept of the line through two linked measurements, as findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.model import Finding, Interval, Method
from trialist.problems import Problem


def without_line(context: Context, arm: str, line: Any) -> list[Problem]:
    """N408 fewer than three pairs, N409 nothing varies; nothing where a kernel's fit has neither status."""
    if line.status == "too_few":
        return [not_estimable.too_few(context, arm, line.n, 3, "evaluable pairs")]
    if line.status == "constant":
        what = "the values of one of the two, or what they have in common,"
        return [not_estimable.no_variation(context, arm, what)]
    return []


def slope_and_intercept(
    context: Context,
    arm: str,
    line: Any,
    method: Method,
    *,
    level: float,
    note: str | None,
    problems: Sequence[Problem],
) -> Iterator[Finding]:
    """Both of a kernel's fit, with their intervals; one end alone may be known."""
    for measure in ("slope", "intercept"):
        low, high = getattr(line, f"{measure}_low"), getattr(line, f"{measure}_high")
        yield context.finding(
            measure,
            getattr(line, measure),
            method,
            [arm],
            interval=None if low is None and high is None else Interval(low, high, level),
            n=line.n,
            note=note,
            problems=problems,
        )
