"""New anticancer therapies: which records of CM say that one began, and which only may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.endpoints.filled import rule_for
from trialist.endpoints.subjects import days_between
from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.records.telling import words_of
from trialist.records.words import compared, words

if TYPE_CHECKING:
    from ibis.expr.types import Table

_IDLE = (None, "follow", "ignore")


def new_therapies(cm: Table, subjects: Table, protocol: Protocol) -> tuple[Table, tuple[Problem, ...]]:
    """Starts of new anticancer therapies after the reference date, by the category of the record.

    Parameters
        cm        rows of CM; `category` is compared with the words `anticancer` of records/words.yaml
        subjects  subject, reference_date
        protocol  its endpoints and estimands say whether new therapies matter
    Returns   subject, day
    Problems  W381 no record, or not every record that speaks of a cancer therapy, has such a category
    """
    rows = cm.inner_join(subjects.select("subject", "reference_date"), "subject")
    said = compared(rows.category)
    new = said.isin(words("anticancer")).fill_null(False)
    spelt = said.replace("-", "").replace(" ", "")
    speaks = spelt.contains("ANTICANCER") | spelt.contains("CANCERTHERAPY")
    rows = rows.mutate(
        day=days_between(rows.start, rows.reference_date), new=new, alike=speaks.fill_null(False) & ~new
    )
    after = rows.filter(rows.day > 0)
    therapies = after.filter(after.new).select("subject", "day")
    if not _matter(protocol):
        return therapies, ()
    counts = rows.aggregate(
        every=rows.count(),
        new=rows.new.cast("int64").sum(),
        alike=(rows.alike & (rows.day > 0)).fill_null(False).cast("int64").sum(),
    )
    seen = counts.to_pyarrow().to_pylist()[0]
    if not seen["every"] or (seen["new"] and not seen["alike"]):
        return therapies, ()
    if seen["new"]:
        unread = words_of(after.filter(after.alike), "category")
        what = f"{seen['alike']} records of CM speak of a cancer therapy but are not read as a new one: "
    else:
        unread = words_of(rows.filter(compared(rows.category).notnull()), "category")
        what = f"none of {seen['every']} records of CM is marked as a new anticancer therapy; CMCAT holds "
    return therapies, (
        Problem(
            "W381",
            f"{what}{unread or 'nothing'}",
            "write ANTICANCER in CMCAT of every new anticancer therapy, by a map.yaml if need be; nothing, "
            "if these are none: only a marked therapy censors a time or ends a response",
            protocol.place("endpoints"),
        ),
    )


def _matter(protocol: Protocol) -> bool:
    """Whether an endpoint's rule, or an estimand's strategy, looks at new therapies."""
    rules = [rule_for(endpoint) for endpoint in protocol.plan.endpoints.values()]
    if any(getattr(rule, "new_therapy", None) not in _IDLE for rule in rules):
        return True
    estimands = protocol.plan.estimands.values()
    asked = (estimand.intercurrent.get("new_anticancer_therapy") for estimand in estimands)
    return any(strategy not in (None, "treatment_policy") for strategy in asked)
