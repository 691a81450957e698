"""One table from wherever it lies: a data file, a DuckDB or SQLite database, PostgreSQL.

Parquet and databases stay where they are, as an expression of an engine; other formats are read into memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from trialist.problems import Place, Problem, errors

URLS = ("postgresql", "postgres")


class Opened(NamedTuple):
    """`data` is an Ibis or Arrow table; `name` what a reader of the result calls it."""

    data: Any
    name: str
    place: Place


def is_source(text: str) -> bool:
    """Whether a text names a table to analyse: a file that is no protocol, or the address of a database."""
    if urlsplit(text).scheme in URLS:
        return True
    path = Path(text)
    try:
        return path.suffix.lower() not in {".yaml", ".yml", ""} and (path.is_file() or not path.is_dir())
    except (OSError, ValueError):
        return False


def open_table(source: str, table: str | None = None) -> tuple[Opened | None, tuple[Problem, ...]]:
    """The table that `source` names.

    Parameters
        source  .csv, .tsv, .xpt, .json (Dataset-JSON), .parquet; a DuckDB or SQLite file; postgresql://...
        table   its name in a database; it may be omitted where there is only one
    Problems  E030-E049 of files, E099 a database that can't be opened or has no such table
    """
    if urlsplit(source).scheme in URLS:
        return _postgres(source, table)
    path = Path(source)
    place = Place(source)
    kind = _database(path)
    if kind is not None:
        return _duckdb(path, table, place) if kind == "duckdb" else _sqlite(path, table, place)
    if table is not None:
        text = f"{path.name} is no database, so it has no table '{table}'"
        return None, (_refused(text, "leave --table out, or name a database", place),)
    if path.suffix.lower() == ".parquet":
        from trialist.engines.duckdb import connect
        from trialist.formats.source import look

        _, problems = look(path)
        if errors(problems):
            return None, problems
        try:
            return Opened(connect().read_parquet(str(path)), path.stem, place), problems
        except Exception as error:  # noqa: BLE001  whatever DuckDB says of a damaged file
            return None, (_refused(f"{path.name} can't be read: {_first(error)}", "export it again", place),)
    from trialist.formats import read_table

    found, problems = read_table(path)
    return (None if found is None else Opened(found, path.stem, place)), problems


def _database(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except (OSError, ValueError):
        return None
    if start.startswith(b"SQLite format 3"):
        return "sqlite"
    return "duckdb" if start[8:12] == b"DUCK" else None


def _duckdb(path: Path, table: str | None, place: Place) -> tuple[Opened | None, tuple[Problem, ...]]:
    from trialist.engines.duckdb import connect

    try:
        connection = connect(path, read_only=True)
        listed = connection.raw_sql(
            "select table_name from information_schema.tables where table_schema = current_schema()"
        )
        names = sorted(row[0] for row in listed.fetchall())
    except Exception as error:  # noqa: BLE001  locked, damaged or of another version: DuckDB says which
        text = f"{path.name} can't be opened: {_first(error)}"
        return None, (_refused(text, "close the programs that write to it", place),)
    name, problem = _one_of(names, table, path.name, place)
    return (None, (problem,)) if problem else (Opened(connection.table(name), str(name), place), ())


def _sqlite(path: Path, table: str | None, place: Place) -> tuple[Opened | None, tuple[Problem, ...]]:
    import pyarrow as pa

    connection = sqlite3.connect(f"file:{path.resolve().as_posix()}?mode=ro", uri=True)
    try:
        listed = connection.execute(
            "select name from sqlite_master where type in ('table', 'view') order by 1"
        )
        name, problem = _one_of([row[0] for row in listed], table, path.name, place)
        if problem is not None:
            return None, (problem,)
        quoted = str(name).replace('"', '""')
        rows = connection.execute(f'select * from "{quoted}"')
        columns = [column[0] for column in rows.description]
        values = list(zip(*rows.fetchall(), strict=True)) or [()] * len(columns)
    except sqlite3.DatabaseError as error:
        return None, (_refused(f"{path.name} can't be read: {error}", "check that it is whole", place),)
    finally:
        connection.close()
    arrays = {column: _array(some) for column, some in zip(columns, values, strict=True)}
    return Opened(pa.table(arrays), str(name), place), ()


def _array(values: Sequence[Any]) -> Any:
    """An Arrow array of what SQLite gave; a column of several kinds becomes text."""
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if value is None else str(value) for value in values], pa.string())


def _postgres(source: str, table: str | None) -> tuple[Opened | None, tuple[Problem, ...]]:
    shown = urlsplit(source)
    place = Place(f"{shown.scheme}://{shown.hostname or ''}{shown.path}")
    try:
        import ibis

        connection = ibis.postgres.connect(**_parts(source))
    except ImportError:
        text = "PostgreSQL can be read only where its driver is installed"
        return None, (_refused(text, "pip install 'trialist[postgres]'", place),)
    except Exception as error:  # noqa: BLE001  refused, unknown host, wrong password: the driver says which
        text = f"the database can't be reached: {_first(error)}"
        return None, (_refused(text, "check address, user and password", place),)
    name, problem = _one_of(connection.list_tables(), table, "the database", place)
    return (None, (problem,)) if problem else (Opened(connection.table(name), str(name), place), ())


def _parts(source: str) -> dict[str, Any]:
    from urllib.parse import unquote

    at = urlsplit(source)
    found = {
        "host": at.hostname,
        "port": at.port,
        "user": at.username and unquote(at.username),
        "password": at.password and unquote(at.password),
        "database": at.path.lstrip("/") or None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _one_of(
    names: Sequence[str], table: str | None, where: str, place: Place
) -> tuple[str | None, Problem | None]:
    listed = ", ".join(list(names)[:12]) or "none"
    if table is None:
        if len(names) == 1:
            return names[0], None
        return None, _refused(f"{where} has {len(names)} tables: {listed}", "name one with --table", place)
    if table not in names:
        return None, _refused(f"{where} has no table '{table}'; it has {listed}", "name one of them", place)
    return table, None


def _refused(message: str, remedy: str, place: Place) -> Problem:
    return Problem("E099", message, remedy, place)


def _first(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
