"""Estimates with their intervals on one axis: planned, published and here; or one line per subgroup."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trialist.report import svg
from trialist.report.plot_frame import (
    RATIOS,
    WIDE,
    Layout,
    arrow_heads,
    axis_lines,
    either_side,
    origin_label,
    row_label,
    spaced,
)


@dataclass(frozen=True, slots=True)
class Mark:
    """One number on a line: `kind` is its origin, `printed` the number as the page prints it."""

    kind: str
    estimate: float
    low: float | None
    high: float | None
    printed: str
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row: a label and its marks, drawn under each other. `heading` starts a group."""

    label: str
    marks: tuple[Mark, ...]
    heading: str | None = None


_LEAST, _MOST = 0.05, 16.0  # of the axis


def interval_svg(
    rows: Sequence[Line],
    *,
    title: str,
    origin: str,
    favours: tuple[str, str] | None = None,
    layout: Layout = WIDE,
    name: str = "",
) -> str:
    """Draw ratios on a log axis with a line at 1. An interval beyond the axis ends in an arrow head."""
    marks = [mark for row in rows for mark in row.marks]
    if not marks:
        raise ValueError("an interval plot needs a number")
    size, narrow = layout.size, layout.narrow
    ends = [v for m in marks for v in (m.low, m.high, m.estimate) if v is not None and v > 0]
    low, high = (
        max(_LEAST, min([0.5, *(e / 1.06 for e in ends)])),
        min(_MOST, max([1.5, *(e * 1.06 for e in ends)])),
    )
    label_width = 0.0 if narrow else 230.0
    text_width = 132.0 if narrow else 240.0
    left, right = label_width + 12, layout.width - text_width - 12

    def x(value: float) -> float:
        clipped = min(max(value, low), high)
        return left + (right - left) * math.log(clipped / low) / math.log(high / low)

    parts = [origin_label(origin, layout)]
    y = 34.0
    top = y - 8
    body: list[str] = []
    for row in rows:
        if row.heading:
            y += 4
            body.append(svg.text(0, y + size, row.heading, size=size, bold=True))
            y += size * 1.6
        label = svg.wrap(row.label, size, layout.width if narrow else label_width - 8)
        body.append(row_label(label, y, layout))
        if narrow:
            y += len(label) * size * 1.25 + 3
        start = y
        for mark in row.marks:
            middle = y + size * 0.65
            body.append(_mark(mark, middle, x, low, high))
            printed = svg.wrap(mark.printed, size, text_width) if narrow else (mark.printed,)
            body.append(svg.lines_of_text(right + 12, y + size, printed, size=size, data_origin=mark.kind))
            y += len(printed) * size * 1.25
            small = max(9.5, size - 2)
            kind = svg.wrap(mark.label, small, text_width)
            body.append(svg.lines_of_text(right + 12, y + size * 0.85, kind, size=small, fill=svg.MUTED))
            y += size * 1.35 + (len(kind) - 1) * small * 1.25
        y = max(y, start + len(label) * size * 1.25 if not narrow else y) + 6
    base = y + 2
    near = sorted((t for t in RATIOS if low <= t <= high), key=lambda t: abs(math.log(t)))
    parts.append(axis_lines(spaced(near, x, size), 1.0, x, top, base, size))
    parts.append(svg.line(left, base, right, base))
    y = base + size + 8
    if favours:
        drawn, y = either_side(f"favours {favours[0]}", f"favours {favours[1]}", x(1.0), y, layout)
        body.append(drawn)
    described = "; ".join(
        f"{row.label}: " + ", ".join(f"{m.printed} ({m.label})" for m in row.marks) for row in rows
    )
    return svg.document(
        layout.width,
        y + 6,
        "".join(parts + body),
        title=f"{title}. {origin}.",
        description=described,
        name=name,
    )


def _mark(mark: Mark, y: float, place: Callable[[float], float], low: float, high: float) -> str:
    published = mark.kind == "published"
    colour = svg.INK if published else svg.MUTED if mark.kind == "designed" else svg.COLOURS[0]
    parts = []
    if mark.low is not None and mark.high is not None:
        parts.append(svg.line(place(mark.low), y, place(mark.high), y, stroke=colour, width=1.6))
        parts.append(arrow_heads(mark.low, mark.high, (low, high), place, y, colour))
        for end in (mark.low, mark.high):
            if low <= end <= high:
                parts.append(svg.line(place(end), y - 4, place(end), y + 4, stroke=colour, width=1.6))
    centre = place(mark.estimate)
    if mark.kind == "designed":
        shape = svg.polyline([(centre, y - 6), (centre + 6, y), (centre, y + 6), (centre - 6, y)])
        parts.append(svg.path(f"{shape}Z", fill="#fff", stroke=colour, stroke_width=1.6))
    elif published:
        parts.append(svg.rect(centre - 4.5, y - 4.5, 9, 9, fill="#fff", stroke=colour, stroke_width=1.8))
    else:
        parts.append(svg.rect(centre - 5, y - 5, 10, 10, fill=colour))
    return svg.tag("g", svg.tooltip(f"{mark.label}: {mark.printed}") + "".join(parts), data_origin=mark.kind)
