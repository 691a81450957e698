"""Partial dates: what a captured text says, and what is never made up."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from trialist.dates import PartialDate, filled, parse_partial, read_dates


@pytest.mark.parametrize(
    ("text", "parts", "earliest", "latest"),
    [
        ("2013", (2013, None, None), date(2013, 1, 1), date(2013, 12, 31)),
        ("2013-08", (2013, 8, None), date(2013, 8, 1), date(2013, 8, 31)),
        ("2012-02", (2012, 2, None), date(2012, 2, 1), date(2012, 2, 29)),
        ("2013-08-04", (2013, 8, 4), date(2013, 8, 4), date(2013, 8, 4)),
        ("2013-08-04T11:45", (2013, 8, 4), date(2013, 8, 4), date(2013, 8, 4)),
        ("2013-08-04T24:00", (2013, 8, 4), date(2013, 8, 4), date(2013, 8, 4)),
        ("2013-08-04T10:30:00-05:00", (2013, 8, 4), date(2013, 8, 4), date(2013, 8, 4)),
        ("2013-08-04T10:30+0530", (2013, 8, 4), date(2013, 8, 4), date(2013, 8, 4)),
        ("2013-08-04T-:30-05:00", (2013, 8, 4), date(2013, 8, 4), date(2013, 8, 4)),
        ("2013---04", (2013, None, 4), date(2013, 1, 4), date(2013, 12, 4)),
        ("2013---31", (2013, None, 31), date(2013, 1, 31), date(2013, 12, 31)),
        ("--12-15", (None, 12, 15), None, None),
    ],
)
def test_a_partial_date_keeps_what_was_captured_and_has_bounds(
    text: str, parts: tuple[int | None, ...], earliest: date | None, latest: date | None
) -> None:
    read, reason = parse_partial(text)
    assert reason is None
    assert read is not None
    assert (read.year, read.month, read.day) == parts
    assert (read.earliest(), read.latest()) == (earliest, latest)
    assert read.is_complete == (None not in parts)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2014-02-30", "day does not exist"),
        ("2013-02-29", "day does not exist"),
        ("2014-13-01", "no such month"),
        ("2014-00-01", "no such month"),
        ("2014-01-01T25:00", "no such time"),
        ("2014-01-01T10:61", "no such time"),
        ("03/04/2014", "not an ISO 8601 date"),
        ("20140102", "not an ISO 8601 date"),
        ("unknown", "not an ISO 8601 date"),
        ("0000-01-01", "no year"),
    ],
)
def test_an_impossible_date_is_refused_with_a_reason_that_does_not_repeat_it(text: str, says: str) -> None:
    read, reason = parse_partial(text)
    assert read is None
    assert reason is not None
    assert says in reason
    assert text not in reason


def test_only_a_missing_day_is_ever_filled_and_only_when_asked() -> None:
    month, year = PartialDate(2012, 2, None), PartialDate(2012, None, None)
    assert filled(month, "leave") is None
    assert filled(month, "first") == date(2012, 2, 1)
    assert filled(month, "last") == date(2012, 2, 29)
    assert filled(year, "first") is None
    assert filled(PartialDate(2012, None, 4), "last") is None


def test_a_column_of_dates_tells_bad_from_partial_from_missing() -> None:
    read = read_dates(pa.array(["2014-01-02", None, "2014-02", "2014-02-30", "2014-01-02"]), "last")
    assert read.dates.to_pylist() == [date(2014, 1, 2), None, date(2014, 2, 28), None, date(2014, 1, 2)]
    assert read.bad.to_pylist() == [False, False, False, True, False]
    assert read.partial.to_pylist() == [False, False, True, False, False]
    assert read.filled.to_pylist() == [False, False, True, False, False]
    assert len(read.reasons) == 1


def test_an_empty_column_of_dates_is_no_trouble() -> None:
    assert read_dates(pa.array([], pa.string())).dates.to_pylist() == []
