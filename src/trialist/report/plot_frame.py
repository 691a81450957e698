"""What plots with one line per row share: sizes, labels, ticks, and what lies on which side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from trialist.report import numbers, svg

Place = Callable[[float], float]
RATIOS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


@dataclass(frozen=True, slots=True)
class Layout:
    """Width of the drawing and size of its letters."""

    width: float
    size: float

    @property
    def narrow(self) -> bool:
        return self.width < 500


WIDE = Layout(860, 13)
NARROW = Layout(358, 11.5)


def origin_label(origin: str, layout: Layout) -> str:
    """Where the numbers come from, at the edge of the drawing."""
    edge, anchor = (0.0, "start") if layout.narrow else (layout.width, "end")
    size = 9.5 if layout.narrow else 10.5
    return svg.text(edge, 14, origin, size=size, bold=True, fill=svg.ALERT, anchor=anchor)


def row_label(lines: Sequence[str], y: float, layout: Layout, *, bold: bool = False) -> str:
    """A row's label; where it stands across a narrow plot, nothing shows through it."""
    size, behind = layout.size, ""
    if layout.narrow:
        room = max(svg.text_width(line, size, bold=bold) for line in lines) + 4
        behind = svg.rect(0, y, room, len(lines) * size * 1.25, fill="#fff")
    return behind + svg.lines_of_text(0, y + size, lines, size=size, bold=bold, halo=layout.narrow)


def arrow_heads(low: float, high: float, ends: tuple[float, float], x: Place, y: float, colour: str) -> str:
    """The head of an arrow where an interval goes beyond the axis."""
    heads = []
    for end, outside, sign in ((low, low < ends[0], -1), (high, high > ends[1], 1)):
        if outside:
            at = x(end)
            head = svg.polyline([(at + 5 * sign, y), (at, y - 4), (at, y + 4)])
            heads.append(svg.path(f"{head}Z", fill=colour))
    return "".join(heads)


def spaced(ticks: Iterable[float], x: Place, size: float) -> list[tuple[float, str]]:
    """Ticks with their figures, in the order of what matters: of two that would touch the earlier stays."""
    kept: list[tuple[float, str]] = []
    for tick in ticks:
        shown = numbers.axis(tick)
        room = svg.text_width(shown, size - 1)
        if all(
            abs(x(tick) - x(other)) > (room + svg.text_width(text, size - 1)) / 2 + 4 for other, text in kept
        ):
            kept.append((tick, shown))
    return kept


def axis_lines(
    ticks: Iterable[tuple[float, str]], null: float | None, x: Place, top: float, base: float, size: float
) -> str:
    """Dotted lines at the ticks, a whole one at no effect, figures below."""
    parts = []
    for tick, shown in ticks:
        at_null = null is not None and tick == null
        colour, dash = (svg.MUTED, "") if at_null else (svg.RULE, "1 4")
        parts.append(svg.line(x(tick), top, x(tick), base, stroke=colour, dash=dash))
        parts.append(svg.text(x(tick), base + size + 3, shown, size=size - 1, anchor="middle"))
    return "".join(parts)


def either_side(less: str, more: str, at: float, y: float, layout: Layout) -> tuple[str, float]:
    """What a number left and right of no effect says, and the height below it."""
    size = layout.size - 1.5
    left = svg.wrap(less, size, max(60.0, at - 8))
    right = svg.wrap(more, size, max(60.0, layout.width - at - 8))
    body = svg.lines_of_text(at - 8, y + layout.size, left, size=size, anchor="end", fill=svg.MUTED)
    body += svg.lines_of_text(at + 8, y + layout.size, right, size=size, fill=svg.MUTED)
    return body, y + max(len(left), len(right)) * layout.size * 1.25 + 4
