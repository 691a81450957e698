"""The Kaplan-Meier figure: steps, bands, censoring ticks, medians, numbers at risk under the axis."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from trialist.report import numbers, svg
from trialist.report.model import Curve

MAX_TICKS = 400


@dataclass(frozen=True, slots=True)
class Layout:
    """The geometry of one variant of the figure, in px."""

    width: float
    plot_height: float
    left: float
    right: float
    size: float
    steps: int

    @property
    def narrow(self) -> bool:
        return self.width < 500


WIDE = Layout(width=860, plot_height=340, left=184, right=24, size=13, steps=10)
NARROW = Layout(width=358, plot_height=230, left=34, right=12, size=11.5, steps=6)


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
    line such as a hazard ratio with its own origin; it goes above the plot.
    """
    if not curves:
        raise ValueError("a Kaplan-Meier figure needs a curve")
    ticks = months_axis(max((c.time_months[-1] for c in curves if c.time_months), default=1.0), layout.steps)
    frame = _Frame(layout, ticks, _head_height(layout, title, summary))
    parts = [_head(layout, title, origin, summary), _axes(frame, unit)]
    parts += [_median_lines(frame, curves)]
    for index, curve in enumerate(curves):
        parts.append(_band(frame, curve, index))
    for index, curve in enumerate(curves):
        parts.append(_steps(frame, curve, index))
    parts.append(_published_medians(frame, curves))
    parts.append(_labels(frame, curves))
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


def months_axis(longest: float, steps: int) -> tuple[float, ...]:
    """Ticks in months from 0 past the longest time, a step that a clinician counts in (1, 2, 3, 6, 12...)."""
    for step in (0.5, 1, 2, 3, 4, 6, 12, 24, 36, 60, 120):
        if longest <= step * steps:
            break
    last = int(-(-longest // step))
    return tuple(step * i for i in range(max(last, 1) + 1))


def survival_at(curve: Curve, time: float) -> float:
    """The step function's value at a time; 1 before the first."""
    index = bisect_right(curve.time_months, time + 1e-9) - 1
    return 1.0 if index < 0 else curve.survival[index]


def at_risk_at(curve: Curve, time: float) -> int:
    """How many were at risk just before a time: those whose own time is not earlier."""
    index = bisect_left(curve.time_months, time - 1e-9)
    return curve.at_risk[index] if index < len(curve.at_risk) else 0


class _Frame:
    """Data coordinates to px."""

    def __init__(self, layout: Layout, ticks: Sequence[float], top: float) -> None:
        self.layout = layout
        self.ticks = ticks
        self.top = top
        self.bottom = top + layout.plot_height
        self.left = layout.left
        self.right = layout.width - layout.right

    def x(self, months: float) -> float:
        return self.left + (self.right - self.left) * months / self.ticks[-1]

    def y(self, survival: float) -> float:
        return self.bottom - (self.bottom - self.top) * survival


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


def _axes(frame: _Frame, unit: str) -> str:
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


def _anchor(frame: _Frame, tick: float) -> str:
    return "end" if frame.layout.narrow and tick == frame.ticks[-1] else "middle"


def _corners(frame: _Frame, times: Sequence[float], values: Sequence[float]) -> list[tuple[float, float]]:
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


def _band(frame: _Frame, curve: Curve, index: int) -> str:
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
        fill=_colour(index),
        fill_opacity=0.11,
        data_role="band",
    )


def _steps(frame: _Frame, curve: Curve, index: int) -> str:
    colour = _colour(index)
    parts = [
        svg.path(
            svg.polyline(_corners(frame, curve.time_months, curve.survival)),
            stroke=colour,
            stroke_width=2 if not frame.layout.narrow else 1.7,
            stroke_dasharray=svg.DASHES[index % len(svg.DASHES)],
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
        parts.append(svg.path(ticks, stroke=colour, stroke_width=0.9, data_role="censored"))
    return "".join(parts)


def _median_lines(frame: _Frame, curves: Sequence[Curve]) -> str:
    reached = [(i, c.median) for i, c in enumerate(curves) if c.median is not None]
    if not reached:
        return ""
    y = frame.y(0.5)
    furthest = max(frame.x(m) for _, m in reached)
    parts = [svg.line(frame.left, y, furthest, y, stroke=svg.MUTED, width=0.9, dash="2 3")]
    for index, median in reached:
        x = frame.x(median)
        parts.append(svg.line(x, y, x, frame.bottom, stroke=_colour(index), width=0.9, dash="2 3"))
    return "".join(parts)


def _published_medians(frame: _Frame, curves: Sequence[Curve]) -> str:
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
                + svg.path(f"{diamond}Z", fill="#fff", stroke=_colour(index), stroke_width=1.5),
                data_role="published-median",
            )
        )
    return "".join(parts)


def _labels(frame: _Frame, curves: Sequence[Curve]) -> str:
    """Each arm's name beside its curve, where it touches no curve and no other name; else a key."""
    size = frame.layout.size
    lines = [_samples(frame, curve) for curve in curves]
    taken: list[tuple[float, float, float, float]] = []
    parts = []
    for index, curve in enumerate(curves):
        wrapped = svg.wrap(curve.label, size, 150 if not frame.layout.narrow else 105)
        width = max(svg.text_width(row, size, bold=True) for row in wrapped)
        height = len(wrapped) * size * 1.2
        spot = _spot(frame, lines, index, width, height, taken)
        if spot is None:
            return _key(frame, curves, lines)
        x, y = spot
        taken.append((x, y, x + width, y + height))
        parts.append(
            svg.lines_of_text(
                x, y + size * 0.9, wrapped, size=size, leading=1.2, fill=_colour(index), bold=True, halo=True
            )
        )
    return "".join(parts)


def _key(frame: _Frame, curves: Sequence[Curve], lines: Sequence[Sequence[tuple[float, float]]]) -> str:
    """Line samples with names, in the corner that is farthest from every curve."""
    size = frame.layout.size
    room = (frame.right - frame.left) * (0.62 if frame.layout.narrow else 0.45)
    names = [svg.wrap(curve.label, size, room, lines=2) for curve in curves]
    width = 30 + max(svg.text_width(row, size, bold=True) for rows in names for row in rows)
    height = sum(len(rows) * size * 1.25 + 4 for rows in names)
    corners = [
        (x, y)
        for y in (frame.top + 2, frame.bottom - height - 10)
        for x in (frame.right - width, frame.left + 14)
    ]

    def free(corner: tuple[float, float]) -> float:
        box = (corner[0], corner[1], corner[0] + width, corner[1] + height)
        return min(_gap(box, points) for points in lines)

    x, y = max(corners, key=free)
    y += size
    parts = []
    for index, rows in enumerate(names):
        parts.append(_sample(x, y - size * 0.34, index))
        parts.append(svg.lines_of_text(x + 30, y, rows, size=size, fill=_colour(index), bold=True, halo=True))
        y += len(rows) * size * 1.25 + 4
    return "".join(parts)


def _samples(frame: _Frame, curve: Curve) -> list[tuple[float, float]]:
    """The curve's height at every sixth px."""
    if not curve.time_months:
        return []
    end = frame.x(curve.time_months[-1])
    span = frame.ticks[-1] / (frame.right - frame.left)
    count = int((end - frame.left) / 6) + 1
    return [(frame.left + 6 * i, frame.y(survival_at(curve, 6 * i * span))) for i in range(count)]


def _spot(
    frame: _Frame,
    lines: Sequence[Sequence[tuple[float, float]]],
    own: int,
    width: float,
    height: float,
    taken: Sequence[tuple[float, float, float, float]],
) -> tuple[float, float] | None:
    """The place nearest to its own curve and clearly farther from every other; None when there is none."""
    best: tuple[float, float, float] | None = None
    x = frame.left + 14
    while x + width <= frame.right:
        y = frame.top + 2
        while y + height <= frame.bottom - 8:
            box = (x, y, x + width, y + height)
            free = all(b[2] < x or b[0] > box[2] or b[3] < y or b[1] > box[3] for b in taken)
            if free:
                gaps = [_gap(box, points) for points in lines]
                others = [gap for i, gap in enumerate(gaps) if i != own]
                nearest = min(others, default=1e9)
                if gaps[own] >= 9 and nearest >= 9 and gaps[own] + 8 <= nearest:
                    cost = gaps[own] + max(0.0, 40 - nearest) * 0.6 + abs(y - frame.top) * 0.02
                    if best is None or cost < best[0]:
                        best = (cost, x, y)
            y += 8
        x += 14
    return None if best is None else (best[1], best[2])


def _gap(box: tuple[float, float, float, float], points: Sequence[tuple[float, float]]) -> float:
    """Distance of a box from a step curve; 0 when the curve runs through it."""
    gap = 1e9
    previous: tuple[float, float] | None = None
    for x, y in points:
        low, high = (y, y) if previous is None else (min(y, previous[1]), max(y, previous[1]))
        dx = max(box[0] - x, 0.0, x - box[2])
        dy = max(box[1] - high, 0.0, low - box[3])
        gap = min(gap, (dx * dx + dy * dy) ** 0.5)
        previous = (x, y)
    return gap


def _risk_table(frame: _Frame, curves: Sequence[Curve], ticks: Sequence[float]) -> tuple[str, float]:
    layout = frame.layout
    size = layout.size - (0.5 if layout.narrow else 1)
    y = frame.bottom + 12 + 2.1 * layout.size + 26
    parts = [svg.text(0, y, "Number at risk", size=size, bold=True)]
    for index, curve in enumerate(curves):
        colour = _colour(index)
        if layout.narrow:
            name = svg.wrap(curve.label, size, layout.width - 30, lines=1)
            y += size * 1.75
            parts.append(_sample(0, y - size * 0.34, index))
            parts.append(svg.lines_of_text(28, y, name, size=size, fill=colour, bold=True))
            y += size * 1.35
        else:
            name = svg.wrap(curve.label, size, layout.left - 56, lines=3)
            y += size * 1.75
            parts.append(_sample(0, y - size * 0.34, index))
            parts.append(svg.lines_of_text(28, y, name, size=size, fill=colour, bold=True))
        for tick in ticks:
            shown = numbers.count(at_risk_at(curve, tick))
            parts.append(
                svg.text(frame.x(tick), y, shown, size=size, anchor=_anchor(frame, tick), data_role="at-risk")
            )
        if not layout.narrow:
            y += (len(name) - 1) * size * 1.25
    return "".join(parts), y + 10


def _sample(x: float, y: float, index: int) -> str:
    dash = svg.DASHES[index % len(svg.DASHES)]
    return svg.line(x, y, x + 22, y, stroke=_colour(index), width=2, dash=dash)


def _colour(index: int) -> str:
    return svg.COLOURS[index % len(svg.COLOURS)]


def _described(curves: Sequence[Curve]) -> str:
    parts = []
    for curve in curves:
        median = "not reached" if curve.median is None else f"{numbers.months(curve.median)} months"
        total = curve.at_risk[0] if curve.at_risk else 0
        parts.append(f"{curve.label}: {numbers.count(total)} at risk at the start, median {median}.")
    return " ".join(parts)
