"""Performance status at baseline and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.shapes import NO_BASELINE, NO_POSTBASELINE
from trialist.endpoints.verbs import beside, labelled, on_study
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.endpoints.palliation_rules import CategoryShiftRule


@entry(
    "category_shift",
    needs=("subjects", "performance", "deaths"),
    gives="Grade",
    source="Oken 1982, Am J Clin Oncol 5:649; ICH E3, section 12.4 (shift tables)",
)
def category_shift(*, subjects: Table, performance: Table, deaths: Table, rule: CategoryShiftRule) -> Table:
    """Performance status at baseline, and the worst, last or best one of the days that count.

    Parameters
        subjects     one row per subject: subject, cutoff_day, first_dose_day, last_dose_day
        performance  subject, day, sequence, test, ecog (grade 0 to 5)
        deaths       subject, day
        rule         test; what (`worst`, `last`, `best`); from_day and to_day; on_treatment, with the window
                     after the last dose (days); death (`grade_5`: a death is that grade on its day)
    Returns   Grade: `worst` is the grade asked for, on its first day; of one day, the worse grade. Reason is
              WORSENED (by at least `worsening` grades), NOT_WORSENED, NO_BASELINE or NO_POSTBASELINE
    Problems  none: a grade that is not known is null, never 0
    Source    ECOG grades; worse is an increase of 1 or more

    Baseline is the last grade up to the reference date or the first dose.
    """
    doses = subjects.select("subject", "first_dose_day", "last_dose_day")
    rows = performance.filter((performance.test == rule.test) & performance.ecog.notnull())
    rows = on_study(rows.filter(rows.day.notnull()), subjects).inner_join(doses, "subject")
    rows = rows.group_by("subject", "day", "first_dose_day", "last_dose_day").aggregate(grade=rows.ecog.max())
    early = (rows.day <= 0) | (rows.day <= rows.first_dose_day).fill_null(False)
    baselines = _placed(rows.filter(early), [ibis.desc("day")]).select("subject", baseline="grade")
    later = rows.filter(~early)
    if rule.death == "grade_5":
        died = on_study(deaths.filter(deaths.day > 0), subjects).inner_join(doses, "subject")
        died = died.group_by("subject", "first_dose_day", "last_dose_day").aggregate(day=died.day.min())
        died = died.mutate(grade=ibis.literal(rule.grade_of_death, "int64")).select(*later.columns)
        later = ibis.union(later, died, distinct=False)
        later = later.group_by("subject", "day", "first_dose_day", "last_dose_day").aggregate(
            grade=later.grade.max()
        )
    if rule.on_treatment:
        ended = (later.day > later.last_dose_day + rule.window).fill_null(False)
        later = later.filter((later.day >= later.first_dose_day).fill_null(False) & ~ended)
    if rule.from_day is not None:
        later = later.filter(later.day >= rule.from_day)
    if rule.to_day is not None:
        later = later.filter(later.day <= rule.to_day)
    order = {
        "worst": [ibis.desc("grade"), ibis.asc("day")],
        "best": [ibis.asc("grade"), ibis.asc("day")],
        "last": [ibis.desc("day")],
    }[rule.what]
    chosen = _placed(later, order).select("subject", "day", worst="grade")
    found = beside(beside(subjects.select("subject"), baselines), chosen)
    return found.select(
        "subject",
        "baseline",
        "worst",
        "day",
        reason=labelled(
            (found.baseline.isnull(), NO_BASELINE),
            (found.worst.isnull(), NO_POSTBASELINE),
            (found.worst - found.baseline >= rule.worsening, "WORSENED"),
            otherwise="NOT_WORSENED",
        ),
    )


def _placed(rows: Table, order: list[ibis.expr.types.Value]) -> Table:
    """The first row of each subject in that order, which is total: one row per subject and day."""
    place = ibis.row_number().over(ibis.window(group_by="subject", order_by=order))
    return rows.mutate(place=place).filter(lambda t: t.place == 0)
