"""The records that ship with a trial: complete, as they were released, and named for what they are."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest

from trialist.formats import read_table
from trialist.formats.csv import read_csv
from trialist.problems import Place, errors
from trialist.protocol.model import Protocol
from trialist.protocol.parse import read_protocol
from trialist.records.imported import import_domain
from trialist.records.reconstructed import reconstruct_records
from trialist.records.simulated import simulate
from trialist.trials import shipped


def protocol(trial: str) -> Protocol:
    found, _ = read_protocol(shipped()[trial] / "protocol.yaml")
    assert found is not None
    return found


def domain(trial: str, name: str) -> pa.Table:
    plan = protocol(trial).plan.records
    assert plan is not None
    table, problems = read_table(shipped()[trial] / plan.domains[name])
    assert errors(problems) == ()
    assert table is not None
    typed, problems = import_domain(name, table, Place(plan.domains[name]))
    assert errors(problems) == ()
    assert typed is not None
    return typed


@pytest.mark.parametrize("trial", ["card", "caba-v7", "hecog", "caba-bm"])
def test_no_records_are_shipped_where_none_are_public(trial: str) -> None:
    assert protocol(trial).plan.records is None


def test_reconstructed_times_hold_the_patients_and_events_of_the_two_figures() -> None:
    times = domain("prevail", "xt")
    rows = list(zip(*(times[c].to_pylist() for c in ("endpoint", "arm_code", "event")), strict=True))
    assert Counter((endpoint, arm) for endpoint, arm, _ in rows) == {
        ("rpfs", "ENZ"): 832,
        ("rpfs", "PBO"): 801,
        ("os", "ENZ"): 872,
        ("os", "PBO"): 845,
    }
    assert Counter((endpoint, arm) for endpoint, arm, event in rows if event) == {
        ("rpfs", "ENZ"): 113,
        ("rpfs", "PBO"): 336,
        ("os", "ENZ"): 244,
        ("os", "PBO"): 296,
    }


def test_people_of_two_reconstructed_figures_are_not_taken_for_the_same() -> None:
    times = domain("prevail", "xt")
    assert len(set(times["subject"].to_pylist())) == times.num_rows


def test_published_curves_of_one_arm_are_rebuilt_close_to_what_is_printed_under_them() -> None:
    made, problems = reconstruct_records(protocol("tropic"), read_csv)
    assert errors(problems) == ()
    assert made is not None
    rows = made["xt"].to_pylist()
    assert {row["arm_code"] for row in rows} == {"CBZ25"}
    deaths = [row for row in rows if row["endpoint"] == "os"]
    assert len(deaths) == 378
    assert abs(sum(row["event"] for row in deaths) - 234) <= 6
    assert sum(row["time_months"] >= 12 for row in deaths) == 231


def test_demonstration_subjects_are_randomised_on_their_reference_date() -> None:
    people, events = domain("onco-pilot", "dm"), domain("onco-pilot", "ds")
    start = dict(zip(people["subject"].to_pylist(), people["reference_start"].to_pylist(), strict=True))
    randomised = [row for row in events.to_pylist() if row["term"] == "RANDOMIZED"]
    assert len(randomised) == 254
    assert all(start[row["subject"]] == row["date"] for row in randomised)


def test_demonstration_arms_are_those_of_the_protocol() -> None:
    plan = protocol("onco-pilot").plan
    people = domain("onco-pilot", "dm").to_pylist()
    planned, actual = (Counter(row[c] for row in people) for c in ("arm_code", "actual_arm_code"))
    treated = Counter(row["actual_arm_code"] for row in people if row["first_dose"] is not None)
    assert planned.pop("Scrnfail") == actual.pop("Scrnfail") == 52
    assert planned == {arm.code: arm.allocated_n for arm in plan.arms.values()}
    assert treated == {arm.code: arm.treated_n for arm in plan.arms.values()}


def test_the_chosen_evaluator_has_read_every_demonstration_scan() -> None:
    plan = protocol("onco-pilot").plan.records
    assert plan is not None
    rows = [r for r in domain("onco-pilot", "rs").to_pylist() if r["test_code"] == "OVRLRESP"]
    read = {(r["subject"], r["date"]) for r in rows if r["evaluator"] == plan.evaluator}
    assert read == {(r["subject"], r["date"]) for r in rows}
    assert None not in {date for _, date in read}


def test_records_with_simulated_tumours_are_called_simulated() -> None:
    plan = protocol("onco-pilot").plan.records
    assert plan is not None
    assert plan.origin == "simulated"
    assert "No clinical meaning" in plan.note


@pytest.mark.parametrize(
    ("trial", "size", "deaths"), [("tropic", 755, 513), ("card", 255, 153)], ids=["tropic", "card"]
)
def test_a_trial_simulated_in_its_own_size_has_about_as_many_deaths_as_were_published(
    trial: str, size: int, deaths: int
) -> None:
    tables, problems = simulate(protocol(trial), subjects=size, seed=2)
    assert errors(problems) == ()
    assert tables is not None
    died = tables["dm"]["death"].length() - tables["dm"]["death"].null_count
    assert abs(died - deaths) <= 0.1 * deaths


@pytest.mark.parametrize("trial", ["card", "tropic", "hecog", "caba-v7", "caba-bm", "prevail"])
def test_every_planned_trial_can_be_simulated(trial: str) -> None:
    tables, problems = simulate(protocol(trial), subjects=40, seed=1)
    assert errors(problems) == ()
    assert tables is not None
    assert tables["dm"].num_rows == 40
