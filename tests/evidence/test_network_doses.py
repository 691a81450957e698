"""Doses that trials of one treatment state otherwise stand in the panel of a network."""

from __future__ import annotations

from dataclasses import replace

from trialist.evidence.model import Arm, Given, TrialCard
from trialist.evidence.pooling.trial_differences import differences, told


def card(trial: str, *given: Given) -> TrialCard:
    arms = {
        "a": Arm("a", "alphamab", "alphamab_any", "experimental", given),
        "b": Arm("b", "placebo", "placebo", "control", (Given("placebo"),)),
    }
    return TrialCard(trial, trial, "solid", line="first", arms=arms, randomised=True)


def panel(*cards: TrialCard):
    trials = [(each.trial, ("alphamab_any", "placebo")) for each in cards]
    return differences(trials, {each.trial: each for each in cards}, {"alphamab_any": "alphamab, any dose"})


ONE = Given("alphamab", "10 mg/m2", "21 d", cycles=6)


def test_a_dose_and_a_number_of_cycles_that_differ_are_told():
    found = panel(card("A", ONE), card("B", replace(ONE, dose="8 mg/m2")), card("C", replace(ONE, cycles=10)))
    dose, cycles = found.doses
    assert dose.given == {"10 mg/m2 every 21 d": ("A", "C"), "8 mg/m2 every 21 d": ("B",)}
    assert cycles.given == {"at most 6": ("A", "B"), "at most 10": ("C",)}
    messages = [problem.message for problem in told(found, ()) if problem.code == "N679"]
    assert messages[0] == (
        "alphamab, any dose was not given alike, dose of alphamab: 10 mg/m2 every 21 d: A, C; "
        "8 mg/m2 every 21 d: B"
    )


def test_what_is_not_stated_or_prevents_harm_is_no_difference():
    growth = Given("g_csf", "5 ug/kg", purpose="prophylaxis")
    found = panel(card("A", ONE, growth), card("B", Given("alphamab"), replace(growth, dose="6 mg")))
    assert found.doses == ()
