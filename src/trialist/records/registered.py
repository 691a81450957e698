"""From Arrow tables with plain names to `Records` in an engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trialist.records.fingerprint import fingerprint
from trialist.records.model import Records, RecordsKind
from trialist.records.shape import conform

if TYPE_CHECKING:
    import pyarrow as pa


def records_from_tables(
    tables: Mapping[str, pa.Table],
    *,
    origin: RecordsKind,
    connection: Any,
    source: str | None = None,
    seed: int | None = None,
    note: str | None = None,
    files: Mapping[str, str] | None = None,
    digest: str | None = None,
) -> Records:
    """Put tables into an engine and say what they are.

    Parameters
        tables      domain -> table with plain column names; columns that are absent become null
        origin      observed, reconstructed or simulated; every finding from them will carry it
        connection  an Ibis connection (`engines.duckdb.connect()`), which keeps the tables
        files       domain -> the file it came from
        digest      the fingerprint, where it is known; else that of the content is computed
    Returns   records whose tables have every column of their domain and whose fingerprint is that of
              their content
    Raises    KeyError, ValueError for a domain or column that is not declared
    """
    whole = {name: conform(name, table) for name, table in tables.items()}
    made = {name: _create(connection, name, table) for name, table in whole.items()}
    digest = fingerprint(whole) if digest is None else digest
    return Records(made, origin, digest, source, seed, note, dict(files or {}))


def _create(connection: Any, name: str, table: pa.Table) -> Any:
    """Create the table under a name that nobody else has; no result depends on the name."""
    import ibis

    return connection.create_table(ibis.util.gen_name(name), obj=ibis.memtable(table))
