"""The funnel plot: effects against their errors, with the regions in which a single trial is no surprise."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from trialist.report import numbers, plot_frame, svg
from trialist.report.plot_frame import origin_label

_CONTOURS = (
    (0.99, "#f2f2f2", "p 0.01 to 0.05"),
    (0.95, "#e0e0e0", "p 0.05 to 0.10"),
    (0.90, "#ffffff", "p above 0.10"),
)
Place = Callable[[float], float]
_TICKS = (0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0, 8.0, 16.0, 32.0)


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """A trial's effect on the scale on which it is pooled, and its standard error."""

    label: str
    effect: float
    std_err: float
    filled_in: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    width: float
    height: float
    size: float


WIDE = Layout(860, 480, 13)
NARROW = Layout(358, 320, 11.5)


def funnel_svg(
    points: Sequence[FunnelPoint],
    *,
    title: str,
    origin: str,
    log: bool,
    pooled: float,
    axis: str,
    contours: bool = True,
    layout: Layout = WIDE,
    name: str = "",
) -> str:
    """Draw errors downwards; shades are about no effect (Peters 2008), dashes about the pooled effect.

    `pooled` is on the scale of the points; ticks of a log scale are printed as ratios. `contours`: whether
    there is a no effect to draw them about.
    """
    if not points:
        raise ValueError("a funnel plot needs a trial")
    size = layout.size
    left, right, top, bottom = 46.0, layout.width - 10, 30.0, layout.height - 76
    tallest = 1.08 * max(point.std_err for point in points)
    reach = 1.05 * max(
        *(abs(point.effect - pooled) for point in points), 1.96 * tallest, abs(pooled) + 0.3 * tallest
    )
    low, high = pooled - reach, pooled + reach

    def x(value: float) -> float:
        return left + (right - left) * (min(max(value, low), high) - low) / (high - low)

    def y(error: float) -> float:
        return top + (bottom - top) * error / tallest

    parts = [origin_label(origin, plot_frame.Layout(layout.width, size))]
    parts.append(svg.rect(left, top, right - left, bottom - top, fill="#fafafa"))
    for level, fill, _ in _CONTOURS if contours else ():
        parts.append(_triangle(NormalDist().inv_cdf(0.5 + level / 2), tallest, (low, high), x, y, fill))
    for side in (-1, 1):
        edge = _within(pooled, side * 1.959963984540054, tallest, (low, high))
        line = svg.polyline([(x(pooled), y(0)), (x(edge[0]), y(edge[1]))])
        parts.append(svg.path(line, stroke=svg.COLOURS[0], stroke_dasharray="4 3"))
    parts.append(svg.line(x(pooled), top, x(pooled), bottom, stroke=svg.COLOURS[0]))
    for point in points:
        fill = "#fff" if point.filled_in else svg.INK
        circle = svg.tag("circle", cx=x(point.effect), cy=y(point.std_err), r=4, fill=fill, stroke=svg.INK)
        told = f"{point.label}: standard error {point.std_err:.3g}"
        parts.append(svg.tag("g", svg.tooltip(told) + circle, data_filled="yes" if point.filled_in else "no"))
    parts += _axes(layout, (left, right, top, bottom), (low, high), tallest, log, axis, x, y)
    key = "; ".join(words for _, _, words in _CONTOURS[::-1])
    said = f"About no effect, from white to grey: {key}, below 0.01 outside." if contours else ""
    lines = svg.wrap(said, size - 2, layout.width)
    parts.append(svg.lines_of_text(0, layout.height - 16, lines, size=size - 2, fill=svg.MUTED))
    described = "; ".join(f"{p.label}{' (filled in)' if p.filled_in else ''}" for p in points)
    height = layout.height + (len(lines) - 1) * (size - 2) * 1.25
    return svg.document(
        layout.width, height, "".join(parts), title=f"{title}. {origin}.", description=described, name=name
    )


def _triangle(z: float, tallest: float, ends: tuple[float, float], x: Place, y: Place, fill: str) -> str:
    """Effects within z errors of no effect, cut at the ends of the axis."""
    shape = [(x(0.0), y(0.0))]
    for side in (-1, 1):
        at, error = _within(0.0, side * z, tallest, ends)
        corner = [(x(at), y(error)), (x(at), y(tallest))]
        shape += corner if side < 0 else corner[::-1]
    return svg.path(f"{svg.polyline(shape)}Z", fill=fill)


def _within(about: float, slope: float, tallest: float, ends: tuple[float, float]) -> tuple[float, float]:
    """Where a line from (about, 0) leaves the picture: (effect, error)."""
    end = ends[0] if slope < 0 else ends[1]
    at = about + slope * tallest
    if (slope < 0 and at >= end) or (slope > 0 and at <= end):
        return at, tallest
    return end, max(0.0, (end - about) / slope)


def _axes(
    layout: Layout,
    box: tuple[float, float, float, float],
    ends: tuple[float, float],
    tallest: float,
    log: bool,
    axis: str,
    x: Place,
    y: Place,
) -> list[str]:
    left, right, top, bottom = box
    size, parts = layout.size, [svg.line(left, bottom, right, bottom), svg.line(left, top, left, bottom)]
    last = -math.inf
    for value, shown in _effects(ends, log):
        if x(value) - last > svg.text_width(shown, size - 1) + 8:
            parts.append(svg.text(x(value), bottom + size + 3, shown, size=size - 1, anchor="middle"))
            parts.append(svg.line(x(value), bottom, x(value), bottom + 4))
            last = x(value)
    step = 10.0 ** math.floor(math.log10(tallest))
    step = next(s for s in (step / 5, step / 2, step, 2 * step) if tallest / s <= 6)
    for i in range(int(tallest / step) + 1):
        shown = numbers.axis(round(i * step, 12))
        parts.append(svg.text(left - 6, y(i * step) + 4, shown, size=size - 1, anchor="end"))
    parts.append(svg.text((left + right) / 2, bottom + 2.4 * size + 4, axis, size=size - 1, anchor="middle"))
    parts.append(svg.text(left + 4, top - 4, "standard error", size=size - 2, fill=svg.MUTED))
    return parts


def _effects(ends: tuple[float, float], log: bool) -> list[tuple[float, str]]:
    low, high = ends
    if log:
        return [(math.log(t), numbers.axis(t)) for t in _TICKS if low <= math.log(t) <= high]
    step = 10.0 ** math.floor(math.log10(high - low))
    step = next(s for s in (step / 5, step / 2, step, 2 * step) if (high - low) / s <= 6)
    whole = range(math.ceil(low / step), math.floor(high / step) + 1)
    return [(i * step, numbers.axis(round(i * step, 12))) for i in whole]
