"""From LB, QS and BE to the measurements and specimens at visits that endpoints read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.laboratory_values import reported
from trialist.protocol.marker_endpoints import ReadResult
from trialist.protocol.model import Protocol
from trialist.records.asked import measured, visit_ids
from trialist.records.columns import column
from trialist.records.words import compared, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import StringValue, Table


def measurement_results(dated: Mapping[str, Table], protocol: Protocol) -> Table:
    """Results of LB and QS; visit and test as the protocol spells them, where it names them.

    Parameters
        dated  domain -> its rows with a `day`
    Returns   subject, day, sequence, visit, test, value, comparator (null: the value itself), unit, result
              (its words, in upper case), failed: the records say that the specimen could not be used. A
              result not done is a row without a value
    """
    tests = {word.strip().upper(): word for word in measured(protocol)}
    found = []
    for rows in dated.values():
        read = reported(rows)
        code = compared(rows.test_code)
        found.append(
            rows.select(
                "subject",
                "day",
                sequence=rows.sequence.cast("int64"),
                visit=_visit(rows, protocol),
                test=code.cases(*tests.items(), else_=code) if tests else code,
                value=read.value,
                comparator=read.comparator,
                unit=read.unit,
                result=read.text.upper(),
                failed=_failed(column(rows, "specimen_condition")) | _failed(column(rows, "reason_not_done")),
            )
        )
    return ibis.union(*found, distinct=False) if len(found) > 1 else found[0]


def specimens_asked(protocol: Protocol) -> list[str]:
    """The specimens by which endpoints tell why a result is missing, in upper case."""
    entries = protocol.plan.endpoints.values()
    named = {e.specimen.strip().upper() for e in entries if isinstance(e, ReadResult) and e.specimen}
    return sorted(named)


def specimens_taken(be: Table, asked: list[str], protocol: Protocol) -> Table:
    """The events of those specimens, out of BE rows with a `day`.

    Returns   subject, day, sequence, visit, specimen, failed: the event says that it could not be used
    """
    rows = be.filter(compared(column(be, "specimen")).isin(asked))
    return rows.select(
        "subject",
        "day",
        sequence=rows.sequence.cast("int64"),
        visit=_visit(rows, protocol),
        specimen=compared(column(rows, "specimen")),
        failed=_failed(column(rows, "event")),
    )


def _visit(rows: Table, protocol: Protocol) -> StringValue:
    visits = visit_ids(protocol)
    said: StringValue = column(rows, "visit")
    if not visits:
        return said
    spelt: StringValue = said.strip().upper().replace(" ", "_").cases(*visits.items(), else_=said)
    return spelt


def _failed(said: StringValue) -> ibis.expr.types.BooleanValue:
    """Whether the words of a record say that a specimen could not be used."""
    return compared(said).isin(words("specimen_failed")).fill_null(False)
