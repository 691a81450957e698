"""DuckDB, the engine inside the process: the default for records that one machine can hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trialist.engines import compile_briefly


def connect(
    path: Path | str | None = None,
    *,
    threads: int | None = None,
    memory_limit: str | None = None,
    read_only: bool = False,
) -> Any:
    """An Ibis connection to DuckDB.

    Parameters
        path          of a database file; in memory when omitted
        threads       as many as the machine has cores when omitted
        memory_limit  such as `4GB`; beyond it DuckDB works from disk
        read_only     whether the file may be looked at only
    Returns   `ibis.backends.duckdb.Backend`. No extension is fetched from anywhere.
    """
    import ibis

    compile_briefly()
    settings: dict[str, Any] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if threads is not None:
        settings["threads"] = threads
    if memory_limit is not None:
        settings["memory_limit"] = memory_limit
    if read_only:
        settings["read_only"] = True
    return ibis.duckdb.connect(":memory:" if path is None else str(path), **settings)
