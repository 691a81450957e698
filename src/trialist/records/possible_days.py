"""The first and the last day that a captured date can mean: one reading of its text for every use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from trialist.records.columns import column

if TYPE_CHECKING:
    from ibis.expr.types import DateValue, StringValue, Table

_DAY, _MONTH, _DAY_OF_YEAR, _YEAR = r"^\d{4}-\d{2}-\d{2}", r"^\d{4}-\d{2}", r"^\d{4}---\d{2}", r"^\d{4}"


def earliest_day(text: StringValue) -> DateValue:
    """First day that a captured date can mean, whatever its precision; null where the year is not known."""
    year = text.substr(0, len("YYYY"))
    return ibis.coalesce(
        _cast(text, _DAY, text.substr(0, len("YYYY-MM-DD"))),
        _cast(text, _MONTH, text.substr(0, len("YYYY-MM")) + "-01"),
        _cast(text, _DAY_OF_YEAR, year + "-01-" + text.substr(len("YYYY---"), 2)),
        _cast(text, _YEAR, year + "-01-01"),
    )


def latest_day(text: StringValue) -> DateValue:
    """Last day that a captured date can mean, whatever its precision; null where the year is not known."""
    year = text.substr(0, len("YYYY"))
    month = _cast(text, _MONTH, text.substr(0, len("YYYY-MM")) + "-01")
    end = (month + ibis.interval(months=1) - ibis.interval(days=1)).cast("date")
    return ibis.coalesce(
        _cast(text, _DAY, text.substr(0, len("YYYY-MM-DD"))),
        end,
        _cast(text, _DAY_OF_YEAR, year + "-12-" + text.substr(len("YYYY---"), 2)),
        _cast(text, _YEAR, year + "-12-31"),
    )


def possible_days(rows: Table, name: str) -> tuple[DateValue, DateValue]:
    """(earliest, latest) day of a date column: of its text where there is one, else the date itself.

    The text comes first: a day that was filled in for a missing one narrows nothing down.
    """
    day: Any = column(rows, name, "date")
    text: StringValue = column(rows, f"{name}_text").strip().nullif("")
    return ibis.coalesce(earliest_day(text), day), ibis.coalesce(latest_day(text), day)


def _cast(text: StringValue, form: str, day: StringValue) -> DateValue:
    """That day where the text has that form; an impossible day is null."""
    nothing = ibis.null("string")
    return ibis.ifelse(text.re_search(form).fill_null(False), day, nothing).try_cast("date")
