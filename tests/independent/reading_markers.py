"""Results at two visits read a second time, in plain Python, one patient at a time.

A result is (day, visit, value, mark, unit, failed): mark is None, "<" or ">". A specimen is (visit, failed).
Nothing here is shared with the package.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Result = tuple[int, str, float | None, str | None, str | None, bool]
Specimen = tuple[str, bool]
Found = tuple[float | None, str | None, str | None, str | None, float | None]


@dataclass(frozen=True)
class Rule:
    unit: str | None = None
    factors: tuple[tuple[str, float], ...] = ()
    censored: str = "limit"
    same_visit: str = "last"
    before_days: tuple[int, int] | None = None
    after_days: tuple[int, int] | None = None
    scale: str = "natural"
    specimens: bool = False


def plain(unit: str | None) -> str:
    return "".join((unit or "").lower().split(" "))


def number(value: float, mark: str | None, unit: str | None, rule: Rule) -> tuple[float | None, str | None]:
    """The number that counts, or None with the reason."""
    if mark and rule.censored == "exclude":
        return None, "CENSORED"
    factor = 1.0
    if rule.unit is not None:
        known = {plain(name): f for name, f in rule.factors} | {plain(rule.unit): 1.0}
        if plain(unit) not in known:
            return None, "UNIT_UNKNOWN"
        factor = known[plain(unit)]
    if mark == "<":
        value *= {"limit": 1.0, "half": 0.5, "zero": 0.0}[rule.censored]
    return value * factor, None


def recorded(value: float, unit: str | None, rule: Rule) -> float:
    """The number of the record, in the unit of the rule."""
    return number(value, None, unit, rule)[0] or 0.0


def visit(
    results: Sequence[Result],
    specimens: Sequence[Specimen],
    some_specimen: bool,
    name: str,
    days: tuple[int, int] | None,
    rule: Rule,
) -> Found:
    """Value, mark, unit, or the reason why there is none."""
    here = [row for row in results if row[1] == name]
    values, why = [], []
    for day, _, value, mark, unit, failed in here:
        inside = days is None or days[0] <= day <= days[1]
        if value is None:
            why.append("SPECIMEN_FAILED" if failed else "NOT_MEASURED")
            continue
        if failed:
            why.append("SPECIMEN_FAILED")
            continue
        if not inside:
            why.append("OUTSIDE_WINDOW")
            continue
        read, reason = number(value, mark, unit, rule)
        if reason == "CENSORED" and rule.unit is not None:
            known = {plain(n) for n, _ in rule.factors} | {plain(rule.unit)}
            if plain(unit) not in known:
                why.append("UNIT_UNKNOWN")
        if reason is not None:
            why.append(reason)
        else:
            assert read is not None
            limit = recorded(value, unit, rule)
            values.append((read, mark, plain(rule.unit if rule.unit is not None else unit), limit))
    if values:
        if rule.same_visit == "mean":
            mean = math.fsum(value for value, _, _, _ in values) / len(values)
            marks, units = {m for _, m, _, _ in values}, {u for _, _, u, _ in values}
            mark = marks.pop() if len(marks) == 1 else None
            limit = math.fsum(x for _, _, _, x in values) / len(values)
            return mean, mark, units.pop() if len(units) == 1 else None, None, limit
        value, mark, unit, limit = values[-1 if rule.same_visit == "last" else 0]
        return value, mark, unit, None, limit
    mine = [failed for where, failed in specimens if where == name]
    if rule.specimens:
        why += ["SPECIMEN_FAILED" if failed else "NOT_MEASURED" for failed in mine]
    order = ["CENSORED", "UNIT_UNKNOWN", "OUTSIDE_WINDOW", "SPECIMEN_FAILED", "NOT_MEASURED"]
    for reason in order:
        if reason in why:
            return None, None, None, reason, None
    return None, None, None, "NO_SPECIMEN" if rule.specimens and some_specimen else "NO_RESULT", None


def change(before: Found, after: Found, rule: Rule) -> tuple[float | None, str, bool]:
    """The change, the reason, and whether one of its values is known only as below or above a limit."""
    for found, word, unknown in (
        (before, "BASELINE", "NO_BASELINE"),
        (after, "LATER", "NO_POSTBASELINE"),
    ):
        if found[0] is None:
            return None, unknown if found[3] == "NO_RESULT" else f"{word}_{found[3]}", False
    a, b = before[0], after[0]
    assert a is not None
    assert b is not None
    if before[2] is None or before[2] != after[2]:
        return None, "UNITS_DIFFER", False
    if before[1] is not None and before[1] == after[1]:
        return None, "BELOW_AT_BOTH" if before[1] == "<" else "ABOVE_AT_BOTH", False
    for (one, mark), other in (((before[4], before[1]), after[4]), ((after[4], after[1]), before[4])):
        assert one is not None
        assert other is not None
        if (mark == "<" and other < one) or (mark == ">" and other > one):
            return None, "DIRECTION_UNKNOWN", False
    censored = before[1] is not None or after[1] is not None
    if rule.scale == "natural":
        return b - a, "EVALUABLE", censored
    if a <= 0 or (rule.scale == "log" and b <= 0):
        return None, "NOT_POSITIVE", False
    return (math.log(b / a) if rule.scale == "log" else 100 * (b - a) / a), "EVALUABLE", censored


WORDS = {"POS": "positive", "NEG": "negative", "UNDETERMINED": "undetermined"}


def status(results: Sequence[tuple[int, str, str]], name: str) -> str:
    """The last answer at a visit; an assay without one counts only where no other gave one."""
    here = [WORDS[word.upper()] for _, where, word in results if where == name and word.upper() in WORDS]
    answers = [word for word in here if word != "undetermined"]
    return (answers or here or ["missing"])[-1]
