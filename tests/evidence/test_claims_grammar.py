"""What is read in a sentence, digit by digit, and what it is bound to."""

from __future__ import annotations

import pytest
from audited import claims, reading

from trialist.findings.model import Interval, PValue


@pytest.mark.parametrize(
    "written",
    [
        "hazard ratio, 0.64; 95% CI, 0.46 to 0.89; P=0.008",
        "HR 0.64 (95% CI 0.46-0.89), P = 0.008",
        "HR 0.64 [95% CI 0.46; 0.89], p=0.008",
        "hazard ratio (HR) 0·64, 95% confidence interval [CI] 0·46–0·89; p=0·008",
        "HR [95% CI] 0.64 [0.46–0.89], p = .008",
        "HR: 0.64; CI95 0.46-0.89; P .008",
        "HR (95%-CI) 0.64 (0.46; 0.89), P=0.008",
        "HR 0.64 (95 percent confidence interval from 0.46 to 0.89; P=0.008)",
        "HR 0,64 (95% CI 0,46-0,89; p=0,008)",
        "adjusted hazard ratio was 0.64 (CI 95%: 0.46, 0.89; p value 0.008)",
        "hazard ratio for death with the first drug of 0.64 (95 % CI, 0.46−0.89; P = 0.008)",
    ],
)
def test_an_interval_is_read_in_every_common_notation(written: str) -> None:
    (claim,) = claims(f"The result was {written}.", "ratio")
    finding = claim.finding
    assert finding is not None
    assert (finding.measure, finding.estimate) == ("hazard_ratio", 0.64)
    assert finding.interval == Interval(0.46, 0.89, 0.95)
    assert finding.p_value == PValue(0.008)
    assert finding.origin.kind == "claimed"


def test_the_level_of_an_interval_and_the_side_of_a_p_value_are_read() -> None:
    (claim,) = claims("HR 1.024 (97.78% CI 0.886-1.184; one-sided P<0.001).", "ratio")
    assert claim.finding is not None
    assert claim.finding.interval == Interval(0.886, 1.184, 0.9778)
    assert claim.finding.p_value == PValue(0.001, "<", 1)


@pytest.mark.parametrize(
    ("written", "count", "n", "percent"),
    [
        ("41 of 115 patients (35.7%)", 41, 115, "35.7"),
        ("41/115 (35.7%)", 41, 115, "35.7"),
        ("35.7% (41/115)", 41, 115, "35.7"),
        ("35.7% of patients (41 of 115)", 41, 115, "35.7"),
        ("41 (35.7%) of 115 men", 41, 115, "35.7"),
        ("41 (35·7%) of the 115 men", 41, 115, "35.7"),
        ("41 patients out of 115 (35.7%)", 41, 115, "35.7"),
        ("41 of 115 responded (35.7%)", 41, 115, "35.7"),
        ("1,041 of 2,115 patients (49.2%)", 1041, 2115, "49.2"),
    ],
)
def test_a_count_a_whole_and_a_percent_are_one_claim(written: str, count: int, n: int, percent: str) -> None:
    (claim,) = claims(f"A response was seen in {written}.", "share")
    assert (claim.numbers["count"].value, claim.numbers["n"].value) == (count, n)
    assert claim.numbers["percent"].text == percent


def test_a_claim_keeps_the_place_where_it_stands() -> None:
    read = reading("# Title\n\nOne line.\nThe HR was 0.64 (95% CI 0.46-0.89).\n")
    (claim,) = [c for c in read.claims if c.kind == "ratio"]
    assert claim.span.line == 4
    assert read.document.text[claim.span.start : claim.span.end].startswith("HR was 0.64")
    assert str(claim.span) == "text.md:4"


def test_two_values_belong_to_the_two_arms_in_their_order() -> None:
    first, second = claims("Median overall survival was 13.6 v 11.0 months with drug A v drug B.", "time")
    assert [claim.bound.groups for claim in (first, second)] == [("a",), ("b",)]
    assert {claim.bound.endpoint for claim in (first, second)} == {"os"}
    first, second = claims("Compared with drug B, drug A gave a median OS of 13.6 v 11.0 months.", "time")
    assert [claim.bound.groups for claim in (first, second)] == [("a",), ("b",)]


def test_a_value_belongs_to_the_arm_that_is_named_behind_it() -> None:
    first, second = claims(
        "Median overall survival: 11.0 months with drug B and 13.6 months with drug A.", "time"
    )
    assert [claim.bound.groups for claim in (first, second)] == [("b",), ("a",)]


def test_what_the_text_does_not_say_is_empty() -> None:
    (claim,) = claims("The hazard ratio was 0.64 (95% CI 0.46-0.89).", "ratio")
    assert claim.finding is not None
    assert (claim.finding.trial, claim.finding.endpoint, claim.finding.population) == ("", "", "")
    assert claim.bound.groups == ()


def test_a_table_gives_each_cell_its_row_and_column() -> None:
    text = (
        "| Endpoint | Drug A (N = 126) | Drug B (N = 124) | HR (95% CI) | P |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| Overall survival, median (months) | 13.6 (11.5-17.5) | 11.0 | 0.64 (0.46-0.89) | 0.008 |\n"
        "| Grade 3 or higher, n (%) | 71 (56.3) | 65 (52.4) | | |\n"
    )
    times = claims(text, "time")
    assert [(c.finding.estimate, c.bound.endpoint, c.bound.groups) for c in times if c.finding] == [
        (13.6, "os", ("a",)),
        (11.0, "os", ("b",)),
    ]
    (ratio,) = claims(text, "ratio")
    assert {word: ratio.numbers[word].text for word in ("estimate", "low", "high", "p")} == {
        "estimate": "0.64",
        "low": "0.46",
        "high": "0.89",
        "p": "0.008",
    }
    shares = claims(text, "share")
    assert [(c.numbers["count"].value, c.numbers["n"].value) for c in shares] == [(71, 126), (65, 124)]


def test_claims_without_a_number_have_kinds_of_their_own() -> None:
    text = (
        "Drug A is superior to drug B. It never causes nausea. Adverse events follow CTCAE v4.03 and PCWG3."
    )
    kinds = [claim.kind for claim in reading(text).claims]
    assert kinds == ["superiority", "negative", "cause", "standard", "standard"]


def test_a_table_that_was_flattened_to_running_text_is_left_alone() -> None:
    rows = " ".join(f"Item {k} {k * 7} ({k}.{k}) {k * 3} (0.{k})" for k in range(1, 40))
    assert claims(f"Table 1 {rows}.", "share") == []


def test_the_same_text_gives_the_same_claims() -> None:
    text = "Of 200 patients randomised, 99 received drug A. The HR was 0.63 (0.46-0.86), P=0.003."
    assert reading(text) == reading(text)
