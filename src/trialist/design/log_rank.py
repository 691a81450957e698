"""The log-rank test: events, power, detected hazard ratio, looks, and the time that it all takes."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from trialist.design import sequential
from trialist.design.curve import power_curve
from trialist.design.model import Design, Number, Sheet, known
from trialist.design.seen_looks import Effect, after_looks
from trialist.kernels import power_times
from trialist.kernels.power_times import Plan
from trialist.kernels.sequential_bounds import Boundaries
from trialist.kernels.sequential_power import characteristics
from trialist.problems import Place
from trialist.protocol.assumptions import LogRankEvents
from trialist.protocol.checks import log_rank_numbers as numbers
from trialist.protocol.checks.design_row import DesignRow
from trialist.protocol.checks.log_rank_design import NAMES, integrated
from trialist.protocol.checks.looks import boundaries_of
from trialist.protocol.checks.times_plan import faults, plan_of, ratio_of, share_of
from trialist.registry import entry

NOWHERE = Place("design")
RATIOS = (0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5)  # shares of the log hazard ratio to show power at
MONTHS = 8  # rows of the table over time


@entry(
    "log_rank",
    needs=("hazard_ratio", "events", "power", "alpha"),
    gives=("power", "events", "hazard_ratio", "critical_value", "duration", "expected_events"),
    source="Schoenfeld 1981, Freedman 1982; Lakatos 1988, Yung and Liu 2020 for hazards not proportional",
)
def run(stated: LogRankEvents, row: DesignRow) -> Design:
    """Events, power and detected hazard ratio of a log-rank test, its looks and its duration.

    Parameters
        stated  hazard_ratio (or medians, or steps), margin, events, power, alpha, sides, allocation; looks
                and boundaries; control hazard, accrual, follow-up, dropout
        row     the verdict on it
    Returns   events by each formula, power and detected hazard ratio; with looks the boundaries and chances
              of stopping; with accrual the duration, subjects and expected events
    Problems  W121, W123, W126 to W132 of the row
    Source    Schoenfeld 1981, Biometrika 68:316; Freedman 1982, Statistics in Medicine 1:121; Yung and Liu
              2020, Biometrics 76:939
    """
    stated = numbers.with_events(stated)
    bounds, _ = boundaries_of(stated, NOWHERE, stated.events)
    if stated.alpha is None or (bounds is None and stated.looks is not None) or faults(stated, NOWHERE):
        return Design(row)
    if integrated(stated):
        return _over_time(stated, bounds, row)
    ratio = ratio_of(stated)
    if ratio is not None and not _effective(stated, ratio):
        return Design(row)
    plan = plan_of(stated)
    events = numbers.events_planned(stated, bounds)
    closed, times = _course(stated, plan, events) if plan and events else (None, ())
    found = (
        *known(_events(stated, bounds, ratio)),
        *(_of_looks(stated, bounds, events, ratio) if bounds is not None else ()),
        *times,
    )
    seen, told = _seen(stated, bounds, events, ratio)
    return Design(row, (*found, *seen), (*_sheets(stated, bounds, ratio, events, closed), *told))


def _seen(
    a: LogRankEvents, bounds: Boundaries | None, events: float | None, ratio: float | None
) -> tuple[tuple[Number, ...], tuple[Sheet, ...]]:
    """What follows from the looks taken so far, drifts told as hazard ratios."""
    if a.seen is None or bounds is None or events is None:
        return (), ()
    share, null = share_of(a), numbers.null_of(a)
    spread = math.sqrt(events * share * (1 - share))
    effect = Effect("hazard_ratio", "hazard ratio", lambda drift: null * math.exp(-drift / spread))
    return after_looks(bounds, a.seen, _drift(a, events, ratio), effect)


def _effective(a: LogRankEvents, ratio: float) -> bool:
    null = numbers.null_of(a)
    return ratio < null if a.margin is not None else ratio != null


def _events(a: LogRankEvents, bounds: Boundaries | None, ratio: float | None) -> Iterator[Number]:
    if ratio is not None and a.events is not None:
        yield Number("power", numbers.power_with(a, bounds, a.events, ratio))
    if ratio is not None:
        for formula in numbers.formulas_of(a):
            yield Number("events", numbers.events_wanted(a, bounds, ratio, formula), note=NAMES[formula])
    if a.events is not None:
        found = numbers.ratio_detected(a, bounds, a.events)
        yield Number("hazard_ratio", found, note="detected with the stated power")
        critical = _critical_ratio(a, bounds, a.events)
        yield Number("hazard_ratio", critical, note="largest that is significant at the end, by events")


def _critical_ratio(a: LogRankEvents, bounds: Boundaries | None, events: float) -> float:
    from trialist.kernels.power import log_rank_critical

    z = float(bounds.upper[-1]) if bounds is not None else log_rank_critical(a.alpha or 0.05, a.sides)
    share, events = share_of(a), events * (1.0 if bounds is None else float(bounds.information[-1]))
    return numbers.null_of(a) * math.exp(-z / math.sqrt(events * share * (1 - share)))


# --- looks ------------------------------------------------------------------------------------------


def _drift(a: LogRankEvents, events: float | None, ratio: float | None) -> float | None:
    if events is None or ratio is None:
        return None
    formula = numbers.formulas_of(a)[0]
    return power_times.drift_of(ratio, events, share_of(a), null=numbers.null_of(a), formula=formula)


def _of_looks(
    a: LogRankEvents, bounds: Boundaries, events: float | None, ratio: float | None
) -> Iterator[Number]:
    yield from sequential.boundary_numbers(bounds)
    drift = _drift(a, events, ratio)
    if drift is not None:
        yield from sequential.stop_numbers(bounds, drift)
    if a.power is not None:
        yield from sequential.cost_numbers(characteristics(bounds, a.power))


def _looks_sheet(
    a: LogRankEvents, bounds: Boundaries, events: float, ratio: float | None, plan: Plan | None
) -> Sheet:
    share, null = share_of(a), numbers.null_of(a)
    subjects = None if plan is None else _subjects(a, plan, events)

    def at(k: int) -> float:
        return float(bounds.information[k]) * events

    def bound(k: int) -> str:
        z = float(bounds.upper[k])
        ratio_there = null * math.exp(-z / math.sqrt(at(k) * share * (1 - share)))
        return f"{ratio_there:.3f}" if np.isfinite(z) else "none"

    def month(k: int) -> str:
        found = power_times.time_of(plan, subjects, at(k)) if plan and subjects else None
        return "never" if found is None else f"{found:.1f}"

    more = [("events", lambda k: f"{at(k):.1f}"), ("hazard ratio", bound)]
    if subjects:
        more.insert(1, ("month", month))
    return sequential.looks_sheet(bounds, _drift(a, events, ratio), tuple(more))


# --- duration ---------------------------------------------------------------------------------------


def _course(a: LogRankEvents, plan: Plan, events: float) -> tuple[Plan | None, tuple[Number, ...]]:
    found = numbers.duration_of(a, plan, events)
    if found is None or found[1].status in ("never", "too_few_subjects"):
        return None, ()
    closed, duration = found
    subjects, study = duration.subjects or 0.0, duration.study or 0.0
    arms = ("experimental", "control")
    by_arm = power_times.events_at(closed, subjects, study)
    at = f"{study:.2f} months"
    return closed, (
        Number("subjects", subjects, note="not rounded" if a.n is None else "as stated"),
        Number("duration", closed.accrual.end, note="of accrual"),
        Number("duration", study, note="of the study, until the events are expected"),
        *(Number("expected_events", n, at, (arm,)) for n, arm in zip(by_arm, arms, strict=True)),
    )


def _subjects(a: LogRankEvents, plan: Plan, events: float) -> float | None:
    found = numbers.duration_of(a, plan, events)
    return None if found is None else found[1].subjects


def _time_sheet(a: LogRankEvents, plan: Plan, events: float) -> Iterator[Sheet]:
    found = numbers.duration_of(a, plan, events)
    if found is None or found[1].study is None or not found[1].subjects:
        return
    closed, subjects, study = found[0], found[1].subjects, found[1].study
    months = sorted(
        {round(study * step / MONTHS, 1) for step in range(1, MONTHS + 1)} | {round(closed.accrual.end, 1)}
    )
    rows = []
    for month in months:
        first, second = power_times.events_at(closed, subjects, month)
        entered = subjects * closed.accrual.by(month) / closed.accrual.subjects
        rows.append(
            (f"{month:.1f}", f"{entered:.0f}", f"{first:.1f}", f"{second:.1f}", f"{first + second:.1f}")
        )
    yield Sheet("expected over time", ("month", "entered", "experimental", "control", "events"), tuple(rows))


# --- tables -----------------------------------------------------------------------------------------


def _sheets(
    a: LogRankEvents, bounds: Boundaries | None, ratio: float | None, events: float | None, plan: Plan | None
) -> Iterator[Sheet]:
    if events is None:
        return
    if bounds is not None:
        yield _looks_sheet(a, bounds, events, ratio, plan)
    if plan is not None:
        yield from _time_sheet(a, plan, events)
    if ratio is None:
        return
    yield from power_curve(
        "events", events, lambda n: numbers.power_with(a, bounds, n, ratio), f"hazard ratio {ratio:.4g}"
    )
    null = numbers.null_of(a)
    ratios = [null * math.exp(share * math.log(ratio / null)) for share in RATIOS]
    rows = tuple((f"{r:.3f}", f"{numbers.power_with(a, bounds, events, r):.3f}") for r in ratios)
    yield Sheet(f"power over hazard ratios, {math.ceil(events)} events", ("hazard ratio", "power"), rows)


def _over_time(a: LogRankEvents, bounds: Boundaries | None, row: DesignRow) -> Design:
    """Hazards that are not proportional: power by integration at the end of the study."""
    plan, found = plan_of(a), numbers.over_time(a, bounds)
    if found is None or plan is None:
        return Design(row)
    at = f"{found.study:g} months"
    methods: tuple[str, ...] = ("Yung and Liu", "Lakatos")
    if bounds is not None or len(a.weights or ()) > 1:
        methods = ("independent increments" if bounds is not None else "multivariate normal",)
    powers = zip(found.power or (), methods, strict=False)
    sizes = zip(found.needed or (), methods, strict=False)
    told = (
        *(Number("power", value, at, note=name) for value, name in powers),
        *(Number("subjects", value, at, note=name) for value, name in sizes),
        Number("hazard_ratio", found.ratio, at, note="average over the expected events"),
        Number("expected_events", found.events, at),
    )
    subjects = numbers.subjects_of(a, plan)
    sheets: tuple[Sheet, ...] = ()
    if bounds is not None and subjects is not None:
        means = math.sqrt(subjects) * numbers.means_at_looks(plan, bounds, found.study)
        sheets = (sequential.looks_sheet(bounds, means),)
    return Design(row, tuple(known(told)), sheets)
