"""What stands in each section of a report: findings, figures and words of an endpoint, safety rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trialist.findings.measures import MEASURES
from trialist.findings.model import Finding, Method
from trialist.report import rules, words
from trialist.report.exposure import is_exposure
from trialist.report.model import ReportData
from trialist.report.patient_figures import spider_figures
from trialist.report.section_figures import (
    Drawing,
    curve_endpoint,
    curve_figures,
    subgroup_figures,
    waterfall_figures,
)
from trialist.report.shift_table import ShiftTable, shift_tables, shifted_to
from trialist.report.side_by_side import SideBySide, side_by_side

EVENTS = ("adverse_event", "adverse_events")
_DESCRIBED = ("mean", "sd", "median", "q1", "q3", "minimum", "maximum")


@dataclass(frozen=True, slots=True)
class CategoryTable:
    """Numbers of subjects per category and arm; every cell is a finding or None."""

    arms: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Finding | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class EndpointSection:
    id: str
    label: str
    objective: str | None
    estimands: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    figures: tuple[Drawing, ...]
    findings: tuple[Finding, ...]
    described: tuple[tuple[str, Mapping[str, Finding]], ...]
    categories: CategoryTable | None
    shifts: tuple[ShiftTable, ...]
    shifted_to: str
    subgroup_figures: tuple[Drawing, ...]
    subgroups: tuple[Finding, ...]
    rule: tuple[tuple[str, str], ...]
    note: str | None
    sensitivity: tuple[SensitivityRow, ...] = ()


@dataclass(frozen=True, slots=True)
class SensitivityRow:
    """One alternative: what it changes, its results, the numbers of moved subjects by kind (all arms)."""

    analysis: str
    means: str
    findings: tuple[Finding, ...]
    moved: tuple[tuple[str, int], ...]
    total: int


_REPEATED = frozenset(
    {
        *("hazard_ratio", "median_time", "log_rank", "acceleration_factor"),
        *("restricted_mean_difference", "survival_difference"),
    }
)


def sensitivity_rows(data: ReportData, name: str) -> tuple[SensitivityRow, ...]:
    """The alternatives of an endpoint's analyses: contrasts, medians and tests; numbers are findings."""
    rows = []
    for other in data.sensitivity:
        if other.endpoint != name:
            continue
        moved: dict[str, int] = {}
        for finding in other.findings:
            kind = dict(finding.method.options).get("category")
            if finding.method.name == "moved" and finding.estimate:
                moved[str(kind)] = moved.get(str(kind), 0) + int(finding.estimate)
        shown = tuple(f for f in other.findings if f.measure in _REPEATED)
        rows.append(
            SensitivityRow(other.analysis, other.means, shown, tuple(moved.items()), sum(moved.values()))
        )
    return tuple(rows)


def is_adverse(data: ReportData, endpoint: str) -> bool:
    """Whether an endpoint counts adverse events, here or in a publication (`ae:<term>:<grade>`)."""
    entry = data.protocol.plan.endpoints.get(endpoint)
    return endpoint.startswith("ae:") if entry is None else entry.derive in EVENTS


def endpoint_sections(data: ReportData) -> tuple[EndpointSection, ...]:
    """One section per endpoint with a result, a curve or a waterfall; primary estimands first."""
    plan = data.protocol.plan
    rank = {"primary": 0, "secondary": 1, "exploratory": 2}
    objective: dict[str, str] = {}
    for estimand in plan.estimands.values():
        known = objective.get(estimand.endpoint)
        if known is None or rank[estimand.objective] < rank[known]:
            objective[estimand.endpoint] = estimand.objective
    wanted = {f.endpoint for f in data.findings} | set(data.waterfalls) | set(data.spiders)
    wanted |= {curve_endpoint(data, a) for a in data.curves}
    names = [n for n in (*plan.endpoints, *sorted(wanted - set(plan.endpoints))) if n and n in wanted]
    names.sort(key=lambda n: rank.get(objective.get(n, ""), 1))
    apart = {name for name in names if is_adverse(data, name) or is_exposure(data, name)}
    return tuple(_section(data, name, objective.get(name)) for name in names if name not in apart)


def _section(data: ReportData, name: str, objective: str | None) -> EndpointSection:
    plan = data.protocol.plan
    mine = [f for f in data.findings if f.endpoint == name]
    whole = [f for f in mine if f.subgroup is None]
    entry = plan.endpoints.get(name)
    return EndpointSection(
        id=name,
        label=words.endpoint(plan, name),
        objective=objective,
        estimands=tuple(
            (e.label or words.sentence(f"{e.objective} estimand"), words.estimand(plan, e))
            for e in plan.estimands.values()
            if e.endpoint == name
        ),
        figures=(*curve_figures(data, name), *waterfall_figures(data, name), *spider_figures(data, name)),
        findings=tuple(
            f for f in whole if f.measure not in ("n_at_risk", "count") and f.method.name != "describe"
        ),
        described=_described(whole),
        categories=_categories([f for f in whole if f.method.name != "shift"]),
        shifts=shift_tables(whole),
        shifted_to=shifted_to(entry),
        subgroup_figures=subgroup_figures(data, name),
        subgroups=tuple(f for f in mine if f.subgroup is not None and f.measure != "n_at_risk"),
        rule=rules.rule(plan, name),
        note=entry.note if entry else None,
        sensitivity=sensitivity_rows(data, name),
    )


def _described(findings: Sequence[Finding]) -> tuple[tuple[str, Mapping[str, Finding]], ...]:
    """(arm, measure -> finding) of the distribution summaries."""
    arms: dict[str, dict[str, Finding]] = {}
    for finding in findings:
        if finding.method.name == "describe" and finding.measure in _DESCRIBED:
            arms.setdefault(finding.groups[0] if finding.groups else "", {})[finding.measure] = finding
    return tuple(arms.items())


def _categories(findings: Sequence[Finding]) -> CategoryTable | None:
    cells: dict[str, dict[str, Finding]] = {}
    arms: list[str] = []
    for finding in findings:
        category = dict(finding.method.options).get("category")
        if finding.measure == "count" and category is not None and finding.groups:
            cells.setdefault(str(category), {})[finding.groups[0]] = finding
            if finding.groups[0] not in arms:
                arms.append(finding.groups[0])
    if not cells:
        return None
    order = (
        "planned",
        "accrued",
        "evaluable",
        "CR",
        "PR",
        "SD",
        "NON-CR/NON-PD",
        "PD",
        "NE",
        "MISSING",
        "yes",
        "no",
        "not evaluable",
        "missing",
    )
    ranked = sorted(cells, key=lambda c: (order.index(c) if c in order else len(order), c))
    return CategoryTable(tuple(arms), tuple((c, tuple(cells[c].get(a) for a in arms)) for c in ranked))


def results(data: ReportData) -> SideBySide:
    """The main table: everything but adverse events."""
    joined = _joined(data, adverse=False)
    return SideBySide(
        tuple(row for row in joined.rows if not is_adverse(data, row.key.endpoint)), joined.elsewhere
    )


def safety(data: ReportData) -> SideBySide:
    """Adverse events found here, joined with published ones of the same definition."""
    joined = _joined(data, adverse=True)
    return SideBySide(
        tuple(row for row in joined.rows if is_adverse(data, row.key.endpoint)), joined.elsewhere
    )


def _joined(data: ReportData, *, adverse: bool) -> SideBySide:
    return side_by_side(
        data.protocol.plan,
        [f for f in data.published if is_adverse(data, f.endpoint) == adverse],
        [f for f in data.findings if is_adverse(data, f.endpoint) == adverse],
    )


def by_method(findings: Iterable[Finding]) -> list[tuple[Method, list[Finding]]]:
    """Findings that ran under the same method with the same options."""
    found: dict[str, tuple[Method, list[Finding]]] = {}
    for finding in findings:
        found.setdefault(words.method(finding.method), (finding.method, []))[1].append(finding)
    return list(found.values())


def unit(finding: Finding) -> str:
    """The unit of a finding's estimate, or of its measure."""
    known = MEASURES.get(finding.measure)
    return finding.unit or (known.unit if known and known.unit else "") or ""


def of_nobody(findings: Sequence[Finding]) -> tuple[tuple[tuple[str, ...], tuple[Finding, ...]], ...]:
    """Groups (an arm, a comparison) with nobody to count, each with the results that this leaves out."""
    empty = [finding for finding in findings if _of_nobody(finding)]
    groups = dict.fromkeys(finding.groups for finding in empty)
    return tuple((group, tuple(f for f in empty if f.groups == group)) for group in groups)


def of_somebody(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The other results: those that have a row."""
    return tuple(finding for finding in findings if not _of_nobody(finding))


def _of_nobody(finding: Finding) -> bool:
    return finding.estimate is None and finding.n == 0
