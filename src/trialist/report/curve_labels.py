"""Where the arms' names go in a survival figure: beside their curves, or in a key where none runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trialist.report import svg
from trialist.report.curve_frame import Frame, colour, line_sample, survival_at
from trialist.report.model import Curve

FloatArray = NDArray[np.float64]
FAR = 1e9


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


def _key(frame: Frame, curves: Sequence[Curve], lines: Sequence[FloatArray]) -> str:
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
        x, y = np.array(corner[:1]), np.array(corner[1:])
        return min(float(_gaps(x, y, width, height, points)[0]) for points in lines)

    x, y = max(corners, key=free)
    y += size
    parts = []
    for index, rows in enumerate(names):
        parts.append(line_sample(x, y - size * 0.34, index))
        parts.append(svg.lines_of_text(x + 30, y, rows, size=size, fill=colour(index), bold=True, halo=True))
        y += len(rows) * size * 1.25 + 4
    return "".join(parts)


def _samples(frame: Frame, curve: Curve) -> FloatArray:
    """The curve's height at every sixth px: (points, 2), px."""
    if not curve.time_months:
        return np.empty((0, 2))
    end = frame.x(curve.time_months[-1])
    span = frame.ticks[-1] / (frame.right - frame.left)
    count = int((end - frame.left) / 6) + 1
    return np.array([(frame.left + 6 * i, frame.y(survival_at(curve, 6 * i * span))) for i in range(count)])


def _spot(
    frame: Frame,
    lines: Sequence[FloatArray],
    own: int,
    width: float,
    height: float,
    taken: Sequence[tuple[float, float, float, float]],
) -> tuple[float, float] | None:
    """The place nearest to its own curve and clearly farther from every other; None when there is none."""
    x, y = np.meshgrid(
        np.arange(frame.left + 14, frame.right - width + 1e-9, 14.0),
        np.arange(frame.top + 2, frame.bottom - 8 - height + 1e-9, 8.0),
        indexing="ij",
    )
    if x.size == 0:
        return None
    gaps = [_gaps(x, y, width, height, points) for points in lines]
    others = np.min([np.full(x.shape, FAR), *(gap for i, gap in enumerate(gaps) if i != own)], axis=0)
    fits = (gaps[own] >= 9) & (others >= 9) & (gaps[own] + 8 <= others)
    for left, top, right, bottom in taken:
        fits &= (right < x) | (left > x + width) | (bottom < y) | (top > y + height)
    if not fits.any():
        return None
    cost = gaps[own] + np.maximum(0.0, 40 - others) * 0.6 + np.abs(y - frame.top) * 0.02
    best = np.argmin(np.where(fits, cost, np.inf))
    return float(x.flat[best]), float(y.flat[best])


def _gaps(x: FloatArray, y: FloatArray, width: float, height: float, points: FloatArray) -> FloatArray:
    """Distance of each box (left upper corners x, y) from a step curve; 0 when the curve runs through it."""
    if len(points) == 0:
        return np.full(x.shape, FAR)
    across, here = points.T
    before = np.concatenate([here[:1], here[:-1]])
    left, top = x[..., None], y[..., None]
    dx = np.maximum(0.0, np.maximum(left - across, across - (left + width)))
    dy = np.maximum(
        0.0, np.maximum(top - np.maximum(here, before), np.minimum(here, before) - (top + height))
    )
    nearest: FloatArray = np.hypot(dx, dy).min(axis=-1)
    return nearest
