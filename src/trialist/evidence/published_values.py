"""Values of a file of published results, each taken as the kind that it must be, or told as a problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trialist.findings.measures import MEASURES
from trialist.problems import Place, Problem

LARGEST = 1e300  # beyond it, and for infinity and not-a-number, a number is none
_LEAST = frozenset({"time", "ratio", "proportion", "count"})  # scales without values below 0


class Values:
    """Collects problems while values of one file are taken; each names the line and the finding."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def add(self, code: str, message: str, remedy: str, line: int | None, record: str | None = None) -> None:
        self.problems.append(Problem(code, message, remedy, Place(self.file, line, None, record)))

    def text(self, item: Mapping[str, Any], word: str, line: int, name: str) -> str | None:
        value = item.get(word)
        if value is None or isinstance(value, str):
            return value
        self.add("E603", f"'{word}' is {shown(value)}, not text", "put it in quotation marks", line, name)
        return None

    def number(self, value: Any, word: str, line: int, name: str) -> float | None:
        if value is None:
            return None
        if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= LARGEST:
            return float(value)
        self.add("E603", f"{word} is {shown(value)}, not a number", "give a plain number", line, name)
        return None

    def share(self, value: Any, word: str, line: int, name: str, ends: bool = False) -> float | None:
        number = self.number(value, word, line, name)
        if number is None or 0 < number < 1 or (ends and number in (0, 1)):
            return number
        self.add("E603", f"{word} is {number:g}", "give a number between 0 and 1", line, name)
        return None

    def count(self, value: Any, word: str, line: int, name: str) -> int | None:
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        self.add("E603", f"'{word}' is {shown(value)}, not a count", "give a whole number", line, name)
        return None

    def estimate(self, value: Any, measure: str | None, line: int, name: str) -> float | None:
        """The estimate, where its measure can have that value."""
        number = self.number(value, "estimate", line, name)
        if number is not None and not possible(number, measure):
            remedy = "write 39.2% as 0.392; times, ratios and counts are not below 0"
            self.add("E603", f"the estimate of a {measure} is {number:g}", remedy, line, name)
        return number

    def part(
        self, item: Mapping[str, Any], word: str, allowed: set[str], line: int, name: str
    ) -> Mapping[str, Any] | None:
        value = item.get(word)
        if value is None:
            return None
        if isinstance(value, dict) and set(value) <= allowed:
            return value
        self.add(
            "E603",
            f"'{word}' is not made of {', '.join(sorted(allowed))}",
            f"write them under '{word}'",
            line,
            name,
        )
        return None


def possible(number: float, measure: str | None) -> bool:
    """Whether a measure can be that: a share lies between 0 and 1, no time, ratio or count below 0."""
    known = MEASURES.get(measure or "")
    scale = known.scale if known else "value"
    return (scale not in _LEAST or number >= 0) and (scale != "proportion" or number <= 1)


def plain(value: Any) -> bool:
    """Whether an option of a method can be printed: a text, a finite number, or a list of them."""
    if isinstance(value, list):
        return all(plain(v) for v in value)
    if isinstance(value, (int, float)):
        return abs(value) <= LARGEST
    return value is None or isinstance(value, str)


def shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
