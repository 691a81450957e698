"""Spark as an engine: the same expressions on a cluster, or in local mode on this machine."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from trialist.engines import compile_briefly
from trialist.records.computed import parts_computed_once
from trialist.registry import entry

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from ibis import BaseBackend
    from ibis.expr.types import Table


# one trial's records on one machine: planning a query costs more than running it
SMALL_DATA: Mapping[str, str] = MappingProxyType(
    {
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.memory": "3g",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.constraintPropagation.enabled": "false",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.autoBroadcastJoinThreshold": "-1",
    }
)


def java_found(environment: dict[str, str] | None = None) -> bool:
    """Whether a Java runtime is there: JAVA_HOME in the environment, or `java` on the path."""
    known = os.environ if environment is None else environment
    return bool(known.get("JAVA_HOME")) or shutil.which("java", path=known.get("PATH")) is not None


@entry("spark", needs=(), gives="backend", source="Apache Spark 4, https://spark.apache.org")
def connect(folder: Path, master: str = "local[2]", settings: Mapping[str, str] = SMALL_DATA) -> BaseBackend:
    """An Ibis connection to Spark.

    Parameters
        folder    where Spark may write (warehouse and shuffle files); nothing is left anywhere else
        master    the cluster's address; local mode with two threads when omitted
        settings  how Spark plans queries; those for small data when omitted
    Returns   the connection; `disconnect` ends the session. The catalogue lives in memory: no Hive, and the
              web page of Spark is off. Local mode listens on 127.0.0.1 only.
    Raises    whatever Spark does when it can't start (`java_found` tells beforehand whether it could)
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ibis
        from pyspark.sql import SparkSession

        compile_briefly()
        _trim_blanks_alone()
        fixed = {
            "spark.ui.enabled": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.catalogImplementation": "in-memory",
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.local.dir": str(folder / "shuffle"),
            "spark.ui.showConsoleProgress": "false",
            "spark.log.level": "ERROR",
        }
        builder = SparkSession.builder.master(master).appName("trialist")
        for name, value in {**fixed, **settings}.items():
            builder = builder.config(name, value)
        return ibis.pyspark.connect(builder.getOrCreate())


def _trim_blanks_alone() -> None:
    """Let `strip` take away blanks and nothing else.

    Ibis writes the characters to trim as a literal with `\\v` and `\\f` in it, which Spark reads as the
    letters v and f: febrile became ebrile. The two are built from their numbers instead.
    """
    from ibis.backends.sql.compilers.pyspark import PySparkCompiler

    def trimmed(compiler: Any, op: Any, *, arg: Any) -> Any:
        of_numbers = (compiler.f.anon.char(number) for number in (11, 12))
        blanks = compiler.f.anon.concat(" \t\n\r", *of_numbers)
        return compiler.f.trim(arg, blanks)

    PySparkCompiler.visit_Strip = trimmed


def table_of(connection: Any, name: str, rows: pa.Table) -> Table:
    """An Arrow table as a temporary view of the session, under that name.

    The rows are handed over in one piece: of a table in many pieces, some of them empty, Spark 4 loses rows.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        session = connection._session
        session.createDataFrame(rows.combine_chunks()).createOrReplaceTempView(name)
    return connection.table(name)


def rows_of(table: Table) -> pa.Table:
    """The rows of an expression, without the warnings Spark gives about newer pandas versions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with parts_computed_once(table) as short:
            return short.to_pyarrow()
