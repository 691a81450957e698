"""CDISC Dataset-JSON 1.1: one JSON file, or NDJSON (metadata in the first line, then one array per row)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from trialist.formats.atomic import write_text
from trialist.formats.csv import no_rows
from trialist.formats.labels import column_labels, label_of, name_of, with_labels
from trialist.formats.source import file_bytes
from trialist.problems import Place, Problem

CREATED = "1970-01-01T00:00:00"
"""The creation time written when none is given: the same table then gives the same bytes."""

_NUMBERS = {"integer": pa.int64(), "float": pa.float64(), "double": pa.float64(), "decimal": pa.float64()}
_TEXTS = {"string", "datetime", "date", "time", "URI"}
_SHOWN = 5


class DatasetJsonError(Exception):
    """Why a file is not what Dataset-JSON asks for; ends the reading of this file."""


def read_dataset_json(path: Path) -> tuple[pa.Table | None, tuple[Problem, ...]]:
    """A Dataset-JSON file as a table; `decimal` columns become float64, dates stay ISO 8601 text.

    A date whose target is an integer is a numeric date, as ADaM has them: it becomes a date.

    Problems  E048 no JSON, E049 not what Dataset-JSON 1.1 asks for, W049 another version, W040 no rows
    Source    CDISC Dataset-JSON 1.1 specification
    """
    content, trouble = file_bytes(path)
    if content is None:
        return None, trouble
    try:
        about, rows = _load(content, path.suffix.lower() == ".ndjson")
        table = _table(about, rows)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        where = f" (line {line})" if line else ""
        problem = Problem(
            "E048",
            f"{path.name} is not JSON{where}",
            "copy or export it again as UTF-8; a transfer that broke off leaves such a file",
            Place(str(path), line),
        )
        return None, (problem,)
    except DatasetJsonError as reason:
        problem = Problem(
            "E049",
            f"{path.name} is not Dataset-JSON 1.1: {reason}",
            "export it again with a tool that writes Dataset-JSON 1.1",
            Place(str(path)),
        )
        return None, (problem,)
    problems = [_version(path, about)] if not str(about["datasetJSONVersion"]).startswith("1.1") else []
    if table.num_rows == 0:
        problems.append(no_rows(path))
    return table, tuple(problems)


def write_dataset_json(
    table: pa.Table,
    path: Path,
    *,
    name: str | None = None,
    label: str | None = None,
    created: str = CREATED,
    columns: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> tuple[Problem, ...]:
    """Write Dataset-JSON 1.1; NDJSON when the file is named `.ndjson`.

    Parameters
        created   datasetJSONCreationDateTime, ISO 8601; the clock is the caller's
        columns   column -> what else is said of it: length, displayFormat, keySequence, targetDataType
    Problems  E072 lists or structures in a column
    """
    kinds = [_kind(field.type) for field in table.schema]
    if None in kinds:
        problem = Problem(
            "E072",
            f"{path.name}: a column is neither text, number, date nor yes/no, which Dataset-JSON can't hold",
            "write Parquet, or keep only columns of text, numbers and dates",
            Place(str(path)),
        )
        return (problem,)
    name = (name or name_of(table) or path.name.split(".")[0]).upper()
    labels = column_labels(table)
    about: dict[str, Any] = {
        "datasetJSONCreationDateTime": created,
        "datasetJSONVersion": "1.1.0",
        "itemGroupOID": f"IG.{name}",
        "records": table.num_rows,
        "name": name,
        "label": label or label_of(table) or name,
        "columns": [
            {"itemOID": f"IT.{name}.{n}", "name": n, "label": labels.get(n) or n, "dataType": kind}
            | dict(columns.get(n, {}))
            for n, kind in zip(table.column_names, kinds, strict=True)
        ],
    }
    rows = list(zip(*(_values(c) for c in table.columns), strict=True)) if table.num_columns else []
    lines = [_json(list(row)) for row in rows]
    if path.suffix.lower() == ".ndjson":
        return write_text(path, "\n".join([_json(about), *lines]) + "\n")
    head = _json(about)[:-1]
    return write_text(path, head + ',"rows":[' + ",\n".join(lines) + "]}\n")


def _load(content: bytes, by_line: bool) -> tuple[dict[str, Any], list[Any]]:
    text = content.decode("utf-8-sig")
    if by_line:
        lines = text.splitlines()
        about = json.loads(lines[0]) if lines else None
        rows = [_row(line, number) for number, line in enumerate(lines[1:], 2) if line.strip()]
    else:
        about = json.loads(text)
        rows = about.pop("rows", []) if isinstance(about, dict) else []
    if not isinstance(about, dict):
        raise DatasetJsonError("it does not begin with an object")
    if not isinstance(rows, list):
        raise DatasetJsonError("'rows' is not a list")
    return about, rows


def _row(line: str, number: int) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise DatasetJsonError(f"line {number} is not JSON") from error


def _table(about: dict[str, Any], rows: list[Any]) -> pa.Table:
    needed = ("datasetJSONVersion", "itemGroupOID", "records", "name", "label", "columns")
    missing = [key for key in needed if key not in about]
    if missing:
        raise DatasetJsonError(f"it lacks {', '.join(missing)}")
    columns = about["columns"]
    if not isinstance(columns, list) or not all(_is_column(column) for column in columns):
        raise DatasetJsonError("'columns' must be a list of objects with name, label and dataType")
    names = [column["name"] for column in columns]
    if len(set(names)) < len(names):
        raise DatasetJsonError("two columns have the same name")
    wrong = [n for n, row in enumerate(rows, 1) if not isinstance(row, list) or len(row) != len(names)]
    if wrong:
        shown = ", ".join(map(str, wrong[:_SHOWN]))
        raise DatasetJsonError(f"{len(wrong)} rows do not have {len(names)} values (row {shown})")
    if about["records"] != len(rows):
        raise DatasetJsonError("'records' states another number of rows than there are; it may be cut off")
    values = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    arrays = [_array(column, v) for column, v in zip(columns, values, strict=True)]
    table = pa.table(arrays, names=names)
    labels: dict[str, str | None] = {column["name"]: str(column["label"]) for column in columns}
    return with_labels(table, str(about["name"]), str(about["label"]), labels)


def _is_column(column: Any) -> bool:
    return (
        isinstance(column, dict)
        and isinstance(column.get("name"), str)
        and "label" in column
        and isinstance(column.get("dataType"), str)
    )


def _array(column: dict[str, Any], values: tuple[Any, ...]) -> pa.Array:
    kind = column["dataType"]
    try:
        if kind == "date" and column.get("targetDataType") == "integer":
            return pa.array([v or None for v in values], pa.string()).cast(pa.date32())
        if kind in _TEXTS:
            return pa.array([v if v != "" else None for v in values], pa.string())
        if kind == "boolean":
            return pa.array(values, pa.bool_())
        if kind == "decimal":
            return pa.array([None if v in (None, "") else float(v) for v in values], pa.float64())
        if kind in _NUMBERS:
            return pa.array(values, _NUMBERS[kind])
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError, OverflowError) as error:
        raise DatasetJsonError(f"{column['name']} is stated as {kind}, but not every value is") from error
    raise DatasetJsonError(f"{column['name']} has the data type {kind!r}, which the standard does not know")


def _kind(kind: pa.DataType) -> str | None:
    tests = (
        (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind), "string"),
        (pa.types.is_integer(kind), "integer"),
        (pa.types.is_floating(kind), "double"),
        (pa.types.is_boolean(kind), "boolean"),
        (pa.types.is_date(kind), "date"),
        (pa.types.is_timestamp(kind), "datetime"),
    )
    return next((name for holds, name in tests if holds), None)


def _values(column: pa.ChunkedArray) -> list[Any]:
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        return [None if v is None else v.isoformat() for v in column.to_pylist()]
    if pa.types.is_floating(column.type):
        finite = (float("-inf"), float("inf"))
        return [None if v is None or v != v or v in finite else v for v in column.to_pylist()]
    return list(column.to_pylist())


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _version(path: Path, about: dict[str, Any]) -> Problem:
    return Problem(
        "W049",
        f"{path.name} states Dataset-JSON version {str(about['datasetJSONVersion'])[:20]}; it is read as 1.1",
        "compare the number of rows and a few values with the source, or export it as 1.1",
        Place(str(path)),
    )
