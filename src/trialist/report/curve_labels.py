"""Where the arms' names go in a survival figure: beside their curves, or in a key where none runs."""

from __future__ import annotations

from collections.abc import Sequence

from trialist.report import svg
from trialist.report.curve_frame import Frame, colour, line_sample, survival_at
from trialist.report.model import Curve


def arm_labels(frame: Frame, curves: Sequence[Curve]) -> str:
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
                x, y + size * 0.9, wrapped, size=size, leading=1.2, fill=colour(index), bold=True, halo=True
            )
        )
    return "".join(parts)


def _key(frame: Frame, curves: Sequence[Curve], lines: Sequence[Sequence[tuple[float, float]]]) -> str:
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
        parts.append(line_sample(x, y - size * 0.34, index))
        parts.append(svg.lines_of_text(x + 30, y, rows, size=size, fill=colour(index), bold=True, halo=True))
        y += len(rows) * size * 1.25 + 4
    return "".join(parts)


def _samples(frame: Frame, curve: Curve) -> list[tuple[float, float]]:
    """The curve's height at every sixth px."""
    if not curve.time_months:
        return []
    end = frame.x(curve.time_months[-1])
    span = frame.ticks[-1] / (frame.right - frame.left)
    count = int((end - frame.left) / 6) + 1
    return [(frame.left + 6 * i, frame.y(survival_at(curve, 6 * i * span))) for i in range(count)]


def _spot(
    frame: Frame,
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
