"""Columns are used as what they are: a number is not compared with text, a text is not true or false."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trialist.problems import Problem
from trialist.protocol.checks.conditions import SUBJECT_SORTS, Use, shown, uses
from trialist.protocol.model import BiomarkerRules, Protocol
from trialist.protocol.predicate import Node, parse_condition

_SAID = {"text": "text", "number": "a number", "boolean": "true or false", "date": "a date"}
_REMEDIES = {
    "text": "compare it with text in single quotes: {column} = 'a'",
    "number": "compare it with a number: {column} >= 18",
    "boolean": "write it alone, or with not: {column}, not {column}",
    "date": "compare it with a date in single quotes: {column} >= '2015-11-17'",
}


def columns_are_used_as_what_they_are(protocol: Protocol) -> Iterator[Problem]:
    """E233: a column of one sort where the condition needs another."""
    allocation = protocol.plan.allocation
    inputs = dict(allocation.inputs) if isinstance(allocation, BiomarkerRules) else {}
    subject = {**SUBJECT_SORTS, **dict.fromkeys(protocol.plan.factors, "text")}
    for use in uses(protocol):
        condition, _ = parse_condition(use.text)
        if condition is None or use.columns is None:
            continue
        sorts = inputs if use.path[0] == "allocation" else subject
        for column, needed in sorted(set(_misused(condition.root, sorts, "boolean"))):
            yield _problem(protocol, use, column, sorts[column], needed)


def _problem(protocol: Protocol, use: Use, column: str, sort: str, needed: str) -> Problem:
    return Problem(
        "E233",
        f"{shown(use.text)} uses '{column}' as {_SAID[needed]}, but it is {_SAID[sort]}",
        _REMEDIES[sort].format(column=column),
        protocol.place(*use.path),
    )


def _misused(node: Node, sorts: Mapping[str, str], needed: str) -> Iterator[tuple[str, str]]:
    """Columns whose sort is not the one needed where they stand, with that sort."""
    if node.name == "column":
        sort = sorts.get(node.value)
        if sort is not None and needed != "any" and not _fits(sort, needed):
            yield node.value, needed
        return
    if node.name in ("and", "or", "not"):
        inside = "boolean"
    elif node.name in ("+", "-", "*", "/", "negate", "abs", "round"):
        inside = "number"
    elif node.name in ("lower", "upper"):
        inside = "text"
    elif node.name == "is_null":
        inside = "any"
    else:
        inside = _shared(node, sorts)
    for part in node.parts:
        yield from _misused(part, sorts, inside)


def _shared(node: Node, sorts: Mapping[str, str]) -> str:
    """The sort that the parts of a comparison share: that of a constant or calculation, else of a column."""
    of_constants = [p.kind for p in node.parts if p.kind != "any"]
    of_columns = [sorts[p.value] for p in node.parts if p.name == "column" and p.value in sorts]
    return (of_constants or of_columns or ["any"])[0]


def _fits(sort: str, needed: str) -> bool:
    return sort == needed or (sort == "date" and needed == "text")
