"""Naming the rows of a data set in a problem: line, subject and sequence number, never a captured value."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from trialist.problems import Place, Problem
from trialist.records.typed import as_text

_SHOWN = 5


class Rows:
    """The rows of one file of one domain, as its problems name them."""

    def __init__(self, domain: str, place: Place, table: pa.Table, found: Mapping[str, int]) -> None:
        self.domain = domain
        self.place = place
        self._table = table
        self._found = found
        stated = (table.schema.metadata or {}).get(b"first_line", b"")
        self._first_line = int(stated) if stated.isdigit() else None

    def problem(self, code: str, mask: pa.Array, message: str, remedy: str) -> Problem:
        """One problem for all rows where `mask` is true; `{count}` in the message becomes their number."""
        if isinstance(mask, pa.ChunkedArray):
            mask = mask.combine_chunks()
        where = pc.indices_nonzero(mask)
        count, first = len(where), [index.as_py() for index in where[:_SHOWN]]
        counted = f"{count} of {len(mask)} records" if len(mask) > 1 else "the only record"
        named = "; ".join(self._name(row) for row in first) + ("; ..." if count > _SHOWN else "")
        text = message.replace("{count}", counted)
        return Problem(code, f"{text} ({named})", remedy, self._place(first[0]))

    def _place(self, row: int) -> Place:
        line = None if self._first_line is None else self._first_line + row
        return Place(self.place.file, line, None, f"{self.domain} {self._key(row)}")

    def _name(self, row: int) -> str:
        key = self._key(row)
        return key if self._first_line is None else f"line {self._first_line + row}: {key}"

    def _key(self, row: int) -> str:
        subject = self._value("USUBJID", row)
        sequence = self._value(f"{self.domain.upper()}SEQ", row)
        return f"{subject or 'row ' + str(row + 1)}" + (f" #{sequence}" if sequence else "")

    def _value(self, cdisc: str, row: int) -> str | None:
        if cdisc not in self._found:
            return None
        texts = as_text(self._table.column(self._found[cdisc]).slice(row, 1))
        value = texts[0].as_py() if texts is not None else None
        return value[:40] if isinstance(value, str) else None
