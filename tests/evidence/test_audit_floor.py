"""What the audit must find and what it must leave alone, on documents of our own."""

from __future__ import annotations

import audit_benchmark
import pytest

KNOWN = audit_benchmark.names()


@pytest.fixture(scope="module")
def edited() -> audit_benchmark.Score:
    return audit_benchmark.edited(KNOWN, every=17)


def test_coherent_documents_pass_in_silence() -> None:
    score = audit_benchmark.false_alarms(KNOWN)
    assert score.alarms == []
    assert score.statements >= 220, "fewer statements are read than were"


def test_every_planted_fault_is_found_where_it_stands_and_nothing_else_is_told() -> None:
    score = audit_benchmark.planted(KNOWN)
    assert sum(score.asked.values()) >= 40
    assert score.missed == []
    assert score.alarms == []


def test_edited_digits_that_cannot_be_true_are_found(edited: audit_benchmark.Score) -> None:
    assert sum(edited.asked.values()) >= 220
    assert edited.whole >= 0.97, edited.missed


@pytest.mark.parametrize("kind", ["share: percent", "ratio: interval", "total: sum", "time: interval"])
def test_no_kind_of_edit_is_missed_often(edited: audit_benchmark.Score, kind: str) -> None:
    assert edited.recall(kind) >= 0.95, edited.missed
