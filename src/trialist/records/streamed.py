"""Rows of the embedded engine as arrays, batch by batch, for loops that are compiled.

Many rows on one machine are read faster by one pass over each subject's rows than by windows of a query.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from weakref import finalize

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
    """Whether those rows are many, on DuckDB, where numba is installed."""
    if rows.get_backend().name != "duckdb" or find_spec("numba") is None:
        return False
    return int(rows.limit(MANY).count().execute()) >= MANY


def batches(table: Table) -> Iterator[pa.RecordBatch]:
    """The rows of an expression on DuckDB, some at a time; none is kept."""
    backend = table.get_backend()
    return iter(backend.con.sql(backend.compile(table)).to_arrow_reader(_BATCH))


def columns(table: Table, names: Names) -> dict[str, NDArray[Any]]:
    """The columns of a table as arrays; `subject` as numbers of `names`, the rows of others left out.

    table   subject and numbers that are never null; it is counted first, so that no row is held twice
    """
    n = int(table.count().execute())
    kinds = {name: np.int32 if name == "subject" else table[name].type().to_numpy() for name in table.columns}
    found = {name: np.empty(n, kind) for name, kind in kinds.items()}
    names.rewind()
    at = 0
    for batch in batches(table):
        code = names.numbers(*text_buffers(batch["subject"]))
        known = slice(None) if code.min(initial=0) >= 0 else code >= 0
        end = at + len(code[known])
        for name, column in found.items():
            part = code if name == "subject" else batch[name].to_numpy(zero_copy_only=False)
            column[at:end] = part[known]
        at = end
    return {name: column[:at] for name, column in found.items()}


def text_buffers(column: pa.Array) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """Where each text of an Arrow column starts (and the last ends), and the bytes; no text is null."""
    _, starts, texts = column.buffers()
    width = np.int64 if str(column.type).startswith("large") else np.int32
    found = np.frombuffer(starts, width)[column.offset : column.offset + len(column) + 1]
    return found, np.frombuffer(texts, np.uint8) if texts is not None else np.zeros(0, np.uint8)


def kept_as_table(like: Table, made: Mapping[str, pa.Array]) -> Table:
    """Those columns as a table on the engine of `like`, which reads them where they are.

    They are let go with the last expression that reads them.
    """
    import ibis
    import pyarrow as pa

    backend = like.get_backend()
    name = ibis.util.gen_name("made")
    backend.con.register(name, pa.table(dict(made)))
    table: Table = backend.table(name)
    finalize(table.op(), backend.con.unregister, name).atexit = False
    return table
