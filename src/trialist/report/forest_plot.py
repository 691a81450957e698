"""The forest plot: effects of trials with their weights, the pooled effect, the effect in a new trial."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from trialist.report import numbers, svg

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


@dataclass(frozen=True, slots=True)
class Layout:
    width: float
    size: float


WIDE = Layout(860, 13)
NARROW = Layout(358, 11.5)
_RATIOS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


def forest_svg(
    rows: Sequence[ForestRow],
    *,
    title: str,
    origin: str,
    log: bool,
    null: float | None,
    lower: tuple[str, str] | None = None,
    layout: Layout = WIDE,
    name: str = "",
) -> str:
    """Draw the rows on a log axis (ratios) or a plain one, with a line at no effect where there is one.

    Squares have an area by weight, the pooled effect is a diamond as wide as its interval, that in a new
    trial a bar. `lower`: with what the number is lower, left and right of no effect. What lies
    beyond the axis ends in an arrow head.
    """
    if not rows:
        raise ValueError("a forest plot needs a row")
    size, narrow = layout.size, layout.width < 500
    low, high = _range(rows, log, null)
    label_width, text_width = (0.0, 128.0) if narrow else (236.0, 226.0)
    left, right = label_width + 12, layout.width - text_width - 12

    def x(value: float) -> float:
        if log:
            share = math.log(min(max(value, low), high) / low) / math.log(high / low)
        else:
            share = (min(max(value, low), high) - low) / (high - low)
        return left + (right - left) * share

    anchor, edge = ("start", 0.0) if narrow else ("end", layout.width)
    parts = [
        svg.text(edge, 14, origin, size=9.5 if narrow else 10.5, bold=True, fill=svg.ALERT, anchor=anchor)
    ]
    y, body = 34.0, []
    heaviest = max((row.weight or 0.0 for row in rows), default=0.0)
    for row in rows:
        drawn, y = _row(row, y, x, (low, high), layout, right, label_width, text_width, heaviest)
        body.append(drawn)
    base = y + 2
    for tick, shown in _ticks(low, high, log, x, size):
        at_null = null is not None and tick == null
        colour = svg.MUTED if at_null else svg.RULE
        parts.append(svg.line(x(tick), 26, x(tick), base, stroke=colour, dash="" if at_null else "1 4"))
        parts.append(svg.text(x(tick), base + size + 3, shown, size=size - 1, anchor="middle"))
    pooled = next((row for row in reversed(rows) if row.kind == "pooled"), None)
    if pooled is not None:
        at = x(pooled.estimate)
        parts.append(svg.line(at, 26, at, base, stroke=svg.COLOURS[0], dash="4 3"))
    parts.append(svg.line(left, base, right, base))
    y = base + size + 8
    if lower and null is not None:
        drawn, y = _sides(lower, x(null), y, layout, left, right)
        body.append(drawn)
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
    size, narrow, body = layout.size, layout.width < 500, []
    if row.heading:
        y += 6
        body.append(svg.text(0, y + size, row.heading, size=size, bold=True))
        y += size * 1.7
    bold = row.kind == "pooled"
    label = svg.wrap(row.label, size * (1.09 if bold else 1), layout.width if narrow else label_width - 8)
    if narrow:  # the label stands across the plot: nothing may show through it
        room = max(svg.text_width(line, size, bold=bold) for line in label) + 4
        body.append(svg.rect(0, y, room, len(label) * size * 1.25, fill="#fff"))
    body.append(svg.lines_of_text(0, y + size, label, size=size, bold=bold, halo=narrow))
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
        for end, outside, sign in ((low, low < ends[0], -1), (high, high > ends[1], 1)):
            if outside:
                at = x(end)
                head = svg.polyline([(at + 5 * sign, y), (at, y - 4), (at, y + 4)])
                parts.append(svg.path(f"{head}Z", fill=colour))
    if row.kind == "trial" or (row.kind == "pooled" and row.low is None):
        side = 4.0 + 9.0 * math.sqrt((row.weight or 0.0) / heaviest) if heaviest else 8.0
        parts.append(svg.rect(centre - side / 2, y - side / 2, side, side, fill=colour))
    return svg.tag("g", svg.tooltip(f"{row.label}: {row.printed}") + "".join(parts), data_kind=row.kind)


def _sides(
    lower: tuple[str, str], at: float, y: float, layout: Layout, left: float, right: float
) -> tuple[str, float]:
    size = layout.size - 1.5
    less = svg.wrap(f"lower with {lower[0]}", size, max(60.0, at - 8))
    more = svg.wrap(f"lower with {lower[1]}", size, max(60.0, layout.width - at - 8))
    body = svg.lines_of_text(at - 8, y + layout.size, less, size=size, anchor="end", fill=svg.MUTED)
    body += svg.lines_of_text(at + 8, y + layout.size, more, size=size, fill=svg.MUTED)
    return body, y + max(len(less), len(more)) * layout.size * 1.25 + 4


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
        wanted = sorted((t for t in _RATIOS if low <= t <= high), key=lambda t: abs(math.log(t)))
    else:
        step = 10.0 ** math.floor(math.log10(high - low))
        step = next(s for s in (step / 5, step / 2, step, 2 * step) if (high - low) / s <= 6)
        wanted = [round(i * step, 12) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
        wanted.sort(key=abs)
    kept: list[tuple[float, str]] = []
    for tick in wanted:
        shown = numbers.axis(tick)
        room = svg.text_width(shown, size - 1)
        if all(
            abs(x(tick) - x(other)) > (room + svg.text_width(text, size - 1)) / 2 + 4 for other, text in kept
        ):
            kept.append((tick, shown))
    return kept
