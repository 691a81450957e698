"""A study of exposure from records to findings, ADEX and the report: what each of them says is the same."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from text_tables import domain

from trialist.engines.duckdb import connect
from trialist.findings.model import Finding
from trialist.formats.adam import adam_tables
from trialist.formats.adam.recount import open_rows
from trialist.protocol.parse import parse_protocol
from trialist.records.registered import records_from_tables
from trialist.report.assemble import assemble
from trialist.report.page import render_report
from trialist.study import Result, run_study

PLAN = """
trial: DOSES
title: Exposure
condition: mCRPC
randomised: true
reference: randomisation
allocation: {method: permuted_blocks, ratio: {a: 1, b: 1}}
arms:
  a: {label: drug, code: A, give: [{drug: drug, dose: 25 mg/m2, every: 21 d}]}
  b: {label: placebo, code: B, give: [{drug: placebo, every: 21 d}]}
  c: {label: nothing, code: C}
endpoints:
  drug: {derive: dose_intensity, label: Exposure to the drug, treatment: drug, paramcd: DRUGEXP}
  drug_from_20: {derive: dose_intensity, treatment: drug, planned: adjusted, levels: [25 mg/m2, 20 mg/m2]}
  placebo: {derive: dose_intensity, treatment: placebo}
populations:
  safety: {label: Treated, where: treated, by: actual}
  all: {label: Everybody, where: randomised}
analyses:
  drug: {endpoint: drug, population: all, arms: [a], method: exposure}
  placebo: {endpoint: placebo, population: safety, arms: [b, c], method: exposure}
"""
DM = "subject | arm_code | reference_start\n" + "\n".join(
    f"{name} | {arm} | 0" for name, arm in (*((f"a{n}", "A") for n in range(1, 7)), ("b1", "B"), ("c1", "C"))
)
EX = """
    subject | sequence | treatment | dose | dose_unit | start
    a1      | 1        | DRUG      | 25   | mg/m2     | 0
    a1      | 2        | DRUG      | 25   | mg/m2     | 21
    a2      | 1        | DRUG      | 25   | mg/m2     | 0
    a2      | 2        | DRUG      | 20   | mg/m2     | 28    # late and reduced: 45 / 7 against 25 / 3
    a3      | 1        | DRUG      | 25   | mg/m2     | 0
    a3      | 2        | DRUG      | 0    | mg/m2     | 21
    a3      | 3        | DRUG      | 25   | mg/m2     | 42
    a4      | 1        | DRUG      |      | mg/m2     | 0     # not known
    a6      | 1        | DRUG      | 25   | mg/m2     |       # given, nobody knows when
    b1      | 1        | PLACEBO   | 0    | mg        | 0
"""


@pytest.fixture(scope="module")
def result() -> Result:
    protocol, problems = parse_protocol(PLAN, "plan.yaml")
    assert protocol is not None, problems
    assert not [p for p in problems if p.severity == "error"]
    made = {name: domain(name, text, day_0=date(2024, 1, 1)) for name, text in {"dm": DM, "ex": EX}.items()}
    return run_study(
        protocol, records_from_tables(made, origin="simulated", source="a test", connection=connect())
    )


def numbers(result: Result, of: str, arm: str = "a") -> dict[str, Any]:
    """Measure, or category -> estimate of a quantity."""
    found = {}
    for finding in result.findings:
        options = dict(finding.method.options)
        if options["of"] == of and finding.groups == (arm,):
            found[str(options.get("category") or finding.measure)] = finding.estimate
    return found


def test_the_distribution_of_each_quantity_in_those_who_were_given_it(result: Result) -> None:
    cycles = numbers(result, "doses")
    assert (cycles["mean"], cycles["median"], cycles["minimum"], cycles["maximum"]) == (1.75, 2, 1, 2)
    shares = numbers(result, "relative_dose_intensity")
    reduced = 100 * (45 / 7) / (25 / 3)
    assert shares["median"] == pytest.approx(reduced, abs=1e-8)
    assert shares["mean"] == pytest.approx((100 + reduced + 200 / 3) / 3, abs=1e-8)
    finding = next(f for f in result.findings if f.measure == "mean" and f.unit == "mg/m2/week")
    assert (finding.n, finding.note) == (3, "2 not known, left out")
    assert dict(finding.definition)["delay_tolerance"] == 3


def test_categories_of_dose_intensity_and_subjects_with_a_change(result: Result) -> None:
    shares = numbers(result, "relative_dose_intensity")
    assert [shares[word] for word in ("< 70 %", "70 to 85 %", "> 85 to 100 %", "> 100 %")] == [1, 1, 1, 0]
    counted = {of: numbers(result, of)["at least one"] for of in ("delays", "reductions", "omitted")}
    assert counted == {"delays": 1, "reductions": 1, "omitted": 1}
    n = {dict(f.method.options)["of"]: f.n for f in result.findings if f.measure == "count"}
    assert n == {"relative_dose_intensity": 3, "delays": 1, "reductions": 3, "omitted": 4}


def test_what_was_not_planned_and_who_was_not_given_it_have_no_number(result: Result) -> None:
    placebo = [f for f in result.findings if f.endpoint == "placebo" and f.estimate is None]
    told = {(f.groups[0], str(dict(f.method.options)["of"])): [p.code for p in f.problems] for f in placebo}
    assert told["b", "relative_dose_intensity"] == told["b", "intensity"] == ["N309"]
    assert told["c", "doses"] == ["N401"]
    assert numbers(result, "cumulative_dose", "b")["mean"] == 0


def test_who_was_dosed_on_a_day_not_known_is_counted_as_not_known(result: Result) -> None:
    found = {
        str(dict(f.method.options)["of"]): (f.n, f.note)
        for f in result.findings
        if f.measure == "mean" and f.groups == ("a",) and f.endpoint == "drug"
    }
    assert found["doses"] == (4, "1 not known, left out")  # a6; a4 was given one dose
    assert found["cumulative_dose"] == (4, "1 not known, left out")  # a4; that of a6 is known
    assert found["duration_weeks"] == (4, "1 not known, left out")
    assert found["relative_dose_intensity"] == (3, "2 not known, left out")


def test_adex_holds_the_course_and_every_dose(result: Result) -> None:
    rows = adam_tables(result)["adex"].to_pylist()
    mine = [row for row in rows if row["PARAMCD"] == "DRUGERDI"]
    assert {row["USUBJID"]: row["AVALCAT1"] for row in mine} == {
        "a1": "> 85 to 100 %",
        "a2": "70 to 85 %",
        "a3": "< 70 %",
        "a4": None,
        "a6": None,
    }
    doses = [row for row in rows if row["PARAMCD"] == "DRUGEDOS" and row["USUBJID"] in ("a2", "a3")]
    doses.sort(key=lambda row: (row["USUBJID"], row["SRCSEQ"]))
    said = [(row["AVAL"], row["PLDOSE"], row["DLYFL"], row["REDFL"], row["OMITFL"]) for row in doses]
    assert said == [
        (25.0, 25.0, None, None, None),
        (20.0, 25.0, "Y", "Y", None),
        (25.0, 25.0, None, None, None),
        (0.0, 25.0, None, None, "Y"),
        (25.0, 25.0, None, None, None),
    ]
    assert doses[1]["ASTDT"] == date(2024, 1, 29)
    codes = {row["PARAMCD"] for row in rows}
    assert len(codes) == 30  # ten of each endpoint, no code twice
    adjusted = [
        row["AVAL"] for row in rows if row["PARAM"].startswith("drug_from_20: Relative dose intensity")
    ]
    assert sorted(x for x in adjusted if x is not None)[1] == pytest.approx(600 / 7)


def test_the_rows_behind_a_finding_are_those_of_adex(result: Result, tmp_path: Path) -> None:
    import pyarrow.parquet as parquet

    (tmp_path / "adam").mkdir()
    for name, table in adam_tables(result).items():
        parquet.write_table(table, tmp_path / "adam" / f"{name}.parquet")

    def opened(finding: Finding) -> Any:
        found = open_rows(finding, tmp_path)
        assert not hasattr(found, "code"), found
        return found

    for finding in result.findings:
        found = opened(finding)
        assert found.disagreement(finding) is None, finding
        if finding.measure == "count":
            assert found.events == finding.events


def test_the_report_has_a_section_of_exposure_and_no_other_row_of_it(result: Result) -> None:
    page = render_report(assemble(result, (), (), sources={}, dated="2024-06-01"))
    section = page[page.index('<section id="exposure">') :]
    section = section[: section.index("</section>")]
    assert "Exposure to the drug: Everybody" in section
    assert "Dose intensity, mg/m2/week" in section
    assert "Relative dose intensity, %" in section
    assert "1</span> of 3 (33.3%)" in section
    assert "1 not known, left out" in section
    assert 'id="endpoint-drug"' not in page


def test_everybody_has_one_row_and_who_was_never_dosed_no_number(result: Result) -> None:
    table = result.endpoints["drug"].to_pyarrow()
    assert sorted(table["subject"].to_pylist()) == ["a1", "a2", "a3", "a4", "a5", "a6", "b1", "c1"]
    never = [row for row in table.to_pylist() if row["subject"] in ("a5", "b1", "c1")]
    assert {row["reason"] for row in never} == {"NOT_TREATED"}
    assert {value for row in never for name, value in row.items() if name not in ("subject", "reason")} == {
        None
    }
