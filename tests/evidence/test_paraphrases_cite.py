"""Citations, facts told twice and layouts in many authors' words: faults are found, true passages silent."""

from __future__ import annotations

from collections import Counter

import pytest
from paraphrases_measure import entries, outcomes

LEAST = {"citation": 46, "layout": 34, "two ways": 43}
MOST_ALARMS = 2  # verdicts of other rules on true passages


@pytest.fixture(scope="module")
def found() -> tuple[Counter[str], list[str]]:
    told: Counter[str] = Counter()
    alarms: list[str] = []
    for kind, side, text, lines in outcomes("cite"):
        if side == "false":
            told[kind] += bool(lines)
        elif lines:
            alarms.append(text)
    return told, alarms


def test_faults_in_words_of_many_authors_are_found(found: tuple[Counter[str], list[str]]) -> None:
    for kind, least in LEAST.items():
        assert found[0][kind] >= least, kind


def test_true_passages_and_those_that_look_wrong_are_silent(found: tuple[Counter[str], list[str]]) -> None:
    assert len(found[1]) <= MOST_ALARMS, found[1]


def test_every_swap_changes_its_passage() -> None:
    for entry in entries("cite"):
        if "swap" in entry:
            assert entry["swap"][0] in str(entry["text"])  # type: ignore[index]
