"""A whole study, from records to findings, is the same on DuckDB and on Spark."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pyarrow as pa
import pytest
from ibis.expr.types import Table

from trialist.engines.duckdb import connect
from trialist.engines.spark import rows_of
from trialist.protocol.parse import read_protocol
from trialist.records.computed import parts_computed_once
from trialist.records.model import Records
from trialist.records.registered import records_from_tables
from trialist.records.shape import conform
from trialist.records.simulated import simulate
from trialist.study import run_study
from trialist.trials import shipped

Tables = Callable[[str, pa.Table], Table]


@pytest.mark.spark
@pytest.mark.parametrize("sizes", [(0, 0, 0, 2), (0, 2, 0, 0, 3), (1, 1, 1, 1, 1), (7,)])
def test_no_row_is_lost_on_the_way_to_spark(spark_tables: Tables | None, sizes: tuple[int, ...]) -> None:
    if spark_tables is None:
        pytest.skip("no Java found: no table was handed to Spark")
    rows = pa.concat_tables([pa.table({"day": pa.array(range(n), pa.int64())}) for n in sizes])
    assert rows.column("day").num_chunks == len(sizes)
    found = rows_of(spark_tables("pieces_" + "_".join(map(str, sizes)), rows))
    assert sorted(found["day"].to_pylist()) == sorted(rows["day"].to_pylist())


@pytest.mark.spark
def test_only_blanks_are_trimmed(spark_tables: Tables | None) -> None:
    if spark_tables is None:
        pytest.skip("no Java found: no text was trimmed on Spark")
    texts = ["febrile", "fever of", " v ", "\t\v\f\r\n vomiting f\f", "", " ", None]
    given = pa.table({"said": pa.array(texts, pa.string())})
    found = rows_of(spark_tables("trimmed", given).select("said", trimmed=lambda t: t.said.strip()))
    assert {row["said"]: row["trimmed"] for row in found.to_pylist()} == {
        text: None if text is None else text.strip() for text in texts
    }


@pytest.mark.spark
def test_a_part_that_is_read_more_than_once_is_computed_once_and_let_go(spark_tables: Tables | None) -> None:
    if spark_tables is None:
        pytest.skip("no Java found: no part was computed on Spark")
    days = spark_tables("days_read", pa.table({"subject": ["a", "a", "b"], "day": [1, 2, 5]}))
    for level in range(5):  # each reads the one before three times: 243 readings of `days_read`
        last = days.group_by("subject").aggregate(last=days.day.max())
        first = days.group_by("subject").aggregate(first=days.day.min())
        beside = days.inner_join(last, "subject").inner_join(first, "subject")
        days = beside.select("subject", day=beside.day + beside["last"] - beside["first"] + level)
    backend = days.get_backend()
    before = set(backend.list_tables())
    with parts_computed_once(days) as short:
        kept = set(backend.list_tables()) - before
        assert 1 <= len(kept) <= 5
        assert backend.compile(short).count("days_read") < 20
        found = short.to_pyarrow()
    assert set(backend.list_tables()) == before
    assert sorted(tuple(row.values()) for row in found.to_pylist()) == [("a", 16), ("a", 17), ("b", 15)]


@pytest.mark.spark
def test_every_finding_of_a_study_is_the_same_on_both_engines(spark_tables: Tables | None) -> None:
    if spark_tables is None:
        pytest.skip("no Java found: the study was not run on Spark")
    protocol, problems = read_protocol(shipped()["hecog"] / "protocol.yaml")
    assert protocol is not None, problems
    made, _ = simulate(protocol, subjects=60, seed=1)
    assert made is not None
    here = records_from_tables(made, origin="simulated", source="trialist", seed=1, connection=connect())
    on_duckdb = run_study(protocol, here)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tables = {name: spark_tables(f"study_{name}", conform(name, table)) for name, table in made.items()}
        there = Records(tables, "simulated", here.fingerprint, "trialist", 1)
        on_spark = run_study(protocol, there)
    assert len(on_duckdb.findings) > 10
    assert on_spark.findings == on_duckdb.findings
