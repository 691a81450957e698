"""Response at each visit from lesion measurements: targets, non-targets, new lesions, overall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.verbs import beside, labelled, on_study
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, IntegerValue, StringValue, Table

    from trialist.endpoints.rules import TumourResponseRule

SOURCE = (
    "RECIST 1.1, Eisenhauer 2009, Eur J Cancer 45:228, sections 4.3 and 4.4, Tables 1 and 2; RECIST "
    "questions and clarifications, EORTC"
)


@entry("tumour_response", needs=("subjects", "lesions"), gives="Visits", source=SOURCE)
def tumour_response(*, subjects: Table, lesions: Table, rule: TumourResponseRule) -> Table:
    """The response at each visit after baseline, from its lesions.

    Parameters
        subjects  one row per subject: subject, first_dose_day, cutoff_day
        lesions   lesions at visits: subject, day, sequence, lesion, role (TARGET, NON-TARGET, NEW), node,
                  diameter (mm: longest, of a node its short axis), state (PRESENT, ABSENT, WORSE, TOO SMALL,
                  EQUIVOCAL, MERGED; null with a null diameter: not read). Rows of one lesion on one day are
                  the parts into which it split; a lesion that merged is MERGED, the other holds the mass.
                  A row without a lesion and role: a scan of soft tissue that shows none. read_day: when this
                  lesion was read, visit_end: the last scan, where those of one visit lie on several days
        rule      partial_fall and progression_rise (fractions), progression_absolute, normal_node and
                  too_small (mm), overall (target, non-target, new lesion, response)
    Returns   Visits, one row per subject and day after the baseline: response (CR, PR, SD, NON-CR/NON-PD, PD,
              NE, NED), reason, target and non_target (null: none at baseline), new_lesion, sum of what was
              read, nadir (smallest earlier whole sum, baseline included), baseline (all mm), read_day (the
              last scan of the visit), complete (every target was measured), progression_day (of PD: the
              earliest of the scan that first shows the new lesion, that which shows the non-target that is
              back, and the last of the scans that show the growth)
    Problems  none: what can't be judged is NE, and `reason` tells why
    Source    RECIST 1.1 sections 4.3.1 to 4.3.5 and 4.4, Tables 1 and 2

    The baseline of a target is its last size up to the reference date or the first dose, whichever is later.
    A target without one leaves no sum to compare with: the target response is NE. A new lesion counts from
    the first visit that shows it, an equivocal one too once it is certain, but not from before a visit at
    which it was absent, or was a node of normal size. What was read after the cut-off is left out, of a visit
    that began before it too. After a complete response of the whole, disease that is back is progression,
    target or not (Table 3, note); a non-target that is equivocal is not back.
    """
    read = read_lesions(subjects, lesions, rule)
    later = read.filter(read.day > read.baseline_end)
    visits = later.group_by("subject", "day").aggregate(read_day=later.visit_end.max())
    visits = beside(visits, _first_new(later))
    visits = visits.mutate(is_new=(visits.day >= visits.new_day).fill_null(False))
    visits = _with_non_targets(visits, read, later)
    visits = _with_targets(visits, read, later, rule)
    visits = _with_returned_others(visits)
    return _overall(visits, rule)


def read_lesions(subjects: Table, lesions: Table, rule: TumourResponseRule) -> Table:
    """One row per lesion and day: size, and what was seen of it, its parts taken together.

    size       sum of its parts in mm; a lesion that is absent or merged has 0
    measured   every part has a size
    noted      every part has a size or a state
    remains    disease is left: an extranodal lesion above 0 mm, or a node that is not normal; a target that
               is present without a size is so if it is no node
    """
    ends = subjects.select("subject", baseline_end=ibis.greatest(subjects.first_dose_day.fill_null(0), 0))
    read_day = lesions.read_day.fill_null(lesions.day)
    rows = lesions.mutate(visit_day=lesions.day, day=read_day, read_day=read_day)
    rows = on_study(rows.filter(rows.day.notnull()), subjects).inner_join(ends, "subject")
    state = rows.state.fill_null("")
    rows = rows.mutate(
        day=rows.visit_day,
        visit_end=ibis.greatest(rows.visit_end.fill_null(rows.read_day), rows.read_day),
        node=rows.node.fill_null(False),
        size=ibis.coalesce(
            ibis.ifelse(state == "TOO SMALL", rows.diameter.nullif(0), rows.diameter),
            state.cases(
                ("ABSENT", 0.0),
                ("MERGED", 0.0),
                ("TOO SMALL", float(rule.too_small)),
                else_=ibis.null("float64"),
            ),
        ),
    )
    small = rows.size < rule.normal_node * (1 - rule.tolerance)
    gone = ibis.ifelse(rows.node, small, rows.size <= 0).fill_null(False)
    noted = rows.size.notnull() | rows.state.notnull()
    unsized = (rows.role == "TARGET").fill_null(False) & rows.size.isnull()
    untold = unsized & (rows.node | ~state.isin(["PRESENT", "WORSE"]))
    rows = rows.mutate(
        measured=rows.size.notnull().cast("int64"),
        noted=noted.cast("int64"),
        remains=(noted & ~gone & ~untold).cast("int64"),
        worse=(state == "WORSE").cast("int64"),
        certain=(noted & ~gone & (state != "EQUIVOCAL")).cast("int64"),
    )
    return rows.group_by("subject", "baseline_end", "lesion", "role", "day").aggregate(
        size=rows.size.sum(),
        measured=rows.measured.min(),
        noted=rows.noted.min(),
        remains=rows.remains.max(),
        worse=rows.worse.max(),
        certain=rows.certain.max(),
        read_day=rows.read_day.max(),
        visit_end=rows.visit_end.max(),
    )


def _first_new(later: Table) -> Table:
    """subject, new_day, new_read: the first visit with a new lesion which is, or later proves, certain.

    `new_read` is the day of the scan that shows it.
    """
    rows = later.filter((later.role == "NEW") & (later.noted == 1))
    so_far = ibis.window(group_by=["subject", "lesion"], order_by="day", rows=(None, 0))
    rows = rows.mutate(run=(1 - rows.remains).sum().over(so_far))
    seen = rows.filter(rows.remains == 1)
    runs = seen.group_by("subject", "lesion", "run").aggregate(
        first_day=seen.day.min(), first_read=seen.read_day.min(), certain=seen.certain.max()
    )
    runs = runs.filter(runs.certain == 1)
    return runs.group_by("subject").aggregate(new_day=runs.first_day.min(), new_read=runs.first_read.min())


def _with_non_targets(visits: Table, read: Table, later: Table) -> Table:
    """Adds non_target: null where there is none, else CR, NON-CR/NON-PD, PD or NE."""
    known = read.filter(read.role == "NON-TARGET")
    known = known.group_by("subject").aggregate(non_targets=known.lesion.nunique())
    rows = later.filter(later.role == "NON-TARGET")
    seen = rows.group_by("subject", "day").aggregate(
        others_noted=rows.noted.sum(),
        others_remain=rows.remains.max(),
        worse=rows.worse.max(),
        others_certain=rows.certain.max(),
        worse_read=rows.read_day.max(where=rows.worse == 1),
        certain_read=rows.read_day.min(where=rows.certain == 1),
    )
    visits = _on_visit(beside(visits, known), seen)
    return visits.mutate(
        non_target=_response(
            (visits.non_targets.isnull(), None),
            (visits.worse == 1, "PD"),
            (visits.others_noted.fill_null(0) < visits.non_targets, "NE"),
            (visits.others_remain == 1, "NON-CR/NON-PD"),
            otherwise="CR",
        )
    )


def _with_targets(visits: Table, read: Table, later: Table, rule: TumourResponseRule) -> Table:
    """Adds baseline, sum and nadir in mm, and target: null where there is none, else its response."""
    rows = later.filter(later.role == "TARGET")
    seen = rows.group_by("subject", "day").aggregate(
        sum=rows["size"].sum(),
        measured=rows.measured.sum(),
        remains=rows.remains.max(),
        target_read=rows.read_day.max(),
    )
    visits = _on_visit(beside(visits, _baselines(read)), seen)
    complete = (visits.measured == visits.targets).fill_null(False)
    gone = complete & (visits.remains == 0).fill_null(False) & visits.baseline.notnull()
    free = (gone | visits.targets.isnull()) & ~visits.is_new
    free = free & (visits.non_target == "CR").fill_null(gone)
    visits = visits.mutate(complete=complete, gone=gone, free=free.cast("int64"))
    earlier = ibis.window(group_by="subject", order_by="day", rows=(None, -1))
    whole = ibis.ifelse(visits.complete, visits["sum"], ibis.null("float64"))
    visits = visits.mutate(
        lowest=ibis.coalesce(whole.min().over(earlier), visits.baseline),
        was_free=ibis.coalesce(visits.free.max().over(earlier), 0) == 1,
    )
    visits = visits.mutate(
        nadir=ibis.ifelse(
            visits.baseline.isnull() | (visits.lowest < visits.baseline), visits.lowest, visits.baseline
        )
    )
    visits = visits.mutate(
        nadir=ibis.ifelse(visits.baseline.isnull(), ibis.null("float64"), visits.nadir),
        returned=(visits.remains == 1).fill_null(False) & (visits.was_free | (visits.nadir <= 0)),
        grown=(visits.remains == 1).fill_null(False) & _grown(visits, rule),
    )
    limit = (1 - rule.partial_fall) * visits.baseline * (1 + rule.tolerance)
    return visits.mutate(
        target=_response(
            (visits.targets.isnull(), None),
            (visits.baseline.isnull(), "NE"),
            (visits.gone, "CR"),
            (visits.returned | visits.grown, "PD"),
            (~visits.complete, "NE"),
            (visits["sum"] <= limit, "PR"),
            otherwise="SD",
        )
    )


def _with_returned_others(visits: Table) -> Table:
    """Non-target disease that is certainly back after a complete response of the whole is PD."""
    back = visits.was_free & (visits.others_certain == 1).fill_null(False)
    worse = (visits.non_target == "PD").fill_null(False)
    return visits.mutate(
        non_target=ibis.ifelse(back, ibis.literal("PD"), visits.non_target),
        others_returned=back & ~worse,
        worse_read=ibis.ifelse(back & ~worse, visits.certain_read, visits.worse_read),
    )


def _baselines(read: Table) -> Table:
    """subject, targets, baseline: how many targets, and the sum of their last sizes up to the baseline's end.

    The baseline is null when a target has none.
    """
    rows = read.filter(read.role == "TARGET")
    at_baseline = (rows.day <= rows.baseline_end) & (rows.measured == 1)
    day = ibis.ifelse(at_baseline, rows.day, ibis.null("int64"))
    rows = rows.mutate(base_day=day.max().over(ibis.window(group_by=["subject", "lesion"])))
    each = rows.group_by("subject", "lesion").aggregate(
        first_size=rows["size"].max(where=rows.day == rows.base_day)
    )
    found = each.group_by("subject").aggregate(
        targets=each.count(), known=each.first_size.count(), total=each.first_size.sum()
    )
    whole = found.known == found.targets
    return found.select("subject", "targets", baseline=ibis.ifelse(whole, found.total, ibis.null("float64")))


def _grown(visits: Table, rule: TumourResponseRule) -> BooleanValue:
    """The sum is high enough over the nadir, in proportion and in mm."""
    slack = 1 - rule.tolerance
    by_ratio = visits["sum"] >= (1 + rule.progression_rise) * visits.nadir * slack
    by_size = visits["sum"] - visits.nadir >= rule.progression_absolute * slack
    return by_ratio & by_size


def _overall(visits: Table, rule: TumourResponseRule) -> Table:
    """The response that the table gives for the three parts, and why."""
    new_lesion = ibis.ifelse(visits.is_new, ibis.literal("Y"), ibis.literal("N"))
    target, other = visits.target.fill_null(""), visits.non_target.fill_null("")
    key = target + "|" + other + "|" + new_lesion
    response = key.cases(*(("|".join(row[:3]), row[3]) for row in rule.overall), else_="NE")
    visits = visits.mutate(response=response)
    nothing = ibis.null("int64")
    grown = ibis.ifelse(target == "PD", visits.target_read, nothing)
    shown = ibis.ifelse(visits.is_new & (visits.day == visits.new_day), visits.new_read, nothing)
    dated = _earlier(shown, _earlier(grown, visits.worse_read))
    said = visits.response
    progressed, unread = said == "PD", said == "NE"
    return visits.select(
        "subject",
        "day",
        "response",
        reason=labelled(
            (progressed & visits.is_new, "NEW_LESION"),
            (progressed & (target == "PD") & visits.returned, "TARGET_RETURNED"),
            (progressed & (target == "PD"), "TARGET_GROWN"),
            (progressed & visits.others_returned, "NON_TARGET_RETURNED"),
            (progressed, "NON_TARGET_WORSE"),
            (unread & (target == "NE") & visits.baseline.isnull(), "NO_TARGET_BASELINE"),
            (unread & (target == "NE"), "TARGET_NOT_READ"),
            (unread, "NON_TARGET_NOT_READ"),
            (said == "NED", "NO_DISEASE_AT_BASELINE"),
            (said == "CR", "NO_DISEASE_LEFT"),
            ((target == "CR") & (other == "NE"), "NON_TARGET_NOT_READ"),
            (target == "CR", "NON_TARGET_LEFT"),
            (target == "PR", "TARGET_FALLEN"),
            (target == "SD", "TARGET_STABLE"),
            otherwise="NON_TARGET_LEFT",
        ),
        target=visits.target,
        non_target=visits.non_target,
        new_lesion=visits.is_new,
        sum=visits["sum"],
        nadir=visits.nadir,
        baseline=visits.baseline,
        read_day="read_day",
        complete=visits.complete,
        progression_day=ibis.ifelse(progressed, dated.fill_null(visits.day), nothing),
    )


def _earlier(one: IntegerValue, other: IntegerValue) -> IntegerValue:
    """The earlier of two days, of which either may be null."""
    return ibis.least(one.fill_null(other), other.fill_null(one))


def _on_visit(visits: Table, seen: Table) -> Table:
    """The visits with the columns of `seen` for the same subject and day."""
    return visits.left_join(seen, ["subject", "day"]).drop("subject_right", "day_right")


def _response(*cases: tuple[BooleanValue, str | None], otherwise: str) -> StringValue:
    """As `labelled`, where a label may be null."""
    nothing = ibis.null("string")
    return ibis.cases(
        *(
            (when.fill_null(False), nothing if label is None else ibis.literal(label))
            for when, label in cases
        ),
        else_=ibis.literal(otherwise),
    )
