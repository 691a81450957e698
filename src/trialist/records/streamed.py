"""Rows of the embedded engine as arrays, batch by batch, for loops that are compiled.

Many rows on one machine are read faster by one pass over each subject's rows than by windows of a query.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa
    from ibis.expr.types import Table
    from numpy.typing import NDArray

    from trialist.kernels.names import Names

MANY = 200_000  # rows from which loading the compiler is worth it
_BATCH = 16_384  # rows: what the processor keeps near


def compiling_pays(rows: Table) -> bool:
    """Whether those rows are many, on DuckDB, where numba is installed."""
    if rows.get_backend().name != "duckdb" or find_spec("numba") is None:
        return False
    return int(rows.limit(MANY).count().execute()) >= MANY


def batches(table: Table, rows: int = _BATCH) -> Iterator[pa.RecordBatch]:
    """The rows of an expression on DuckDB, so many at a time; none is kept."""
    backend = table.get_backend()
    return iter(backend.con.sql(backend.compile(table)).to_arrow_reader(rows))


def columns(table: Table, names: Names, *, adding: bool = False) -> dict[str, NDArray[Any]]:
    """The columns of a table as arrays; `subject` as numbers of `names`, the rows of others left out.

    table   subject and numbers that are never null
    adding  subjects that `names` does not know get a number; else their rows are left out
    """
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in table.columns}
    for batch in batches(table):
        starts, texts = text_buffers(batch["subject"])
        code = names.add(starts, texts) if adding else names.numbers(starts, texts)
        known = slice(None) if adding or code.min(initial=0) >= 0 else code >= 0
        for name in table.columns:
            part = code if name == "subject" else batch[name].to_numpy(zero_copy_only=False)
            parts[name].append(part[known])
    return {name: np.concatenate(part) if part else np.zeros(0, np.int64) for name, part in parts.items()}


def text_buffers(column: pa.Array) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """Where each text of an Arrow column starts (and the last ends), and the bytes; no text is null."""
    _, starts, texts = column.buffers()
    width = np.int64 if str(column.type).startswith("large") else np.int32
    found = np.frombuffer(starts, width)[column.offset : column.offset + len(column) + 1]
    return found, np.frombuffer(texts, np.uint8) if texts is not None else np.zeros(0, np.uint8)


def kept_as_table(like: Table, made: Mapping[str, pa.Array]) -> Table:
    """Those columns as a table on the engine of `like`, which reads them where they are."""
    import ibis
    import pyarrow as pa

    backend = like.get_backend()
    name = ibis.util.gen_name("made")
    backend.con.register(name, pa.table(dict(made)))
    return backend.table(name)
