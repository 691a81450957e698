"""Pain endpoints: response, and time to progression, from pain and analgesic scores at visits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.pain_scores import pain_visits
from trialist.endpoints.shapes import NO_BASELINE, NO_POSTBASELINE
from trialist.endpoints.verbs import (
    beside,
    confirmed,
    first_event,
    labelled,
    last_day,
    new_therapy_start,
    on_study,
    until_new_therapy,
)
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, FloatingValue, Table

    from trialist.endpoints.pain_rules import PainProgressionRule, PainReadingRule, PainResponseRule

SOURCE = (
    "de Bono 2010, doi:10.1016/S0140-6736(10)61389-X (present pain intensity and analgesic score); "
    "Fizazi 2020, Lancet Oncol 21:1513 (Brief Pain Inventory); PCWG2, Scher 2008, "
    "doi:10.1200/JCO.2007.12.4487"
)
NO_ANALGESIC = "NO_ANALGESIC_SCORE"


@entry("pain_response", needs=("subjects", "pain", "therapies"), gives="Response", source=SOURCE)
def pain_response(*, subjects: Table, pain: Table, therapies: Table, rule: PainResponseRule) -> Table:
    """Relief of pain, confirmed at the next evaluable visits.

    Parameters
        subjects   one row per subject: subject, cutoff_day
        pain       scores: subject, day, sequence, visit, test, value (points)
        therapies  new anticancer therapies: subject, day
        rule       fall_points (points) or fall (fraction) of the pain score while the analgesic score is not
                   up, or analgesic_fall (fraction) while pain is not up; minimum_score, minimum_analgesic
                   (points at baseline, either is enough); confirm_after (days)
    Returns   Response: responder is null where the baseline is not evaluable or no analgesic score is known,
              false without a later visit; day is that of the first of the two visits
    Problems  none: what can't be evaluated is told in `reason`
    Source    criteria/ppi_analgesic.yaml, criteria/bpi.yaml

    A visit whose analgesic score is missing is passed over where the score would decide. An analgesic score
    of 0 at baseline has no percentage, so that only the pain score can respond.
    """
    baselines, later = _visits(subjects, pain, therapies, rule)
    later = later.filter(later.score.notnull()).inner_join(baselines, "subject")
    slack = 1 + rule.tolerance
    quiet = later.analgesic <= later.baseline_analgesic * slack
    meets = _fallen(later, rule) & quiet
    if rule.analgesic_fall is not None:
        halved = later.analgesic <= later.baseline_analgesic * (1 - rule.analgesic_fall) * slack
        halved = (later.baseline_analgesic > 0) & halved
        meets = meets | (halved & (later.score <= later.baseline * slack))
    decided = later.mutate(relieved=meets).filter(lambda t: t.relieved.notnull())
    seen = confirmed(decided, decided.relieved, rule.confirm_after, "consecutive")
    rows = subjects.select("subject")
    for part in (
        baselines,
        last_day(later),
        last_day(decided).rename(decided_day="last_day"),
        first_event(seen, seen.meets).rename(relieved_day="event_day"),
        first_event(seen, seen.confirmed),
    ):
        rows = beside(rows, part)
    low = _too_low(rows, rule)
    happened = rows.event_day.notnull()
    unread = rows.baseline_analgesic.isnull() | (rows.last_day.notnull() & rows.decided_day.isnull())
    unusable = (rows.baseline.isnull() | low.fill_null(False) | unread).fill_null(True)
    return rows.select(
        "subject",
        responder=ibis.ifelse(unusable, ibis.null("boolean"), happened),
        day=ibis.ifelse(unusable, ibis.null("int64"), rows.event_day),
        reason=labelled(
            (rows.baseline.isnull(), NO_BASELINE),
            (low, "BASELINE_BELOW_MINIMUM"),
            (unread, NO_ANALGESIC),
            (rows.last_day.isnull(), NO_POSTBASELINE),
            (happened, "RESPONSE"),
            (rows.relieved_day.notnull(), "UNCONFIRMED"),
            otherwise="NO_RESPONSE",
        ),
    )


@entry(
    "pain_progression",
    needs=("subjects", "pain", "radiotherapies", "therapies"),
    gives="TimeToEvent",
    source=SOURCE,
)
def pain_progression(
    *, subjects: Table, pain: Table, radiotherapies: Table, therapies: Table, rule: PainProgressionRule
) -> Table:
    """Time to pain progression; censored at the last evaluable visit. Death is no event: it competes.

    Parameters
        subjects        one row per subject: subject, cutoff_day
        pain            scores: subject, day, sequence, visit, test, value (points)
        radiotherapies  palliative radiotherapy: subject, day, sequence, purpose
        therapies       new anticancer therapies: subject, day
        rule            rise_points (points) or rise (fraction; of a reference of 0 rise_from_zero, points) of
                        the pain score, analgesics (`not_down`: while they are not below baseline), or
                        analgesic_rise (fraction); reference, confirm_after and early_days (days),
                        radiotherapy, unconfirmed_last
    Returns   TimeToEvent: day of the first of the two visits or of the radiotherapy, or of the last visit (0
              without any, or without a baseline)
    Problems  none: reasons are PAIN, ANALGESIC, RADIOTHERAPY, PAIN_ALONE, UNCONFIRMED, NEW_THERAPY, NO_EVENT,
              NO_BASELINE, NO_POSTBASELINE
    Source    criteria/ppi_analgesic.yaml, criteria/bpi.yaml

    Each visit is compared with its own reference. A visit without a pain score counts where analgesics alone
    show progression; else it decides nothing and is left out. Where the analgesic score would decide and is
    missing, pain alone does; the reason is PAIN_ALONE where the other visits would not have shown it on that
    day.
    """
    baselines, later = _visits(subjects, pain, therapies, rule)
    later = _with_references(later.inner_join(baselines, "subject"), rule)
    slack = 1 - rule.tolerance
    risen = _risen(later, rule).fill_null(False)
    unknown: BooleanValue = ibis.literal(False)
    worse = risen
    if rule.analgesics == "not_down":
        held = later.analgesic >= later.baseline_analgesic * slack
        worse, unknown = risen & held.fill_null(True), risen & held.isnull()
    dosed: BooleanValue = ibis.literal(False)
    if rule.analgesic_rise is not None:
        dosed = later.analgesic >= later.reference_analgesic * (1 + rule.analgesic_rise) * slack
        dosed = ((later.reference_analgesic > 0) & dosed).fill_null(False)
    later = later.mutate(worse=worse | dosed, by_score=worse, unknown=unknown)
    later = later.filter(later.score.notnull() | later.worse)
    found = _progressed(later, rule)
    sure = found
    if rule.analgesics == "not_down":
        sure = _progressed(later.filter(~later.unknown), rule)
    sure = sure.select("subject", sure_day="event_day")
    rows = subjects.select("subject")
    for part in (
        baselines,
        last_day(later),
        found,
        sure,
        _irradiated(radiotherapies, therapies, subjects, rule),
        new_therapy_start(therapies, subjects),
    ):
        rows = beside(rows, part)
    by_beam = (rows.beam_day < rows.event_day).fill_null(rows.beam_day.notnull())
    reached = ibis.ifelse(by_beam, rows.beam_day, rows.event_day)
    event = reached.notnull()
    day = ibis.coalesce(reached, ibis.ifelse(rows.baseline.isnull(), 0, rows.last_day), 0)
    stopped = rows.therapy_day.notnull() if rule.new_therapy == "stop" else ibis.literal(False)
    return rows.select(
        "subject",
        day=day.cast("int64"),
        time_days=(day + 1).cast("float64"),
        event=event,
        reason=labelled(
            (by_beam, "RADIOTHERAPY"),
            (event & ~rows.by_score, "ANALGESIC"),
            (event & (rows.sure_day == rows.event_day), "PAIN"),
            (event, "PAIN_ALONE"),
            (rows.baseline.isnull(), NO_BASELINE),
            (rows.last_day.isnull(), NO_POSTBASELINE),
            (rows.pending_day.notnull(), "UNCONFIRMED"),
            (stopped, "NEW_THERAPY"),
            otherwise="NO_EVENT",
        ),
    )


def _visits(subjects: Table, pain: Table, therapies: Table, rule: PainReadingRule) -> tuple[Table, Table]:
    """Baselines (subject, baseline, baseline_analgesic) and later visits (subject, day, score, analgesic).

    The baseline is the last visit with a pain score; later ones may have an analgesic score alone.
    """
    seen = on_study(pain_visits(pain, rule), subjects)
    early = seen.filter((seen.day <= 0) & seen.score.notnull())
    place = ibis.row_number().over(ibis.window(group_by="subject", order_by=early.day.desc()))
    early = early.mutate(place=place).filter(lambda t: t.place == 0)
    baselines = early.select("subject", baseline="score", baseline_analgesic="analgesic")
    return baselines, until_new_therapy(seen.filter(seen.day > 0), therapies, subjects, rule.new_therapy)


def _fallen(later: Table, rule: PainResponseRule) -> BooleanValue:
    """Whether the pain score is low enough; never null."""
    fallen: BooleanValue = ibis.literal(False)
    if rule.fall_points is not None:
        fallen = fallen | (later.baseline - later.score >= rule.fall_points * (1 - rule.tolerance))
    if rule.fall is not None:
        limit = later.baseline * (1 - rule.fall) * (1 + rule.tolerance)
        fallen = fallen | ((later.baseline > 0) & (later.score <= limit))
    return fallen


def _too_low(rows: Table, rule: PainResponseRule) -> BooleanValue:
    """Whether neither score of the baseline is high enough to be relieved; null where not known."""
    slack = 1 - rule.tolerance
    high = (rows.baseline > 0) & (rows.baseline >= rule.minimum_score * slack)
    if rule.minimum_analgesic is not None:
        high = high | (rows.baseline_analgesic >= rule.minimum_analgesic * slack)
    return ~high


def _with_references(later: Table, rule: PainProgressionRule) -> Table:
    """Adds reference and reference_analgesic: those of baseline, or the lowest up to the visit before."""
    if rule.reference == "baseline":
        return later.mutate(reference=later.baseline, reference_analgesic=later.baseline_analgesic)
    earlier = ibis.window(group_by="subject", order_by="day", rows=(None, -1))
    lowest = later.mutate(
        low=later.score.min().over(earlier), low_analgesic=later.analgesic.min().over(earlier)
    )
    return lowest.mutate(
        reference=_lower(lowest.low, lowest.baseline),
        reference_analgesic=_lower(lowest.low_analgesic, lowest.baseline_analgesic),
    ).drop("low", "low_analgesic")


def _lower(one: FloatingValue, other: FloatingValue) -> FloatingValue:
    """The lower of two values, of which either may be null."""
    return ibis.ifelse((one < other).fill_null(other.isnull()), one, other)


def _risen(later: Table, rule: PainProgressionRule) -> BooleanValue:
    """Whether the pain score is high enough over its reference."""
    slack = 1 - rule.tolerance
    risen: BooleanValue = ibis.literal(False)
    if rule.rise_points is not None:
        risen = risen | (later.score - later.reference >= rule.rise_points * slack)
    if rule.rise is not None:
        risen = risen | ((later.reference > 0) & (later.score >= later.reference * (1 + rule.rise) * slack))
    if rule.rise_from_zero is not None:
        risen = risen | ((later.reference <= 0) & (later.score >= rule.rise_from_zero * slack))
    return risen


def _progressed(later: Table, rule: PainProgressionRule) -> Table:
    """subject, event_day, by_score, pending_day: the day that counts, the first that none could confirm.

    `by_score`: whether the pain score was worse on the day that counts.
    """
    seen = confirmed(later, later.worse, rule.confirm_after, "consecutive")
    counts = seen.meets & (seen.day > rule.early_days)
    pending = counts & ~seen.confirmed & seen.unbroken
    seen = seen.mutate(happened=counts & seen.confirmed, pending=pending)
    found = seen.group_by("subject").aggregate(
        event_day=seen.day.min(where=seen.happened), pending_day=seen.day.min(where=seen.pending)
    )
    if rule.unconfirmed_last == "event":
        found = found.mutate(event_day=ibis.coalesce(found.event_day, found.pending_day))
    shown = seen.select("subject", "by_score", event_day="day")
    both = found.left_join(shown, ["subject", "event_day"])
    return both.select("subject", "event_day", "pending_day", by_score=both.by_score.fill_null(False))


def _irradiated(radiotherapies: Table, therapies: Table, subjects: Table, rule: PainProgressionRule) -> Table:
    """subject, beam_day: the first palliative radiotherapy, where it counts."""
    rows = on_study(radiotherapies.filter(radiotherapies.day > 0), subjects)
    rows = until_new_therapy(rows, therapies, subjects, rule.new_therapy)
    if rule.radiotherapy == "ignore":
        rows = rows.filter(ibis.literal(False))
    return rows.group_by("subject").aggregate(beam_day=rows.day.min())
