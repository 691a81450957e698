"""The schedule of activities: visits as columns, doses, assessments and specimens as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trialist.protocol.model import Draw, Give, Specimen, TrialProtocol, Visit
from trialist.report import numbers, svg, words

_LABEL = 236.0
_COLUMN = 96.0
_SIZE = 12.0
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class _Cell:
    """What stands in a cell: a mark or words, for some arms or all."""

    shown: str = ""
    arms: tuple[str, ...] = ()
    note: int | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    cells: dict[str, _Cell]
    note: int | None = None


class _Footnotes:
    """Numbers for notes, one per different text, in the order of first use."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.unnumbered: list[str] = []

    def number(self, text: str | None) -> int | None:
        if not text:
            return None
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1


def schedule_svg(plan: TrialProtocol) -> str:
    """Draw the schedule. A filled mark is for all arms, a letter for the arms the key names."""
    visits = _ordered(plan)
    if not visits:
        return svg.document(
            _LABEL * 2,
            40,
            svg.text(0, 24, "The protocol holds no visits.", size=_SIZE),
            title=f"Schedule of activities of {plan.trial}",
        )
    notes = _Footnotes()
    sections = [
        ("Treatment", list(_doses(plan, visits, notes))),
        ("Assessments", list(_assessments(plan, notes))),
        ("Specimens", list(_specimens(plan, notes))),
    ]
    width = _LABEL + _COLUMN * len(visits) + 8
    columns = {name: _LABEL + _COLUMN * (i + 0.5) for i, (name, _) in enumerate(visits)}
    parts, y = _header(plan, visits, columns)
    for title, rows in sections:
        if not rows:
            continue
        parts.append(svg.text(0, y + 20, title, size=_SIZE, bold=True))
        y += 28
        for row in rows:
            drawn, height = _row(plan, row, columns, y, width)
            parts.append(drawn)
            y += height
    parts.append(svg.line(0, y, width, y, width=1.5))
    drawn, y = _foot(plan, sections, notes, y, width)
    parts.append(drawn)
    described = "; ".join(
        f"{row.label}: {', '.join(_visit(plan, v) for v in row.cells)}"
        for _, rows in sections
        for row in rows
    )
    return svg.document(
        width,
        y + 6,
        "".join(parts),
        title=f"Schedule of activities of {plan.trial}",
        description=described,
        name="schedule",
    )


def _ordered(plan: TrialProtocol) -> list[tuple[str, Visit]]:
    epochs = [epoch.id for epoch in plan.schedule.epochs]
    after = ("reference", "end_of_infusion", "previous_visit", "progression", "last_dose")

    def place(item: tuple[str, Visit]) -> tuple[int, int, int]:
        _, visit = item
        epoch = epochs.index(visit.epoch) if visit.epoch in epochs else len(epochs)
        return epoch, after.index(visit.after), visit.day

    return sorted(plan.schedule.visits.items(), key=place)


def _visit(plan: TrialProtocol, name: str) -> str:
    visit = plan.schedule.visits.get(name)
    return (visit.label if visit else None) or words.sentence(words.plain(name))


def when(visit: Visit) -> str:
    """`day 0, every 21 d, 10 times`: in the words of the protocol, day 0 being the reference date."""
    if visit.after == "reference":
        text = f"day\u00a0{numbers.axis(visit.day)}"
    elif visit.day >= 0:
        text = f"{visit.day}\u00a0d after {words.plain(visit.after)}"
    else:
        text = f"{-visit.day}\u00a0d before {words.plain(visit.after)}"
    if visit.every is not None:
        text += f", every\u00a0{visit.every}\u00a0d"
    if visit.times is not None:
        text += f", {visit.times}\u00a0times"
    if visit.until:
        text += f", until {words.plain(visit.until)}"
    return text


def window(visit: Visit) -> str:
    """`±3 d`, `−1 to +3 d`, nothing when the day is exact."""
    before, after = visit.window
    if before == after == 0:
        return ""
    if before == after:
        return f"±{before} d"
    low = f"{numbers.MINUS}{before}" if before else "0"
    return f"{low} to {f'+{after}' if after else '0'} d"


def _header(
    plan: TrialProtocol, visits: list[tuple[str, Visit]], columns: dict[str, float]
) -> tuple[list[str], float]:
    parts = [svg.line(0, 1, _LABEL + _COLUMN * len(visits) + 8, 1, width=1.5)]
    labels = {
        epoch.id: epoch.label or words.sentence(words.plain(epoch.id)) for epoch in plan.schedule.epochs
    }
    start = 0
    for i, (_, visit) in enumerate(visits):
        if i + 1 < len(visits) and visits[i + 1][1].epoch == visit.epoch:
            continue
        left, right = _LABEL + _COLUMN * start + 5, _LABEL + _COLUMN * (i + 1) - 5
        name = svg.wrap(labels.get(visit.epoch, visit.epoch), _SIZE, right - left, lines=1)[0]
        parts.append(svg.text((left + right) / 2, 18, name, size=_SIZE, bold=True, anchor="middle"))
        parts.append(svg.line(left, 25, right, 25))
        start = i + 1
    deepest = 0.0
    for name, visit in visits:
        y = 42.0
        for row in svg.wrap(_visit(plan, name), _SIZE, _COLUMN - 8):
            parts.append(svg.text(columns[name], y, row, size=_SIZE, anchor="middle"))
            y += _SIZE * 1.2
        for text in (when(visit), window(visit)):
            if not text:
                continue
            y += 2
            for row in svg.wrap(text, _SIZE - 2, _COLUMN - 8):
                parts.append(svg.text(columns[name], y, row, size=_SIZE - 2, anchor="middle", fill=svg.MUTED))
                y += (_SIZE - 2) * 1.2
        deepest = max(deepest, y)
    parts.append(svg.line(0, deepest, _LABEL + _COLUMN * len(visits) + 8, deepest))
    return parts, deepest


def _doses(plan: TrialProtocol, visits: list[tuple[str, Visit]], notes: _Footnotes) -> Iterator[_Row]:
    rows: dict[str, dict[str, list[str]]] = {}
    outside: dict[str, list[str]] = {}
    for arm, entry in plan.arms.items():
        for give in (*entry.give, *entry.choose_one):
            due = [
                name
                for name, visit in visits
                if visit.every is not None and visit.every == give.every and _dosing_day(visit, give)
            ]
            for name in due:
                rows.setdefault(give.drug, {}).setdefault(name, []).append(arm)
            if not due and give.every is not None:
                outside.setdefault(f"{give.drug}, every {give.every} d", []).append(arm)
    for drug, cells in rows.items():
        yield _Row(
            words.sentence(drug),
            {name: _Cell(arms=_restricted(plan, dict.fromkeys(arms))) for name, arms in cells.items()},
        )
    for text, arms in outside.items():
        who = _restricted(plan, dict.fromkeys(arms))
        notes.unnumbered.append(f"Between visits: {text}" + (f" ({words.groups(plan, who)})" if who else ""))


def _dosing_day(visit: Visit, give: Give) -> bool:
    """A repeated visit is a dosing day when its day of the cycle is; without one, on the visits' timeline."""
    day = give.day or 1
    return visit.cycle_day == day or (visit.cycle_day is None and visit.timeline == "visits" and day == 1)


def _restricted(plan: TrialProtocol, arms: Iterable[str]) -> tuple[str, ...]:
    named = tuple(arms)
    return () if set(named) >= set(plan.arms) else named


def _assessments(plan: TrialProtocol, notes: _Footnotes) -> Iterator[_Row]:
    for item in plan.schedule.assessments.values():
        said = "; ".join(p for p in (f"if {item.when}" if item.when else "", item.note or "") if p)
        cells = {name: _Cell(arms=_restricted(plan, item.arms) if item.arms else ()) for name in item.at}
        yield _Row(item.label, cells, notes.number(said))


def _specimens(plan: TrialProtocol, notes: _Footnotes) -> Iterator[_Row]:
    for item in plan.schedule.specimens.values():
        arms = _restricted(plan, item.arms) if item.arms else ()
        cells = {
            draw.at: _Cell(_drawn(item, draw), arms, notes.number(_draw_note(draw))) for draw in item.draws
        }
        yield _Row(item.label, cells, notes.number(_total(item)))


def _drawn(item: Specimen, draw: Draw) -> str:
    amount = f" × {item.tube:g} mL" if item.tube is not None else ""
    tubes = draw.tubes * max(1, len(draw.hours))
    return f"{tubes}{amount}" if amount else f"{tubes}"


def _draw_note(draw: Draw) -> str:
    said = []
    if draw.hours:
        said.append("at " + ", ".join(f"{hour:g}" for hour in draw.hours) + " h after the start of infusion")
    if draw.times is not None:
        said.append("once" if draw.times == 1 else f"{draw.times} times")
    if draw.when:
        said.append(f"if {draw.when}")
    return "; ".join(said)


def _total(item: Specimen) -> str:
    said = f"stated total {item.stated_total:g} mL" if item.stated_total is not None else ""
    return "; ".join(p for p in (said, item.note or "") if p)


def _row(
    plan: TrialProtocol, row: _Row, columns: dict[str, float], y: float, width: float
) -> tuple[str, float]:
    lines = svg.wrap(row.label, _SIZE, _LABEL - 34)
    height = max(24.0, len(lines) * _SIZE * 1.2 + 10)
    parts = [svg.line(0, y, width, y, stroke=svg.FAINT)]
    parts.append(svg.lines_of_text(8, y + 16, lines, size=_SIZE, leading=1.2))
    if row.note:
        x = 10 + 0.92 * svg.text_width(lines[-1], _SIZE)
        parts.append(_superscript(min(x, _LABEL - 18), y + 12 + (len(lines) - 1) * _SIZE * 1.2, row.note))
    for name, cell in row.cells.items():
        if name not in columns:
            continue
        x, middle = columns[name], y + height / 2
        letters = [
            (_LETTERS[i % 26], svg.COLOURS[i % len(svg.COLOURS)])
            for i, arm in enumerate(plan.arms)
            if arm in cell.arms
        ]
        half = 6.0
        if cell.shown:
            suffix = f" {''.join(letter for letter, _ in letters)}" if letters else ""
            shown = f"{cell.shown}{suffix}"
            parts.append(svg.text(x, middle + 4, shown, size=_SIZE - 1, anchor="middle"))
            half = svg.text_width(shown, _SIZE - 1) / 2
        elif letters:
            start = x - (len(letters) - 1) * 7
            for i, (letter, colour) in enumerate(letters):
                parts.append(
                    svg.text(
                        start + 14 * i,
                        middle + 4.5,
                        letter,
                        size=_SIZE,
                        bold=True,
                        fill=colour,
                        anchor="middle",
                    )
                )
            half = 7.0 * len(letters)
        else:
            parts.append(svg.tag("circle", cx=x, cy=middle, r=4, fill=svg.INK, data_role="mark"))
        if cell.note:
            parts.append(_superscript(x + half + 2, middle, cell.note))
    return "".join(parts), height


def _superscript(x: float, y: float, number: int) -> str:
    return svg.text(x, y, str(number), size=_SIZE - 3, fill=svg.MUTED)


def _foot(
    plan: TrialProtocol, sections: list[tuple[str, list[_Row]]], notes: _Footnotes, y: float, width: float
) -> tuple[str, float]:
    parts = []
    y += 20
    used = {arm for _, rows in sections for row in rows for cell in row.cells.values() for arm in cell.arms}
    said = [
        f"{_LETTERS[i % 26]}: only {words.arm(plan, arm)}" for i, arm in enumerate(plan.arms) if arm in used
    ]
    lines: list[tuple[str, int | None]] = [("; ".join(said), None)] if said else []
    lines += [(text, None) for text in notes.unnumbered]
    lines += [(text, i + 1) for i, text in enumerate(notes.texts)]
    lines += [(f"Not public: {text}", None) for text in plan.schedule.not_public]
    lines.append(
        ("Day 0 is the reference date; a window is the days before and after that still count.", None)
    )
    for text, number in lines:
        if number is not None:
            parts.append(_superscript(0, y - 3, number))
        wrapped = svg.wrap(text, _SIZE - 1.5, width - 22)
        indent = 18 if number is not None else 0
        parts.append(svg.lines_of_text(indent, y, wrapped, size=_SIZE - 1.5, fill=svg.MUTED))
        y += len(wrapped) * (_SIZE - 1.5) * 1.25 + 4
    return "".join(parts), y
