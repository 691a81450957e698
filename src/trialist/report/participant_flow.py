"""The participant flow of CONSORT 2010, from screening to analysis, and its arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trialist.problems import Place, Problem
from trialist.report import numbers, svg
from trialist.report.model import Flow, FlowArm, Reasons


def check_flow(flow: Flow, place: Place | None = None) -> tuple[Problem, ...]:
    """E650 for every sum in the flow that does not add up; nothing when all do."""
    return tuple(
        Problem(
            "E650",
            f"the participant flow does not add up: {what}",
            "correct the counts that were handed to the flow; until then read none of its numbers as final",
            place,
        )
        for what, _ in _mismatches(flow)
    )


def _mismatches(flow: Flow) -> Iterator[tuple[str, str]]:
    """(the sum that fails, the box it belongs to)."""
    if flow.screened is not None and flow.screened - _total(flow.excluded) != flow.enrolled:
        yield (
            f"{flow.screened} screened - {_total(flow.excluded)} excluded = "
            f"{flow.screened - _total(flow.excluded)}, not {flow.enrolled} enrolled",
            "enrolled",
        )
    allocated = sum(arm.allocated for arm in flow.arms)
    if allocated != flow.enrolled:
        parts = " + ".join(str(arm.allocated) for arm in flow.arms)
        yield f"{parts} allocated = {allocated}, not {flow.enrolled} enrolled", "enrolled"
    for arm in flow.arms:
        if arm.treated + _total(arm.not_treated) != arm.allocated:
            yield (
                f"{arm.label}: {arm.treated} treated + {_total(arm.not_treated)} not treated, "
                f"not {arm.allocated} allocated",
                f"allocated:{arm.arm}",
            )
        if arm.lost is not None and _total(arm.lost) > arm.treated:
            yield f"{arm.label}: {_total(arm.lost)} stopped of {arm.treated} treated", f"lost:{arm.arm}"
        if arm.analysed + _total(arm.not_analysed) != arm.allocated:
            yield (
                f"{arm.label}: {arm.analysed} analysed + {_total(arm.not_analysed)} not analysed, "
                f"not {arm.allocated} allocated",
                f"analysed:{arm.arm}",
            )


@dataclass(frozen=True, slots=True)
class Layout:
    width: float
    size: float


WIDE = Layout(860, 13)
NARROW = Layout(358, 11.5)


def flow_svg(flow: Flow, *, title: str, origin: str, layout: Layout = WIDE, name: str = "") -> str:
    """Draw the flow. Boxes whose numbers do not add up have a red dashed frame (see `check_flow`)."""
    guilty = {box for _, box in _mismatches(flow)}
    size, width = layout.size, layout.width
    narrow = width < 500
    parts: list[str] = []
    y = 26.0
    anchor, x = ("start", 0.0) if narrow else ("end", width)
    parts.append(
        svg.text(x, 14, origin, size=9.5 if narrow else 10.5, bold=True, fill=svg.ALERT, anchor=anchor)
    )
    arms = flow.arms
    gap = 14.0 if narrow else 28.0
    column = (width - gap * (len(arms) - 1)) / max(len(arms), 1)
    if not narrow:
        column = min(column, 400.0)
    span = column * len(arms) + gap * (len(arms) - 1)
    left = (width - span) / 2
    centre = width / 2
    trunk = min(width * 0.56, 260.0) if narrow else 260.0

    if flow.screened is not None:
        side_width = width / 2 - 14 if narrow else 320.0
        top_x = 0.0 if narrow else centre - trunk / 2
        box = _Box(["Assessed for eligibility", f"n {numbers.count(flow.screened)}"], [])
        height = box.height(size, trunk)
        stem = top_x + (trunk * 0.3 if narrow else trunk / 2)
        parts.append(box.draw(top_x, y, trunk, size, height=height))
        y += height
        if flow.excluded:
            side = _Box(
                [_counted("Excluded", _total(flow.excluded))],
                _listed(flow.excluded),
            )
            side_x = width - side_width - 1 if narrow else centre + 40
            side_width = width - side_x - 1
            tall = side.height(size, side_width)
            parts.append(side.draw(side_x, y + 12, side_width, size, height=tall))
            parts.append(svg.arrow([(stem, y + 12 + tall / 2), (side_x, y + 12 + tall / 2)]))
            gap_down = tall + 30
        else:
            gap_down = 28
        parts.append(svg.arrow([(stem, y), (stem, y + gap_down)]))
        y += gap_down
    word = "Randomised" if flow.randomised else "Enrolled"
    box = _Box([word, f"n {numbers.count(flow.enrolled)}"], [])
    height = box.height(size, trunk)
    top_x = 0.0 if narrow and flow.screened is not None else centre - trunk / 2
    parts.append(box.draw(top_x, y, trunk, size, height=height, wrong="enrolled" in guilty))
    y += height
    stem = top_x + trunk / 2
    centres = [left + i * (column + gap) + column / 2 for i in range(len(arms))]
    if len(arms) == 1:
        parts.append(svg.arrow([(stem, y), (stem, y + 12), (centres[0], y + 12), (centres[0], y + 28)]))
    else:
        parts.append(svg.line(stem, y, stem, y + 14, stroke=svg.MUTED, width=1.2))
        parts.append(
            svg.line(min(*centres, stem), y + 14, max(*centres, stem), y + 14, stroke=svg.MUTED, width=1.2)
        )
        parts.extend(svg.arrow([(x, y + 14), (x, y + 32)]) for x in centres)
    y += 32 if len(arms) > 1 else 28
    levels = [_levels(arm) for arm in arms]
    for level in range(3):
        boxes = [row[level] for row in levels]
        if not any(boxes):
            continue
        height = max(box.height(size, column) for box in boxes if box)
        for index, box in enumerate(boxes):
            place = left + index * (column + gap)
            if box:
                wrong = f"{('allocated', 'lost', 'analysed')[level]}:{arms[index].arm}" in guilty
                parts.append(
                    box.draw(
                        place,
                        y,
                        column,
                        size,
                        height=height,
                        wrong=wrong,
                        colour=index if level == 0 else None,
                    )
                )
            if level < 2:
                parts.append(svg.arrow([(centres[index], y + height), (centres[index], y + height + 24)]))
        y += height + (24 if level < 2 else 0)
    described = "; ".join(
        f"{arm.label}: {arm.allocated} allocated, {arm.treated} treated, {arm.analysed} analysed"
        for arm in arms
    )
    return svg.document(
        width,
        y + 4,
        "".join(parts),
        title=f"Participant flow of {title}. {origin}.",
        description=f"{flow.enrolled} {word.lower()}. {described}.",
        name=name,
    )


def _levels(arm: FlowArm) -> tuple[_Box, _Box, _Box]:
    given = [_counted("Treated", arm.treated)]
    if arm.not_treated:
        given += [
            _counted("Not treated", _total(arm.not_treated)),
            *_listed(arm.not_treated),
        ]
    if arm.lost is None:
        stopped = _Box(["Stopped early: not stated"], [])
    else:
        stopped = _Box([_counted("Stopped early", _total(arm.lost))], _listed(arm.lost))
    who = f" ({arm.population})" if arm.population else ""
    analysed = [
        _counted("Not analysed", _total(arm.not_analysed)),
        *_listed(arm.not_analysed),
    ]
    return (
        _Box([arm.label, _counted("allocated", arm.allocated)], given),
        stopped,
        _Box([f"Analysed{who}", f"n {numbers.count(arm.analysed)}"], analysed if arm.not_analysed else []),
    )


@dataclass(frozen=True, slots=True)
class _Box:
    heading: Sequence[str]
    items: Sequence[str]

    def _rows(self, size: float, width: float) -> list[tuple[str, bool, float]]:
        rows: list[tuple[str, bool, float]] = []
        for i, item in enumerate(self.heading):
            rows += [(row, i == 0, 0.0) for row in svg.wrap(item, size, width - 20)]
        for item in self.items:
            indent = 10.0 if item.startswith("\t") else 0.0
            rows += [(row, False, indent) for row in svg.wrap(item.strip(), size - 1, width - 20 - indent)]
        return rows

    def height(self, size: float, width: float) -> float:
        return len(self._rows(size, width)) * size * 1.35 + 14

    def draw(
        self,
        x: float,
        y: float,
        width: float,
        size: float,
        *,
        height: float,
        wrong: bool = False,
        colour: int | None = None,
    ) -> str:
        stroke = svg.ALERT if wrong else svg.INK
        parts = [
            svg.rect(
                x + 0.5,
                y,
                width - 1,
                height,
                fill="#fff",
                stroke=stroke,
                stroke_width=2 if wrong else 1,
                stroke_dasharray="5 3" if wrong else None,
                data_role="wrong" if wrong else "box",
            )
        ]
        if colour is not None:
            parts.append(svg.rect(x + 0.5, y, width - 1, 4, fill=svg.COLOURS[colour % len(svg.COLOURS)]))
        for i, (row, bold, indent) in enumerate(self._rows(size, width)):
            parts.append(
                svg.text(
                    x + 10 + indent,
                    y + 8 + size + i * size * 1.35,
                    row,
                    size=size if not indent and (bold or row in self.heading) else size - 1,
                    bold=bold,
                )
            )
        return "".join(parts)


def _listed(reasons: Reasons) -> list[str]:
    return [_counted(f"\t{reason}", n) for reason, n in reasons]


def _total(reasons: Reasons) -> int:
    return sum(n for _, n in reasons)


def _counted(text: str, n: int) -> str:
    """`Treated, n 126`; the number never stands on a line of its own."""
    return f"{text}, n\N{NO-BREAK SPACE}{numbers.count(n)}"
