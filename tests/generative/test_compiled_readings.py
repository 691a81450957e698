"""The compiled loops and the expressions of the engine: one rule, the same rows under every option."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import TypeAdapter

from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import INPUT_COLUMNS
from trialist.endpoints.psa import psa_progression
from trialist.endpoints.response import best_overall_response
from trialist.engines.duckdb import connect
from trialist.findings.event_counts import worst_grades
from trialist.protocol.endpoints import Endpoint
from trialist.records import streamed

N = 700
KINDS = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "boolean": pa.bool_()}
VALUES = [0.0, 0.5, 1.0, 2.0, 2.5, 4.0, 4.5, 5.0, 6.25, 8.0, 10.0, 12.5, 20.0, 25.0]
DAYS = [*range(-21, 190, 7), 20, 41, 62, 83, 84, 85, 104, 105]
WORDS = ["CR", "PR", "SD", "NON-CR/NON-PD", "NE", "PD", "PDU", "NED", "pr", "unknown"]
PSA_OPTIONS: list[dict[str, Any]] = [
    {"baseline": baseline, "same_day": same_day, "confirming": confirming, "early_rise": early}
    | {"unconfirmed_last": last, "new_therapy": therapy}
    for (baseline, same_day), (confirming, early), (last, therapy) in product(
        [("last_before_dose", "max"), ("first", "min"), ("mean", "mean")],
        [("consecutive", "no_decline_only"), ("any_later", "all"), ("consecutive", "none")],
        [("censor", "stop"), ("event", "ignore")],
    )
] + [
    {"unconfirmed_last": "last_nonprogressing", "decline": "at_early_days", "baseline_window": "14 d"},
    {"unconfirmed_last": "last_nonprogressing", "confirming": "any_later", "decline": "any_earlier"},
]
RESPONSE_OPTIONS: list[dict[str, Any]] = [
    {"confirmed": confirmed, "accept_stable_between": stable, "max_not_evaluable": unread}
    | {"new_therapy": therapy}
    for confirmed, stable, unread, therapy in product(
        [True, False], [True, False], [0, 2], ["stop", "ignore"]
    )
]


def table(connection: Any, name: str, rows: list[dict[str, Any]]) -> Any:
    schema = pa.schema(
        [(column, KINDS[kind]) for column, kind in INPUT_COLUMNS[name].items() if kind in KINDS]
    )
    connection.con.register(name, pa.Table.from_pylist(rows, schema))
    return connection.table(name)


@pytest.fixture(scope="module")
def inputs() -> dict[str, Any]:
    """Subjects of no order, values of no order, two on a day, without a day or value, of nobody."""
    draw = random.Random(20260101)
    subjects = [f"S{number:04d}" for number in range(N)]
    draw.shuffle(subjects)
    psa, responses, therapies = [], [], []
    for subject in [*subjects[10:], "nobody"]:
        for _ in range(draw.randint(0, 12)):
            psa.append(
                {
                    "subject": subject,
                    "day": draw.choice([*DAYS, None, 2**40]),
                    "sequence": len(psa),
                    "value": draw.choice([*VALUES, None, math.nan]),
                    "below": draw.choice([True, False, None, False]),
                }
            )
        for _ in range(draw.randint(0, 9)):
            responses.append(
                {
                    "subject": subject,
                    "day": draw.choice([*DAYS, None]),
                    "sequence": len(responses),
                    "response": draw.choice([*WORDS, None]),
                }
            )
        for _ in range(draw.choice([0, 0, 1, 2])):
            therapies.append({"subject": subject, "day": draw.choice([*DAYS, None])})
    for rows in (psa, responses, therapies):
        draw.shuffle(rows)
    people = [{"subject": name, "cutoff_day": draw.choice([None, 60, 105, 150])} for name in subjects]
    connection = connect()
    rows_of = {"subjects": people, "psa": psa, "responses": responses, "therapies": therapies}
    found = {name: table(connection, name, rows_of.get(name, [])) for name in INPUT_COLUMNS}
    return found


def both(monkeypatch: pytest.MonkeyPatch, derive: Callable[[], pa.Table]) -> tuple[Any, Any]:
    found = []
    monkeypatch.setattr(streamed, "_BATCH", 2048)  # DuckDB gives no fewer: several batches
    for many in (10**12, 0):
        monkeypatch.setattr(streamed, "MANY", many)
        found.append(derive().sort_by("subject"))
    return found[0], found[1]


def same(one: pa.Table, other: pa.Table) -> None:
    assert one.schema.names == other.schema.names
    for row, again in zip(one.to_pylist(), other.to_pylist(), strict=True):
        assert row == pytest.approx(again, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("options", PSA_OPTIONS, ids=lambda o: "-".join(map(str, o.values())))
def test_psa_progression_is_the_same(
    options: dict[str, Any], inputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = rule_for(TypeAdapter[Any](Endpoint).validate_python({"derive": "psa_progression", **options}))
    given = {name: inputs[name] for name in psa_progression.entry.needs}
    one, other = both(monkeypatch, lambda: psa_progression(**given, rule=rule).to_pyarrow())
    same(one, other)
    assert 10 < sum(one["event"].to_pylist()) < N - 10


@pytest.mark.parametrize("options", RESPONSE_OPTIONS, ids=lambda o: "-".join(map(str, o.values())))
def test_best_overall_response_is_the_same(
    options: dict[str, Any], inputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = rule_for(
        TypeAdapter[Any](Endpoint).validate_python({"derive": "best_overall_response", **options})
    )
    given = {name: inputs[name] for name in best_overall_response.entry.needs}
    one, other = both(monkeypatch, lambda: best_overall_response(**given, rule=rule).to_pyarrow())
    same(one, other)
    assert len(set(one["value"].to_pylist())) >= 6


@pytest.mark.parametrize("levels", [["any", "system_organ_class", "term"], ["term"], ["any"]], ids=str)
def test_distinct_subjects_by_worst_grade_are_the_same(
    levels: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = np.random.default_rng(7)
    n = 3000
    rows = pa.table(
        {
            "subject": [f"S{i}" for i in draw.integers(0, 200, n)],
            "sequence": pa.array(range(n)),
            "term": [[f"term {i}", None][int(i == 39)] for i in draw.integers(0, 40, n)],
            "system_organ_class": [f"class {i}" for i in draw.integers(0, 5, n)],
            "grade": pa.array(draw.integers(1, 6, n), mask=draw.random(n) < 0.2),
        }
    )
    arms = pa.array([["a", "b", "elsewhere"][int(name[1:]) % 3] for name in rows["subject"].to_pylist()])
    connection = connect()
    connection.con.register("events", rows.append_column("arm", arms))
    found = []
    monkeypatch.setattr(streamed, "_BATCH", 2048)
    for many in (10**12, 0):
        monkeypatch.setattr(streamed, "MANY", many)
        found.append(worst_grades(connection.table("events"), ("a", "b"), levels))
    assert found[0] == found[1]
    assert len(found[0]) >= (40 if "term" in levels else 1)


def test_texts_have_one_number_each_whatever_their_order() -> None:
    from trialist.kernels.names import Names

    draw = random.Random(3)
    texts = [f"{'x' * draw.randint(0, 9)}{draw.randint(0, 500)}" for _ in range(5000)]
    names = Names()
    codes: list[int] = []
    for first in range(0, len(texts), 700):
        codes += names.add(*streamed.text_buffers(pa.array(texts[first : first + 700]))).tolist()
    number: dict[str, int] = {}
    assert codes == [number.setdefault(text, len(number)) for text in texts]
    other = Names()
    other.add_new(*streamed.text_buffers(pa.array(list(number))))
    asked = ["absent", *texts[::-1], ""]
    found = other.numbers(*streamed.text_buffers(pa.array(asked))).tolist()
    assert found == [number.get(text, -1) for text in asked]


def test_texts_that_come_as_codes_or_views_are_read_and_a_null_is_refused() -> None:
    texts = pa.array(["a", "bc", "", "bc"])
    plain = [part.tolist() for part in streamed.text_buffers(texts)]
    for kind in (pa.dictionary(pa.int8(), pa.string()), pa.string_view()):
        assert [part.tolist() for part in streamed.text_buffers(texts.cast(kind))] == plain
    with pytest.raises(ValueError, match="1 of 2 texts are null"):
        streamed.text_buffers(pa.array(["a", None]))


def test_rows_that_stop_coming_are_no_result(inputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from trialist.kernels.names import Names

    given = streamed.batches
    monkeypatch.setattr(streamed, "_BATCH", 2048)
    monkeypatch.setattr(streamed, "batches", lambda table: [next(given(table))])
    table = inputs["psa"].filter(inputs["psa"].day.notnull()).select("subject", "day")
    with pytest.raises(RuntimeError, match=r"2048 of \d+ rows came"):
        streamed.columns(table, Names())


def test_a_grade_that_is_none_is_refused() -> None:
    from trialist.kernels.distinct_worst import distinct_worst

    one = np.zeros(1, np.int64)
    with pytest.raises(ValueError, match="a grade of -2"):
        distinct_worst(one, one, one, one - 2, 1, 1)
