"""The cell of a shift table, counted again from the rows of ADLB: one baseline and one worst grade each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]

_MISSING = "missing"


def one_row_per_subject(
    rows: Iterable[Row], parameter: Mapping[str, Any], subjects: Iterable[str]
) -> list[Row]:
    """BASELINE and WORST of every subject, those without a value too; a grade not known is None.

    Parameters
        rows       of ADLB
        parameter  paramcd and direction (L, H) of the endpoint
        subjects   of the data set of subjects
    """
    grade = f"ATOXGR{parameter['direction']}"
    made: dict[str, dict[str, Any]] = {
        subject: {"USUBJID": subject, "PARAMCD": parameter["paramcd"], "BASELINE": None, "WORST": None}
        for subject in subjects
    }
    for row in rows:
        mine = made.get(row["USUBJID"])
        if row["PARAMCD"] != parameter["paramcd"] or row[grade] is None or mine is None:
            continue
        if row["ABLFL"] == "Y":
            mine["BASELINE"] = row[grade]
        if row["ONTRTFL"] == "Y" and (mine["WORST"] is None or int(row[grade]) > int(mine["WORST"])):
            mine["WORST"] = row[grade]
    return list(made.values())


class ShiftCell:
    """Who has the grades of one cell at baseline and on treatment; `word` is '' where none is named."""

    def __init__(self, baseline: object, worst: object, direction: str) -> None:
        self.word = "in this cell" if baseline is not None else ""
        self._cell = (str(baseline), str(worst))
        self.told = (
            (
                f'baseline {baseline}: ATOXGR{direction} where ABLFL = "Y"',
                f'worst {worst}: highest ATOXGR{direction} where ONTRTFL = "Y"',
            )
            if self.word
            else ()
        )

    def counts(self, row: Row) -> bool:
        return True

    def happened(self, row: Row) -> bool:
        return (row["BASELINE"] or _MISSING, row["WORST"] or _MISSING) == self._cell
