"""From records to endpoints: what the inputs hold, and what `derive` makes of a whole protocol."""

from __future__ import annotations

import pytest
from text_tables import rows_in
from text_trial import DM, LB, PLAN, RS, SC, TEXTS, Engine, protocol, records, rows

from trialist.endpoints import ENDPOINTS, derive
from trialist.endpoints.inputs import DOMAIN_OF, INPUT_COLUMNS, Inputs, prepare
from trialist.endpoints.shapes import SHAPE_COLUMNS
from trialist.protocol.endpoints import SHAPES


@pytest.fixture(scope="module")
def inputs(engine: Engine) -> Inputs:
    """The inputs of the example's records, made once on each engine."""
    return prepare(records(engine, "example", TEXTS), protocol())


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
    times = ("os", "ttpp")
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


LABORATORY = """
    subject | sequence | test_code | original | original_unit | result | value | unit  | upper_limit | date
    1       | 1        | "bili "   | <5       | umol/L        | <5     |       | umol/L | 20 | 2020-01-02
    1       | 2        | BILI      | 1.2      | mg/dL         | 20.5   |  20.5 | umol/L | 20 | 2020-01-03
    1       | 3        | BILI      | 1.3      | mg/dL         |        |       |        | 20 | 2020-01-04
    1       | 4        | BILI      | 22       | umol/L        |        |    22 |        | 20 | 2020-01-05
    1       | 5        | BILI      | 1.4      | mg/dL         | 24     |    24 |        | 20 | 2020-01-06
    1       | 6        | BILI      | ≥ 600    | umol/L        | ≥ 600  |   600 | umol/L |    | 2020-01-07
    1       | 7        | BILI      | > 600    | umol/L        |        |   600 | umol/L |    | 2020-01-08
    1       | 8        | BILI      | NOT DONE |               | ND     |       |        |    | 2020-01-09
    1       | 9        | ALT       | 30       | U/L           | 30     |    30 | U/L    | 40 | 2020-01-09
"""


def test_laboratory_values_keep_what_is_known_of_them(engine: Engine) -> None:
    entry = {"derive": "laboratory_grade", "version": "5.0", "term": "Blood bilirubin increased"}
    plan = protocol(endpoints={"bilirubin": entry})
    found = prepare(records(engine, "laboratory", {"dm": DM, "lb": LABORATORY}), plan)
    columns = ("sequence", "test", "value", "comparator", "unit", "upper")
    assert rows(found.tables["laboratory"], *columns) == [
        ("1", 1, "BILI", 5.0, "<", "umol/L", 20.0),
        ("1", 2, "BILI", 20.5, None, "umol/L", 20.0),
        ("1", 3, "BILI", 1.3, None, "mg/dL", None),  # the limit is in the standard unit
        ("1", 4, "BILI", 22.0, None, "umol/L", 20.0),  # the number as collected: its unit too
        ("1", 5, "BILI", 24.0, None, None, 20.0),
        ("1", 6, "BILI", 600.0, ">=", "umol/L", None),
        ("1", 7, "BILI", 600.0, ">", "umol/L", None),
        ("1", 8, "BILI", None, None, None, None),
    ]
    assert derive(found, plan)[1] == ()


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
    assert [p.code for p in problems] == ["W319"]  # PSA has two units, and `link` names none
    for name, table in tables.items():
        shape = SHAPE_COLUMNS[SHAPES[plan.plan.endpoints[name].derive]]
        assert table.columns[: len(shape)] == shape, name
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
    assert rows(tables["ttr"], "time_days") == [("1", 57.0)]
    assert rows(tables["dor"], "day", "time_days", "event", "reason") == [
        ("1", 112, 57.0, False, "NEW_THERAPY"),
    ]


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


def test_every_word_of_a_protocol_has_its_derivation() -> None:
    assert set(ENDPOINTS) == set(SHAPES)
    assert {name: part.gives for name, part in ENDPOINTS.items()} == {
        name: (shape,) for name, shape in SHAPES.items()
    }
    assert set(DOMAIN_OF) <= set(INPUT_COLUMNS)
