"""The design table: what is stated, what follows, and whether they agree.

Expected numbers are worked by hand or published: 196 events for a hazard ratio of 0.67 at 80 % power
(Schoenfeld), 14 pairs for an effect size of 0.82 (R's power.t.test), binomial tails by hand.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trialist.protocol.checks.design import design_table
from trialist.protocol.checks.design_row import DesignRow
from trialist.protocol.parse import parse_protocol

TEXT = (Path(__file__).parent / "protocols" / "two_arms.yaml").read_text(encoding="utf-8")
BEFORE, _, REST = TEXT.partition("design:\n")
AFTER = REST[REST.index("records:\n") :]


def row(entry: str) -> DesignRow:
    found, problems = parse_protocol(f"{BEFORE}design:\n  - {{{entry}}}\n{AFTER}", "p.yaml")
    assert found is not None, problems
    (only,) = design_table(found)
    return only


LOG_RANK = "test: log_rank, power: 80 %, alpha: 0.05, "


@pytest.mark.parametrize(
    ("events", "verdict"),
    [(193, "differs"), (194, "agrees"), (196, "agrees"), (202, "agrees"), (204, "agrees"), (205, "differs")],
)
def test_events_agree_between_the_two_formulas_and_one_percent_beyond(events: int, verdict: str) -> None:
    """Schoenfeld 195.8, Freedman 201.0 for 0.67: 195 to 202 rounded outward, 193.05 to 204.02 with 1 %."""
    assert row(LOG_RANK + f"hazard_ratio: 0.67, events: {events}").verdict == verdict


def test_the_events_of_published_designs_agree() -> None:
    assert (
        row("test: log_rank, power: 90 %, alpha: 0.05, hazard_ratio: 0.75, events: 511").verdict == "agrees"
    )
    assert (
        row("test: log_rank, power: 80 %, alpha: 0.049, hazard_ratio: 0.815, events: 765").verdict == "agrees"
    )


def test_a_power_stated_as_more_than_only_sets_a_lower_bound() -> None:
    assert row(LOG_RANK + "power_above: true, hazard_ratio: 0.67, events: 400").verdict == "agrees"
    assert row(LOG_RANK + "power_above: true, hazard_ratio: 0.67, events: 150").verdict == "differs"
    paired = "test: paired_t, effect_size: 0.82, pairs: 30, power: 80 %, power_above: true, alpha: 0.05"
    assert row(paired).verdict == "agrees"


@pytest.mark.parametrize(
    ("entry", "follows"),
    [
        (LOG_RANK + "hazard_ratio: 0.67", "196 events by Schoenfeld, 202 by Freedman"),
        (LOG_RANK + "events: 196", "hazard ratio 0.670 (or 1.492) is detected"),
        ("test: log_rank, alpha: 0.05, hazard_ratio: 0.67, events: 196", "power 0.80"),
        ("test: log_rank, alpha: 0.05", "nothing can be checked without power, hazard_ratio, events"),
        ("test: paired_t, alpha: 0.05, power: 80 %, effect_size: 0.82", "14 pairs reach 0.80 at 0.82"),
        ("test: paired_t, alpha: 0.05, power: 80 %, pairs: 30", "30 pairs reach 0.80 at 0.53"),
        ("test: paired_t, alpha: 0.05, pairs: 30, effect_size: 0.82", "power 0.99"),
        ("test: one_proportion, null: 0.2, alternative: 0.4, alpha: 0.05, n: 20", "power 0.58"),
        ("test: two_proportions, control: 0.2, experimental: 0.4, alpha: 0.05, power: 80 %",
         "164 subjects reach 0.80 at 0.4"),
        ("test: one_proportion, alpha: 0.05", "nothing can be checked without power, null, alternative, n"),
    ],
)  # fmt: skip
def test_what_is_not_stated_follows_from_the_rest(entry: str, follows: str) -> None:
    found = row(entry)
    assert found.verdict == "not stated"
    assert found.follows == follows
    assert found.problems == ()


def test_a_paired_design_of_thirty_at_080_and_082_is_shown_with_all_ways_out() -> None:
    found = row(
        "for: change, test: paired_t, effect_size: 0.82, pairs: 30, power: 80 %, alpha: 0.05, source: paper"
    )
    assert (found.label, found.verdict, found.source) == ("change: paired t test", "differs", "paper")
    assert found.stated == "power 0.80, 30 pairs, effect size 0.82, two-sided alpha 0.05"
    assert found.follows == "power 0.99; 14 pairs reach 0.80 at 0.82; 30 pairs reach 0.80 at 0.53"
    (problem,) = found.problems
    assert problem.message == (
        "stated power 0.80, but 30 pairs at effect size 0.82 give 0.99 (two-sided paired t, alpha 0.05)"
    )


def test_sixty_accrued_for_thirty_evaluable_at_a_half_is_little_more_than_a_coin() -> None:
    """P(X >= 30) for X binomial (60, 1/2) is 1/2 + C(60, 30) / 2^61 = 0.551."""
    found = row("test: evaluability, accrued: 60, evaluable: 30, expected: 50 %")
    assert found.verdict == "differs"
    assert found.follows == (
        "probability 0.55 of at least 30; 66 accrued reach it with probability 0.80; "
        "70 accrued reach it with probability 0.90"
    )


def test_an_allocation_of_two_to_one_needs_more_events() -> None:
    assert "221 events by Schoenfeld" in row(LOG_RANK + "hazard_ratio: 0.67, allocation: [2, 1]").follows


@pytest.mark.parametrize(
    "entry",
    [
        "test: paired_t, effect_size: 1.0e-9, pairs: 2, power: 99 %, alpha: 1.0e-12",
        "test: one_proportion, null: 0.5, alternative: 0.500001, n: 3, power: 90 %, alpha: 0.05",
        "test: two_proportions, control: 0.5, experimental: 0.500001, n: 99999999, power: 90 %, alpha: 0.05",
        "test: log_rank, hazard_ratio: 1.0e-9, events: 1, power: 1 %, alpha: 0.99",
        "test: evaluability, accrued: 1, evaluable: 9999999, expected: 0.01 %",
    ],
)
def test_absurd_numbers_are_answered(entry: str) -> None:
    assert row(entry).verdict in ("differs", "agrees")


WAYS_OUT = [
    ("test: log_rank, power: 90 %, alpha: 0.0452, hazard_ratio: 0.75, events: 511", "W121"),
    ("test: log_rank, power: 80 %, alpha: 0.05, hazard_ratio: 1.5, events: 150", "W121"),
    ("test: log_rank, power: 90 %, alpha: 0.05, hazard_ratio: 0.75, events: 900", "W121"),
    ("test: log_rank, power: 90 %, alpha: 0.05, hazard_ratio: 0.98, events: 90000", "W121"),
    ("test: paired_t, power: 80 %, alpha: 0.05, effect_size: 0.16, pairs: 340", "W118"),
    ("test: paired_t, power: 80 %, alpha: 0.05, effect_size: 0.165, pairs: 320", "W118"),
    ("test: paired_t, power: 80 %, alpha: 0.05, effect_size: 0.82, pairs: 30", "W118"),
    ("test: one_proportion, null: 0.2, alternative: 0.22, power: 80 %, alpha: 0.05, n: 2300", "W119"),
    ("test: one_proportion, null: 0.2, alternative: 0.4, power: 80 %, alpha: 0.05, n: 20", "W119"),
    ("test: two_proportions, control: 0.2, experimental: 0.21, power: 80 %, alpha: 0.05, n: 60000", "W120"),
    ("test: two_proportions, control: 0.2, experimental: 0.4, power: 80 %, alpha: 0.05, n: 100", "W120"),
]


@pytest.mark.parametrize(("entry", "code"), WAYS_OUT)
def test_every_number_of_a_remedy_mends_the_design(entry: str, code: str) -> None:
    """`SIZE things reach POWER at EFFECT`: written into the entry, the printed numbers agree."""
    (problem,) = row(entry).problems
    assert problem.code == code
    effect = next(
        word for word in ("hazard_ratio", "effect_size", "alternative", "experimental") if word in entry
    )
    size = next(word for word in ("events", "pairs", "n") if f" {word}:" in entry)
    stated = dict(part.split(": ") for part in entry.split(", "))
    ways = re.findall(r"(\d+) \w+ (?:give power [^;]* and )?reach 0\.\d+ at (\d+(?:\.\d+)?)", problem.remedy)
    assert len(ways) == 2
    for number, found in ways:
        assert (number, found) != (stated[size], stated[effect])
        mended = {**stated, size: number, effect: found}
        written = ", ".join(f"{word}: {value}" for word, value in mended.items())
        assert row(written).verdict == "agrees", written


def test_a_power_is_printed_with_the_digits_that_tell_it_from_the_stated_one() -> None:
    (problem,) = row("test: log_rank, power: 90 %, alpha: 0.0452, hazard_ratio: 0.75, events: 511").problems
    assert problem.message.startswith("stated 511 events for power 0.90")
    assert problem.remedy == (
        "511 events give power 0.89 at 0.75 and reach 0.90 at 0.748; 522 events reach 0.90 at 0.75. "
        "Correct events, hazard_ratio or power"
    )
    (close,) = row("test: log_rank, power: 89.4 %, alpha: 0.05, hazard_ratio: 0.75, events: 480").problems
    assert "for power 0.894," in close.message
    (short,) = row("test: evaluability, accrued: 65, evaluable: 30, expected: 50 %").problems
    assert "probability 0.77 when" in short.message
