"""Amounts, dates, standards and acronyms in the words of many authors stay read as well as they are."""

from __future__ import annotations

import paraphrases_amounts
import pytest


@pytest.fixture(scope="module")
def score() -> paraphrases_amounts.Score:
    return paraphrases_amounts.measure(paraphrases_amounts.passages())


def test_planted_faults_of_the_paraphrases_are_told(score: paraphrases_amounts.Score) -> None:
    assert sum(score.planted.values()) >= 120
    assert score.recall >= 0.93, score.missed


def test_true_paraphrases_and_decoys_pass_in_silence(score: paraphrases_amounts.Score) -> None:
    assert score.true >= 220
    assert len(score.alarms) <= 2, score.alarms
