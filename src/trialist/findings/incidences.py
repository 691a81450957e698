"""Cumulative incidences of one arm at the times asked for, with the reason where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.model import Finding, Interval, Method
from trialist.problems import Problem
from trialist.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from trialist.kernels.competing import Incidence
    from trialist.protocol.adverse_event_analyses import CumulativeIncidence
    from trialist.protocol.competing_risk_analyses import CumulativeIncidenceFunction


def incidences(
    arm: str,
    curve: Incidence,
    analysis: CumulativeIncidence | CumulativeIncidenceFunction,
    context: Context,
    method: Method,
    *,
    n: int,
    events: int,
    fatal: Sequence[Problem] = (),
) -> Iterator[Finding]:
    """One finding at each of `at_months`; `fatal`: why there is none at all.

    Problems  N407 a time beyond follow-up
    """
    from trialist.kernels import competing

    for at in analysis.at_months:
        seen = None if fatal else competing.incidence_at(curve, at * DAYS_PER_MONTH)
        why = list(fatal)
        if seen is None and not why:
            last = float(curve.time[-1]) / DAYS_PER_MONTH
            why.append(not_estimable.beyond_follow_up(context, arm, at, last))
        ends = seen and competing.incidence_interval(*seen, analysis.level, analysis.interval)
        yield context.finding(
            "cumulative_incidence",
            seen and seen[0],
            method,
            [arm],
            timepoint=f"{at:g}",
            interval=None if ends is None else Interval(*ends, analysis.level),
            n=n,
            events=events,
            problems=why,
        )
