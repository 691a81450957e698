"""A study adjusts the p values of its families, and reads competing events from an endpoint's reasons."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import text_trial
from ibis.expr.types import Table

from trialist.engines.duckdb import connect
from trialist.findings.model import from_json
from trialist.study import Result, run_study

DM = """
    subject | arm_code | reference_start | first_dose | last_dose  | death      | death_text | age | sex
    1       | N        | 2020-01-01      | 2020-01-03 | 2020-05-01 | 2020-11-01 | 2020-11-01 | 70  | M
    2       | old      | 2020-02-01      | 2020-02-01 | 2020-03-01 | 2020-06-01 | 2020-06-01 | 65  | M
    3       | N        | 2020-03-01      | 2020-03-01 | 2020-05-01 | 2020-12-15 | 2020-12-15 | 60  | M
    4       | old      | 2020-03-01      | 2020-03-01 | 2020-05-01 | 2020-05-15 | 2020-05-15 | 61  | M
"""
DS = """
    subject | sequence | term       | date
    1       | 1        | RANDOMIZED | 2020-01-01
    2       | 1        | RANDOMIZED | 2020-02-01
    3       | 1        | RANDOMIZED | 2020-03-01
    4       | 1        | RANDOMIZED | 2020-03-01
"""
COMPARED = {"endpoint": "pfs", "population": "itt", "compare": ["new", "old"]}


def run(**changed: Any) -> Result:
    con = connect()

    def engine(name: str, table: pa.Table) -> Table:
        return con.create_table(name, table, overwrite=True)

    records = text_trial.records(engine, "m", text_trial.TEXTS | {"dm": DM, "ds": DS})
    endpoints = {name: text_trial.PLAN["endpoints"][name] for name in ("os", "pfs")}
    return run_study(text_trial.protocol(endpoints=endpoints, **changed), records)


def test_a_family_stands_after_the_findings_that_it_adjusts() -> None:
    tested = {
        "pfs_test": {**COMPARED, "method": "log_rank"},
        "os_test": {**COMPARED, "endpoint": "os", "method": "log_rank"},
        "os_median": {"endpoint": "os", "population": "itt", "method": "kaplan_meier"},
    }
    family = {"analyses": ["pfs_test", "os_test", "os_median"], "procedure": "bonferroni"}
    result = run(analyses=tested, multiplicity={"main": family})
    adjusted = [f for f in result.findings if f.measure == "adjusted_p_value"]
    assert [f.analysis for f in adjusted] == family["analyses"]
    assert result.findings[-3:] == tuple(adjusted)
    for found, of in zip(adjusted[:2], ("pfs_test", "os_test"), strict=True):
        plain = next(f for f in result.findings if f.analysis == of and f.measure == "log_rank")
        assert plain.p_value is not None
        assert found.estimate == min(1.0, 3 * plain.p_value.value)
        assert found.population == "itt"
        assert from_json(found.as_json()) == found
    assert [p.code for p in adjusted[2].problems] == ["N488"]


def test_the_reasons_of_an_endpoint_are_the_words_of_a_competing_risk_analysis() -> None:
    words = {
        "endpoint": "pfs",
        "population": "itt",
        "method": "cumulative_incidence_function",
        "at_months": [3],
    }
    result = run(analyses={"death": {**words, "event_of_interest": ["DEATH"]}})
    by_arm = {f.groups[0]: f for f in result.findings}
    rows = text_trial.rows(result.endpoints["pfs"], "event", "reason")
    events = [row for row in rows if row[1]]
    seen = sum(f.events or 0 for f in by_arm.values())
    competing = sum(dict(f.method.options)["competing_events"] for f in by_arm.values())
    assert seen == sum(row[2] == "DEATH" for row in events)
    assert competing == sum(row[2] != "DEATH" for row in events)
    assert events
