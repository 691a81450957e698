"""ADRS, ADAESUM and ADCHG: what each subject's response, adverse event or change is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.formats.adam.parameters import date_of, text

if TYPE_CHECKING:
    from ibis.expr.types import StringValue, Table, Value

    from trialist.formats.adam.parameters import Parameter, Source

RESPONSE_ORDER = ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE", "MISSING")
"""Best first: AVAL of a best overall response is the place in this list, counted from 1."""


def by_category(source: Source, parameter: Parameter) -> Table:
    """ADRS rows of a best overall response."""
    rows = source.joined(parameter)
    code = ibis.cases(*((rows.value == v, i) for i, v in enumerate(RESPONSE_ORDER, start=1)), else_=None)
    return _told(source, parameter, rows, code, rows.value)


def yes_or_no(source: Source, parameter: Parameter) -> Table:
    """ADRS or ADAESUM rows of a yes or no: AVAL 1 or 0; AVALC Y, N, or NE with AVAL null."""
    rows = source.joined(parameter)
    said = ibis.cases((rows.responder, "Y"), (~rows.responder, "N"), else_="NE")
    return _told(source, parameter, rows, rows.responder, said)


def changes(source: Source, parameter: Parameter) -> Table:
    """ADCHG rows: ANL01FL is Y where both values are there, else null."""
    rows = source.joined(parameter)
    return rows.select(
        **source.identity(rows, parameter),
        AVAL=rows.value.cast("float64"),
        BASE=rows.baseline.cast("float64"),
        CHG=rows.change.cast("float64"),
        PCHG=rows.percent_change.cast("float64"),
        ADT=date_of(rows, rows.day),
        ANL01FL=rows.evaluable.ifelse("Y", None),
        AREASON=rows.reason,
    )


def _told(source: Source, parameter: Parameter, rows: Table, number: Value, word: StringValue) -> Table:
    """Rows of a result told as a number and as a word, with its day and the reason where there is none."""
    return rows.select(
        **source.identity(rows, parameter),
        AVAL=number.cast("float64"),
        AVALC=word,
        ADT=date_of(rows, rows.day),
        ANL01FL=text("Y"),
        AREASON=rows.reason,
    )
