"""Laboratory values as clauses write them, each with the grade that it has."""

from __future__ import annotations

from typing import Any

from trialist.endpoints.laboratory import laboratory_grade

DOSED = "subject | first_dose_day | last_dose_day\n"


def treated(*names: str) -> str:
    return DOSED + "\n".join(f"{name} | 0 | 100" for name in names)


def grades(spec: Any, version: str, term: str, test: str, values: str, **options: Any) -> None:
    """One value after baseline for each line: `value | comparator | unit | lower | upper | baseline | grade`.

    The baseline, where there is one, is on day -1 with the same unit and limits.
    """
    lines = [[cell.strip() for cell in line.split("#")[0].split("|")] for line in values.strip().splitlines()]
    names = [f"V{number:02d}" for number in range(len(lines))]
    head = "subject | day | test | value | comparator | unit | lower | upper\n"
    made, given = [], []
    for name, (value, comparator, unit, lower, upper, baseline, grade) in zip(names, lines, strict=True):
        if baseline:
            made.append(f"{name} | -1 | {test} | {baseline} | | {unit} | {lower} | {upper}")
        made.append(f"{name} | 21 | {test} | {value} | {comparator} | {unit} | {lower} | {upper}")
        given.append(f"{name} | {grade} | {'21' if grade else ''} | {'GRADED' if grade else 'UNDETERMINED'}")
    spec(
        laboratory_grade,
        rule={"version": version, "term": term, **options},
        subjects=treated(*names),
        laboratory=head + "\n".join(made),
        gives="subject | worst | day | reason\n" + "\n".join(given),
    )
