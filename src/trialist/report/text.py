"""The table planned / published / here as plain text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from trialist.findings.model import Finding
from trialist.protocol.model import Protocol
from trialist.report import numbers, words
from trialist.report.side_by_side import Row, any_recalled, side_by_side, told_apart

_NARROW = 80
_GAP = "  "


def side_by_side_text(
    protocol: Protocol, published: Iterable[Finding], here: Iterable[Finding], *, width: int = 100
) -> str:
    """Planned, published and here, one row per result. Every number carries its origin.

    Below 80 columns the three stand under each other. Numbers of another population are listed beneath
    the row as not joined, with the reason. The whole label of the numbers here (seed, source) stands in
    the heading of their column.
    """
    here = tuple(here)
    joined = side_by_side(protocol.plan, published, here)
    labels = dict.fromkeys(finding.origin.label for finding in here)
    last = f"here: {'; '.join(labels)}" if labels else "here"
    stacked = width < _NARROW
    label = max(22, int(width * 0.28))
    sizes = (label, *[(width - label - 3 * len(_GAP)) // 3] * 3)
    lines = _wrapped(last, width, 0) if stacked else _columns(("", "planned", "published", last), sizes)
    lines.append("-" * width)
    endpoint = None
    for row in joined.rows:
        if row.key.endpoint != endpoint:
            lines += [""] if endpoint is not None else []
            lines += _wrapped(_heading(protocol, row), width, 0)
        endpoint = row.key.endpoint
        cells = (_planned(row), _found(row.published), _found(row.here))
        if stacked:
            lines += _stack(_label(protocol, row), cells, width)
        else:
            lines += _columns((_label(protocol, row), *cells), sizes)
        for text in _apart(row):
            lines += _wrapped(text, width, 4)
    if not joined.rows:
        lines.append("no result to show")
    if any_recalled(joined):
        lines += ["", *_wrapped(f"{words.RECALLED}: {words.RECALLED_MEANS}", width, 0)]
    if joined.elsewhere:
        plural = "" if len(joined.elsewhere) == 1 else "s"
        more = numbers.count(len(joined.elsewhere))
        lines += ["", *_wrapped(f"{more} more published result{plural} without a counterpart here", width, 0)]
    return "\n".join(line.rstrip() for line in lines)


def _heading(protocol: Protocol, row: Row) -> str:
    objective = f" ({row.objective})" if row.objective else ""
    return f"{words.endpoint(protocol.plan, row.key.endpoint)}{objective}"


def _label(protocol: Protocol, row: Row) -> str:
    plan, key = protocol.plan, row.key
    parts = [words.measure(key.measure), words.timepoint(key.timepoint)]
    head = " ".join(part for part in parts if part)
    who = words.groups(plan, key.groups, key.measure) if key.groups else ""
    how = words.change(plan, key.endpoint, key.measure)
    return "\n    ".join(part for part in (f"  {head}", who, how) if part)


def _planned(row: Row) -> str:
    if not row.planned:
        return "-"
    lines = []
    for item in row.planned:
        known = ("assumed", words.planned_from(item.origin), item.details)
        lines.append(f"{item.text}\n{'; '.join(part for part in known if part)}")
    return "\n".join(lines)


def _found(findings: tuple[Finding, ...]) -> str:
    if not findings:
        return "-"
    lines = []
    for finding, apart in told_apart(findings):
        lines.append(f"{words.value_alone(finding)}\n{_behind(finding)}")
        lines += [apart] if apart and finding.origin.kind != "published" else []
    return "\n".join(lines)


def _behind(finding: Finding) -> str:
    parts = (
        words.p_value(finding) if finding.measure != "log_rank" else None,
        numbers.denominator(finding),
        words.analysed_when(finding),
        _origin(finding),
    )
    return "; ".join(part for part in parts if part)


def _origin(finding: Finding) -> str:
    """The source of a published number, and how it was taken from there unless it was simply read."""
    origin = finding.origin
    if words.recalled(origin):
        return words.planned_from(origin)
    if origin.kind != "published" and origin.entry is None:
        return words.origin_short(origin)
    kind = "" if origin.kind == "published" else words.origin_short(origin)
    known = (kind, origin.source, origin.reliability if origin.reliability != "read" else None)
    return ", ".join(dict.fromkeys(part for part in known if part)) or "published"


def _apart(row: Row) -> list[str]:
    lines = [f"note: {row.note}"] if row.note else []
    for item in row.apart:
        known = (words.value_line(item.finding), words.analysed_when(item.finding), _origin(item.finding))
        lines.append(f"not joined: {', '.join(part for part in known if part)}: {item.why}")
    return lines


def _stack(label: str, cells: tuple[str, ...], width: int) -> list[str]:
    lines = [part for line in label.split("\n") for part in _wrapped(line, width, 0)]
    for name, cell in zip(("planned", "published", "here"), cells, strict=True):
        first, *rest = cell.split("\n")
        lines += textwrap.wrap(f"{name:<10}{first}", width, initial_indent="    ", subsequent_indent=" " * 14)
        for line in rest:
            lines += textwrap.wrap(line, width, initial_indent=" " * 14, subsequent_indent=" " * 14)
    return lines


def _wrapped(text: str, width: int, indent: int) -> list[str]:
    """The text in lines of the width, later lines two columns deeper than the first."""
    start = " " * (indent + len(text) - len(text.lstrip()))
    return textwrap.wrap(text.lstrip(), width, initial_indent=start, subsequent_indent=f"{start}  ")


def _columns(cells: tuple[str, ...], sizes: tuple[int, ...]) -> list[str]:
    wrapped = []
    for cell, size in zip(cells, sizes, strict=True):
        lines: list[str] = []
        for line in cell.split("\n"):
            indent = line[: len(line) - len(line.lstrip())]
            lines += textwrap.wrap(line, size, subsequent_indent=indent) or [""]
        wrapped.append(lines)
    height = max(map(len, wrapped))
    return [
        _GAP.join(
            (lines[i] if i < len(lines) else "").ljust(size)
            for lines, size in zip(wrapped, sizes, strict=True)
        )
        for i in range(height)
    ]
