"""Adverse events: do serious ones have a start, and do grade, outcome and flag tell the same of death?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import ibis

from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.records.accepted import flag
from trialist.records.columns import column
from trialist.records.model import Records
from trialist.records.telling import found
from trialist.records.words import compared, words

if TYPE_CHECKING:
    from ibis.expr.types import Table

_DEATH = 5  # the grade of CTCAE


def serious_events_dated(records: Records, _: Protocol) -> Iterator[Problem]:
    """W393: a serious event of which not even the year is known."""
    ae = records.tables.get("ae")
    if ae is None:
        return
    nothing = column(ae, "start", "date").isnull() & column(ae, "start_text").strip().nullif("").isnull()
    yield from found(
        records,
        "ae",
        ae.filter(flag(ae, "serious") & nothing),
        "W393",
        "{n} serious adverse events have no start (AESTDTC), not even a year",
        "fill AESTDTC: until then they count as treatment-emergent, from the first dose on",
    )


def fatal_events_agree(records: Records, _: Protocol) -> Iterator[Problem]:
    """W394: AESDTH, AEOUT and grade 5 against each other, as far as each is known."""
    ae = records.tables.get("ae")
    if ae is None:
        return
    yield from found(
        records,
        "ae",
        _disagreeing(ae),
        "W394",
        "{n} adverse events are fatal by one of AESDTH, AEOUT and AETOXGR (5), and not by another",
        "correct one of them: until then such an event counts as fatal",
    )


def _disagreeing(ae: Table) -> Table:
    said = compared(column(ae, "fatal"))
    outcome, grade = compared(column(ae, "outcome")), column(ae, "grade", "int64")
    fatal_outcomes = words("fatal_outcomes")
    yes = [said.isin(["Y", "TRUE"]), outcome.isin(fatal_outcomes), grade == _DEATH]
    no = [said.isin(["N", "FALSE"]), ~outcome.isin(fatal_outcomes), grade < _DEATH]
    some = ibis.or_(*(each.fill_null(False) for each in yes))
    return ae.filter(some & ibis.or_(*(each.fill_null(False) for each in no)))
