"""A query's rows as one problem: their number, the first few record keys, short words; never a free text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import ibis

from trialist.problems import Place, Problem
from trialist.records.model import Records

if TYPE_CHECKING:
    from ibis.expr.types import Table

SHOWN = 5
LONGEST_WORD = 20


def found(
    records: Records, domain: str, bad: Table, code: str, message: str, remedy: str
) -> Iterator[Problem]:
    """The problem that the rows of `bad` are, with their number and first keys, if there are any."""
    counted = bad.aggregate(n=bad.count()).to_pyarrow()["n"][0].as_py()
    if counted == 0:
        return
    keys = [c for c in ("subject", "sequence") if c in bad.columns]
    order = [*keys, *(c for c in ("test_code", "date", "endpoint") if c in bad.columns)]
    first = bad.select(*order).order_by(order).limit(SHOWN).to_pyarrow().to_pylist()
    names = [_key(row) for row in first]
    shown = "; ".join(dict.fromkeys(names)) + ("; ..." if counted > len(first) else "")
    text = f"{domain}: {message.replace('{n}', str(counted))} ({shown})"
    yield Problem(code, text, remedy, place_of(records, domain, names[0]))


def place_of(records: Records, domain: str, key: str | None) -> Place:
    return Place(records.files.get(domain, domain), record=f"{domain} {key}" if key else domain)


def words_of(rows: Table, column: str) -> str:
    """The most frequent values of a column of terms, quoted; long ones may be free text and stay hidden.

    Returns  empty text when there are no rows
    """
    counted = rows.group_by(word=rows[column]).aggregate(n=rows.count())
    most = counted.order_by([ibis.desc("n"), "word"]).limit(SHOWN + 1)
    words = [str(word) for word in most.to_pyarrow()["word"].to_pylist()]
    shown = [f"'{word}'" for word in words[:SHOWN] if len(word) <= LONGEST_WORD and word.isprintable()]
    if len(shown) < len(words[:SHOWN]):
        shown.append("longer ones that are not shown")
    return ", ".join(shown) + (" ..." if len(words) > SHOWN else "")


def _key(row: dict[str, Any]) -> str:
    sequence = row.get("sequence")
    return str(row["subject"])[:40] + (f" #{sequence}" if sequence is not None else "")
