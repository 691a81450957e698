"""Rows computed now and kept, where many expressions start from them: each is then short to compile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import ibis
from ibis.expr import operations as ops

if TYPE_CHECKING:
    from ibis.expr.types import Table

DEEP = 24
"""From so many steps written out again on, computing a part once costs Spark less than planning them."""


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
    if backend.name != "pyspark":
        return table.cache()
    with parts_computed_once(table) as short:
        return _in_checkpoint(backend, name, short)


@contextmanager
def parts_computed_once(table: Table) -> Iterator[Table]:
    """On Spark: the same rows by an expression in which each part that is read more than once is computed.

    Spark writes such a part out again wherever it is read, and the parts within it likewise: what is analysed
    and planned doubles with each level. The parts are kept until the block ends. Other engines know a part
    again, and get the expression as it is.
    """
    backend = table.get_backend()
    if backend.name != "pyspark":
        yield table
        return
    whole = table.op()
    reads = Counter(part for node in whole.find(ops.Relation) for part in _parts(node))
    steps: dict[Any, int] = {}
    kept: list[str] = []

    def shortened(node: Any, changed: dict[str, Any] | None) -> Any:
        made = node.__recreate__(changed) if changed else node
        if not isinstance(node, ops.Relation):
            return made
        steps[made] = 1 + sum(steps[part] for part in _parts(made))
        if (reads[node] - 1) * steps[made] < DEEP:
            return made
        kept.append(ibis.util.gen_name("part"))
        rows = _in_checkpoint(backend, kept[-1], made.to_expr()).op().copy(schema=made.schema)
        steps[rows] = 1
        return rows

    try:
        yield whole.replace(shortened).to_expr()
    finally:
        for name in kept:
            backend._session.catalog.dropTempView(name)


def _parts(node: Any) -> set[Any]:
    """The tables that a step reads; the names they bear as sides of a join are no steps."""
    if isinstance(node, ops.Reference):
        return set()
    waiting, seen, found = list(node.__children__), set(), set()
    while waiting:
        part = waiting.pop()
        if part in seen or isinstance(part, ops.Field):
            continue
        seen.add(part)
        if isinstance(part, ops.Relation):
            found.add(part.parent if isinstance(part, ops.Reference) else part)
        else:
            waiting.extend(part.__children__)
    return found


def _in_checkpoint(backend: Any, name: str, table: Table) -> Table:
    backend._run_pre_execute_hooks(table)
    rows = backend._session.sql(backend.compile(table)).localCheckpoint()
    rows.toDF(*rows.columns).createOrReplaceTempView(
        name
    )  # else Spark takes them for columns of their source
    return backend.table(name)


def _in_temporary_table(backend: Any, name: str, table: Table) -> Table:
    """What `create_table(name, table, temp=True)` gives; Ibis would copy the whole statement twice for it."""
    made = backend.create_table(name, schema=table.schema(), temp=True)
    backend._run_pre_execute_hooks(table)
    backend.raw_sql(f'INSERT INTO temp.main."{name}" {backend.compile(table)}')
    return made
