"""Sizes of target lesions and their sums, against baseline and nadir."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.tumours import read_lesions, tumour_response
from trialist.endpoints.verbs import beside

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.endpoints.rules import TumourResponseRule


def lesion_sizes(*, subjects: Table, lesions: Table, rule: TumourResponseRule) -> Table:
    """The size of each target lesion at each visit.

    Parameters
        subjects  one row per subject: subject, first_dose_day, cutoff_day
        lesions   as `tumour_response` reads them
        rule      too_small (mm), normal_node (mm)
    Returns   one row per subject, target lesion and day: lesion, number (its place among the subject's
              targets by name, from 1), value (mm, null: not measured), at_baseline (the last size up to
              the baseline), baseline and nadir (mm; nadir: the smallest earlier size, baseline included;
              null on baseline rows, and where the size at baseline is not known)
    Problems  none
    Source    RECIST 1.1, sections 4.3.1 and 4.3.2
    """
    rows = read_lesions(subjects, lesions, rule)
    rows = rows.filter(rows.role == "TARGET")
    number = ibis.dense_rank().over(ibis.window(group_by="subject", order_by="lesion"))
    early = rows.day <= rows.baseline_end
    measured = rows.measured == 1
    rows = rows.select(
        "subject",
        "lesion",
        "day",
        early=early,
        number=number + 1,
        value=ibis.ifelse(measured, rows["size"], ibis.null("float64")),
        baseline_day=ibis.ifelse(early & measured, rows.day, ibis.null("int64")),
    )
    one = ibis.window(group_by=["subject", "lesion"])
    rows = rows.mutate(last=rows.baseline_day.max().over(one))
    rows = rows.mutate(at_baseline=(rows.day == rows["last"]).fill_null(False))
    rows = rows.mutate(
        baseline=ibis.ifelse(rows.at_baseline, rows.value, ibis.null("float64")).max().over(one),
        later=ibis.ifelse(rows.early, ibis.null("float64"), rows.value),
    )
    before = ibis.window(group_by=["subject", "lesion"], order_by="day", rows=(None, -1))
    lowest = ibis.least(rows.later.min().over(before).fill_null(rows.baseline), rows.baseline)
    known = ~rows.early & rows.baseline.notnull()
    return rows.select(
        "subject",
        "lesion",
        "number",
        "day",
        "value",
        "at_baseline",
        baseline="baseline",
        nadir=ibis.ifelse(known, lowest, ibis.null("float64")),
    )


def sums_of_sizes(*, subjects: Table, lesions: Table, rule: TumourResponseRule) -> Table:
    """The sum of the target lesions at baseline and at each visit.

    Parameters
        subjects, lesions, rule  as for `tumour_response`
    Returns   one row per subject and visit with a target: day, value (mm: of what was read), complete (every
              target was measured), at_baseline, baseline and nadir (mm), target (the response of the targets)
    Problems  none: without a size of every target at baseline there is no baseline sum, and no row of it
    Source    RECIST 1.1, section 4.3.1
    """
    visits = tumour_response(subjects=subjects, lesions=lesions, rule=rule)
    visits = visits.filter(visits.target.notnull() & visits["sum"].notnull())
    sizes = lesion_sizes(subjects=subjects, lesions=lesions, rule=rule)
    targets = sizes.group_by("subject").aggregate(targets=sizes.lesion.nunique())
    first = sizes.filter(sizes.at_baseline)
    first = first.group_by("subject").aggregate(
        day=first.day.max(), value=first.value.sum(), known=first.count()
    )
    first = beside(first, targets)
    first = first.filter(first.known == first.targets)
    return ibis.union(
        first.select(
            "subject",
            "day",
            "value",
            complete=ibis.literal(True),
            at_baseline=ibis.literal(True),
            baseline="value",
            nadir=ibis.null("float64"),
            target=ibis.null("string"),
        ),
        visits.select(
            "subject",
            "day",
            "complete",
            "baseline",
            "nadir",
            "target",
            value="sum",
            at_baseline=ibis.literal(False),
        ).select("subject", "day", "value", "complete", "at_baseline", "baseline", "nadir", "target"),
        distinct=False,
    )
