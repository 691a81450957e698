"""Analyses from a landmark: of those still at risk then, their time counted from then.

Source: Anderson, Cain and Gelber 1983, J Clin Oncol 1:710; Dafni 2011, Circ Cardiovasc Qual Outcomes 4:363.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trialist.findings import curve_problems, not_estimable
from trialist.findings.context import Context
from trialist.findings.model import Finding
from trialist.problems import Problem
from trialist.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from ibis.expr.types import Table

Run = Callable[..., tuple[Finding, ...]]
_ROUNDING = 1 + 1e-12


def at_landmark(table: Table, analysis: Any, context: Context) -> tuple[Table, Context]:
    """The rows still at risk at the analysis's landmark with the time from it, and the context of these.

    At risk are those whose time is longer than the landmark: nobody's event or censoring at the landmark
    itself counts. Rows without a usable time stay, for the method to tell. Groups are arms, or the levels of
    `landmark_by`. Unchanged where there is no landmark.
    """
    months = getattr(analysis, "landmark_months", None)
    if months is None:
        return table, context
    if analysis.landmark_by is not None:
        levels = tuple(analysis.landmark_levels)
        table = table.mutate(arm=table[analysis.landmark_by].cast("string"))
        labels = {level: f"{analysis.landmark_by}: {level}" for level in levels}
        compare = levels if len(levels) == 2 else ()
        context = replace(context, arms=levels, compare=compare, labels=labels)
    days = months * DAYS_PER_MONTH
    time = table.time_days
    later = table.filter((time > days * _ROUNDING) | (time < 0) | time.isnull())
    kept = later.mutate(time_days=later.time_days - days)
    said = f"at risk at {months:g} months"
    subgroup = f"{context.subgroup}; {said}" if context.subgroup else said
    return kept, replace(context, subgroup=subgroup)


def from_landmark(run: Run) -> Run:
    """A method that starts at the landmark its analysis names; each finding tells it, and who was left out.

    Problems  E414 no such factor, N460 subjects whose time ended by the landmark, N412 without a group
    """

    @functools.wraps(run)
    def landmarked(table: Table, analysis: Any, context: Context) -> tuple[Finding, ...]:
        months = getattr(analysis, "landmark_months", None)
        if months is None:
            return run(table, analysis, context)
        by = analysis.landmark_by
        if by is not None and by not in table.columns:
            found = run(table.filter(table.arm.isnull()), analysis, context)
            reason = curve_problems.no_landmark_factor(context, by)
            return tuple(replace(each, problems=(reason,)) for each in found)
        kept, here = at_landmark(table, analysis, context)
        told = _left(table, analysis, here, months)
        options = (("landmark_months", months), ("landmark_by", by or "arm"))
        return tuple(
            replace(
                finding,
                method=replace(finding.method, options=(*finding.method.options, *options)),
                problems=(*finding.problems, *told),
            )
            for finding in run(kept, analysis, here)
        )

    return landmarked


def _left(table: Table, analysis: Any, context: Context, months: float) -> tuple[Problem, ...]:
    """N460 with the number of each group whose time ended by the landmark; N412 for those of no group."""
    group = table[analysis.landmark_by].cast("string") if analysis.landmark_by else table.arm
    time = table.time_days
    ended = ((time <= months * DAYS_PER_MONTH * _ROUNDING) & (time >= 0)).fill_null(False)
    counted = table.select(group=group, ended=ended).group_by("group", "ended").agg(n=lambda t: t.count())
    rows = counted.to_pyarrow().to_pylist()
    gone = {row["group"]: int(row["n"]) for row in rows if row["ended"]}
    left = {arm: gone[arm] for arm in context.arms if gone.get(arm)}
    told = [curve_problems.left_at_landmark(context, months, left)] if left else []
    nowhere = sum(int(row["n"]) for row in rows if row["group"] is None and not row["ended"])
    if nowhere and analysis.landmark_by:
        told.append(not_estimable.left_out(context, nowhere, f"'{analysis.landmark_by}' has no value"))
    return tuple(told)
