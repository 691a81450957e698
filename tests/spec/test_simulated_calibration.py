"""Clauses of calibration: published medians, ratios and proportions come back from simulated records."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest
import yaml
from two_arm_simulation import (
    NEVER,
    TEXT,
    days,
    flags,
    hazard_ratio,
    made,
    median_months,
    only,
    owner,
    said,
    times,
)


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
