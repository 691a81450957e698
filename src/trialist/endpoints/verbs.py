"""The small table vocabulary of the derivations, in Ibis.

Every window is ordered by a total key: `day` in tables with one row per subject and day, else
`day, sequence`. Engines break ties differently, so a partial order would give different answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, FloatingValue, StringValue, Table


def beside(left: Table, right: Table) -> Table:
    """Every row of `left`, with the columns of `right` for its subject (null where there is none)."""
    return left.left_join(right, "subject").drop("subject_right")


def on_study(rows: Table, subjects: Table) -> Table:
    """The rows (subject, day, ...) of `subjects` up to each subject's cut-off day.

    A row without a day is left out, with a cut-off or without one: it can't be placed among the others.
    """
    cut = subjects.select("subject", "cutoff_day")
    seen = rows.inner_join(cut, "subject")
    early = seen.cutoff_day.isnull() | (seen.day <= seen.cutoff_day)
    return seen.filter(seen.day.notnull() & early).drop("cutoff_day")


def new_therapy_start(therapies: Table, subjects: Table) -> Table:
    """subject, therapy_day: the first new anticancer therapy up to the cut-off."""
    seen = on_study(therapies, subjects)
    return seen.group_by("subject").aggregate(therapy_day=seen.day.min())


def until_new_therapy(rows: Table, therapies: Table, subjects: Table, reading: str) -> Table:
    """Rows up to and including the day a new therapy starts; all of them when the reading is `ignore`."""
    if reading == "ignore":
        return rows
    seen = beside(rows, new_therapy_start(therapies, subjects))
    return seen.filter(seen.therapy_day.isnull() | (seen.day <= seen.therapy_day)).drop("therapy_day")


def one_value_per_day(rows: Table, same_day: str) -> Table:
    """One `value` per subject and day: the `max`, `min` or `mean`; `below` when the value taken was.

    The highest is a measured value where there is one: a value below quantification may be anything less. Of
    equal ones the lowest is that below quantification. A mean is `below` when all of its values are.
    """
    below = rows.below.fill_null(False)
    of_day = rows.group_by("subject", "day").aggregate(
        low=rows.value.min(where=below),
        high=rows.value.max(where=below),
        low_measured=rows.value.min(where=~below),
        high_measured=rows.value.max(where=~below),
        mean=rows.value.mean(),
    )
    unmeasured = of_day.high_measured.isnull()
    lower = (of_day.low <= of_day.low_measured).fill_null(unmeasured)
    value, flag = {
        "max": (ibis.coalesce(of_day.high_measured, of_day.high), unmeasured),
        "min": (ibis.ifelse(lower, of_day.low, of_day.low_measured), lower),
        "mean": (of_day["mean"], unmeasured),
    }[same_day]
    return of_day.select("subject", "day", value=value, below=flag)


def with_baseline(rows: Table, how: str) -> Table:
    """subject, baseline, baseline_below, from daily values at day <= 0: the last, first or mean of them."""
    early = rows.filter(rows.day <= 0)
    if how == "mean":
        return early.group_by("subject").aggregate(
            baseline=early.value.mean(), baseline_below=early.below.cast("int64").max() == 1
        )
    chosen = "argmin" if how == "first" else "argmax"
    return early.group_by("subject").aggregate(
        baseline=getattr(early.value, chosen)(early.day),
        baseline_below=getattr(early.below, chosen)(early.day),
    )


def nadir(rows: Table) -> FloatingValue:
    """The lowest of `baseline` and all earlier values of the subject."""
    earlier = ibis.window(group_by="subject", order_by="day", rows=(None, -1))
    return ibis.least(ibis.coalesce(rows.value.min().over(earlier), rows.baseline), rows.baseline)


def confirmed(rows: Table, meets: BooleanValue, after: int, how: str) -> Table:
    """Adds `meets`, `confirmed`, `confirmed_day` and `unbroken` to rows of one value per subject and day.

    confirmed      the row meets its limit and the limit is met again at least `after` days later: by
                   `any_later` row, or (`consecutive`) with no failing row in between
    confirmed_day  the first day that does so
    unbroken       the row meets its limit and no later row fails
    No row is joined to another: consecutive, the first row that is late enough must come before the next
    that fails; else the first late row that meets decides.
    """
    marked = rows.mutate(meets=meets.fill_null(False))
    onward = {"group_by": "subject", "order_by": "day"}
    late = ibis.window(**onward, range=(max(after, 1), None))
    failed = ibis.ifelse(marked.meets, ibis.null("int64"), marked.day)
    failed = failed.min().over(ibis.window(**onward, rows=(1, None)))
    if how == "any_later":
        again = ibis.ifelse(marked.meets, marked.day, ibis.null("int64")).min().over(late)
    else:
        soonest = marked.day.min().over(late)
        again = ibis.ifelse(soonest < failed.fill_null(_NEVER), soonest, ibis.null("int64"))
    return marked.mutate(
        confirmed=marked.meets & again.notnull(),
        confirmed_day=ibis.ifelse(marked.meets, again, ibis.null("int64")),
        unbroken=marked.meets & failed.isnull(),
    )


def first_event(rows: Table, happened: BooleanValue) -> Table:
    """subject, event_day: the first day on which it happened, for subjects in whom it did."""
    seen = rows.filter(happened)
    return seen.group_by("subject").aggregate(event_day=seen.day.min())


def last_day(rows: Table) -> Table:
    """subject, last_day: of the rows."""
    return rows.group_by("subject").aggregate(last_day=rows.day.max())


def labelled(*cases: tuple[BooleanValue, str | StringValue], otherwise: str) -> StringValue:
    """The label (a word, or a column) of the first condition that is true; a null condition is false."""
    return ibis.cases(*((when.fill_null(False), label) for when, label in cases), else_=otherwise)


_NEVER = ibis.literal(2**62, "int64")
