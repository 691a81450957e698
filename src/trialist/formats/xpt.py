"""SAS transport files (XPT, versions 5 and 8), decoded by ReadStat; their frame is checked here.

ReadStat takes a file that was cut off for a shorter data set, so the lengths stated in the headers are
compared with the bytes that are there before anything is decoded.
Source: SAS Institute, TS-140 (version 5) and "Record layout of a SAS version 8 or 9 data set in SAS
transport format".
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from trialist.formats.atomic import write_whole
from trialist.formats.csv import no_rows
from trialist.formats.labels import column_labels, label_of, name_of, with_labels
from trialist.formats.source import file_bytes
from trialist.problems import Place, Problem

_RECORD = 80
_STAMP = re.compile(rb"\d\d[A-Z]{3}\d\d:\d\d:\d\d:\d\d")
_FIXED_STAMP = b"01JAN60:00:00:00"
_STAMP_PLACES = (144, 160, 464, 480)
_SAS_EPOCH = (datetime.date(1960, 1, 1) - datetime.date(1970, 1, 1)).days
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")
_LARGEST = 7.2e75
_SMALLEST = 5.4e-79


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the headers state: bytes per row, where rows begin, their number (version 8 only)."""

    width: int
    data_from: int
    rows: int | None
    several: bool


def read_xpt(path: Path, *, encoding: str | None = None) -> tuple[pa.Table | None, tuple[Problem, ...]]:
    """A SAS transport file as a table: text, numbers (float64) and dates; labels in the metadata.

    Parameters
        path      the file; it holds one data set
        encoding  of its text when it is not UTF-8, for example `windows-1252`
    Returns   columns in the file's order; blank text and missing numbers are null
    Problems  E044 no transport file or damaged headers, E045 cut off, E046 text in another encoding,
              W040 no rows
    """
    content, trouble = file_bytes(path)
    if content is None:
        return None, trouble
    frame = _frame(content)
    if frame is None:
        return None, (_damaged(path, "its headers are not those of a SAS transport file"),)
    if frame.several:
        return None, (_damaged(path, "it holds more than one data set"),)
    cut = _cut_off(content, frame)
    if cut:
        return None, (
            Problem(
                "E045",
                f"{path.name} is cut off: {cut}",
                "copy or export it again; a transfer that broke off leaves such a file",
                Place(str(path)),
            ),
        )
    table, problems = _decode(path, encoding)
    if table is not None and table.num_rows == 0:
        problems = (*problems, no_rows(path))
    return table, problems


def write_xpt(
    table: pa.Table, path: Path, *, name: str | None = None, label: str | None = None
) -> tuple[Problem, ...]:
    """Version 5 where names (8), labels (40) and texts (200 bytes) fit it, else version 8.

    The time stamps in the header are fixed, so that the same table gives the same bytes.
    Problems  E072 names, numbers or types that the format can't hold
    """
    problems = _cannot_hold(table, path)
    if problems:
        return problems
    import pandas as pd
    import pyreadstat

    name = (name or name_of(table) or path.stem).upper()
    labels = column_labels(table)
    columns, formats = {}, {}
    for field in table.schema:
        columns[field.name] = _series(table[field.name])
        if pa.types.is_date(field.type):
            formats[field.name] = "DATE9."
    frame = pd.DataFrame(columns)
    version = 5 if _fits_version_5(table, name, labels) else 8

    def write(place: Path) -> None:
        pyreadstat.write_xport(
            frame,
            str(place),
            file_label=(label or label_of(table) or "")[:40],
            column_labels=[labels.get(n, "")[: 40 if version == 5 else 256] for n in table.column_names],
            table_name=re.sub(r"[^A-Z0-9_]", "_", name)[: 8 if version == 5 else 32],
            file_format_version=version,
            variable_format=formats,
        )
        content = bytearray(place.read_bytes())
        for start in _STAMP_PLACES:
            if _STAMP.fullmatch(content, start, start + 16):
                content[start : start + 16] = _FIXED_STAMP
        place.write_bytes(content)

    try:
        return write_whole(path, write)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError):
        return (_not_held(path, "a name, label or value is outside what it allows"),)


def _frame(content: bytes) -> _Frame | None:
    """Read the member's headers; None when they are not those of a transport file."""
    if not content.startswith(b"HEADER RECORD*******LIB"):
        return None
    head = re.compile(rb"HEADER RECORD\*{7}(NAMESTR|NAMSTV8) +HEADER RECORD!{7}0{6}(\d{4})").search(content)
    member = re.compile(rb"HEADER RECORD\*{7}MEMB(?:ER |V8 ) *HEADER RECORD!{7}\d{26}(\d{4})").search(content)
    if head is None or member is None:
        return None
    size, count = int(member[1]), int(head[2])
    start = head.start() + _RECORD
    if size not in (136, 140) or len(content) < start + size * count:
        return None
    width = sum(
        int.from_bytes(content[start + size * k + 4 : start + size * k + 6], "big") for k in range(count)
    )
    body = re.compile(rb"HEADER RECORD\*{7}(OBS    |OBSV8  ) HEADER RECORD!{7}([ \d]{15})")
    begin = body.search(content, start + size * count)
    if begin is None or width <= 0 or (begin.start() - head.start()) % _RECORD:
        return None
    stated = begin[2].strip()
    rows = int(stated) if begin[1].startswith(b"OBSV8") and stated else None
    return _Frame(width, begin.start() + _RECORD, rows, _another_member(content, begin.end()))


def _another_member(content: bytes, start: int) -> bool:
    return re.compile(rb"HEADER RECORD\*{7}MEMB(ER|V8)").search(content, start) is not None


def _cut_off(content: bytes, frame: _Frame) -> str | None:
    """Why the rows can't be complete, or None. A cut between two rows of version 5 leaves no trace."""
    if len(content) % _RECORD:
        return f"{len(content)} bytes are not whole records of {_RECORD}"
    there = len(content) - frame.data_from
    if there < 0:
        return "the rows are missing"
    if frame.rows is not None:
        needed = frame.rows * frame.width
        return f"{frame.rows} rows are stated, {there // frame.width} are there" if there < needed else None
    rest = there % frame.width
    if rest and content[len(content) - rest :].strip(b" "):
        return f"it ends inside row {there // frame.width + 1}"
    return None


def _decode(path: Path, encoding: str | None) -> tuple[pa.Table | None, tuple[Problem, ...]]:
    import pyreadstat

    try:
        columns, about = pyreadstat.read_xport(
            str(path), output_format="dict", encoding=encoding, disable_datetime_conversion=True
        )
    except UnicodeDecodeError:
        return None, (_other_encoding(path),)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
        if "invalid byte sequence" in str(error).lower() or "convert" in str(error).lower():
            return None, (_other_encoding(path),)
        return None, (_damaged(path, "its headers do not describe what follows"),)
    kinds, formats = about.readstat_variable_types, about.original_variable_types
    arrays = [_array(columns[n], kinds.get(n, "string"), formats.get(n)) for n in about.column_names]
    if len(set(about.column_names)) < len(arrays):
        return None, (_damaged(path, "two of its variables have the same name"),)
    table = pa.table(arrays, names=about.column_names)
    return with_labels(table, about.table_name, about.file_label, about.column_names_to_labels), ()


def _array(values: list[Any], kind: str, shown_as: str | None) -> pa.Array:
    if kind == "string":
        return pa.array([v if v else None for v in values], pa.string())
    numbers = pa.array(values, pa.float64(), from_pandas=True)
    if shown_as is not None and re.match(r"(DATE|E8601DA|YYMMDD|MMDDYY|DDMMYY)", shown_as):
        whole = [None if v is None or v != int(v) else int(v) + _SAS_EPOCH for v in numbers.to_pylist()]
        return pa.array(whole, pa.int32()).cast(pa.date32())
    return numbers


def _series(column: pa.ChunkedArray) -> Any:
    """A column for the writer; dates that are all missing are missing numbers, else they would be text."""
    import pandas as pd

    if pa.types.is_date(column.type) and column.null_count == len(column):
        return pd.Series([float("nan")] * len(column), dtype="float64")
    return pd.Series(_plain(column), dtype=_dtype(column.type))


def _plain(column: pa.ChunkedArray) -> list[Any]:
    kind = column.type
    if pa.types.is_boolean(kind):
        return ["" if v is None else ("Y" if v else "N") for v in column.to_pylist()]
    if pa.types.is_date(kind):
        return list(column.to_pylist())
    if _is_number(kind):
        return [float("nan") if v is None else float(v) for v in column.to_pylist()]
    return ["" if v is None else str(v) for v in column.to_pylist()]


def _dtype(kind: pa.DataType) -> str:
    return "float64" if _is_number(kind) else "object"


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _fits_version_5(table: pa.Table, name: str, labels: dict[str, str]) -> bool:
    import pyarrow.compute as pc

    if len(name) > 8 or any(len(n) > 8 for n in table.column_names):
        return False
    if any(len(text.encode()) > 40 for text in labels.values()):
        return False
    texts = (c for c in table.columns if pa.types.is_string(c.type) or pa.types.is_large_string(c.type))
    return all((pc.max(pc.binary_length(column)).as_py() or 0) <= 200 for column in texts)


def _cannot_hold(table: pa.Table, path: Path) -> tuple[Problem, ...]:
    import pyarrow.compute as pc

    why = []
    bad = [n for n in table.column_names if not _NAME.fullmatch(n)]
    if bad:
        why.append(f"{len(bad)} column names are not 1 to 32 letters, digits or underscores")
    if len({n.upper() for n in table.column_names}) < table.num_columns:
        why.append("column names differ only in case")
    if table.num_columns > 9999:
        why.append("it has more than 9999 columns")
    for field in table.schema:
        if pa.types.is_nested(field.type):
            why.append(f"{field.name} holds lists or structures")
        elif pa.types.is_floating(field.type):
            size = pc.abs(pc.drop_null(table[field.name]))
            size = size.filter(pc.invert(pc.is_nan(size)))
            lost = pc.or_(
                pc.greater(size, _LARGEST), pc.and_(pc.less(size, _SMALLEST), pc.greater(size, 0.0))
            )
            if pc.any(lost).as_py():
                why.append(f"{field.name} holds numbers beyond 1e75 or below 1e-78")
        elif (
            pa.types.is_integer(field.type)
            and pc.any(
                pc.greater(pc.abs(pc.drop_null(table[field.name]).cast(pa.float64(), safe=False)), 2.0**53)
            ).as_py()
        ):
            why.append(f"{field.name} holds integers beyond 2^53")
    return tuple(_not_held(path, reason) for reason in why)


def _not_held(path: Path, why: str) -> Problem:
    return Problem(
        "E072",
        f"{path.name} can't be written as a SAS transport file: {why}",
        "write Parquet or Dataset-JSON, or change the columns",
        Place(str(path)),
    )


def _damaged(path: Path, why: str) -> Problem:
    return Problem(
        "E044",
        f"{path.name} is no SAS transport file that can be read: {why}",
        "export it again with the XPORT engine, one data set to a file; a CPORT file is another format",
        Place(str(path)),
    )


def _other_encoding(path: Path) -> Problem:
    return Problem(
        "E046",
        f"{path.name} holds text that is not UTF-8",
        "name its encoding (often windows-1252), or export it from a UTF-8 session",
        Place(str(path)),
    )
