"""Time at risk, episodes and deaths, counted again from the dates of ADSL and ADAE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from trialist.endpoints.recorded_events import UNCODED
from trialist.findings.fatal_events import NO_FATAL_EVENT, SEVERAL

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """First and last day at risk."""

    start: date
    end: date


def span_of(subject: Row, window: int, new_therapy: str = "ignore") -> Span | None:
    """The time at risk of a row of ADSL: to the window after the last dose, death or the cut-off.

    new_therapy  end: it ends with the day of a new therapy too
    """
    start, last = subject["TRTSDT"], subject["TRTEDT"]
    covered = subject["LSTALVDT"] if last is None else last + timedelta(window)
    other = subject["NACTDT"] if new_therapy == "end" else None
    ends = [day for day in (covered, subject["DTHDT"], subject["DCUTDT"], other) if day is not None]
    return Span(start, min(ends)) if start is not None and ends and start <= min(ends) else None


def episodes(events: Sequence[Row], gap: int) -> int:
    """Events of one subject, those of one term that follow each other within `gap` days as one."""
    number = 0
    until: dict[tuple[str, str], date] = {}
    for row in sorted(events, key=lambda row: (row["AONDT"], row["AESEQ"])):
        term = (row["AEBODSYS"], row["AEDECOD"])
        over = until.get(term)
        goes_on = over is not None and row["AEDECOD"] != UNCODED and (row["AONDT"] - over).days <= gap
        number += not goes_on
        end = date.max if row["AOENDT"] is None else max(row["AOENDT"], row["AONDT"])
        until[term] = end if over is None else max(over, end)
    return number


class DeathCell:
    """Who died, at the time and of the fatal event that a cell asks for; `word` is '' where it names none."""

    at_risk_alone = has_time = False

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._when, self._cause = options.get("when"), options.get("cause")
        self._window = int(options.get("window") or 0)
        self.word = "died" if "category" in options else ""
        self.told = tuple(self._told()) if self.word else ()

    def one_row_per_subject(self, rows: Iterable[Row], subjects: Mapping[str, Row]) -> list[Row]:
        """USUBJID and HAPPENED of every subject of ADSL."""
        fatal: dict[str, set[str]] = {}
        for row in rows:
            if row["AESDTH"] == "Y":
                fatal.setdefault(row["USUBJID"], set()).add(row["AEDECOD"])
        return [
            {
                "USUBJID": subject,
                "PARAMCD": "",
                "HAPPENED": self._died(row, fatal.get(subject, set())),
                "DAYS": None,
            }
            for subject, row in subjects.items()
        ]

    def counts(self, row: Row) -> bool:
        return True

    def happened(self, row: Row) -> int:
        return int(row["HAPPENED"])

    def _died(self, row: Row, terms: set[str]) -> bool:
        day, cut = row["DTHDT"], row["DCUTDT"]
        dead = day is not None or row["DTHFL"] == "Y" or bool(terms)
        late = day is not None and cut is not None and day > cut
        cause = NO_FATAL_EVENT if not terms else SEVERAL if len(terms) > 1 else min(terms)
        asked = self._when in (None, self._time(row)) and self._cause in (None, cause)
        return dead and not late and asked

    def _time(self, row: Row) -> str:
        day, last = row["DTHDT"], row["TRTEDT"]
        if day is None or last is None:
            return "unknown"
        return "on" if day <= last + timedelta(self._window) else "after"

    def _told(self) -> list[str]:
        said = ['died: DTHDT up to DCUTDT, DTHFL = "Y" without a date, or AESDTH = "Y" in ADAE']
        if self._when is not None:
            limit = f"TRTEDT + {self._window} d"
            said.append(
                {"on": f"DTHDT <= {limit}", "after": f"DTHDT > {limit}"}.get(
                    str(self._when), "DTHDT or TRTEDT missing"
                )
            )
        if self._cause is not None:
            said.append(f"AEDECOD of the rows with AESDTH: {self._cause}")
        return said
