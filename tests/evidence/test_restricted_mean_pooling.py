"""Restricted means pooled: up to one time in every trial, equal to metafor of the same differences."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from small_store import asked, card, ratio, store

from trialist.cli.main import app
from trialist.evidence.pooling.pairwise import pool
from trialist.evidence.pooling.question import Options
from trialist.findings.model import Interval
from trialist.individual.restricted_means import TrialTimes, pool_restricted_means, ratio_of

DATA = Path(__file__).parents[1] / "reference" / "data"
SIDES = ("test", "standard")


@pytest.fixture(scope="module")
def patients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four trials made of the cell types of the veterans' trial, in days."""
    path = tmp_path_factory.mktemp("curves") / "patients.csv"
    with (DATA / "veteran.csv").open() as file, path.open("w") as out:
        out.write("trial,arm,time,event\n")
        for row in csv.DictReader(file):
            arm = {"1": "standard", "2": "test"}[row["trt"]]
            out.write(f"{row['celltype']},{arm},{row['time']},{row['status']}\n")
    return path


def pooled(path: Path, *words: object) -> dict:
    given = ["pool", "--patients", str(path), "--compare", *SIDES, *map(str, words), "--json"]
    done = CliRunner().invoke(app, given, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_pool_is_that_of_metafor_on_the_same_differences(patients):
    """R: summary(survfit(Surv(time, status) ~ trt), rmean = 100); metafor::rma(d, se^2, test = "knha")."""
    expect = json.loads((Path(__file__).parent / "restricted_means.json").read_text())
    found = pooled(patients, "--tau", 100)
    ours = {each["trial"]: each for each in found["trials"]}
    for name, (difference, error) in expect["trials"].items():
        assert ours[name]["effect"] == pytest.approx(difference, rel=1e-8)
        assert ours[name]["variance"] ** 0.5 == pytest.approx(error, rel=1e-8)
    first = found["findings"][0]
    assert first["measure"] == "restricted_mean_difference"
    assert first["estimate"] == pytest.approx(expect["estimate"], rel=1e-7)
    assert first["interval"]["low"] == pytest.approx(expect["low"], rel=1e-7)
    assert first["p_value"]["value"] == pytest.approx(expect["p_value"], rel=1e-6)


def test_the_time_is_the_longest_that_every_trial_reaches_and_is_told(patients):
    found = pooled(patients)
    tau = dict(found["findings"][0]["definition"])["tau_months"]
    assert tau == pytest.approx(103.0)
    refused = CliRunner().invoke(
        app, ["pool", "--patients", str(patients), "--compare", *SIDES, "--tau", "150"]
    )
    assert (refused.exit_code, "E657 smallcell is not followed" in refused.output) == (2, True)


def test_the_reason_is_printed_with_the_hazard_ratio_that_was_not_pooled(patients):
    (told,) = (p for p in pooled(patients, "--tau", 100)["problems"] if p["code"] == "N677")
    assert "hazard ratio" in told["message"]
    draw = np.random.default_rng(3)
    first, second = draw.weibull(3, 200), draw.exponential(1, 200)
    time = np.concatenate([first, second])
    crossing = TrialTimes("C", time, np.ones(400), np.repeat([1.0, 0.0], 200))
    found = pool_restricted_means([crossing], SIDES, Options(), tau=1.0)
    (told,) = (p for p in found.problems if p.code == "N677")
    assert told.message.startswith("hazards are not proportional (C p<0.001)")


def test_times_read_off_curves_are_labelled(patients):
    found = pooled(patients, "--tau", 60, "--reconstructed")
    plain = pooled(patients, "--tau", 60)
    assert found["trials"][0]["findings"] != plain["trials"][0]["findings"]


def test_a_trial_without_events_has_no_ratio_and_no_part_in_the_pool():
    nobody = TrialTimes("N", np.array([1.0, 2.0, 3.0, 4.0]), np.zeros(4), np.array([1.0, 1.0, 0.0, 0.0]))
    assert ratio_of(nobody) is None
    found = pool_restricted_means([nobody], SIDES, Options())
    assert [p.code for p in found.problems] == ["E658"]
    assert [p.code for p in pool_restricted_means([], SIDES, Options()).problems] == ["E657"]


def test_a_side_that_a_trial_lacks_is_told(patients, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("study,arm,time,event\nA,test,1,1\nA,standard,2,1\nB,test,1,1\nB,other,1,1\n")
    done = CliRunner().invoke(app, ["pool", "--patients", str(path), "--compare", *SIDES])
    assert (done.exit_code, "E655 B has no patients" in done.output) == (2, True)


def mean(trial: str, group: str, value: float, low: float, high: float, at: str = "36 months"):
    found = ratio(trial, value, groups=(group,), measure="restricted_mean", timepoint=at)
    origin = replace(found.origin, entry=f"{trial}-{group}")
    return replace(found, interval=Interval(low, high), origin=origin)


def test_means_that_were_printed_of_both_arms_make_a_difference():
    held = store(
        [card("A"), card("B")],
        [
            mean("A", "x", 20.0, 18.04, 21.96),
            mean("A", "c", 18.0, 16.04, 19.96),
            mean("B", "x", 20.0, 18.04, 21.96),
            mean("B", "c", 18.0, 16.04, 19.96, "24 months"),
        ],
    )
    found = pool(held, asked(measure="restricted_mean_difference"))
    (effect,) = found.effects  # means up to different times are in no pair
    assert (effect.trial, effect.y, effect.how) == ("A", pytest.approx(2.0), "means")
    assert effect.v**0.5 == pytest.approx(np.sqrt(2), rel=1e-4)
    assert "N645" in {p.code for p in found.problems}
