"""The figures of a report, each in a wide and a narrow form, with heading, caption and origin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from markupsafe import Markup

from trialist.findings.model import Finding
from trialist.report import numbers, words
from trialist.report.interval_plot import Line, Mark, interval_svg
from trialist.report.kaplan_meier import NARROW as CURVE_NARROW
from trialist.report.kaplan_meier import kaplan_meier_svg
from trialist.report.model import ReportData
from trialist.report.participant_flow import NARROW as FLOW_NARROW
from trialist.report.participant_flow import flow_svg
from trialist.report.plot_frame import NARROW as INTERVAL_NARROW
from trialist.report.plot_frame import WIDE as INTERVAL_WIDE
from trialist.report.side_by_side import Row, SideBySide, side_by_side
from trialist.report.waterfall import NARROW as WATERFALL_NARROW
from trialist.report.waterfall import WIDE as WATERFALL_WIDE
from trialist.report.waterfall import waterfall_svg

_OUTSIDE = MappingProxyType({"designed": "PLANNED", "published": "PUBLISHED"})


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure in a wide and a narrow variant, with the origin that stands beside it."""

    wide: Markup
    narrow: Markup
    heading: str
    caption: str
    origin: str


def curve_endpoint(data: ReportData, analysis: str) -> str:
    plan = data.protocol.plan
    planned = plan.analyses.get(analysis)
    if planned is None:
        return ""
    estimand = plan.estimands.get(planned.estimand or "")
    return planned.endpoint or (estimand.endpoint if estimand else "")


def curve_figures(data: ReportData, name: str) -> Iterable[Drawing]:
    plan, origin = data.protocol.plan, data.provenance.origin
    for analysis, curves in data.curves.items():
        if curve_endpoint(data, analysis) != name or not any(c.time_months for c in curves):
            continue
        planned = plan.analyses[analysis]
        estimand = plan.estimands.get(planned.estimand or "")
        population = planned.population or (estimand.population if estimand else "")
        summary = _ratios(data, name, population, {c.arm for c in curves})
        label = words.endpoint(plan, name)
        later = getattr(planned, "landmark_months", None)
        if later is not None:
            label, summary = f"{label}, from {later:g} months", ""
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
        if later is not None:
            parts.append(f"Only those still at risk at {later:g} months; time counts from then.")
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
        if f.method.name == "weibull":  # the figure's ratio is that of the proportional hazards model
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


def waterfall_figures(data: ReportData, name: str) -> Iterable[Drawing]:
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
    """Hazard ratios of the main table, planned, published and here, on one axis.

    Odds ratios of response stay out: above 1 they favour the first arm, a hazard ratio the second.
    """
    rows = [row for row in joined.rows if row.key.measure == "hazard_ratio"]
    compared: set[tuple[str, ...]] = {row.key.groups for row in rows if len(row.key.groups) == 2}
    plan = data.protocol.plan
    lines = []
    for row in rows:
        label = words.endpoint(plan, row.key.endpoint)
        if len(compared) > 1:
            label += f", {words.groups(plan, row.key.groups)}"
        if line := _line(data, row, label):
            lines.append(line)
    return _interval_figure(data, lines, compared, "Hazard ratios at a glance.", "ratios")


def subgroup_figures(data: ReportData, name: str) -> tuple[Drawing, ...]:
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
        identifier = f"subgroups-{_identifier(name)}-{measure}"
        drawing = _interval_figure(data, lines, compared, heading, identifier, measure == "hazard_ratio")
        if drawing:
            found.append(drawing)
    return tuple(found)


def _line(data: ReportData, row: Row, label: str) -> Line | None:
    marks = []
    for item in row.planned:
        assumed = "assumed in the design" + (f"; {words.RECALLED}" if words.recalled(item.origin) else "")
        marks.append(Mark("designed", float(item.text), None, None, item.text, assumed))
    for finding in (*row.published, *row.here):
        if finding.estimate is None or finding.estimate <= 0:
            continue
        ends = finding.interval
        origin = finding.origin
        said = words.origin_tag(origin)
        if origin.kind == "published" and not words.recalled(origin):
            said += f", {origin.source}"
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
    data: ReportData,
    lines: Sequence[Line],
    compared: set[tuple[str, ...]],
    heading: str,
    name: str,
    sided: bool = True,
) -> Drawing | None:
    """Lines on one axis; `sided`: a ratio below 1 favours the first arm, so that the sides can be named."""
    if not lines:
        return None
    plan = data.protocol.plan
    favours = None
    if len(compared) == 1 and sided:
        first, second = next(iter(compared))
        favours = (words.arm(plan, first), words.arm(plan, second))
    kinds = list(dict.fromkeys(m.kind for row in lines for m in row.marks))
    own = data.provenance.origin.kind in kinds
    outside = " AND ".join(_OUTSIDE.get(k, k.upper()) for k in kinds)
    headline = words.origin_headline(data.provenance.origin) if own else outside
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
        wide,
        narrow,
        heading,
        f"{words.sentence('; '.join(said))}. Log scale.",
        data.provenance.origin.kind if own else kinds[-1],
    )


def _identifier(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)
