"""A percent that is the threshold of an endpoint, no share of anybody: `a fall of 50% or more`, `>=30%`."""

from __future__ import annotations

import re

_CHANGE = (
    r"(?:falls?|fell|fallen|falling|drop(?:s|ped)?|declin(?:e|es|ed|ing)|reduc(?:tions?|ed)|decreas(?:e|es|ed)"
    r"|rise|rose|risen|increas(?:e|es|ed)|change|shrink(?:age|ing)|shrank|regression|worsening|loss|threshold"
    r"|cut-?off|criterion)"
)
_LEAST = r"(?:at least|more than|over|about|not less than|no less than|a further|[<>≤≥]=?)"
_BY = re.compile(
    rf"\b{_CHANGE}\b(?:\s+(?!in\s+\d)(?!to\b|was\b|were\b|seen\b)[a-z0-9-]+){{0,5}}?\s+(?:of|by)\s+(?:{_LEAST}\s*)?$",
    re.I,
)
_SIGN = re.compile(r"(?:[>≥]=?|\bPSA\s+)\s*$")
_ARTICLE = re.compile(rf"(?:\b(?:an?|the|any|confirmed)\s+(?:{_LEAST}\s*)?|{_LEAST}\s*)$", re.I)
_OR_MORE = (
    r"\s*(?:%|per ?cent)?,?\s*(?:or|and)\s+(?:more|greater|better|higher|above|over|larger|less|lower)\b"
)
_BOUND_BEHIND = re.compile(_OR_MORE, re.I)
_CHANGE_BEHIND = re.compile(
    rf"(?:{_OR_MORE})?[\s-]+(?:confirmed\s+)?(?:PSA|tumou?r|serum|count|CTC|pain)?[\s-]*"
    r"(?:fall|drop|decline|reduction|decrease|rise|increase|shrinkage|change)\b",
    re.I,
)
_OF_PEOPLE = re.compile(
    rf"(?:{_OR_MORE})?\s*of\s+(?:the|all|those|these|them|\d|[a-z]+s\b|men\b|women\b|people\b)", re.I
)
_IN = re.compile(r"\b(?:in|by|for|among)\s+(?:[a-z]+\s+){0,2}$", re.I)


_MEASURED_BEHIND = re.compile(
    r"[\s-]+(?:confirmed\s+)?(?:PSA|tumou?r(?:\s+size)?|CTC|cell|count|marker)\s+(?:count\s+)?"
    r"(?:fall|drop|decline|reduction|decrease|rise|increase|shrinkage)\b",
    re.I,
)


def limit(text: str, start: int, end: int, begin: int = 0) -> bool:
    """Whether a percent is what an endpoint asks for, and no result: `a 50% PSA fall`, `of 50% or more`."""
    return _MEASURED_BEHIND.match(text, end) is not None or (
        _BOUND_BEHIND.match(text, end) is not None
        and _BY.search(text[max(begin, start - 60) : start]) is not None
    )


def threshold(text: str, start: int, end: int, begin: int = 0) -> bool:
    """Whether a percent (`end`: behind its sign) is a limit that was set; `begin`: of the sentence."""
    ahead, behind = text[max(begin, start - 60) : start], text[end : end + 40]
    if _OF_PEOPLE.match(behind):
        return False
    if _BY.search(ahead) or _SIGN.search(ahead):
        return True
    if _BOUND_BEHIND.match(behind) and not _IN.search(ahead) and ahead.strip():
        return True
    return _CHANGE_BEHIND.match(behind) is not None and _ARTICLE.search(ahead) is not None
