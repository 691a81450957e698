"""A time to an event: curves, the log-rank test and the hazard ratio, from columns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import numpy as np

from trialist.findings.context import Context
from trialist.findings.methods import METHODS
from trialist.findings.methods.kaplan_meier import kaplan_meier_curves
from trialist.findings.model import Finding
from trialist.findings.rows import Column, Rows, Words
from trialist.problems import Place, Problem
from trialist.protocol.time_analyses import (
    CoxPh,
    FollowUp,
    KaplanMeier,
    LogRank,
    LogRankTrend,
    MaxCombo,
    ProportionalHazards,
    Rmst,
    Weibull,
)
from trialist.quick.analysed import (
    ALL,
    Analysed,
    arms_of,
    clashes,
    context_of,
    factor_columns,
    without_arm,
)
from trialist.quick.columns import Wanted, take
from trialist.quick.statuses import with_event
from trialist.units import DAYS_PER_MONTH

TimeUnit = Literal["days", "weeks", "months", "years"]
DAYS_PER: dict[TimeUnit, float] = {
    "days": 1.0,
    "weeks": 7.0,
    "months": DAYS_PER_MONTH,
    "years": 12 * DAYS_PER_MONTH,
}


def analyse_times(
    data: Any,
    *,
    time: str,
    event: str | None = None,
    censored: str | None = None,
    event_is: str | float | None = None,
    start: str | None = None,
    arm: str | None = None,
    reference: str | None = None,
    strata: Sequence[str] = (),
    covariates: Sequence[str] = (),
    at: Sequence[float] = (),
    tau: float | None = None,
    unit: TimeUnit | None = None,
    interval: str = "log_log",
    ties: str = "efron",
    also: Sequence[str] = (),
    level: float = 0.95,
    where: str | None = None,
    name: str = "data",
    place: Place | None = None,
    curves: bool = False,
) -> Analysed:
    """Kaplan-Meier, log-rank test and Cox model of one time to an event, and more where it is asked for.

    Parameters
        data        an engine's table, an Arrow or pandas table, or a mapping of names to arrays
        time        column of times, in `unit` (months when it is not said)
        event       column that is 1 or true for an event and 0 or false for a censoring; with `event_is` the
                    value that means an event
        censored    instead of `event`: column that is 0 for an event, as CNSR of ADTTE
        start       column of times from which a row is at risk: only the Cox model is given then, and a
                    subject may have several rows
        arm         column of arms; one group when omitted. The ratio is of each other arm against
        `reference`,
                    the lowest level when it is not named
        strata      columns whose combinations stratify test and model
        covariates  columns of a second model beside the arm: numbers, or text with the first level against
        at, tau     months at which the rest is estimated, and up to which the mean is restricted
        also        further methods by name, with their defaults: `MORE`
        where       condition on the rows, as in a protocol
        curves      whether the whole curves are wanted, for a plot
    Returns   findings in months, and the curves
    Problems  E092-E097 columns that can't be used, E098 times below 0 or infinite, N412 left out,
              W425, N426, W427 several rows of a subject, N424 the
              unit was not said; those of the methods
    Source    those of the methods
    """
    here = place or Place(name)
    status = event if event is not None else censored
    if status is None or (event is not None and censored is not None):
        raise TypeError("name the column of the event, or that of the censoring")
    if event is None and event_is is not None:
        raise TypeError("event_is goes with event")
    _expect_numbers(level, at, tau)
    if start is not None and (idle := sorted(set(also) - TRUNCATED)):
        raise TypeError(f"{idle[0]} does not take rows that are at risk from a start")
    if clash := clashes(here, strata, covariates):
        return Analysed((), clash)
    numbers = {"time_days": time} | ({"start_days": start} if start else {})
    words = ({"arm": arm} if arm else {}) | factor_columns(strata)
    either = {"event": status} | factor_columns([c for c in covariates if c not in strata])
    rows, told = take(data, Wanted(numbers, words, either), here, where)
    if rows is None:
        return Analysed((), told)
    rows, wrong = with_event(rows, status, "event" if event else "censored", event_is, here)
    if rows is None:
        return Analysed((), wrong)
    days = DAYS_PER[unit or "months"]
    scaled = {part: np.asarray(rows[part]) * days for part in numbers}
    rows = rows.with_columns(**scaled, **_one_arm(rows, arm))
    arms, wrong = arms_of(rows, reference, here)
    if wrong:
        return Analysed((), wrong)
    rule = {"time": time, "unit": unit or "months", "event": status, "event_is": event_is, "start": start}
    context = context_of(rows, name=name, endpoint=time, arms=arms, column=arm, place=here, rule=rule)
    asked = _Asked(
        tuple(strata), tuple(covariates), tuple(dict.fromkeys(at)), tau, interval, ties, tuple(also), level
    )
    entries = _entries(arms, asked, start is not None)
    impossible = _impossible(rows, time, here)
    if impossible is not None:
        none = tuple(_without(entry.method, context, impossible) for entry in entries)
        return Analysed(none, (impossible, *told), (), context.labels)
    told = (*told, *without_arm(rows, here)) + (() if unit else (_unit_presumed(time, here),))
    findings = tuple(f for entry in entries for f in METHODS[entry.method].run(rows, entry, context))
    drawn = kaplan_meier_curves(rows, entries[0], context) if curves and not start else ()
    return Analysed(findings, told, drawn, context.labels)


MORE: Mapping[str, Any] = MappingProxyType(
    {
        "follow_up": FollowUp,
        "proportional_hazards": ProportionalHazards,
        "max_combo": MaxCombo,
        "log_rank_trend": LogRankTrend,
        "weibull": Weibull,
    }
)
"""Methods that need no words of their own."""
COMPARING = frozenset({"max_combo", "log_rank_trend", "weibull"})
"""Those of them that compare arms and tell nothing of one group."""
TRUNCATED = frozenset({"proportional_hazards"})
"""Those of them that take rows at risk from a start; the others would read a row as at risk from 0."""


def _expect_numbers(level: float, at: Sequence[float], tau: float | None) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    if any(not (time >= 0 and math.isfinite(time)) for time in at):
        raise ValueError(f"at must be finite times of 0 or more, not {list(at)}")
    if tau is not None and not (tau > 0 and math.isfinite(tau)):
        raise ValueError(f"tau must be a finite time above 0, not {tau}")


class _Asked(NamedTuple):
    strata: tuple[str, ...]
    covariates: tuple[str, ...]
    at: tuple[float, ...]
    tau: float | None
    interval: str
    ties: str
    also: tuple[str, ...]
    level: float


@lru_cache(maxsize=64)
def _entries(arms: tuple[str, ...], asked: _Asked, truncated: bool) -> tuple[Any, ...]:
    """The entries of `analyses:` that the options stand for."""
    compared = len(arms) > 1
    strata: dict[str, Any] = {"strata": asked.strata}
    model: dict[str, Any] = {"method": "cox_ph", "ties": asked.ties, **strata}
    made: list[Any] = []
    if not truncated:
        made.append(KaplanMeier(method="kaplan_meier", interval=asked.interval))
        made[0] = made[0].model_copy(update={"at_months": asked.at})
        if asked.tau is not None:
            made.append(Rmst(method="rmst").model_copy(update={"tau_months": asked.tau}))
        if compared:
            made.append(LogRank(method="log_rank", **strata))
    if compared:
        made.append(CoxPh(**model))
    if asked.covariates:
        made.append(CoxPh(**model, treatment=compared, covariates=asked.covariates))
    for method in asked.also:
        fields = MORE[method].model_fields
        words: dict[str, Any] = {key: value for key, value in strata.items() if key in fields}
        if method == "proportional_hazards":
            words |= {"treatment": compared, "covariates": asked.covariates}
        made.append(MORE[method](method=method, **words))
    return tuple(entry.model_copy(update={"level": asked.level}) for entry in made)


def _one_arm(rows: Rows, arm: str | None) -> dict[str, Column]:
    return {} if arm else {"arm": Words((ALL,), np.zeros(rows.size, dtype=np.int64))}


def _impossible(rows: Rows, column: str, place: Place) -> Problem | None:
    days = np.asarray(rows["time_days"])
    wrong = (days < 0) | np.isinf(days)
    if not bool(wrong.any()):
        return None
    count = int(rows.n[wrong].sum())
    kinds = [word for word, some in (("below 0", days < 0), ("infinite", np.isinf(days))) if bool(some.any())]
    return Problem(
        "E098",
        f"{count} of the times in column '{column}' {'is' if count == 1 else 'are'} {' or '.join(kinds)}",
        "mend them, or leave them out with a condition that says why",
        place,
    )


def _unit_presumed(column: str, place: Place) -> Problem:
    return Problem(
        "N424",
        f"the times of '{column}' are read as months, for no unit was said",
        "say the unit (--unit days, weeks, months or years)",
        place,
    )


def _without(method: str, context: Context, problem: Problem) -> Finding:
    """The finding that a method would have given, without an estimate."""
    measure = METHODS[method].gives[0]
    from trialist.findings.model import Method

    return replace(context.finding(measure, None, Method(method), context.arms), problems=(problem,))
