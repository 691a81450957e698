"""Reconstruction from published curves gives back what was published."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialist.kernels.reconstruction import Reconstruction, reconstruct, survival_at
from trialist.problems import Problem
from trialist.protocol.model import Protocol, TrialProtocol
from trialist.records.domains import DOMAINS
from trialist.records.reconstructed import reconstruct_records

HERE = Path(__file__).parent


def columns(path: Path) -> tuple[np.ndarray, np.ndarray]:
    table = np.genfromtxt(path, delimiter=",", skip_header=1)
    return table[:, 0], table[:, 1]


def published(endpoint: str, events: int | None = None) -> Reconstruction:
    time, risk = columns(HERE / "curves" / f"{endpoint}_cbzp_nrisk.csv")
    points = columns(HERE / "curves" / f"{endpoint}_cbzp_digitised.csv")
    return reconstruct(points, (time, risk.astype(np.int64)), events)


def median(time: np.ndarray, event: np.ndarray) -> float:
    grid = np.unique(time)
    return float(grid[np.argmax(survival_at(time, event, grid) <= 0.5)])


def hazard_ratio(first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]) -> float:
    """Cox, Breslow ties, by Newton's method, written for this test alone."""
    time, event = (np.concatenate(pair) for pair in zip(first, second, strict=True))
    arm = np.repeat([1.0, 0.0], [len(first[0]), len(second[0])])
    beta = 0.0
    for _ in range(25):
        score = information = 0.0
        for when in np.unique(time[event == 1]):
            risk, dead = time >= when, (time == when) & (event == 1)
            weight = np.exp(beta * arm[risk])
            mean = float((weight * arm[risk]).sum() / weight.sum())
            score += float(arm[dead].sum()) - dead.sum() * mean
            information += dead.sum() * mean * (1 - mean)
        beta += score / information
    return float(np.exp(beta))


def sampled(time: np.ndarray, event: np.ndarray) -> Reconstruction:
    """A curve read off every 0.1 months, and numbers at risk every 3 months, as under a figure."""
    grid, printed = np.arange(0, time.max(), 0.1), np.arange(0, time.max(), 3.0)
    risk = np.array([(time >= when - 1e-9).sum() for when in printed], dtype=np.int64)
    return reconstruct((grid, survival_at(time, event, grid)), (printed, risk))


class TestPublishedCurves:
    def test_overall_survival_has_the_published_median(self) -> None:
        made = published("os", 234)
        assert made.refused == ()
        assert 14.1 <= median(made.time, made.event) <= 16.1

    def test_overall_survival_comes_within_two_percent_of_the_published_deaths(self) -> None:
        assert abs(int(published("os").event.sum()) - 234) <= 5

    def test_progression_free_survival_has_the_published_median(self) -> None:
        made = published("pfs")
        assert made.refused == ()
        assert 2.3 <= median(made.time, made.event) <= 3.3

    def test_the_fit_is_reported_at_each_printed_time(self) -> None:
        fit = published("pfs").fit
        assert fit is not None
        assert fit.times_at_risk == (0, 3, 6, 9, 12, 15, 18, 21)
        assert fit.printed == (378, 168, 90, 52, 15, 4, 0, 0)
        assert all(abs(a - b) <= 2 for a, b in zip(fit.printed, fit.rebuilt, strict=True))
        assert fit.largest < 0.01

    def test_nobody_is_followed_beyond_a_printed_zero(self) -> None:
        assert published("pfs").time.max() < 18


class TestClosedLoop:
    @pytest.mark.parametrize("name", ["PREVAIL_1A", "PREVAIL_1B"])
    def test_curves_of_known_patients_give_back_their_hazard_ratio(self, name: str) -> None:
        with (HERE / "data" / f"{name}.csv").open() as file:
            rows = list(csv.DictReader(file))
        known, again = [], []
        for arm in ("enzalutamide", "placebo"):
            time = np.array([float(r["time"]) for r in rows if r["arm"] == arm])
            event = np.array([int(r["event"]) for r in rows if r["arm"] == arm])
            made = sampled(time, event)
            assert made.refused == ()
            assert abs(int(made.event.sum()) - int(event.sum())) <= 3
            known.append((time, event))
            again.append((made.time, made.event))
        assert hazard_ratio(*again) == pytest.approx(hazard_ratio(*known), rel=0.025)

    @settings(max_examples=25, deadline=None, derandomize=True)
    @given(
        rate=st.floats(0.03, 0.5),
        loss=st.floats(0.0, 0.2),
        patients=st.integers(20, 300),
        seed=st.integers(0, 10_000),
    )
    def test_any_trial_gives_back_its_own_curve(
        self, rate: float, loss: float, patients: int, seed: int
    ) -> None:
        rng = np.random.default_rng(seed)
        death = rng.exponential(1 / rate, patients)
        out = np.minimum(rng.exponential(1 / loss, patients) if loss > 0.001 else np.inf, 24.0)
        time, event = np.minimum(death, out), (death <= out).astype(np.int64)
        made = sampled(time, event)
        assert made.refused == ()
        assert len(made.time) == patients
        grid = np.arange(0, float(time.max()), 0.1)
        curve = survival_at(time, event, grid)
        risk = np.array([(time >= when).sum() for when in grid])
        gap = np.abs(survival_at(made.time, made.event, grid) - curve)
        assert (gap - 1.5 * curve / np.maximum(risk, 1)).max() < 0.02, "more than one event's height away"


class TestRefusal:
    POINTS = (np.array([0.0, 2.0, 4.0, 6.0]), np.array([1.0, 0.8, 0.6, 0.5]))
    RISK = (np.array([0.0, 3.0]), np.array([100, 75]))

    def test_numbers_at_risk_must_not_increase(self) -> None:
        made = reconstruct(self.POINTS, (np.array([0.0, 3.0, 6.0]), np.array([100, 75, 80])))
        assert made.refused == ("the number at risk increases from 75 to 80 at time 6",)
        assert len(made.time) == 0

    def test_there_can_be_no_more_events_than_patients(self) -> None:
        assert reconstruct(self.POINTS, self.RISK, 101).refused == ("101 events are stated for 100 patients",)

    def test_survival_must_not_rise_by_more_than_digitising_explains(self) -> None:
        points = (self.POINTS[0], np.array([1.0, 0.8, 0.9, 0.5]))
        assert "survival rises by 0.100" in reconstruct(points, self.RISK).refused[0]

    def test_a_small_rise_is_smoothed_and_reported(self) -> None:
        points = (self.POINTS[0], np.array([1.0, 0.80, 0.81, 0.5]))
        made = reconstruct(points, (np.array([0.0]), np.array([100])))
        assert made.refused == ()
        assert made.fit is not None
        assert made.fit.rise == pytest.approx(0.01)

    def test_numbers_at_risk_that_the_curve_denies_are_refused(self) -> None:
        made = reconstruct(self.POINTS, (np.array([0.0, 5.0]), np.array([100, 95])))
        assert any("95 are printed" in reason for reason in made.refused)

    def test_stated_events_that_the_curve_denies_are_refused(self) -> None:
        assert (
            "events are reconstructed where 5 are stated"
            in reconstruct(self.POINTS, self.RISK, 5).refused[-1]
        )

    def test_every_reason_is_given_at_once(self) -> None:
        bad = reconstruct((np.array([0.0]), np.array([1.0])), (np.array([1.0]), np.array([0])), 3)
        assert len(bad.refused) == 4

    def test_percent_are_recognised(self) -> None:
        points = (self.POINTS[0], 100 * self.POINTS[1])
        assert reconstruct(points, self.RISK).refused == (
            "survival is given in percent; write probabilities from 0 to 1",
        )


PROTOCOL = {
    "trial": "CURVES",
    "title": "curves",
    "condition": "advanced cancer",
    "randomised": True,
    "arms": {"cabazitaxel": {"code": "CBZ"}, "control": {}},
    "allocation": {"method": "not_public"},
    "endpoints": {"os": {"derive": "overall_survival"}},
    "populations": {"itt": {"label": "all", "where": "randomised"}},
}


def protocol(**curve: object) -> Protocol:
    entry = {
        "endpoint": "os",
        "arm": "cabazitaxel",
        "points": "curves/os_cbzp_digitised.csv",
        "at_risk": "curves/os_cbzp_nrisk.csv",
        "source": "de_bono_2010",
    } | curve
    records = {"origin": "reconstructed", "note": "digitised", "curves": [entry]}
    plan = TrialProtocol.model_validate({**PROTOCOL, "records": records})
    return Protocol(plan, str(HERE / "protocol.yaml"), "0", {})


def read_csv(path: Path) -> tuple[pa.Table | None, tuple[Problem, ...]]:
    if not path.exists():
        return None, (Problem("E001", f"{path.name} is missing", "add it"),)
    with path.open() as file:
        rows = list(csv.DictReader(file))
    return pa.table({name: pa.array([float(r[name]) for r in rows]) for name in rows[0]}), ()


class TestRecords:
    def test_a_curve_becomes_one_row_per_pseudo_patient(self) -> None:
        tables, problems = reconstruct_records(protocol(events=234), read_csv)
        assert tables is not None
        xt = tables["xt"]
        assert xt.column_names == [c.name for c in DOMAINS["xt"].columns]
        assert xt.num_rows == 378
        assert xt["subject"][0].as_py() == "os-cabazitaxel-0001"
        assert set(xt["arm_code"].to_pylist()) == {"CBZ"}
        assert set(xt["event"].to_pylist()) == {0, 1}
        assert [p.code for p in problems] == ["N501"]
        assert "(234 stated)" in problems[0].message

    def test_a_curve_that_does_not_fit_gives_no_records(self) -> None:
        tables, problems = reconstruct_records(protocol(events=400), read_csv)
        assert tables is None
        assert [p.code for p in problems] == ["E501"]

    def test_a_missing_file_is_reported_by_its_reader(self) -> None:
        tables, problems = reconstruct_records(protocol(points="nowhere.csv"), read_csv)
        assert tables is None
        assert "E001" in {p.code for p in problems}

    def test_a_file_without_the_columns_is_named(self) -> None:
        tables, problems = reconstruct_records(protocol(points="curves/os_cbzp_nrisk.csv"), read_csv)
        assert tables is None
        assert [p.code for p in problems] == ["E502"]
        assert "'surv'" in problems[0].message

    def test_without_curves_there_is_nothing_to_reconstruct(self) -> None:
        plan = TrialProtocol.model_validate(PROTOCOL)
        tables, problems = reconstruct_records(Protocol(plan, "p.yaml", "0", {}), read_csv)
        assert tables is None
        assert [p.code for p in problems] == ["E503"]
