"""The forest plot: effects of trials with their weights, the pooled effect, the effect in a new trial."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from trialist.report import numbers, svg
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

RowKind = Literal["trial", "pooled", "new"]


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One line. `weight` in percent sizes the square; `note` stands under the label (where it came from)."""

    label: str
    kind: RowKind
    estimate: float
    low: float | None
    high: float | None
    printed: str
    weight: float | None = None
    note: str | None = None
    heading: str | None = None


def forest_svg(
    rows: Sequence[ForestRow],
    *,
    title: str,
    origin: str,
    log: bool,
    null: float | None,
    lower: tuple[str, str] | None = None,
    headings: tuple[str, str] | None = None,
    foot: str | None = None,
    layout: Layout = WIDE,
    name: str = "",
) -> str:
    """Draw the rows on a log axis (ratios) or a plain one, with a line at no effect where there is one.

    Squares have an area by weight, the pooled effect is a diamond as wide as its interval, that in a new
    trial a bar. `lower`: with what the number is lower, left and right of no effect. What lies
    beyond the axis ends in an arrow head. `headings` stand over the labels and the numbers of a wide drawing,
    `foot` below all of it.
    """
    if not rows:
        raise ValueError("a forest plot needs a row")
    size, narrow = layout.size, layout.narrow
    low, high = _range(rows, log, null)
    label_width, text_width = (0.0, 128.0) if narrow else (236.0, 226.0)
    left, right = label_width + 12, layout.width - text_width - 12

    def x(value: float) -> float:
        if log:
            share = math.log(min(max(value, low), high) / low) / math.log(high / low)
        else:
            share = (min(max(value, low), high) - low) / (high - low)
        return left + (right - left) * share

    parts = [origin_label(origin, layout)]
    y, body = 34.0, []
    if headings is not None and not narrow:
        body.append(svg.text(0, y, headings[0], size=size - 1, bold=True))
        body.append(svg.text(right + 12, y, headings[1], size=size - 1, bold=True))
        if any(row.weight is not None for row in rows):
            body.append(svg.text(layout.width, y, "Weight", size=size - 1, bold=True, anchor="end"))
        y += 10
    top = y - 8
    heaviest = max((row.weight or 0.0 for row in rows), default=0.0)
    for row in rows:
        drawn, y = _row(row, y, x, (low, high), layout, right, label_width, text_width, heaviest)
        body.append(drawn)
    base = y + 2
    parts.append(axis_lines(_ticks(low, high, log, x, size), null, x, top, base, size))
    pooled = next((row for row in reversed(rows) if row.kind == "pooled"), None)
    if pooled is not None:
        at = x(pooled.estimate)
        parts.append(svg.line(at, top, at, base, stroke=svg.COLOURS[0], dash="4 3"))
    parts.append(svg.line(left, base, right, base))
    y = base + size + 8
    if lower and null is not None:
        drawn, y = either_side(f"lower with {lower[0]}", f"lower with {lower[1]}", x(null), y, layout)
        body.append(drawn)
    if foot:
        lines = svg.wrap(foot, size - 1, layout.width)
        body.append(svg.lines_of_text(0, y + size, lines, size=size - 1))
        y += len(lines) * size * 1.25
    described = "; ".join(f"{row.label}: {row.printed}" for row in rows)
    whole = "".join(parts + body)
    return svg.document(
        layout.width, y + 6, whole, title=f"{title}. {origin}.", description=described, name=name
    )


def _row(
    row: ForestRow,
    y: float,
    x: Callable[[float], float],
    ends: tuple[float, float],
    layout: Layout,
    right: float,
    label_width: float,
    text_width: float,
    heaviest: float,
) -> tuple[str, float]:
    size, narrow, body = layout.size, layout.narrow, []
    if row.heading:
        y += 6
        body.append(svg.text(0, y + size, row.heading, size=size, bold=True))
        y += size * 1.7
    bold = row.kind == "pooled"
    label = svg.wrap(row.label, size * (1.09 if bold else 1), layout.width if narrow else label_width - 8)
    body.append(row_label(label, y, layout, bold=bold))
    under = y + len(label) * size * 1.25
    if row.note:
        note = svg.wrap(row.note, size - 2.5, layout.width if narrow else label_width - 8)
        body.append(
            svg.lines_of_text(0, under + size - 2.5, note, size=size - 2.5, fill=svg.MUTED, halo=narrow)
        )
        under += len(note) * (size - 2.5) * 1.25 + 1
    if narrow:
        y = under + 3
    middle = y + size * 0.65
    body.append(_mark(row, middle, x, ends, heaviest, size))
    printed = svg.wrap(row.printed, size, text_width) if narrow else (row.printed,)
    body.append(svg.lines_of_text(right + 12, y + size, printed, size=size, bold=bold))
    if row.weight is not None:
        shown = f"{numbers.fixed(row.weight, 1)}%"
        if narrow:
            printed = (*printed, shown)
            at = y + size * 0.9 + (len(printed) - 1) * size * 1.25
            body.append(svg.text(right + 12, at, shown, size=size - 1.5, fill=svg.MUTED))
        else:
            body.append(svg.text(layout.width, y + size, shown, size=size - 1, anchor="end", fill=svg.MUTED))
    return "".join(body), max(under, y + len(printed) * size * 1.25) + (9 if narrow else 7)


def _mark(
    row: ForestRow,
    y: float,
    x: Callable[[float], float],
    ends: tuple[float, float],
    heaviest: float,
    size: float,
) -> str:
    low = ends[0] if row.low is None else row.low
    high = ends[1] if row.high is None else row.high
    colour = svg.INK if row.kind == "trial" else svg.COLOURS[0]
    centre, parts = x(row.estimate), []
    if row.kind == "pooled" and row.low is not None and row.high is not None:
        half = size * 0.55
        shape = svg.polyline([(x(low), y), (centre, y - half), (x(high), y), (centre, y + half)])
        parts.append(svg.path(f"{shape}Z", fill=colour))
    elif row.kind == "new":
        parts.append(svg.rect(x(low), y - 2.5, max(1.0, x(high) - x(low)), 5, fill=colour, opacity=0.45))
    elif row.low is not None and row.high is not None:
        parts.append(svg.line(x(low), y, x(high), y, stroke=colour, width=1.4))
        parts.append(arrow_heads(low, high, ends, x, y, colour))
    if row.kind == "trial" or (row.kind == "pooled" and row.low is None):
        side = 4.0 + 9.0 * math.sqrt((row.weight or 0.0) / heaviest) if heaviest else 8.0
        parts.append(svg.rect(centre - side / 2, y - side / 2, side, side, fill=colour))
    return svg.tag("g", svg.tooltip(f"{row.label}: {row.printed}") + "".join(parts), data_kind=row.kind)


def _range(rows: Sequence[ForestRow], log: bool, null: float | None) -> tuple[float, float]:
    """What the axis holds: all trials' estimates and pooled ends; the ends of intervals within reason."""
    inner = [r.estimate for r in rows] + [
        e for r in rows if r.kind != "trial" for e in (r.low, r.high) if e is not None
    ]
    outer = [e for r in rows for e in (r.low, r.high) if e is not None]
    if null is not None:
        inner.append(null)
    if log:
        inner, outer = [v for v in inner if v > 0], [v for v in outer if v > 0]
        low, high = min([0.8, *inner]), max([1.25, *inner])
        low, high = max(min([low, *outer]), low / 4), min(max([high, *outer]), high * 4)
        return low / 1.08, high * 1.08
    spread = max(inner) - min(inner) or max(1e-6, abs(max(inner)))
    low, high = (
        max(min([*inner, *outer]), min(inner) - spread),
        min(max([*inner, *outer]), max(inner) + spread),
    )
    return low - 0.04 * (high - low), high + 0.04 * (high - low)


def _ticks(
    low: float, high: float, log: bool, x: Callable[[float], float], size: float
) -> list[tuple[float, str]]:
    """Round numbers; of two whose figures would touch the one nearer to no effect stays."""
    if log:
        wanted = sorted((t for t in RATIOS if low <= t <= high), key=lambda t: abs(math.log(t)))
    else:
        step = 10.0 ** math.floor(math.log10(high - low))
        step = next(s for s in (step / 5, step / 2, step, 2 * step) if (high - low) / s <= 6)
        wanted = [round(i * step, 12) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
        wanted.sort(key=abs)
    return spaced(wanted, x, size)
