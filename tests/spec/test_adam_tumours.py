"""ADTR: each target lesion and their sum, against baseline and nadir."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from text_tables import domain

from trialist.engines.duckdb import connect
from trialist.formats.adam import adam_tables
from trialist.protocol.parse import parse_protocol
from trialist.records.registered import records_from_tables
from trialist.study import derive_study

PROTOCOL = """
trial: SIZES
title: Sizes of lesions
condition: metastatic cancer
randomised: false
arms: {a: {label: A}}
allocation: {method: single_arm}
endpoints:
  response: {derive: tumour_response}
  bor: {derive: best_overall_response, confirmed: false, read: lesions}
populations: {all: {label: All, where: treated}}
"""
DM = """
    subject | arm_code | actual_arm_code | reference_start | first_dose
    001     | a        | a               | 0               | 0
    002     | a        | a               | 0               | 0
    003     | a        | a               | 0               | 0
"""
# 001: 80 mm, 40, 48 (PD over the nadir), then T2 unread; 002: gone; 003: not measured at baseline
TR = """
    subject | sequence | test_code | lesion | group  | value | unit | result | date
    001     | 1        | LDIAM     | T1     | TARGET | 50    | mm   |        | -7
    001     | 2        | LDIAM     | T2     | TARGET | 30    | mm   |        | -5
    001     | 3        | LDIAM     | T1     | TARGET | 20    | mm   |        | 56
    001     | 4        | LDIAM     | T2     | TARGET | 20    | mm   |        | 56
    001     | 5        | LDIAM     | T1     | TARGET | 28    | mm   |        | 112
    001     | 6        | LDIAM     | T2     | TARGET | 20    | mm   |        | 112
    001     | 7        | LDIAM     | T1     | TARGET | 25    | mm   |        | 168
    002     | 1        | LDIAM     | T1     | TARGET | 20    | mm   |        | -7
    002     | 2        | LDIAM     | T1     | TARGET | 0     | mm   |        | 56
    002     | 3        | LDIAM     | T1     | TARGET | 5     | mm   |        | 112
    003     | 1        | LDIAM     | T1     | TARGET |       | mm   |        | -7
    003     | 2        | LDIAM     | T1     | TARGET | 20    | mm   |        | 56
    003     | 3        | LDIAM     | T1     | TARGET | 30    | mm   |        | 112
"""


@pytest.fixture(scope="module")
def adtr() -> list[dict[str, Any]]:
    protocol, problems = parse_protocol(PROTOCOL, "sizes.yaml")
    assert protocol is not None, problems
    tables = {name: domain(name, text, day_0=date(2020, 1, 1)) for name, text in (("dm", DM), ("tr", TR))}
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    made = adam_tables(derive_study(protocol, records))
    rows: list[dict[str, Any]] = made["adtr"].to_pylist()
    return rows


def of(rows: list[dict[str, Any]], subject: str, code: str, *names: str) -> list[tuple[Any, ...]]:
    return [
        ((row["ADT"] - date(2020, 1, 1)).days, *(row[name] for name in names))
        for row in rows
        if (row["USUBJID"], row["PARAMCD"]) == (subject, code)
    ]


def test_the_sum_with_its_baseline_and_nadir(adtr: list[dict[str, Any]]) -> None:
    assert of(adtr, "001", "SDIAM", "AVAL", "BASE", "NADIR", "CHG", "CHGNAD", "ABLFL", "ANL01FL") == [
        (-5, 80, 80, None, None, None, "Y", "Y"),
        (56, 40, 80, 80, -40, -40, None, "Y"),
        (112, 48, 80, 40, -32, 8, None, "Y"),
        (168, 25, 80, 40, None, None, None, None),  # T2 was not read
    ]


def test_changes_in_percent(adtr: list[dict[str, Any]]) -> None:
    assert of(adtr, "001", "SDIAM", "PCHG", "PCHGNAD") == [
        (-5, None, None),
        (56, pytest.approx(-50), pytest.approx(-50)),
        (112, pytest.approx(-40), pytest.approx(20)),
        (168, None, None),
    ]
    assert of(adtr, "002", "SDIAM", "PCHG", "CHGNAD", "PCHGNAD") == [
        (-7, None, None, None),
        (56, pytest.approx(-100), -20, pytest.approx(-100)),
        (112, pytest.approx(-75), 5, None),  # no percent of a nadir of 0
    ]


def test_flags_are_those_of_the_targets(adtr: list[dict[str, Any]]) -> None:
    flags = of(adtr, "001", "SDIAM", "CRFL", "PDFL")[1:]
    assert flags == [(56, None, None), (112, None, "Y"), (168, None, None)]
    assert of(adtr, "002", "SDIAM", "CRFL", "PDFL")[1:] == [(56, "Y", None), (112, None, "Y")]


def test_each_target_has_a_parameter_of_its_own(adtr: list[dict[str, Any]]) -> None:
    assert {row["PARAMCD"] for row in adtr} == {"LDIAM1", "LDIAM2", "SDIAM"}
    assert of(adtr, "001", "LDIAM1", "TRLNKID", "AVAL", "BASE", "NADIR", "ABLFL") == [
        (-7, "T1", 50, 50, None, "Y"),
        (56, "T1", 20, 50, 50, None),
        (112, "T1", 28, 50, 20, None),
        (168, "T1", 25, 50, 20, None),
    ]
    assert of(adtr, "001", "LDIAM2", "AVAL", "CHG", "CHGNAD")[1:] == [(56, 20, -10, -10), (112, 20, -10, 0)]


def test_without_a_size_at_baseline_there_is_no_nadir_of_a_lesion_nor_of_the_sum(
    adtr: list[dict[str, Any]],
) -> None:
    """RECIST 1.1, section 4.3.1: the nadir is the smallest sum on study, that at baseline included."""
    nothing = (None, None, None, None)
    for code in ("LDIAM1", "SDIAM"):
        rows = of(adtr, "003", code, "AVAL", "BASE", "NADIR", "CHG", "CHGNAD")
        assert [row for row in rows if row[1] is not None] == [(56, 20, *nothing), (112, 30, *nothing)]


def source_of(rs: str | None) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Of times read off lesions, with and without responses reported by somebody."""
    plan = PROTOCOL.replace(
        "populations:",
        """  pfs:
    derive: progression_free_survival
    paramcd: PFS
    read: lesions
    first_of: [radiographic_progression, death]
    soft_tissue: recist_1_1
    censoring: {rule: fda, interval: 56 d}
  ttr: {derive: time_to_response, paramcd: TTR, of: bor}
populations:""",
    )
    protocol, problems = parse_protocol(plan, "sizes.yaml")
    assert protocol is not None, problems
    texts = {"dm": DM, "tr": TR} | ({"rs": rs} if rs else {})
    tables = {name: domain(name, text, day_0=date(2020, 1, 1)) for name, text in texts.items()}
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    names = ("CNSR", "CNSDTDSC", "SRCDOM", "SRCVAR", "SRCSEQ")
    return {
        (row["USUBJID"], row["PARAMCD"]): tuple(row[name] for name in names)
        for row in adam_tables(derive_study(protocol, records))["adtte"].to_pylist()
    }


@pytest.mark.parametrize(
    "rs",
    [
        None,
        """
    subject | sequence | test_code | result | date
    001     | 1        | OVRLRESP  | PD     | 56      # somebody else's reading: not the source
    001     | 2        | OVRLRESP  | SD     | 112
    002     | 1        | OVRLRESP  | PD     | 56
    """,
    ],
)
def test_of_times_read_off_lesions_the_source_is_tr_and_no_one_record(rs: str | None) -> None:
    found = source_of(rs)
    assert found["001", "PFS"] == (0, None, "TR", "TRDTC", None)
    assert found["001", "TTR"] == (0, None, "TR", "TRDTC", None)
    assert found["002", "TTR"] == (0, None, "TR", "TRDTC", None)
