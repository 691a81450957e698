"""The domains of GRADE: computed where arithmetic can, asked where it can't, never silent."""

from __future__ import annotations

import math

import pytest
from small_store import asked, card, ratio, store

from trialist.evidence.certainty import ASKED, certainty
from trialist.evidence.pooling.effects import Effect
from trialist.evidence.pooling.pairwise import pool, pool_effects
from trialist.evidence.pooling.question import Options

NORMAL = Options(interval="normal")


def judged(found):
    return {each.domain: each for each in certainty(found)}


def effects(ratios, error, n=200, events=150):
    return [
        Effect(f"T{i}", math.log(r), (error * (1 + 0.01 * i)) ** 2, n=n, events=events)
        for i, r in enumerate(ratios)
    ]


def of(ratios, error, **counts):
    return judged(pool_effects(effects(ratios, error, **counts), "hazard_ratio", NORMAL, endpoint="os"))


def test_every_domain_has_a_judgement_and_a_reason():
    for found in (of([0.7], 0.1), of([0.7, 0.8, 0.9], 0.1), of([0.5] * 12, 0.3)):
        assert list(found) == [
            "risk of bias", "inconsistency", "indirectness", "imprecision", "publication bias",
        ]  # fmt: skip
        assert all(each.why for each in found.values())


def test_risk_of_bias_is_always_asked():
    assert of([0.7, 0.8], 0.1)["risk of bias"].judgement == ASKED


@pytest.mark.parametrize(
    ("ratios", "error", "judgement"),
    [
        ([0.7], 0.1, ASKED),
        ([0.7, 0.72, 0.69], 0.1, "no concern"),
        ([0.5, 0.7, 0.9], 0.15, "serious"),
        ([0.4, 0.7, 1.5], 0.1, "very serious"),
    ],
)
def test_inconsistency_follows_i2_and_the_sides_of_no_effect(ratios, error, judgement):
    assert of(ratios, error)["inconsistency"].judgement == judgement


@pytest.mark.parametrize(
    ("ratio_", "error", "events", "judgement"),
    [
        (0.6, 0.05, 150, "no concern"),
        (0.6, 0.05, 40, "serious"),
        (0.9, 0.4, 150, "serious"),
        (0.9, 0.4, 20, "very serious"),
        (0.6, 0.05, None, ASKED),
    ],
)
def test_imprecision_follows_the_interval_and_the_number_of_events(ratio_, error, events, judgement):
    assert of([ratio_] * 3, error, events=events)["imprecision"].judgement == judgement


def test_publication_bias_is_asked_below_ten_trials_and_tested_from_there():
    assert of([0.7] * 9, 0.1)["publication bias"].judgement == ASKED
    even = [0.7, 0.8, 0.6, 0.75, 0.65, 0.7, 0.8, 0.6, 0.75, 0.65]
    assert of(even, 0.1)["publication bias"].judgement == "no concern"
    small = [Effect(f"T{i}", -0.2 * (i + 1) + 0.05 * (-1) ** i, (0.05 * (i + 1)) ** 2) for i in range(10)]
    found = judged(pool_effects(small, "hazard_ratio", NORMAL, endpoint="os"))
    assert found["publication bias"].judgement == "serious"


def test_indirectness_compares_condition_and_line_with_the_question():
    three = [ratio("A", 0.70, 0.50, 0.98), ratio("B", 0.80, 0.60, 1.0667)]
    cards = [card("A"), card("B")]
    exact = pool(store(cards, three), asked(conditions=frozenset({"solid"}), line="second"))
    assert judged(exact)["indirectness"].judgement == "no concern"
    assert judged(pool(store(cards, three), asked()))["indirectness"].judgement == ASKED
    apart = pool(store([card("A"), card("B", line="first")], three), asked())
    assert judged(apart)["indirectness"].judgement == "serious"


def test_blinding_is_said_beside_risk_of_bias():
    cards = [card("A", blinding="open label"), card("B", blinding="double blind")]
    found = pool(store(cards, [ratio("A", 0.70, 0.50, 0.98), ratio("B", 0.80, 0.60, 1.0667)]), asked())
    assert "1 open label; 1 double blind" in judged(found)["risk of bias"].why
