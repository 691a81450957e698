"""Values of any file format as the kind that a domain's column asks for."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from trialist.records.domains import Column

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_WHOLE = r"^[+-]?\d{1,18}(\.0*)?$"
_LARGEST_WHOLE = 2.0**53


@dataclass(frozen=True, slots=True)
class Typed:
    """A column, read.

    given   null exactly where the file has no value
    values  text (also of a date and a flag), int64 or float64; null where missing or bad
    bad     true where there is a value but it is not of the kind
    """

    given: pa.Array
    values: pa.Array
    bad: pa.Array


def typed(column: Column, values: pa.ChunkedArray) -> Typed | None:
    """The values as the column's kind; None when the file's type holds no single values (lists, bytes)."""
    if column.kind in {"integer", "number"} and _is_number(values.type):
        return _from_numbers(_one(values), whole=column.kind == "integer")
    texts = as_text(values)
    if texts is None:
        return None
    if column.kind in {"integer", "number"}:
        return _from_texts(texts, whole=column.kind == "integer")
    return Typed(texts, texts, pa.nulls(len(texts), pa.bool_()).fill_null(False))


def as_text(values: pa.ChunkedArray) -> pa.Array | None:
    """The values as text without blanks around them, empty text as null; None for lists and bytes."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.cast(kind.value_type)
        kind = values.type
    whole = _one(values)
    if pa.types.is_null(kind):
        return pa.nulls(len(whole), pa.string())
    if pa.types.is_boolean(kind):
        return pc.if_else(whole, "Y", "N")
    if pa.types.is_floating(kind):
        whole = whole.cast(pa.float64())
        whole = pc.if_else(pc.is_nan(whole), pa.scalar(None, pa.float64()), whole)
        return pc.replace_substring_regex(whole.cast(pa.string()), r"\.0$", "")
    if pa.types.is_timestamp(kind):
        text = pc.replace_substring(whole.cast(pa.string()), " ", "T")
        return pc.replace_substring_regex(text, r"(T00:00:00)?(\.0+)?Z?$", "")
    if pa.types.is_integer(kind) or pa.types.is_date(kind) or pa.types.is_decimal(kind):
        return whole.cast(pa.string())
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return None
    text = pc.utf8_trim_whitespace(whole.cast(pa.string()))
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _from_numbers(numbers: pa.Array, *, whole: bool) -> Typed:
    numbers = numbers.cast(pa.float64(), safe=False)
    numbers = pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)
    good = pc.is_finite(numbers)
    if whole:
        good = pc.and_(good, pc.equal(pc.floor(numbers), numbers))
        good = pc.and_(good, pc.less(pc.abs(numbers), _LARGEST_WHOLE))
    kept = pc.if_else(good, numbers, pa.scalar(None, pa.float64()))
    return Typed(numbers, kept.cast(pa.int64()) if whole else kept, pc.invert(good).fill_null(False))


def _from_texts(texts: pa.Array, *, whole: bool) -> Typed:
    good = pc.match_substring_regex(texts, _WHOLE if whole else _NUMBER)
    plain = pc.replace_substring_regex(pc.if_else(good, texts, pa.scalar(None, pa.string())), r"^\+", "")
    if whole:
        numbers = pc.replace_substring_regex(plain, r"\.0*$", "").cast(pa.int64())
    else:
        numbers = plain.cast(pa.float64())
        good = pc.and_(good, pc.is_finite(numbers).fill_null(False))
        numbers = pc.if_else(good, numbers, pa.scalar(None, pa.float64()))
    return Typed(texts, numbers, pc.invert(good).fill_null(False))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _one(values: pa.ChunkedArray) -> pa.Array:
    """The values in one piece."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole
