"""How the suite is spread over its workers, and what is measured.

Clauses that need Spark run on one worker, so that one session serves them all while the other worker does the
rest; so do the clauses on one result that takes seconds to make. Whole trials, generated cases and the second
run of a clause on Spark go through code that the other clauses measure: they run without the tracer, which
would double their time. So does Ibis where it makes, rewrites and compiles expressions: of trialist, only the
naming of the sides of a join runs there. So does pytest where it rewrites the assertions of a module.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
from _pytest.assertion import rewrite
from ibis.backends.duckdb import Backend
from ibis.backends.sql import SQLBackend
from ibis.common.graph import Node
from ibis.common.grounds import Annotable
from ibis.expr.rewrites import DerefMap

from trialist.records import streamed

_UNMEASURED = (
    *("tests/trials/", "tests/generative/", "tests/independent/", "tests/faces/test_tutorial.py"),
    *(
        "tests/faces/test_diff.py",
        "tests/faces/test_explained_findings.py",
        "tests/faces/test_result_folders.py",
    ),
)

# the rule sheets that the derivations follow, for the count at the end of a run
_SHEETS = {
    "PSA (PCWG)": "psa_response psa_progression psa_change",
    "RECIST 1.1": "tumour_response best_overall_response objective_response disease_control "
    "time_to_response duration_of_response duration_of_stable_disease",
    "bone scans, rPFS (PCWG3)": "bone_progression combined_response",
    "censoring of progression-free times": "progression_free_survival overall_survival",
    "pain, skeletal events, performance": "pain_response pain_progression skeletal_event category_shift",
    "cell counts, AR-V7, biomarkers": "cell_count_response marker_status paired_change linked_measurements "
    "repeated_measurement",
    "CTCAE grades": "laboratory_grade",
    "adverse events": "adverse_event adverse_events",
    "dosing": "dose_intensity",
}

_GROUP_OF = {
    "spec": "spark",
    "onco": "oncology pilot",
    "prevail": "reconstructed trial",
    "small_run": "run of a small trial",
    "tables": "ADaM datasets",
    "result": "readings of estimands",
    "large": "large simulation",
    "pages": "browser",
    "found": "agreement",
    "adtr": "sums of targets",
    "seriousness": "words of events",
    "words_read": "words of events",
}


_OF_OTHERS = (
    *((SQLBackend, "compile"), (Backend, "create_table"), (Backend, "table"), (Backend, "to_pyarrow")),
    *((DerefMap, "from_targets"), (Node, "replace"), (Annotable, "__create__")),
    (rewrite, "rewrite_asserts"),
)


def pytest_configure(config: pytest.Config) -> None:
    gc.set_threshold(100_000, 50, 50)  # expressions are many small objects that live long
    for owner, name in _OF_OTHERS:
        kind = owner.__dict__[name]
        unseen = _untraced(getattr(kind, "__func__", kind))
        setattr(owner, name, classmethod(unseen) if isinstance(kind, classmethod) else unseen)


def _untraced(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, without the tracer of coverage while it runs."""

    @wraps(function)
    def run(*given: Any, **named: Any) -> Any:
        tracer = sys.gettrace()
        if tracer is None:
            return function(*given, **named)
        sys.settrace(None)
        try:
            return function(*given, **named)
        finally:
            sys.settrace(tracer)
            _traced_again()

    return run


def _traced_again() -> None:
    """The tracer is back in its fast form from the first call on; without one it would miss what follows."""


@pytest.hookimpl(tryfirst=True)  # groups count only if they stand before the workers read them
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        on_spark = item.get_closest_marker("spark") is not None
        if group := _group(item, on_spark):
            item.add_marker(pytest.mark.xdist_group(group))
        if on_spark or item.nodeid.startswith(_UNMEASURED):
            item.add_marker(pytest.mark.no_cover)


def _group(item: pytest.Item, on_spark: bool) -> str:
    """The result that a clause shares with others; empty when it makes its own."""
    if on_spark:
        return "spark"
    if item.get_closest_marker("browser"):
        return "browser"
    return next((_GROUP_OF[name] for name in getattr(item, "fixturenames", ()) if name in _GROUP_OF), "")


@pytest.fixture(params=["expression", "compiled"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The test runs twice: by the expression of the engine, and by the compiled loop where there is one."""
    monkeypatch.setattr(streamed, "MANY", 0 if request.param == "compiled" else 10**12)
    return str(request.param)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many clauses each derivation met, on each engine."""
    met = Counter(
        (derivation, engine)
        for report in terminalreporter.stats.get("passed", [])
        for engine, derivation in getattr(report, "user_properties", ())
    )
    if not met:
        return
    terminalreporter.section("clauses met")
    for derivation in sorted({name for name, _ in met}):
        on = ", ".join(f"{met[derivation, engine]} on {engine}" for engine in ("DuckDB", "Spark"))
        again = met[derivation, "compiled"]
        terminalreporter.write_line(f"{derivation}: {on}" + (f", {again} compiled" if again else ""))
    terminalreporter.section("clauses by rule sheet")
    other = " ".join({name for name, _ in met} - set(" ".join(_SHEETS.values()).split()))
    for sheet, derivations in (_SHEETS | ({"other": other} if other else {})).items():
        duckdb, spark = (sum(met[n, engine] for n in derivations.split()) for engine in ("DuckDB", "Spark"))
        terminalreporter.write_line(f"{sheet}: {duckdb} on DuckDB, {spark} on Spark")
    total = {engine: sum(n for (_, on), n in met.items() if on == engine) for engine in ("DuckDB", "Spark")}
    terminalreporter.write_line(f"all: {total['DuckDB']} on DuckDB, {total['Spark']} on Spark")
