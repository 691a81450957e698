"""Laboratory grades in a whole study: records in, a shift table in the findings and in the report out."""

from __future__ import annotations

import re
import warnings
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from text_tables import domain, rows_in

from trialist.engines.duckdb import connect
from trialist.formats.adam import adam_tables
from trialist.formats.adam.recount import Opened, open_rows
from trialist.formats.adam.written import write_adam
from trialist.protocol.check import check_protocol
from trialist.protocol.parse import parse_protocol
from trialist.records.check import check_records
from trialist.records.model import Records
from trialist.records.registered import records_from_tables
from trialist.records.shape import conform
from trialist.report.assemble import assemble
from trialist.report.page import render_report
from trialist.study import Result, run_study

PROTOCOL = """
trial: SHIFTED
title: Grades at baseline and on treatment
condition: metastatic cancer
randomised: true
arms: {a: {label: A, role: experimental}, b: {label: B, role: control}}
allocation: {method: simple_random, ratio: {a: 1, b: 1}}
endpoints:
  anaemia: {derive: laboratory_grade, label: Anaemia, version: 4.03, term: Anemia}
  neutrophils: {derive: laboratory_grade, version: "5.0", term: Neutrophil count decreased, window: 21 d}
populations: {safety: {label: All treated, where: treated, by: actual}}
analyses:
  anaemia_shift: {endpoint: anaemia, population: safety, method: shift}
  neutrophil_shift: {endpoint: neutrophils, population: safety, method: shift}
"""
DAY_0 = date(2020, 1, 1)
DM = """
    subject | arm_code | actual_arm_code | reference_start | first_dose | last_dose  # days after DAY_0
    1       | a        | a               | 0               | 0          | 60
    2       | a        | a               | 0               | 0          | 60
    3       | a        | a               | 0               | 0          | 60
    4       | b        | b               | 0               | 0          | 60
"""
DS = """
    subject | sequence | term       | date
    1       | 1        | RANDOMIZED | 0
    2       | 1        | RANDOMIZED | 0
    3       | 1        | RANDOMIZED | 0
    4       | 1        | RANDOMIZED | 0
"""
# of subject 1 the third value is too late; of 2 the second is known only as collected, without its limit;
# of 3 the first has only the unit as collected, the second no number
LB = """
    subject | sequence | test_code | original | original_unit | result | value | unit | lower_limit | date
    1       | 1        | HGB       | 13.4     | g/dL          | 134    | 134   | g/L  | 130         | -2
    1       | 2        | "hgb "    | 9.4      | g/dL          | 94     | 94    | g/L  | 130         | 21
    1       | 3        | HGB       | 7.4      | g/dL          | 74     | 74    | g/L  | 130         | 91
    2       | 1        | HGB       | 135      | g/L           | 135    |       | g/L  | 130         | 0
    2       | 2        | HGB       | 9.4      | g/dL          |        |       |      |             | 21
    3       | 1        | HGB       | 120      | g/L           | 120    | 120   |      | 130         | 0
    3       | 2        | HGB       | ND       |               | ND     |       |      | 130         | 21
    4       | 1        | HGB       | 125      | g/L           | 125    | 125   | g/L  | 130         | 0
    4       | 2        | HGB       | 60       | g/L           | 60     | 60    | g/L  | 130         | 90
    1       | 4        | NEUT      | <0.5     | 10^9/L        | <0.5   | 0.5   | 10^9/L | 2.0       | 21
    2       | 3        | NEUT      | <0.5     | 10^9/L        | <0.5   |       | 10^9/L | 2.0       | 21
    3       | 3        | NEUT      | 40       | %             | 40     | 40    | %    | 35          | 21
    4       | 3        | NEUT      | 0.5      | 10^9/L        | 0.5    | 0.5   | 10^9/L | 2.0       | 21
"""


@pytest.fixture(scope="module")
def result() -> Result:
    protocol, problems = parse_protocol(PROTOCOL, "shifted.yaml")
    assert protocol is not None, problems
    assert check_protocol(protocol) == ()
    texts = {"dm": DM, "ds": DS, "lb": LB}
    tables = {name: domain(name, text, day_0=DAY_0) for name, text in texts.items()}
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    assert [p.code for p in check_records(records, protocol) if p.code == "W376"] == []
    return run_study(protocol, records)


def cells(result: Result, analysis: str) -> dict[tuple[str, str, str], tuple[float | None, int | None]]:
    found = {}
    for finding in result.findings:
        if finding.analysis == analysis:
            options = dict(finding.method.options)
            key = (finding.groups[0], str(options["baseline"]), str(options["worst"]))
            found[key] = (finding.estimate, finding.n)
    return found


def test_every_subject_is_in_one_cell_of_its_arm_the_missing_too(result: Result) -> None:
    assert cells(result, "anaemia_shift") == {
        ("a", "0", "2"): (2, 3),
        ("a", "1", "3"): (0, 3),
        ("a", "1", "no value"): (1, 3),  # a result that is no number is none
        ("b", "0", "2"): (0, 1),
        ("b", "1", "3"): (1, 1),
        ("b", "1", "no value"): (0, 1),
    }
    assert cells(result, "neutrophil_shift") == {
        ("a", "missing", "3"): (0, 3),
        ("a", "missing", "4"): (2, 3),
        ("a", "missing", "missing"): (1, 3),
        ("b", "missing", "3"): (1, 1),
        ("b", "missing", "4"): (0, 1),
        ("b", "missing", "missing"): (0, 1),
    }


def test_a_unit_without_cuts_is_told_once_for_its_endpoint(result: Result) -> None:
    told = [p.message for p in result.problems if p.code == "W383"]
    assert told == [
        "endpoint 'neutrophils': 1 values of NEUT are in a unit without cuts ('%'); "
        "their grade is undetermined"
    ]


def test_version_term_and_window_stand_in_the_definition(result: Result) -> None:
    definition = dict(next(f for f in result.findings if f.endpoint == "neutrophils").definition)
    assert (definition["version"], definition["term"], definition["window"]) == (
        "5.0",
        "Neutrophil count decreased",
        21,
    )
    assert "cuts" not in definition


def test_the_report_prints_a_matrix_for_each_arm_the_missing_included(result: Result) -> None:
    page = render_report(assemble(result, (), (), sources={}, dated="2026-11-21"))
    section = page.split('id="endpoint-anaemia"')[1].split("</section>")[0]
    tables = section.split('<table class="matrix">')[1:]
    assert len(tables) == 2
    shown = []
    for table in tables:
        caption = re.findall(r"<caption>([^,]*), n = (\d+)", table)
        head = re.findall(r'<th scope="col">([^<]*)</th>', table)
        lines = re.findall(r'<th scope="row">([^<]*)</th>(.*?)</tr>', table)
        shown.append(
            (caption, head[1:], [(s, re.findall(r'class="num">(\d+)', cells)) for s, cells in lines])
        )
    grades = ["0", "1", "2", "3", "missing", "no value"]
    none = ["0"] * 6
    assert shown == [
        (
            [("A", "3")],
            grades,
            [
                ("0", ["0", "0", "2", "0", "0", "0"]),
                ("1", ["0", "0", "0", "0", "0", "1"]),
                *((word, none) for word in ("2", "3", "missing")),
            ],
        ),
        (
            [("B", "1")],
            grades,
            [
                ("0", none),
                ("1", ["0", "0", "0", "1", "0", "0"]),
                *((word, none) for word in ("2", "3", "missing")),
            ],
        ),
    ]
    assert "Baseline 0, worst 2" not in page
    assert "Shift from baseline" in page


def test_adlb_has_a_row_for_every_value_with_its_grade_and_that_at_baseline(result: Result) -> None:
    rows = adam_tables(result)["adlb"].to_pylist()
    names = ["AVAL", "AVALU", "BASE", "CHG", "ANRIND", "ABLFL", "ONTRTFL", "ADY", "ATOXGRL", "BTOXGRL"]
    found = {
        (row["PARAMCD"], row["USUBJID"], row["LBSEQ"]): tuple(row[name] for name in names) for row in rows
    }
    assert found == {
        ("HGB", "1", 1): (134, "g/L", 134, None, "NORMAL", "Y", None, -2, "0", "0"),
        ("HGB", "1", 2): (94, "g/L", 134, -40, "LOW", None, "Y", 22, "2", "0"),
        ("HGB", "1", 3): (74, "g/L", 134, -60, "LOW", None, None, 92, "3", "0"),
        ("HGB", "2", 1): (135, "g/L", 135, None, "NORMAL", "Y", None, 1, "0", "0"),
        ("HGB", "2", 2): (9.4, "g/dL", None, None, None, None, "Y", 22, "2", "0"),
        ("HGB", "3", 1): (120, "g/L", 120, None, "LOW", "Y", None, 1, "1", "1"),
        ("HGB", "4", 1): (125, "g/L", 125, None, "LOW", "Y", None, 1, "1", "1"),
        ("HGB", "4", 2): (60, "g/L", 125, -65, "LOW", None, "Y", 91, "3", "1"),
        ("NEUT", "1", 4): (0.5, "10^9/L", None, None, "LOW", None, "Y", 22, "4", None),
        ("NEUT", "2", 3): (0.5, "10^9/L", None, None, "LOW", None, "Y", 22, "4", None),
        ("NEUT", "3", 3): (40, "%", None, None, "NORMAL", None, "Y", 22, None, None),
        ("NEUT", "4", 3): (0.5, "10^9/L", None, None, "LOW", None, "Y", 22, "3", None),
    }
    first = next(row for row in rows if row["PARAMCD"] == "NEUT")
    assert (first["AVALC"], first["ATOXDSCL"], first["ATOXDSCH"]) == (
        "<0.5",
        "Neutrophil count decreased",
        None,
    )


MARKED = """
    <2  | 2 | 7 | LOW     # below the limit, whatever it is
    <=2 | 2 | 7 |
    <3  | 2 | 7 |
    >7  | 2 | 7 | HIGH
    >=7 | 2 | 7 |
    <3  |   | 7 | NORMAL  # only the upper limit is known, and it is not passed
    <8  |   | 7 |
    >3  | 2 |   | NORMAL
    >1  | 2 |   |
    <3  |   |   |
"""


def test_a_value_known_as_below_or_above_a_number_is_held_against_the_limits_that_are_known() -> None:
    told = rows_in("said | lower | upper | indicator" + MARKED)
    lb = "subject|sequence|test_code|original|original_unit|result|unit|lower_limit|upper_limit|date\n"
    lb += "\n".join(
        f"1|{n}|NEUT|{row['said']}|10^9/L|{row['said']}|10^9/L|{row['lower']}|{row['upper']}|21"
        for n, row in enumerate(told, 1)
    )
    protocol, _ = parse_protocol(PROTOCOL, "shifted.yaml")
    assert protocol is not None
    tables = {name: domain(name, text, day_0=DAY_0) for name, text in (("dm", DM), ("ds", DS), ("lb", lb))}
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    found = adam_tables(run_study(protocol, records))["adlb"].to_pylist()
    assert [row["ANRIND"] or "" for row in found] == [row["indicator"] for row in told]


def test_every_cell_of_a_shift_is_found_again_in_adlb(result: Result, tmp_path: Path) -> None:
    write_adam(result, tmp_path, created="2026-11-21T00:00:00")
    shown = [finding for finding in result.findings if finding.method.name == "shift"]
    assert len(shown) == 12
    for finding in shown:
        opened = open_rows(finding, tmp_path)
        assert isinstance(opened, Opened), opened
        assert (opened.n, opened.events) == (finding.n, finding.events)
        assert opened.disagreement(finding) is None
    assert opened.conditions[-1] == 'worst missing: highest ATOXGRL where ONTRTFL = "Y"'


def test_a_test_graded_twice_in_one_direction_has_two_parameters() -> None:
    plan = PROTOCOL.split("analyses:")[0].replace(
        "populations:",
        """  again: {derive: laboratory_grade, version: "5.0", term: Anemia}
  high: {derive: laboratory_grade, version: "5.0", term: Hemoglobin increased}
populations:""",
        1,
    )
    protocol, _ = parse_protocol(plan, "shifted.yaml")
    assert protocol is not None
    tables = {name: domain(name, text, day_0=DAY_0) for name, text in (("dm", DM), ("ds", DS), ("lb", LB))}
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    table = adam_tables(run_study(protocol, records))["adlb"]
    said = {
        (row["PARAMCD"], row["ATOXDSCL"], row["ATOXDSCH"])
        for row in table.to_pylist()
        if row["PARAMCD"] != "NEUT"
    }
    assert said == {("HGB", "Anemia", "Hemoglobin increased"), ("HGB02", "Anemia", None)}


COMPUTED = """
trial: COMPUTED
title: Values that the laboratory did not report
condition: metastatic cancer
randomised: true
arms: {a: {label: A, role: experimental}, b: {label: B, role: control}}
allocation: {method: simple_random, ratio: {a: 1, b: 1}}
endpoints:
  neutrophils: {derive: laboratory_grade, version: "5.0", term: Neutrophil count decreased}
  calcium: {derive: laboratory_grade, version: "5.0", term: Hypocalcemia}
  total_calcium: {derive: laboratory_grade, version: "5.0", term: Hypocalcemia, calcium: total}
  anaemia: {derive: laboratory_grade, version: "5.0", term: Anemia}
populations: {safety: {label: All treated, where: treated, by: actual}}
analyses:
  neutrophil_shift: {endpoint: neutrophils, population: safety, method: shift}
  calcium_shift: {endpoint: calcium, population: safety, method: shift}
"""
# 1: percent of neutrophils and bands; on day 42 a count is measured. 2: no percent that can be read. 3:
# calcium with albumin in g/dL. 4: calcium alone, and haemoglobin reported in mmol/L
COMPUTED_LB = """
  subject|sequence|test_code|original|original_unit|original_lower_limit|result|value|unit|lower_limit|date
    1 | 1 | WBC    | 2.0  | 10^9/L |      | 2.0  | 2.0  | 10^9/L | 4.0  | 21
    1 | 2 | NEUTLE | 40   | %      |      | 40   | 40   | %      |      | 21
    1 | 3 | NEUTBLE| 5    | %      |      | 5    | 5    | %      |      | 21
    1 | 4 | WBC    | 1.0  | 10^9/L |      | 1.0  | 1.0  | 10^9/L | 4.0  | 42
    1 | 5 | NEUTLE | 10   | %      |      | 10   | 10   | %      |      | 42
    1 | 6 | NEUT   | 1.2  | 10^9/L |      | 1.2  | 1.2  | 10^9/L | 2.0  | 42
    2 | 1 | WBC    | 2.0  | 10^9/L |      | 2.0  | 2.0  | 10^9/L | 4.0  | 21
    2 | 2 | NEUTLE | 0.4  | ratio  |      | 0.4  | 0.4  | ratio  |      | 21
    3 | 1 | CA     | 7.8  | mg/dL  | 8.6  | 1.95 | 1.95 | mmol/L | 2.15 | 21
    3 | 2 | ALB    | 2.5  | g/dL   |      | 25   | 25   | g/L    |      | 21
    4 | 1 | CA     | 1.95 | mmol/L |      | 1.95 | 1.95 | mmol/L | 2.15 | 21
    4 | 2 | HGB    | 4.93 | mmol/L | 7.45 | 79.4 | 79.4 | g/L    | 120  | 21
"""


@pytest.fixture(scope="module")
def computed() -> Result:
    protocol, problems = parse_protocol(COMPUTED, "computed.yaml")
    assert protocol is not None, problems
    assert check_protocol(protocol) == ()
    texts = {"dm": DM, "ds": DS, "lb": COMPUTED_LB}
    tables = {name: domain(name, text, day_0=DAY_0) for name, text in texts.items()}
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    return run_study(protocol, records)


def test_values_that_other_tests_give_are_graded_and_told(computed: Result) -> None:
    def worst(endpoint: str) -> dict[str, tuple[int | None, str]]:
        rows = computed.endpoints[endpoint].to_pyarrow().to_pylist()
        return {row["subject"]: (row["worst"], row["reason"]) for row in rows}

    # 2.0 x (40 + 5) / 100 = 0.9: grade 3, and the measured 1.2 of day 42 is grade 2, though 1.0 x 10 % is 4
    assert worst("neutrophils")["1"] == (3, "GRADED")
    assert worst("neutrophils")["2"] == (None, "NO_POSTBASELINE")
    # 7.8 + 0.8 x (4 - 2.5) = 9.0 mg/dL is normal; uncorrected 7.8 mg/dL is grade 2
    assert worst("calcium")["3"] == (0, "GRADED")
    assert worst("calcium")["4"] == (None, "UNDETERMINED")
    assert worst("total_calcium") == {
        "1": (None, "NO_POSTBASELINE"),
        "2": (None, "NO_POSTBASELINE"),
        "3": (2, "GRADED"),
        "4": (2, "GRADED"),
    }
    assert worst("anaemia")["4"] == (2, "GRADED")  # by the cuts in mmol/L, as it was reported
    told = {(p.code, p.message.split("'")[1]) for p in computed.problems if p.code[1:] in ("451", "452")}
    assert told == {
        ("N451", "neutrophils"),
        ("N451", "calcium"),
        ("W451", "calcium"),
        ("N452", "total_calcium"),
    }


def test_adlb_says_which_values_were_computed(computed: Result, tmp_path: Path) -> None:
    rows = adam_tables(computed)["adlb"].to_pylist()
    shown = {
        (row["PARAMCD"], row["USUBJID"], row["ADY"]): (row["AVAL"], row["DTYPE"], row["LBSEQ"])
        for row in rows
        if row["PARAMCD"] in ("NEUT", "CACR")
    }
    assert shown == {
        ("NEUT", "1", 22): (0.9, "COMPUTED", 1),
        ("NEUT", "1", 43): (1.2, None, 6),
        ("CACR", "3", 22): (pytest.approx(2.25), "COMPUTED", 1),
        ("CACR", "4", 22): (None, "UNCORRECTED", 1),
    }
    write_adam(computed, tmp_path, created="2026-11-21T00:00:00")
    for finding in computed.findings:
        opened = open_rows(finding, tmp_path)
        assert isinstance(opened, Opened), opened
        assert opened.disagreement(finding) is None


def test_a_study_without_laboratory_records_says_so() -> None:
    protocol, _ = parse_protocol(PROTOCOL, "shifted.yaml")
    assert protocol is not None
    tables = {name: domain(name, text, day_0=DAY_0) for name, text in (("dm", DM), ("ds", DS))}
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    problems = [p for p in run_study(protocol, records).problems if p.code == "W310"]
    assert [p.message for p in problems] == [
        f"endpoint '{name}' needs domain LB, which the records lack" for name in ("anaemia", "neutrophils")
    ]


@pytest.mark.spark
def test_computed_values_are_the_same_on_spark(computed: Result, spark_tables: Any) -> None:
    if spark_tables is None:
        pytest.skip("no Java found: the study was not run on Spark")
    texts = {"dm": DM, "ds": DS, "lb": COMPUTED_LB}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Spark's own, about newer pandas versions
        tables = {
            name: spark_tables(f"computed_{name}", conform(name, domain(name, text, day_0=DAY_0)))
            for name, text in texts.items()
        }
        there = Records(tables, "simulated", computed.records.fingerprint, "a test")
        found = run_study(computed.protocol, there)
    assert found.findings == computed.findings
    assert {p.code for p in found.problems} == {p.code for p in computed.problems}
