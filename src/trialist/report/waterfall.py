"""The waterfall: best percent change of every subject, one panel per arm, largest rise first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trialist.report import numbers, svg
from trialist.report.model import Bar

CEILING = 100.0
DRAWN_ONE_BY_ONE = 400


@dataclass(frozen=True, slots=True)
class Layout:
    width: float
    panel_height: float
    left: float
    size: float


WIDE = Layout(width=860, panel_height=210, left=54, size=13)
NARROW = Layout(width=358, panel_height=150, left=40, size=11.5)


def waterfall_svg(
    bars: Sequence[Bar],
    labels: Mapping[str, str],
    *,
    title: str,
    origin: str,
    thresholds: Sequence[float] = (),
    layout: Layout = WIDE,
    name: str = "",
) -> str:
    """Draw one panel per arm, in the order of `labels`. Rises above 100% are cut there and marked.

    Flagged bars (those with a `category`) are filled, the others are light. Above 400 bars in a panel
    their outline is drawn, without flags, since single bars would be thinner than a printed line.
    """
    arms = [arm for arm in labels if any(bar.arm == arm for bar in bars)]
    if not arms:
        raise ValueError("a waterfall needs a bar of a known arm")
    size = layout.size
    y = 16.0
    narrow = layout.width < 500
    parts = [
        svg.text(0, 14, origin, size=9.5, bold=True, fill=svg.ALERT, data_role="origin")
        if narrow
        else svg.text(
            layout.width, 16, origin, size=10.5, bold=True, fill=svg.ALERT, anchor="end", data_role="origin"
        )
    ]
    if narrow:
        y += 18
    for row in svg.wrap(f"{title}, % change", size, layout.width - (8 if narrow else 330)):
        parts.append(svg.text(0, y, row, size=size, bold=True))
        y += size * 1.3
    categories = sorted({bar.category for bar in bars if bar.category})
    if categories and max(sum(bar.arm == arm for bar in bars) for arm in arms) <= DRAWN_ONE_BY_ONE:
        parts.append(svg.rect(0, y - size * 0.72, 11, 11, fill=svg.INK))
        parts.append(svg.text(17, y + 2, " or ".join(categories), size=size - 1, fill=svg.MUTED))
        y += size * 1.6
    for index, arm in enumerate(labels):
        if arm not in arms:
            continue
        mine = sorted(
            (bar for bar in bars if bar.arm == arm), key=lambda bar: (-bar.percent_change, bar.subject)
        )
        y += 12
        colour = svg.COLOURS[index % len(svg.COLOURS)]
        heading = f"{labels[arm]}, n {numbers.count(len(mine))}"
        parts.append(svg.text(layout.left, y, heading, size=size, bold=True, fill=colour))
        y += 10
        parts.append(_panel(mine, y, colour, thresholds, layout))
        y += layout.panel_height + 20
    described = "; ".join(f"{labels[arm]}: {sum(b.arm == arm for b in bars)} subjects" for arm in arms)
    return svg.document(
        layout.width,
        y,
        "".join(parts),
        title=f"Waterfall of {title}. {origin}.",
        description=f"Best percent change per subject, largest rise first. {described}.",
        name=name,
    )


def _panel(bars: Sequence[Bar], top: float, colour: str, thresholds: Sequence[float], layout: Layout) -> str:
    size = layout.size
    left, right = layout.left, layout.width - 4

    def y(change: float) -> float:
        return top + layout.panel_height * (CEILING - min(change, CEILING)) / (CEILING + 100)

    parts = []
    for tick in (100, 50, 0, -50, -100):
        parts.append(svg.line(left, y(tick), right, y(tick), stroke=svg.FAINT, width=0.8))
        label = f"+{tick}" if tick > 0 else numbers.axis(tick)
        parts.append(svg.text(left - 7, y(tick) + size * 0.35, label, size=size - 1, anchor="end"))
    zero = y(0.0)
    step = (right - left) / len(bars)
    if len(bars) > DRAWN_ONE_BY_ONE:
        pixels = int(right - left)
        corners = [
            (left + pixel, y(bars[min(len(bars) - 1, int(pixel * len(bars) / pixels))].percent_change))
            for pixel in range(pixels + 1)
        ]
        outline = svg.polyline([(left, zero), *corners, (right, zero)])
        parts.append(svg.path(f"{outline}Z", fill=colour, fill_opacity=0.55, data_role="outline"))
    else:
        gap = 0.18 * step if step > 2.5 else 0.0
        for i, bar in enumerate(bars):
            end = y(bar.percent_change)
            height = max(abs(end - zero), 0.8)
            sign = "+" if bar.percent_change > 0 else ""
            shown = f"{bar.subject}: {sign}{numbers.fixed(bar.percent_change, 0)}%"
            if bar.category:
                shown += f", {bar.category}"
            box = svg.tag(
                "rect",
                svg.tooltip(shown),
                x=left + i * step + gap / 2,
                y=min(end, zero),
                width=step - gap,
                height=height,
                fill=colour,
                fill_opacity=None if bar.category else 0.35,
                data_role="bar",
            )
            parts.append(box)
    cut = sum(bar.percent_change > CEILING for bar in bars)
    if cut:
        note = f"{numbers.count(cut)} cut at +100%"
        x = left + min(cut * step + 6, (right - left) * 0.6)
        parts.append(
            svg.text(x, y(100) + size, note, size=size - 1.5, fill=svg.MUTED, italic=True, halo=True)
        )
    parts.append(svg.line(left, zero, right, zero))
    for threshold in thresholds:
        parts.append(
            svg.line(
                left, y(threshold), right, y(threshold), stroke=svg.INK, dash="5 3", data_role="threshold"
            )
        )
    return "".join(parts)
