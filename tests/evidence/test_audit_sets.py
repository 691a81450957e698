"""Documents that others wrote stay read as well as they are: no measure of unseen ones, a guard."""

from __future__ import annotations

import pytest
import sets_benchmark


@pytest.fixture(scope="module")
def score() -> sets_benchmark.Score:
    return sets_benchmark.measure(sets_benchmark.names(), every=3)


def test_planted_faults_of_every_set_are_told(score: sets_benchmark.Score) -> None:
    assert sum(score.planted.values()) >= 20
    assert score.recall >= 0.9, score.missed


def test_true_sentences_of_every_set_pass_in_silence(score: sets_benchmark.Score) -> None:
    assert score.sentences >= 1200
    assert score.false_alarms < 0.01, score.alarms
