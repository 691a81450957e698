"""The responses and lesions that a protocol reads: of its evaluator, its criteria, its accepted flag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.protocol.model import RecordsPlan
from trialist.records.columns import column
from trialist.records.words import compared

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

_ANSWERS = (("Y", True), ("TRUE", True), ("N", False), ("FALSE", False))


def accepted(
    rs: Table, plan: RecordsPlan | None, by: tuple[str, ...] = ("evaluator", "category")
) -> BooleanValue:
    """Which rows of RS, TU or TR `records:` of the protocol lets through; never null.

    Parameters
        rs    rows of RS, TU or TR
        by    which of evaluator and category the domain has; TU and TR have no category
        plan  evaluator (RSEVAL), response_category (RSCAT) and accepted_only (RSACPTFL); all rows without it
    """
    kept: BooleanValue = ibis.literal(True)
    if plan is None:
        return kept
    for name, word in (("evaluator", plan.evaluator), ("category", plan.response_category)):
        if word is not None and name in by:
            kept = kept & (compared(column(rs, name)) == word.strip().upper()).fill_null(False)
    return kept & flag(rs, "accepted") if plan.accepted_only else kept


def flag(rows: Table, name: str) -> BooleanValue:
    """A flag column as a boolean; anything but yes is no."""
    if name not in rows.columns:
        return ibis.literal(False)
    said = rows[name]
    yes: BooleanValue = said if said.type().is_boolean() else compared(said) == "Y"
    return yes.fill_null(False)


def answer(rows: Table, name: str) -> BooleanValue:
    """A flag column as yes, no or null: what is empty, or not there, is not known."""
    said: BooleanValue = ibis.null("boolean")
    if name in rows.columns:
        told = rows[name]
        said = (
            told if told.type().is_boolean() else compared(told.cast("string")).cases(*_ANSWERS, else_=None)
        )
    return said
