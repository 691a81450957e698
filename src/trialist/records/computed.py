"""Rows computed now and kept, where many expressions start from them: each is then short to compile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

if TYPE_CHECKING:
    from ibis.expr.types import Table


def computed_once(table: Table) -> Table:
    """The same rows, computed now and kept by the engine: many expressions start from them.

    DuckDB keeps them in a temporary table for as long as the connection lives. Spark keeps them on its
    executors, as a local checkpoint: rows that it only caches would still be planned from their first source
    on, each time. An executor that is lost takes its rows along, and the run fails. Other engines cache them.
    """
    backend = table.get_backend()
    name = ibis.util.gen_name("computed")
    if backend.name == "duckdb":
        return _in_temporary_table(backend, name, table)
    return _in_checkpoint(backend, name, table) if backend.name == "pyspark" else table.cache()


def _in_checkpoint(backend: Any, name: str, table: Table) -> Table:
    backend._run_pre_execute_hooks(table)
    backend._session.sql(backend.compile(table)).localCheckpoint().createOrReplaceTempView(name)
    return backend.table(name)


def _in_temporary_table(backend: Any, name: str, table: Table) -> Table:
    """What `create_table(name, table, temp=True)` gives; Ibis would copy the whole statement twice for it."""
    made = backend.create_table(name, schema=table.schema(), temp=True)
    backend._run_pre_execute_hooks(table)
    backend.raw_sql(f'INSERT INTO temp.main."{name}" {backend.compile(table)}')
    return made
