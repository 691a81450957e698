"""The table planned / published / here as plain text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from trialist.findings.model import Finding
from trialist.protocol.model import Protocol
from trialist.report import numbers, words
from trialist.report.side_by_side import Row, side_by_side

_NARROW = 76
_GAP = "  "


def side_by_side_text(
    protocol: Protocol, published: Iterable[Finding], here: Iterable[Finding], *, width: int = 100
) -> str:
    """Planned, published and here, one row per result. Every number carries its origin.

    Below 76 columns the three stand under each other. Numbers of another population are listed beneath
    the row as not joined, with the reason.
    """
    plan = protocol.plan
    joined = side_by_side(plan, published, here)
    blocks = [_stacked(protocol, row, width) if width < _NARROW else row for row in joined.rows]
    lines: list[str] = []
    if width < _NARROW:
        lines = [line for block in blocks if isinstance(block, list) for line in (*block, "")]
    elif joined.rows:
        label = max(26, int(width * 0.30))
        each = (width - label - 3 * len(_GAP)) // 3
        sizes = (label, each, each, each)
        lines = [*_columns(("", "planned", "published", "here"), sizes), "-" * width]
        previous = None
        for row in joined.rows:
            if previous is not None and row.key.endpoint != previous:
                lines.append("")
            if row.key.endpoint != previous:
                lines.append(_heading(protocol, row))
            previous = row.key.endpoint
            lines += _columns(
                (_label(protocol, row), _planned(row), _found(row.published), _found(row.here)), sizes
            )
            for text in _apart(row):
                lines += textwrap.wrap(text, width - 4, initial_indent="    ", subsequent_indent="      ")
    if joined.elsewhere:
        plural = "" if len(joined.elsewhere) == 1 else "s"
        more = numbers.count(len(joined.elsewhere))
        lines += ["", f"{more} more published result{plural} without a counterpart here"]
    return "\n".join(line.rstrip() for line in lines).rstrip("\n")


def _heading(protocol: Protocol, row: Row) -> str:
    objective = f" ({row.objective})" if row.objective else ""
    return f"{words.endpoint(protocol.plan, row.key.endpoint)}{objective}"


def _label(protocol: Protocol, row: Row) -> str:
    plan, key = protocol.plan, row.key
    parts = [words.measure(key.measure), words.timepoint(key.timepoint)]
    head = " ".join(part for part in parts if part)
    who = words.groups(plan, key.groups) if key.groups else ""
    return "\n".join(part for part in (f"  {head}", f"    {who}" if who else "") if part)


def _planned(row: Row) -> str:
    if not row.planned:
        return "-"
    return "\n".join(
        f"{item.text}\nassumed; {item.details}" if item.details else f"{item.text}\nassumed"
        for item in row.planned
    )


def _found(findings: tuple[Finding, ...]) -> str:
    if not findings:
        return "-"
    lines = []
    for finding in findings:
        who = numbers.denominator(finding)
        lines.append(words.value_line(finding))
        lines.append("; ".join(part for part in (who, _origin(finding)) if part))
    return "\n".join(lines)


def _origin(finding: Finding) -> str:
    if finding.origin.kind == "published":
        return finding.origin.source or "published"
    return finding.origin.label


def _apart(row: Row) -> list[str]:
    return [
        f"not joined: {words.value_line(item.finding)}, {_origin(item.finding)}: {item.why}"
        for item in row.apart
    ]


def _stacked(protocol: Protocol, row: Row, width: int) -> list[str]:
    lines = [_heading(protocol, row), *_label(protocol, row).splitlines()]
    for name, cell in (
        ("planned", _planned(row)),
        ("published", _found(row.published)),
        ("here", _found(row.here)),
    ):
        first, *rest = cell.split("\n")
        lines += textwrap.wrap(
            f"{name:<10}{first}", width - 4, initial_indent="    ", subsequent_indent=" " * 14
        )
        for line in rest:
            lines += textwrap.wrap(line, width - 14, initial_indent=" " * 14, subsequent_indent=" " * 14)
    for text in _apart(row):
        lines += textwrap.wrap(text, width - 4, initial_indent="    ", subsequent_indent="      ")
    return lines


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
