"""Progression-free survival: the first of its components, censored by rules P1 to P11."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.bone import bone_response
from trialist.endpoints.pain import pain_progression
from trialist.endpoints.pain_scores import pain_visits
from trialist.endpoints.planned import days_ahead
from trialist.endpoints.psa import psa_progression
from trialist.endpoints.shapes import NO_BASELINE, NO_POSTBASELINE
from trialist.endpoints.tumours import tumour_response
from trialist.endpoints.verbs import beside, labelled, new_therapy_start, on_study
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.endpoints.rules import ProgressionRule

SOURCE = (
    "PCWG3, Scher 2016, doi:10.1200/JCO.2015.64.2702; FDA guidance, Clinical Trial Endpoints, 2018, "
    "Tables A and C; EMA/CHMP/27994/2008 Rev 1"
)
RADIOGRAPHIC = {
    "radiographic_progression": ("soft_tissue", "bone", "responses"),
    "soft_tissue_progression": ("soft_tissue",),
    "bone_progression": ("bone",),
}
ASSESSED = ("RADIOGRAPHIC", "SOFT_TISSUE", "BONE", "PSA", "PAIN")
"""Components that came at some time before the assessment which shows them."""
LABELS = {"responses": "RADIOGRAPHIC", "soft_tissue": "SOFT_TISSUE", "bone": "BONE"}


@entry(
    "progression_free_survival",
    needs=(
        "subjects",
        "responses",
        "soft_tissue",
        "bone",
        "lesions",
        "bone_scans",
        "psa",
        "pain",
        "radiotherapies",
        "progressions",
        "deaths",
        "therapies",
    ),
    gives="TimeToEvent",
    source=SOURCE,
)
def progression_free_survival(
    *,
    subjects: Table,
    responses: Table,
    soft_tissue: Table,
    bone: Table,
    lesions: Table,
    bone_scans: Table,
    psa: Table,
    pain: Table,
    radiotherapies: Table,
    progressions: Table,
    deaths: Table,
    therapies: Table,
    rule: ProgressionRule,
) -> Table:
    """Time to the first of the rule's components, censored as its reading says.

    Parameters
        subjects      one row per subject: subject, cutoff_day, baseline_scan (null: not known)
        responses     overall responses at visits: subject, day, sequence, response
        soft_tissue, bone  the same for that part alone
        lesions       lesions at visits, as `tumour_response` reads them; read instead of `responses` and
                      `soft_tissue` where the rule has a rule for lesions
        bone_scans    lesions by bone scan, as `bone_response` reads them; read instead of `bone` where the
                      rule has a rule for bone scans
        psa           PSA values, for the component psa_progression
        pain, radiotherapies  as `pain_progression` reads them; read instead of the pain progressions where
                      the rule has a rule for pain
        progressions  pain and clinical progression: subject, day, sequence, kind (PAIN, CLINICAL)
        deaths, therapies  subject, day
        rule          first_of; new_therapy (P6), missed (P9), no_baseline (P1), clinical (P4);
                      confirm_first_soft_tissue (days after which a scan confirms progression of the first);
                      missed_assessments; interval, soft_tissue_interval, bone_interval, grace and span in
                      days; visit_date: whether a visit read off lesions is dated by its first scan of soft
                      tissue or by its last, and progression by the last that shows it
    Returns   TimeToEvent; reason names the first component (on one day: in the rule's order) or why the
              time is censored: NO_EVENT, NEW_THERAPY, MISSED_ASSESSMENTS, CLINICAL_STOP, NO_BASELINE,
              NO_POSTBASELINE. causes: every component of the day of an event, null where it is censored.
              lower_days, upper_days: an event that an assessment showed came after the last adequate
              assessment before that day (day 0 before the first); others are known to the day, and both are
              time_days. A censored time has no upper_days
    Problems  none
    Source    PCWG3 for rPFS; FDA 2018 Tables A and C and EMA reading: criteria/pfs_censoring.yaml

    P9 asks whether the event lies more than `missed_assessments` intervals and the grace behind the last
    adequate assessment (day 0 before the first); where the rule has planned days, the time between those. An
    assessment is adequate when nothing read that day was unreadable and, where the rule has an interval for
    soft tissue or bone, no scan of that part was due and lacking. One is due when that interval (the time to
    the next planned day), less the grace, has passed since the last readable one (day 0 before the first); it
    is lacking when the next is more than `span` days away. A reported overall response stands for a part of
    which its subject has no report. A response word that is not known can't be read. Without scans among the
    components the PSA values are the assessments, and the visits whose pain score is read. What shows the
    progression itself is never the assessment before it. Clinical progression counts after day 0 only:
    earlier ones are of a disease treated before.
    """
    tables = {"responses": responses, "soft_tissue": soft_tissue, "bone": bone}
    if rule.lesions is not None:
        tables["soft_tissue"] = _of_lesions(subjects, lesions, rule)
        del tables["responses"]
    if rule.bone_scans is not None:
        tables["bone"] = bone_response(
            subjects=subjects, bone_scans=bone_scans, therapies=therapies, rule=rule.bone_scans
        )
    parts = sorted({name for part in rule.first_of for name in RADIOGRAPHIC.get(part, ()) if name in tables})
    scans = [_scans(tables[name], subjects, rule, LABELS[name]) for name in parts]
    events = [rows.filter(rows.progressed).select("subject", "day", "component") for rows in scans]
    events += _other_events(progressions, deaths, rule)
    shown = []
    if "psa_progression" in rule.first_of:
        times = psa_progression(subjects=subjects, psa=psa, therapies=therapies, rule=rule.psa)
        shown.append(times.filter(times.event).select("subject", "day", component=ibis.literal("PSA")))
    if rule.pain is not None:
        worse = pain_progression(
            subjects=subjects,
            pain=pain,
            radiotherapies=radiotherapies,
            therapies=therapies,
            rule=rule.pain,
        )
        worse = worse.filter(worse.event)
        by_score = worse.reason != "RADIOTHERAPY"
        pained = worse.mutate(component=ibis.literal("PAIN"))
        shown.append(pained.filter(by_score).select("subject", "day", "component"))
        events.append(pained.filter(~by_score).select("subject", "day", "component"))
    first = _first_component(on_study(ibis.union(*events, *shown, distinct=False), subjects), rule)
    adequate = _adequate(dict(zip(parts, scans, strict=True)), shown, subjects, psa, pain, rule)
    rows = beside(subjects.select("subject", "baseline_scan"), first)
    rows = beside(rows, new_therapy_start(therapies, subjects))
    rows = beside(rows, _clinical_stop(progressions, subjects))
    rows = _censoring_limits(rows, rule)
    rows = _with_last_adequate(rows, adequate)
    return _censored(rows, rule)


def _of_lesions(subjects: Table, lesions: Table, rule: ProgressionRule) -> Table:
    """Responses at visits; with `visit_date: last`, each on the day of its last scan.

    Progression is then on the day of the scan that proves it.
    """
    if rule.lesions is None:
        raise ValueError("no rule for lesions")
    visits = tumour_response(subjects=subjects, lesions=lesions, rule=rule.lesions)
    if rule.visit_date == "first":
        return visits
    return visits.mutate(day=visits.progression_day.fill_null(visits.read_day))


def _scans(read: Table, subjects: Table, rule: ProgressionRule, component: str) -> Table:
    """subject, day, component, progressed, readable: post-baseline assessments of one part."""
    rows = on_study(read.filter(read.day > 0), subjects)
    readable = [word for word in rule.known if word not in rule.not_readable]
    seen = rows.select(
        "subject",
        "day",
        component=ibis.literal(component),
        progressed=rows.response.isin(list(rule.progression)).fill_null(False),
        readable=rows.response.upper().isin(readable).fill_null(False),
    )
    if component == LABELS["soft_tissue"] and rule.confirm_first_soft_tissue is not None:
        return _first_confirmed(seen, rule.confirm_first_soft_tissue)
    return seen


def _first_confirmed(seen: Table, after: int) -> Table:
    """Progression at the first readable assessment only where the next that is late enough shows it too."""
    one = ibis.window(group_by="subject")
    seen = seen.mutate(read=ibis.ifelse(seen.readable, seen.day, ibis.null("int64")))
    seen = seen.mutate(first=seen.read.min().over(one))
    late = ibis.ifelse(seen.read >= seen.first + after, seen.read, ibis.null("int64"))
    seen = seen.mutate(late=late.min().over(one))
    again = (seen.progressed & (seen.day == seen.late)).fill_null(False)
    seen = seen.mutate(again=again.cast("int64").max().over(one))
    counts = (seen.day > seen.first) | (seen.again == 1)
    seen = seen.mutate(progressed=seen.progressed & counts.fill_null(False))
    return seen.drop("read", "first", "late", "again")


def _other_events(progressions: Table, deaths: Table, rule: ProgressionRule) -> list[Table]:
    """subject, day, component of every component that the records state."""
    found = []
    if "death" in rule.first_of:
        found.append(deaths.select("subject", "day", component=ibis.literal("DEATH")))
    for part, kind in (("pain_progression", "PAIN"), ("clinical_progression", "CLINICAL")):
        if part in rule.first_of and not (kind == "PAIN" and rule.pain is not None):
            rows = progressions.filter((progressions.kind == kind) & (progressions.day > 0))
            found.append(rows.select("subject", "day", component=ibis.literal(kind)))
    return found


def _first_component(events: Table, rule: ProgressionRule) -> Table:
    """subject, event_day, component, causes: the earliest; of one day, the first in the rule's order."""
    rank = events.component.cases(*((name, i) for i, name in enumerate(rule.order)), else_=len(rule.order))
    ranked = events.mutate(rank=rank)
    order = ibis.window(group_by="subject", order_by=["day", "rank"])
    ranked = ranked.mutate(place=ibis.row_number().over(order))
    first = ranked.filter(ranked.place == 0).select("subject", "component", event_day="day")
    same = ranked.inner_join(first.select("subject", "event_day"), "subject")
    same = same.filter(same.day == same.event_day)
    flags = same.group_by("subject").aggregate(
        **{name: (same.component == name).cast("int64").max() for name in rule.order}
    )
    causes = ibis.literal("")
    for name in rule.order:
        causes = causes + ibis.ifelse(flags[name] == 1, f", {name}", "")
    return beside(first, flags.select("subject", causes=causes.substr(2)))


def _adequate(
    read: Mapping[str, Table],
    shown: list[Table],
    subjects: Table,
    psa: Table,
    pain: Table,
    rule: ProgressionRule,
) -> Table:
    """subject, day of the adequate assessments, the days that show progression left aside."""
    scans = list(read.values())
    if not scans:
        values = psa.filter(psa.value.notnull()).select("subject", "day")
        if rule.pain is not None:
            visits = pain_visits(pain, rule.pain).filter(lambda t: t.score.notnull()).select("subject", "day")
            both = "psa_progression" in rule.first_of
            values = ibis.union(values, visits, distinct=False) if both else visits
        days = on_study(values.filter(values.day > 0), subjects).select("subject", "day").distinct()
        for progressed in shown:
            days = days.anti_join(progressed, ["subject", "day"])
        return days
    every = ibis.union(*scans, distinct=False) if len(scans) > 1 else scans[0]
    intervals = {"soft_tissue": rule.soft_tissue_interval, "bone": rule.bone_interval}
    due = {LABELS[part]: days for part, days in intervals.items() if days is not None}
    if "responses" in read:
        every = _overall_for_parts(every, due)
    days = every.group_by("subject", "day").aggregate(
        readable=every.readable.cast("int64").min(),
        progressed=every.progressed.cast("int64").max(),
        **{part: every.day.max(where=(every.component == part) & every.readable) for part in due},
    )
    of_visit = ibis.window(group_by="subject", order_by="day", range=(None, rule.span))
    days = days.mutate(**{part: days[part].max().over(of_visit).fill_null(0) for part in due})
    good = (days.readable == 1) & (days.progressed == 0)
    for part, interval in due.items():
        next_due = days_ahead(days[part], 1, rule.planned_days, interval) - rule.grace
        good = good & ((days.day <= days[part]) | (days.day - days[part] < next_due))
    return days.filter(good).select("subject", "day")


def _overall_for_parts(every: Table, parts: Iterable[str]) -> Table:
    """The assessments, with each overall response as one of the parts of which its subject has no report."""
    overall = every.filter(every.component == LABELS["responses"])
    for part in parts:
        alone = overall.anti_join(every.filter(every.component == part), "subject")
        alone = alone.mutate(component=ibis.literal(part)).select(every.columns)
        every = ibis.union(every, alone, distinct=False)
    return every


def _clinical_stop(progressions: Table, subjects: Table) -> Table:
    """subject, clinical_day: the first clinical progression after day 0."""
    stated = progressions.filter((progressions.kind == "CLINICAL") & (progressions.day > 0))
    rows = on_study(stated, subjects)
    return rows.group_by("subject").aggregate(clinical_day=rows.day.min())


def _censoring_limits(rows: Table, rule: ProgressionRule) -> Table:
    """Adds therapy_limit and clinical_limit: the days after which nothing counts, null where no rule cuts.

    A new therapy that is itself the event replaces the event unless something happened no later.
    """
    if rule.new_therapy == "event":
        replaces = rows.therapy_day.notnull() & (
            rows.event_day.isnull() | (rows.therapy_day < rows.event_day)
        )
        rows = rows.mutate(
            event_day=ibis.ifelse(replaces, rows.therapy_day, rows.event_day),
            component=ibis.ifelse(replaces, ibis.literal("NEW_THERAPY"), rows.component),
            causes=ibis.cases(
                (replaces, ibis.literal("NEW_THERAPY")),
                ((rows.therapy_day == rows.event_day).fill_null(False), rows.causes + ", NEW_THERAPY"),
                else_=rows.causes,
            ),
        )
    nothing = ibis.null("int64")
    return rows.mutate(
        therapy_limit=rows.therapy_day if rule.new_therapy == "censor" else nothing,
        clinical_limit=rows.clinical_day if rule.clinical == "censor" else nothing,
    )


def _with_last_adequate(rows: Table, adequate: Table) -> Table:
    """Adds first and last adequate days, those up to the event, and those up to the nearest limit."""
    limit = ibis.ifelse(
        (rows.clinical_limit < rows.therapy_limit).fill_null(rows.therapy_limit.isnull()),
        rows.clinical_limit,
        rows.therapy_limit,
    )
    rows = rows.mutate(cut_day=limit)
    ends = rows.select("subject", "event_day", "cut_day")
    seen = adequate.inner_join(ends, "subject")
    found = seen.group_by("subject").aggregate(
        last_adequate=seen.day.max(),
        before_event=seen.day.max(where=seen.day <= seen.event_day),
        before_day=seen.day.max(where=seen.day < seen.event_day),
        before_cut=seen.day.max(where=seen.day <= seen.cut_day),
    )
    return beside(rows, found)


def _censored(rows: Table, rule: ProgressionRule) -> Table:
    """One row per subject: the event, or the first rule that censors it."""
    happened = rows.event_day.notnull()
    last = ibis.coalesce(rows.before_event, 0)
    allowed = days_ahead(last, rule.missed_assessments, rule.planned_days, rule.interval) + rule.grace
    no_baseline = (~rows.baseline_scan).fill_null(False)
    if not any(part in RADIOGRAPHIC for part in rule.first_of):
        no_baseline = ibis.literal(False)
    if rule.no_baseline == "follow":
        no_baseline = no_baseline & ~happened
    cut = (rows.cut_day.notnull() & (~happened | (rows.event_day > rows.cut_day))).fill_null(False)
    gap = ibis.literal(False)
    if rule.missed == "censor":
        gap = (rows.event_day - last > allowed).fill_null(False)
    event = happened & ~no_baseline & ~cut & ~gap
    by_therapy = cut & (rows.cut_day == rows.therapy_limit).fill_null(False)
    day = ibis.cases(
        (event, rows.event_day),
        (no_baseline, ibis.literal(0)),
        (cut, ibis.coalesce(rows.before_cut, 0)),
        (gap, last),
        else_=ibis.coalesce(rows.last_adequate, 0),
    )
    between = ibis.literal(False)
    for name in ASSESSED:
        between = between | rows.causes.contains(name).fill_null(False)
    between = between & event
    return rows.select(
        "subject",
        day=day.cast("int64"),
        time_days=(day + 1).cast("float64"),
        event=event,
        reason=ibis.coalesce(
            ibis.ifelse(event, rows.component, ibis.null("string")),
            labelled(
                (no_baseline, NO_BASELINE),
                (by_therapy, "NEW_THERAPY"),
                (cut, "CLINICAL_STOP"),
                (gap, "MISSED_ASSESSMENTS"),
                (rows.last_adequate.isnull(), NO_POSTBASELINE),
                otherwise="NO_EVENT",
            ),
        ),
        causes=ibis.ifelse(event, rows.causes, ibis.null("string")),
        lower_days=(ibis.ifelse(between, ibis.coalesce(rows.before_day, 0), day) + 1).cast("float64"),
        upper_days=ibis.ifelse(event, (day + 1).cast("float64"), ibis.null("float64")),
    )
