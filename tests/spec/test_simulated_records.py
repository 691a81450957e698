"""Clauses of simulated records: they follow the protocol, agree with each other, and repeat."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import yaml

from trialist.problems import Problem
from trialist.protocol.model import Protocol, TrialProtocol
from trialist.records.domains import DOMAINS
from trialist.records.shape import domain_schema
from trialist.records.simulated import simulate

TEXT = (Path(__file__).parent / "protocols_simulated" / "two_arm.yaml").read_text(encoding="utf-8")
MONTH = 30.4375
NEVER = 10**9


def protocol(**changes: Any) -> Protocol:
    """The two-arm protocol; `simulation__x=...` changes one word of a block, None removes it."""
    content: dict[str, Any] = yaml.safe_load(TEXT)
    for path, value in changes.items():
        *blocks, word = path.split("__")
        part = content
        for block in blocks:
            part = part[block]
        if value is None:
            part.pop(word)
        else:
            part[word] = value
    return Protocol(TrialProtocol.model_validate(content), "two_arm.yaml", "0", {})


def made(
    subjects: int = 500, seed: int = 1, calibrate: Any = "published", **changes: Any
) -> dict[str, pa.Table]:
    tables, problems = simulate(protocol(**changes), subjects=subjects, seed=seed, calibrate=calibrate)
    assert tables is not None, problems
    return tables


def said(**changes: Any) -> list[Problem]:
    return list(simulate(protocol(**changes), subjects=60, seed=1)[1])


def digest(tables: Mapping[str, pa.Table]) -> dict[str, str]:
    out = {}
    for name, table in tables.items():
        content = hashlib.sha256()
        for column in table.combine_chunks().columns:
            content.update(repr(column.to_pylist()).encode())
        out[name] = content.hexdigest()
    return out


def days(table: pa.Table, column: str) -> np.ndarray:
    """Days since 1970, missing as NEVER."""
    return table[column].cast(pa.int32()).fill_null(NEVER).to_numpy().astype(np.int64)


def owner(table: pa.Table, tables: Mapping[str, pa.Table]) -> np.ndarray:
    return pc.index_in(table["subject"], value_set=tables["dm"]["subject"].combine_chunks()).to_numpy()


def only(table: pa.Table, column: str, value: str) -> pa.Table:
    return table.filter(pc.equal(table[column], value))


def flags(table: pa.Table, column: str, value: str) -> np.ndarray:
    return np.array([v == value for v in table[column].to_pylist()])


def times(tables: Mapping[str, pa.Table]) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(days, event, experimental) of rPFS and OS by a plain reading of the records."""
    dm = tables["dm"]
    start, end, death = (days(dm, c) for c in ("reference_start", "reference_end", "death"))
    arm = flags(dm, "arm_code", "chemo").astype(float)
    scans = only(tables["rs"], "test_code", "OVRLRESP")
    who, when = owner(scans, tables), days(scans, "date")
    progressed = flags(scans, "result", "PD")
    event = death.copy()
    np.minimum.at(event, who[progressed], when[progressed])
    last = start.copy()
    np.maximum.at(last, who, when)
    rpfs = np.where(event < NEVER, event, last) - start + 1
    os = np.where(death < NEVER, death, end) - start + 1
    return {"rpfs": (rpfs, event < NEVER, arm), "os": (os, death < NEVER, arm)}


def median_months(time: np.ndarray, event: np.ndarray) -> float:
    unique, index = np.unique(time, return_inverse=True)
    risk = len(time) - np.concatenate([[0], np.cumsum(np.bincount(index))[:-1]])
    curve = np.cumprod(1 - np.bincount(index, weights=event) / risk)
    return float(unique[np.argmax(curve <= 0.5)] / MONTH)


def hazard_ratio(time: np.ndarray, event: np.ndarray, arm: np.ndarray) -> float:
    """Cox, Breslow ties, one binary covariate, on counts per day."""
    _, index = np.unique(time, return_inverse=True)
    dead, leaving = np.bincount(index, weights=event), np.bincount(index)
    exposed = np.bincount(index, weights=arm)
    risk = len(time) - np.concatenate([[0], np.cumsum(leaving)[:-1]])
    ours = arm.sum() - np.concatenate([[0], np.cumsum(exposed)[:-1]])
    beta = 0.0
    for _ in range(20):
        mean = ours * np.exp(beta) / (ours * np.exp(beta) + risk - ours)
        beta += ((event * arm).sum() - (dead * mean).sum()) / (dead * mean * (1 - mean)).sum()
    return float(np.exp(beta))


@pytest.fixture(scope="module")
def trial() -> dict[str, pa.Table]:
    return made(4000)


@pytest.fixture(scope="module")
def large() -> dict[str, pa.Table]:
    return made(100_000)


class TestCalibration:
    @pytest.mark.parametrize(
        ("endpoint", "chemo", "hormone", "ratio"), [("rpfs", 8.0, 3.7, 0.54), ("os", 13.6, 11.0, 0.64)]
    )
    def test_published_medians_and_hazard_ratio_come_back_within_three_percent(
        self, large: dict[str, pa.Table], endpoint: str, chemo: float, hormone: float, ratio: float
    ) -> None:
        time, event, arm = times(large)[endpoint]
        assert median_months(time[arm == 1], event[arm == 1]) == pytest.approx(chemo, rel=0.03)
        assert median_months(time[arm == 0], event[arm == 0]) == pytest.approx(hormone, rel=0.03)
        assert hazard_ratio(time, event, arm) == pytest.approx(ratio, rel=0.03)

    def test_under_the_design_the_design_assumptions_come_back(self) -> None:
        plan = yaml.safe_load(TEXT)["design"][:1]
        time, event, arm = times(made(20_000, calibrate="design", design=plan))["rpfs"]
        assert median_months(time[arm == 0], event[arm == 0]) == pytest.approx(4.0, rel=0.04)
        assert hazard_ratio(time, event, arm) == pytest.approx(0.67, rel=0.05)

    def test_psa_responses_are_confirmed_at_the_planned_proportions(self, large: dict[str, pa.Table]) -> None:
        psa = only(large["lb"], "test_code", "PSA")
        who, value = owner(psa, large), psa["value"].to_numpy()
        day = days(psa, "date") - days(large["dm"], "reference_start")[who]
        base = np.full(100_000, np.nan)
        base[who[day <= 0]] = value[day <= 0]
        low = (day > 0) & (value <= 0.5 * base[who])
        first, last = np.full(100_000, NEVER), np.full(100_000, -1)
        np.minimum.at(first, who[low], day[low])
        np.maximum.at(last, who[low], day[low])
        arm = flags(large["dm"], "arm_code", "chemo")
        assert (last - first >= 21)[arm].mean() == pytest.approx(0.357, abs=0.01)
        assert (last - first >= 21)[~arm].mean() == pytest.approx(0.135, abs=0.01)

    def test_objective_responses_are_confirmed_at_the_planned_proportions(
        self, large: dict[str, pa.Table]
    ) -> None:
        target = only(large["rs"], "test_code", "TRGRESP")
        who, when = owner(target, large), days(target, "date")
        partial = flags(target, "result", "PR")
        first, last = np.full(100_000, NEVER), np.full(100_000, -1)
        np.minimum.at(first, who[partial], when[partial])
        np.maximum.at(last, who[partial], when[partial])
        measurable = np.isin(np.arange(100_000), owner(large["tr"], large))
        arm = flags(large["dm"], "arm_code", "chemo")
        assert measurable.mean() == pytest.approx(0.45, abs=0.01)
        assert (last - first >= 28)[arm & measurable].mean() == pytest.approx(0.365, abs=0.015)
        assert (last - first >= 28)[~arm & measurable].mean() == pytest.approx(0.115, abs=0.015)

    def test_adverse_events_occur_at_the_planned_proportions(self, large: dict[str, pa.Table]) -> None:
        events = only(large["ae"], "term", "neutropenia")
        chemo = flags(large["dm"], "arm_code", "chemo")
        treated = days(large["dm"], "first_dose") < NEVER
        mine = chemo[owner(events, large)]
        grade = events["grade"].to_numpy()
        assert mine.sum() / (chemo & treated).sum() == pytest.approx(0.656, abs=0.01)
        assert (mine & (grade >= 3)).sum() / (chemo & treated).sum() == pytest.approx(0.447, abs=0.01)
        assert set(np.unique(grade)) == {1, 2, 3, 4, 5}

    def test_the_cut_off_waits_for_the_planned_events_scaled_to_the_subjects(
        self, large: dict[str, pa.Table]
    ) -> None:
        _, event, _ = times(large)["rpfs"]
        assert event.sum() == pytest.approx(196 * 100_000 / 255, rel=0.005)


def psa_progression(tables: Mapping[str, pa.Table]) -> np.ndarray:
    """Day of confirmed PSA progression by a plain reading of PCWG3, NEVER without one.

    At least 25 % and 2 ng/mL over the nadir, confirmed by every value up to one 21 days later; before
    day 84 only after a fall below baseline.
    """
    psa = only(tables["lb"], "test_code", "PSA")
    who, value = owner(psa, tables), psa["value"].to_numpy()
    day = days(psa, "date") - days(tables["dm"], "reference_start")[who]
    found = np.full(tables["dm"].num_rows, NEVER)
    bounds = np.searchsorted(who, np.arange(len(found) + 1))
    for subject in range(len(found)):
        d, v = (
            day[bounds[subject] : bounds[subject + 1]].tolist(),
            value[bounds[subject] : bounds[subject + 1]].tolist(),
        )
        nadir = base = v[0]
        for i in range(1, len(d)):
            if v[i] >= 1.25 * nadir and v[i] - nadir >= 2 and (d[i] >= 84 or nadir < base):
                later = next((j for j in range(i + 1, len(d)) if d[j] >= d[i] + 21), None)
                if later is not None and all(
                    v[j] >= 1.25 * nadir and v[j] - nadir >= 2 for j in range(i + 1, later + 1)
                ):
                    found[subject] = d[i]
                    break
            nadir = min(nadir, v[i])
    return found


COMPOSITE = {
    "derive": "progression_free_survival",
    "first_of": ["radiographic_progression", "psa_progression", "death"],
    "soft_tissue": "recist_1_1",
    "bone": "pcwg2",
    "psa": "pcwg2",
}
COMPOSITE_LAW = {
    "medians": {"chemo": 4.4, "hormone": 2.7},
    "hazard_ratio": 0.52,
    "versus": "hormone",
    "source": "paper",
}


@pytest.fixture(scope="module")
def both() -> dict[str, pa.Table]:
    return made(30_000, endpoints__pfs=COMPOSITE, simulation__times__pfs=COMPOSITE_LAW)


class TestComposite:
    """A composite of imaging, PSA and death beside the imaging endpoint, each with its own published law."""

    def test_the_composite_has_its_own_medians_and_ratio(self, both: dict[str, pa.Table]) -> None:
        time, event, arm = times(both)["rpfs"]
        rise = psa_progression(both) + 1
        first, any_event = np.minimum(time, rise), event | (rise < time)
        assert median_months(first[arm == 1], any_event[arm == 1]) == pytest.approx(4.4, rel=0.04)
        assert median_months(first[arm == 0], any_event[arm == 0]) == pytest.approx(2.7, rel=0.04)
        assert hazard_ratio(first, any_event, arm) == pytest.approx(0.52, rel=0.05)

    def test_imaging_and_survival_keep_theirs(self, both: dict[str, pa.Table]) -> None:
        for endpoint, chemo, ratio in (("rpfs", 8.0, 0.54), ("os", 13.6, 0.64)):
            time, event, arm = times(both)[endpoint]
            assert median_months(time[arm == 1], event[arm == 1]) == pytest.approx(chemo, rel=0.03)
            assert hazard_ratio(time, event, arm) == pytest.approx(ratio, rel=0.04)

    def test_without_psa_the_composite_is_not_simulated(self) -> None:
        found = said(
            endpoints__pfs=COMPOSITE, simulation__times__pfs=COMPOSITE_LAW, simulation__psa_response=None
        )
        assert any(p.code == "N502" and "'pfs'" in p.message for p in found)


class TestAgreement:
    """What one domain says, the others say too."""

    def test_every_domain_has_its_declared_columns(self, trial: dict[str, pa.Table]) -> None:
        for name, table in trial.items():
            assert table.schema.equals(domain_schema(name))
            for column in DOMAINS[name].columns:
                if column.required:
                    assert table[column.name].null_count == 0, (name, column.name)

    def test_keys_are_unique(self, trial: dict[str, pa.Table]) -> None:
        for name, table in trial.items():
            key = list(DOMAINS[name].key)
            assert table.group_by(key).aggregate([]).num_rows == table.num_rows, name

    def test_dates_do_not_go_backwards(self, trial: dict[str, pa.Table]) -> None:
        for name, table in trial.items():
            for later, earlier in DOMAINS[name].not_before:
                assert np.all(days(table, later) >= days(table, earlier)) or np.all(
                    (days(table, later) >= days(table, earlier)) | (days(table, earlier) == NEVER)
                ), (name, later)

    def test_nothing_is_recorded_after_death_dropout_or_cut_off(self, trial: dict[str, pa.Table]) -> None:
        end = days(trial["dm"], "reference_end")
        for name, column in [
            ("rs", "date"), ("tr", "date"), ("tu", "date"), ("lb", "date"), ("ds", "date"), ("be", "date"),
            ("ex", "start"), ("ex", "end"), ("ae", "start"), ("cm", "start"),
        ]:  # fmt: skip
            table = trial[name]
            assert np.all(days(table, column) <= end[owner(table, trial)]), name

    def test_dates_and_their_text_agree(self, trial: dict[str, pa.Table]) -> None:
        dm = trial["dm"]
        assert dm["reference_start"].cast(pa.string()).equals(dm["reference_start_text"])

    def test_every_subject_has_disease_identified_by_day_0(self, trial: dict[str, pa.Table]) -> None:
        lesions = trial["tu"]
        who = owner(lesions, trial)
        early = days(lesions, "date") <= days(trial["dm"], "reference_start")[who]
        assert len(np.unique(who[early])) == trial["dm"].num_rows
        assert set(np.array(lesions["result"].to_pylist())[~early]) == {"NEW"}

    def test_sums_of_diameters_are_sums(self, trial: dict[str, pa.Table]) -> None:
        rows = trial["tr"].select(["subject", "date", "test_code", "value"])
        each = only(rows, "test_code", "LDIAM").group_by(["subject", "date"]).aggregate([("value", "sum")])
        total = only(rows, "test_code", "SUMDIAM")
        joined = total.join(each, ["subject", "date"])
        assert joined.num_rows == total.num_rows
        assert joined["value"].to_pylist() == joined["value_sum"].to_pylist()

    def test_target_responses_follow_from_the_sums_by_recist_arithmetic(
        self, trial: dict[str, pa.Table]
    ) -> None:
        sums: dict[str, list[tuple[Any, float]]] = {}
        total = only(trial["tr"], "test_code", "SUMDIAM")
        for subject, date, value in zip(
            *(total[c].to_pylist() for c in ("subject", "date", "value")), strict=True
        ):
            sums.setdefault(subject, []).append((date, value))
        expected = {}
        for subject, rows in sums.items():
            rows.sort()
            base = nadir = rows[0][1]
            for date, value in rows[1:]:
                if value >= 1.2 * nadir - 1e-9 and value - nadir >= 5:
                    expected[subject, date] = "PD"
                else:
                    expected[subject, date] = "PR" if value <= 0.7 * base + 1e-9 else "SD"
                nadir = min(nadir, value)
        target = only(trial["rs"], "test_code", "TRGRESP")
        found = dict(
            zip(
                zip(target["subject"].to_pylist(), target["date"].to_pylist(), strict=True),
                target["result"].to_pylist(),
                strict=True,
            )
        )
        assert found == expected

    def test_overall_progression_is_growth_a_new_lesion_or_bone(self, trial: dict[str, pa.Table]) -> None:
        by_scan: dict[tuple[str, Any], dict[str, str]] = {}
        for subject, date, test, result in zip(
            *(trial["rs"][c].to_pylist() for c in ("subject", "date", "test_code", "result")), strict=True
        ):
            by_scan.setdefault((subject, date), {})[test] = result
        for tests in by_scan.values():
            parts = {tests.get("SFTSRESP"), tests.get("BONERESP")}
            assert (tests["OVRLRESP"] == "PD") == ("PD" in parts)

    def test_progression_is_the_last_scan_of_a_subject(self, trial: dict[str, pa.Table]) -> None:
        scans = only(trial["rs"], "test_code", "OVRLRESP")
        who, when = owner(scans, trial), days(scans, "date")
        last = np.full(trial["dm"].num_rows, -1)
        np.maximum.at(last, who, when)
        progressed = flags(scans, "result", "PD")
        assert np.array_equal(when[progressed], last[who[progressed]])
        assert len(np.unique(who[progressed])) == progressed.sum()

    def test_no_gap_between_scans_exceeds_two_planned_intervals(self, trial: dict[str, pa.Table]) -> None:
        scans = only(trial["rs"], "test_code", "OVRLRESP")
        who, when = owner(scans, trial), days(scans, "date")
        gap = np.diff(when)[np.diff(who) == 0]
        assert gap.max() <= 56 + 14
        start = days(trial["dm"], "reference_start")[who]
        first = np.concatenate([[True], np.diff(who) != 0])
        assert (when - start)[first].max() <= 56 + 7

    def test_event_free_subjects_are_scanned_on_their_last_day(self, trial: dict[str, pa.Table]) -> None:
        time, event, _ = times(trial)["rpfs"]
        dm = trial["dm"]
        end = days(dm, "reference_end") - days(dm, "reference_start") + 1
        free = ~event
        assert np.array_equal(time[free], end[free])

    def test_later_therapy_never_starts_before_documented_progression(
        self, trial: dict[str, pa.Table]
    ) -> None:
        later = only(trial["cm"], "category", "ANTICANCER")
        assert later.num_rows > 100
        scans = trial["rs"].filter(
            pc.and_(pc.equal(trial["rs"]["test_code"], "OVRLRESP"), pc.equal(trial["rs"]["result"], "PD"))
        )
        progressed = np.full(trial["dm"].num_rows, NEVER)
        progressed[owner(scans, trial)] = days(scans, "date")
        assert np.all(days(later, "start") > progressed[owner(later, trial)])

    def test_doses_stop_at_progression_and_at_the_maximum_of_cycles(self, trial: dict[str, pa.Table]) -> None:
        doses = only(trial["ex"], "treatment", "DRUG A")
        _, count = np.unique(owner(doses, trial), return_counts=True)
        assert count.max() == 10
        start = days(doses, "start")
        who = owner(doses, trial)
        assert np.all(np.diff(start)[np.diff(who) == 0] == 21)
        body_surface = doses["dose"].to_numpy() / 25
        assert 1.8 < body_surface.mean() < 2.1

    def test_supportive_drugs_are_not_study_treatment(self, trial: dict[str, pa.Table]) -> None:
        assert "GROWTH FACTOR" not in set(trial["ex"]["treatment"].to_pylist())
        assert "GROWTH FACTOR" in set(trial["cm"]["treatment"].to_pylist())

    def test_a_fatal_event_ends_on_the_day_of_death(self, trial: dict[str, pa.Table]) -> None:
        fatal = only(trial["ae"], "fatal", "Y")
        assert fatal.num_rows > 0
        assert set(fatal["grade"].to_pylist()) == {5}
        assert np.array_equal(days(fatal, "end"), days(trial["dm"], "death")[owner(fatal, trial)])

    def test_allocation_is_balanced_within_strata(self, trial: dict[str, pa.Table]) -> None:
        arm = flags(trial["dm"], "arm_code", "chemo")
        level: dict[str, list[str]] = {}
        for subject, value in zip(
            trial["sc"]["subject"].to_pylist(), trial["sc"]["value"].to_pylist(), strict=True
        ):
            level.setdefault(subject, []).append(value)
        strata = np.array(["|".join(level[s]) for s in trial["dm"]["subject"].to_pylist()])
        for stratum in np.unique(strata):
            members = arm[strata == stratum]
            assert abs(2 * members.sum() - len(members)) <= 3

    def test_factor_levels_have_the_planned_shares(self, trial: dict[str, pa.Table]) -> None:
        ecog = only(trial["sc"], "test_code", "ECOG")
        assert flags(ecog, "value", "2").mean() == pytest.approx(0.047, abs=0.01)
        assert set(only(trial["sc"], "test_code", "PRIORTTP")["value"].to_pylist()) == {"short", "long"}

    def test_a_status_closes_every_subject(self, trial: dict[str, pa.Table]) -> None:
        status = only(trial["ds"], "category", "SURVIVAL FOLLOW-UP")
        assert status.num_rows == trial["dm"].num_rows
        died = days(trial["dm"], "death") < NEVER
        assert np.array_equal(flags(status, "term", "DEATH"), died)


class TestRepetition:
    def test_the_same_seed_gives_the_same_records(self) -> None:
        assert digest(made(300, seed=11)) == digest(made(300, seed=11))

    def test_another_seed_gives_other_records(self) -> None:
        once, again = digest(made(300, seed=11)), digest(made(300, seed=12))
        assert all(once[name] != again[name] for name in ("dm", "rs", "lb", "ae"))

    def test_leaving_out_a_domain_shifts_no_other(self) -> None:
        whole, less = digest(made(300)), digest(made(300, simulation__adverse_events=None))
        assert "ae" not in less
        assert {name: whole[name] for name in less} == less

    def test_another_adverse_event_shifts_no_other(self) -> None:
        terms = yaml.safe_load(TEXT)["simulation"]["adverse_events"]
        more = made(300, simulation__adverse_events={**terms, "nausea": {"chemo": [0.3, 0.02]}})["ae"]
        kept = more.filter(pc.not_equal(more["term"], "nausea"))
        before = made(300)["ae"]
        for column in ("subject", "term", "start", "end"):
            assert kept[column].to_pylist() == before[column].to_pylist()


class TestTrouble:
    def test_a_protocol_without_a_plan_is_not_simulated(self) -> None:
        tables, problems = simulate(protocol(simulation=None), subjects=10, seed=1)
        assert tables is None
        assert [p.code for p in problems] == ["E505"]

    def test_medians_that_contradict_the_ratio_are_refused_with_the_numbers(self) -> None:
        wrong = {
            "medians": {"chemo": 3.7, "hormone": 8.0},
            "hazard_ratio": 0.54,
            "source": "paper",
            "versus": "hormone",
        }
        tables, problems = simulate(protocol(simulation__times__rpfs=wrong), subjects=10, seed=1)
        assert tables is None
        [problem] = [p for p in problems if p.code == "E504"]
        assert "0.54" in problem.message
        assert "3.7 and 8 months" in problem.message

    def test_an_arm_without_a_median_is_named(self) -> None:
        lacking = {"medians": {"chemo": 8.0}, "source": "paper"}
        found = [p for p in said(simulation__times__rpfs=lacking) if p.code == "E505"]
        assert "'hormone'" in found[0].message

    def test_a_design_that_lacks_the_control_median_is_named(self) -> None:
        tables, problems = simulate(protocol(), subjects=10, seed=1, calibrate="design")
        assert tables is None
        assert [p.message for p in problems if p.code == "E506"] == [
            "the design of 'survival' does not state control_median_months"
        ]

    @pytest.mark.parametrize(("subjects", "seed"), [(0, 1), (-5, 1), (10, -1), (10**8, 1)])
    def test_impossible_numbers_are_refused(self, subjects: int, seed: int) -> None:
        tables, problems = simulate(protocol(), subjects=subjects, seed=seed)
        assert tables is None
        assert {p.code for p in problems} == {"E507"}

    def test_every_problem_is_found_in_one_run(self) -> None:
        assert len(simulate(protocol(simulation=None), subjects=0, seed=-1)[1]) == 3

    def test_what_the_plan_does_not_cover_is_left_out_and_said(self) -> None:
        tables, problems = simulate(
            protocol(simulation__psa_response=None, simulation__adverse_events=None), subjects=60, seed=1
        )
        assert tables is not None
        assert tables["lb"].num_rows == 0
        assert "ae" not in tables
        left_out = [p.message for p in problems if p.code == "N502"]
        assert any(m.startswith("PSA is not simulated") for m in left_out)
        assert any(m.startswith("adverse events are not simulated") for m in left_out)

    def test_events_that_never_come_leave_the_planned_follow_up(self) -> None:
        assert "N505" in {p.code for p in said(simulation__cut_at_events={"rpfs": 256})}

    def test_a_progression_law_above_survival_is_reported(self) -> None:
        slow = {"medians": {"chemo": 30.0, "hormone": 30.0}, "source": "paper"}
        assert "N504" in {p.code for p in said(simulation__times__rpfs=slow)}

    def test_a_response_proportion_out_of_reach_is_reported(self) -> None:
        fast = {"medians": {"chemo": 0.4, "hormone": 0.3}, "source": "paper"}
        found = said(simulation__times__rpfs=fast, simulation__psa_response={"chemo": 0.9})
        assert "N506" in {p.code for p in found}

    @pytest.mark.parametrize("subjects", [1, 2, 3, 7])
    def test_tiny_trials_have_records_too(self, subjects: int) -> None:
        tables = made(subjects)
        assert tables["dm"].num_rows == subjects


class TestCalendar:
    def test_entry_starts_where_the_protocol_says(self) -> None:
        first = made(2000)["dm"]["reference_start_text"].to_pylist()
        assert min(first)[:7] == "2015-11"

    def test_a_stated_cut_off_date_is_met(self) -> None:
        tables = made(300, dates={"cut_off": "2019-03-27"})
        assert max(tables["dm"]["reference_end_text"].to_pylist()) == "2019-03-27"


@pytest.mark.parametrize("year", ["0001-01-01", "1949-12", "2101"])
def test_no_visit_is_dated_in_a_year_that_no_such_trial_saw(year: str) -> None:
    found = [p for p in said(dates={"first_enrolled": year}) if p.code == "E230"]
    assert [year in p.message for p in found] == [True]
