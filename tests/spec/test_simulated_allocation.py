"""Clauses of allocation: blocks, minimisation, decision lists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from trialist.kernels.draws import stream
from trialist.protocol.allocation import (
    block_list,
    by_blocks,
    by_minimisation,
    chances,
    decide,
    minimisation_scores,
    preferred,
)
from trialist.protocol.model import BiomarkerRules, Minimisation

RATIO = {"X": 1, "Y": 1}
COUNTS = {
    ("ecog", "0-1"): {"X": 6, "Y": 8},
    ("ecog", "2"): {"X": 2, "Y": 1},
    ("prior", "short"): {"X": 5, "Y": 4},
    ("prior", "long"): {"X": 3, "Y": 5},
}


def largest_lead(arms: NDArray[np.int64]) -> int:
    """By how many subjects one of two arms is ahead of the other at most, over all prefixes of a list."""
    return int(np.abs(np.cumsum(1 - 2 * arms)).max(initial=0))


class TestMinimisation:
    @pytest.mark.parametrize(
        ("ecog", "prior", "measure", "x", "y", "best"),
        [
            ("0-1", "long", "range", 2.0, 6.0, ("X",)),
            ("2", "short", "range", 4.0, 0.0, ("Y",)),
            ("0-1", "short", "range", 3.0, 3.0, ("X", "Y")),
            ("0-1", "long", "variance", 1.0, 9.0, ("X",)),
        ],
    )
    def test_the_arm_that_leaves_the_least_imbalance_is_preferred(
        self, ecog: str, prior: str, measure: str, x: float, y: float, best: tuple[str, ...]
    ) -> None:
        counts = {"ecog": COUNTS["ecog", ecog], "prior": COUNTS["prior", prior]}
        scores = minimisation_scores(counts, RATIO, measure)
        assert scores == {"X": pytest.approx(x), "Y": pytest.approx(y)}
        assert preferred(scores) == best

    def test_the_preferred_arm_gets_probability_p(self) -> None:
        assert chances({"X": 2.0, "Y": 6.0}, RATIO, 0.8) == {"X": 0.8, "Y": pytest.approx(0.2)}

    def test_a_tie_is_broken_by_the_ratio_alone(self) -> None:
        assert chances({"X": 3.0, "Y": 3.0}, {"X": 2, "Y": 1}, 0.8) == {
            "X": pytest.approx(2 / 3),
            "Y": pytest.approx(1 / 3),
        }

    def test_a_factor_weighs_as_the_protocol_says(self) -> None:
        counts = {"ecog": COUNTS["ecog", "0-1"], "prior": COUNTS["prior", "short"]}
        scores = minimisation_scores(counts, RATIO, "range", {"ecog": 2.0})
        assert preferred(scores) == ("X",)

    def test_counts_are_divided_by_an_unequal_ratio_first(self) -> None:
        scores = minimisation_scores({"ecog": {"X": 4, "Y": 2}}, {"X": 2, "Y": 1})
        assert scores == {"X": pytest.approx(0.5), "Y": pytest.approx(1.0)}

    def test_minimised_arms_stay_close_within_every_level(self) -> None:
        plan = Minimisation(method="minimisation", ratio=RATIO, strata=("ecog", "site"), p=0.8)
        rng = stream(3, "levels")
        levels = {"ecog": rng.integers(0, 2, 600), "site": rng.integers(0, 12, 600)}
        arms = by_minimisation(plan, levels, 600, stream(3, "allocation"))
        for factor, level in levels.items():
            for value in np.unique(level):
                counts = np.bincount(arms[level == value], minlength=2)
                assert abs(counts[0] - counts[1]) <= 12, (factor, value)


class TestBlocks:
    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(
        length=st.integers(1, 200),
        sizes=st.sampled_from([(4,), (4, 6), (2, 4, 8)]),
        seed=st.integers(0, 1000),
    )
    def test_no_prefix_is_further_off_than_half_the_largest_block(
        self, length: int, sizes: tuple[int, ...], seed: int
    ) -> None:
        arms = block_list([1, 1], sizes, length, stream(seed, "block"))
        assert len(arms) == length
        assert largest_lead(arms) <= max(sizes) / 2

    @pytest.mark.parametrize("ratio", [[1, 1], [2, 1], [1, 1, 2]])
    def test_every_completed_block_has_the_ratio(self, ratio: list[int]) -> None:
        size = 2 * sum(ratio)
        arms = block_list(ratio, [size], 10 * size, stream(5, "block"))
        for block in arms.reshape(10, size):
            assert np.bincount(block).tolist() == [2 * r for r in ratio]

    def test_all_arrangements_of_a_block_are_equally_likely(self) -> None:
        arms = block_list([1, 1], [4], 4 * 12_000, stream(1, "block")).reshape(-1, 4)
        _, times = np.unique(arms, axis=0, return_counts=True)
        assert len(times) == 6
        assert np.abs(times / 12_000 - 1 / 6).max() < 0.015

    def test_the_same_seed_gives_the_same_list_and_another_another(self) -> None:
        once = block_list([1, 1], [4, 6], 60, stream(9, "block"))
        np.testing.assert_array_equal(once, block_list([1, 1], [4, 6], 60, stream(9, "block")))
        assert not np.array_equal(once, block_list([1, 1], [4, 6], 60, stream(10, "block")))

    def test_each_stratum_has_a_list_of_its_own(self) -> None:
        strata = stream(2, "strata").integers(0, 8, 400)
        arms = by_blocks(strata, [1, 1], [4, 6], stream(2, "allocation"))
        for stratum in range(8):
            assert largest_lead(arms[strata == stratum]) <= 3

    @pytest.mark.parametrize("sizes", [[3], [4, 5], [], [0]])
    def test_a_block_that_cannot_hold_the_ratio_is_refused(self, sizes: list[int]) -> None:
        with pytest.raises(ValueError, match="multiples of 2"):
            block_list([1, 1], sizes, 10, stream(1, "block"))


class TestDecisionList:
    """The allocation of a biomarker-guided trial: cells counted, then the splice variant."""

    PLAN = BiomarkerRules.model_validate(
        {
            "method": "biomarker_rules",
            "inputs": {"ctc": "number", "arv7": "text"},
            "rules": [
                {"when": "ctc < 3", "arm": "a", "reason": "CTC_LT_3"},
                {"when": "ctc >= 3 and arv7 = 'NEG'", "arm": "a", "reason": "ARV7_NEG"},
                {"when": "ctc >= 3 and arv7 = 'POS'", "arm": "b", "reason": "ARV7_POS"},
                {"when": "arv7 is null", "outcome": "pending", "reason": "ARV7_MISSING"},
            ],
            "rescreening": {
                "from_arm": "a",
                "on": "progression",
                "require": "previous_treatment in ('drug b', 'drug c')",
                "rules": [
                    {"when": "ctc >= 3 and arv7 = 'POS'", "arm": "b", "reason": "ARV7_POS"},
                    {"when": "arv7 = 'NEG' or ctc < 3", "outcome": "not_allocated", "reason": "ARV7_NEG"},
                ],
            },
        }
    )

    @pytest.mark.parametrize(
        ("ctc", "arv7", "arm", "outcome", "reason"),
        [
            (2, None, "a", None, "CTC_LT_3"),
            (5, "NEG", "a", None, "ARV7_NEG"),
            (5, "POS", "b", None, "ARV7_POS"),
            (5, None, None, "pending", "ARV7_MISSING"),
        ],
    )
    def test_the_first_true_rule_decides_and_a_missing_assay_never_allocates(
        self, ctc: int, arv7: str | None, arm: str | None, outcome: str | None, reason: str
    ) -> None:
        made = decide(self.PLAN, {"ctc": ctc, "arv7": arv7})
        assert (made.arm, made.outcome, made.reason) == (arm, outcome, reason)

    @pytest.mark.parametrize(
        ("arv7", "previous", "arm"),
        [("POS", "drug b", "b"), ("NEG", "drug b", None), ("POS", "another drug", None)],
    )
    def test_screening_again_is_open_after_the_named_treatments_only(
        self, arv7: str, previous: str, arm: str | None
    ) -> None:
        values = {"ctc": 9, "arv7": arv7, "previous_treatment": previous}
        made = decide(self.PLAN, values, episode=2, previous_arm="a")
        assert made.arm == arm
        assert made.outcome == (None if arm else "not_allocated")

    def test_nobody_is_screened_again_from_the_other_arm_or_a_third_time(self) -> None:
        values = {"ctc": 9, "arv7": "POS", "previous_treatment": "drug b"}
        assert decide(self.PLAN, values, episode=2, previous_arm="b").arm is None
        assert decide(self.PLAN, values, episode=3, previous_arm="a").arm is None
