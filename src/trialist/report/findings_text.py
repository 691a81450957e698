"""Findings as a plain table for a terminal: what, of whom, the number with its interval, p, denominator."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from trialist.findings.model import Finding, Method
from trialist.report import numbers, words

_GAP = "  "
_Place = Callable[[Finding], int]


def findings_text(
    findings: Sequence[Finding], labels: Mapping[str, str] | None = None, *, width: int = 100
) -> str:
    """The findings of one method under a heading with its options, and under each what is to be said of it.

    Parameters
        labels  arm -> printed label
        width   of the terminal, in characters
    Numbers at risk stand on the line of the probability at the same time.
    """
    at_risk = {(f.groups, f.timepoint): f for f in findings if f.measure == "n_at_risk"}
    shown = sorted((f for f in findings if f.measure != "n_at_risk"), key=_first_seen(findings))
    lines: list[str] = []
    for method, some in groupby(shown, key=lambda f: words.method(f.method)):
        own = tuple(some)
        lines += ["", *textwrap.wrap(method, width, subsequent_indent="    ")]
        cells = [_cells(f, at_risk.get((f.groups, f.timepoint)), labels or {}) for f in own]
        sizes = [max(len(row[i]) for row in cells) for i in range(3)]
        for finding, row in zip(own, cells, strict=True):
            padded = (f"{text:<{size}}" for text, size in zip(row, sizes, strict=False))
            rest = (text for text in row[3:] if text)
            lines.append(_GAP + _GAP.join((*padded, *rest)))
            lines += [f"      {text}" for text in _said(finding, width)]
    return "\n".join(line.rstrip() for line in lines).lstrip("\n")


def _first_seen(findings: Sequence[Finding]) -> _Place:
    """Findings of one method stand together, in the order in which the methods came."""
    places: dict[Method, int] = {}
    for finding in findings:
        places.setdefault(finding.method, len(places))
    return lambda finding: places[finding.method]


def _cells(finding: Finding, at_risk: Finding | None, labels: Mapping[str, str]) -> tuple[str, ...]:
    what = (words.measure(finding.measure), words.timepoint(finding.timepoint))
    who = " v ".join(labels.get(group, group) for group in finding.groups)
    risk = f"{at_risk.estimate:.0f} at risk" if at_risk is not None and at_risk.estimate is not None else ""
    return (
        " ".join(part for part in what if part),
        who,
        numbers.with_interval(finding),
        numbers.p_value(finding.p_value) if finding.p_value else "",
        numbers.denominator(finding) or "",
        risk,
    )


def _said(finding: Finding, width: int) -> list[str]:
    told = [finding.note] if finding.note else []
    told += [f"{problem.code} {problem.message}" for problem in finding.problems]
    return [line for text in told for line in textwrap.wrap(text, width - 6, subsequent_indent="  ")]
