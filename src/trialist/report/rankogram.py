"""Rank probabilities as bars, one small picture for each treatment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trialist.report import svg


@dataclass(frozen=True, slots=True)
class Ranked:
    """A treatment, its chance of every rank (the best first), and what is printed under its name."""

    label: str
    probability: tuple[float, ...]
    printed: str


def rankogram_svg(
    ranked: Sequence[Ranked], *, title: str, width: float = 860, size: float = 13, name: str = ""
) -> str:
    """Bars from rank 1 to the last; the same height everywhere is the same chance."""
    columns = 3 if width > 500 else 1
    gap = 34.0
    cell = (width - gap * (columns - 1)) / columns
    label = [svg.wrap(r.label, size, cell) for r in ranked]
    rows = [ranked[i : i + columns] for i in range(0, len(ranked), columns)]
    high = 84.0
    parts: list[str] = []
    y = 4.0
    for number, row in enumerate(rows):
        names = label[number * columns : number * columns + len(row)]
        head = max(len(n) for n in names) * size * 1.25 + size * 1.3
        for column, (each, lines) in enumerate(zip(row, names, strict=True)):
            x = column * (cell + gap)
            parts.append(svg.lines_of_text(x, y + size, lines, size=size, bold=True))
            under = y + len(lines) * size * 1.25 + size
            parts.append(svg.text(x, under, each.printed, size=size - 1.5, fill=svg.MUTED))
            parts.append(_bars(each, x, y + head + 16, cell, high, size))
        y += head + 16 + high + size * 2 + 14
    described = "; ".join(
        f"{r.label}: " + ", ".join(f"rank {i} {p:.0%}" for i, p in enumerate(r.probability, 1))
        for r in ranked
    )
    return svg.document(width, y, "".join(parts), title=title, description=described, name=name)


def _bars(ranked: Ranked, x: float, y: float, width: float, high: float, size: float) -> str:
    n = len(ranked.probability)
    step = width / n
    base = y + high
    parts = [svg.line(x, base, x + width, base)]
    for i, p in enumerate(ranked.probability):
        left, top = x + i * step + step * 0.16, base - p * high
        parts.append(svg.rect(left, top, step * 0.68, p * high, fill=svg.COLOURS[0], opacity=0.85))
        middle = x + (i + 0.5) * step
        parts.append(
            svg.text(middle, base + size, str(i + 1), size=size - 2, anchor="middle", fill=svg.MUTED)
        )
        if p >= 0.005:
            parts.append(svg.text(middle, top - 3, f"{p * 100:.0f}", size=size - 2.5, anchor="middle"))
    return svg.tag("g", svg.tooltip(f"{ranked.label}: {ranked.printed}") + "".join(parts))
