"""The frame of a survival figure: data to px, ticks in months, what a step function says at a time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from trialist.report import svg
from trialist.report.model import Curve


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


class Frame:
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


def colour(index: int) -> str:
    """A curve's colour, by its place in the figure."""
    return svg.COLOURS[index % len(svg.COLOURS)]


def line_sample(x: float, y: float, index: int) -> str:
    """A short piece of the curve's line, for keys and tables."""
    dash = svg.dashes(index)
    return svg.line(x, y, x + 22, y, stroke=colour(index), width=2, dash=dash)
