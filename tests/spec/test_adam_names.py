"""ADaM data sets: their columns, names, flags, codes and sources."""

from __future__ import annotations

import inspect
import re
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from text_tables import domain

from trialist.endpoints import bone_progression, progression, psa, survival
from trialist.engines.duckdb import connect
from trialist.formats.adam import adam_tables
from trialist.formats.adam.parameters import unique_names
from trialist.formats.adam.subject_level import flag_names
from trialist.formats.adam.times import CENSORINGS, EVENTS
from trialist.formats.labels import column_labels, label_of
from trialist.protocol.model import Population
from trialist.protocol.parse import parse_protocol
from trialist.records.registered import records_from_tables
from trialist.study import derive_study

# ADaMIG 1.3 and ADaM TTE 1.0, as the project's list of data names gives them, in that order
ADSL = (
    "STUDYID USUBJID SUBJID SITEID AGE SEX ARM ACTARM TRT01P TRT01A TRTSDT TRTEDT RANDDT DTHDT LSTALVDT "
    "ITTFL SAFFL STRAT1 DCUTDT NACTDT"
)
ADTTE = "PARAMCD PARAM AVAL AVALU STARTDT ADT CNSR EVNTDESC CNSDTDSC SRCDOM SRCVAR SRCSEQ"

DAY_0 = date(2024, 1, 10)
PLAN = """
trial: TINY
title: ADaM columns
condition: mCRPC
randomised: true
reference: randomisation
dates: {cut_off: "2024-12-31"}
factors: {ecog: {levels: ["0", "1"], label: ECOG performance status}}
allocation: {method: permuted_blocks, strata: [ecog], ratio: {a: 1, b: 1}}
arms: {a: {label: new drug, code: AAA}, b: {label: old drug, code: BBB}}
endpoints:
  os: {derive: overall_survival, paramcd: OS}
  pfs:
    derive: progression_free_survival
    paramcd: PFS
    first_of: [radiographic_progression, death]
    soft_tissue: recist_1_1
    censoring: {rule: fda, interval: 56 d}
  bor: {derive: best_overall_response, paramcd: BOR, confirmed: false, minimum_stable: 42 d}
  bone: {derive: bone_progression, paramcd: TTBP}
  ae_any: {derive: adverse_event}
populations:
  itt: {label: All randomised, where: randomised}
  safety: {label: Treated, where: treated, by: actual}
"""

# dates are days after DAY_0
PEOPLE = """
subject | subject_short | site | arm_code | actual_arm_code | reference_start | first_dose | last_dose | death
1       | S1            | 701  | AAA      | AAA             | 0               | 2          | 40        |
2       | S2            | 701  | BBB      | BBB             | 0               | 2          | 40        | 90
3       | S3            | 701  | AAA      | AAA             | 0               | 2          | 40        |
4       | S4            | 701  | AAA      | BBB             | 0               | 2          | 40        |
"""
TEXTS = {
    "dm": PEOPLE,
    "ds": """
        subject | sequence | term       | date
        1       | 1        | RANDOMIZED | 0
        2       | 1        | RANDOMIZED | 0
        3       | 1        | RANDOMIZED | 0
        4       | 1        | RANDOMIZED | 0
    """,
    "sc": """
        subject | sequence | test_code | value
        1       | 1        | ECOG      | 0
        2       | 1        | ECOG      | 1
        3       | 1        | ECOG      | 1
        4       | 1        | ECOG      | 0
    """,
    "rs": """
        subject | sequence | test_code | result | date
        1       | 1        | OVRLRESP  | SD     | 55
        1       | 2        | OVRLRESP  | PD     | 111
        2       | 1        | OVRLRESP  | SD     | 55
        4       | 1        | OVRLRESP  | SD     | 55
        4       | 2        | OVRLRESP  | SD     | 55
    """,
    "tr": """
        subject | sequence | lesion | test_code | result  | imaging   | date
        1       | 1        |        | TUMSTATE  | NONE    | BONE SCAN | 0
        1       | 2        |        | TUMSTATE  | NONE    | BONE SCAN | 55
        1       | 3        | N1     | TUMSTATE  | PRESENT | BONE SCAN | 111
        1       | 4        | N2     | TUMSTATE  | PRESENT | BONE SCAN | 111
        1       | 5        | N1     | TUMSTATE  | PRESENT | BONE SCAN | 167
        1       | 6        | N2     | TUMSTATE  | PRESENT | BONE SCAN | 167
        2       | 1        |        | TUMSTATE  | NONE    | BONE SCAN | 0
        2       | 2        |        | TUMSTATE  | NONE    | BONE SCAN | 55
        3       | 1        |        | TUMSTATE  | NONE    | BONE SCAN | 0
        4       | 1        |        | TUMSTATE  | NONE    | BONE SCAN | 0
    """,
    "ae": """
        subject | sequence | term   | start | grade
        1       | 1        | NAUSEA | 5     | 2
    """,
}


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    """Subject 1 progresses, 2 dies, 3 has no later scan, 4 takes b instead of a."""
    protocol, problems = parse_protocol(PLAN, "tiny.yaml")
    assert protocol is not None, problems
    domains = {name: domain(name, text, day_0=DAY_0) for name, text in TEXTS.items()}
    records = records_from_tables(domains, origin="simulated", source="a test", connection=connect())
    return adam_tables(derive_study(protocol, records))


def rows(table: pa.Table, code: str | None = None) -> dict[str, dict[str, Any]]:
    return {r["USUBJID"]: r for r in table.to_pylist() if code in (None, r.get("PARAMCD"))}


@pytest.mark.parametrize(("name", "standard"), [("adsl", ADSL), ("adtte", ADTTE)])
def test_the_columns_are_those_of_the_standard_in_its_order(
    name: str, standard: str, tables: dict[str, pa.Table]
) -> None:
    wanted = standard.split()
    assert [column for column in tables[name].column_names if column in wanted] == wanted


def test_every_column_and_data_set_has_a_label_of_at_most_40_characters(tables: dict[str, pa.Table]) -> None:
    for table in tables.values():
        labels = column_labels(table)
        assert [column for column in table.column_names if column not in labels] == []
        assert [
            label for label in (*labels.values(), label_of(table)) if not 0 < len(label or "") <= 40
        ] == []
        assert all(re.fullmatch(r"[A-Z][A-Z0-9]{0,7}", column) for column in table.column_names)


def test_dates_are_the_reference_date_and_the_days_after_it(tables: dict[str, pa.Table]) -> None:
    second = rows(tables["adsl"])["2"]
    days = [(second[name] - DAY_0).days for name in ("RANDDT", "TRTSDT", "TRTEDT", "DTHDT")]
    assert days == [0, 2, 40, 90]
    assert (second["DCUTDT"], second["NACTDT"]) == (date(2024, 12, 31), None)
    assert (rows(tables["adsl"])["1"]["LSTALVDT"] - DAY_0).days == 167


def test_a_treatment_is_named_by_its_label_and_numbered(tables: dict[str, pa.Table]) -> None:
    fourth = rows(tables["adsl"])["4"]
    assert (fourth["ARMCD"], fourth["TRT01P"], fourth["TRT01PN"]) == ("AAA", "new drug", 1)
    assert (fourth["ACTARMCD"], fourth["TRT01A"], fourth["TRT01AN"]) == ("BBB", "old drug", 2)
    time = rows(tables["adtte"], "OS")["4"]
    assert (time["TRTP"], time["TRTPN"], time["TRTA"], time["TRTAN"]) == ("new drug", 1, "old drug", 2)


def test_a_source_is_named_where_one_record_can_be_meant_and_only_there(tables: dict[str, pa.Table]) -> None:
    """Subject 4 has two records on the day of the last assessment: no sequence number."""
    found = {
        subject: tuple(row[name] for name in ("CNSR", "SRCDOM", "SRCVAR", "SRCSEQ"))
        for subject, row in rows(tables["adtte"], "PFS").items()
    }
    assert found == {
        "1": (0, "RS", "RSDTC", 2),
        "2": (0, "ADSL", "DTHDT", None),
        "3": (CENSORINGS["NO_POSTBASELINE"][0], "ADSL", "RANDDT", None),
        "4": (CENSORINGS["NO_EVENT"][0], "RS", "RSDTC", None),
    }


def test_of_a_bone_scan_no_one_record_is_the_source(tables: dict[str, pa.Table]) -> None:
    found = {
        subject: (row["CNSR"], row["AVAL"], row["EVNTDESC"], row["CNSDTDSC"], row["SRCDOM"], row["SRCSEQ"])
        for subject, row in rows(tables["adtte"], "TTBP").items()
    }
    assert found == {
        "1": (0, 112, "Progression in bone", None, None, None),
        "2": (1, 56, "No event", "Last readable bone scan", None, None),
        "3": (6, 1, "No assessment after baseline", "Randomization", "ADSL", None),
        "4": (6, 1, "No assessment after baseline", "Randomization", "ADSL", None),
    }


def test_adverse_events_by_subject_are_no_responses(tables: dict[str, pa.Table]) -> None:
    assert set(tables["adrs"]["PARAMCD"].to_pylist()) == {"BOR"}
    counted = rows(tables["adaesum"], "AEANY")
    assert {subject: row["AVALC"] for subject, row in counted.items()} == {
        "1": "Y",
        "2": "N",
        "3": "N",
        "4": "N",
    }


def test_every_reason_that_a_time_can_end_for_has_its_code_or_its_words() -> None:
    sources = (survival, progression, bone_progression, psa.psa_progression)
    texts = "".join(inspect.getsource(source) for source in sources)
    words = set(re.findall(r'"([A-Z_]{3,})"', texts))
    assert words - set(CENSORINGS) - set(EVENTS) == set()
    codes = [code for code, _ in CENSORINGS.values()]
    assert codes == list(range(1, len(codes) + 1))


def flags(**where: str) -> dict[str, str]:
    populations = {name: Population(label=name, where=text) for name, text in where.items()}
    return {name: flag for name, (flag, _) in flag_names(populations).items()}


def test_everybody_randomised_is_ittfl_and_everybody_treated_saffl() -> None:
    assert flags(everybody="randomised", dosed="treated") == {"everybody": "ITTFL", "dosed": "SAFFL"}


def test_of_two_sets_of_treated_subjects_the_one_by_treatment_received_is_saffl() -> None:
    paired = Population(label="Paired", where="treated")
    safety = Population(label="Treated", where="treated", by="actual")
    found = flag_names({"paired": paired, "safety": safety})
    assert found == {
        "paired": ("PAIREDFL", "Paired Population Flag"),
        "safety": ("SAFFL", "Safety Population Flag"),
    }


def test_another_population_is_flagged_by_its_id_once() -> None:
    assert flags(psa_evaluable="randomised and psa > 0", second="randomised", main="randomised") == {
        "psa_evaluable": "PSAEVAFL",
        "second": "ITTFL",
        "main": "MAINFL",
    }
    assert flags(itt="arm is not null", all="randomised") == {"itt": "ITT02FL", "all": "ITTFL"}
    assert flags(safety_a="arm = 'a'", safety_b="arm = 'b'") == {
        "safety_a": "SAFETYFL",
        "safety_b": "SAFE02FL",
    }


def test_a_name_is_cut_to_its_width() -> None:
    assert unique_names(["OS", "PROGRESSIONFREE"], 8) == ["OS", "PROGRESS"]


def test_names_that_fall_together_are_numbered() -> None:
    assert unique_names(["AEINFECTION", "AEINFECTIONG3", "AEINFECT"], 8) == [
        "AEINFECT",
        "AEINFE02",
        "AEINFE03",
    ]
