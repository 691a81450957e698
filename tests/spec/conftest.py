"""Clauses: small tables as text, derived on every engine, compared row by row."""

from __future__ import annotations

import random
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest
from ibis.backends.duckdb.converter import DuckDBPyArrowData
from ibis.expr.operations import DatabaseTable
from ibis.expr.types import Table
from pydantic import TypeAdapter
from text_tables import rows_in

from trialist.endpoints import compiled
from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import INPUT_COLUMNS
from trialist.endpoints.planned import NOTHING_PLANNED, PlannedScans
from trialist.engines import duckdb, spark
from trialist.protocol.endpoints import Endpoint
from trialist.records import streamed
from trialist.registry import Entry

NOT_RUN = "SPARK CLAUSES NOT RUN: no Java found"
ENTRY: TypeAdapter[Endpoint] = TypeAdapter(Endpoint)
ARROW = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
OF_OTHER_ENDPOINTS = {
    "best_response": {"subject": "string", "value": "string", "day": "int64", "response_day": "int64"},
    "progression": {"subject": "string", "day": "int64", "event": "boolean", "reason": "string"},
}


def read(text: str, kind: str) -> Any:
    """A cell: empty is null, yes and no are booleans."""
    if text == "":
        return None
    if kind == "boolean":
        return {"yes": True, "no": False}[text]
    if kind == "int64":
        return int(text)
    return float(text) if kind == "float64" else text


def arrow(rows: list[dict[str, str]], columns: Mapping[str, str]) -> pa.Table:
    """Rows in the promised columns and in an order of no meaning; `<x` is x below quantification."""
    filled = []
    for number, row in enumerate(rows, 1):
        unknown = set(row) - set(columns)
        assert not unknown, f"no such column: {unknown}"
        made = {name: read(row.get(name, ""), kind) for name, kind in columns.items() if name != "value"}
        if "value" in columns:
            said = row.get("value", "")
            if said.startswith("<"):
                made["below"] = True
            made["value"] = read(said.lstrip("<"), columns["value"])
        if "sequence" in columns and made["sequence"] is None:
            made["sequence"] = number
        filled.append(made)
    random.Random(0).shuffle(filled)
    schema = pa.schema([(name, ARROW[kind]) for name, kind in columns.items()])
    return pa.Table.from_pylist(filled, schema)


@pytest.fixture(scope="session")
def duckdb_tables() -> Callable[[str, pa.Table], Table]:
    connection = duckdb.connect()

    def table(name: str, rows: pa.Table) -> Table:
        connection.con.register(name, rows)
        return connection.table(name)

    return table


@pytest.fixture(scope="session")
def spark_tables(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[str, pa.Table], Table] | None]:
    if not spark.java_found():
        yield None
        return
    connection = spark.connect(tmp_path_factory.mktemp("spark"))
    yield lambda name, rows: spark.table_of(connection, name, rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        connection.disconnect()


@pytest.fixture(scope="module", params=["DuckDB", pytest.param("Spark", marks=pytest.mark.spark)])
def engine(
    request: pytest.FixtureRequest, duckdb_tables: Callable[[str, pa.Table], Table]
) -> Callable[[str, pa.Table], Table]:
    """Each engine in turn; Spark is started only for the clauses that it runs."""
    if request.param == "DuckDB":
        return duckdb_tables
    tables: Callable[[str, pa.Table], Table] | None = request.getfixturevalue("spark_tables")
    if tables is None:
        pytest.skip(NOT_RUN)
    return tables


Spec = Callable[..., None]
Derive = Callable[[Any, Any, Mapping[str, pa.Table]], pa.Table]


@pytest.fixture(scope="session")
def derived_on_duckdb(duckdb_tables: Callable[[str, pa.Table], Table]) -> Derive:
    """What a derivation gives on DuckDB; its query is written once for all clauses under one rule.

    Each clause puts its rows under the names that the query reads. A derivation that kept rows of its own
    while it was written (`computed_once`) is written again for each.
    """
    written: dict[tuple[Any, str], tuple[int, Table, str]] = {}

    def run(derivation: Any, rule: Any, tables: Mapping[str, pa.Table]) -> pa.Table:
        key = (derivation, repr(rule))
        number, query, sql = written.get(key, (len(written), None, ""))
        names = {name: f"{name}_{derivation.entry.name}_{number}" for name in tables}
        handed = {name: duckdb_tables(names[name], rows) for name, rows in tables.items()}
        if query is None:
            query = derivation(**handed, rule=rule)
            sql = query.get_backend().compile(query)
            read = {table.name for table in query.op().find(DatabaseTable)}
            if read <= set(names.values()):
                written[key] = (number, query, sql)
        backend: Any = query.get_backend()
        backend._run_pre_execute_hooks(query)
        return query.__pyarrow_result__(backend.con.sql(sql).to_arrow_table(), data_mapper=DuckDBPyArrowData)

    return run


@dataclass(frozen=True)
class Clause:
    """A clause that held on DuckDB, and what another engine must give for it."""

    name: str
    derivation: Any
    rule: Any
    tables: Mapping[str, pa.Table]
    expected: list[dict[str, str]]
    schema: list[tuple[str, str]]


@pytest.fixture(scope="session")
def clauses_so_far() -> dict[str, list[Clause]]:
    return {}


@pytest.fixture(scope="module")
def clauses(clauses_so_far: dict[str, list[Clause]], request: pytest.FixtureRequest) -> list[Clause]:
    """The clauses that have run so far, of a module or of those which name the same `CLAUSES_OF`."""
    module = request.module
    return clauses_so_far.setdefault(getattr(module, "CLAUSES_OF", module.__name__), [])


@pytest.fixture
def spec(
    duckdb_tables: Callable[[str, pa.Table], Table],
    derived_on_duckdb: Derive,
    clauses: list[Clause],
    request: pytest.FixtureRequest,
) -> Spec:
    """`spec(derivation, rule={...}, gives=text, psa=text, ...)`: what a derivation gives for a small table.

    rule    words of the protocol entry beside `derive`
    planned the tumour assessments of the schedule
    gives   the columns that matter, one line per subject, compared with all rows that come out
    others  inputs by name; those left out are empty, and `subjects` are then those of the other tables

    The clause runs on DuckDB, and there once more by the compiled loop where the derivation has one, which
    must give the same in every column; `on_spark`, at the end of the module, asks the same of Spark.
    """

    def run(
        derivation: Any,
        *,
        gives: str,
        rule: Mapping[str, Any] | None = None,
        planned: PlannedScans = NOTHING_PLANNED,
        **given: str,
    ) -> None:
        part: Entry = derivation.entry
        filled = rule_for(ENTRY.validate_python({"derive": part.name, **(rule or {})}), planned)
        tables = inputs_of(part, given)
        expected = rows_in(gives)
        found = derived_on_duckdb(derivation, filled, tables)
        assert shown(found, expected) == sorted(tuple(row.values()) for row in expected)
        request.node.user_properties.append(("DuckDB", part.name))
        if hasattr(compiled, part.name):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(streamed, "MANY", 0)
                name = re.sub(r"\W", "_", request.node.name)[:40]
                again = derived(derivation, filled, tables, duckdb_tables, name)
            assert schema_of(again) == schema_of(found)
            assert again.sort_by("subject").to_pylist() == found.sort_by("subject").to_pylist()
            request.node.user_properties.append(("compiled", part.name))
        clauses.append(Clause(request.node.name, derivation, filled, tables, expected, schema_of(found)))

    return run


@pytest.fixture
def on_spark(
    clauses: list[Clause],
    spark_tables: Callable[[str, pa.Table], Table] | None,
    request: pytest.FixtureRequest,
) -> Callable[..., None]:
    """Asks of Spark what the clauses of this module say; those under one rule are derived in one run.

    Each clause keeps its own subjects: their names carry its number. `rules`: where many rules differ in
    their numbers alone, so many of them are asked, those of most clauses first.
    """

    def run(rules: int | None = None) -> None:
        if spark_tables is None:
            pytest.skip(NOT_RUN)
        if not clauses:
            pytest.skip("no clause of this module ran before")
        batches: dict[tuple[Any, str], list[Clause]] = {}
        for clause in clauses:
            batches.setdefault((clause.derivation, repr(clause.rule)), []).append(clause)
        asked = sorted(batches.items(), key=lambda item: -len(item[1]))[:rules]
        for number, (_, batch) in enumerate(asked):
            together = {
                table: pa.concat_tables([owned(c.tables[table], n) for n, c in enumerate(batch)])
                for table in batch[0].tables
            }
            first = batch[0]
            name = first.derivation.entry.name
            found = derived(first.derivation, first.rule, together, spark_tables, f"{name}_{number}")
            assert schema_of(found) == first.schema, first.name
            for n, clause in enumerate(batch):
                mine = disowned(found, n)
                assert shown(mine, clause.expected) == sorted(
                    tuple(row.values()) for row in clause.expected
                ), clause.name
                request.node.user_properties.append(("Spark", name))

    return run


def derived(
    derivation: Any,
    rule: Any,
    tables: Mapping[str, pa.Table],
    engine: Callable[[str, pa.Table], Table],
    name: str,
) -> pa.Table:
    """What a derivation gives for these tables on an engine."""
    handed = {key: engine(f"{key}_{name}", rows) for key, rows in tables.items()}
    return spark.rows_of(derivation(**handed, rule=rule))


def owned(table: pa.Table, number: int) -> pa.Table:
    """The rows of a clause, its number before each subject."""
    names = [f"{number}/{subject}" for subject in table["subject"].to_pylist()]
    return table.set_column(table.column_names.index("subject"), "subject", pa.array(names, pa.string()))


def disowned(table: pa.Table, number: int) -> pa.Table:
    """The rows of a clause out of those of its batch."""
    names = table["subject"].to_pylist()
    rows = table.filter(pa.array([name.startswith(f"{number}/") for name in names], pa.bool_()))
    own = [name.split("/", 1)[1] for name in rows["subject"].to_pylist()]
    return rows.set_column(rows.column_names.index("subject"), "subject", pa.array(own, pa.string()))


def schema_of(found: pa.Table) -> list[tuple[str, str]]:
    """Names and types, as both engines call them."""
    return [(f.name, str(f.type).replace("large_", "").replace("double", "float64")) for f in found.schema]


def inputs_of(part: Entry, given: Mapping[str, str]) -> dict[str, pa.Table]:
    """Every input that the part needs, as Arrow tables."""
    rows = {name: rows_in(text) for name, text in given.items()}
    unknown = set(rows) - set(part.needs)
    assert not unknown, f"{part.name} needs no {unknown}"
    if "subjects" not in rows:
        known = sorted({row["subject"] for table in rows.values() for row in table})
        rows["subjects"] = [{"subject": name} for name in known]
    kinds = {**INPUT_COLUMNS, **OF_OTHER_ENDPOINTS}
    return {name: arrow(rows.get(name, []), kinds[name]) for name in part.needs}


def shown(found: pa.Table, expected: list[dict[str, str]]) -> list[tuple[str, ...]]:
    """The rows found, written as the expectation writes them."""
    columns = list(expected[0])
    lines = []
    for row in found.select(columns).to_pylist():
        lines.append(
            tuple(
                written(row[name], next((e[name] for e in expected if e["subject"] == row["subject"]), ""))
                for name in columns
            )
        )
    return sorted(lines)


def written(value: Any, like: str) -> str:
    """A value as text; a number that equals the expected one to 1e-9 is written as that one is."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        try:
            return like if abs(value - float(like)) <= 1e-9 * max(1.0, abs(value)) else f"{value:g}"
        except ValueError:
            return f"{value:g}"
    return str(value)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not spark.java_found():
        terminalreporter.write_sep("!", NOT_RUN, red=True, bold=True)
