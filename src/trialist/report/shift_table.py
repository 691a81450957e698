"""A shift from baseline as a matrix for each arm: grade at baseline in rows, that after it in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trialist.findings.model import Finding
from trialist.findings.reduction import MISSING, NO_VALUE
from trialist.protocol.endpoints import Endpoint
from trialist.protocol.pain_endpoints import CategoryShift


@dataclass(frozen=True, slots=True)
class ShiftTable:
    """One arm's matrix; every cell is a finding, or None where no subject of any arm has both grades.

    columns  grades after baseline (`shifted_to` says which), `missing`; `no value` where somebody has none
    rows     (grade at baseline, cells); `missing` last
    """

    analysis: str
    population: str
    arm: str
    n: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Finding | None, ...]], ...]


def shifted_to(endpoint: Endpoint | None) -> str:
    """Which grade after baseline the columns are of: worst grade on treatment, up to day 62, after it."""
    if not isinstance(endpoint, CategoryShift):
        return "worst grade on treatment"
    days = [
        f"{word} day {day}"
        for word, day in (("from", endpoint.from_day), ("up to", endpoint.to_day))
        if day is not None
    ]
    treated = ["on treatment"] if endpoint.on_treatment else []
    return f"{endpoint.what} grade {' '.join([*treated, *days]) or 'after it'}"


def shift_tables(findings: Sequence[Finding]) -> tuple[ShiftTable, ...]:
    """The matrices of the shift findings among these, by analysis and arm; the same grades in all arms.

    Grades run from 0 to the highest that occurs, at baseline or after, so that the diagonal can be seen.
    """
    cells: dict[tuple[str, str, str], dict[tuple[str, str], Finding]] = {}
    for finding in findings:
        options = dict(finding.method.options)
        if finding.method.name == "shift" and finding.groups and "baseline" in options:
            key = (finding.analysis or "", finding.population, finding.groups[0])
            cells.setdefault(key, {})[(str(options["baseline"]), str(options["worst"]))] = finding
    made = []
    for (analysis, population, arm), found in cells.items():
        others = [mine for (of, *_), mine in cells.items() if of == analysis]
        said = {word for mine in others for cell in mine for word in cell}
        words = (*map(str, range(max(map(int, said - {MISSING, NO_VALUE}), default=0) + 1)), MISSING)
        columns = (*words, NO_VALUE) if NO_VALUE in said else words
        rows = tuple((start, tuple(found.get((start, worst)) for worst in columns)) for start in words)
        n = next(iter(found.values())).n or 0
        made.append(ShiftTable(analysis, population, arm, n, columns, rows))
    return tuple(made)
