"""The swimmer plot: one lane per subject, from day 0 to death or the last day known alive."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from trialist.patients.model import Lane, Swimmer
from trialist.report import numbers, svg
from trialist.report.glyphs import arrow_right, glyph
from trialist.report.patient_sheet import NARROW, WIDE, Layout, Sheet

MARKS = MappingProxyType(
    {
        "response": ("triangle", "response"),
        "PSA response": ("open triangle", "PSA response"),
        "progression": ("diamond", "progression"),
        "new therapy": ("open square", "new anticancer therapy"),
    }
)
_WIDE = Layout(WIDE.width, 104, WIDE.right, 12, WIDE.steps)
_NARROW = Layout(NARROW.width, 8, NARROW.right, 11.5, NARROW.steps, narrow=True)


def swimmer_svg(
    plot: Swimmer, labels: Mapping[str, str], *, title: str, origin: str, narrow: bool = False, name: str = ""
) -> str:
    """Draw the lanes, one panel per arm in the order of `labels`, the longest lane first."""
    layout = _NARROW if narrow else _WIDE
    days = [day for lane in plot.lanes for day, _ in lane.doses]
    sheet = Sheet(layout, min(days, default=0), max(lane.end for lane in plot.lanes))
    sheet.title(title, origin)
    top = sheet.y + 6
    for index, arm in enumerate(labels):
        mine = [lane for lane in plot.lanes if lane.arm == arm]
        if not mine:
            continue
        of = plot.of.get(arm, len(mine))
        shown = f"{len(mine)} of {numbers.count(of)} subjects" if of > len(mine) else f"n {len(mine)}"
        sheet.heading(f"{labels[arm]}, {shown}")
        for lane in sorted(mine, key=lambda lane: (-lane.end, lane.subject)):
            _lane(sheet, lane, svg.COLOURS[index % len(svg.COLOURS)])
    sheet.behind(top, sheet.y + 6, {})
    sheet.axis()
    _key(sheet, plot)
    dead = sum(lane.dead for lane in plot.lanes)
    return svg.document(
        layout.width,
        sheet.y + 8,
        "".join(sheet.parts),
        title=f"Swimmer plot, {title}. {origin}.",
        description=f"{len(plot.lanes)} lanes from day 0 to death or last contact; {dead} end in death.",
        name=name,
    )


def _lane(sheet: Sheet, lane: Lane, colour: str) -> None:
    """A light bar of the follow-up, the doses on it, marks, and how it ends."""
    height = 8.5 if sheet.layout.narrow else 11.5
    y = sheet.y + height / 2
    if not sheet.layout.narrow:
        label = svg.wrap(lane.subject, 9.5, sheet.left - 8, lines=1)[0]
        sheet.parts.append(svg.text(sheet.left - 6, y + 3.4, label, size=9.5, anchor="end", fill=svg.MUTED))
    start, end = sheet.x(0), sheet.x(lane.end)
    told = f"{lane.subject}: {'died on' if lane.dead else 'last known alive on'} day {lane.end}"
    thick = height * 0.56
    sheet.parts.append(
        svg.tag(
            "rect",
            svg.tooltip(told),
            x=start,
            y=y - thick / 2,
            width=max(end - start, 0.8),
            height=thick,
            fill=colour,
            fill_opacity=0.22,
            data_role="lane",
        )
    )
    ticks = "".join(_dose(sheet, first, last, y) for first, last in lane.doses)
    if ticks:
        sheet.parts.append(svg.path(ticks, stroke=colour, stroke_width=1.4, data_role="doses"))
    size = 3.3 if sheet.layout.narrow else 4.2
    for mark in lane.marks:
        shape, said = MARKS[mark.kind]
        told = f"{lane.subject}, day {mark.day}: {said}"
        sheet.parts.append(glyph(shape, sheet.x(mark.day), y, size=size, told=told, role="mark"))
    if lane.dead:
        sheet.parts.append(glyph("cross", end, y, size=size, role="death"))
    else:
        sheet.parts.append(arrow_right(end, y, size=size, fill=colour, role="alive"))
    sheet.y += height


def _dose(sheet: Sheet, first: int, last: int, y: float) -> str:
    """The path of a dose: a tick, or a line for what is taken over days."""
    x = svg.number(sheet.x(first))
    if last > first:
        return f"M{x} {svg.number(y)}H{svg.number(sheet.x(last))}"
    return f"M{x} {svg.number(y - 2.6)}v5.2"


def _key(sheet: Sheet, plot: Swimmer) -> None:
    used = {mark.kind for lane in plot.lanes for mark in lane.marks}
    items = [
        (MARKS[kind][0], f"{MARKS[kind][1]} ({plot.told[kind]})" if kind in plot.told else MARKS[kind][1])
        for kind in MARKS
        if kind in used
    ]
    if any(lane.dead for lane in plot.lanes):
        items.append(("cross", "death"))
    if not all(lane.dead for lane in plot.lanes):
        items.append(("arrow", "alive when last known"))
    size = sheet.layout.size - 1
    y = sheet.y + 4
    for shape, said in items:
        if shape == "arrow":
            sheet.parts.append(arrow_right(2, y, size=4.6, role="key"))
        else:
            sheet.parts.append(glyph(shape, 6, y, size=4.6, role="key"))
        for line in svg.wrap(said, size, sheet.layout.width - 24):
            sheet.parts.append(svg.text(18, y + size * 0.35, line, size=size, fill=svg.MUTED))
            y += size * 1.45
    if any(lane.doses for lane in plot.lanes):
        sheet.parts.append(svg.path(f"M5 {svg.number(y - 4)}v8M9 {svg.number(y - 4)}v8", stroke=svg.INK))
        said = "doses; a line where a treatment is taken over days"
        sheet.parts.append(svg.text(18, y + size * 0.35, said, size=size, fill=svg.MUTED))
        y += size * 1.45
    sheet.y = y
