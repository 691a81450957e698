"""What is due when: visits, assessments, specimens and doses of an arm."""

from __future__ import annotations

from pathlib import Path

import pytest

from trialist.protocol.model import Protocol
from trialist.protocol.parse import parse_protocol, read_protocol
from trialist.protocol.schedule import Due, occurrences, planned_cycles, specimen_totals

HERE = Path(__file__).parent / "protocols"


def protocol(name: str, *changes: tuple[str, str]) -> Protocol:
    text = (HERE / f"{name}.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    found, problems = parse_protocol(text, name)
    assert found is not None, problems
    return found


def due(found: Protocol, arm: str, cycles: int, kind: str, name: str) -> list[Due]:
    return [row for row in occurrences(found, arm, cycles) if (row.kind, row.id) == (kind, name)]


def test_a_visit_of_every_cycle_comes_once_per_cycle_with_its_window() -> None:
    rows = due(protocol("two_arms"), "new", 3, "visit", "cycle")
    assert [(r.occurrence, r.day, r.first_day, r.last_day) for r in rows] == [
        (1, 0, 0, 3),
        (2, 21, 21, 24),
        (3, 42, 42, 45),
    ]


def test_a_visit_that_says_how_often_ends_there() -> None:
    assert len(due(protocol("two_arms"), "new", 15, "visit", "cycle")) == 10


def test_scans_run_on_their_own_calendar_within_the_cycles() -> None:
    assert [r.day for r in due(protocol("two_arms"), "new", 8, "visit", "scan")] == [56, 112]


def test_a_visit_after_the_last_dose_counts_from_the_last_planned_dose() -> None:
    daily, infused = protocol("two_arms"), protocol("two_arms", ("purpose: background", "max_cycles: 3"))
    assert [r.day for r in due(daily, "new", 4, "visit", "end")] == [4 * 21 - 1 + 30]
    assert [r.day for r in due(infused, "new", 4, "visit", "end")] == [3 * 21 + 30]


def test_an_assessment_is_due_at_each_of_its_visits() -> None:
    rows = due(protocol("two_arms"), "standard", 2, "assessment", "psa")
    assert [(r.visit, r.day, r.occurrence) for r in rows] == [
        ("baseline", -7, 1),
        ("cycle", 0, 2),
        ("cycle", 21, 3),
    ]


def test_doses_fall_on_their_day_and_end_with_their_cycles() -> None:
    found = protocol("two_arms")
    infused = due(found, "new", 12, "dose", "drug a")
    assert [r.day for r in infused] == [21 * k for k in range(10)]
    assert str(infused[0].dose) == "25 mg/m2"
    steroid = due(found, "new", 3, "dose", "steroid")
    assert [(r.day, r.last_day) for r in steroid] == [(0, 62)]


def test_of_several_drugs_to_choose_from_each_is_numbered() -> None:
    rows = [r for r in occurrences(protocol("two_arms"), "standard", 1) if r.kind == "dose"]
    assert [(r.id, r.choice) for r in rows] == [("drug b", 1), ("drug c", 2)]


def test_timed_specimens_are_due_by_the_hour_and_only_in_their_arm() -> None:
    found = protocol("two_arms")
    rows = due(found, "new", 2, "specimen", "kinetics")
    assert [(r.day, r.hours, r.volume_ml) for r in rows] == [(0, 0, 5), (0, 1, 5), (0, 3, 5), (0, 7, 5)]
    assert due(found, "standard", 2, "specimen", "kinetics") == []


def test_totals_add_tubes_and_volumes() -> None:
    totals = {t.specimen: t for t in specimen_totals(protocol("two_arms"), "new", 10)}
    assert (totals["plasma"].draws, totals["plasma"].tubes, totals["plasma"].volume_ml) == (4, 5, 50)
    assert (totals["kinetics"].draws, totals["kinetics"].tubes, totals["kinetics"].volume_ml) == (4, 4, 20)


def test_what_hangs_on_progression_counts_from_it() -> None:
    rows = due(protocol("by_rule"), "b", 2, "visit", "progression")
    assert [(r.anchor, r.day) for r in rows] == [("progression", 0)]
    assert occurrences(protocol("by_rule"), "b", 2)[-1].anchor == "progression"


def test_the_planned_number_of_cycles_is_the_longest_limit() -> None:
    assert planned_cycles(protocol("two_arms"), "new") == 10
    assert planned_cycles(protocol("two_arms"), "standard") is None


@pytest.mark.parametrize(("arm", "cycles"), [("nobody", 3), ("new", 0)])
def test_no_such_arm_and_no_cycle_give_nothing(arm: str, cycles: int) -> None:
    assert occurrences(protocol("two_arms"), arm, cycles) == ()


def test_the_published_blood_volumes_of_a_biomarker_trial() -> None:
    """The registry's volumes per group: 40, 30 and 20 mL add up; 100 mL of plasma do not (11 draws: 110)."""
    import trialist

    path = Path(trialist.__file__).parent / "trials" / "caba_v7" / "protocol.yaml"
    found, problems = read_protocol(path)
    assert found is not None, problems
    volumes = {t.specimen: t.volume_ml for arm in ("a", "b") for t in specimen_totals(found, arm, 10)}
    assert volumes == {"ctc_a": 40, "ctc_b": 40, "cfdna_a": 30, "cfdna_b": 110, "pk_b": 20}
