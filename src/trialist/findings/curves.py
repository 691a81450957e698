"""What the methods of survival curves share: a curve from counts, months, and who was left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.findings.time_counts import SurvivalCounts
from trialist.problems import Problem
from trialist.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from trialist.kernels.rmst import Contrast
    from trialist.kernels.survival import Estimate, IntervalType, KaplanMeierCurve

WITHOUT_TIME = "no time or no status"


def curve_of(
    counts: SurvivalCounts,
    level: float,
    interval: IntervalType = "log_log",
    estimate: Literal["kaplan_meier", "nelson_aalen", "fleming_harrington"] = "kaplan_meier",
) -> KaplanMeierCurve:
    """The curve of one arm's counts."""
    from trialist.kernels import survival

    return survival.kaplan_meier(
        counts.time, counts.deaths, counts.censored, level=level, interval=interval, estimate=estimate
    )


def reversed_counts(counts: SurvivalCounts) -> SurvivalCounts:
    """The counts with the end of follow-up as the event, and the event as its censoring."""
    return SurvivalCounts(
        counts.time,
        counts.censored,
        counts.deaths,
        counts.arm,
        counts.stratum,
        counts.strata,
        counts.without_time,
        counts.without_stratum,
    )


def months(days: float | None) -> float | None:
    return None if days is None else days / DAYS_PER_MONTH


def interval_in_months(found: Estimate, level: float) -> Interval:
    return Interval(months(found.low), months(found.high), level)


def share(p: float) -> str:
    """A probability as it stands beside a quantile: `25 %`."""
    return f"{p * 100:g} %"


def absent(context: Context, arms: Sequence[str], sizes: Sequence[int]) -> list[Problem]:
    """N401 naming the arms without anybody."""
    empty = [arm for arm, n in zip(arms, sizes, strict=True) if n == 0]
    return [not_estimable.no_subjects(context, empty)] if empty else []


def with_left_out(findings: Sequence[Finding], context: Context, n: int, why: str) -> list[Finding]:
    """The findings, each telling (N412) that `n` subjects were left out; as they are where nobody was."""
    if not n:
        return list(findings)
    reason = not_estimable.left_out(context, n, why)
    return [finding.with_problem(reason) for finding in findings]


def contrast_finding(
    context: Context,
    measure: str,
    found: Contrast,
    method: Method,
    *,
    level: float,
    per_month: bool = False,
    **more: Any,
) -> Finding:
    """A difference or ratio of the compared arms; `per_month`: in days, told in months."""
    scale = DAYS_PER_MONTH if per_month else 1.0
    value, low, high = (None if x is None else x / scale for x in (found.value, found.low, found.high))
    return context.finding(
        measure,
        value,
        method,
        context.compare,
        unit="months" if per_month else None,
        interval=None if low is None else Interval(low, high, level),
        p_value=None if found.p_value is None else PValue(found.p_value),
        **more,
    )
