"""The timeline of one patient: PSA, treatment, responses, adverse events, milestones and verdicts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from trialist.findings.model import Origin
from trialist.patients.model import Entry, Patient, Verdict
from trialist.protocol.model import TrialProtocol
from trialist.report import numbers, svg, verdict_words, words
from trialist.report.glyphs import RESPONSE_KEY, arrow_right, glyph, response_shape
from trialist.report.patient_sheet import WIDE, Layout, Sheet
from trialist.report.patient_text import NO_RECORDS

MOST_EVENTS = 18
_SHADES = ("#f6ded0", "#f6ded0", "#e8b08f", "#cf6f3d", "#9a3d12", "#4d1a03")
_DASH_OF = {"death": "", "new therapy": "2 3", "data cut-off": "7 4"}
_OF_VERDICTS = {
    "diamond": "verdict: event",
    "open circle": "verdict: censored, or no response",
    "triangle": "verdict: response",
}
_RESPONSES = (("response", "Overall response"), ("soft tissue", "Soft tissue"), ("bone", "Bone"))


def timeline_svg(
    patient: Patient, plan: TrialProtocol, origin: Origin, *, layout: Layout = WIDE, name: str = ""
) -> str:
    """The drawn timeline of one patient; of a pseudo-patient of a curve, its times alone."""
    headline = words.origin_headline(origin)
    sheet = Sheet(layout, *_span(patient))
    sheet.title(f"{patient.subject}, {words.arm(plan, patient.arm)}", headline)
    top = sheet.y + 6
    if patient.reconstructed:
        sheet.note(NO_RECORDS)
        top = sheet.y + 6
    _milestones(sheet, patient)
    _psa(sheet, patient)
    _sums(sheet, patient)
    _treatment(sheet, patient)
    used = _responses(sheet, patient)
    _adverse_events(sheet, patient)
    shown = _verdicts(sheet, patient, plan)
    sheet.behind(top, sheet.y + 6, _lines(patient))
    sheet.axis()
    _key(sheet, used, shown)
    undated = sum(e.day is None for e in patient.entries)
    if undated:
        sheet.note(f"{undated} entr{'y' if undated == 1 else 'ies'} without a full date, not drawn.")
    told = [
        f"{v.label}: {verdict_words.verdict(plan, v)}" for v in patient.verdicts if v.shape == "TimeToEvent"
    ]
    return svg.document(
        layout.width,
        sheet.y + 8,
        "".join(sheet.parts),
        title=f"Timeline of {patient.subject}, {words.arm(plan, patient.arm)}. {headline}.",
        description=" ".join(told),
        name=name,
    )


def _span(patient: Patient) -> tuple[float, float]:
    days = [e.day for e in patient.entries if e.day is not None and e.kind != "data cut-off"]
    days += [e.end_day for e in patient.entries if e.end_day is not None and e.kind != "adverse event"]
    ends = [_end(row) for v in patient.verdicts for row in v.rows]
    known = [*days, *(end for end in ends if end is not None)]
    return min(known, default=0.0), max(known, default=1.0)


def _end(row: object) -> float | None:
    """The day of a verdict; of a time read off a curve, the day that it would have."""
    if not isinstance(row, dict):
        return None
    if row.get("day") is not None:
        return float(row["day"])
    return None if row.get("time_days") is None else float(row["time_days"]) - 1


def _lines(patient: Patient) -> dict[float, str]:
    return {
        float(e.day): _DASH_OF[e.kind]
        for e in patient.of("death", "new therapy", "data cut-off")
        if e.day is not None
    }


def _milestones(sheet: Sheet, patient: Patient) -> None:
    found = patient.of("new therapy", "progression", "death", "data cut-off")
    alive = patient.of("last known alive")
    if not any(e.kind == "death" for e in found):
        found = (*found, *alive)
    if not found:
        return
    sheet.heading("Milestones")
    for item in found:
        day = float(item.day or 0)
        name = words.sentence(verdict_words.entry(item))
        y = sheet.row(name)
        told = f"{name}, day {item.day}"
        if item.kind == "last known alive":
            sheet.parts.append(arrow_right(sheet.x(day) - 7, y, told=told, role="milestone-mark"))
        else:
            shape = {"death": "cross", "progression": "diamond"}.get(item.kind, "open square")
            sheet.parts.append(glyph(shape, sheet.x(day), y, told=told, role="milestone-mark"))
        sheet.beside(sheet.x(day), y, f"day {numbers.axis(day)}")


def _psa(sheet: Sheet, patient: Patient) -> None:
    points = [(float(e.day or 0), e) for e in patient.of("psa") if e.value is not None]
    if not points:
        return
    limits = [v.rows[0] for v in patient.verdicts if v.derive == "psa_response" and len(v.rows) == 1]
    limit = limits[0].get("limit") if limits else None
    known = [e.value for _, e in points if e.value] + ([limit] if limit else [])
    log = bool(known) and max(known) > 20 * min(known)
    sheet.heading(f"PSA, ng/mL{', log scale' if log else ''}")
    ticks = _ticks(min(known, default=0.0), max(known, default=1.0), log)
    y = _panel(sheet, ticks, 112, log)
    colour = svg.COLOURS[0]
    if limit:
        sheet.parts.append(
            svg.line(
                sheet.left, y(limit), sheet.right, y(limit), stroke=svg.INK, dash="5 3", data_role="limit"
            )
        )
    route = [(sheet.x(day), y(e.value or 0.0)) for day, e in points]
    sheet.parts.append(svg.path(svg.polyline(route), stroke=colour, stroke_width=1.6, data_role="psa-line"))
    for (px, py), (day, item) in zip(route, points, strict=True):
        told = f"Day {day:g}: {verdict_words.entry(item)}"
        shape = "open circle" if item.below else "circle"
        sheet.parts.append(glyph(shape, px, py, size=2.9, fill=colour, told=told, role="psa"))
    if limit:
        size = sheet.layout.size - 1.5
        said = f"limit of the response {limit:.3g}"
        sheet.parts.append(
            svg.text(sheet.right, y(limit) - 4, said, size=size, anchor="end", fill=svg.INK, halo=True)
        )


def _sums(sheet: Sheet, patient: Patient) -> None:
    """The sum of the target diameters at each visit, from the first derivation that gives one."""
    rows = [
        r
        for v in patient.verdicts
        if v.derive == "tumour_response"
        for r in v.rows
        if r.get("sum") is not None and r.get("day") is not None
    ]
    if not rows:
        return
    baseline = rows[0].get("baseline")
    points = ([(0.0, float(baseline))] if baseline is not None else []) + [
        (float(r["day"]), float(r["sum"])) for r in rows
    ]
    sheet.heading("Sum of target diameters, mm")
    y = _panel(sheet, _ticks(0.0, max(v for _, v in points) or 1.0, log=False), 80, log=False)
    route = [(sheet.x(day), y(value)) for day, value in points]
    sheet.parts.append(svg.path(svg.polyline(route), stroke=svg.COLOURS[3], stroke_width=1.6))
    for (px, py), (day, value) in zip(route, points, strict=True):
        told = f"Day {day:g}: {value:g} mm"
        sheet.parts.append(glyph("square", px, py, size=3.2, fill=svg.COLOURS[3], told=told, role="sum"))


def _panel(sheet: Sheet, ticks: Sequence[float], height: float, log: bool) -> Callable[[float], float]:
    """The frame of a small plot; returns its scale from values to px."""
    bottom = sheet.y + 6 + height
    size = sheet.layout.size - 1.5
    low, high = ticks[0], ticks[-1]

    def y(value: float) -> float:
        value = min(max(value, low), high)
        share = math.log(value / low) / math.log(high / low) if log else (value - low) / (high - low)
        return bottom - height * share

    for tick in ticks:
        sheet.parts.append(svg.line(sheet.left, y(tick), sheet.right, y(tick), stroke=svg.FAINT, width=0.8))
        label = _tick_label(tick)
        sheet.parts.append(
            svg.text(sheet.left - 5, y(tick) + size * 0.35, label, size=size, anchor="end", fill=svg.MUTED)
        )
    sheet.y = bottom + 6
    return y


def _tick_label(tick: float) -> str:
    """`100`, `2,000`, `10k`, `10M`: never wider than the margin of the narrow drawing."""
    if tick >= 1_000_000:
        return f"{tick / 1_000_000:,g}M"
    return f"{tick / 1000:,g}k" if tick >= 10_000 else f"{tick:,g}"


def _ticks(low: float, high: float, log: bool) -> tuple[float, ...]:
    """Tick marks that enclose the values: powers of ten, or about four round steps from 0."""
    if log:
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        return tuple(10.0**power for power in range(first, max(last, first + 1) + 1))
    step = 10.0 ** math.floor(math.log10(high / 2)) if high > 0 else 1.0
    step = next(step * k for k in (1, 2, 5, 10) if high / (step * k) <= 4)
    return tuple(step * i for i in range(math.ceil(high / step) + 1))


def _treatment(sheet: Sheet, patient: Patient) -> None:
    doses: dict[str, list[Entry]] = {}
    for item in patient.of("dose"):
        doses.setdefault(item.what, []).append(item)
    if not doses:
        return
    sheet.heading("Treatment")
    for place, (name, given) in enumerate(doses.items()):
        known = [e.value for e in given if e.value]
        most = max(known, default=0.0)
        units = dict.fromkeys(e.unit for e in given if e.unit)
        low = min(known, default=0.0)
        amount = f"{most:g}" if low == most else f"{low:g} to {most:g}"
        said = f", {amount} {'/'.join(units)}" if known else ""
        y = sheet.row(f"{name.lower() if name.isupper() else name}{said}")
        colour = svg.COLOURS[(2, 4, 3, 5)[place % 4]]
        for item in given:
            sheet.parts.append(_dose(sheet, item, y, most, colour))


def _dose(sheet: Sheet, item: Entry, y: float, most: float, colour: str) -> str:
    """A tick as tall as the dose is large beside the largest; a bar for what is taken over days."""
    day = float(item.day or 0)
    start = sheet.x(day)
    lasted = item.end_day is not None and item.end_day > day
    told = f"Day {day:g}: {verdict_words.entry(item)}"
    height = 13 * (item.value / most if item.value and most else 1.0)
    if lasted:
        height *= 0.6
    width = max(sheet.x(float(item.end_day or 0)) - start, 2.4) if lasted else 2.4
    return svg.tag(
        "rect",
        svg.tooltip(told),
        x=start - (0 if lasted else 1.2),
        y=y + (height / 2 if lasted else 6.5) - height,
        width=width,
        height=height,
        fill=colour,
        data_role="dose",
    )


def _responses(sheet: Sheet, patient: Patient) -> frozenset[str]:
    """One row per kind of response; returns the shapes that were drawn."""
    used: set[str] = set()
    present = [(kind, label) for kind, label in _RESPONSES if any(e.kind == kind for e in patient.entries)]
    scans = patient.of("bone scan")
    if present or scans:
        sheet.heading("Assessments")
    for kind, label in present:
        y = sheet.row(label)
        for item in patient.of(kind):  # type: ignore[arg-type]
            shape = response_shape(item.what)
            used.add(shape)
            told = f"Day {item.day}: {verdict_words.entry(item)}"
            sheet.parts.append(glyph(shape, sheet.x(float(item.day or 0)), y, told=told, role="response"))
    if scans:
        y = sheet.row("Bone scans, new lesions")
        for item in scans:
            n = "?" if item.value is None else f"{item.value:g}"
            sheet.parts.append(
                svg.text(
                    sheet.x(float(item.day or 0)), y + 4, n, size=11, anchor="middle", data_role="bone-scan"
                )
            )
    return frozenset(used)


def _adverse_events(sheet: Sheet, patient: Patient) -> None:
    events = patient.of("adverse event")
    if not events:
        return
    kept = sorted(events, key=lambda e: (-(e.grade or 0), e.day or 0))[:MOST_EVENTS]
    left_out = len(events) - len(kept)
    sheet.heading("Adverse events, with their grade")
    last = max([sheet.first, *(float(e.day) for e in patient.of("death", "last known alive") if e.day)])
    for item in sorted(kept, key=lambda e: (e.day or 0, e.what)):
        day = float(item.day or 0)
        told = [item.what] + (["serious"] if item.serious else [])
        y = sheet.row(", ".join(told), height=15)
        grade = item.grade if item.grade is not None and 0 <= item.grade <= 5 else 0
        open_end = item.end_day is None
        end = max(last, day) if item.end_day is None else float(item.end_day)
        x, width = sheet.x(day), max(sheet.x(end) - sheet.x(day), 4.0)
        sheet.parts.append(
            svg.tag(
                "rect",
                svg.tooltip(f"Day {day:g}: {verdict_words.entry(item)}"),
                x=x,
                y=y - 4.5,
                width=width,
                height=9,
                fill=_SHADES[grade],
                stroke="#4d1a03",
                stroke_width=0.8,
                stroke_dasharray="2 2" if open_end else None,
                data_role="adverse-event",
            )
        )
        shown = f"{item.grade}" if item.grade is not None else "?"
        sheet.beside(x + width, y, shown + (", end not recorded" if open_end else ""), fill=svg.INK, gap=5)
    if left_out:
        sheet.note(f"Drawn are the {MOST_EVENTS} of the highest grades; {left_out} more are in the text.")


def _verdicts(sheet: Sheet, patient: Patient, plan: TrialProtocol) -> frozenset[str]:
    """One row per endpoint; returns the shapes that were drawn."""
    used: set[str] = set()
    shown = [
        v
        for v in patient.verdicts
        if v.derive != "adverse_event" and v.shape != "Visits" and len(v.rows) == 1 and not v.absent
    ]
    if shown:
        sheet.heading("Verdicts of the endpoints")
    for found in shown:
        y = sheet.row(found.label, height=21)
        row = found.rows[0]
        end = _end(row)
        said = _short(found, verdict_words.verdict(plan, found))
        told = f"{found.label}: {said}"
        if found.shape == "TimeToEvent" and end is not None:
            start = max(end - float(row["time_days"]) + 1, 0.0)
            sheet.parts.append(svg.line(sheet.x(start), y, sheet.x(end), y, width=1.6))
            shape = "diamond" if row["event"] else "open circle"
            used.add(shape)
            sheet.parts.append(glyph(shape, sheet.x(end), y, told=told, role="verdict"))
            sheet.beside(sheet.x(end), y, verdict_words.reason(row["reason"]))
        elif end is not None:
            used.add(_shape(found))
            sheet.parts.append(glyph(_shape(found), sheet.x(end), y, told=told, role="verdict"))
            sheet.beside(sheet.x(end), y, said)
        else:
            sheet.beside(sheet.left - 9, y, said)
    return frozenset(used)


def _shape(found: Verdict) -> str:
    """The mark of a verdict that is no time."""
    row = found.rows[0]
    if found.shape == "Category":
        return response_shape(row["value"])
    if found.shape == "Response":
        return "triangle" if row["responder"] else "open circle"
    return "square"


def _short(found: Verdict, text: str) -> str:
    """A verdict without its day, which the mark shows."""
    if found.shape == "Category":
        return str(found.rows[0]["value"])
    first, colon, reason = text.rstrip(".").partition(": ")
    head = first.split(", day")[0].split(" on day")[0]
    return f"{head}: {reason}" if colon else head


def _key(sheet: Sheet, used: frozenset[str], shown: frozenset[str]) -> None:
    """What the marks mean: those that were drawn, among the responses and among the verdicts."""
    size = sheet.layout.size - 1
    x, y = 6.0, sheet.y + 4
    for shape in dict.fromkeys((*(s for _, s in RESPONSE_KEY), *_OF_VERDICTS)):
        said = [text for text, known in RESPONSE_KEY if known == shape and shape in used]
        said += [_OF_VERDICTS[shape]] if shape in shown and shape in _OF_VERDICTS else []
        if not said:
            continue
        text = "; ".join(said)
        wide = 18 + svg.text_width(text, size)
        if x + wide > sheet.layout.width and x > 6:
            x, y = 6.0, y + size * 1.6
        sheet.parts.append(glyph(shape, x, y, size=4.6, role="key"))
        sheet.parts.append(svg.text(x + 10, y + size * 0.35, text, size=size, fill=svg.MUTED))
        x += wide + 8
    sheet.y = y + size
