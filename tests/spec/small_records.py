"""A protocol of two arms, two people of its DM, and records of theirs to vary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from trialist.problems import Problem

PROTOCOL = """\
trial: T-1
title: A trial of two arms
condition: mCRPC
randomised: true
dates: {cut_off: "2015-01-01"}
arms:
  new: {label: New treatment, code: A}
  old: {code: B}
factors:
  ecog: {levels: ["0-1", "2"], test: ECOG}
allocation: {method: permuted_blocks, ratio: {new: 1, old: 1}}
endpoints:
  os: {derive: overall_survival}
populations:
  itt: {label: All randomised, where: "randomised"}
"""

Rows = list[dict[str, Any]]

PEOPLE: Rows = [
    {"subject": "001", "arm_code": "A", "actual_arm_code": "A", "reference_start": date(2014, 1, 1)},
    {"subject": "002", "arm_code": "B", "actual_arm_code": "B", "reference_start": date(2014, 2, 1)},
]
NOT_ALLOCATED: Rows = [
    {"subject": "003", "arm_code": "Scrnfail", "actual_arm_code": "Scrnfail"},
    {"subject": "004", "arm_code": None},
]

Checked = Callable[..., list[Problem]]


def person(subject: str = "001", **more: Any) -> dict[str, Any]:
    """A subject of arm A, with some columns of DM."""
    return {"subject": subject, "arm_code": "A", "reference_start": date(2014, 1, 1), **more}


def record(subject: str = "001", sequence: int = 1, **more: Any) -> dict[str, Any]:
    return {"subject": subject, "sequence": sequence, **more}


def value(sequence: int, amount: float, unit: str = "ng/mL", **more: Any) -> dict[str, Any]:
    made = {"test_code": "PSA", "value": amount, "unit": unit, "date": date(2014, 3, 1)}
    return record(sequence=sequence, **{**made, **more})


def codes(problems: list[Problem]) -> list[str]:
    return [p.code for p in problems]


def response(sequence: int, word: str | None, test: str = "OVRLRESP") -> dict[str, Any]:
    return record(sequence=sequence, test_code=test, result=word, date=date(2014, 3, sequence))


def checked_together(checked: Checked, cases: Sequence[Mapping[str, Rows]]) -> list[list[Problem]]:
    """The problems of each case, all found in one run: before its subjects' names stands a case's number.

    Too many cases of one code would hide each other: a problem names five records.
    """
    stacked: dict[str, Rows] = {}
    for number, domains in enumerate(cases):
        for name, rows in {"dm": PEOPLE, **domains}.items():
            own = [{**row, "subject": f"case {number}/{row['subject']}"} for row in rows]
            stacked.setdefault(name, []).extend(own)
    for name, rows in stacked.items():
        columns = dict.fromkeys(column for row in rows for column in row)
        stacked[name] = [{column: row.get(column) for column in columns} for row in rows]
    found = checked(**stacked)
    assert not any("..." in problem.message for problem in found)
    return [[p for p in found if f"case {number}/" in p.message] for number in range(len(cases))]
