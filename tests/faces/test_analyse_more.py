"""`trialist analyse FILE`: covariates, restricted means, entry times, measured values, further methods."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import ROOT, trialist

import trialist as tl

LUNG = ROOT / "tests" / "reference" / "data" / "lung.csv"
ASKED = ("--time", "time", "--unit", "days", "--event", "status", "--event-is", "2", "--arm", "sex")


def found(*words: str | Path) -> list[dict[str, Any]]:
    result = trialist("analyse", *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["findings"]


def test_covariates_are_a_second_model_beside_the_plain_one() -> None:
    ratios = [
        f for f in found(LUNG, *ASKED, "--covariates", "age,ph.karno") if f["measure"] == "hazard_ratio"
    ]
    plain, adjusted = ratios
    # R: coxph(Surv(time, status == 2) ~ I(sex == 2), lung), and with + age + ph.karno
    assert plain["estimate"] == pytest.approx(0.5880028186, rel=1e-8)
    assert adjusted["estimate"] == pytest.approx(0.6082493961, rel=1e-8)
    assert dict(adjusted["method"]["options"])["covariates"] == ["age", "ph.karno"]


def test_means_restricted_to_two_years_and_further_methods() -> None:
    words = (*ASKED, "--tau", "24", "--also", "follow_up,proportional_hazards,max_combo,weibull")
    measures = {f["measure"] for f in found(LUNG, *words)}
    assert {"restricted_mean_difference", "proportional_hazards", "max_combo", "hazard_ratio"} <= measures
    assert trialist("analyse", LUNG, *ASKED, "--also", "bogus").exit_code == 2


def test_rows_with_a_start_are_at_risk_from_it_and_have_a_cox_model_alone(tmp_path: Path) -> None:
    rows = ["start,stop,died,arm"]
    rng = np.random.default_rng(1)
    for i in range(80):
        begin = float(rng.integers(0, 20))
        rows.append(f"{begin},{begin + float(rng.integers(1, 60))},{i % 3 > 0:d},{'ab'[i % 2]}")
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n")
    words = ("--time", "stop", "--start", "start", "--event", "died", "--arm", "arm", "--unit", "days")
    findings = found(tmp_path / "t.csv", *words)
    assert {f["measure"] for f in findings} == {"hazard_ratio"}
    late = found(tmp_path / "t.csv", *words[:2], *words[4:])
    ratio = next(f["estimate"] for f in late if f["measure"] == "hazard_ratio")
    assert findings[0]["estimate"] != pytest.approx(ratio, rel=1e-3)


def test_measured_values_of_two_arms() -> None:
    by = {f["measure"]: f for f in found(LUNG, "--value", "wt.loss", "--arm", "sex", "--covariates", "age")}
    assert by["mean"]["estimate"] == pytest.approx(11.21875)  # R: tapply(lung$wt.loss, lung$sex, mean), sex 1
    assert by["mean_difference"]["groups"] == ["2", "1"]
    assert {"adjusted_mean", "probabilistic_index"} & set(by)


def test_a_change_from_baseline_is_adjusted_for_it() -> None:
    words = ("--value", "pat.karno", "--baseline", "ph.karno", "--arm", "sex")
    findings = found(LUNG, *words)
    adjusted = [f for f in findings if f["measure"] == "mean_difference" and f["method"]["name"] == "ancova"]
    assert len(adjusted) == 1
    assert {f["endpoint"] for f in findings} == {"pat.karno"}


def test_responses_with_strata_and_covariates() -> None:
    words = ("--response", "status", "--response-is", "2", "--arm", "sex")
    findings = found(LUNG, *words, "--strata", "ph.ecog", "--covariates", "age")
    odds = {f["method"]["name"]: f for f in findings if f["measure"] == "odds_ratio"}
    assert set(odds) == {"compare_proportions", "logistic"}
    assert dict(odds["compare_proportions"]["method"]["options"])["strata"] == ["ph.ecog"]
    result = trialist("analyse", LUNG, *words, "--interval", "log_log")
    assert result.exit_code == 2


def test_a_stratum_may_not_have_the_name_of_a_part() -> None:
    data = {"t": [1, 2, 3.0], "e": [1, 0, 1], "a": ["x", "y", "x"], "event": ["p", "q", "q"]}
    refused = tl.analyse_times(data, time="t", event="e", arm="a", strata=["event"])
    assert [p.code for p in refused.problems] == ["E097"]


def test_the_terminal_says_once_what_is_said_of_all() -> None:
    shown = trialist("analyse", LUNG, *ASKED, "--strata", "ph.ecog", "--covariates", "age,ph.karno").output
    assert shown.count("'ph.karno' has no value") == 1
    assert "hazard ratio of a prognostic factor age" in shown
