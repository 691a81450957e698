"""How results at visits are read off the records, and what the reader is told of those that can't be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ibis
import pyarrow as pa
import pytest
from ibis.expr.types import Table
from text_trial import DM, PLAN, Engine, protocol, records, rows

from trialist.endpoints import derive
from trialist.endpoints.inputs import prepare
from trialist.engines.duckdb import connect
from trialist.findings.context import Context
from trialist.findings.methods import METHODS
from trialist.findings.model import Origin
from trialist.problems import Place
from trialist.protocol.analyses import Describe, Evaluability

CHANGE = {
    "derive": "paired_change",
    "measurement": "Testos",
    "unit": "nmol/L",
    "baseline": "screening",
    "at": "week_9",
}
LB = """
    subject | sequence | test_code | original | original_unit | value | unit   | specimen_condition | visit     | date
    1       | 1        | TESTOS    | 10       | nmol/L        | 10    | nmol/L |                    | Screening | 2020-01-01
    1       | 2        | TESTOS    | <0.5     | nmol/L        |       |        |                    | Week 9    | 2020-03-04
    2       | 1        | TESTOS    | 300      | ng/dL         | 300   | ng/dL  |                    | Screening | 2020-02-01
    2       | 2        | TESTOS    | 8        | nmol/L        | 8     | nmol/L |                    | Week 9    | 2020-04-04
    3       | 1        | TESTOS    | 9        | nmol/L        | 9     | nmol/L |                    | Screening | 2020-03-01
    3       | 2        | TESTOS    |          |               |       |        | Hemolyzed          | Week 9    | 2020-05-03
    1       | 3        | ARV7      | Pos      |               |       |        |                    | Screening | 2020-01-01
    2       | 3        | ARV7      | perhaps  |               |       |        |                    | Screening | 2020-02-01
    1       | 4        | PSA       | >5000    | ng/mL         |       |        |                    | Screening | 2020-01-01
    2       | 4        | PSA       | 70       | ng/mL         | 70    | ng/mL  |                    | Screening | 2020-02-01
"""  # noqa: E501
BE = """
    subject | sequence | event     | specimen | visit  | date
    1       | 1        | COLLECTED | Plasma   | Week 9 | 2020-03-04
    2       | 1        | COLLECTED | Plasma   | Week 9 | 2020-04-04
    2       | 2        | Rejected  | Plasma   | Week 9 | 2020-04-04
    3       | 1        | COLLECTED | Marrow   | Week 9 | 2020-05-03
"""


@pytest.fixture
def duckdb() -> Iterator[Engine]:
    connection = connect()

    def table(name: str, made: pa.Table) -> Table:
        connection.con.register(name, made)
        return connection.table(name)

    yield table
    connection.disconnect()


def told(duckdb: Engine, **endpoints: Any) -> tuple[dict[str, Table], list[str], Any]:
    plan = protocol(endpoints={"os": PLAN["endpoints"]["os"], **endpoints})
    inputs = prepare(records(duckdb, "told", {"dm": DM, "lb": LB, "be": BE}), plan)
    tables, problems = derive(inputs, plan)
    return tables, [f"{p.code} {p.message}" for p in (*inputs.problems, *problems)], inputs


def test_a_result_below_quantification_is_read_and_a_spoilt_specimen_is_a_reason(duckdb: Engine) -> None:
    tables, problems, _ = told(duckdb, testosterone=CHANGE)
    assert rows(tables["testosterone"], "change", "censored", "reason") == [
        ("1", -9.5, True, "EVALUABLE"),
        ("2", None, False, "BASELINE_UNIT_UNKNOWN"),
        ("3", None, False, "LATER_SPECIMEN_FAILED"),
    ]
    assert [text[:4] for text in problems if "testosterone" in text] == ["W318"]
    assert "1 values of Testos are in a unit other than nmol/L ('ng/dl')" in "".join(problems)


def test_a_stated_factor_reads_the_other_unit_and_silence_is_told(duckdb: Engine) -> None:
    converted = {**CHANGE, "convert": {"ng/dL": 0.03467}}
    unsaid = {key: value for key, value in CHANGE.items() if key != "unit"}
    tables, problems, _ = told(duckdb, converted=converted, unsaid=unsaid)
    assert rows(tables["converted"], "evaluable")[1] == ("2", True)
    assert [text.split(":")[0] for text in problems if "endpoint '" in text] == ["W319 endpoint 'unsaid'"]


def test_events_of_the_named_specimen_are_read_at_their_visit(duckdb: Engine) -> None:
    _, _, inputs = told(duckdb, testosterone={**CHANGE, "specimen": "plasma"})
    assert rows(inputs.tables["specimens"], "visit", "specimen", "failed") == [
        ("1", "week_9", "PLASMA", False),
        ("2", "week_9", "PLASMA", False),
        ("2", "week_9", "PLASMA", True),
    ]


def test_a_result_of_no_status_is_missing_and_told(duckdb: Engine) -> None:
    status = {"derive": "marker_status", "measurement": "ARV7", "at": "screening"}
    tables, problems, _ = told(duckdb, status=status)
    assert rows(tables["status"], "value") == [("1", "positive"), ("2", "missing"), ("3", "missing")]
    assert [text for text in problems if text.startswith("W317")] == [
        "W317 endpoint 'status': 1 results of ARV7 stand for no status, for example 'PERHAPS'; they were "
        "read as missing"
    ]


def test_psa_above_quantification_is_read_as_the_limit_and_told(duckdb: Engine) -> None:
    _, problems, inputs = told(duckdb, best={"derive": "psa_change"})
    assert rows(inputs.tables["psa"], "value", "below") == [("1", 5000.0, False), ("2", 70.0, False)]
    assert [text[:27] for text in problems if text.startswith("N317")] == ["N317 1 PSA values are known"]


def test_the_numbers_planned_accrued_and_evaluable_stand_beside_their_reasons() -> None:
    table = ibis.memtable(
        {
            "subject": list("abcdef"),
            "arm": ["x"] * 5 + ["y"],
            "baseline": [10.0, 10.0, 10.0, None, None, 4.0],
            "value": [5.0, 20.0, None, 1.0, 1.0, 1.0],
            "change": [-5.0, 10.0, None, None, None, -3.0],
            "day": [63, 70, None, 63, 63, 63],
            "evaluable": [True, True, False, False, False, True],
            "censored": [True, False, False, False, False, False],
            "reason": [
                "EVALUABLE",
                "EVALUABLE",
                "LATER_NO_SPECIMEN",
                "NO_BASELINE",
                "NO_BASELINE",
                "EVALUABLE",
            ],
        }
    )
    at = Context(
        "T", "e", "a", "all", None, ("x", "y", "z"), (), {}, Origin("observed"), Place("p", 1), (), {"x": 8}
    )
    found = METHODS["evaluability"].run(table, Evaluability(method="evaluability"), at)
    counted = {arm: [f for f in found if f.groups == (arm,)] for arm in "xyz"}
    assert [(dict(f.method.options)["category"], f.estimate) for f in counted["x"]] == [
        ("planned", 8.0),
        ("accrued", 5.0),
        ("evaluable", 2.0),
        ("not evaluable: later no specimen", 1.0),
        ("not evaluable: no baseline", 2.0),
        ("evaluable, with a value at a limit of quantification", 1.0),
    ]
    assert counted["x"][0].note == "5 of 8 planned subjects"
    assert [f.estimate for f in counted["y"]] == [1.0, 1.0, 0.0, 0.0, 0.0]
    assert [(f.estimate, f.problems[0].code) for f in counted["z"]] == [(None, "N401")]

    def median(of: str) -> Any:
        described = METHODS["describe"].run(table, Describe(method="describe", of=of), at)
        return next(f for f in described if f.measure == "median")

    assert (median("ratio").estimate, median("day").estimate) == (1.25, 66.5)
    assert median("change").note == (
        "3 not evaluable, left out; 1 of 2 (50.0 %) with a value known only as below or above a limit"
    )


def test_a_cell_count_in_another_unit_is_told_and_not_taken_for_a_missing_one(duckdb: Engine) -> None:
    counts = """
    subject | sequence | test_code | value | unit         | visit     | date
    1       | 1        | CTC       | 9     | cells/7.5 mL | Screening | 2020-01-01
    1       | 2        | CTC       | 2     | 10^6/L       | Week 9    | 2020-03-04
    2       | 1        | CTC       | 9     | cells/7.5 mL | Screening | 2020-02-01
    2       | 2        | CTC       | 3     | cells/10 mL  | Week 9    | 2020-04-04
    """
    fell = {
        "derive": "cell_count_response",
        "what": "conversion",
        "measurement": "CTC",
        "unit": "cells/7.5 mL",
        "baseline": "screening",
        "at": "week_9",
    }
    plan = protocol(endpoints={"os": PLAN["endpoints"]["os"], "fell": fell})
    inputs = prepare(records(duckdb, "counts", {"dm": DM, "lb": counts}), plan)
    tables, problems = derive(inputs, plan)
    assert rows(tables["fell"], "responder", "reason")[:2] == [
        ("1", False, "NO_POSTBASELINE"),
        ("2", True, "RESPONSE"),
    ]
    (told_of,) = (p.message for p in problems if p.code == "W318")
    assert "1 values of CTC are in a unit other than cells/7.5 mL ('10^6/L')" in told_of
