"""The Kaplan-Meier figure: steps, bands, censoring ticks, medians, numbers at risk under the axis."""

from __future__ import annotations

from collections.abc import Sequence

from trialist.report import numbers, svg
from trialist.report.curve_frame import (
    NARROW,
    WIDE,
    Frame,
    Layout,
    at_risk_at,
    colour,
    line_sample,
    months_axis,
    survival_at,
)
from trialist.report.curve_labels import arm_labels
from trialist.report.model import Curve

__all__ = ["NARROW", "WIDE", "kaplan_meier_svg"]

MAX_TICKS = 400


MOST_LABELLED = 6


def kaplan_meier_svg(
    curves: Sequence[Curve],
    *,
    title: str,
    unit: str = "Months",
    origin: str,
    summary: str = "",
    layout: Layout = WIDE,
    name: str = "",
) -> str:
    """Draw the curves of one analysis.

    `origin` is the label that stands inside the figure, so that a copy of it keeps it. `summary` is one
    line such as a hazard ratio with its own origin; it goes above the plot. More than six curves have no
    bands, and their names stand beside the numbers at risk alone.
    """
    if not curves:
        raise ValueError("a Kaplan-Meier figure needs a curve")
    ticks = months_axis(max((c.time_months[-1] for c in curves if c.time_months), default=1.0), layout.steps)
    frame = Frame(layout, ticks, _head_height(layout, title, summary))
    parts = [_head(layout, title, origin, summary), _axes(frame, unit)]
    parts += [_median_lines(frame, curves)]
    labelled = len(curves) <= MOST_LABELLED
    if labelled:
        parts += [_band(frame, curve, index) for index, curve in enumerate(curves)]
    for index, curve in enumerate(curves):
        parts.append(_steps(frame, curve, index))
    parts.append(_published_medians(frame, curves))
    if labelled:
        parts.append(arm_labels(frame, curves))
    table, height = _risk_table(frame, curves, ticks)
    parts.append(table)
    return svg.document(
        layout.width,
        height,
        "".join(parts),
        title=f"Kaplan-Meier curves of {title}. {origin}.",
        description=_described(curves),
        name=name,
    )


def _title_lines(layout: Layout, title: str) -> tuple[str, ...]:
    room = layout.width - 8 if layout.narrow else layout.width * 0.62
    return svg.wrap(f"{title}, %", layout.size * 1.09, room)


def _head_height(layout: Layout, title: str, summary: str) -> float:
    rows = len(_title_lines(layout, title)) - 1
    rows += len(svg.wrap(summary, layout.size, layout.width - 8)) if summary else 0
    return 34 + rows * layout.size * 1.3 + (20 if layout.narrow else 6)


def _head(layout: Layout, title: str, origin: str, summary: str) -> str:
    size = layout.size
    top = 34.0 if layout.narrow else 16.0
    label = (
        svg.text(0, 14, origin, size=9.5, bold=True, fill=svg.ALERT, data_role="origin")
        if layout.narrow
        else svg.text(
            layout.width, 16, origin, size=10.5, bold=True, fill=svg.ALERT, anchor="end", data_role="origin"
        )
    )
    rows = _title_lines(layout, title)
    parts = [label, svg.lines_of_text(0, top, rows, size=size, leading=1.3, bold=True)]
    top += (len(rows) - 1) * size * 1.3
    if summary:
        wrapped = svg.wrap(summary, size, layout.width - 8)
        parts.append(svg.lines_of_text(0, top + size * 1.5, wrapped, size=size, leading=1.3))
    return "".join(parts)


def _axes(frame: Frame, unit: str) -> str:
    size = frame.layout.size
    parts = []
    for percent in (0, 25, 50, 75, 100):
        y = frame.y(percent / 100)
        parts.append(svg.line(frame.left, y, frame.right, y, stroke=svg.FAINT, width=0.8))
        parts.append(svg.text(frame.left - 8, y + size * 0.36, str(percent), size=size, anchor="end"))
    parts.append(svg.line(frame.left, frame.bottom, frame.right, frame.bottom))
    for tick in frame.ticks:
        x = frame.x(tick)
        parts.append(svg.line(x, frame.bottom, x, frame.bottom + 5))
        parts.append(
            svg.text(
                x,
                frame.bottom + 6 + size,
                numbers.axis(tick),
                size=size,
                anchor=_anchor(frame, tick),
                data_role="tick",
            )
        )
    middle = (frame.left + frame.right) / 2
    parts.append(
        svg.text(middle, frame.bottom + 12 + 2.1 * size, unit, size=size, anchor="middle", fill=svg.MUTED)
    )
    return "".join(parts)


def _anchor(frame: Frame, tick: float) -> str:
    return "end" if frame.layout.narrow and tick == frame.ticks[-1] else "middle"


def _corners(frame: Frame, times: Sequence[float], values: Sequence[float]) -> list[tuple[float, float]]:
    """The corners of a step function from (0, 1); flat stretches are not repeated."""
    points = [(frame.x(0), frame.y(1.0))]
    level = 1.0
    for time, value in zip(times, values, strict=True):
        if value != level:
            points.append((frame.x(time), frame.y(level)))
            points.append((frame.x(time), frame.y(value)))
            level = value
    if times:
        points.append((frame.x(times[-1]), frame.y(level)))
    return _thinned(points)


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Corners closer than a fifth of a px add nothing but bytes."""
    kept = points[:1]
    for point in points[1:-1]:
        if abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) >= 0.2:
            kept.append(point)
    return [*kept, points[-1]] if len(points) > 1 else kept


def _band(frame: Frame, curve: Curve, index: int) -> str:
    known = [
        (t, low, high)
        for t, low, high in zip(curve.time_months, curve.low, curve.high, strict=True)
        if low is not None and high is not None
    ]
    if not known:
        return ""
    times = [t for t, _, _ in known]
    upper = _corners(frame, times, [high for _, _, high in known])
    lower = _corners(frame, times, [low for _, low, _ in known])
    return svg.path(
        f"{svg.polyline([*upper, *reversed(lower)])}Z",
        fill=colour(index),
        fill_opacity=0.11,
        data_role="band",
    )


def _steps(frame: Frame, curve: Curve, index: int) -> str:
    ink = colour(index)
    parts = [
        svg.path(
            svg.polyline(_corners(frame, curve.time_months, curve.survival)),
            stroke=ink,
            stroke_width=2 if not frame.layout.narrow else 1.7,
            stroke_dasharray=svg.dashes(index),
            stroke_linejoin="round",
            data_role="curve",
        )
    ]
    marks = sorted({round(frame.x(t), 1): t for t in curve.censor_months}.items())[:MAX_TICKS]
    half = 4 if not frame.layout.narrow else 3
    ticks = "".join(
        f"M{svg.number(x)} {svg.number(frame.y(survival_at(curve, t)) - half)}v{2 * half}" for x, t in marks
    )
    if ticks:
        parts.append(svg.path(ticks, stroke=ink, stroke_width=0.9, data_role="censored"))
    return "".join(parts)


def _median_lines(frame: Frame, curves: Sequence[Curve]) -> str:
    reached = [(i, c.median) for i, c in enumerate(curves) if c.median is not None]
    if not reached:
        return ""
    y = frame.y(0.5)
    furthest = max(frame.x(m) for _, m in reached)
    parts = [svg.line(frame.left, y, furthest, y, stroke=svg.MUTED, width=0.9, dash="2 3")]
    for index, median in reached:
        x = frame.x(median)
        parts.append(svg.line(x, y, x, frame.bottom, stroke=colour(index), width=0.9, dash="2 3"))
    return "".join(parts)


def _published_medians(frame: Frame, curves: Sequence[Curve]) -> str:
    """An open diamond on the line of one half: where a publication puts the median."""
    parts = []
    y = frame.y(0.5)
    for index, curve in enumerate(curves):
        if curve.published_median is None or curve.published_median > frame.ticks[-1]:
            continue
        x = frame.x(curve.published_median)
        diamond = svg.polyline([(x, y - 6), (x + 5, y), (x, y + 6), (x - 5, y)])
        label = f"{curve.label}: published median {numbers.months(curve.published_median)} months"
        parts.append(
            svg.tag(
                "g",
                svg.tooltip(label)
                + svg.path(f"{diamond}Z", fill="#fff", stroke=colour(index), stroke_width=1.5),
                data_role="published-median",
            )
        )
    return "".join(parts)


def _risk_table(frame: Frame, curves: Sequence[Curve], ticks: Sequence[float]) -> tuple[str, float]:
    layout = frame.layout
    size = layout.size - (0.5 if layout.narrow else 1)
    y = frame.bottom + 12 + 2.1 * layout.size + 26
    parts = [svg.text(0, y, "Number at risk", size=size, bold=True)]
    for index, curve in enumerate(curves):
        ink = colour(index)
        if layout.narrow:
            name = svg.wrap(curve.label, size, layout.width - 30, lines=1)
            y += size * 1.75
            parts.append(line_sample(0, y - size * 0.34, index))
            parts.append(svg.lines_of_text(28, y, name, size=size, fill=ink, bold=True))
            y += size * 1.35
        else:
            rows = 3 if len(curves) <= MOST_LABELLED else 9
            name = svg.wrap(curve.label, size, layout.left - 56, lines=rows)
            y += size * 1.75
            parts.append(line_sample(0, y - size * 0.34, index))
            parts.append(svg.lines_of_text(28, y, name, size=size, fill=ink, bold=True))
        for tick in ticks:
            shown = numbers.count(at_risk_at(curve, tick))
            parts.append(
                svg.text(frame.x(tick), y, shown, size=size, anchor=_anchor(frame, tick), data_role="at-risk")
            )
        if not layout.narrow:
            y += (len(name) - 1) * size * 1.25
    return "".join(parts), y + 10


def _described(curves: Sequence[Curve]) -> str:
    parts = []
    for curve in curves:
        median = "not reached" if curve.median is None else f"{numbers.months(curve.median)} months"
        total = curve.at_risk[0] if curve.at_risk else 0
        parts.append(f"{curve.label}: {numbers.count(total)} at risk at the start, median {median}.")
    return " ".join(parts)
