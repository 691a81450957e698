"""The figures of adverse events, from findings alone: dot plots by arm, and heat maps by period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from markupsafe import Markup

from trialist.findings.model import Finding
from trialist.report import dot_plot, heat_map, numbers, plot_frame, words
from trialist.report.dot_plot import Difference, Dot, dot_plot_svg
from trialist.report.heat_map import Block, Cell, heat_map_svg
from trialist.report.model import ReportData
from trialist.report.section_figures import Drawing

MOST_ROWS = 25
"""Rows of a figure; the table beside it holds all of them."""


def event_figures(data: ReportData) -> tuple[Drawing, ...]:
    """A dot plot for each table of differences (where there is none, of shares), a heat map by period."""
    by_analysis: dict[str, list[Finding]] = {}
    for finding in data.findings:
        if finding.estimate is not None and _option(finding, "row") == "term":
            by_analysis.setdefault(finding.analysis or "", []).append(finding)
    compared = {
        (f.endpoint, f.population)
        for found in by_analysis.values()
        for f in found
        if f.method.name == "risk_difference"
    }
    made: list[Drawing] = []
    for name, found in by_analysis.items():
        first = found[0]
        alone = first.method.name == "incidence" and (first.endpoint, first.population) not in compared
        if first.method.name == "risk_difference" or alone:
            made.extend(_dots(data, name, found))
        elif first.method.name == "incidence_by_period":
            made.extend(_by_period(data, name, found))
    return tuple(made)


def _dots(data: ReportData, name: str, found: Sequence[Finding]) -> Iterator[Drawing]:
    plan = data.protocol.plan
    found = [f for f in found if _option(f, "grade") == _option(found[0], "grade")]
    rows: dict[tuple[Any, ...], list[Finding]] = {}
    for finding in found:
        rows.setdefault(_term(finding), []).append(finding)
    rows = dict(sorted(rows.items(), key=lambda item: -max(map(_share, item[1]))))
    lines = [
        dot_plot.Line(str(key[1]), tuple(d for f in cells for d in _dots_of(f)), _difference(cells))
        for key, cells in list(rows.items())[:MOST_ROWS]
    ]
    groups = found[0].groups if found[0].method.name == "risk_difference" else None
    drawn = {dot.arm for line in lines for dot in line.dots}
    labels = {arm: words.arm(plan, arm) for arm in plan.arms if arm in drawn}
    headline = words.origin_headline(data.provenance.origin)
    title = words.endpoint(plan, found[0].endpoint)
    wide, narrow = (
        Markup(
            dot_plot_svg(
                lines,
                labels,
                title=f"Dot plot of {title}",
                origin=headline,
                compared=(labels[groups[0]], labels[groups[1]]) if groups else None,
                layout=layout,
                name=f"dots-{name}{suffix}",
            )
        )
        for layout, suffix in ((plot_frame.WIDE, ""), (plot_frame.NARROW, "-narrow"))
    )
    caption = [_of_rows(len(rows)), f"{words.sentence(words.population(plan, found[0].population))}."]
    grade = _option(found[0], "grade")
    if grade and grade != "any":
        caption.insert(0, f"{words.sentence(str(_option(found[0], 'category')).rsplit(', ', 1)[-1])}.")
    if groups:
        level = numbers.level(found[0].interval) if found[0].interval else ""
        caption.append(f"Differences: {words.groups(plan, groups)}, {level}.")
    caption.append(f"{headline.capitalize()}.")
    heading = f"{title}, by arm" + (" with differences." if groups else ".")
    yield Drawing(wide, narrow, heading, " ".join(caption), data.provenance.origin.kind)


def _counts(finding: Finding) -> list[tuple[str, int, int]]:
    """(arm, subjects with an event, subjects): one of a share, two of a difference."""
    if finding.method.name == "risk_difference":
        with_event, subjects = _option(finding, "with_event"), _option(finding, "subjects")
        return [(a, int(y), int(n)) for a, y, n in zip(finding.groups, with_event, subjects, strict=True)]
    return [(finding.groups[0], finding.events or 0, finding.n or 0)]


def _dots_of(finding: Finding) -> Iterator[Dot]:
    for arm, yes, n in _counts(finding):
        printed = f"{numbers.count(yes)} of {numbers.count(n)} ({numbers.percent(yes / n)})"
        yield Dot(arm, 100 * yes / n, printed)


def _share(finding: Finding) -> float:
    return max(yes / n for _, yes, n in _counts(finding))


def _difference(cells: Sequence[Finding]) -> Difference | None:
    one, ends = cells[0], cells[0].interval
    if one.method.name != "risk_difference" or one.estimate is None or ends is None:
        return None
    if ends.low is None or ends.high is None:
        return None
    printed = f"{numbers.estimate(one)} points ({numbers.interval(one)})"
    return Difference(100 * one.estimate, 100 * ends.low, 100 * ends.high, printed)


def _by_period(data: ReportData, name: str, found: Sequence[Finding]) -> Iterator[Drawing]:
    plan = data.protocol.plan
    cells = {(_term(f), f.groups[0], int(_option(f, "period"))): f for f in found}
    most: dict[tuple[Any, ...], float] = {}
    for (term, _, _), finding in cells.items():
        most[term] = max(most.get(term, 0.0), finding.estimate or 0.0)
    terms = sorted(most, key=lambda term: (-most[term], str(term[1])))[:MOST_ROWS]
    periods = sorted({period for _, _, period in cells})
    last = periods[-1]
    lengths = {_length(f) for f in found if _option(f, "to_day")}
    open_end = any(_option(f, "to_day") is None for f in found)
    blocks = [
        Block(
            words.arm(plan, arm),
            tuple(f"{p}+" if p == last and open_end else str(p) for p in periods),
            tuple(tuple(_cell(cells.get((term, arm, p))) for term in terms) for p in periods),
        )
        for arm in plan.arms
        if any(arm == known for _, known, _ in cells)
    ]
    headline = words.origin_headline(data.provenance.origin)
    title = words.endpoint(plan, found[0].endpoint)
    wide, narrow = (
        Markup(
            heat_map_svg(
                [str(term[1]) for term in terms],
                blocks,
                title=f"Heat map of {title}",
                origin=headline,
                layout=layout,
                name=f"heat-{name}{suffix}",
            )
        )
        for layout, suffix in ((heat_map.WIDE, ""), (heat_map.NARROW, "-narrow"))
    )
    of_days = f" of {lengths.pop()} days" if len(lengths) == 1 else ""
    grade = words.sentence(str(_option(found[0], "category")).rsplit(", ", 1)[-1])
    caption = (
        f"{grade}: subjects, in percent, with an event that began in the period, of those at risk in it. "
        f"Periods{of_days} are counted from the first dose"
        + (f"; {last}+ is all that follows" if open_end else "")
        + f". A crossed cell: nobody at risk. {_of_rows(len(most))} {headline.capitalize()}."
    )
    yield Drawing(wide, narrow, f"{title}, by period.", caption, data.provenance.origin.kind)


def _cell(finding: Finding | None) -> Cell:
    if finding is None or finding.estimate is None:
        return Cell(None, "nobody at risk")
    shown = f"{numbers.count(finding.events or 0)} of {numbers.count(finding.n or 0)}"
    return Cell(100 * finding.estimate, f"{shown} ({numbers.percent(finding.estimate)})")


def _length(finding: Finding) -> int:
    return int(_option(finding, "to_day")) - int(_option(finding, "from_day")) + 1


def _of_rows(rows: int) -> str:
    if rows <= MOST_ROWS:
        return "All terms of the table."
    return f"The {MOST_ROWS} most frequent of the {numbers.count(rows)} terms of the table."


def _term(finding: Finding) -> tuple[Any, ...]:
    return _option(finding, "system_organ_class"), _option(finding, "term")


def _option(finding: Finding, name: str) -> Any:
    return dict(finding.method.options).get(name)
