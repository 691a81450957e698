"""The spider plot: percent change from baseline over time, one line per subject, one panel per arm."""

from __future__ import annotations

from collections.abc import Mapping

from trialist.patients.model import Spider, Spoke
from trialist.report import numbers, svg
from trialist.report.patient_sheet import NARROW, WIDE, Layout, Sheet

CEILING = 100.0
_WIDE = Layout(WIDE.width, 54, WIDE.right, 12.5, WIDE.steps)
_NARROW = Layout(NARROW.width, 40, NARROW.right, 11.5, NARROW.steps, narrow=True)


def spider_svg(
    plot: Spider,
    labels: Mapping[str, str],
    *,
    title: str,
    origin: str,
    thresholds: tuple[float, ...] = (),
    narrow: bool = False,
    name: str = "",
) -> str:
    """Draw one panel per arm in the order of `labels`. What lies above +100% is not drawn, but counted."""
    layout = _NARROW if narrow else _WIDE
    sheet = Sheet(layout, 0, max(day for spoke in plot.spokes for day, _ in spoke.points))
    sheet.title(f"{plot.measure}, % change from baseline", origin)
    categories = sorted({s.category for s in plot.spokes if s.category})
    if categories:
        sheet.y += 4
        sheet.parts.append(svg.line(0, sheet.y, 22, sheet.y, width=1.8))
        sheet.parts.append(
            svg.text(28, sheet.y + 4, " or ".join(categories), size=layout.size - 1, fill=svg.MUTED)
        )
        sheet.y += 8
    top = sheet.y + 6
    for index, arm in enumerate(labels):
        mine = [spoke for spoke in plot.spokes if spoke.arm == arm]
        if not mine:
            continue
        of = plot.of.get(arm, len(mine))
        shown = f"{len(mine)} of {numbers.count(of)} subjects" if of > len(mine) else f"n {len(mine)}"
        cut = sum(any(change > CEILING for _, change in spoke.points) for spoke in mine)
        sheet.heading(f"{labels[arm]}, {shown}" + (f"; {cut} cut above +100%" if cut else ""))
        _panel(sheet, mine, svg.COLOURS[index % len(svg.COLOURS)], thresholds)
    sheet.behind(top, sheet.y, {})
    sheet.axis()
    return svg.document(
        layout.width,
        sheet.y + 4,
        "".join(sheet.parts),
        title=f"Spider plot, {title}. {origin}.",
        description=f"Percent change of {plot.measure} from baseline over time, {len(plot.spokes)} lines.",
        name=name,
    )


def below_ceiling(points: tuple[tuple[int, float], ...]) -> list[list[tuple[float, float]]]:
    """The pieces of a line up to the ceiling; where it crosses, the piece ends or begins on the ceiling."""
    pieces: list[list[tuple[float, float]]] = [[]]
    before: tuple[float, float] | None = None
    for point in points:
        day, change = point
        if before is not None and (before[1] > CEILING) != (change > CEILING):
            share = (CEILING - before[1]) / (change - before[1])
            crossing = (before[0] + share * (day - before[0]), CEILING)
            if change > CEILING:
                pieces[-1].append(crossing)
            else:
                pieces.append([crossing])
        if change <= CEILING:
            pieces[-1].append(point)
        before = point
    return [piece for piece in pieces if len(piece) > 1]


def _panel(sheet: Sheet, spokes: list[Spoke], colour: str, thresholds: tuple[float, ...]) -> None:
    height = 150.0 if sheet.layout.narrow else 200.0
    size = sheet.layout.size - 1
    top = sheet.y + 6

    def y(change: float) -> float:
        return top + height * (CEILING - min(change, CEILING)) / (CEILING + 100)

    for tick in (100, 50, 0, -50, -100):
        sheet.parts.append(svg.line(sheet.left, y(tick), sheet.right, y(tick), stroke=svg.FAINT, width=0.8))
        label = f"+{tick}" if tick > 0 else numbers.axis(tick)
        sheet.parts.append(svg.text(sheet.left - 6, y(tick) + size * 0.35, label, size=size, anchor="end"))
    sheet.parts.append(svg.line(sheet.left, y(0), sheet.right, y(0)))
    for threshold in thresholds:
        sheet.parts.append(
            svg.line(sheet.left, y(threshold), sheet.right, y(threshold), dash="5 3", data_role="threshold")
        )
    for spoke in sorted(spokes, key=lambda s: (s.category is not None, s.subject)):
        day, last = spoke.points[-1]
        sign = "+" if last > 0 else ""
        told = f"{spoke.subject}: {sign}{numbers.fixed(last, 0)}% on day {day}, the last value"
        sheet.parts.append(
            svg.tag(
                "path",
                svg.tooltip(told + (f"; {spoke.category}" if spoke.category else "")),
                d="".join(
                    svg.polyline((sheet.x(day), y(change)) for day, change in run)
                    for run in below_ceiling(spoke.points)
                ),
                fill="none",
                stroke=colour,
                stroke_width=1.5 if spoke.category else 0.9,
                stroke_opacity=0.9 if spoke.category else 0.4,
                stroke_linejoin="round",
                data_role="spoke",
            )
        )
    sheet.y = top + height + 6
