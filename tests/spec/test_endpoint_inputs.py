"""From records to endpoints: what the inputs hold, and what `derive` makes of a whole protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import ibis
import pyarrow as pa
import pytest
from ibis.expr.types import Table
from text_tables import domain, rows_in

from trialist.endpoints import ENDPOINTS, derive
from trialist.endpoints.inputs import DOMAIN_OF, INPUT_COLUMNS, Inputs, prepare
from trialist.endpoints.shapes import SHAPE_COLUMNS
from trialist.engines import spark
from trialist.problems import Place
from trialist.protocol.endpoints import SHAPES
from trialist.protocol.model import Protocol, TrialProtocol
from trialist.records.model import Records, RecordsKind

Engine = Callable[[str, pa.Table], Table]

PLAN: dict[str, Any] = {
    "trial": "EXAMPLE",
    "title": "An example",
    "condition": "mCRPC",
    "randomised": True,
    "dates": {"cut_off": "2021-01-01"},
    "arms": {"new": {"label": "New drug", "code": "N"}, "old": {"label": "Old drug"}},
    "factors": {"ecog": {"levels": ["0-1", "2"], "test": "ECOG"}, "measurable": {"levels": ["Y", "N"]}},
    "allocation": {"method": "simple_random"},
    "schedule": {
        "visits": {
            "screening": {"epoch": "screening", "label": "Screening", "day": -14},
            "week_9": {"epoch": "treatment", "label": "Week 9", "day": 63},
            "scan": {"epoch": "treatment", "day": 56, "every": "8 wk"},
        },
        "assessments": {"ct": {"label": "CT", "domain": "TR", "at": ["scan"]}},
    },
    "records": {
        "origin": "observed",
        "note": "made up",
        "evaluator": "INVESTIGATOR",
        "accepted_only": False,
    },
    "endpoints": {
        "os": {"derive": "overall_survival"},
        "pfs": {"derive": "progression_free_survival", "first_of": ["radiographic_progression", "death"]},
        "psa50": {"derive": "psa_response", "fall": "50 %"},
        "ttpp": {"derive": "psa_progression"},
        "waterfall": {"derive": "psa_change"},
        "orr": {"derive": "objective_response", "of": "bor"},
        "bor": {"derive": "best_overall_response", "confirmed": False},
        "hb": {
            "derive": "paired_change",
            "measurement": "HGB",
            "baseline": "screening",
            "at": "week_9",
        },
        "link": {"derive": "linked_measurements", "first": "HGB", "second": "PSA", "at": "week_9"},
        "ae": {"derive": "adverse_event", "minimum_grade": 3},
    },
    "populations": {"itt": {"label": "All", "where": "randomised"}},
}

DM = """
    subject | arm_code | reference_start | first_dose | last_dose  | death      | death_text | age | sex
    1       | N        | 2020-01-01      | 2020-01-03 | 2020-05-01 |            |            | 70  | M
    2       | old      | 2020-02-01      | 2020-02-01 | 2020-03-01 | 2020-06-01 | 2020-06-01 | 65  | M
    3       | n        | 2020-03-01      |            |            |            | 2020-07    | 60  | M
    4       | SCRNFAIL | 2020-03-01      |            |            |            |            | 61  | M
    5       | X        | 2020-03-01      |            |            |            |            | 62  | M
"""
DS = """
    subject | sequence | term       | date
    1       | 1        | RANDOMIZED | 2020-01-02
    2       | 1        | RANDOMIZED | 2020-02-01
    3       | 1        | RANDOMIZED | 2020-03-01
    1       | 2        | COMPLETED  | 2020-12-01
    1       | 3        | FOLLOW-UP  | 2021-03-01
    2       | 2        | DEATH      | 2020-06-01
"""
SC = """
    subject | test_code | value
    1       | ECOG      | 0-1
    2       | ECOG      | 2
    1       | MEASURAB  | Y
"""
LB = """
    subject | sequence | test_code | result | value | unit  | visit     | date
    1       | 1        | PSA       | 90     | 90    | ng/mL | Screening | 2020-01-01
    1       | 2        | PSA       | <0.1   |       | ug/L  | WEEK 9    | 2020-03-05
    1       | 3        | PSA       | 20000  | 20000 | ng/L  |           | 2020-04-05
    1       | 4        | HGB       | 12     | 12    | g/dL  | Screening | 2020-01-01
    1       | 5        | HGB       | 11     | 11    | g/dL  | Week 9    | 2020-03-05
    2       | 1        | PSA       | 50     | 50    | ng/mL | Screening | 2020-02-01
    2       | 2        | PSA       | 3      | 3     | IU/L  | Week 9    | 2020-03-05
    2       | 3        | PSA       | 70     | 70    |       | Week 9    | 2020-04-05
    4       | 1        | PSA       | 70     | 70    | ng/mL |           | 2020-04-05
"""
RS = """
    subject | sequence | test_code | result | evaluator    | date
    1       | 1        | OVRLRESP  | PR     | INVESTIGATOR | 2020-02-27
    1       | 2        | OVRLRESP  | PD     | INDEPENDENT  | 2020-02-27
    1       | 3        | OVRLRESP  | Pr     | INVESTIGATOR | 2020-04-23
    2       | 1        | OVRLRESP  | SD     | INVESTIGATOR | 2020-03-28
    2       | 2        | SYMPTDTR  | Y      | INVESTIGATOR | 2020-05-01
"""
CM = """
    subject | sequence | reported_treatment | category   | start
    1       | 1        | X                  | ANTICANCER | 2020-06-01
    1       | 2        | Y                  | OTHER      | 2020-02-01
    2       | 1        | Z                  | ANTICANCER | 2019-01-01
"""
AE = """
    subject | sequence | reported_term | term    | grade | relation  | serious | start      | end
    1       | 1        | low red cells | Anaemia | 3     | UNRELATED | yes     | 2020-01-10 | 2020-01-20
    2       | 1        | tired         |         | 1     |           | no      | 2020-02-10 |
"""
TEXTS = {"dm": DM, "ds": DS, "sc": SC, "lb": LB, "rs": RS, "cm": CM, "ae": AE}


def records(engine: Engine, name: str, texts: Mapping[str, str], shift: int = 0) -> Records:
    tables = {key: engine(f"{name}_{key}", domain(key, text, shift)) for key, text in texts.items()}
    kind: RecordsKind = "reconstructed" if set(texts) == {"xt"} else "observed"
    return Records(tables, kind, "0")


def protocol(**changed: Any) -> Protocol:
    return Protocol(
        TrialProtocol.model_validate({**PLAN, **changed}), "p.yaml", "0", {(): Place("p.yaml", 1)}
    )


def rows(table: Table, *columns: str) -> list[tuple[Any, ...]]:
    found = spark.rows_of(table.select("subject", *columns)).to_pylist()
    return sorted((tuple(row.values()) for row in found), key=str)


@pytest.fixture(scope="module", params=["DuckDB", pytest.param("Spark", marks=pytest.mark.spark)])
def engine(
    request: pytest.FixtureRequest,
    duckdb_tables: Engine,
    spark_tables: Engine | None,
) -> Engine:
    if request.param == "DuckDB":
        return duckdb_tables
    if spark_tables is None:
        pytest.skip("no Java found")
    return spark_tables


@pytest.fixture(scope="module")
def inputs(engine: Engine) -> Inputs:
    """The inputs of the example's records, made once on each engine."""
    return prepare(records(engine, "example", TEXTS), protocol())


@pytest.fixture
def duckdb() -> Iterator[Engine]:
    connection = ibis.duckdb.connect()

    def table(name: str, made: pa.Table) -> Table:
        connection.con.register(name, made)
        return connection.table(name)

    yield table
    connection.disconnect()


def test_subjects_are_those_allocated_and_days_count_from_randomisation(inputs: Inputs) -> None:
    subjects = inputs.tables["subjects"]
    assert rows(subjects, "arm", "first_dose_day", "last_dose_day", "cutoff_day", "death_day") == [
        ("1", "new", 1, 120, 365, None),
        ("2", "old", 0, 29, 335, 121),
        ("3", "new", None, None, 306, 122),  # died in July: not before the first of the month
    ]
    assert rows(subjects, "last_alive_day", "ecog", "measurable", "treated", "age") == [
        ("1", 334, "0-1", "Y", True, 70.0),  # follow-up after the cut-off is not counted
        ("2", 90, "2", None, True, 65.0),
        ("3", 0, None, None, False, 60.0),
    ]
    assert inputs.screened == 5
    assert {
        name: set(table.columns) >= set(INPUT_COLUMNS[name]) for name, table in inputs.tables.items()
    } == dict.fromkeys(INPUT_COLUMNS, True)
    assert sorted(problem.code for problem in inputs.problems) == ["N313", "N315", "W312", "W314"]


SCANNED = """
    subject | result | date       | scanned | told
    a       | SD     | 2020-01-03 | yes     |     # read by the first dose
    b       | " pd " | 2020-01-02 | yes     |
    c       | NE     | 2020-01-02 |         |
    d1      | SD     | 2020-06-01 |         | yes # compares with a baseline that is not recorded
    d2      | SD     | 2020-06-01 |         | yes
    d3      | SD     | 2020-06-01 |         | yes
    e       | PD     | 2020-06-01 |         |     # may rest on a new lesion alone
    f       | NED    | 2020-06-01 | yes     |     # nothing was there at baseline: it was looked at
    g       | SD     | 2021-06-01 |         |     # after the cut-off
    h       | CHECK  | 2020-01-02 |         |
"""


def test_a_baseline_assessment_is_one_that_is_recorded_and_a_later_hint_is_told(engine: Engine) -> None:
    cases = rows_in(SCANNED)
    dm = "subject | arm_code | reference_start | first_dose\n" + "\n".join(
        f"{case['subject']} | N | 2020-01-01 | 2020-01-03" for case in cases
    )
    rs = "subject | sequence | test_code | result | date\n" + "\n".join(
        f"{case['subject']} | 1 | OVRLRESP | {case['result']} | {case['date']}" for case in cases
    )
    late = "subject | sequence | date\n" + "\n".join(f"{c['subject']} | 1 | 2020-06-01" for c in cases)
    found = prepare(records(engine, "scans", {"dm": dm, "tu": late, "rs": rs}), protocol())
    scanned = dict(rows(found.tables["subjects"], "baseline_scan"))
    assert scanned == {case["subject"]: case["scanned"] == "yes" for case in cases}
    assert [p.message.split()[0] for p in found.problems if p.code == "W382"] == ["3"]  # the three of d


def test_a_baseline_lesion_is_a_baseline_assessment(duckdb: Engine) -> None:
    lesions = "subject | sequence | date\n1 | 1 | 2020-01-01\n2 | 1 | 2020-02-02"
    found = prepare(records(duckdb, "lesion", {"dm": DM, "tu": lesions}), protocol())
    assert rows(found.tables["subjects"], "baseline_scan") == [("1", True), ("2", False), ("3", False)]


def test_a_death_known_to_the_month_counts_whether_dm_or_ds_tells_it(engine: Engine) -> None:
    ds = """
        subject | sequence | term       | date       | date_text
        1       | 1        | RANDOMIZED | 2020-01-02 | 2020-01-02
        1       | 2        | Death      |            | 2020-08
        2       | 1        | DEATH      | 2020-06-03 | 2020-06-03
        3       | 1        | DEATH      |            | 2020-05
    """
    found = prepare(records(engine, "months", {"dm": DM, "ds": ds}), protocol())
    assert rows(found.tables["deaths"], "day") == [("1", 212), ("2", 121), ("3", 122)]  # DTHDTC before DS
    assert [p.message.split()[0] for p in found.problems if p.code == "N315"] == ["2"]


def test_who_was_allocated_after_the_cut_off_is_left_out_and_counted(engine: Engine) -> None:
    times = ("os", "pfs", "ttpp")
    early = protocol(
        dates={"cut_off": "2020-02-15"}, endpoints={name: PLAN["endpoints"][name] for name in times}
    )
    found = prepare(records(engine, "late", TEXTS), early)
    assert rows(found.tables["subjects"], "cutoff_day") == [("1", 44), ("2", 14)]
    assert [p.message.split()[0] for p in found.problems if p.code == "W378"] == ["1"]
    tables, _ = derive(found, early)
    for name in times:
        assert all(0 < time <= 45 for _, time in rows(tables[name], "time_days")), name


def test_test_codes_are_read_in_any_case_and_with_blanks(engine: Engine, inputs: Inputs) -> None:
    spelt = {
        **TEXTS,
        "rs": RS.replace("OVRLRESP", '" ovrlresp"').replace("SYMPTDTR", "SymptDtr"),
        "lb": LB.replace("PSA ", '"psa " ').replace("HGB", "hgb"),
        "sc": SC.replace("ECOG    ", '"ecog " '),
    }
    lower = prepare(records(engine, "lower", spelt), protocol())
    for name, columns in (
        ("responses", ("day", "response")),
        ("progressions", ("day", "kind")),
        ("psa", ("day", "value")),
        ("measurements", ("day", "test", "visit")),
        ("subjects", ("ecog",)),
    ):
        assert rows(lower.tables[name], *columns) == rows(inputs.tables[name], *columns), name


@pytest.mark.parametrize(
    ("category", "days", "told"),
    [
        ("Anti-Cancer Therapy", [("1", 151), ("2", 396)], None),
        ("POST-STUDY CANCER THERAPY", [("1", 151)], "1 records of CM speak of a cancer therapy"),
        ("CONCOMITANT", [("1", 151)], None),
    ],
)
def test_a_therapy_that_may_be_a_new_one_is_told(
    duckdb: Engine, category: str, days: list[tuple[str, int]], told: str | None
) -> None:
    cm = CM + f"    2       | 2        | Z                  | {category} | 2021-03-03\n"
    name = "therapy_" + category.replace(" ", "_").replace("-", "_")
    found = prepare(records(duckdb, name, {**TEXTS, "cm": cm}), protocol())
    assert rows(found.tables["therapies"], "day") == days
    problems = [p.message for p in found.problems if p.code == "W381"]
    assert [message.startswith(told or "") for message in problems] == ([True] if told else [])


def test_therapies_of_which_none_is_marked_are_told_where_they_matter(duckdb: Engine) -> None:
    texts = {**TEXTS, "cm": CM.replace("ANTICANCER", "SUBSEQUENT")}
    found = prepare(records(duckdb, "unmarked", texts), protocol())
    message = next(p.message for p in found.problems if p.code == "W381")
    assert message.startswith("none of 3 records of CM")
    assert "'SUBSEQUENT', 'OTHER'" in message
    idle = protocol(endpoints={"os": PLAN["endpoints"]["os"]})
    assert "W381" not in {p.code for p in prepare(records(duckdb, "idle", texts), idle).problems}


def test_values_are_read_in_ng_per_ml_and_responses_of_the_named_evaluator(inputs: Inputs) -> None:
    tables = inputs.tables
    assert rows(tables["psa"], "day", "value", "below") == [
        ("1", -1, 90.0, False),
        ("1", 63, 0.1, True),
        ("1", 94, 20.0, False),
        ("2", 0, 50.0, False),
        ("2", 64, 70.0, False),
    ]
    assert rows(tables["responses"], "day", "response") == [
        ("1", 112, "PR"),
        ("1", 56, "PR"),
        ("2", 56, "SD"),
    ]
    assert rows(tables["therapies"], "day") == [("1", 151)]
    assert rows(tables["progressions"], "day", "kind") == [("2", 90, "CLINICAL")]
    assert rows(tables["measurements"].filter(lambda t: t.test == "HGB"), "visit", "value") == [
        ("1", "screening", 12.0),
        ("1", "week_9", 11.0),
    ]
    assert rows(tables["adverse_events"], "term", "grade", "serious", "related", "start_day", "end_day") == [
        ("1", "Anaemia", 3, True, False, 8, 18),
        ("2", "tired", 1, False, None, 9, None),
    ]


def test_every_endpoint_of_the_protocol_gives_its_shape_with_one_row_per_subject(inputs: Inputs) -> None:
    plan = protocol()
    tables, problems = derive(inputs, plan)
    assert list(tables) == list(plan.plan.endpoints)
    assert problems == ()
    for name, table in tables.items():
        assert table.columns == SHAPE_COLUMNS[SHAPES[plan.plan.endpoints[name].derive]], name
    assert rows(tables["os"], "day", "event", "reason") == [
        ("1", 334, False, "NO_EVENT"),
        ("2", 121, True, "DEATH"),
        ("3", 122, True, "DEATH"),
    ]
    # two intervals of 56 days and the grace of 14, from the schedule: 121 - 56 and 122 - 0 are within
    assert rows(tables["pfs"], "day", "event", "reason") == [
        ("1", 112, False, "NEW_THERAPY"),
        ("2", 56, False, "CLINICAL_STOP"),
        ("3", 122, True, "DEATH"),
    ]
    assert rows(tables["orr"], "responder", "reason") == [
        ("1", True, "PR"),
        ("2", False, "SD"),
        ("3", None, "MISSING"),
    ]


def test_moving_all_dates_by_the_same_days_changes_nothing(duckdb: Engine) -> None:
    plan = protocol()
    texts = {**TEXTS, "dm": DM.replace("2020-07 ", "        ")}
    still, _ = derive(prepare(records(duckdb, "still", texts), plan), plan)
    late = protocol(dates={"cut_off": "2021-04-11"})
    moved, _ = derive(prepare(records(duckdb, "moved", texts, shift=100), late), late)
    for name, table in still.items():
        assert rows(table, *table.columns[1:]) == rows(moved[name], *table.columns[1:]), name


def test_a_missing_domain_is_told_for_each_endpoint_that_needs_it(duckdb: Engine) -> None:
    plan = protocol()
    texts = {name: text for name, text in TEXTS.items() if name in {"dm", "ds", "rs"}}
    tables, problems = derive(prepare(records(duckdb, "missing", texts), plan), plan)
    assert sorted(tables) == ["bor", "orr", "os", "pfs"]
    told = {p.message.split("'")[1]: p.message for p in problems if p.code == "W310"}
    assert {problem.code for problem in problems} == {"W310", "W343"}  # without CM no new therapy is seen
    assert sorted(told) == ["ae", "hb", "link", "psa50", "ttpp", "waterfall"]
    assert "needs domain LB" in told["psa50"]
    assert "needs domain AE" in told["ae"]


def test_an_objective_response_without_its_best_response_is_told(duckdb: Engine) -> None:
    plan = protocol(endpoints={"orr": {"derive": "objective_response", "of": "nothing"}})
    tables, problems = derive(prepare(records(duckdb, "of", TEXTS), plan), plan)
    assert tables == {}
    assert [problem.code for problem in problems] == ["W311"]


def test_a_cut_off_that_is_no_date_is_told_and_not_applied(duckdb: Engine) -> None:
    inputs = prepare(records(duckdb, "cut", TEXTS), protocol(dates={"cut_off": "2021-01"}))
    assert "N316" in {problem.code for problem in inputs.problems}
    assert rows(inputs.tables["subjects"], "cutoff_day", "last_alive_day")[0] == ("1", None, 424)


def test_an_unstated_interval_is_told(duckdb: Engine) -> None:
    plan = protocol(schedule={}, endpoints={"pfs": PLAN["endpoints"]["pfs"]})
    _, problems = derive(prepare(records(duckdb, "interval", TEXTS), plan), plan)
    assert [problem.code for problem in problems] == ["N322"]
    assert "63 days" in problems[0].message


def test_times_of_a_published_curve_are_read_instead_of_derived(engine: Engine) -> None:
    xt = """
        subject | endpoint | arm_code | time_months | event
        os-n-1  | os       | N        | 10          | 1
        os-o-1  | os       | old      | 12.5        | 0
        pfs-n-1 | pfs      | N        | 3           | 1
    """
    plan = protocol(endpoints={name: PLAN["endpoints"][name] for name in ("os", "pfs", "psa50")})
    inputs = prepare(records(engine, "curve", {"xt": xt}), plan)
    tables, problems = derive(inputs, plan)
    assert rows(inputs.tables["subjects"], "arm", "randomised")[0] == ("os-n-1", "new", True)
    assert rows(tables["os"], "time_days", "event", "reason") == [
        ("os-n-1", 304.375, True, "EVENT"),
        ("os-o-1", 380.46875, False, "CENSORED"),
    ]
    assert len(rows(tables["pfs"], "event")) == 1
    assert [problem.code for problem in problems] == ["N320", "N320", "N321"]


def test_records_without_subjects_derive_nothing(duckdb: Engine) -> None:
    plan = protocol()
    inputs: Inputs = prepare(records(duckdb, "nobody", {"lb": LB}), plan)
    tables, problems = derive(inputs, plan)
    assert tables == {}
    assert {problem.code for problem in problems} == {"W310"}


def test_every_word_of_a_protocol_has_its_derivation() -> None:
    assert set(ENDPOINTS) == set(SHAPES)
    assert {name: part.gives for name, part in ENDPOINTS.items()} == {
        name: (shape,) for name, shape in SHAPES.items()
    }
    assert set(DOMAIN_OF) <= set(INPUT_COLUMNS)
