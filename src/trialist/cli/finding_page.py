"""A finding opened: what it is in words, where its rows are, what counting them gives, or its source."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from trialist.report import rules, words
from trialist.report.numbers import denominator, estimate, interval, level
from trialist.report.words import plain, sentence

if TYPE_CHECKING:
    from trialist.findings.model import Finding, Origin
    from trialist.formats.adam.recount import Opened
    from trialist.problems import Problem
    from trialist.protocol.model import Source

FIRST = 3
"""Subject ids shown of each arm."""

_TERM = 13  # columns of a term
_TOLD_ELSEWHERE = frozenset({"population", "arms", "where"})
_OBSERVED = "Computed from the records of the trial's subjects."
_READ = {
    "read": "read in the source",
    "transcribed": "transcribed from a table or text",
    "digitised": "digitised from a figure",
    "computed": "computed from published figures",
    "memory": "recalled, not read",
}


def finding_page(
    finding: Finding, opened: Opened | str, problems: Iterable[Problem], file: str, width: int
) -> str:
    """A computed finding for a terminal of that width; `opened` is a text where there are no rows."""
    title = f"{sentence(words.measure(finding.measure))}: {words.value_line(finding)}"
    lines = [
        f"Finding {finding.id} in {file}",
        title,
        words.origin_headline(finding.origin),
        "",
        "What it is",
    ]
    lines += _terms(_what(finding, opened), width)
    lines += ["", "Where its rows are"]
    if isinstance(opened, str):
        lines += textwrap.wrap(opened, width, initial_indent="  ", subsequent_indent="  ")
    else:
        lines += _terms(_where(opened), width)
        lines += ["", "Counted there again", *_counted(finding, opened, width)]
    return "\n".join([*lines, "", "Problems", *_problems([*finding.problems, *problems], width)])


def published_page(finding: Finding, source: Source | None, file: str, width: int) -> str:
    """A published result, with its source and the place in it."""
    lines = [f"Published result {finding.origin.entry} in {file}"]
    lines += [f"{sentence(words.measure(finding.measure))}: {words.value_line(finding)}", "", "What it is"]
    lines += _terms(_what(finding, ""), width)
    lines += ["", "Where it was read", *_terms(_read_in(finding, source), width)]
    return "\n".join([*lines, "", "Problems", *_problems(finding.problems, width)])


def opened_as_json(opened: Opened | str, finding: Finding) -> dict[str, Any]:
    """The rows as a structure; `agrees` is null where nothing could be counted."""
    if isinstance(opened, str):
        return {"file": None, "why": opened, "agrees": None}
    return {
        "file": str(opened.file),
        "paramcd": opened.paramcd,
        "param": opened.param,
        "population": opened.population,
        "conditions": list(opened.conditions),
        "arms": [
            {
                "arm": arm.arm,
                "label": arm.label,
                "subjects": len(arm.subjects),
                "events": arm.events,
                "first_subjects": list(arm.subjects[:FIRST]),
            }
            for arm in opened.arms
        ],
        "n": opened.n,
        "events": opened.events,
        "person_years": opened.person_years,
        "agrees": opened.disagreement(finding) is None,
    }


def _what(finding: Finding, opened: Opened | str) -> Iterator[tuple[str, str | None]]:
    rows = None if isinstance(opened, str) else opened
    unit = finding.unit if finding.estimate is not None else None
    yield "Estimate", " ".join(part for part in (estimate(finding), unit) if part)
    between = interval(finding)
    yield "Interval", f"{between} ({level(finding.interval)})" if between and finding.interval else None
    yield "P value", words.p_value(finding)
    yield "At", words.timepoint(finding.timepoint)
    yield "Counts", denominator(finding)
    yield "Endpoint", f"{rows.param} ({finding.endpoint})" if rows else finding.endpoint
    yield "Analysis", finding.analysis
    yield "Population", _population(finding, rows)
    yield "Subgroup", finding.subgroup
    labels = {arm.arm: arm.label for arm in rows.arms} if rows else {}
    named = [f"{labels[arm]} ({arm})" if labels.get(arm, arm) != arm else arm for arm in finding.groups]
    compared = len(finding.groups) == 2 and rows is not None and len(rows.arms) == 2
    yield "Groups", (" against " if compared else ", ").join(named)
    yield "Method", sentence(words.method(finding.method)) if finding.method.name else None
    yield "Note", finding.note
    yield "Origin", _origin(finding.origin) if finding.origin.kind != "published" else None
    yield "Definition", _definition(finding)
    yield "Fingerprints", _fingerprints(finding.origin)


def _population(finding: Finding, rows: Opened | None) -> str:
    told = dict(finding.definition)
    label = f"{rows.population} ({finding.population})" if rows else finding.population
    where = f"; condition: {told['population']}" if told.get("population") else ""
    arms = {"planned": "; arms as allocated", "actual": "; arms as treated"}.get(str(told.get("arms")), "")
    return f"{label}{where}{arms}"


def _origin(origin: Origin) -> str:
    told = _OBSERVED if origin.kind == "observed" else words.origin_warning(origin)
    return f"{sentence(origin.label)}. {told or ''}".rstrip()


def _definition(finding: Finding) -> str:
    units = rules.units_of_options()

    def unit(key: str, value: object) -> str:
        return " days" if units.get(key.rpartition(".")[2]) == "d" and value else ""

    parts = [
        f"{plain(key.replace('.', ' '))}: {_said(value)}{unit(key, value)}"
        for key, value in finding.definition
        if key not in _TOLD_ELSEWHERE and value is not None and value != ()
    ]
    return "; ".join(parts)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        return ", ".join(_said(v) for v in value)
    return f"{value:g}" if isinstance(value, float) else plain(str(value))


def _fingerprints(origin: Origin) -> str:
    parts = [
        f"{name} {text[:12]}"
        for name, text in (("records", origin.records), ("protocol", origin.protocol))
        if text
    ]
    return ", ".join([*parts, *([origin.software] if origin.software else [])])


def _where(opened: Opened) -> Iterator[tuple[str, str]]:
    yield "File", f"{opened.file}"
    yield "Subjects in", f"{opened.file.with_name('adsl.parquet')} (ADSL), joined by USUBJID"
    yield "Parameter", f"{opened.paramcd}, {opened.param}" if opened.paramcd else opened.param
    for place, condition in enumerate(opened.conditions):
        yield "Filter" if place == 0 else "", condition


def _counted(finding: Finding, opened: Opened, width: int) -> list[str]:
    events = opened.events is not None
    label = max(len(arm.label) for arm in opened.arms)
    label = min(max(label, len("arm")), 30)
    column = max(len(opened.counted), 6)
    head = f"  {'arm':<{label}}  {'subjects':>8}" + (f"  {opened.counted:>{column}}" if events else "")
    lines = [f"{head}  first subjects"]
    for arm in opened.arms:
        line = f"  {arm.label[:label]:<{label}}  {len(arm.subjects):>8}"
        line += f"  {arm.events:>{column}}" if events else ""
        lines.append(f"{line}  {_first_ids(arm.subjects, width - len(line) - 2)}")
    problem = opened.disagreement(finding)
    n = f"{opened.n} subjects" + (f", {opened.events} {opened.counted}" if events else "")
    if opened.person_years is not None:
        n += f", {opened.person_years:g} person-years"
    lines.append(f"  {'These disagree with' if problem else 'These agree with'} the finding: {n}.")
    return lines


def _first_ids(subjects: Sequence[str], width: int) -> str:
    """As many of the first ids as the width allows, one at least."""
    for most in range(min(FIRST, len(subjects)), 0, -1):
        text = "  ".join(subjects[:most]) + (" ..." if len(subjects) > most else "")
        if len(text) <= width or most == 1:
            return text
    return ""


def _read_in(finding: Finding, source: Source | None) -> Iterator[tuple[str, str | None]]:
    origin = finding.origin
    yield "Source", f"{source.citation} ({origin.source})" if source else origin.source
    if source:
        links = (("doi:", source.doi), ("PMID ", source.pmid), ("", source.url))
        yield "Found at", ", ".join(f"{word}{text}" for word, text in links if text)
        yield "Kind", ", ".join(p for p in (source.kind, f"{source.read} read" if source.read else "") if p)
    yield "Place", origin.place or "not stated"
    yield "As printed", finding.reported
    yield "How", _READ.get(origin.reliability or "", origin.reliability)


def _problems(problems: Iterable[Problem], width: int) -> list[str]:
    lines: list[str] = []
    for problem in problems:
        for place, part in enumerate(str(problem).splitlines()):
            start = "  " if place == 0 else "    "
            lines += textwrap.wrap(part.strip(), width, initial_indent=start, subsequent_indent="    ")
    return lines or ["  none"]


def _terms(pairs: Iterable[tuple[str, str | None]], width: int) -> list[str]:
    """Term and text in two columns; a term without a text is left out."""
    lines: list[str] = []
    for term, text in pairs:
        if text:
            lines += textwrap.wrap(
                text,
                width,
                initial_indent=f"  {term:<{_TERM}} ",
                subsequent_indent=" " * (_TERM + 3),
                break_long_words=False,
                break_on_hyphens=False,
            )
    return lines
