"""Tumour response at visits read a second time, in plain Python.

A patient is a list of (day, lesion, role, node, diameter, state); a row with neither diameter nor state was
not read. Sizes are compared as exact decimal fractions. Nothing here is shared with the package.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

Row = tuple[int, str, str, bool, float | None, str | None]


def size_of(row: Row) -> Fraction | None:
    """mm: as measured; a lesion too small has 5, one that is gone or merged has 0."""
    _, _, _, _, diameter, state = row
    if state == "TOO SMALL" and not diameter:
        return Fraction(5)
    if diameter is not None:
        return Fraction(str(diameter))
    return Fraction(0) if state in ("ABSENT", "MERGED") else None


def is_read(row: Row) -> bool:
    return row[4] is not None or row[5] is not None


def is_disease(row: Row) -> bool:
    """Something is left: a node of 10 mm, or any other lesion that is not 0 mm."""
    size = size_of(row)
    if size is None:
        return is_read(row)
    return size >= 10 if row[3] else size > 0


def target_sum(rows: list[Row]) -> Fraction | None:
    sizes = [size for row in rows if (size := size_of(row)) is not None]
    return sum(sizes, Fraction(0)) if sizes else None


def whole(rows: list[Row], names: set[str]) -> bool:
    """Every lesion was read, in all its parts."""
    return {row[1] for row in rows} == names and all(size_of(row) is not None for row in rows)


def baseline_sum(rows: list[Row], names: set[str], end: int) -> Fraction | None:
    total = Fraction(0)
    for name in names:
        mine = [row for row in rows if row[1] == name and row[0] <= end]
        days = sorted({row[0] for row in mine}, reverse=True)
        usable = [d for d in days if whole([row for row in mine if row[0] == d], {name})]
        if not usable:
            return None
        total += target_sum([row for row in mine if row[0] == usable[0]]) or Fraction(0)
    return total


def judge_targets(
    rows: list[Row], names: set[str], base: Fraction | None, nadir: Fraction | None, was_complete: bool
) -> str | None:
    if not names:
        return None
    if base is None or nadir is None:
        return "NE"
    total, all_read = target_sum(rows), whole(rows, names)
    left = any(is_disease(row) for row in rows if size_of(row) is not None)
    # a target seen without being measured: above 0 mm, which for a node may still be normal
    left = left or any(row[5] in ("PRESENT", "WORSE") and not row[3] and size_of(row) is None for row in rows)
    if all_read and not left:
        return "CR"
    if left and (was_complete or nadir == 0):
        return "PD"
    if left and total is not None and total * 5 >= nadir * 6 and total - nadir >= 5:
        return "PD"
    if not all_read or total is None:
        return "NE"
    return "PR" if total * 10 <= base * 7 else "SD"


def judge_others(rows: list[Row], names: set[str], was_complete: bool) -> str | None:
    if not names:
        return None
    if any(row[5] == "WORSE" for row in rows):
        return "PD"
    if was_complete and any(is_read(row) and is_disease(row) and row[5] != "EQUIVOCAL" for row in rows):
        return "PD"
    if {row[1] for row in rows} != names or not all(is_read(row) for row in rows):
        return "NE"
    return "NON-CR/NON-PD" if any(is_disease(row) for row in rows) else "CR"


def new_since(rows: list[Row]) -> int | None:
    """The first day of a new lesion that is, or becomes, certain without having been gone in between."""
    found = []
    for name in {row[1] for row in rows}:
        began = None
        for day in sorted({row[0] for row in rows if row[1] == name}):
            today = [row for row in rows if row[1] == name and row[0] == day]
            if not all(is_read(row) for row in today):
                continue
            shown = [row for row in today if is_disease(row)]
            if not shown:
                began = None
                continue
            began = day if began is None else began
            if any(row[5] != "EQUIVOCAL" for row in shown):
                found.append(began)
                break
    return min(found, default=None)


def together(target: str | None, other: str | None, new: bool) -> str:
    if new or "PD" in (target, other):
        return "PD"
    if target is None:
        return other or "NED"
    if target == "CR":
        return "CR" if other in ("CR", None) else "PR"
    return target


def visits(rows: list[Row], first_dose: int | None, cutoff: int | None) -> list[dict[str, Any]]:
    """Every visit after the baseline, in order."""
    rows = [row for row in rows if cutoff is None or row[0] <= cutoff]
    end = max(0, first_dose or 0)
    of = {role: [row for row in rows if row[2] == role] for role in ("TARGET", "NON-TARGET", "NEW")}
    targets, others = ({row[1] for row in of[role]} for role in ("TARGET", "NON-TARGET"))
    base = baseline_sum(of["TARGET"], targets, end) if targets else None
    nadir, was_complete = base, False
    new_day = new_since([row for row in of["NEW"] if row[0] > end])
    found = []
    for day in sorted({row[0] for row in rows if row[0] > end}):
        mine = [row for row in of["TARGET"] if row[0] == day]
        target = judge_targets(mine, targets, base, nadir, was_complete)
        other = judge_others([row for row in of["NON-TARGET"] if row[0] == day], others, was_complete)
        new = new_day is not None and day >= new_day
        found.append(
            {
                "day": day,
                "response": together(target, other, new),
                "target": target,
                "non_target": other,
                "new_lesion": new,
                "sum": target_sum(mine),
                "nadir": nadir,
                "baseline": base,
            }
        )
        if together(target, other, new) == "CR":
            was_complete = True
        if targets and nadir is not None and whole(mine, targets):
            total = target_sum(mine)
            nadir = total if total is not None and total < nadir else nadir
    return found
