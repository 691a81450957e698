"""A column that a domain may lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

if TYPE_CHECKING:
    from ibis.expr.types import Table


def column(rows: Table, name: str, kind: str = "string") -> Any:
    """The column as that type; null in every row where the table has no such column."""
    return rows[name].cast(kind) if name in rows.columns else ibis.null(kind)
