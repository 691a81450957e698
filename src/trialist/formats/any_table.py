"""One table from wherever it lies: a data file, a DuckDB or SQLite database, PostgreSQL.

Parquet and databases stay where they are, as an expression of an engine; other formats are read into memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from trialist.problems import Place, Problem, errors

URLS = ("postgresql", "postgres")


class Opened(NamedTuple):
    """`data` is an Ibis or Arrow table, `name` what a reader calls it. To be closed when it is read."""

    data: Any
    name: str
    place: Place
    connection: Any = None

    def close(self) -> None:
        if self.connection is not None:
            self.connection.disconnect()


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
        table   its name in a database, `schema.name` where it is not in the current schema; it may be omitted
                where there is only one
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
        names = _with_schemas(connection.raw_sql(_TABLES).fetchall())
    except Exception as error:  # noqa: BLE001  locked, damaged or of another version: DuckDB says which
        text = f"{path.name} can't be opened: {_first(error)}"
        return None, (_refused(text, "close the programs that write to it", place),)
    return _opened(connection, names, table, path.name, place)


_TABLES = (
    "select table_schema = current_schema(), table_schema, table_name from information_schema.tables"
    " where table_schema not in ('information_schema', 'pg_catalog')"
)


def _with_schemas(listed: Iterable[Sequence[Any]]) -> dict[str, tuple[str, str]]:
    """The names of tables and views as --table takes them (with the schema unless it is the current one), to
    their schema and their name in it; those of the current schema first."""
    rows = sorted(listed, key=lambda row: (not row[0], row[1], row[2]))
    return {name if here else f"{schema}.{name}": (schema, name) for here, schema, name in rows}


def _opened(
    connection: Any, names: Mapping[str, tuple[str, str]], table: str | None, where: str, place: Place
) -> tuple[Opened | None, tuple[Problem, ...]]:
    known, problem = _one_of(list(names), table, where, place)
    if known is None or problem is not None:
        connection.disconnect()
        return None, (problem,) if problem else ()
    schema, name = names[known]
    return Opened(connection.table(name, database=schema), name, place, connection), ()


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
    with connection.raw_sql(_TABLES) as cursor:
        names = _with_schemas(cursor.fetchall())
    return _opened(connection, names, table, "the database", place)


def _parts(source: str) -> dict[str, Any]:
    """What the driver is told: the parts of an address, and what stands after its question mark."""
    from urllib.parse import parse_qsl, unquote

    at = urlsplit(source)
    found = {
        **dict(parse_qsl(at.query)),
        "host": at.hostname,
        "port": at.port,
        "user": at.username and unquote(at.username),
        "password": at.password and unquote(at.password),
        "database": unquote(at.path.strip("/")) or None,
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
        near = [name for name in names if name.lower().split(".")[-1] == table.lower().split(".")[-1]]
        remedy = f"did you mean '{near[0]}'?" if near else "name one of them"
        return None, _refused(f"{where} has no table '{table}'; it has {listed}", remedy, place)
    return table, None


def _refused(message: str, remedy: str, place: Place) -> Problem:
    return Problem("E099", message, remedy, place)


def _first(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
