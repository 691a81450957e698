"""The sheet that a patient's timeline is drawn on: rows below each other over one axis of time."""

from __future__ import annotations

from dataclasses import dataclass

from trialist.report import numbers, svg
from trialist.report.curve_frame import months_axis
from trialist.units import DAYS_PER_MONTH


@dataclass(frozen=True, slots=True)
class Layout:
    """The geometry of one variant, in px. Narrow: labels stand above their rows, not beside them."""

    width: float
    left: float
    right: float
    size: float
    steps: int
    narrow: bool = False


WIDE = Layout(width=860, left=216, right=18, size=12.5, steps=12)
NARROW = Layout(width=358, left=34, right=12, size=11.5, steps=6, narrow=True)


class Sheet:
    """Rows from the top down; what is drawn over the whole height is put behind them at the end."""

    def __init__(self, layout: Layout, first_day: float, last_day: float) -> None:
        self.layout = layout
        self.first = min(0.0, first_day)
        self.ticks = months_axis(max(last_day, 1.0) / DAYS_PER_MONTH, layout.steps)
        self.last = self.ticks[-1] * DAYS_PER_MONTH
        self.left = layout.left
        self.right = layout.width - layout.right
        self.y = 0.0
        self.parts: list[str] = []

    def x(self, day: float) -> float:
        share = (min(max(day, self.first), self.last) - self.first) / (self.last - self.first)
        return self.left + (self.right - self.left) * share

    def title(self, text: str, origin: str) -> None:
        """The title on the left, the origin on the right, or above it where there is no room."""
        size = self.layout.size + 1
        if self.layout.narrow:
            self.parts.append(self._origin(0, 12, origin, "start"))
            self.y = 30
        else:
            self.parts.append(self._origin(self.layout.width, 15, origin, "end"))
            self.y = 15
        room = self.layout.width - (4 if self.layout.narrow else 330)
        for row in svg.wrap(text, size, room):
            self.parts.append(svg.text(0, self.y, row, size=size, bold=True))
            self.y += size * 1.3

    def heading(self, text: str) -> None:
        size = self.layout.size
        self.y += 21 - size * 1.25
        for row in svg.wrap(text, size * 1.09, self.right):
            self.y += size * 1.25
            self.parts.append(svg.text(0, self.y, row, size=size, bold=True))
        self.parts.append(svg.line(0, self.y + 5, self.right, self.y + 5, stroke=svg.RULE, width=0.8))
        self.y += 10

    def note(self, text: str) -> None:
        """Small text over the whole width."""
        size = self.layout.size - 1
        for row in svg.wrap(text, size, self.right - 4):
            self.y += size * 1.35
            self.parts.append(svg.text(0, self.y, row, size=size, fill=svg.MUTED))
        self.y += 4

    def row(self, label: str, *, height: float = 19) -> float:
        """A row with its label; returns the height of its middle."""
        size = self.layout.size - 0.5
        if self.layout.narrow:
            lines = svg.wrap(label, size, self.right - 2)
            self.parts.append(svg.lines_of_text(0, self.y + size, lines, size=size, leading=1.2))
            self.y += len(lines) * size * 1.2 + 1
            middle = self.y + height / 2 - 1
            self.y += height
            return middle
        lines = svg.wrap(label, size, self.left - 18, lines=2)
        tall = max(height, len(lines) * size * 1.2 + 5)
        middle = self.y + tall / 2
        top = middle - (len(lines) - 1) * size * 0.6 + size * 0.35
        self.parts.append(svg.lines_of_text(0, top, lines, size=size, leading=1.2))
        self.y += tall
        return middle

    def beside(self, x: float, y: float, text: str, *, fill: str = svg.MUTED, gap: float = 9) -> None:
        """Text to the right of a mark, or to its left where the right has no room."""
        size = self.layout.size - 1
        wide = svg.text_width(text, size)
        if x + gap + wide <= self.right + self.layout.right:
            spot, anchor = x + gap, "start"
        elif x - gap - wide >= (0 if self.layout.narrow else self.left - 4):
            spot, anchor = x - gap, "end"
        else:
            shown = svg.wrap(text, size, self.right - self.left, lines=1)[0]
            spot, anchor, text = self.right, "end", shown
        cleared = min(wide, self.right - self.left) * 0.88 + 3
        start = spot - cleared + 1 if anchor == "end" else spot - 1
        self.parts.append(svg.rect(start, y - size * 0.6, cleared, size * 1.2, fill="#fff"))
        self.parts.append(
            svg.text(spot, y + size * 0.35, text, size=size, anchor=anchor, fill=fill, halo=True)
        )

    def axis(self) -> None:
        """Ticks in months at the bottom."""
        size = self.layout.size - 1
        self.y += 6
        self.parts.append(svg.line(self.left, self.y, self.right, self.y))
        for tick in self.ticks:
            x = self.x(tick * DAYS_PER_MONTH)
            self.parts.append(svg.line(x, self.y, x, self.y + 4))
            self.parts.append(
                svg.text(
                    x, self.y + 7 + size, numbers.axis(tick), size=size, anchor="middle", data_role="tick"
                )
            )
        self.y += size + 12
        said = "months from day 0"
        self.parts.append(svg.text(self.right, self.y + size, said, size=size, anchor="end", fill=svg.MUTED))
        self.y += size + 8

    def behind(self, top: float, bottom: float, days: dict[float, str]) -> None:
        """Vertical lines over all rows: the months faintly, and days with their dash."""
        lines = [
            svg.line(self.x(t * DAYS_PER_MONTH), top, self.x(t * DAYS_PER_MONTH), bottom, stroke=svg.FAINT)
            for t in self.ticks
        ]
        lines += [
            svg.line(
                self.x(day), top, self.x(day), bottom, stroke=svg.MUTED, dash=dash, data_role="milestone"
            )
            for day, dash in days.items()
        ]
        self.parts[:0] = lines

    def _origin(self, x: float, y: float, origin: str, anchor: str) -> str:
        size = 9.5 if self.layout.narrow else 10.5
        return svg.text(x, y, origin, size=size, bold=True, fill=svg.ALERT, anchor=anchor, data_role="origin")
