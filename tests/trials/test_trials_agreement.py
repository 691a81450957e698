"""Our derivations beside the public ADaM data sets of the same records, record by record."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "validation" / "pharmaverse"
sys.path.insert(0, str(FOLDER))

import agreement  # noqa: E402

Found = dict[str, agreement.Compared]


@pytest.fixture(scope="module")
def found() -> Found:
    listed = agreement.compared(agreement.here(*agreement.read()), agreement.there())
    return {item.parameter: item for item in listed}


def test_the_page_tells_what_the_comparison_finds(found: Found) -> None:
    assert agreement.PAGE.read_text(encoding="utf-8") == agreement.page(found.values())


def test_responses_and_times_are_those_of_the_public_sets(found: Found) -> None:
    for name in ("OVR", "OVR by lesions", "LSTA", "BOR", "CBOR", "BCP", "PD", "DEATH", "MDIS", "PFS", "RSD"):
        assert set(found[name].agree.values()) == {found[name].both}, name
    assert [found[name].both for name in ("OVR", "LSTA", "BOR", "PFS", "RSD")] == [22, 8, 254, 254, 4]


def test_sums_of_diameters_take_the_short_axis_of_nodes(found: Found) -> None:
    assert found["SDIAM"].agree == {"AVAL": 18, "BASE": 18, "NADIR": 18}


def test_every_event_is_treatment_emergent_in_both_or_in_neither(found: Found) -> None:
    assert found["ADAE"].agree == {"TRTEMFL": 1191}


def test_grades_differ_only_where_the_page_says_why(found: Found) -> None:
    differ = {
        name: len(item.differ) for name, item in found.items() if item.data_set == "ADLB" and item.differ
    }
    assert differ == {"LYMPH ATOXGRL": 21, "BILI ATOXGRH": 5, "CREAT ATOXGRH": 4, "GLUC ATOXGRH": 1}


def test_the_last_day_known_alive_is_never_before_the_public_one(found: Found) -> None:
    dates = [(mine, other) for _, name, mine, other in found["ADSL"].differ if name == "LSTALVDT"]
    assert len(dates) == 93
    assert all(other is None or mine > other for mine, other in dates)
