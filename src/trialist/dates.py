"""Partial ISO 8601 dates: what they can mean, and columns of them.

A captured date may lack its day, its month or both (`2013`, `2013-08`, `2013---04`) and may carry a time
(`2013-08-04T11:45`; after a UTC offset the date is the local one). Nothing here invents a missing part:
`earliest` and `latest` give the bounds, and a caller says which it wants. Columns are read through their
distinct values, so a million rows cost as much as their different dates.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

Fill = Literal["leave", "first", "last"]

_DATE = re.compile(
    r"(?P<year>\d{4}|-)"
    r"(?:-(?P<month>\d{2}|-)"
    r"(?:-(?P<day>\d{2}|-))?)?"
    r"(?:T(?P<time>[-\d:.,]+?)(?P<zone>Z|[-+]\d{2}:?\d{2})?)?"
)
_TIME = re.compile(r"(\d{2}|-)(?::(\d{2}|-)(?::(\d{2})(?:[.,]\d+)?)?)?")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as captured: parts that were not recorded are None. `time` is the text after `T`, if any."""

    year: int | None
    month: int | None
    day: int | None
    time: str | None = None

    @property
    def is_complete(self) -> bool:
        """Year, month and day are all known; the time of day may still be missing."""
        return self.year is not None and self.month is not None and self.day is not None

    def earliest(self) -> date | None:
        """The first calendar date it may be; None when the year is unknown."""
        if self.year is None:
            return None
        return date(self.year, self.month or self._month_with_day(), self.day or 1)

    def latest(self) -> date | None:
        """The last calendar date it may be; None when the year is unknown."""
        if self.year is None:
            return None
        month = self.month or self._month_with_day(last=True)
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    def _month_with_day(self, *, last: bool = False) -> int:
        if self.day is None or self.year is None:
            return 12 if last else 1
        months = [m for m in range(1, 13) if calendar.monthrange(self.year, m)[1] >= self.day]
        return months[-1] if last else months[0]


def parse_partial(text: str) -> tuple[PartialDate | None, str | None]:
    """The date that a text states, or the reason why it states none.

    Parameters
        text  ISO 8601 extended format, parts omitted from the right or marked by `-` (SDTM: `2013---04`)
    Returns   (date, None) or (None, reason); the reason never repeats the text
    Source    SDTM Implementation Guide 3.4, 4.4.2 (date and time precision)
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None, "it is not an ISO 8601 date (write 2013-08-04, 2013-08 or 2013)"
    year, month, day = (_part(match[name]) for name in ("year", "month", "day"))
    if year == 0:
        return None, "there is no year 0000"
    if month is not None and not 1 <= month <= 12:
        return None, "there is no such month"
    if day is not None and not 1 <= day <= _days(year, month):
        return None, "that day does not exist in that month"
    time = match["time"]
    if time is not None and not _is_time(time):
        return None, "there is no such time of day"
    return PartialDate(year, month, day, time), None


def filled(partial: PartialDate, fill: Fill) -> date | None:
    """The full date; one whose day alone is missing is filled as `fill` says, any other gives None."""
    if partial.is_complete:
        return partial.earliest()
    if fill == "leave" or partial.month is None or partial.day is not None:
        return None
    return partial.earliest() if fill == "first" else partial.latest()


@dataclass(frozen=True, slots=True)
class DateColumn:
    """A column of captured dates, read.

    dates     full dates (date32), null where the text is missing, partial (unless filled) or impossible
    bad       true where the text is no date
    partial   true where the text is a date whose day, month or year is missing
    filled    true where the missing day was filled
    reasons   why texts were refused, most frequent first
    """

    dates: pa.Array
    bad: pa.Array
    partial: pa.Array
    filled: pa.Array
    reasons: tuple[str, ...]


def read_dates(texts: pa.Array, fill: Fill = "leave") -> DateColumn:
    """Read a string array of ISO 8601 dates; each distinct text is looked at once."""
    from collections import Counter

    import pyarrow as pa

    coded = texts.dictionary_encode()
    found: list[date | None] = []
    bad, partial, made = [], [], []
    why: list[str | None] = []
    for text in coded.dictionary.to_pylist():
        read, reason = parse_partial(text) if text is not None else (None, None)
        value = filled(read, fill) if read is not None else None
        found.append(value)
        bad.append(reason is not None)
        partial.append(read is not None and not read.is_complete)
        made.append(read is not None and not read.is_complete and value is not None)
        why.append(reason)

    def spread(values: Sequence[object], kind: pa.DataType) -> pa.Array:
        return pa.array(values, kind).take(coded.indices)

    yes_no = pa.bool_()
    reasons: Counter[str] = Counter(reason for reason in why if reason is not None)
    return DateColumn(
        dates=spread(found, pa.date32()),
        bad=spread(bad, yes_no).fill_null(False),
        partial=spread(partial, yes_no).fill_null(False),
        filled=spread(made, yes_no).fill_null(False),
        reasons=tuple(reason for reason, _ in reasons.most_common()),
    )


def _part(text: str | None) -> int | None:
    return None if text is None or text == "-" else int(text)


def _days(year: int | None, month: int | None) -> int:
    """The most days that month may have."""
    if month is None:
        return 31
    return calendar.monthrange(year if year is not None else 2000, month)[1]


def _is_time(text: str) -> bool:
    match = _TIME.fullmatch(text)
    if match is None:
        return False
    hour, minute, second = (_part(part) for part in match.groups())
    midnight_after = hour == 24 and not minute and not second
    return (
        (hour is None or hour <= 23 or midnight_after)
        and (minute is None or minute <= 59)
        and (second is None or second <= 60)
    )
