"""A matched comparison finds the effect in the other trial's patients, where the unadjusted one does not."""

from __future__ import annotations

import numpy as np
import pytest

from trialist.findings.model import Origin
from trialist.individual.comparison import Options
from trialist.individual.matched import compare
from trialist.individual.own import Own
from trialist.individual.target import Characteristic, Other, Target, of_counts

N = 40_000


def patients(seed: int, mean: float, effect: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A covariate that changes the outcome and the effect, the arm, the outcome."""
    draw = np.random.default_rng(seed)
    x, arm = draw.normal(mean, 1, N), draw.integers(0, 2, N).astype(float)
    return x, arm, 1 + 0.8 * x + arm * (effect + 0.5 * x) + draw.normal(0, 1, N)


def own(kind: str, arms: tuple[str, ...], arm: np.ndarray, outcome: np.ndarray, x: np.ndarray, **more) -> Own:
    origin = Origin(more.get("origin", "observed"))
    return Own("own", kind, arms, arm, outcome, np.ones(arm.size), x[:, None], ("x",), origin)  # type: ignore[arg-type]


def test_effects_through_a_common_comparator_are_those_in_the_other_trials_patients():
    """A against C is 1 + x / 2, B against C 0.7 + x / 2: at any x A is ahead of B by 0.3."""
    x, arm, y = patients(1, 0.0, 1.0)
    x2, arm2, y2 = patients(2, 0.5, 0.7)
    groups = [y2[arm2 == which] for which in (1, 0)]
    error = np.sqrt(sum(group.var() / group.size for group in groups))
    other = Other("O", ("B", "C"), groups[0].mean() - groups[1].mean(), error)
    target = Target("O", (Characteristic("x", "x", x2.mean(), x2.std()),))
    made = compare(
        own("values", ("A", "C"), arm, y, x), target, other, "mean_difference", Options(draws=0), endpoint="y"
    )
    found = {line.label: line.finding.estimate for line in made.lines}
    assert found["unadjusted"] == pytest.approx(0.05, abs=0.06)
    assert found["matched, robust interval"] == pytest.approx(0.3, abs=0.06)
    assert found["simulated"] == pytest.approx(0.3, abs=0.06)


def test_shares_without_a_common_comparator_are_compared_in_the_other_trials_patients():
    draw = np.random.default_rng(3)
    x, x2 = draw.normal(0, 1, N), draw.normal(0.5, 1, N)

    def share(values: np.ndarray, at: float) -> np.ndarray:
        return 1 / (1 + np.exp(-(at + 0.9 * values)))

    y, y2 = (draw.random(N) < share(x, 0.2)).astype(float), draw.random(N) < share(x2, -0.3)
    target = Target("O", (Characteristic("x", "x", x2.mean(), x2.std()),))
    other = of_counts("O", "B", int(y2.sum()), N)
    made = compare(
        own("responses", ("A",), np.ones(N), y, x),
        target,
        other,
        "risk_difference",
        Options(draws=0),
        endpoint="y",
    )
    found = {line.label: line.finding.estimate for line in made.lines}
    truth = float((share(x2, 0.2) - share(x2, -0.3)).mean())
    assert found["matched, robust interval"] == pytest.approx(truth, abs=0.012)
    assert abs(found["unadjusted"] - truth) > 0.05
    assert made.problems[0].code == "W666"


def test_what_was_simulated_stays_simulated_in_every_number_made_of_it():
    x, arm, y = (part[:400] for part in patients(1, 0.0, 1.0))
    target = Target("O", (Characteristic("x", "x", 0.2),))
    simulated = own("values", ("A", "C"), arm, y, x, origin="simulated")
    made = compare(
        simulated, target, Other("O", ("B", "C"), 0.7, 0.1), "mean_difference", Options(draws=5), endpoint="y"
    )
    kinds = {line.label: line.finding.origin.kind for line in made.lines}
    assert kinds.pop("B against C") == "published"
    assert set(kinds.values()) == {"simulated"}
    assert {"W668", "N659"} <= {problem.code for problem in made.problems}


@pytest.mark.parametrize("n", [2, 3, 8])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_arms_in_which_all_answered_alike_have_no_effect_and_say_so(n, value):
    x, arm = np.linspace(0, 1, n), np.arange(n) % 2.0
    mine = own("responses", ("A", "C"), arm, np.full(n, value), x)
    target = Target("O", (Characteristic("x", "x", 0.4),))
    made = compare(
        mine, target, Other("O", ("B", "C"), 0.7, 0.1), "odds_ratio", Options(draws=5), endpoint="y"
    )
    assert made.problems[0].code == "E655"


def test_nothing_to_match_and_means_out_of_reach_are_told():
    x, arm, y = (part[:400] for part in patients(1, 0.0, 1.0))
    mine = own("values", ("A", "C"), arm, y, x)
    other = Other("O", ("B", "C"), 0.7, 0.1)
    for target, code in (
        (Target("O", (), ("age", "pain")), "E651"),
        (Target("O", (Characteristic("x", "x", 9.0),)), "E652"),
    ):
        made = compare(mine, target, other, "mean_difference", Options(), endpoint="y")
        assert ([problem.code for problem in made.problems], made.lines) == ([code], ())
