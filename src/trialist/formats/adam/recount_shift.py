"""The cell of a shift table, counted again from the rows of ADLB: one baseline and one worst grade each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]

_COLUMNS = ("USUBJID", "PARAMCD", "BASELINE", "WORST")
_MISSING, _NO_VALUE = "missing", "no value"


def one_row_per_subject(
    rows: Iterable[Row], parameter: Mapping[str, Any], subjects: Iterable[str]
) -> list[Row]:
    """BASELINE and WORST of every subject; a grade not known is `missing`, one of no value `no value`.

    Parameters
        rows       of ADLB
        parameter  paramcd and direction (L, H) of the endpoint
        subjects   of the data set of subjects
    """
    grade = f"ATOXGR{parameter['direction']}"
    made: dict[str, dict[str, Any]] = {
        subject: dict(zip(_COLUMNS, (subject, parameter["paramcd"], _MISSING, _NO_VALUE), strict=True))
        for subject in subjects
    }
    for row in rows:
        mine = made.get(row["USUBJID"])
        if row["PARAMCD"] != parameter["paramcd"] or mine is None:
            continue
        if row["ABLFL"] == "Y" and row[grade] is not None:
            mine["BASELINE"] = row[grade]
        if row["ONTRTFL"] == "Y":
            mine["WORST"] = _worse(mine["WORST"], row[grade])
    return list(made.values())


def _worse(known: str, grade: str | None) -> str:
    """The higher of two grades; a grade rather than none."""
    if grade is None:
        return known if known.isdigit() else _MISSING
    return grade if not known.isdigit() or int(grade) > int(known) else known


class ShiftCell:
    """Who has the grades of one cell at baseline and on treatment; `word` is '' where none is named."""

    def __init__(self, baseline: object, worst: object, direction: str) -> None:
        self.word = "in this cell" if baseline is not None else ""
        self._cell = (str(baseline), str(worst))
        self.told = (
            (
                f'baseline {baseline}: ATOXGR{direction} where ABLFL = "Y"',
                'no row where ONTRTFL = "Y"'
                if worst == _NO_VALUE
                else f'worst {worst}: highest ATOXGR{direction} where ONTRTFL = "Y"',
            )
            if self.word
            else ()
        )

    def counts(self, row: Row) -> bool:
        return True

    def happened(self, row: Row) -> bool:
        return (row["BASELINE"], row["WORST"]) == self._cell
