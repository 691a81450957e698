"""What is wrong, where, why, and what to do about it.

Trouble in data is a value. Readers, checks and expectations return every `Problem` they find in one
run; derivations then assume clean input. An exception means a bug of ours.

Codes are stable; the letter is the severity and each code has a page in `problem_pages/`:
E (error: the work can't go on with this input), W (warning: contradicts itself or the evidence, work
goes on), N (note: something a reader of the result must know). Hundreds: 0 files, 1 protocol text and
its arithmetic, 2 protocol meaning, 3 records, 4 statistics, 5 reconstruction and simulation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
_SEVERITY: dict[str, Severity] = {"E": "error", "W": "warning", "N": "note"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where: a file, and inside it a line and column (1-based) or a record key such as `dm 001`."""

    file: str
    line: int | None = None
    column: int | None = None
    record: str | None = None

    def __str__(self) -> str:
        text = self.file
        if self.line is not None:
            text += f":{self.line}"
        if self.record is not None:
            text += f" [{self.record}]"
        return text


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: a stable code, what and why in `message`, what to do in `remedy`."""

    code: str
    message: str
    remedy: str
    place: Place | None = None

    @property
    def severity(self) -> Severity:
        return _SEVERITY[self.code[0]]

    def __str__(self) -> str:
        head = f"{self.place}: " if self.place else ""
        return f"{head}{self.code} {self.message}\n  Remedy: {self.remedy}"

    def as_json(self) -> dict[str, Any]:
        place = self.place
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "remedy": self.remedy,
            "place": None
            if place is None
            else {"file": place.file, "line": place.line, "column": place.column, "record": place.record},
        }


def errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems that stop the work."""
    return tuple(p for p in problems if p.severity == "error")


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems of one file, each told once, in order of line, column and code; those of no line first."""
    return tuple(sorted(dict.fromkeys(problems), key=_line_column_code))


def _line_column_code(problem: Problem) -> tuple[int, int, str]:
    place = problem.place
    return (place.line or 0, place.column or 0, problem.code) if place else (0, 0, problem.code)
