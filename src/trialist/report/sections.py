"""What stands in each section of a report: findings, figures and words of an endpoint, safety rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from trialist.findings.measures import MEASURES
from trialist.findings.model import Finding, Method
from trialist.report import numbers, words
from trialist.report.interval_plot import NARROW as INTERVAL_NARROW
from trialist.report.interval_plot import WIDE as INTERVAL_WIDE
from trialist.report.interval_plot import Line, Mark, interval_svg
from trialist.report.kaplan_meier import NARROW as CURVE_NARROW
from trialist.report.kaplan_meier import kaplan_meier_svg
from trialist.report.model import ReportData
from trialist.report.participant_flow import NARROW as FLOW_NARROW
from trialist.report.participant_flow import flow_svg
from trialist.report.side_by_side import Row, SideBySide, side_by_side
from trialist.report.waterfall import NARROW as WATERFALL_NARROW
from trialist.report.waterfall import WIDE as WATERFALL_WIDE
from trialist.report.waterfall import waterfall_svg

_DESCRIBED = ("mean", "sd", "median", "q1", "q3", "minimum", "maximum")


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure in a wide and a narrow variant, with the origin that stands beside it."""

    wide: Markup
    narrow: Markup
    heading: str
    caption: str
    origin: str


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
    subgroup_figures: tuple[Drawing, ...]
    subgroups: tuple[Finding, ...]
    rule: tuple[tuple[str, str], ...]
    note: str | None


def is_adverse(data: ReportData, endpoint: str) -> bool:
    """Whether an endpoint counts adverse events, here or in a publication (`ae:<term>:<grade>`)."""
    entry = data.protocol.plan.endpoints.get(endpoint)
    return endpoint.startswith("ae:") if entry is None else entry.derive == "adverse_event"


def endpoint_sections(data: ReportData) -> tuple[EndpointSection, ...]:
    """One section per endpoint with a result, a curve or a waterfall; primary estimands first."""
    plan = data.protocol.plan
    rank = {"primary": 0, "secondary": 1, "exploratory": 2}
    objective: dict[str, str] = {}
    for estimand in plan.estimands.values():
        known = objective.get(estimand.endpoint)
        if known is None or rank[estimand.objective] < rank[known]:
            objective[estimand.endpoint] = estimand.objective
    wanted = {f.endpoint for f in data.findings} | set(data.waterfalls)
    wanted |= {_curve_endpoint(data, a) for a in data.curves}
    names = [n for n in (*plan.endpoints, *sorted(wanted - set(plan.endpoints))) if n and n in wanted]
    names.sort(key=lambda n: rank.get(objective.get(n, ""), 1))
    return tuple(_section(data, name, objective.get(name)) for name in names if not is_adverse(data, name))


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
        figures=(*_curve_figures(data, name), *_waterfall_figures(data, name)),
        findings=tuple(
            f for f in whole if f.measure not in ("n_at_risk", "count") and f.method.name != "describe"
        ),
        described=_described(whole),
        categories=_categories(whole),
        subgroup_figures=_subgroup_figures(data, name),
        subgroups=tuple(f for f in mine if f.subgroup is not None and f.measure != "n_at_risk"),
        rule=words.rule(plan, name),
        note=entry.note if entry else None,
    )


def _curve_endpoint(data: ReportData, analysis: str) -> str:
    plan = data.protocol.plan
    planned = plan.analyses.get(analysis)
    if planned is None:
        return ""
    estimand = plan.estimands.get(planned.estimand or "")
    return planned.endpoint or (estimand.endpoint if estimand else "")


def _curve_figures(data: ReportData, name: str) -> Iterable[Drawing]:
    plan, origin = data.protocol.plan, data.provenance.origin
    for analysis, curves in data.curves.items():
        if _curve_endpoint(data, analysis) != name or not any(c.time_months for c in curves):
            continue
        planned = plan.analyses[analysis]
        estimand = plan.estimands.get(planned.estimand or "")
        population = planned.population or (estimand.population if estimand else "")
        summary = _ratios(data, name, population, {c.arm for c in curves})
        label = words.endpoint(plan, name)
        headline = words.origin_headline(origin)
        safe = _identifier(analysis)
        wide = kaplan_meier_svg(curves, title=label, origin=headline, summary=summary, name=f"km-{safe}")
        narrow = kaplan_meier_svg(
            curves,
            title=label,
            origin=headline,
            summary=summary,
            layout=CURVE_NARROW,
            name=f"km-{safe}-narrow",
        )
        marked = any(c.published_median is not None for c in curves)
        drawn = any(c.low and any(v is not None for v in c.low) for c in curves)
        parts = [f"{words.sentence(words.population(plan, population))}."]
        if drawn:
            parts.append(f"Bands: pointwise {curves[0].level * 100:g}% confidence intervals.")
        parts.append("Ticks: censored. Dotted lines: medians.")
        if marked:
            parts.append("Open diamonds: published medians.")
        parts.append(f"{headline.capitalize()}.")
        yield Drawing(Markup(wide), Markup(narrow), f"{label}, Kaplan-Meier.", " ".join(parts), origin.kind)


def _ratios(data: ReportData, endpoint: str, population: str, arms: set[str]) -> str:
    """The hazard ratios between the arms of a figure; each named when there is more than one pair to mean."""
    found: dict[tuple[str, ...], Finding] = {}
    for f in data.findings:
        if (f.endpoint, f.measure, f.subgroup, f.population) != (endpoint, "hazard_ratio", None, population):
            continue
        if f.estimate is not None and f.interval is not None and set(f.groups) <= arms:
            found.setdefault(f.groups, f)
    said = []
    for groups, f in found.items():
        named = f", {words.groups(data.protocol.plan, groups)}:" if len(arms) > 2 else ""
        ends = f"{numbers.level(f.interval)} {numbers.interval(f)}" if f.interval else ""
        p = f", {numbers.p_value(f.p_value)}" if f.p_value else ""
        said.append(f"Hazard ratio{named} {numbers.estimate(f)} ({ends}){p}")
    return "; ".join(said)


def _waterfall_figures(data: ReportData, name: str) -> Iterable[Drawing]:
    bars = data.waterfalls.get(name)
    if not bars:
        return
    plan, origin = data.protocol.plan, data.provenance.origin
    labels = {arm: words.arm(plan, arm) for arm in plan.arms}
    for bar in bars:
        labels.setdefault(bar.arm, words.plain(bar.arm))
    label, headline = words.endpoint(plan, name), words.origin_headline(origin)
    thresholds = data.thresholds.get(name, ())
    wide, narrow = (
        Markup(
            waterfall_svg(
                bars,
                labels,
                title=label,
                origin=headline,
                thresholds=thresholds,
                layout=layout,
                name=f"waterfall-{_identifier(name)}{suffix}",
            )
        )
        for layout, suffix in ((WATERFALL_WIDE, ""), (WATERFALL_NARROW, "-narrow"))
    )
    marks = ", ".join(f"{numbers.fixed(t, 0)}%" for t in thresholds)
    caption = (
        "One bar per subject, largest rise first."
        + (f" Dashed line: {marks}." if marks else "")
        + (" Filled bars are flagged as the key says." if any(b.category for b in bars) else "")
        + f" {headline.capitalize()}."
    )
    yield Drawing(wide, narrow, f"{label}, waterfall.", caption, origin.kind)


def flow_figure(data: ReportData) -> Drawing | None:
    """The participant flow, when its counts were handed over."""
    if data.flow is None:
        return None
    headline = words.origin_headline(data.provenance.origin)
    plan = data.protocol.plan
    title = plan.trial
    named = tuple(
        replace(arm, population=words.population(plan, arm.population) if arm.population else None)
        for arm in data.flow.arms
    )
    flow = replace(data.flow, arms=named)
    return Drawing(
        Markup(flow_svg(flow, title=title, origin=headline, name="flow")),
        Markup(flow_svg(flow, title=title, origin=headline, layout=FLOW_NARROW, name="flow-narrow")),
        "Participants.",
        f"From screening to analysis. {headline.capitalize()}.",
        data.provenance.origin.kind,
    )


def glance_figure(data: ReportData, joined: SideBySide) -> Drawing | None:
    """Ratios of the main table, planned, published and here, on one axis."""
    rows = [row for row in joined.rows if row.key.measure in ("hazard_ratio", "odds_ratio")]
    compared: set[tuple[str, ...]] = {row.key.groups for row in rows if len(row.key.groups) == 2}
    plan = data.protocol.plan
    lines = []
    for row in rows:
        label = words.endpoint(plan, row.key.endpoint)
        if len(compared) > 1:
            label += f", {words.groups(plan, row.key.groups)}"
        if row.key.measure == "odds_ratio":
            label += " (odds ratio)"
        if line := _line(data, row, label):
            lines.append(line)
    return _interval_figure(data, lines, compared, "Ratios at a glance.", "ratios")


def _subgroup_figures(data: ReportData, name: str) -> tuple[Drawing, ...]:
    plan = data.protocol.plan
    joined = side_by_side(
        plan,
        [f for f in data.published if f.endpoint == name],
        [f for f in data.findings if f.endpoint == name],
        subgroups=True,
    )
    found = []
    for measure in ("hazard_ratio", "odds_ratio"):
        rows = [row for row in joined.rows if row.key.measure == measure]
        lines = [
            line for row in rows if (line := _line(data, row, words.subgroup(plan, row.key.subgroup or "")))
        ]
        compared: set[tuple[str, ...]] = {row.key.groups for row in rows if len(row.key.groups) == 2}
        heading = f"{words.endpoint(plan, name)}, {words.measure(measure)} in subgroups."
        drawing = _interval_figure(data, lines, compared, heading, f"subgroups-{_identifier(name)}-{measure}")
        if drawing:
            found.append(drawing)
    return tuple(found)


def _line(data: ReportData, row: Row, label: str) -> Line | None:
    marks = []
    for item in row.planned:
        marks.append(Mark("designed", float(item.text), None, None, item.text, "assumed in the design"))
    for finding in (*row.published, *row.here):
        if finding.estimate is None or finding.estimate <= 0:
            continue
        ends = finding.interval
        origin = finding.origin
        said = f"published, {origin.source}" if origin.kind == "published" else words.origin_tag(origin)
        marks.append(
            Mark(
                origin.kind,
                finding.estimate,
                ends.low if ends else None,
                ends.high if ends else None,
                numbers.with_interval(finding),
                said,
            )
        )
    return Line(label, tuple(marks)) if marks else None


def _interval_figure(
    data: ReportData, lines: Sequence[Line], compared: set[tuple[str, ...]], heading: str, name: str
) -> Drawing | None:
    if not lines:
        return None
    plan = data.protocol.plan
    favours = None
    if len(compared) == 1:
        first, second = next(iter(compared))
        favours = (words.arm(plan, first), words.arm(plan, second))
    kinds = list(dict.fromkeys(m.kind for row in lines for m in row.marks))
    own = data.provenance.origin.kind in kinds
    headline = words.origin_headline(data.provenance.origin) if own else "PUBLISHED AND PLANNED"
    wide, narrow = (
        Markup(
            interval_svg(
                lines,
                title=heading.rstrip("."),
                origin=headline,
                favours=favours,
                layout=layout,
                name=name + suffix,
            )
        )
        for layout, suffix in ((INTERVAL_WIDE, ""), (INTERVAL_NARROW, "-narrow"))
    )
    shapes = {"designed": "open diamonds: design assumption", "published": "open squares: published"}
    said = [shapes[k] for k in kinds if k in shapes]
    if own:
        said.append(f"filled squares: here ({headline.lower()})")
    return Drawing(
        wide, narrow, heading, f"{words.sentence('; '.join(said))}. Log scale.", data.provenance.origin.kind
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


def _identifier(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)
