"""Once looks were taken: whether the trial goes on, what it may still reach, what is inferred at its end."""

from __future__ import annotations

import math
from typing import Any

import pytest
from scipy.stats import norm

from trialist.design.stated import UnusableError, as_findings, of_words
from trialist.problems import Place

TWO_LOOKS = {
    "hazard_ratio": 0.75, "events": 511, "alpha": 0.05, "power": "90 %", "looks": [365, 511],
    "levels": [0.016, 0.0452],
}  # fmt: skip
HERE = Place("words")


def numbers(kind: str = "log_rank", **words: Any) -> dict[tuple[str, str | None], float | None]:
    stated, design = of_words(kind, {**(TWO_LOOKS if kind == "log_rank" else {}), **words}, HERE)
    found = as_findings(stated, design, trial="none", protocol=None)
    return {(f.measure, f.note): f.estimate for f in found if f.timepoint in ("look 1", "look 2")}


def sheet(**words: Any) -> dict[str, str]:
    _, design = of_words("log_rank", {**TWO_LOOKS, **words}, HERE)
    return dict(next(s.rows for s in design.sheets if s.title.startswith("after look")))


def test_conditional_power_at_the_last_interim_look_is_the_closed_form():
    found = numbers(seen=[2.2])
    t, bound = 365 / 511, -norm.ppf(0.0452 / 2)
    drift = -math.log(0.75) * math.sqrt(511 / 4)
    for note, there in (
        ("no effect", 0.0),
        ("planned effect", drift),
        ("observed effect", 2.2 / math.sqrt(t)),
    ):
        expected = norm.cdf((2.2 * math.sqrt(t) + there * (1 - t) - bound) / math.sqrt(1 - t))
        assert found["conditional_power", note] == pytest.approx(expected, rel=1e-9)
    spread = math.sqrt((1 - t) * (1 + (1 - t) / t))
    predicted = norm.cdf((2.2 / math.sqrt(t) - bound) / spread)
    assert found["predictive_power", "no prior"] == pytest.approx(predicted, rel=1e-9)


def test_a_trial_that_goes_on_has_no_p_value_and_one_that_ended_no_conditional_power():
    going, ended = numbers(seen=[2.2]), numbers(seen=[2.2, 3.36])
    assert not any(measure == "p_value" for measure, _ in going)
    assert not any(measure == "conditional_power" for measure, _ in ended)
    assert ended["hazard_ratio", "lower end of the 0.95 interval"] < ended["hazard_ratio", "median unbiased"]


def test_a_stop_at_the_first_look_is_inferred_as_from_one_look():
    found = numbers(seen=[3.0])
    spread = math.sqrt(365 / 4)
    assert found["p_value", "two-sided, ordered by stage"] == pytest.approx(2 * norm.sf(3.0), rel=1e-9)
    assert found["hazard_ratio", "median unbiased"] == pytest.approx(math.exp(-3.0 / spread), rel=1e-9)
    high = math.exp(-(3.0 - norm.ppf(0.975)) / spread)
    assert found["hazard_ratio", "upper end of the 0.95 interval"] == pytest.approx(high, rel=1e-8)


@pytest.mark.parametrize(
    ("seen", "decision"),
    [
        ([1.0], "goes on"),
        ([2.5], "rejects: stop for success"),
        ([-2.5], "rejects in the other direction: stop"),
        ([1.0, 1.9], "ends without rejection"),
        ([1.0, 2.1], "rejects: stop for success"),
    ],
)
def test_the_boundaries_decide(seen, decision):
    assert sheet(seen=seen)["decision"] == decision


def test_a_look_after_the_trial_had_ended_is_told():
    assert sheet(seen=[2.5, 2.5])["but"] == "look 1 had ended the trial"


def test_a_z_below_the_futility_bound_ends_a_one_sided_trial():
    words = {"looks": [0.5, 1], "spending": "obrien_fleming", "alpha": 0.025, "sides": 1, "futility": [0.3]}
    _, design = of_words("sequential", {**words, "seen": [0.2]}, HERE)
    rows = dict(next(s.rows for s in design.sheets if s.title == "after look 1"))
    assert rows["decision"] == "below the futility bound: stop"


@pytest.mark.parametrize("words", [{"seen": [1, 2, 3]}, {"seen": []}, {"seen": [1], "looks": None}])
def test_seen_needs_its_looks(words):
    with pytest.raises(UnusableError, match="seen"):
        of_words("log_rank", {**TWO_LOOKS, **words}, HERE)


PROMISING = {
    "seen_z": 1.6,
    "seen": 100,
    "planned": 200,
    "most": 400,
    "power": "90 %",
    "alpha": 0.025,
    "sides": 1,
}


def again(**words: Any) -> tuple[str, list[Any]]:
    stated, design = of_words("reestimation", words, HERE)
    return design.row.follows, list(as_findings(stated, design, trial="none", protocol=None))


def test_a_middling_conditional_power_asks_for_more_subjects():
    follows, findings = again(**PROMISING)
    # Phi((1.6 sqrt(0.5) + 1.6 sqrt(0.5) - 1.96) / sqrt(0.5)) = 0.6658
    assert follows == "promising: conditional power 0.666; go on to 336, which has 0.900"
    size = next(f for f in findings if f.measure == "subjects")
    further = size.estimate - 100
    reached = norm.cdf(1.6 * math.sqrt(further / 100) - (norm.ppf(0.975) * math.sqrt(200) - 16) / 10)
    assert reached == pytest.approx(0.9, rel=1e-9)
    assert {f.origin.kind for f in findings} == {"designed"}


@pytest.mark.parametrize(("z", "zone"), [(0.5, "unfavourable"), (2.6, "favourable"), (-1, "unfavourable")])
def test_little_hope_and_much_leave_the_size_as_planned(z, zone):
    follows, findings = again(**{**PROMISING, "seen_z": z})
    assert follows.startswith(f"{zone}: ")
    assert next(f for f in findings if f.measure == "subjects").estimate == 200


def test_a_variance_of_all_together_holds_the_assumed_difference_too():
    follows, _ = again(
        of="mean_difference", seen=60, difference=5, pooled_variance=150, power="90 %", alpha=0.05
    )
    # within groups 150 - 60 x 0.25 x 25 / 59 = 143.64, and in R
    # power.t.test(delta = 5, sd = sqrt(143.64), power = 0.9) has n = 121.7 in each group
    assert follows == "244 subjects in all"


def test_what_can_not_be_is_told():
    _, design = of_words("reestimation", {"of": "mean_difference", "seen": 60, "difference": 30,
                              "pooled_variance": 150, "power": "90 %", "alpha": 0.05}, HERE)  # fmt: skip
    assert [p.code for p in design.row.problems] == ["W143"]
    with pytest.raises(UnusableError, match="seen < planned"):
        again(**{**PROMISING, "planned": 80})
    with pytest.raises(UnusableError, match="needs"):
        again(of="proportion_difference", power="80 %", alpha=0.05)
