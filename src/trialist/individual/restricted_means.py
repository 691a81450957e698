"""Restricted mean times of several trials, out of their patients, pooled up to one time in all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from trialist.evidence.pooling.effects import Effect
from trialist.evidence.pooling.pairwise import Pool, pool_effects
from trialist.evidence.pooling.question import Options
from trialist.evidence.pooling.told import shown_p
from trialist.findings.model import Finding, Interval, Method, Origin, PValue
from trialist.findings.rows import words_of
from trialist.individual.own import Floats
from trialist.kernels.cox import cox
from trialist.kernels.cox_proportional import proportional_hazards
from trialist.kernels.rmst import default_tau, difference, restricted_mean
from trialist.kernels.survival import KaplanMeierCurve, kaplan_meier
from trialist.problems import Place, Problem
from trialist.quick.columns import Wanted, column_names, take
from trialist.quick.statuses import with_event

MEASURE = "restricted_mean_difference"
PARTS = ("trial", "arm", "time", "event")
_CROSSED = 0.1  # p of the test of proportional hazards below which a ratio is doubted


@dataclass(frozen=True, slots=True)
class TrialTimes:
    """One trial's patients: months, events, and 1 for the first side."""

    trial: str
    time: Floats
    event: Floats
    first: Floats

    def curve(self, which: int) -> KaplanMeierCurve:
        mine = self.first == which
        return kaplan_meier(self.time[mine], self.event[mine], 1 - self.event[mine])


@dataclass(frozen=True, slots=True)
class Ratio:
    """The hazard ratio of a trial as a logarithm, and the p value of the test that it is one at all times."""

    y: float
    v: float
    p_value: float | None


def times_of_trials(
    data: Any, sides: tuple[str, str], columns: Mapping[str, str], place: Place
) -> tuple[tuple[TrialTimes, ...], tuple[Problem, ...]]:
    """The patients of a table by trial.

    Parameters
        columns  part (trial, arm, time, event) -> column, where it is named otherwise
    Problems  E092-E096 columns that can't be used, E655 a trial without one of the sides or with a time below
              0, N658 patients left out
    """
    at = {part: columns.get(part, part) for part in PARTS}
    if "trial" not in columns and "trial" not in column_names(data) and "study" in column_names(data):
        at["trial"] = "study"
    wanted = Wanted({"time": at["time"]}, {"arm": at["arm"], "trial": at["trial"]}, {"event": at["event"]})
    rows, told = take(data, wanted, place)
    if rows is None:
        return (), told
    rows, wrong = with_event(rows, at["event"], "event", None, place)
    if rows is None:
        return (), wrong
    trial, side = words_of(rows, "trial"), words_of(rows, "arm").places(list(sides))
    time, event, n = (np.asarray(part, dtype=float) for part in (rows["time"], rows["event"], rows.n))
    asked = (trial.code >= 0) & (side >= 0)
    known = asked & np.isfinite(time) & np.isfinite(event)
    made = []
    for code, name in enumerate(trial.levels):
        mine = known & (trial.code == code)
        whole = np.repeat(np.column_stack([time, event, side == 0])[mine], n[mine].astype(np.int64), axis=0)
        if len(set(side[mine].tolist())) < 2 or bool((whole[:, 0] < 0).any()):
            why = (
                "a time below 0"
                if bool((whole[:, 0] < 0).any())
                else f"no patients of {' or of '.join(sides)}"
            )
            remedy = "name the sides as the column of arms does, first against second"
            return (), (Problem("E655", f"{name} has {why}", remedy, place),)
        whole = whole[np.lexsort(whole.T[::-1])]
        made.append(TrialTimes(name, *whole.T))
    missing = int(n[asked & ~known].sum())
    if missing:
        message = f"{missing} patients are left out: no time or no event is known"
        told = (*told, Problem("N658", message, "complete the table, or say how many were left out", place))
    return tuple(made), told


def pool_restricted_means(
    trials: Sequence[TrialTimes],
    sides: tuple[str, str],
    options: Options,
    *,
    tau: float | None = None,
    endpoint: str = "os",
    kind: Literal["observed", "reconstructed"] = "observed",
) -> Pool:
    """Differences in restricted means up to `tau` months, first side less second, and why not hazard ratios.

    Without `tau` the longest time that both arms of every trial are followed to.
    Problems  E657 a time beyond the follow-up of a trial, E658 a difference without an error; N677 what
              hazards say: whether one ratio holds at all times; those of `pool_effects`
    Source    Wei, Royston, Tierney and Parmar 2015, Stat Med 34:2881 (restricted means in meta-analysis)
    """
    title = f"{endpoint}: {sides[0]} against {sides[1]}"
    curves = {each.trial: (each.curve(1), each.curve(0)) for each in trials}
    longest = {name: default_tau(pair) for name, pair in curves.items()}
    common = min(longest.values(), default=0.0)
    used = common if tau is None else tau
    if not 0 < used <= common * (1 + 1e-9):
        short = sorted(name for name, most in longest.items() if used > most)
        problem = Problem(
            "E657",
            f"{', '.join(short) or 'no trial'} is not followed in both arms to {used:g} months",
            f"all trials are followed to {common:.4g} months: ask for that time or less, or leave trials out",
        )
        return Pool(title, MEASURE, sides, options, (), None, (), (problem,))
    effects = [_effect(each, curves[each.trial], used, sides, endpoint, kind) for each in trials]
    flat = [e.trial for e in effects if not e.v > 0]
    if flat:
        problem = Problem(
            "E658",
            f"the difference in mean time up to {used:g} months has no error in {', '.join(flat)}: "
            "nobody had the event by then, or all in an arm had it at once",
            "ask for a later time, or leave these trials out and say so",
        )
        return Pool(title, MEASURE, sides, options, (), None, (), (problem,))
    pooled = pool_effects(
        effects,
        MEASURE,
        options,
        endpoint=endpoint,
        sides=sides,
        title=f"{title}, mean time up to {used:.4g} months",
        definition=(("tau_months", used), ("tau", "common" if tau is None else "asked")),
        population="as given",
    )
    told = _about_ratios(trials, sides, options, endpoint)
    return replace(pooled, problems=(*pooled.problems, *told))


def _effect(
    trial: TrialTimes,
    curves: tuple[KaplanMeierCurve, KaplanMeierCurve],
    tau: float,
    sides: tuple[str, str],
    endpoint: str,
    kind: Literal["observed", "reconstructed"],
) -> Effect:
    first, second = (restricted_mean(curve, tau) for curve in curves)
    found = difference(first, second)
    interval = None if found.low is None else Interval(found.low, found.high)
    finding = Finding(
        trial=trial.trial,
        endpoint=endpoint,
        measure=MEASURE,
        estimate=found.value,
        origin=Origin(kind),
        method=Method("rmst", (("tau_months", tau),)),
        population="as given",
        groups=sides,
        interval=interval,
        p_value=None if found.p_value is None else PValue(found.p_value),
        n=trial.time.size,
        events=int(trial.event.sum()),
    )
    v = (found.std_err or 0.0) ** 2
    return Effect(
        trial.trial, found.value or 0.0, v, "curves", (finding,), n=finding.n, events=finding.events
    )


def ratio_of(trial: TrialTimes) -> Ratio | None:
    """Cox's log hazard ratio (Efron's ties) with Grambsch and Therneau's test; None where it has none."""
    pattern = trial.first.astype(np.int64)
    fit = cox(trial.time, trial.event, 1 - trial.event, pattern, np.array([[0.0], [1.0]]))
    if fit.status != "ok":
        return None
    test = proportional_hazards(fit).whole
    return Ratio(
        float(fit.coefficient[0]), float(fit.std_err[0]) ** 2, None if test is None else test.p_value
    )


def _about_ratios(
    trials: Sequence[TrialTimes], sides: tuple[str, str], options: Options, endpoint: str
) -> tuple[Problem, ...]:
    """N677: which trials' hazards are not proportional, and the hazard ratio that was not pooled."""
    found = {each.trial: ratio_of(each) for each in trials}
    known = {name: ratio for name, ratio in found.items() if ratio is not None}
    if not known:
        return ()
    effects = [Effect(name, ratio.y, ratio.v, "curves") for name, ratio in known.items()]
    pool = pool_effects(effects, "hazard_ratio", options, endpoint=endpoint, sides=sides)
    first = pool.findings[0] if pool.findings else None
    beside = ""
    if first is not None and first.estimate is not None and first.interval is not None:
        ends = first.interval
        beside = (
            f"; hazard ratio {first.estimate:.2f} ({ends.low or math.nan:.2f} to {ends.high or math.nan:.2f})"
        )
    crossed = [
        f"{name} {shown_p(ratio.p_value)}"
        for name, ratio in known.items()
        if ratio.p_value is not None and ratio.p_value < _CROSSED
    ]
    if crossed:
        message = (
            f"hazards are not proportional ({', '.join(crossed)}), so that no one ratio holds at all times"
        )
        remedy = (
            "read the difference in mean time, up to the time that is named; another time gives another one"
        )
    else:
        message = "no trial shows hazards that are not proportional"
        remedy = "give the hazard ratio as well: it uses all of the follow-up"
    return (Problem("N677", f"{message}{beside}", remedy),)
