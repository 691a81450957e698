"""The rows of a caller's table of trials."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

from trialist.cli.output import refuse
from trialist.problems import Place, Problem


def rows_of(file: Path, *, as_json: bool) -> dict[int, dict[str, str]]:
    """The rows of a CSV by the line on which they end; a byte order mark and blanks around names are ignored.

    Refused: E641 a file that can't be read, that has no rows or a name twice; E642 a row that is longer or
    shorter than the first
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        names = [name.strip() for name in next(reader, [])]
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except (OSError, ValueError, csv.Error) as error:
        why = getattr(error, "strerror", None) or str(error)
        remedy = "give a UTF-8 CSV file"
        if isinstance(error, csv.Error):
            remedy = "see whether a quotation mark is opened and never closed"
        refuse(
            [Problem("E641", f"the table can't be read: {why}", remedy, Place(str(file)))], as_json=as_json
        )
    wrong = _unfit(names, rows, str(file))
    if wrong is not None:
        refuse([wrong], as_json=as_json)
    return {line: dict(zip(names, (cell.strip() for cell in row), strict=True)) for line, row in rows}


def _unfit(names: list[str], rows: list[tuple[int, list[str]]], file: str) -> Problem | None:
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    if twice:
        return Problem(
            "E641",
            f"the column '{twice[0]}' is there twice",
            "rename one of them, or take it out",
            Place(file, 1),
        )
    for line, row in rows:
        if len(row) != len(names):
            semicolons = ";" in "".join(names)
            remedy = "put text with commas between quotation marks"
            if semicolons:
                remedy = "put commas between columns, not semicolons, and write decimals with a point"
            message = f"a row has {len(row)} fields, the first line {len(names)}"
            return Problem("E642", message, remedy, Place(file, line))
    if rows:
        return None
    return Problem("E641", "the table has no rows", "give one row per trial below the names", Place(file))
