"""Rates, cumulative incidence and score intervals agree with what R gives for the same data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trialist.kernels import competing
from trialist.kernels.score_difference import miettinen_nurminen

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "adverse_events.json").read_text())["cases"]


def of(method: str) -> list[dict[str, Any]]:
    return [case for case in CASES if case["method"] == method]


@pytest.mark.parametrize(
    "case",
    of("aalen_johansen"),
    ids=lambda c: f"{c['data']} {c['options']['group']} {c['options']['interval']} {c['options']['level']}",
)
def test_the_probability_with_death_competing_is_that_of_survfit(case: dict[str, Any]) -> None:
    asked, r = case["options"], case["expect"]
    curve = competing.aalen_johansen(asked["time"], asked["status"], np.ones(len(asked["time"])))
    for at, p, error, low, high in zip(
        *(r[k] for k in ("time", "probability", "std_err", "low", "high")), strict=True
    ):
        row = int(np.searchsorted(curve.time, at, side="right")) - 1
        mine = (0.0, 0.0) if row < 0 else (curve.probability[row], curve.std_err[row])
        assert mine == pytest.approx((p, error), rel=1e-9, abs=1e-12)
        ends = competing.incidence_interval(mine[0], mine[1], asked["level"], asked["interval"])
        if low is None or p == 0:
            continue
        assert ends == pytest.approx((low, high), rel=1e-8)


def test_grouping_subjects_into_cells_changes_nothing() -> None:
    whole = of("aalen_johansen")[0]["options"]
    pairs, counts = np.unique(np.array([whole["time"], whole["status"]]), axis=1, return_counts=True)
    one = competing.aalen_johansen(whole["time"], whole["status"], np.ones(len(whole["time"])))
    grouped = competing.aalen_johansen(pairs[0], pairs[1], counts)
    assert grouped.probability == pytest.approx(one.probability, rel=1e-12)
    assert grouped.std_err == pytest.approx(one.std_err, rel=1e-9)


@pytest.mark.parametrize("case", of("poisson_interval"), ids=lambda c: str(c["options"]))
def test_the_interval_of_a_count_is_that_of_poisson_test(case: dict[str, Any]) -> None:
    found = competing.poisson_interval(**case["options"])
    assert found == pytest.approx((case["expect"]["low"], case["expect"]["high"]), rel=1e-9)


@pytest.mark.parametrize("case", of("miettinen_nurminen"), ids=lambda c: str(c["options"]))
def test_the_score_interval_is_that_of_a_likelihood_maximised_numerically(case: dict[str, Any]) -> None:
    asked, r = case["options"], case["expect"]
    found = miettinen_nurminen(tuple(asked["responders"]), tuple(asked["n"]), asked["level"])
    assert found == pytest.approx((r["difference"], r["low"], r["high"]), rel=1e-6, abs=1e-7)


def test_the_score_interval_reaches_one_and_turns_with_the_arms() -> None:
    assert miettinen_nurminen((10, 0), (10, 10))[2] == 1.0
    apart, low, high = miettinen_nurminen((9, 3), (10, 12))
    assert miettinen_nurminen((3, 9), (12, 10)) == pytest.approx((-apart, -high, -low), rel=1e-9)
