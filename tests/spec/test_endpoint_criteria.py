"""The criteria files: every threshold has a value, a unit and a source, and the protocol's word wins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from trialist.endpoints.criteria import censoring, criteria, names, stated
from trialist.endpoints.filled import rule_for
from trialist.protocol.endpoints import Censoring, Endpoint

ENTRY: TypeAdapter[Endpoint] = TypeAdapter(Endpoint)


def thresholds(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        if "value" in value:
            yield path, value
            return
        for key, item in value.items():
            yield from thresholds(item, (*path, key))


@pytest.mark.parametrize("name", names())
def test_every_threshold_has_a_unit_and_a_source(name: str) -> None:
    file = criteria(name)
    assert file["name"] == name
    assert file["source"]
    for path, threshold in thresholds(file):
        assert set(threshold) == {"value", "unit", "source"}, path
        assert threshold["source"], path


@pytest.mark.parametrize(
    ("name", "rise", "floor", "responder_rise", "confirm", "baseline"),
    [
        ("pcwg3", 1.25, 2, 1.25, 21, 0),
        ("pcwg2", 1.25, 2, 1.25, 21, 0),
        ("pcwg1", 1.25, 5, 1.50, 14, 5),
        ("tropic2010", 1.25, 5, 1.50, 7, 20),
    ],
)
def test_the_printed_psa_limits(
    name: str, rise: float, floor: float, responder_rise: float, confirm: int, baseline: float
) -> None:
    assert stated(name, "psa_progression", "rise_ratio") == rise
    assert stated(name, "psa_progression", "rise_absolute") == floor
    assert stated(name, "psa_progression", "responder_rise_ratio") == responder_rise
    assert stated(name, "psa_progression", "confirm_after") == confirm
    assert stated(name, "psa_response", "minimum_baseline") == baseline


@pytest.mark.parametrize(
    ("name", "flare_scan", "reference", "persisting", "unresolved"),
    [
        ("pcwg3", "first_within", "first_post", 2, "pdu"),
        ("pcwg2_couaa302", "every_within", "baseline", 2, "pdu"),
        ("pcwg2_plain", "first", "baseline", 0, "pd"),
    ],
)
def test_the_printed_rules_of_bone_scans(
    name: str, flare_scan: str, reference: str, persisting: int, unresolved: str
) -> None:
    rule = rule_for(ENTRY.validate_python({"derive": "bone_progression", "criteria": name}))
    assert (rule.flare_scan, rule.later_reference) == (flare_scan, reference)
    assert (rule.persisting_lesions, rule.unresolved) == (persisting, unresolved)
    assert (rule.new_lesions, rule.additional_lesions) == (2, 2)
    assert (rule.flare_days, rule.confirm_after, rule.new_therapy) == (84, 42, "stop")


def test_the_overall_response_table_is_complete() -> None:
    table = criteria("overall_response")
    rows = {row[:3]: row[3] for row in table["rows"]}
    assert len(rows) == len(table["rows"]) == 60
    assert {overall for (_, _, new), overall in rows.items() if new == "Y"} == {"PD"}
    assert rows["CR", "NE", "N"] == "PR"
    assert rows["", "NON-CR/NON-PD", "N"] == "NON-CR/NON-PD"


def test_the_protocols_own_word_wins_over_the_criteria_file() -> None:
    entry = ENTRY.validate_python(
        {"derive": "psa_response", "criteria": "tropic2010", "fall": "30 %", "minimum_baseline": 2}
    )
    rule = rule_for(entry)
    assert (rule.fall, rule.minimum_baseline, rule.confirm_after) == (0.3, 2.0, 21)


def test_an_unknown_criteria_file_is_refused() -> None:
    with pytest.raises(KeyError):
        criteria("pcwg9")


@pytest.mark.parametrize(
    ("entry", "option", "criteria_file", "path"),
    [
        (
            {"derive": "progression_free_survival", "first_of": ["death"]},
            "missed_assessments",
            "pfs_censoring",
            "missed_assessments",
        ),
        ({"derive": "progression_free_survival", "first_of": ["death"]}, "grace", "pfs_censoring", "grace"),
        ({"derive": "psa_change", "what": "at_day"}, "at", "psa_reading", "change.day"),
        ({"derive": "psa_change", "what": "at_day"}, "window", "psa_reading", "change.window"),
        ({"derive": "adverse_event"}, "window", "treatment_emergent", "window"),
    ],
)
def test_what_an_entry_leaves_out_is_what_the_criteria_file_states(
    entry: dict[str, Any], option: str, criteria_file: str, path: str
) -> None:
    value = stated(criteria_file, *path.split("."))
    parsed = ENTRY.validate_python(entry)
    assert getattr(rule_for(parsed), option) == value
    described = parsed.censoring if hasattr(parsed, "censoring") else parsed
    word = {"at": "day"}.get(option, option)
    text = type(described).model_fields[word].description or ""
    assert str(value) in text.split()[-4:], f"the description of '{word}' names another number than {value}"


def test_each_situation_of_censoring_has_one_rule_and_each_option_says_what_it_means() -> None:
    rules = criteria("pfs_censoring")["rules"]
    assert list(rules) == [f"P{number}" for number in range(1, 12)]
    for name, rule in rules.items():
        assert rule["situation"], name
        if "option" not in rule:
            assert rule["always"], name
            continue
        offered = {
            w for w in get_args(Censoring.model_fields[rule["option"]].annotation) if w is not NoneType
        }
        words = {word for choice in offered for word in get_args(choice)}
        assert set(rule["means"]) == words, name
        assert {rule["fda"], rule["fda_inclusive"], rule["ema"]} <= words, name


@pytest.mark.parametrize(
    ("reading", "told"),
    [
        ("fda", {"no_baseline": "censor", "clinical": "censor", "new_therapy": "censor", "missed": "censor"}),
        (
            "fda_inclusive",
            {"no_baseline": "censor", "clinical": "event", "new_therapy": "event", "missed": "event"},
        ),
        ("ema", {"no_baseline": "follow", "clinical": "follow", "new_therapy": "follow", "missed": "event"}),
    ],
)
def test_the_readings_of_the_agencies(reading: str, told: dict[str, str]) -> None:
    assert censoring(reading) == told
    entry = {
        "derive": "progression_free_survival",
        "first_of": ["radiographic_progression", "death"],
        "censoring": {"rule": reading},
    }
    rule = rule_for(ENTRY.validate_python(entry))
    assert {option: getattr(rule, option) for option in told} == told
