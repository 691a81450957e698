"""PSA endpoints: response, time to progression, change from baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints import compiled
from trialist.endpoints.shapes import NO_BASELINE, NO_POSTBASELINE
from trialist.endpoints.verbs import (
    beside,
    confirmed,
    first_event,
    labelled,
    last_day,
    nadir,
    new_therapy_start,
    on_study,
    one_value_per_day,
    until_new_therapy,
    with_baseline,
)
from trialist.records.streamed import compiling_pays
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table, Value

    from trialist.endpoints.rules import PsaChangeRule, PsaProgressionRule, PsaReading, PsaResponseRule

SOURCE = "PCWG3, Scher 2016, doi:10.1200/JCO.2015.64.2702, and PCWG2, Scher 2008, PSA rows"
BELOW = "BASELINE_BELOW_QUANTIFICATION"


@entry("psa_response", needs=("subjects", "psa", "therapies"), gives="Response", source=SOURCE)
def psa_response(*, subjects: Table, psa: Table, therapies: Table, rule: PsaResponseRule) -> Table:
    """A fall of PSA from baseline, confirmed or not.

    Parameters
        subjects   one row per subject: subject, cutoff_day
        psa        PSA values: subject, day, sequence, value (ng/mL; of `<x`, the x), below
        therapies  new anticancer therapies: subject, day
        rule       fall (fraction), confirmed, confirm_after (days), confirming, minimum_baseline (ng/mL)
    Returns   Response: responder is null without a usable baseline and false without a later value; day is
              that of the first of the two values that make the response. Beside it what decided, in ng/mL:
              baseline, limit (to be reached), value (of `day`, else the lowest later one), and confirmed_day,
              the first day on which the limit was met again, late enough
    Problems  none: what can't be evaluated is told in `reason`
    Source    PCWG3, PSA response; early rises never cancel a response
    """
    baselines, later = _values(subjects, psa, therapies, rule)
    later = later.inner_join(baselines, "subject")
    limit = (1 - rule.fall) * later.baseline * (1 + rule.tolerance)
    seen = confirmed(later, later.value <= limit, rule.confirm_after, rule.confirming)
    fell = first_event(seen, seen.meets).rename(fell_day="event_day")
    counted = _first_with_value(seen, seen.confirmed if rule.confirmed else seen.meets)
    lowest = later.group_by("subject").aggregate(lowest=later.value.min())
    rows = subjects.select("subject")
    for part in (baselines, last_day(later), lowest, fell, counted):
        rows = beside(rows, part)
    too_low = rows.baseline < rule.minimum_baseline * (1 - rule.tolerance)
    unusable = rows.baseline.isnull() | _no_decline_measurable(rows) | too_low
    unusable = unusable.fill_null(True)
    happened = rows.event_day.notnull()
    return rows.select(
        "subject",
        responder=ibis.ifelse(unusable, ibis.null("boolean"), happened),
        day=ibis.ifelse(unusable, ibis.null("int64"), rows.event_day),
        reason=labelled(
            (rows.baseline.isnull(), NO_BASELINE),
            (_no_decline_measurable(rows), BELOW),
            (too_low, "BASELINE_BELOW_MINIMUM"),
            (rows.last_day.isnull(), NO_POSTBASELINE),
            (happened, "RESPONSE"),
            (rows.fell_day.notnull(), "UNCONFIRMED"),
            otherwise="NO_RESPONSE",
        ),
        baseline=rows.baseline,
        limit=ibis.ifelse(unusable, ibis.null("float64"), (1 - rule.fall) * rows.baseline),
        value=ibis.ifelse(unusable, ibis.null("float64"), ibis.coalesce(rows.event_value, rows.lowest)),
        confirmed_day=ibis.ifelse(unusable, ibis.null("int64"), rows.confirmed_day),
    )


@entry("psa_progression", needs=("subjects", "psa", "therapies"), gives="TimeToEvent", source=SOURCE)
def psa_progression(*, subjects: Table, psa: Table, therapies: Table, rule: PsaProgressionRule) -> Table:
    """Time to confirmed PSA progression; censored at the last PSA. Death is no event: it competes.

    Parameters
        subjects   one row per subject: subject, cutoff_day
        psa        PSA values: subject, day, sequence, value (ng/mL), below
        therapies  new anticancer therapies: subject, day
        rule       rise_ratio (of nadir), rise_absolute (ng/mL) and both for responders (nadir at or below
                   1 - responder_fall of baseline), confirm_after (days), confirming, early_rise, early_days,
                   decline (what lets a rise count before early_days: any_earlier value below baseline, or the
                   one nearest to early_days, at_early_days), unconfirmed_last
    Returns   TimeToEvent: day of the first of the two values, or of the last PSA (0 without any); with
              unconfirmed_last: last_nonprogressing, of the last PSA before a rise that nothing confirms.
              Beside it what decided, in ng/mL: baseline, and of a rise that counts or waits its value, the
              nadir before and the limit
    Problems  none: reasons are PSA, UNCONFIRMED, NEW_THERAPY, NO_EVENT, NO_BASELINE, NO_POSTBASELINE
    Source    PCWG3, PSA progression: 25 % and 2 ng/mL over the nadir, confirmed 3 weeks later

    A run of values that meet the limits has one nadir, so a value's own nadir decides a consecutive
    confirmation: the lowest value before the first that is late enough, and that one, must both stay up. For
    `any_later` the highest value that is late enough is held against the first's nadir. A rise is pending
    when all later values stay up and none is late enough. One window holds all of it: values are sorted once.
    """
    if compiling_pays(psa):
        read = _readable(psa, rule)
        return compiled.psa_progression(subjects=subjects, read=read, therapies=therapies, rule=rule)
    baselines, later = _values(subjects, psa, therapies, rule)
    seen = later.inner_join(baselines, "subject")
    onward = {"group_by": "subject", "order_by": "day"}
    after = max(rule.confirm_after, 1)
    late = ibis.window(**onward, range=(after, None))
    held = seen.value.max() if rule.confirming == "any_later" else seen.value.first()
    seen = seen.mutate(
        nadir=nadir(seen),
        lowest_soon=seen.value.min().over(ibis.window(**onward, range=(0, after - 1))),
        held_late=held.over(late),
    )
    responding = seen.nadir <= (1 - rule.responder_fall) * seen.baseline * (1 + rule.tolerance)
    seen = seen.mutate(
        ratio=ibis.ifelse(responding, float(rule.responder_rise_ratio), float(rule.rise_ratio)),
        absolute=ibis.ifelse(responding, float(rule.responder_rise_absolute), float(rule.rise_absolute)),
    )
    limit = ibis.greatest(seen.ratio * seen.nadir, seen.nadir + seen.absolute)
    seen = seen.mutate(limit=limit, before=seen.day.lag().over(ibis.window(**onward)).fill_null(0))
    if rule.decline == "at_early_days":
        seen = beside(
            seen, _nearest(later, rule.early_days, rule.decline_window).select("subject", at_week="value")
        )
    counts = (_risen(seen, seen.value, rule) & _late_enough(seen, rule)).fill_null(False)
    stayed, again = (
        _risen(seen, value, rule).fill_null(False) for value in (seen.lowest_soon, seen.held_late)
    )
    happened = counts & (stayed & again if rule.confirming == "consecutive" else again)
    pending = counts & stayed & seen.held_late.isnull()
    decided = happened | pending if rule.unconfirmed_last == "event" else happened
    told = ("nadir", "limit", "value", "before")
    found = seen.group_by("subject").aggregate(
        last_day=seen.day.max(),
        event_day=seen.day.min(where=decided),
        pending_day=seen.day.min(where=pending),
        **{name: seen[name].argmin(seen.day, where=decided | pending) for name in told},
    )
    rows = subjects.select("subject")
    for part in (baselines, found, new_therapy_start(therapies, subjects)):
        rows = beside(rows, part)
    event = rows.event_day.notnull()
    last = rows.last_day
    if rule.unconfirmed_last == "last_nonprogressing":
        last = ibis.ifelse(rows.pending_day.notnull(), rows.before, last)
    day = ibis.coalesce(rows.event_day, ibis.ifelse(rows.baseline.isnull(), 0, last), 0)
    stopped = rows.therapy_day.notnull() if rule.new_therapy == "stop" else ibis.literal(False)
    return rows.select(
        "subject",
        day=day.cast("int64"),
        time_days=(day + 1).cast("float64"),
        event=event,
        reason=labelled(
            (event, "PSA"),
            (rows.baseline.isnull(), NO_BASELINE),
            (rows.last_day.isnull(), NO_POSTBASELINE),
            (rows.pending_day.notnull(), "UNCONFIRMED"),
            (stopped, "NEW_THERAPY"),
            otherwise="NO_EVENT",
        ),
        baseline=rows.baseline,
        nadir=rows.nadir,
        limit=rows["limit"],
        value=rows.value,
    )


@entry("psa_change", needs=("subjects", "psa", "therapies"), gives="Measurement", source=SOURCE)
def psa_change(*, subjects: Table, psa: Table, therapies: Table, rule: PsaChangeRule) -> Table:
    """Change of PSA from baseline: the lowest later value, or the one nearest to a day.

    Parameters
        subjects   one row per subject: subject, cutoff_day
        psa        PSA values: subject, day, sequence, value (ng/mL), below
        therapies  new anticancer therapies: subject, day
        rule       what (`best`, `at_day`), at and window (days); of two values equally near, the earlier
    Returns   Measurement: baseline, value, change in ng/mL; percent_change = 100 change / baseline
    Problems  none: a baseline of 0 or below quantification gives no change, told in `reason`
    Source    PCWG2 and PCWG3: best change at any time and change at 12 weeks
    """
    baselines, later = _values(subjects, psa, therapies, rule)
    if rule.what == "at_day":
        chosen = _nearest(later, rule.at, rule.window)
    else:
        chosen = _first_of(later, [later.value, later.day])
    rows = beside(beside(subjects.select("subject"), baselines), chosen)
    unusable = (rows.baseline.isnull() | _no_decline_measurable(rows)).fill_null(True)
    evaluable = ~unusable & rows.value.notnull()
    change = rows.value - rows.baseline
    nothing = ibis.null("float64")
    return rows.select(
        "subject",
        "baseline",
        "value",
        change=ibis.ifelse(evaluable, change, nothing),
        percent_change=ibis.ifelse(evaluable, 100 * change / rows.baseline.nullif(0), nothing),
        day=rows.day,
        evaluable=evaluable,
        censored=(evaluable & rows.below).fill_null(False),
        reason=labelled(
            (rows.baseline.isnull(), NO_BASELINE),
            (_no_decline_measurable(rows), BELOW),
            (rows.value.isnull(), NO_POSTBASELINE),
            otherwise="EVALUABLE",
        ),
    )


def _nearest(later: Table, at: int, window: int) -> Table:
    """subject, day, value, below: the value nearest to a day, the earlier of two as near."""
    near = later.filter((later.day - at).abs() <= window)
    return _first_of(near, [(near.day - at).abs(), near.day])


def _first_of(later: Table, order: list[Value]) -> Table:
    """subject, day, value, below: the first of each subject's values in that order."""
    place = ibis.row_number().over(ibis.window(group_by="subject", order_by=order))
    chosen = later.mutate(place=place).filter(lambda t: t.place == 0)
    return chosen.select("subject", "day", "value", "below")


def _values(subjects: Table, psa: Table, therapies: Table, rule: PsaReading) -> tuple[Table, Table]:
    """Baselines (subject, baseline, baseline_below) and later (subject, day, value, below) that count."""
    daily = one_value_per_day(on_study(_readable(psa, rule), subjects), rule.same_day)
    later = until_new_therapy(daily.filter(daily.day > 0), therapies, subjects, rule.new_therapy)
    if rule.baseline_window is not None:
        daily = daily.filter(daily.day >= -rule.baseline_window)
    return with_baseline(daily, rule.baseline), later.select("subject", "day", "value", "below")


def _readable(psa: Table, rule: PsaReading) -> Table:
    """Values with a day; one below quantification at the share of its limit that the rule says."""
    below = psa.below.fill_null(False)
    read = psa.mutate(value=ibis.ifelse(below, psa.value * rule.below_factor, psa.value), below=below)
    return read.filter(read.value.notnull() & ~read.value.isnan() & read.day.notnull())


def _first_with_value(seen: Table, happened: BooleanValue) -> Table:
    """subject, event_day, event_value, confirmed_day: of the first day on which it happened."""
    found = seen.filter(happened)
    return found.group_by("subject").aggregate(
        event_day=found.day.min(),
        event_value=found.value.argmin(found.day),
        confirmed_day=found.confirmed_day.argmin(found.day),
    )


def _no_decline_measurable(rows: Table) -> BooleanValue:
    return rows.baseline_below | (rows.baseline <= 0)


def _risen(seen: Table, value: ibis.expr.types.FloatingValue, rule: PsaProgressionRule) -> BooleanValue:
    slack = 1 - rule.tolerance
    high = (value > seen.nadir) & (value >= seen.ratio * seen.nadir * slack)
    return high & (value - seen.nadir >= seen.absolute * slack)


def _late_enough(seen: Table, rule: PsaProgressionRule) -> BooleanValue:
    """A rise before `early_days` does not count: never, or where PSA had not fallen below its baseline.

    Fallen is any earlier value, or (`decline`) the one nearest to `early_days`.
    """
    late = seen.day >= rule.early_days
    if rule.early_rise == "all":
        return late
    if rule.early_rise == "none":
        return ibis.literal(True)
    fallen = seen.nadir if rule.decline == "any_earlier" else seen.at_week
    return late | (fallen < seen.baseline * (1 - rule.tolerance))
