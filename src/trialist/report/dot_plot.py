"""The dot plot of adverse events: how often in each arm, and beside it the difference with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trialist.report import svg
from trialist.report.plot_frame import WIDE, Layout, origin_label


@dataclass(frozen=True, slots=True)
class Dot:
    """The share of one arm: `percent` 0 to 100, `printed` as the page prints it."""

    arm: str
    percent: float
    printed: str


@dataclass(frozen=True, slots=True)
class Difference:
    """In percentage points, -100 to 100."""

    estimate: float
    low: float
    high: float
    printed: str


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    dots: tuple[Dot, ...]
    difference: Difference | None = None


_STEPS = (1, 2, 5, 10, 20, 25, 50)


def dot_plot_svg(
    rows: Sequence[Line],
    labels: Mapping[str, str],
    *,
    title: str,
    origin: str,
    compared: tuple[str, str] | None = None,
    layout: Layout = WIDE,
    name: str = "",
) -> str:
    """Draw one line per term, in the order given; arms in the order and words of `labels`.

    Parameters
        rows      a line without a difference has dots alone
        labels    arm -> its name
        compared  names of the two arms of the differences, first minus second
    Returns   a whole SVG
    Raises    ValueError when no line has a dot
    """
    if not any(row.dots for row in rows):
        raise ValueError("a dot plot needs a share")
    size, narrow = layout.size, layout.narrow
    with_difference = any(row.difference for row in rows)
    label_width = 0.0 if narrow else 240.0
    left = label_width + 10
    room = layout.width - left - 14
    gap = 36.0 if with_difference else 0.0
    risk_width = room * 0.52 - gap / 2 if with_difference else room
    risk = _Axis(left, left + risk_width, *_risk_ends(rows))
    change = _Axis(left + risk_width + gap, left + room, *_change_ends(rows)) if with_difference else None

    parts = [origin_label(origin, layout)]
    y = 32.0
    key, y = _key(
        [arm for arm in labels if any(d.arm == arm for r in rows for d in r.dots)], labels, y, layout
    )
    parts.append(key)
    parts.append(svg.text(risk.left, y, "subjects, %", size=size - 1, fill=svg.MUTED))
    if change is not None:
        parts.append(svg.text(change.left, y, "difference, points", size=size - 1, fill=svg.MUTED))
    top = y + 8
    y = top + 4
    body: list[str] = []
    for row in rows:
        lines = svg.wrap(row.label, size, (layout.width if narrow else label_width) - 6)
        if narrow:
            body.append(svg.lines_of_text(0, y + size, lines, size=size, halo=True))
            y += len(lines) * size * 1.25
            middle = y + 9
            y += 20
        else:
            body.append(svg.lines_of_text(0, y + size, lines, size=size))
            height = max(len(lines) * size * 1.25, 20.0)
            middle = y + height / 2
            y += height + 4
        body.append(svg.line(risk.left, middle, risk.right, middle, stroke=svg.FAINT))
        body.append(_dots(row, list(labels), labels, risk, middle))
        if change is not None:
            body.append(svg.line(change.left, middle, change.right, middle, stroke=svg.FAINT))
            if row.difference is not None:
                body.append(_difference(row.difference, change, middle))
    for axis in (risk, change):
        if axis is not None:
            parts.append(_ticks(axis, top, y + 2, size))
    y += size + 8
    if compared is not None and change is not None:
        width = layout.width if narrow else change.right - change.left
        said = svg.wrap(f"right of 0: more with {compared[0]}", size - 1.5, width)
        body.append(
            svg.lines_of_text(0 if narrow else change.left, y + size, said, size=size - 1.5, fill=svg.MUTED)
        )
        y += len(said) * size * 1.25
    described = "; ".join(
        f"{row.label}: "
        + ", ".join(f"{labels.get(dot.arm, dot.arm)} {dot.printed}" for dot in row.dots)
        + (f", difference {row.difference.printed}" if row.difference else "")
        for row in rows
    )
    return svg.document(
        layout.width,
        y + 8,
        "".join(parts + body),
        title=f"{title}. {origin}.",
        description=described,
        name=name,
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    left: float
    right: float
    low: float
    high: float
    step: float

    def __call__(self, value: float) -> float:
        clipped = min(max(value, self.low), self.high)
        return self.left + (self.right - self.left) * (clipped - self.low) / (self.high - self.low)


def _risk_ends(rows: Sequence[Line]) -> tuple[float, float, float]:
    most = max(dot.percent for row in rows for dot in row.dots)
    step = _step(most / 4)
    return 0.0, min(100.0, step * max(1, -(-most // step))), step


def _change_ends(rows: Sequence[Line]) -> tuple[float, float, float]:
    ends = [0.0] + [v for row in rows if row.difference for v in (row.difference.low, row.difference.high)]
    step = _step((max(ends) - min(ends)) / 4)
    return step * min(-1, min(ends) // step), step * max(1, -(-max(ends) // step)), step


def _step(wanted: float) -> float:
    return float(next((step for step in _STEPS if step >= wanted), _STEPS[-1]))


def _key(arms: Sequence[str], labels: Mapping[str, str], y: float, layout: Layout) -> tuple[str, float]:
    """The mark of each arm with its name, wrapped to the width; and the height below it."""
    size, x = layout.size, 6.0
    parts = []
    order = list(labels)
    for arm in arms:
        width = svg.text_width(labels[arm], size) + 30
        if x > 6 and x + width > layout.width:
            x, y = 6.0, y + size * 1.5
        parts.append(_mark(order.index(arm), x, y - size * 0.35))
        parts.append(svg.text(x + 10, y, labels[arm], size=size))
        x += width
    return "".join(parts), y + size * 1.8


def _dots(row: Line, order: list[str], labels: Mapping[str, str], axis: _Axis, y: float) -> str:
    parts = []
    for dot in row.dots:
        told = svg.tooltip(f"{row.label}, {labels.get(dot.arm, dot.arm)}: {dot.printed}")
        parts.append(svg.tag("g", told + _mark(order.index(dot.arm), axis(dot.percent), y), data_role="dot"))
    return "".join(parts)


def _mark(index: int, x: float, y: float) -> str:
    """Arms differ by shape as well as by colour: filled circle, open triangle, filled square, open circle."""
    colour = svg.COLOURS[index % len(svg.COLOURS)]
    kind = index % 4
    if kind == 1:
        shape = svg.polyline([(x, y - 5.5), (x + 5.5, y + 4.5), (x - 5.5, y + 4.5)])
        return svg.path(f"{shape}Z", fill="#fff", stroke=colour, stroke_width=1.8)
    if kind == 2:
        return svg.rect(x - 4.5, y - 4.5, 9, 9, fill=colour)
    fill = colour if kind == 0 else "#fff"
    return svg.tag("circle", cx=x, cy=y, r=4.8, fill=fill, stroke=colour, stroke_width=1.8)


def _difference(found: Difference, axis: _Axis, y: float) -> str:
    marks = svg.line(axis(found.low), y, axis(found.high), y, stroke=svg.INK, width=1.6)
    for end in (found.low, found.high):
        marks += svg.line(axis(end), y - 4, axis(end), y + 4, stroke=svg.INK, width=1.6)
    centre = axis(found.estimate)
    marks += svg.rect(centre - 4, y - 4, 8, 8, fill=svg.INK)
    return svg.tag("g", svg.tooltip(f"difference {found.printed}") + marks, data_role="difference")


def _ticks(axis: _Axis, top: float, base: float, size: float) -> str:
    parts = [svg.line(axis.left, base, axis.right, base)]
    value = axis.low
    while value <= axis.high + 1e-9:
        zero = value == 0 and axis.low < 0
        stroke, dash = (svg.MUTED, "") if zero else (svg.RULE, "1 4")
        parts.append(svg.line(axis(value), top, axis(value), base, stroke=stroke, dash=dash))
        shown = f"{value:g}".replace("-", "−")
        parts.append(svg.text(axis(value), base + size + 2, shown, size=size - 1.5, anchor="middle"))
        value += axis.step
    return "".join(parts)
