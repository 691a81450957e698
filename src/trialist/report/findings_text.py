"""Findings as a plain table for a terminal: what, of whom, the number with its interval, p, denominator."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from trialist.findings.measures import MEASURES
from trialist.findings.model import Finding, Method
from trialist.report import numbers, words

_GAP = "  "
_SAID_BY_THE_NOTE = frozenset({"covariate", "covariate_level", "against", "per"})


def findings_text(
    findings: Sequence[Finding], labels: Mapping[str, str] | None = None, *, width: int = 100
) -> str:
    """The findings of one analysis under a heading with its options, and under them what is to be said.

    An option that is not the same for all of them stands on the line; what is said of all is said once.
    Numbers at risk stand on the line of the probability at the same time. Findings of an analysis that do not
    fit into the width stand each on several lines.

    Parameters
        labels  arm -> printed label
        width   of the terminal, in characters
    """
    at_risk = {(f.groups, f.timepoint): f for f in findings if f.measure == "n_at_risk"}
    lines: list[str] = []
    for _, some in groupby((f for f in findings if f.measure != "n_at_risk"), key=_analysis):
        own = tuple(some)
        shared = tuple(pair for pair in own[0].method.options if all(pair in f.method.options for f in own))
        heading = words.method(Method(own[0].method.name, shared))
        lines += ["", *textwrap.wrap(heading, width, subsequent_indent="    ")]
        rows = [_cells(f, at_risk.get((f.groups, f.timepoint)), shared, labels or {}) for f in own]
        printed = _lines(rows, width)
        said = [_said(f) for f in own]
        by_all = [text for text in said[0] if all(text in each for each in said)]
        before: list[str] = []
        for row, told in zip(printed, said, strict=True):
            lines += row
            mine = [text for text in told if text not in by_all]
            lines += _wrapped(mine if mine != before else [], width, 6)
            before = mine
        lines += _wrapped(by_all, width, 4)
    return "\n".join(line.rstrip() for line in lines).lstrip("\n")


def _lines(rows: Sequence[tuple[str, ...]], width: int) -> list[list[str]]:
    """The cells of each finding in columns; where they do not fit, its numbers under what they are of."""
    sizes = [max(len(row[i]) for row in rows) for i in range(3)]
    made = []
    for row in rows:
        padded = (f"{text:<{size}}" for text, size in zip(row, sizes, strict=False))
        made.append([_GAP + _GAP.join((*padded, *(text for text in row[3:] if text)))])
    if max(len(line.rstrip()) for (line,) in made) <= width:
        return made
    return [
        [
            *_wrapped([", ".join(text for text in row[:2] if text)], width, len(_GAP)),
            *_wrapped([_GAP.join(text for text in row[2:] if text)], width, 2 * len(_GAP)),
        ]
        for row in rows
    ]


def _analysis(finding: Finding) -> tuple[str, Any]:
    """What findings of one analysis have in common: the method and the covariates of its model."""
    return finding.method.name, dict(finding.method.options).get("covariates")


def _cells(
    finding: Finding, at_risk: Finding | None, shared: Sequence[tuple[str, Any]], labels: Mapping[str, str]
) -> tuple[str, ...]:
    what = (words.measure(finding.measure), words.timepoint(finding.timepoint), _own(finding, shared))
    known = MEASURES.get(finding.measure)
    between = " and " if known is not None and known.scale in ("time", "proportion") else " v "
    who = between.join(labels.get(group, group) for group in finding.groups)
    risk = f"{at_risk.estimate:.0f} at risk" if at_risk is not None and at_risk.estimate is not None else ""
    return (
        " ".join(part for part in what if part),
        who,
        numbers.with_interval(finding),
        numbers.p_value(finding.p_value) if finding.p_value else "",
        numbers.denominator(finding) or "",
        risk,
    )


def _own(finding: Finding, shared: Sequence[tuple[str, Any]]) -> str:
    """The options of this line alone, in brackets; a covariate is named as it stands."""
    told = dict(finding.method.options)
    if "covariate" in told:
        level = f": {told['covariate_level']}" if "covariate_level" in told else ""
        return f"{told['covariate']}{level}"
    parts = []
    for key, value in finding.method.options:
        if (key, value) in shared or key in _SAID_BY_THE_NOTE or value is None or value == ():
            continue
        named = words.method(Method("", ((key, value),))).removeprefix(": ")
        parts.append(named or f"{words.plain(key)} {value}")
    return f"({'; '.join(parts)})" if parts else ""


def _said(finding: Finding) -> list[str]:
    named = "covariate" in dict(finding.method.options)  # the note names it again
    told = [finding.note] if finding.note and not named else []
    return told + [f"{problem.code} {problem.message}" for problem in finding.problems]


def _wrapped(texts: Sequence[str], width: int, indent: int) -> list[str]:
    """Each text on lines of its own."""
    room = " " * indent
    return [
        line
        for text in texts
        for line in textwrap.wrap(text, width, initial_indent=room, subsequent_indent=room + "  ")
    ]
