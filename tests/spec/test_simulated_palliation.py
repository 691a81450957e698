"""Clauses of simulated pain, skeletal events, performance status and blood counts, by a plain reading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError
from two_arm_simulation import NEVER, days, flags, hazard_ratio, made, median_months, only, owner, said

from trialist.kernels.draws import stream
from trialist.kernels.multistate import exponential
from trialist.records.simulated.pain_course import progression_days

PAIN = {
    "score": "BPI203",
    "analgesic": "ANALGES",
    "highest": 10,
    "baseline_scores": [4, 7],
    "baseline_analgesics": [0, 20],
    "at_baseline": {"chemo": 0.86, "hormone": 0.80},
    "response": {"chemo": 0.45, "hormone": 0.20},
}
PAIN_LAW = {
    "medians": {"chemo": 16.0, "hormone": 8.0},
    "hazard_ratio": 0.5,
    "versus": "hormone",
    "source": "p",
}
SKELETAL_LAW = {
    "medians": {"chemo": 24.0, "hormone": 12.0},
    "hazard_ratio": 0.5,
    "versus": "hormone",
    "source": "p",
}
NEUTROPHILS = {
    "event": "neutropenia",
    "unit": "10^9/L",
    "limits": [2.0, 7.5],
    "values": [[2.2, 6.5], [1.5, 1.9], [1.0, 1.4], [0.5, 0.9], [0.1, 0.4]],
    "at": ["cycle"],
}
STATUS = {"baseline": {"0": 0.4, "1": 0.5, "2": 0.1}, "worse_per_month": 0.10}
PLAN: dict[str, Any] = {
    "endpoints__pain": {"derive": "pain_response", "criteria": "bpi"},
    "endpoints__worse_pain": {"derive": "pain_progression", "criteria": "bpi"},
    "endpoints__skeletal": {"derive": "skeletal_event"},
    "endpoints__status": {"derive": "category_shift"},
    "simulation__pain": PAIN,
    "simulation__performance": STATUS,
    "simulation__blood_counts": {"NEUT": NEUTROPHILS},
    "simulation__times__worse_pain": PAIN_LAW,
    "simulation__times__skeletal": SKELETAL_LAW,
}
SIZE = 20_000


@pytest.fixture(scope="module")
def trial() -> dict[str, pa.Table]:
    return made(SIZE, seed=2, **PLAN)


@pytest.fixture(scope="module")
def chemo(trial: dict[str, pa.Table]) -> np.ndarray:
    return flags(trial["dm"], "arm_code", "chemo")


def day_of(table: pa.Table, tables: Mapping[str, pa.Table], column: str = "date") -> np.ndarray:
    """Days from the reference date."""
    return days(table, column) - days(tables["dm"], "reference_start")[owner(table, tables)]


def near(share: float, n: int) -> Any:
    """Within three Monte Carlo standard errors of a share, and the widening by its use as a quotient."""
    return pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / n) + 0.003)


def scores(tables: Mapping[str, pa.Table], test: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(subject, day, points), in order."""
    rows = only(tables["qs"], "test_code", test)
    return owner(rows, tables), day_of(rows, tables), rows["value"].to_numpy()


def at_baseline(who: np.ndarray, day: np.ndarray, value: np.ndarray) -> np.ndarray:
    found = np.full(SIZE, np.nan)
    found[who[day == 0]] = value[day == 0]
    return found


def from_day_on(who: np.ndarray, day: np.ndarray, met: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last day of each subject on which it was met; NEVER and -1 where it never was."""
    first, last = np.full(SIZE, NEVER), np.full(SIZE, -1)
    np.minimum.at(first, who[met], day[met])
    np.maximum.at(last, who[met], day[met])
    return first, last


def pain_times(tables: Mapping[str, pa.Table]) -> tuple[np.ndarray, np.ndarray]:
    """(days, event): at least 30 % up (2 points from 0), confirmed 21 days later, and never taken back."""
    who, day, pain = scores(tables, "BPI203")
    base = at_baseline(who, day, pain)
    high = (day > 0) & (pain >= np.where(base[who] == 0, 2, 1.3 * base[who]))
    first, last = from_day_on(who, day, high)
    assert not np.any((day > first[who]) & ~high)
    event = first < NEVER
    assert np.all((last - first)[event] >= 21)
    asked = np.zeros(SIZE, dtype=np.int64)
    np.maximum.at(asked, who, day)
    return np.where(event, first, asked) + 1, event


def surviving(time: np.ndarray, event: np.ndarray, at: int) -> float:
    """Kaplan-Meier estimate at a time in days."""
    risk = len(time) - np.concatenate([[0], np.cumsum(np.bincount(time))])[: time.max() + 1]
    steps = 1 - np.bincount(time, weights=event) / np.maximum(risk, 1)
    return float(np.prod(steps[: at + 1]))


class TestEveryRecord:
    def test_nothing_is_dated_after_death_dropout_or_cut_off(self, trial: dict[str, pa.Table]) -> None:
        end = days(trial["dm"], "reference_end")
        for name, column in (("qs", "date"), ("lb", "date"), ("ce", "start"), ("pr", "start")):
            assert trial[name].num_rows > 0
            assert np.all(days(trial[name], column) <= end[owner(trial[name], trial)]), name

    def test_one_seed_gives_one_set_of_records_and_another_seed_another(self) -> None:
        first, again, other = (made(300, seed=seed, **PLAN) for seed in (7, 7, 8))
        for name in ("qs", "ce", "pr", "lb"):
            assert first[name].equals(again[name]), name
            assert not first[name].equals(other[name]), name

    def test_a_plan_of_pain_changes_no_record_of_another_kind(self) -> None:
        """Every part has a random stream of its own; but later therapy waits for a rise to be confirmed."""
        without = ("performance", "blood_counts")
        bare = made(300, seed=7)
        full = made(300, seed=7, **{k: v for k, v in PLAN.items() if k.split("__")[-1] not in without})
        assert set(full) - set(bare) == {"qs", "ce", "pr"}
        for name in set(bare) - {"cm"}:
            assert full[name].equals(bare[name]), name


class TestPain:
    def test_both_scores_are_taken_together_in_whole_points_of_their_scale(
        self, trial: dict[str, pa.Table]
    ) -> None:
        (who, day, pain), (people, when, drugs) = scores(trial, "BPI203"), scores(trial, "ANALGES")
        assert np.array_equal(who, people)
        assert np.array_equal(day, when)
        assert np.array_equal(pain, np.rint(pain))
        assert set(np.unique(pain)) <= set(range(11))
        assert 0 <= drugs.min() <= drugs.max() <= 30

    def test_the_planned_share_has_pain_at_baseline(
        self, trial: dict[str, pa.Table], chemo: np.ndarray
    ) -> None:
        base = at_baseline(*scores(trial, "BPI203"))
        assert (base[chemo] > 0).mean() == near(0.86, SIZE // 2)
        assert (base[~chemo] > 0).mean() == near(0.80, SIZE // 2)
        assert set(np.unique(base)) == {0, 4, 5, 6, 7}

    def test_relief_is_confirmed_in_the_planned_share_of_who_had_pain(
        self, trial: dict[str, pa.Table], chemo: np.ndarray
    ) -> None:
        """At least 30 % down without more analgesics, at two visits 21 days apart and all between."""
        (who, day, pain), (_, _, drugs) = scores(trial, "BPI203"), scores(trial, "ANALGES")
        base, before = at_baseline(who, day, pain), at_baseline(who, day, drugs)
        low = (day > 0) & (pain <= 0.7 * base[who]) & (base[who] > 0) & (drugs <= before[who])
        first, last = from_day_on(who, day, low)
        assert not np.any((day > first[who]) & (day < last[who]) & ~low)
        relieved = last - first >= 21
        assert relieved[chemo & (base > 0)].mean() == near(0.45, (chemo & (base > 0)).sum())
        assert relieved[~chemo & (base > 0)].mean() == near(0.20, (~chemo & (base > 0)).sum())
        assert not np.any(relieved & (base == 0))

    def test_progression_follows_its_law_up_to_the_last_score(
        self, trial: dict[str, pa.Table], chemo: np.ndarray
    ) -> None:
        time, event = pain_times(trial)
        assert median_months(time[~chemo], event[~chemo]) == pytest.approx(8.0, rel=0.06)
        assert hazard_ratio(time, event, chemo.astype(float)) == pytest.approx(0.5, rel=0.08)

    def test_no_later_therapy_starts_before_a_rise_is_confirmed(self, trial: dict[str, pa.Table]) -> None:
        who, day, _ = scores(trial, "BPI203")
        last = np.full(SIZE, -1)
        np.maximum.at(last, who, day)
        later = only(trial["cm"], "category", "ANTICANCER")
        assert np.all(day_of(later, trial, "start") > last[owner(later, trial)])


COMPOSITE = {
    "derive": "progression_free_survival",
    "first_of": ["radiographic_progression", "psa_progression", "pain_progression", "death"],
    "soft_tissue": "recist_1_1",
    "bone": "pcwg2",
    "psa": "pcwg2",
    "pain": "bpi",
}
COMPOSITE_LAW = {"medians": {"chemo": 4.4, "hormone": 2.7}, "hazard_ratio": 0.52, "versus": "hormone"}


@pytest.fixture(scope="module")
def both() -> dict[str, pa.Table]:
    law = COMPOSITE_LAW | {"source": "paper"}
    return made(SIZE, seed=2, **PLAN, endpoints__pfs=COMPOSITE, simulation__times__pfs=law)


class TestPainInAComposite:
    """A composite of imaging, PSA, pain and death keeps its law, and pain keeps its own."""

    def test_no_pain_progresses_before_the_composite_does(self, both: dict[str, pa.Table]) -> None:
        """Whose pain is worse has progressed by imaging, or has a PSA of 1.5 times its nadir, by then."""
        who, day, pain = scores(both, "BPI203")
        base = at_baseline(who, day, pain)
        high = (day > 0) & (pain >= np.where(base[who] == 0, 2, 1.3 * base[who]))
        first, _ = from_day_on(who, day, high)
        scans = only(both["rs"], "test_code", "OVRLRESP")
        seen = np.full(SIZE, NEVER)
        progressed = flags(scans, "result", "PD")
        np.minimum.at(seen, owner(scans, both)[progressed], day_of(scans, both)[progressed])
        psa = only(both["lb"], "test_code", "PSA")
        people, when, value = owner(psa, both), day_of(psa, both), psa["value"].to_numpy()
        nadir = np.full(SIZE, np.inf)
        before = when < first[people]
        np.minimum.at(nadir, people[before], value[before])
        last = np.full(SIZE, -1)
        until = when <= first[people]
        np.maximum.at(last, people[until], when[until])
        risen = np.zeros(SIZE, dtype=bool)
        at_last = when == last[people]
        risen[people[at_last]] = value[at_last] >= 1.49 * nadir[people[at_last]]
        worse = first < NEVER
        assert worse.sum() > 1000
        assert np.all((seen <= first)[worse] | risen[worse])

    def test_pain_progression_keeps_its_law(self, both: dict[str, pa.Table], chemo: np.ndarray) -> None:
        time, event = pain_times(both)
        assert median_months(time[~chemo], event[~chemo]) == pytest.approx(8.0, rel=0.06)
        assert hazard_ratio(time, event, chemo.astype(float)) == pytest.approx(0.5, rel=0.08)


def test_those_at_risk_follow_the_law_though_few_of_them_can_progress() -> None:
    """Half can from day 1 on, half from day 50 on; the median, 100 days, is that of all of them."""
    size = 200_000
    earliest = np.repeat([1, 50], size // 2)
    until = np.tile([60, 400], size // 2)
    hazard = stream(1, "test").standard_exponential(size)
    day = progression_days(exponential(100.0), earliest, until, hazard)
    assert np.all(day >= earliest)
    seen = day <= until
    time = np.where(seen, day, until) + 1
    for at, share in ((25, 2**-0.25), (50, 2**-0.5), (100, 0.5), (200, 0.25)):
        assert surviving(time, seen, at) == pytest.approx(share, abs=0.006), at


def test_what_nobody_can_show_at_first_is_made_up_later() -> None:
    """Nobody can progress before day 50: as many have progressed on day 51 as the law wants."""
    size = 100_000
    hazard = stream(2, "test").standard_exponential(size)
    day = progression_days(exponential(100.0), np.full(size, 50), np.full(size, 400), hazard)
    assert day.min() == 50
    assert (day > 51).mean() == pytest.approx(0.5 ** (52.5 / 100), abs=0.006)


class TestSkeletalEvents:
    def test_a_subject_has_one_event_at_most_after_day_0(self, trial: dict[str, pa.Table]) -> None:
        who = np.concatenate([owner(trial[name], trial) for name in ("ce", "pr")])
        assert len(np.unique(who)) == len(who)
        assert all(day_of(trial[name], trial, "start").min() >= 1 for name in ("ce", "pr"))

    def test_the_first_event_follows_its_law(self, trial: dict[str, pa.Table], chemo: np.ndarray) -> None:
        dm = trial["dm"]
        time = days(dm, "reference_end") - days(dm, "reference_start")
        event = np.zeros(SIZE, dtype=bool)
        for name in ("ce", "pr"):
            who = owner(trial[name], trial)
            time[who], event[who] = day_of(trial[name], trial, "start"), True
        time += 1
        assert median_months(time[~chemo], event[~chemo]) == pytest.approx(12.0, rel=0.05)
        assert median_months(time[chemo], event[chemo]) == pytest.approx(24.0, rel=0.05)
        assert hazard_ratio(time, event, chemo.astype(float)) == pytest.approx(0.5, rel=0.06)

    def test_each_kind_that_the_endpoint_names_is_equally_frequent(self, trial: dict[str, pa.Table]) -> None:
        kinds = [*trial["ce"]["term"].to_pylist(), *trial["pr"]["procedure"].to_pylist()]
        named, counts = np.unique(kinds, return_counts=True)
        assert set(named) == {
            "SYMPTOMATIC PATHOLOGICAL FRACTURE",
            "SPINAL CORD COMPRESSION",
            "EXTERNAL BEAM RADIOTHERAPY",
            "TUMOUR-RELATED ORTHOPAEDIC SURGERY",
        }
        assert all(count / len(kinds) == near(0.25, len(kinds)) for count in counts)
        beams = only(trial["pr"], "category", "RADIOTHERAPY")
        assert set(beams["indication"].to_pylist()) == {"BONE PAIN"}

    def test_a_kind_that_is_no_part_of_the_endpoint_does_not_occur(self) -> None:
        few = {"derive": "skeletal_event", "first_of": ["spinal_cord_compression"]}
        tables = made(400, **(PLAN | {"endpoints__skeletal": few}))
        assert set(tables["ce"]["term"].to_pylist()) == {"SPINAL CORD COMPRESSION"}
        assert tables["pr"].num_rows == 0

    def test_without_a_law_of_skeletal_events_no_table_says_that_there_were_none(self) -> None:
        tables = made(60, **{k: v for k, v in PLAN.items() if not k.endswith("times__skeletal")})
        assert "ce" not in tables
        assert tables["pr"].num_rows == 0


class TestPerformanceStatus:
    def test_grades_start_at_the_planned_shares(self, trial: dict[str, pa.Table]) -> None:
        base = at_baseline(*scores(trial, "ECOG101"))
        for grade, share in ((0, 0.4), (1, 0.5), (2, 0.1)):
            assert (base == grade).mean() == near(share, SIZE)

    def test_grades_never_get_better_and_end_at_4(self, trial: dict[str, pa.Table]) -> None:
        who, day, grade = scores(trial, "ECOG101")
        assert np.all(np.diff(day)[np.diff(who) == 0] > 0)
        assert np.all(np.diff(grade)[np.diff(who) == 0] >= 0)
        assert grade.max() == 4

    def test_the_planned_share_is_worse_after_a_month(self, trial: dict[str, pa.Table]) -> None:
        who, day, grade = scores(trial, "ECOG101")
        base = at_baseline(who, day, grade)
        seen = day == 42
        expected = 1 - 0.9 ** (42 / 30.4375)
        assert (grade > base[who])[seen].mean() == near(expected, seen.sum())


class TestBloodCounts:
    def test_the_worst_value_has_the_grade_of_the_event(self, trial: dict[str, pa.Table]) -> None:
        """By the cuts of CTCAE: below the lower limit of 2.0, below 1.5, 1.0 and 0.5 x 10^9/L."""
        rows = only(trial["lb"], "test_code", "NEUT")
        who, day, value = owner(rows, trial), day_of(rows, trial), rows["value"].to_numpy()
        first_dose = days(trial["dm"], "first_dose") - days(trial["dm"], "reference_start")
        later = day > np.minimum(first_dose, 10**6)[who]
        worst = np.zeros(SIZE, dtype=np.int64)
        grade = (value[:, None] < np.array([2.0, 1.5, 1.0, 0.5])).sum(axis=1)
        np.maximum.at(worst, who[later], grade[later])
        events = only(trial["ae"], "term", "neutropenia")
        told = np.zeros(SIZE, dtype=np.int64)
        told[owner(events, trial)] = np.minimum(events["grade"].to_numpy(), 4)
        followed = np.zeros(SIZE, dtype=bool)
        followed[who[later]] = True
        assert np.array_equal(worst[followed], told[followed])
        assert followed.mean() > 0.98
        assert set(grade[~later]) == {0}

    def test_values_carry_their_unit_and_limits_of_normal(self, trial: dict[str, pa.Table]) -> None:
        rows = only(trial["lb"], "test_code", "NEUT")
        for column, said_ in (("unit", "10^9/L"), ("lower_limit", 2.0), ("upper_limit", 7.5)):
            assert set(rows[column].to_pylist()) == {said_}
        psa = only(trial["lb"], "test_code", "PSA")
        assert psa["lower_limit"].null_count == psa.num_rows

    def test_one_value_a_day(self, trial: dict[str, pa.Table]) -> None:
        rows = only(trial["lb"], "test_code", "NEUT").select(["subject", "date"])
        assert rows.group_by(["subject", "date"]).aggregate([]).num_rows == rows.num_rows


class TestWhatIsSaid:
    @pytest.mark.parametrize(
        ("lacking", "message"),
        [
            ("simulation__pain", "pain scores are not simulated"),
            ("simulation__times__worse_pain", "pain progression is not simulated"),
            ("simulation__times__skeletal", "symptomatic skeletal events are not simulated"),
            ("simulation__performance", "performance status is not simulated"),
        ],
    )
    def test_what_has_no_plan_is_left_out_and_named(self, lacking: str, message: str) -> None:
        plan = {word: what for word, what in PLAN.items() if word != lacking}
        told = [p.message for p in said(**plan) if p.code == "N502"]
        assert any(each.startswith(message) for each in told)
        assert not any(each.startswith(message) for each in [p.message for p in said(**PLAN)])

    def test_a_graded_test_without_values_is_named(self) -> None:
        platelets = {"derive": "laboratory_grade", "version": "5.0", "term": "Platelet count decreased"}
        told = [p.message for p in said(endpoints__platelets=platelets) if p.code == "N502"]
        assert "PLAT is not simulated because the plan has no values of this test" in told

    def test_a_calendar_that_the_schedule_does_not_name_is_said_to_be_assumed(self) -> None:
        told = [p.message for p in said(**PLAN) if p.code == "N503"]
        assert any(each.startswith("pain is asked for every 21 days") for each in told)
        assert any(each.startswith("performance status is assessed every 21 days") for each in told)

    def test_relief_that_nobody_lives_to_show_is_out_of_reach(self) -> None:
        fast = {"medians": {"chemo": 0.4, "hormone": 0.3}, "source": "paper"}
        told = [p.message for p in said(**(PLAN | {"simulation__times__rpfs": fast})) if p.code == "N506"]
        assert any("pain response" in each for each in told)

    @pytest.mark.parametrize(
        ("word", "wrong", "message"),
        [
            ("pain", PAIN | {"baseline_scores": [4, 8]}, "can't rise"),
            ("pain", PAIN | {"baseline_scores": [7, 4]}, "lowest score first"),
            ("pain", PAIN | {"baseline_scores": [0, 4]}, "from 1 on"),
            ("performance", STATUS | {"baseline": {"0": 0.4, "1": 0.4}}, "do not add up to 1"),
            ("performance", STATUS | {"baseline": {"5": 1.0}}, "no grade of a living subject"),
            ("blood_counts", {"NEUT": NEUTROPHILS | {"limits": [7.5, 2.0]}}, "lower value first"),
        ],
    )
    def test_a_part_that_contradicts_itself_is_refused(self, word: str, wrong: Any, message: str) -> None:
        with pytest.raises(ValidationError, match=message):
            said(**(PLAN | {f"simulation__{word}": wrong}))
