"""Clauses of a trial's conduct in its simulation: scans, dropout, crossover, effects that change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pydantic import ValidationError
from test_simulated_records import digest
from two_arm_simulation import NEVER, days, flags, made, only, owner, protocol, said, times

from trialist.protocol.check import check_protocol
from trialist.records.simulated.laws import laws
from trialist.units import DAYS_PER_MONTH

Tables = Mapping[str, pa.Table]
SIZE = 3000
BOTH = ("chemo", "hormone")


def conducted(size: int = SIZE, **words: Any) -> Tables:
    return made(size, simulation__conduct=words)


def on_scans(size: int = SIZE, **words: Any) -> Tables:
    return conducted(size, progression_seen="next_scan", **words)


def exact_scans(**words: Any) -> Tables:
    """Scans on their very days: every 56 days, without windows."""
    visits = protocol().plan.schedule.visits
    scan = {"epoch": "treatment", "day": 56, "every": "56 d", "timeline": "scans"}
    cycle = {"epoch": "treatment", "day": 0, "every": "21 d", "window": [2, 2]}
    assert set(visits) == {"cycle", "scan"}
    return made(
        SIZE,
        schedule__visits={"cycle": cycle, "scan": scan},
        schedule__specimens=None,
        simulation__conduct={"progression_seen": "next_scan", **words},
    )


def progression(tables: Tables) -> np.ndarray:
    """Day of the scan read as progression, of each subject; NEVER without one."""
    scans = only(tables["rs"], "test_code", "OVRLRESP")
    shown = flags(scans, "result", "PD")
    who, when = owner(scans, tables), days(scans, "date")
    day = np.full(tables["dm"].num_rows, NEVER)
    day[who[shown]] = (when - days(tables["dm"], "reference_start")[who])[shown]
    return day


def scans(tables: Tables) -> tuple[np.ndarray, np.ndarray]:
    """(subject, day) of every scan after baseline."""
    rows = only(tables["rs"], "test_code", "OVRLRESP")
    who = owner(rows, tables)
    return who, days(rows, "date") - days(tables["dm"], "reference_start")[who]


def ends(tables: Tables) -> tuple[np.ndarray, np.ndarray]:
    """(day of death, last day in the trial) of each subject."""
    dm = tables["dm"]
    start, death = days(dm, "reference_start"), days(dm, "death")
    return np.where(death < NEVER, death - start, NEVER), days(dm, "reference_end") - start


def in_chemo(tables: Tables) -> np.ndarray:
    return flags(tables["dm"], "arm_code", "chemo")


@pytest.fixture(scope="module")
def plain() -> Tables:
    return made(SIZE)


@pytest.fixture(scope="module")
def seen_on_scans() -> Tables:
    return on_scans()


class TestScans:
    def test_a_conduct_without_a_word_changes_nothing(self) -> None:
        assert digest(conducted(200)) == digest(made(200))

    def test_progression_is_documented_by_the_first_scan_on_its_day_or_after(self, plain: Tables) -> None:
        """The same subjects progress on the same latent days: every documented day follows by arithmetic."""
        found = exact_scans()
        latent, documented = progression(plain), progression(found)
        death, end = ends(found)
        first_scan = np.maximum(-(-latent // 56) * 56, 56)
        known = (latent < NEVER) & (first_scan < death) & (first_scan <= end)
        assert known.sum() > 1500
        assert np.array_equal(documented[known], first_scan[known])
        assert np.all(documented[(latent < NEVER) & (first_scan >= death)] == NEVER)

    def test_an_arm_with_a_longer_interval_is_seen_to_progress_later(self, plain: Tables) -> None:
        found = exact_scans(scan_interval={"chemo": "112 d"})
        latent, documented, chemo = progression(plain), progression(found), in_chemo(found)
        both = (latent < NEVER) & (documented < NEVER)
        assert np.all(documented[both & chemo] == np.maximum(-(-latent // 112) * 112, 112)[both & chemo])
        assert np.all(documented[both & ~chemo] == np.maximum(-(-latent // 56) * 56, 56)[both & ~chemo])

    def test_scans_that_are_late_in_one_arm_come_that_many_days_after_their_planned_day(self) -> None:
        found = exact_scans(scan_delay={"hormone": "10 d"})
        who, day = scans(found)
        chemo = in_chemo(found)[who]
        assert set(day[chemo] % 56) == {0}
        assert set(day[~chemo] % 56) == {10}

    def test_the_planned_share_of_scans_is_missed(self, plain: Tables) -> None:
        """With progression on its own day, those before it are as many as without misses, less the share."""
        found = conducted(missed_assessments={"chemo": 0.3})
        whole, left = (
            np.bincount(in_chemo(plain)[scans(plain)[0]]),
            np.bincount(in_chemo(found)[scans(found)[0]]),
        )
        closing = np.bincount(in_chemo(plain)[np.unique(scans(plain)[0])])
        share = (left[1] - closing[1]) / (whole[1] - closing[1])
        assert share == pytest.approx(0.7, abs=0.03)
        assert left[0] == pytest.approx(whole[0], rel=0.02)

    def test_the_more_scans_are_missed_the_later_progression_is_seen(self, seen_on_scans: Tables) -> None:
        some = progression(on_scans(missed_assessments=dict.fromkeys(BOTH, 0.2)))
        many = progression(on_scans(missed_assessments=dict.fromkeys(BOTH, 0.5)))
        none = progression(seen_on_scans)
        for less, more in ((none, some), (some, many)):
            known = (less < NEVER) & (more < NEVER)
            assert np.all(more[known] >= less[known])
            assert np.mean(more[known]) > np.mean(less[known]) + 5

    def test_a_progression_is_read_late_with_the_planned_probability(self, seen_on_scans: Tables) -> None:
        found = on_scans(read_late={"chemo": 0.3, "hormone": 0.0})
        first, later = progression(seen_on_scans), progression(found)
        known = (first < NEVER) & (later < NEVER)
        chemo = in_chemo(found)
        assert np.mean(later[known & chemo] > first[known & chemo]) == pytest.approx(0.25, abs=0.06)
        assert np.mean(later[known & ~chemo] == first[known & ~chemo]) > 0.99

    def test_a_scan_before_progression_is_read_as_one_with_the_planned_probability(self) -> None:
        found = on_scans(read_early={"hormone": 0.1})
        plain_day = progression(made(SIZE))
        who, day = scans(found)
        early = (day < plain_day[who]) & ~in_chemo(found)[who]
        read = day == progression(found)[who]
        assert early.sum() > 1000
        assert read[early].mean() == pytest.approx(0.1, abs=0.02)
        assert not read[(day < plain_day[who]) & in_chemo(found)[who]].any()

    def test_who_has_no_event_is_censored_at_the_last_scan_made(self, seen_on_scans: Tables) -> None:
        time, event, _ = times(seen_on_scans)["rpfs"]
        _, end = ends(seen_on_scans)
        gap = (end + 1 - time)[~event & (end > 100)]
        assert gap.mean() > 10
        assert gap.max() <= 56 + 14

    def test_no_scan_comes_after_death_dropout_progression_or_cut_off(self) -> None:
        found = on_scans(
            missed_assessments=dict.fromkeys(BOTH, 0.1),
            read_early={"chemo": 0.05},
            read_late={"hormone": 0.1},
        )
        who, day = scans(found)
        death, end = ends(found)
        assert np.all(day <= end[who])
        assert np.all(day < death[who])
        assert np.all(day <= progression(found)[who])

    def test_a_scan_early_in_its_window_may_be_the_last_before_the_cut_off(self) -> None:
        """The cut-off is on day 391, the seventh scan is planned for day 392."""
        found = made(
            400,
            simulation__accrual_months=0.1,
            simulation__follow_up_months=12.75,
            simulation__cut_at_events={"rpfs": 250},  # not reached: the planned follow-up ends the trial
            simulation__conduct={"progression_seen": "next_scan"},
        )
        _, day = scans(found)
        assert ends(found)[1].max() == 391
        assert ((day > 385) & (day <= 391)).any()


class TestDropout:
    def test_the_planned_share_leaves_the_day_before_progression(self, plain: Tables) -> None:
        found = conducted(dropout_before_progression={"chemo": 0.25})
        before, after = progression(plain), progression(found)
        _, end = ends(found)
        chemo = in_chemo(found)
        could = (before < NEVER) & (before > 1) & (before <= end + 1)
        gone = could & (after == NEVER)
        assert gone[could & chemo].mean() == pytest.approx(0.25, abs=0.03)
        assert not gone[could & ~chemo].any()
        assert np.array_equal(end[gone], before[gone] - 1)


class TestCrossover:
    WORDS = {"hormone": {"share": 0.4, "hazard_ratio": 0.5, "after": "20 d"}}  # noqa: RUF012

    def test_the_planned_share_starts_a_new_therapy_that_many_days_after_progression(self) -> None:
        found = conducted(crossover=self.WORDS)
        first = progression(found)
        later = only(found["cm"], "category", "ANTICANCER")
        who = owner(later, found)
        begin = days(later, "start") - days(found["dm"], "reference_start")[who]
        death, end = ends(found)
        crossed = np.zeros(len(first), dtype=bool)
        crossed[who[begin == first[who] + 20]] = True
        able = (first < NEVER) & (first + 20 < death) & (first + 20 <= end)
        hormone = ~in_chemo(found)
        other = crossed[able & ~hormone].mean()  # a therapy of the usual kind may start on that day too
        assert crossed[able & hormone].mean() == pytest.approx(0.4 + 0.6 * other, abs=0.04)

    def test_only_who_crosses_over_dies_later(self, plain: Tables) -> None:
        found = conducted(crossover=self.WORDS)
        before, after = ends(plain)[0], ends(found)[0]
        known = (before < NEVER) & (after < NEVER)
        assert np.all(after[known] >= before[known])
        assert np.array_equal(before[in_chemo(found)], after[in_chemo(found)])
        assert np.mean(after[known & ~in_chemo(found)] > before[known & ~in_chemo(found)]) > 0.05

    def test_a_ratio_of_one_moves_no_death(self, plain: Tables) -> None:
        same = conducted(crossover={"hormone": {"share": 0.9, "hazard_ratio": 1.0}})
        assert np.array_equal(ends(plain)[0], ends(same)[0])


class TestChangingEffect:
    def test_the_hazard_ratio_of_each_period_is_the_planned_one(self) -> None:
        law = {
            "medians": {"hormone": 10.0},
            "hazard_ratios": [[0, 1.0], [3, 0.5], [12, 0.8]],
            "versus": "hormone",
            "source": "paper",
        }
        found, problems = laws(protocol(simulation__times={"os": law}), "published")
        assert found is not None, problems
        chemo, hormone = found.alive
        assert chemo is not None
        assert hormone is not None
        edges = np.array([0.0, 3.0, 12.0, 60.0]) * DAYS_PER_MONTH
        assert np.diff(chemo.at(edges)) / np.diff(hormone.at(edges)) == pytest.approx([1.0, 0.5, 0.8])
        assert hormone.survival(np.array([10.0 * DAYS_PER_MONTH]))[0] == pytest.approx(0.5)
        back = chemo.time(chemo.at(np.array([10.0, 200.0, 900.0])))
        assert back == pytest.approx([10.0, 200.0, 900.0])

    def test_both_arms_follow_one_law_under_the_null(self) -> None:
        found, _ = laws(protocol(), "null")
        assert found is not None
        assert found.free[0] == found.free[1]
        assert found.alive[0] == found.alive[1]
        assert found.free[1] == laws(protocol(), "published")[0].free[1]  # type: ignore[union-attr]

    def test_ratios_by_period_need_the_median_of_the_arm_in_the_denominator(self) -> None:
        law = {
            "medians": {"chemo": 10.0},
            "hazard_ratios": [[0, 0.7]],
            "versus": "hormone",
            "source": "paper",
        }
        assert "E505" in {problem.code for problem in said(simulation__times={"os": law})}


class TestProblems:
    @pytest.mark.parametrize(
        ("words", "why"),
        [
            ({"read_late": {"chemo": 0.1}}, "needs progression_seen: next_scan"),
            ({"looks": {"rpfs": [100, 50]}}, "rising order"),
            ({"looks": {"rpfs": [100], "os": [50]}}, "one endpoint"),
            ({"missed_assessments": {"chemo": 1.2}}, "less than or equal to 1"),
        ],
    )
    def test_words_that_contradict_each_other_are_refused(self, words: dict[str, Any], why: str) -> None:
        with pytest.raises(ValidationError, match=why):
            protocol(simulation__conduct=words)

    def test_ratios_by_period_start_at_0_and_stand_alone(self) -> None:
        law = {"medians": {"hormone": 10.0}, "source": "paper"}
        for wrong in ({"hazard_ratios": [[1, 0.5]]}, {"hazard_ratios": [[0, 0.5]], "hazard_ratio": 0.5}):
            with pytest.raises(ValidationError):
                protocol(simulation__times={"os": {**law, **wrong}})

    def test_an_arm_that_the_trial_does_not_have_is_found(self) -> None:
        found = check_protocol(protocol(simulation__conduct={"missed_assessments": {"chmo": 0.1}}))
        assert any("chmo" in problem.message for problem in found)

    def test_looks_at_an_endpoint_without_a_law_are_told(self) -> None:
        found = said(simulation__conduct={"looks": {"psa50": [10]}})
        assert any(problem.code == "N502" and "psa50" in problem.message for problem in found)

    def test_every_scan_missed_leaves_no_progression_and_no_error(self) -> None:
        found = on_scans(200, missed_assessments=dict.fromkeys(BOTH, 1.0))
        assert found["rs"].num_rows == 0
        assert pc.sum(pc.is_valid(found["dm"]["death"])).as_py() > 20
