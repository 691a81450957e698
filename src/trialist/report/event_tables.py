"""The tables of adverse events: findings laid out by row, arm and grade. Nothing is counted here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trialist.findings.measures import MEASURES
from trialist.findings.model import Finding
from trialist.protocol.model import TrialProtocol
from trialist.report import numbers, words

METHODS = (
    *("overview", "incidence", "incidence_by_period", "exposure_adjusted_rate", "cumulative_incidence"),
    *("rate_ratio", "risk_difference", "deaths"),
)
LONG, WIDE = 12, 6
_TITLES = {
    "overview": "Overview",
    "incidence": "Subjects with an event",
    "incidence_by_period": "Subjects with an event by period on treatment",
    "exposure_adjusted_rate": "Subjects with an event per 100 person-years at risk",
    "event_rate": "Events per 100 person-years at risk",
    "cumulative_incidence": "Cumulative incidence, death competing",
    "rate_ratio": "Rates of both arms compared",
    "risk_difference": "Differences between arms",
    "deaths": "Deaths",
}
_GRADES = {"any": "any grade", "3_or_more": "grade ≥ 3", "3_to_4": "grade 3–4", "not_graded": "not graded"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A finding as its table shows it; `behind` is the smaller print."""

    finding: Finding
    shown: str
    behind: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row; `kind`: `system` of a class, `nested` of a term under it, else empty."""

    label: str
    kind: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class EventTable:
    """One analysis as a table; `folded` when it is long."""

    id: str
    title: str
    note: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def folded(self) -> bool:
        return len(self.lines) > LONG or len(self.columns) > WIDE


def tabulated(finding: Finding) -> bool:
    """Whether a finding is a cell of such a table, which no row of single results can show."""
    return finding.method.name in METHODS


def event_tables(plan: TrialProtocol, findings: Sequence[Finding]) -> tuple[EventTable, ...]:
    """One table per analysis: overviews first, then terms, rates, probabilities, differences, deaths."""
    by_analysis: dict[str, list[Finding]] = {}
    for finding in findings:
        if tabulated(finding):
            by_analysis.setdefault(finding.analysis or finding.endpoint, []).append(finding)
    made = [_table(plan, name, mine) for name, mine in by_analysis.items()]
    kinds = {name: mine[0].method.name for name, mine in by_analysis.items()}
    return tuple(sorted(made, key=lambda table: METHODS.index(kinds[table.id])))


def _table(plan: TrialProtocol, name: str, findings: Sequence[Finding]) -> EventTable:
    first = findings[0]
    sizes: dict[tuple[str, ...], int | None] = {f.groups: f.n for f in findings if len(f.groups) == 1}
    grades = list(dict.fromkeys(_option(f, "grade") for f in findings if f.estimate is not None))
    several = first.method.name == "incidence" and len(grades) > 1
    apart = first.method.name == "rate_ratio"  # a column for each of its measures
    columns: dict[tuple[Any, ...], str] = {}
    lines: dict[tuple[Any, ...], dict[tuple[Any, ...], Cell]] = {}
    for finding in findings:
        period = _option(finding, "period")
        shown = finding.measure if apart else _option(finding, "grade") if several else None
        column = (period,) if period else (finding.groups, shown)
        heading = _heading(plan, finding, sizes, several=several)
        columns.setdefault(column, f"{heading}, {_measured(finding)}" if apart else heading)
        if dict(finding.method.options):
            lines.setdefault(_row(plan, finding), {})[column] = _cell(finding)
    order = list(columns)
    return EventTable(
        id=name,
        title=f"{_title(first)}: {words.endpoint(plan, first.endpoint)}",
        note=f"{words.population(plan, first.population)}. {words.sentence(words.method(first.method))}.",
        columns=tuple(columns[c] for c in order),
        lines=tuple(
            Line(key[-1], _kind(*key[:2]), tuple(cells.get(c) for c in order)) for key, cells in lines.items()
        ),
    )


def _measured(finding: Finding) -> str:
    """`difference in rates per 100 person-years`"""
    known = MEASURES.get(finding.measure)
    unit = f" {known.unit}" if known is not None and known.unit else ""
    return f"{words.measure(finding.measure)}{unit}"


def _title(finding: Finding) -> str:
    return _TITLES.get(finding.measure) or _TITLES[finding.method.name]


def _kind(system: str | None, term: str | None) -> str:
    if system is None:
        return ""
    return "system" if term is None else "nested"


def _option(finding: Finding, name: str) -> Any:
    return dict(finding.method.options).get(name)


def _row(plan: TrialProtocol, finding: Finding) -> tuple[Any, ...]:
    """(class, term, label) of the row in which a finding stands; by period a row is one arm's."""
    system, term = _option(finding, "system_organ_class"), _option(finding, "term")
    if finding.timepoint and _option(finding, "row") is None:
        return None, None, words.sentence(words.timepoint(finding.timepoint) or "")
    if _option(finding, "row") is None:
        return None, None, words.sentence(str(_option(finding, "category")))
    label = term or system or "Any event"
    if _option(finding, "period"):
        label = f"{label}, {words.groups(plan, finding.groups)}"
    return system, term, label


def _heading(
    plan: TrialProtocol, finding: Finding, sizes: Mapping[tuple[str, ...], int | None], *, several: bool
) -> str:
    groups = words.groups(plan, finding.groups)
    grade = _option(finding, "grade")
    said = f", {_GRADES.get(grade, f'grade {grade}')}" if several and grade else ""
    period = _option(finding, "period")
    if period is not None:
        return words.sentence(finding.timepoint or "")
    n = sizes.get(finding.groups)
    return f"{groups}{said}" + (f" (n {numbers.count(n)})" if n is not None else "")


def _cell(finding: Finding) -> Cell:
    value = finding.estimate
    if value is None:
        return Cell(finding, numbers.estimate(finding))
    interval = numbers.interval(finding)
    ends = None if interval is None else f"{numbers.level(finding.interval)} {interval}"  # type: ignore[arg-type]
    match finding.method.name:
        case "incidence_by_period":
            shown = f"{numbers.count(finding.events or 0)} of {numbers.count(finding.n or 0)}"
            return Cell(finding, shown, numbers.percent(value) if finding.events else None)
        case "overview" | "incidence":
            shown = f"{numbers.count(finding.events or 0)} ({numbers.percent(value)})"
            return Cell(finding, shown if finding.events else "0")
        case "deaths":
            return Cell(finding, numbers.count(value))
        case "risk_difference":
            n, with_event = _option(finding, "subjects"), _option(finding, "with_event")
            who = " against ".join(f"{yes}/{all_}" for yes, all_ in zip(with_event, n, strict=True))
            return Cell(finding, f"{numbers.estimate(finding)} points", f"{ends}; {who}")
        case "rate_ratio":
            who = " against ".join(numbers.count(n) for n in _option(finding, "with_event"))
            return Cell(finding, numbers.estimate(finding), f"{ends}; {who} events" if ends else who)
        case "exposure_adjusted_rate":
            years = _option(finding, "person_years")
            who = f"{numbers.count(finding.events or 0)} in {years:,.1f} person-years"
            return Cell(finding, numbers.estimate(finding), f"{ends}; {who}" if ends else who)
    return Cell(finding, numbers.estimate(finding), ends)
