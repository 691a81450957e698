"""The figure of an analysis without a protocol: the curves of a time, or the ratios with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trialist.findings.methods.kaplan_meier import Curve as Estimated
from trialist.findings.model import Finding, Method
from trialist.report import numbers, words
from trialist.report.interval_plot import Line, Mark, interval_svg
from trialist.report.kaplan_meier import kaplan_meier_svg
from trialist.report.model import Curve


def quick_figure(
    findings: Sequence[Finding],
    curves: Sequence[Estimated],
    name: str,
    arms: Mapping[str, str] | None = None,
) -> str | None:
    """An SVG document, or None where there is nothing to draw. `arms`: arm -> printed label."""
    labels = arms or {}
    if curves:
        origin = words.origin_headline(findings[0].origin)
        return kaplan_meier_svg(
            [Curve.of(curve) for curve in (curves[-1], *curves[:-1])],  # the reference, which is last, first
            title=f"{name}, {findings[0].endpoint}",
            origin=origin,
            summary=_ratios(findings, labels),
            name="figure",
        )
    ratios = [f for f in findings if f.estimate is not None and f.measure in ("odds_ratio", "hazard_ratio")]
    if not ratios:
        return None
    lines = tuple(
        Line(
            _named(f, labels),
            (
                Mark(
                    f.origin.kind,
                    f.estimate or 1.0,
                    f.interval.low if f.interval else None,
                    f.interval.high if f.interval else None,
                    numbers.with_interval(f),
                    f.origin.label,
                ),
            ),
        )
        for f in ratios
    )
    origin = words.origin_headline(ratios[0].origin)
    return interval_svg(lines, title=f"{name}, {ratios[0].endpoint}", origin=origin, name="figure")


def _ratios(findings: Sequence[Finding], labels: Mapping[str, str]) -> str:
    """Every hazard ratio of two arms with its interval and p value, and the model that it comes from."""
    told = []
    for f in findings:
        if f.measure != "hazard_ratio" or f.estimate is None:
            continue
        p = f", {numbers.p_value(f.p_value)}" if f.p_value else ""
        level = numbers.level(f.interval) if f.interval else ""
        ends = f" ({level} {numbers.interval(f)})" if f.interval else ""
        told.append(f"{words.sentence(_named(f, labels))} {numbers.estimate(f)}{ends}{p}")
    return "; ".join(told)


def _named(finding: Finding, labels: Mapping[str, str]) -> str:
    """What it is, of whom, and of which model: several of a figure differ in nothing else."""
    options = dict(finding.method.options)
    model = (
        []
        if finding.method.name in ("cox_ph", "compare_proportions")
        else [words.method(Method(finding.method.name))]
    )
    for key, said in (("strata", "stratified by"), ("covariates", "adjusted for")):
        if options.get(key):
            model.append(f"{said} {', '.join(str(name) for name in options[key])}")
    who = " v ".join(labels.get(group, group) for group in finding.groups)
    return f"{words.measure(finding.measure)}, {who}" + (f" ({'; '.join(model)})" if model else "")
