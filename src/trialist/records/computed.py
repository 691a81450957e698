"""Rows computed now and kept, where many expressions start from them: each is then short to compile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    from ibis.expr.types import Table


def computed_once(table: Table) -> Table:
    """The same rows, computed now and kept by the engine: many expressions start from them.

    DuckDB keeps them in a temporary table for as long as the connection lives. Spark keeps them in a table of
    its warehouse: one that it only caches would still be planned from its first source on, each time. Other
    engines cache them.
    """
    backend = table.get_backend()
    if backend.name in ("duckdb", "pyspark"):
        return backend.create_table(ibis.util.gen_name("computed"), table, temp=backend.name == "duckdb")
    return table.cache()
