"""Rows of the embedded engine as arrays, batch by batch, for loops that are compiled.

Many rows on one machine are read faster by one pass over each subject's rows than by windows of a query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa
    from ibis.expr.types import Table
    from numpy.typing import NDArray

    from trialist.kernels.names import Names

MANY = 200_000  # rows from which loading the compiler is worth it
_BATCH = 122_880  # rows: a row group of DuckDB


def compiling_pays(rows: Table) -> bool:
    """Whether those rows are many, on DuckDB, where numba can be loaded; they are asked for, up to `MANY`."""
    if rows.get_backend().name != "duckdb" or int(rows.limit(MANY).count().execute()) < MANY:
        return False
    try:
        import numba  # noqa: F401
    except ImportError:
        return False
    return True


def batches(table: Table) -> Iterator[pa.RecordBatch]:
    """The rows of an expression on DuckDB, some at a time; none is kept.

    Nothing else may be asked of the connection before the last batch is taken: it would end the stream.
    """
    backend: Any = table.get_backend()
    backend._run_pre_execute_hooks(table)
    return iter(backend.con.sql(backend.compile(table)).to_arrow_reader(_BATCH))


def columns(table: Table, names: Names) -> dict[str, NDArray[Any]]:
    """The columns of a table as arrays; `subject` as numbers of `names`, the rows of others left out.

    table   subject and numbers, none of them null; it is counted first, so that no row is held twice
    """
    n = int(table.count().execute())
    kinds = {name: np.int32 if name == "subject" else table[name].type().to_numpy() for name in table.columns}
    found = {name: np.empty(n, kind) for name, kind in kinds.items()}
    names.rewind()
    at, seen = 0, 0
    for batch in batches(table):
        code = names.numbers(*text_buffers(batch["subject"]))
        known = slice(None) if code.min(initial=0) >= 0 else code >= 0
        end = at + len(code[known])
        for name, column in found.items():
            part = code if name == "subject" else batch[name].to_numpy(zero_copy_only=False)
            column[at:end] = part[known]
        at, seen = end, seen + len(code)
    if seen != n:
        raise RuntimeError(f"{seen} of {n} rows came: the connection was used while they were read")
    return {name: column[:at] for name, column in found.items()}


def text_buffers(column: pa.Array) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """Where each text of an Arrow column starts (and the last ends), and the bytes; none may be null."""
    if column.null_count:
        raise ValueError(f"{column.null_count} of {len(column)} texts are null")
    column = plain_text(column)
    _, starts, texts = column.buffers()
    width = np.int64 if str(column.type).startswith("large") else np.int32
    found = np.frombuffer(starts, width)[column.offset : column.offset + len(column) + 1]
    return found, np.frombuffer(texts, np.uint8) if texts is not None else np.zeros(0, np.uint8)


def plain_text(column: pa.Array) -> pa.Array:
    """The same texts one after another, of a column that comes as codes of a dictionary or as views."""
    import pyarrow as pa

    simple = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    return column if simple else column.cast(pa.string())


def kept_as_table(like: Table, made: Mapping[str, pa.Array | pa.ChunkedArray]) -> Table:
    """Those columns as a table on the engine of `like`, which reads them where they are.

    They are kept as long as the connection lives, as everything that is computed once.
    """
    import ibis
    import pyarrow as pa

    backend: Any = like.get_backend()
    name = ibis.util.gen_name("made")
    backend.con.register(name, pa.table(dict(made)))
    table: Table = backend.table(name)
    return table
