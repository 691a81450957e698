"""From an Occurrence table to counts: one query per level of grouping, distinct subjects, worst grade first.

The table holds everybody of the population: a subject without an event is a row without a sequence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from trialist.endpoints.event_gaps import Gap, gaps_in
from trialist.endpoints.recorded_events import UNCODED
from trialist.findings import compiled_counts
from trialist.records.streamed import compiling_pays

if TYPE_CHECKING:
    from ibis.expr.types import Table

Worst = Mapping[int | None, int]
SEVERE = 3


@dataclass(frozen=True, slots=True)
class EventRow:
    """A row of a table: any event (no class, no term), a class, or a term (in its class, if asked)."""

    system_organ_class: str | None = None
    term: str | None = None

    @property
    def level(self) -> str:
        if self.term is not None:
            return "term"
        return "any" if self.system_organ_class is None else "system_organ_class"

    @property
    def label(self) -> str:
        shown = [text for text in (self.system_organ_class, self.term) if text is not None]
        return " / ".join(shown) or "any event"


@dataclass(frozen=True, slots=True)
class Noted:
    """What a reader must know, in events: all; without term, class, grade, relation, action, full start, ...

    not_at_risk  subjects without a time at risk
    gaps         detail that the endpoint asks -> events that it is asked of, and that do not tell it
    """

    events: int
    uncoded: int
    unclassed: int
    ungraded: int
    without_relation: int
    without_action: int
    without_serious: int
    without_fatal: int
    undated: int
    not_at_risk: int
    gaps: Mapping[str, Gap]

    @property
    def no_grades(self) -> bool:
        """Whether no event has a grade: then a count of a grade is no 0, but not known."""
        return 0 < self.events == self.ungraded

    @property
    def no_actions(self) -> bool:
        """Whether no event says what was done with treatment."""
        return 0 < self.events == self.without_action

    @property
    def no_seriousness(self) -> bool:
        """Whether no event says if it is serious."""
        return 0 < self.events == self.without_serious

    @property
    def no_fatality(self) -> bool:
        """Whether no event says if it was fatal."""
        return 0 < self.events == self.without_fatal


def people(table: Table, arms: Sequence[str]) -> dict[str, int]:
    """Arm -> subjects, with an event or without."""
    found = of_arms(table, arms).group_by("arm").agg(n=lambda t: t.subject.nunique()).to_pyarrow()
    counted = dict(zip(found["arm"].to_pylist(), found["n"].to_pylist(), strict=True))
    return {arm: int(counted.get(arm, 0)) for arm in arms}


def noted(table: Table, arms: Sequence[str]) -> Noted:
    """How many events and subjects were read in a way that must be said."""
    rows = of_arms(table, arms)
    event = rows.sequence.notnull()
    kinds = {
        "uncoded": rows.term == UNCODED,
        "unclassed": rows.system_organ_class == UNCODED,
        "ungraded": rows.grade.isnull(),
        "without_relation": rows.related.isnull(),
        "without_action": rows.action.isnull(),
        "without_serious": rows.serious.isnull(),
        "without_fatal": rows.fatal.isnull(),
        "undated": rows.start_day.isnull(),
    }
    found = rows.agg(
        events=event.cast("int64").sum(),
        **{name: (event & said).cast("int64").sum() for name, said in kinds.items()},
        not_at_risk=ibis.ifelse(rows.risk_start_day.isnull(), rows.subject, ibis.null("string")).nunique(),
    ).to_pyarrow()
    counted = {name: int(value or 0) for name, value in found.to_pylist()[0].items()}
    return Noted(**counted, gaps=gaps_in(rows))


def worst_grades(
    table: Table, arms: Sequence[str], levels: Sequence[str], *, missing_as_severe: bool = False
) -> dict[EventRow, dict[str, dict[int | None, int]]]:
    """Row -> arm -> worst grade (null: not graded) -> subjects; one query per level.

    A row that occurs in one arm is there, empty, in the others; any event always is.
    """
    counted: dict[EventRow, dict[str, dict[int | None, int]]] = {}
    if "any" in levels:
        counted[EventRow()] = {arm: {} for arm in arms}
    rows = _events(table, arms)
    grade = rows.grade.fill_null(SEVERE) if missing_as_severe else rows.grade
    rows = rows.mutate(grade=grade)
    counts = compiled_counts.worst_grades if arms and compiling_pays(rows) else _worst_grades
    for found in counts(rows, arms, groupings(levels)):
        for row in found:
            cell = counted.setdefault(row_of(row), {arm: {} for arm in arms})
            cell[row["arm"]][row["worst"]] = int(row["n"])
    return counted


def _worst_grades(
    rows: Table, arms: Sequence[str], groupings: Sequence[Sequence[str]]
) -> Iterator[list[dict[str, Any]]]:
    """Of each grouping the rows arm, its columns, worst (grade) and n (subjects), counted in the engine."""
    for keys in groupings:
        by_subject = rows.group_by(["arm", *keys, "subject"]).agg(worst=rows.grade.max())
        found = by_subject.group_by(["arm", *keys, "worst"]).agg(n=lambda t: t.count())
        yield found.to_pyarrow().to_pylist()


def worst_grades_in_periods(
    table: Table, arms: Sequence[str], levels: Sequence[str], starts: Sequence[int]
) -> tuple[dict[str, list[int]], dict[EventRow, dict[str, list[dict[int | None, int]]]]]:
    """(arm -> subjects at risk in each period, row -> arm -> period -> worst grade -> subjects).

    `starts` are the first days of the periods, from the first day at risk; the last period has no end.
    """
    rows = of_arms(table, arms)
    rows = rows.filter(rows.risk_start_day.notnull())
    spans = rows.select("arm", "subject", days=rows.risk_end_day - rows.risk_start_day).distinct()
    reached = {f"p{place}": (spans.days >= start).cast("int64").sum() for place, start in enumerate(starts)}
    at_risk = {arm: [0] * len(starts) for arm in arms}
    for row in spans.group_by("arm").agg(**reached).to_pyarrow().to_pylist():
        at_risk[row["arm"]] = [int(row[name]) for name in reached]
    began = rows.onset_day - rows.risk_start_day
    later = [(began >= start).cast("int64") for start in starts[1:]]
    rows = rows.mutate(period=sum(later, start=ibis.literal(0, "int64"))).filter(fell_at_risk(rows))

    def empty() -> dict[str, list[dict[int | None, int]]]:
        return {arm: [{} for _ in starts] for arm in arms}

    counted: dict[EventRow, dict[str, list[dict[int | None, int]]]] = {}
    if "any" in levels:
        counted[EventRow()] = empty()
    for keys in groupings(levels):
        by_subject = rows.group_by(["arm", *keys, "period", "subject"]).agg(worst=rows.grade.max())
        found = by_subject.group_by(["arm", *keys, "period", "worst"]).agg(n=lambda t: t.count())
        for row in found.to_pyarrow().to_pylist():
            cell = counted.setdefault(row_of(row), empty())
            cell[row["arm"]][row["period"]][row["worst"]] = int(row["n"])
    return at_risk, counted


def with_grade(worst: Worst, grade: str) -> int:
    """Subjects whose worst grade is so: `any`, `3_or_more`, `3_to_4`, `not_graded`, or one grade."""
    if grade == "any":
        return sum(worst.values())
    if grade == "not_graded":
        return worst.get(None, 0)
    wanted = {"3_or_more": (3, 4, 5), "3_to_4": (3, 4)}.get(grade) or (int(grade),)
    return sum(worst.get(each, 0) for each in wanted)


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Subjects with an event, and the days at risk of all: up to the first event, or the end of risk."""

    events: int
    days: int


def times_at_risk(
    table: Table, arms: Sequence[str], levels: Sequence[str]
) -> tuple[dict[str, AtRisk], dict[EventRow, dict[str, AtRisk]]]:
    """(arm -> subjects at risk and all their days, row -> arm -> events and days); one query per level."""
    rows = of_arms(table, arms)
    rows = rows.filter(rows.risk_start_day.notnull())
    spans = rows.select("arm", "subject", days=rows.risk_end_day - rows.risk_start_day + 1).distinct()
    all_days = spans.group_by("arm").agg(n=spans.count(), days=spans.days.sum()).to_pyarrow().to_pylist()
    totals = {arm: AtRisk(0, 0) for arm in arms}
    totals |= {row["arm"]: AtRisk(int(row["n"]), int(row["days"])) for row in all_days}
    happened = rows.filter(fell_at_risk(rows))
    counted: dict[EventRow, dict[str, AtRisk]] = {}
    if "any" in levels:
        counted[EventRow()] = {arm: AtRisk(0, totals[arm].days) for arm in arms}
    for keys in groupings(levels):
        one = happened.group_by(["arm", *keys, "subject"]).agg(
            spared=happened.risk_end_day.max() - happened.onset_day.min()
        )
        found = one.group_by(["arm", *keys]).agg(n=one.count(), spared=one.spared.sum()).to_pyarrow()
        for row in found.to_pylist():
            cell = counted.setdefault(row_of(row), {arm: AtRisk(0, totals[arm].days) for arm in arms})
            arm = row["arm"]
            cell[arm] = AtRisk(int(row["n"]), totals[arm].days - int(row["spared"]))
    return totals, counted


def first_events(table: Table, arms: Sequence[str]) -> dict[str, list[tuple[int, int, int]]]:
    """Arm -> (days to the first event, death or end of risk; 1 event, 2 death, 0 neither; subjects)."""
    rows = of_arms(table, arms)
    rows = rows.filter(rows.risk_start_day.notnull())
    onset = ibis.ifelse(fell_at_risk(rows), rows.onset_day, ibis.null("int64"))
    one = (
        rows.mutate(onset=onset)
        .group_by(["arm", "subject", "risk_start_day", "risk_end_day", "died"])
        .agg(first=lambda t: t.onset.min())
    )
    last = ibis.coalesce(one.first, one.risk_end_day)
    status = ibis.cases((one.first.notnull(), 1), (one.died, 2), else_=0)
    cells = one.select("arm", days=last - one.risk_start_day + 1, status=status)
    found = cells.group_by(["arm", "days", "status"]).agg(n=lambda t: t.count()).to_pyarrow().to_pylist()
    counted: dict[str, list[tuple[int, int, int]]] = {arm: [] for arm in arms}
    for row in found:
        counted[row["arm"]].append((int(row["days"]), int(row["status"]), int(row["n"])))
    return {arm: sorted(cells) for arm, cells in counted.items()}


GRADED_KINDS = ("grade 3 or more", "related, grade 3 or more")
SERIOUS_KINDS = ("serious", "related, serious")
FATAL_KINDS = ("fatal",)
ACTION_KINDS = (
    *("leading to withdrawal of treatment", "leading to a lower dose"),
    "leading to interruption or delay",
)


def flagged(table: Table, arms: Sequence[str]) -> dict[str, dict[str, int]]:
    """Arm -> kind of event (the rows of an overview) -> subjects with at least one; one query."""
    rows = _events(table, arms)
    related = rows.related.fill_null(True)
    kinds = {
        "any event": ibis.literal(True),
        "related": related,
        "grade 3 or more": rows.grade >= SEVERE,
        "related, grade 3 or more": related & (rows.grade >= SEVERE),
        "serious": rows.serious,
        "related, serious": related & rows.serious,
        "leading to withdrawal of treatment": rows.action == "withdrawn",
        "leading to a lower dose": rows.action == "reduced",
        "leading to interruption or delay": rows.action == "interrupted",
        "fatal": rows.fatal,
    }
    numbers = {f"k{index}": kind.fill_null(False).cast("int64") for index, kind in enumerate(kinds.values())}
    marked = rows.select("arm", "subject", **numbers)
    one = marked.group_by(["arm", "subject"]).agg(**{name: marked[name].max() for name in numbers})
    found = one.group_by("arm").agg(**{name: one[name].sum() for name in numbers}).to_pyarrow().to_pylist()
    counted = {row["arm"]: row for row in found}
    return {
        arm: {kind: int(counted.get(arm, {}).get(name, 0)) for name, kind in zip(numbers, kinds, strict=True)}
        for arm in arms
    }


def in_order(
    counts: Mapping[EventRow, Mapping[str, int]], sort: str, lead: Sequence[str]
) -> tuple[EventRow, ...]:
    """Any event, then each class with its terms after it.

    By frequency: classes by their subjects in all arms, terms by those in the arms of `lead`; ties, and
    everything where `sort` is alphabet, by the alphabet.
    """

    def rank(row: EventRow) -> tuple[Any, ...]:
        own = EventRow(row.system_organ_class)
        whole = sum(counts.get(own, {}).values())
        mine = sum(counts[row].get(arm, 0) for arm in lead)
        often = sort == "frequency"
        nested = row.system_organ_class or ""
        return (
            row.level != "any",
            -whole if often and nested else 0,
            nested,
            row.term is not None,
            -mine if often else 0,
            row.term or "",
        )

    return tuple(sorted(counts, key=rank))


def reached(
    counts: Mapping[EventRow, Mapping[str, int]], sizes: Mapping[str, int], cut: float | None
) -> frozenset[EventRow]:
    """The rows that a share of `cut` of the subjects of some arm have; that of any event always stays."""
    kept = set()
    for row, by_arm in counts.items():
        shares = [by_arm.get(arm, 0) / size for arm, size in sizes.items() if size]
        if cut is None or row.level == "any" or any(share >= cut - 1e-9 for share in shares):
            kept.add(row)
    return frozenset(kept)


def of_arms(table: Table, arms: Sequence[str]) -> Table:
    """The rows of these arms."""
    return table.filter(table.arm.isin(list(arms)))


def _events(table: Table, arms: Sequence[str]) -> Table:
    rows = of_arms(table, arms)
    return rows.filter(rows.sequence.notnull())


def fell_at_risk(rows: Table) -> Any:
    """Whether an event fell into its subject's time at risk."""
    return (rows.emergent & (rows.onset_day <= rows.risk_end_day)).fill_null(False)


def groupings(levels: Sequence[str]) -> list[list[str]]:
    """Columns of each level; a term stands in its class where classes are asked for."""
    columns = {
        "any": [],
        "system_organ_class": ["system_organ_class"],
        "term": ["system_organ_class", "term"] if "system_organ_class" in levels else ["term"],
    }
    return [columns[level] for level in dict.fromkeys(levels)]


def row_of(found: Mapping[str, Any]) -> EventRow:
    """The row of a table that a counted group is."""
    return EventRow(found.get("system_organ_class"), found.get("term"))
