"""Analyses from a landmark: of those still at risk then, their time counted from then.

Source: Anderson, Cain and Gelber 1983, J Clin Oncol 1:710; Dafni 2011, Circ Cardiovasc Qual Outcomes 4:363.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from trialist.findings import curve_problems, not_estimable
from trialist.findings.context import Context
from trialist.findings.model import Finding, Method
from trialist.problems import Problem
from trialist.units import DAYS_PER_MONTH

Run = Callable[..., tuple[Finding, ...]]
_ROUNDING = 1 + 1e-12


def at_landmark(table: Any, analysis: Any, context: Context) -> tuple[Any, Context]:
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
        labels = {level: f"{analysis.landmark_by}: {level}" for level in levels}
        compare = levels if len(levels) == 2 else ()
        context = replace(context, arms=levels, compare=compare, labels=labels)
    days = months * DAYS_PER_MONTH
    grouped = _grouped(table, analysis.landmark_by)
    time = grouped["time_days"]
    if isinstance(time, np.ndarray):
        later = grouped.where(~(time <= days * _ROUNDING) | (time < 0))
        kept = later.with_columns(time_days=later["time_days"] - days)
    else:
        later = grouped.filter((time > days * _ROUNDING) | (time < 0) | time.isnull())
        kept = later.mutate(time_days=later.time_days - days)
    said = f"at risk at {months:g} months"
    subgroup = f"{context.subgroup}; {said}" if context.subgroup else said
    return kept, replace(context, subgroup=subgroup)


def from_landmark(run: Run) -> Run:
    """A method that starts at the landmark its analysis names; each finding tells it, and who was left out.

    Problems  E414 no such factor, N460 subjects whose time ended by the landmark, N412 without a group
    """

    @functools.wraps(run)
    def landmarked(table: Any, analysis: Any, context: Context) -> tuple[Finding, ...]:
        months = getattr(analysis, "landmark_months", None)
        if months is None:
            return run(table, analysis, context)
        by = analysis.landmark_by
        if by is not None and by not in table.columns:
            reason = curve_problems.no_landmark_factor(context, by)
            part = landmarked.__dict__["entry"]
            method = Method(part.name, (("landmark_months", months), ("landmark_by", by)))
            groups = context.compare or context.arms
            return (context.finding(part.gives[0], None, method, groups, problems=[reason]),)
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


def _grouped(table: Any, by: str | None) -> Any:
    """The table, an engine's or rows in memory, with the groups in the place of the arms."""
    if by is None:
        return table
    if isinstance(table["time_days"], np.ndarray):
        return table.with_columns(arm=table[by])
    return table.mutate(arm=table[by].cast("string"))


def _left(table: Any, analysis: Any, context: Context, months: float) -> tuple[Problem, ...]:
    """N460 with the number of each group whose time ended by the landmark; N412 for those of no group."""
    limit = months * DAYS_PER_MONTH * _ROUNDING
    grouped = _grouped(table, analysis.landmark_by)
    gone, nowhere = _ended(grouped, limit, context.arms)
    left = {arm: gone[arm] for arm in context.arms if gone.get(arm)}
    told = [curve_problems.left_at_landmark(context, months, left)] if left else []
    if nowhere and analysis.landmark_by:
        told.append(not_estimable.left_out(context, nowhere, f"'{analysis.landmark_by}' has no value"))
    return tuple(told)


def _ended(grouped: Any, limit: float, arms: Sequence[str]) -> tuple[dict[str, int], int]:
    """Subjects by group whose time ended by the limit, and those of no group whose time did not."""
    time = grouped["time_days"]
    if isinstance(time, np.ndarray):
        ended, group = (time >= 0) & (time <= limit), grouped["arm"]
        gone = grouped.where(ended)
        unknown = np.isnan(group) if isinstance(group, np.ndarray) else group.code < 0
        counted = {arm: int(gone.of_arms([arm]).n.sum()) for arm in arms}
        return counted, int(grouped.n[unknown & ~ended].sum())
    ended = ((time <= limit) & (time >= 0)).fill_null(False)
    counts = grouped.select("arm", ended=ended).group_by("arm", "ended").agg(n=lambda t: t.count())
    rows = counts.to_pyarrow().to_pylist()
    nowhere = sum(int(row["n"]) for row in rows if row["arm"] is None and not row["ended"])
    return {row["arm"]: int(row["n"]) for row in rows if row["ended"]}, nowhere
