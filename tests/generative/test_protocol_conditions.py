"""A condition says the same of one subject in plain Python and of a table in DuckDB."""

from __future__ import annotations

from typing import Any

import duckdb
import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trialist.engines.duckdb import connect
from trialist.protocol.predicate import parse_condition

PIECES = [
    "(",
    ")",
    "and",
    "or",
    "not",
    "=",
    "<",
    "'a'",
    "x",
    "1",
    ",",
    "in",
    "is",
    "null",
    "+",
    "-",
    ";",
    "case",
]
SCHEMA = {
    "age": "int64",
    "psa": "float64",
    "ecog": "string",
    "site": "string",
    "treated": "boolean",
    "low": "float64",
}

whole = st.integers(-20, 20).map(str)
decimal = st.sampled_from(["0.5", "1.5", "2.25", "-0.5", "10.125", "0.1"])
words = st.sampled_from(
    ["'a'", "'A'", "'b'", "'0-1'", "''", "lower(site)", "upper(ecog)", "coalesce(site, ecog)"]
)
text = st.one_of(words, st.sampled_from(["ecog", "site"]))


def numbers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(st.sampled_from(["least", "greatest", "coalesce"]), inner, inner).map(
            lambda p: f"{p[0]}({p[1]}, {p[2]})"
        ),
        inner.map(lambda n: f"abs({n})"),
        inner.map(lambda n: f"- ({n})"),
        st.tuples(inner, st.sampled_from(["", ", 1", ", 2"])).map(lambda p: f"round({p[0]}{p[1]})"),
    )


number = st.recursive(
    st.one_of(whole, decimal, st.sampled_from(["age", "psa", "low", "null"])), numbers, max_leaves=4
)
comparison = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
leaf = st.one_of(
    st.tuples(number, comparison, number).map(" ".join),
    st.tuples(text, comparison, text).map(" ".join),
    st.tuples(number, number, number).map(lambda p: f"{p[0]} between {p[1]} and {p[2]}"),
    st.tuples(text, st.lists(text, min_size=1, max_size=3)).map(lambda p: f"{p[0]} in ({', '.join(p[1])})"),
    st.tuples(number, st.lists(number, min_size=1, max_size=2)).map(
        lambda p: f"{p[0]} not in ({', '.join(p[1])})"
    ),
    st.one_of(number, text).map(lambda n: f"{n} is null"),
    st.one_of(number, text).map(lambda n: f"{n} is not null"),
    st.sampled_from(["treated", "true", "false", "null", "treated = true"]),
)
condition = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda p: f"({p[0]}) {p[1]} ({p[2]})"),
        inner.map(lambda c: f"not ({c})"),
    ),
    max_leaves=5,
)
row = st.fixed_dictionaries(
    {
        "age": st.none() | st.integers(-20, 20),
        "psa": st.none() | st.sampled_from([0.0, 0.5, 1.5, 2.25, -0.5, 3.0, 10.125]),
        "ecog": st.none() | st.sampled_from(["a", "A", "0-1", ""]),
        "site": st.none() | st.sampled_from(["a", "B", "b"]),
        "treated": st.none() | st.booleans(),
        "low": st.none() | st.sampled_from([0.0, 0.1, -1.0]),
    }
)


@pytest.fixture(scope="module")
def engine() -> Any:
    backend = connect()
    yield backend
    backend.disconnect()


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=condition, rows=st.lists(row, min_size=1, max_size=6))
def test_one_subject_and_a_table_give_the_same_answer(
    engine: Any, text: str, rows: list[dict[str, Any]]
) -> None:
    parsed, message = parse_condition(text)
    assert parsed is not None, message
    table = ibis.memtable(
        [{"n": i, **r} for i, r in enumerate(rows)], schema=ibis.schema({"n": "int64", **SCHEMA})
    )
    answers = engine.to_pyarrow(table.select("n", answer=parsed.to_ibis(table)).order_by("n")).column(
        "answer"
    )
    assert answers.to_pylist() == [parsed.evaluate(r) for r in rows]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(text=condition.filter(lambda c: "/" not in c and "round" not in c), values=row)
def test_the_text_itself_runs_in_duckdb_with_the_same_answer(text: str, values: dict[str, Any]) -> None:
    parsed, message = parse_condition(text)
    assert parsed is not None, message
    kinds = {"int64": "bigint", "float64": "double", "string": "varchar", "boolean": "boolean"}
    columns = ", ".join(f"cast(? as {kinds[kind]}) as {name}" for name, kind in SCHEMA.items())
    found = duckdb.execute(
        f"select ({text}) from (select {columns})", [values[name] for name in SCHEMA]
    ).fetchone()
    assert found is not None
    assert found[0] == parsed.evaluate(values)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(text=st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_any_text_is_a_condition_or_has_a_reason(text: str) -> None:
    parsed, message = parse_condition(text)
    assert (parsed is None) != (message is None)
    if parsed is not None:
        assert parsed.evaluate({}) in (True, False, None)
