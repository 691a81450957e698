"""Bone scans by the 2+2 rule: the state of each scan, the flare after the first, confirmed progression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.verbs import beside, labelled, on_study, until_new_therapy
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

    from trialist.endpoints.rules import BoneRule

SOURCE = (
    "PCWG3, Scher 2016, doi:10.1200/JCO.2015.64.2702, bone row; PCWG2, Scher 2008, "
    "doi:10.1200/JCO.2007.12.4487, bone row"
)


@entry("bone_response", needs=("subjects", "bone_scans", "therapies"), gives="Visits", source=SOURCE)
def bone_response(*, subjects: Table, bone_scans: Table, therapies: Table, rule: BoneRule) -> Table:
    """What each bone scan after baseline says: NON-PD, PDu (unconfirmed), PD, NED or NE.

    Parameters
        subjects    one row per subject: subject, cutoff_day, first_dose_day
        bone_scans  lesions by scan: subject, day, sequence, lesion (null: the scan shows none that was
                    absent at baseline), readable; the rows of one day are one scan. A lesion on a row that
                    is not readable could not be judged: it is neither there nor gone
        therapies   new anticancer therapies: subject, day
        rule        flare_scan and flare_days (days), later_reference, new_lesions, additional_lesions,
                    persisting_lesions (0: none asked), confirm_after (days), unresolved, new_therapy
    Returns   one row per scan: subject, day, response, reason; new_lesions (absent at baseline and, after
              the first scan, on the reference), confirming_day (the first scan late enough, null: none),
              further_lesions (on that one, and new once more), persisting_lesions (still on that one)
    Problems  none: an unreadable scan is NE, and neither confirms, refutes nor becomes the reference
    Source    PCWG3: at least 2 new lesions; on the first scan 2 more have to follow, later on 2 must persist

    Baseline are the scans up to the reference date or the first dose; a lesion that they show is never new.
    The first scan becomes the reference only where it is a flare scan. A scan is unreadable when none of
    its rows can be read. NED is said only where the baseline scan showed no lesion. Where lesions that the
    confirming scan could not judge might make up the number asked for, it neither confirms nor refutes: the
    progression stays unconfirmed (PDu), and no later scan dates it back.
    """
    seen = _dated(bone_scans, subjects)
    early, later = seen.filter(seen.early), seen.filter(~seen.early)
    later = until_new_therapy(on_study(later, subjects), therapies, subjects, rule.new_therapy)
    scans = later.group_by("subject", "day").aggregate(readable=later.readable.cast("int64").max() == 1)
    read = _placed(scans.filter(scans.readable).select("subject", "day"), rule)
    shown = _counted(_lesions(later, early), read, rule)
    open_to = _not_judged(later, early, read, shown)
    judged = _judged(_with_open(_with_confirming(read, shown), open_to), rule)
    judged = beside(judged, _first_progression(judged))
    judged = beside(judged, _clean_baselines(early))
    unread = scans.filter(~scans.readable)
    nothing = ibis.null("int64")
    return ibis.union(
        _told(judged),
        unread.select(
            "subject",
            "day",
            response=ibis.literal("NE"),
            reason=ibis.literal("NOT_READABLE"),
            new_lesions=nothing,
            confirming_day=nothing,
            further_lesions=nothing,
            persisting_lesions=nothing,
        ),
        distinct=False,
    )


def bone_outcome(scans: Table) -> Table:
    """What the scans of a subject come to.

    Parameters
        scans  from `bone_response`
    Returns   one row per subject with a scan after baseline: subject, response (PD; else PDu where a scan
              waits for its confirmation; else that of the last readable scan; else NE), progression_day
              (null unless PD), last_day (of the readable scans)
    Problems  none
    Source    PCWG3, bone row
    """
    readable = scans.response != "NE"
    found = scans.group_by("subject").aggregate(
        progression_day=scans.day.min(where=scans.response == "PD"),
        waiting=scans.day.max(where=scans.response == "PDu"),
        last_day=scans.day.max(where=readable),
        clean_day=scans.day.max(where=scans.response == "NED"),
    )
    return found.select(
        "subject",
        response=labelled(
            (found.progression_day.notnull(), "PD"),
            (found.waiting.notnull(), "PDu"),
            (found.clean_day == found.last_day, "NED"),
            (found.last_day.notnull(), "NON-PD"),
            otherwise="NE",
        ),
        progression_day="progression_day",
        last_day="last_day",
    )


def _dated(bone_scans: Table, subjects: Table) -> Table:
    """subject, day, lesion, readable, early: the rows on a day, `early` up to day 0 or the first dose."""
    rows = bone_scans.filter(bone_scans.day.notnull())
    rows = rows.inner_join(subjects.select("subject", "first_dose_day"), "subject")
    early = (rows.day <= 0) | (rows.day <= rows.first_dose_day).fill_null(False)
    return rows.select(
        "subject", "day", "lesion", readable=rows.readable.fill_null(False), early=early.fill_null(False)
    )


def _placed(read: Table, rule: BoneRule) -> Table:
    """subject, day of the readable scans; first, flare, reference_day, confirming_day."""
    first = read.day.min().over(ibis.window(group_by="subject"))
    late_enough = ibis.window(group_by="subject", order_by="day", range=(max(rule.confirm_after, 1), None))
    placed = read.mutate(first_day=first, confirming_day=read.day.min().over(late_enough))
    placed = placed.mutate(first=placed.day == placed.first_day)
    placed = placed.mutate(flare=_in_flare(placed, rule))
    early = placed.flare.cast("int64").max().over(ibis.window(group_by="subject")) == 1
    if rule.later_reference == "baseline":
        early = ibis.literal(False)
    return placed.select(
        "subject",
        "day",
        "first",
        "flare",
        "confirming_day",
        reference_day=ibis.ifelse(early, placed.first_day, ibis.null("int64")),
    )


def _in_flare(placed: Table, rule: BoneRule) -> BooleanValue:
    """Whether more lesions are asked of the next scan, since the first may only show a flare."""
    if rule.flare_scan == "first":
        return placed.first
    within = placed.day <= rule.flare_days
    return within if rule.flare_scan == "every_within" else placed.first & within


def _lesions(later: Table, early: Table) -> Table:
    """subject, day, lesion: each lesion absent at baseline, once per readable scan that shows it."""
    shown = later.filter(later.readable & later.lesion.notnull())
    shown = shown.select("subject", "day", "lesion").distinct()
    known = early.filter(early.readable & early.lesion.notnull()).select("subject", "lesion").distinct()
    return shown.anti_join(known, ["subject", "lesion"])


def _counted(lesions: Table, read: Table, rule: BoneRule) -> Table:
    """The lesions with their scan's place: `fresh` when not on the reference, `again` when on the confirming.

    Of the reference itself every lesion counts as new, but none is fresh.
    """
    shown = lesions.inner_join(read, ["subject", "day"])
    shown = shown.select("subject", "day", "lesion", "first", "confirming_day", "reference_day")
    on_first = shown.filter(shown.day == shown.reference_day).select(
        "subject", "lesion", on_reference=ibis.literal(True)
    )
    shown = shown.left_join(on_first, ["subject", "lesion"])
    shown = shown.drop("subject_right", "lesion_right")
    later = lesions.select("subject", "lesion", confirming_day="day", kept=ibis.literal(True))
    shown = shown.left_join(later, ["subject", "lesion", "confirming_day"])
    fresh = ~shown.on_reference.fill_null(False)
    return shown.select(
        "subject",
        "day",
        "lesion",
        fresh=fresh,
        counts=(fresh | shown.first).fill_null(False),
        again=shown.kept.fill_null(False),
    )


def _not_judged(later: Table, early: Table, read: Table, shown: Table) -> Table:
    """subject, day, open_further, open_persisting: lesions that the scan confirming that day could not judge.

    open_persisting are new lesions of the day itself; open_further are others, of which it could show more.
    """
    named = later.filter(later.lesion.notnull())
    lesions = named.group_by("subject", "lesion", confirming_day=named.day).aggregate(
        seen=named.readable.cast("int64").max()
    )
    known = early.filter(early.readable & early.lesion.notnull()).select("subject", "lesion").distinct()
    lesions = lesions.filter(lesions.seen == 0).drop("seen").anti_join(known, ["subject", "lesion"])
    rows = read.select("subject", "day", "confirming_day", "reference_day")
    rows = rows.inner_join(lesions, ["subject", "confirming_day"])
    rows = rows.select("subject", "day", "reference_day", "lesion")
    on_day = shown.select("subject", "day", "lesion", "counts")
    rows = rows.left_join(on_day, ["subject", "day", "lesion"])
    rows = rows.select("subject", "day", "lesion", "counts", "reference_day")
    on_reference = shown.select("subject", "lesion", reference_day="day", old=ibis.literal(True))
    rows = rows.left_join(on_reference, ["subject", "lesion", "reference_day"])
    further = rows.counts.isnull() & rows.old.isnull()
    return rows.group_by("subject", "day").aggregate(
        open_further=further.cast("int64").sum(),
        open_persisting=rows.counts.fill_null(False).cast("int64").sum(),
    )


def _with_open(scans: Table, not_judged: Table) -> Table:
    """The scans with their numbers of lesions that could not be judged, 0 where there is none."""
    rows = scans.left_join(not_judged, ["subject", "day"]).drop("subject_right", "day_right")
    return rows.mutate(
        open_further=rows.open_further.fill_null(0), open_persisting=rows.open_persisting.fill_null(0)
    )


def _with_confirming(read: Table, shown: Table) -> Table:
    """Each readable scan with its numbers of lesions: shown, new, further and persisting."""

    def number(which: BooleanValue) -> ibis.expr.types.IntegerScalar:
        return which.cast("int64").sum()

    counts = shown.group_by("subject", "day").aggregate(
        shown=shown.count(),
        new_lesions=number(shown.counts),
        fresh=number(shown.fresh),
        fresh_again=number(shown.fresh & shown.again),
        persisting=number(shown.counts & shown.again),
    )
    scans = read.left_join(counts, ["subject", "day"]).drop("subject_right", "day_right")
    then = counts.select("subject", confirming_day="day", fresh_then="fresh")
    scans = scans.left_join(then, ["subject", "confirming_day"])
    none = ibis.null("int64")
    looked = scans.confirming_day.notnull()
    further = scans.fresh_then.fill_null(0) - scans.fresh_again.fill_null(0)
    return scans.select(
        "subject",
        "day",
        "flare",
        "confirming_day",
        shown=scans.shown.fill_null(0),
        new_lesions=scans.new_lesions.fill_null(0),
        further_lesions=ibis.ifelse(looked, further, none),
        persisting_lesions=ibis.ifelse(looked, scans.persisting.fill_null(0), none),
    )


def _judged(scans: Table, rule: BoneRule) -> Table:
    """Adds meets (new lesions enough), waits (for a scan that is late enough and tells) and progressed."""
    meets = scans.new_lesions >= rule.new_lesions
    asked = scans.flare if rule.persisting_lesions == 0 else ibis.literal(True)
    enough = ibis.ifelse(
        scans.flare,
        scans.further_lesions >= rule.additional_lesions,
        scans.persisting_lesions >= rule.persisting_lesions,
    ).fill_null(False)
    possibly = ibis.ifelse(
        scans.flare,
        scans.further_lesions + scans.open_further >= rule.additional_lesions,
        scans.persisting_lesions + scans.open_persisting >= rule.persisting_lesions,
    ).fill_null(True)
    waits = meets & asked & possibly & ~enough
    progressed = meets & (enough | ~asked)
    if rule.unresolved == "pd":
        progressed = progressed | waits
    return scans.mutate(meets=meets, waits=waits, progressed=progressed)


def _first_progression(judged: Table) -> Table:
    """subject, progression_day: the first scan that progressed."""
    progressed = judged.filter(judged.progressed)
    return progressed.group_by("subject").aggregate(progression_day=progressed.day.min())


def _clean_baselines(early: Table) -> Table:
    """subject, clean: of those with a readable baseline scan, whether it showed no lesion."""
    shown = (early.readable & early.lesion.notnull()).cast("int64").max()
    scanned = early.group_by("subject").aggregate(
        clean=(shown == 0) & (early.readable.cast("int64").max() == 1)
    )
    return scanned


def _told(judged: Table) -> Table:
    """The response of each readable scan, and why it is so; from the first progression on, PD."""
    after = (judged.day > judged.progression_day).fill_null(False)
    progressed = (judged.day == judged.progression_day).fill_null(False)
    clean = judged.clean.fill_null(False) & (judged.shown == 0)
    return judged.select(
        "subject",
        "day",
        response=labelled(
            (after | progressed, "PD"), (judged.waits, "PDu"), (clean, "NED"), otherwise="NON-PD"
        ),
        reason=labelled(
            (after, "AFTER_PROGRESSION"),
            (judged.waits, "UNCONFIRMED"),
            (progressed, "PROGRESSION"),
            (judged.meets & judged.flare, "FLARE"),
            (judged.meets, "REFUTED"),
            (judged.new_lesions > 0, "TOO_FEW_NEW_LESIONS"),
            otherwise="NO_NEW_LESION",
        ),
        new_lesions="new_lesions",
        confirming_day="confirming_day",
        further_lesions="further_lesions",
        persisting_lesions="persisting_lesions",
    )
