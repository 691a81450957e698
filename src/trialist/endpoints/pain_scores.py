"""Pain and analgesic scores of a visit, from the values of a visit or from the days of a diary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.endpoints.pain_rules import PainReadingRule


def pain_visits(pain: Table, rule: PainReadingRule) -> Table:
    """The visits that have a pain score or an analgesic score.

    Parameters
        pain  scores: subject, day, sequence, visit, test, value (points)
        rule  score and analgesic (test codes); daily; score_of_days and analgesic_of_days (`mean`, `median`);
              diary_days and evaluable_days (days)
    Returns   one row per subject and day: subject, day, score and analgesic (points; null: missing)
    Problems  none
    Source    criteria/ppi_analgesic.yaml, criteria/bpi.yaml

    The score of several tests is their mean, where all of them are there. Of several values of a test on one
    day the mean is taken. Values by visit belong together when they are of one day. Values by day belong
    together when they name one visit and no gap of `diary_days` or more lies between them, for unscheduled
    visits share one name: the day of a visit is the last day that has any, and it is evaluable where enough
    of the days up to it have a value; values that name no visit are not used.
    """
    rows = pain.filter(pain.day.notnull() & pain.value.notnull())
    rows = rows.filter(rows.test.isin([*rule.score, rule.analgesic]))
    if rule.daily:
        rows = _with_visit_day(rows.filter(rows.visit.notnull()), rule)
        rows = rows.filter(rows.day > rows.visit_day - rule.diary_days)
    else:
        rows = rows.mutate(visit_day=rows.day)
    scores = _of_visits(rows, rule.score, rule.score_of_days, rule).rename(score="value")
    analgesics = _of_visits(rows, (rule.analgesic,), rule.analgesic_of_days, rule).rename(analgesic="value")
    days = ibis.union(scores.select("subject", "day"), analgesics.select("subject", "day"), distinct=True)
    found = days.left_join(scores, ["subject", "day"]).drop("subject_right", "day_right")
    found = found.left_join(analgesics, ["subject", "day"])
    return found.select("subject", "day", "score", "analgesic")


def _with_visit_day(rows: Table, rule: PainReadingRule) -> Table:
    """Adds visit_day: the last day of the visit that a value belongs to."""
    days = rows.select("subject", "visit", "day").distinct()
    of_name = ibis.window(group_by=["subject", "visit"], order_by="day")
    gap = days.day - days.day.lag().over(of_name)
    days = days.mutate(apart=(gap >= rule.diary_days).fill_null(True).cast("int64"))
    so_far = ibis.window(group_by=["subject", "visit"], order_by="day", rows=(None, 0))
    days = days.mutate(run=days.apart.sum().over(so_far))
    one = ibis.window(group_by=["subject", "visit", "run"])
    days = days.select("subject", "visit", "day", visit_day=days.day.max().over(one))
    return rows.inner_join(days, ["subject", "visit", "day"])


def _of_visits(rows: Table, tests: tuple[str, ...], how: str, rule: PainReadingRule) -> Table:
    """subject, day, value: of the visits where these tests are evaluable."""
    mine = rows.filter(rows.test.isin(list(tests)))
    by_test = mine.group_by("subject", "visit_day", "day", "test").aggregate(value=mine.value.mean())
    days = by_test.group_by("subject", "visit_day", "day").aggregate(
        value=by_test.value.mean(), tests=by_test.count()
    )
    days = days.filter(days.tests == len(tests))
    value = days.value.median() if how == "median" else days.value.mean()
    visits = days.group_by("subject", "visit_day").aggregate(value=value, n=days.count())
    visits = visits.filter(visits.n >= (rule.evaluable_days if rule.daily else 1))
    return visits.select("subject", "value", day="visit_day")
