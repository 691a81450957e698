"""Agreement of two evaluators read a second time, in plain Python.

A patient has `responses`, evaluator -> [(day, word, accepted)], and `death` and `therapy`, days or
None. Nothing here is shared with the package.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import reading_response

Patient = dict[str, Any]
Verdict = dict[str, Any]
INTERVAL = 63


def verdicts(patient: Patient, evaluator: str, accepted_only: bool = False) -> Verdict:
    """By one evaluator: best response, and (event, day) of each time, None where there is no such time."""
    visits = [
        (day, word)
        for day, word, accepted in patient["responses"][evaluator]
        if accepted == "Y" or not accepted_only
    ]
    best, _ = reading_response.best_response(visits, patient["therapy"], confirmed=False)
    begin = reading_response.response_begins(visits, patient["therapy"], confirmed=False)
    end = reading_response.progression_free(
        visits, patient["death"], patient["therapy"], None, reading="fda", interval=INTERVAL
    )
    lasting = reading_response.duration(begin, end)
    return {
        "bor": best,
        "pfs": (end[0], end[1]),
        "ttr": None if begin is None else (True, begin),
        "dor": None if lasting is None or begin is None else (lasting[0], max(end[1], begin)),
    }


def cell(verdict: Any) -> str:
    """A best response, or whether the event was seen."""
    if verdict is None:
        return "missing"
    return verdict if isinstance(verdict, str) else "event" if verdict[0] else "no event"


def cross_table(pairs: list[tuple[Any, Any]]) -> Counter[tuple[str, str]]:
    """Of those of whom the first has a verdict."""
    return Counter((cell(first), cell(second)) for first, second in pairs if first is not None)


def agreed(pairs: list[tuple[Any, Any]], with_day: bool) -> tuple[int, int]:
    """(subjects of whom both say the same, subjects).

    With the day: both saw an event and on one day, or neither saw one, whenever each stopped looking.
    """
    asked = [(first, second) for first, second in pairs if first is not None]

    def same(first: Any, second: Any) -> bool:
        if cell(first) != cell(second):
            return False
        return not with_day or not first[0] or bool(first[1] == second[1])

    return sum(same(*pair) for pair in asked), len(asked)
