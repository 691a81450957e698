"""The section on exposure: for each treatment a table of its findings, one column per arm."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from trialist.findings.model import Finding
from trialist.report import rules, words
from trialist.report.model import ReportData

_ROWS = MappingProxyType(
    {
        "doses": "Cycles given (days, where daily)",
        "duration_weeks": "Duration",
        "cumulative_dose": "Cumulative dose",
        "intensity": "Dose intensity",
        "relative_dose_intensity": "Relative dose intensity",
        "relative_dose": "Relative dose, delay ignored",
    }
)
_COUNTED = MappingProxyType(
    {"delays": "Any delay", "reductions": "Any dose reduction", "omitted": "Any cycle omitted"}
)


@dataclass(frozen=True, slots=True)
class Distribution:
    """A quantity and its unit; for each arm the findings by measure, empty where there is none."""

    label: str
    unit: str | None
    cells: tuple[dict[str, Finding], ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """Numbers of subjects of one kind; a group's name above where they are categories of one quantity."""

    label: str
    cells: tuple[Finding | None, ...]


@dataclass(frozen=True, slots=True)
class ExposureTable:
    id: str
    label: str
    arms: tuple[str, ...]
    distributions: tuple[Distribution, ...]
    categories: tuple[Counted, ...]
    counted: tuple[Counted, ...]
    findings: tuple[Finding, ...]
    rule: tuple[tuple[str, str], ...]
    note: str | None


def is_exposure(data: ReportData, endpoint: str) -> bool:
    """Whether an endpoint is the exposure to a treatment."""
    entry = data.protocol.plan.endpoints.get(endpoint)
    return entry is not None and entry.derive == "dose_intensity"


def exposure_tables(data: ReportData) -> tuple[ExposureTable, ...]:
    """One table for each treatment and population of which something was found, in the protocol's order."""
    plan = data.protocol.plan
    made = []
    for name, entry in plan.endpoints.items():
        mine = [f for f in data.findings if f.endpoint == name and f.method.name == "exposure"]
        for population in dict.fromkeys(f.population for f in mine):
            found = tuple(f for f in mine if f.population == population and f.subgroup is None)
            if found:
                made.append(_table(data, name, entry.note, words.population(plan, population), found))
    return tuple(made)


def _table(
    data: ReportData, name: str, note: str | None, people: str, found: tuple[Finding, ...]
) -> ExposureTable:
    arms = tuple(dict.fromkeys(f.groups[0] for f in found))
    cells: dict[tuple[str, str, str], Finding] = {}
    for finding in found:
        options = dict(finding.method.options)
        word = str(options.get("category") or finding.measure)
        cells[str(options["of"]), finding.groups[0], word] = finding
    distributions = []
    for column, label in _ROWS.items():
        each = tuple(
            {
                word: f
                for (of, of_arm, word), f in cells.items()
                if (of, of_arm) == (column, arm) and f.measure != "count"
            }
            for arm in arms
        )
        known = [f for cell in each for f in cell.values() if f.estimate is not None]
        if known:
            units = dict.fromkeys(f.unit for f in known)
            distributions.append(Distribution(label, next(iter(units)) if len(units) == 1 else None, each))
    shares = dict.fromkeys(
        word for of, _, word in cells if of == "relative_dose_intensity" and _is_count(cells, word)
    )
    return ExposureTable(
        id=name,
        label=f"{words.endpoint(data.protocol.plan, name)}: {people}",
        arms=arms,
        distributions=tuple(distributions),
        categories=tuple(
            Counted(word, tuple(cells.get(("relative_dose_intensity", arm, word)) for arm in arms))
            for word in shares
        ),
        counted=tuple(
            Counted(label, row)
            for column, label in _COUNTED.items()
            if any(row := tuple(_only(cells, column, arm) for arm in arms))
        ),
        findings=found,
        rule=rules.rule(data.protocol.plan, name),
        note=note,
    )


def _is_count(cells: dict[tuple[str, str, str], Finding], word: str) -> bool:
    return any(f.measure == "count" for (_, _, w), f in cells.items() if w == word)


def _only(cells: dict[tuple[str, str, str], Finding], column: str, arm: str) -> Finding | None:
    return next((f for (of, of_arm, _), f in cells.items() if (of, of_arm) == (column, arm)), None)
