"""The name and labels of a data set, kept in the metadata of its table."""

from __future__ import annotations

import pyarrow as pa


def with_labels(
    table: pa.Table, name: str | None, label: str | None, columns: dict[str, str | None]
) -> pa.Table:
    """The table with its data set name, its label and its column labels in the schema's metadata."""
    fields = [
        field.with_metadata({"label": text}) if (text := columns.get(field.name)) else field.remove_metadata()
        for field in table.schema
    ]
    kept = {k: v for k, v in (("name", name), ("label", label)) if v}
    return table.cast(pa.schema(fields)).replace_schema_metadata(kept or None)


def name_of(table: pa.Table) -> str | None:
    return _text(table.schema.metadata, b"name")


def label_of(table: pa.Table) -> str | None:
    return _text(table.schema.metadata, b"label")


def column_labels(table: pa.Table) -> dict[str, str]:
    found = {field.name: _text(field.metadata, b"label") for field in table.schema}
    return {name: label for name, label in found.items() if label}


def first_line(table: pa.Table) -> int | None:
    """The line of the file on which the first row stands, when each row is one line."""
    text = _text(table.schema.metadata, b"first_line")
    return int(text) if text is not None and text.isdigit() else None


def _text(metadata: dict[bytes, bytes] | None, key: bytes) -> str | None:
    value = (metadata or {}).get(key)
    return value.decode("utf-8", "replace") if value is not None else None
