"""Small tables as text: `a | b` lines, what follows a # is a remark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from trialist.records.domains import DOMAINS

ARROW = {
    "text": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "flag": pa.bool_(),
    "date": pa.date32(),
}


def rows_in(text: str) -> list[dict[str, str]]:
    """The lines as rows of text."""
    lines = [line.split("#")[0].strip() for line in text.strip().splitlines()]
    head, *body = [[cell.strip() for cell in line.split("|")] for line in lines if line]
    return [dict(zip(head, cells, strict=True)) for cells in body]


def domain(name: str, text: str, shift: int = 0, day_0: date | None = None) -> pa.Table:
    """A domain as records hold it; an empty cell is null, quotes keep the blanks of a cell.

    Dates are ISO dates, or days after `day_0`; all are moved by `shift` days.
    """

    def day(cell: str) -> date:
        start = date.fromisoformat(cell) if day_0 is None else day_0 + timedelta(int(cell))
        return start + timedelta(shift)

    read: dict[str, Callable[[str], Any]] = {
        "number": float,
        "integer": int,
        "flag": "yes".__eq__,
        "date": day,
        "text": lambda cell: cell.strip('"'),
    }
    kinds = {column.name: column.kind for column in DOMAINS[name].columns}
    rows = rows_in(text)
    return pa.table(
        {
            column: pa.array([read[kind](row[column]) if row[column] else None for row in rows], ARROW[kind])
            for column, kind in ((c, kinds.get(c, "text")) for c in rows[0])
        }
    )
