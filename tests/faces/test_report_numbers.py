"""How numbers are printed, joined and set as text."""

from __future__ import annotations

from dataclasses import replace

import pytest
import report_examples as examples
from report_findings import TABLE_2

from trialist.findings.model import Finding, Interval, Method, Origin, PValue
from trialist.report import numbers, words
from trialist.report.side_by_side import side_by_side, told_apart
from trialist.report.text import side_by_side_text


def finding(
    measure: str, estimate: float | None, low: float | None = None, high: float | None = None, **more
):  # type: ignore[no-untyped-def]
    ends = None if low is None and high is None else Interval(low, high)
    return Finding("T", "e", measure, estimate, Origin("observed"), Method("m"), interval=ends, **more)


@pytest.mark.parametrize(
    ("measure", "estimate", "low", "high", "printed"),
    [
        ("hazard_ratio", 0.7, 0.59, 0.83, "0.70 (0.59–0.83)"),
        ("hazard_ratio", 0.045, 0.012, 0.5, "0.045 (0.012–0.50)"),
        ("odds_ratio", 27.43, 3.449, 218.1, "27.4 (3.45–218)"),
        ("survival_probability", 1.0, None, None, "100.0%"),
        ("median_time", 15.06, 14.1, None, "15.1 (14.1–NR)"),
        ("median_time", None, 8.1, None, "not reached (8.1–NR)"),
        ("median_time", None, None, None, "not reached"),
        ("hazard_ratio", None, None, None, "not estimable"),
        ("proportion", 0.392, 0.339, 0.445, "39.2% (33.9–44.5)"),
        ("risk_difference", -0.124, -0.2, 0.01, "−12.4 (−20.0 to 1.0)"),
        ("count", 12345.0, None, None, "12,345"),
        ("correlation", -0.5, -0.75, -0.1, "−0.500 (−0.750 to −0.100)"),
        ("a_measure_of_someone", 1234.5, None, None, "1,235"),
        ("a_measure_of_someone", 0.00123, None, None, "0.00123"),
    ],
)
def test_an_estimate_is_printed_by_what_it_measures(
    measure: str, estimate: float | None, low: float | None, high: float | None, printed: str
) -> None:
    assert numbers.with_interval(finding(measure, estimate, low, high)) == printed


def test_the_level_of_an_interval_is_printed_when_it_is_not_the_usual_one() -> None:
    of_90 = replace(finding("hazard_ratio", 0.7), interval=Interval(0.61, 0.8, level=0.9))
    assert numbers.with_interval(of_90) == "0.70 (90% CI 0.61–0.80)"


def test_results_of_one_cell_are_told_apart_by_the_options_that_differ() -> None:
    stratified = Method("cox_ph", (("ties", "efron"), ("strata", ("ecog",))))
    plain = Method("cox_ph", (("ties", "breslow"), ("strata", ())))
    two = [
        replace(finding("hazard_ratio", 0.38), method=stratified, analysis="main_hr"),
        replace(finding("hazard_ratio", 0.41), method=plain, analysis="other_hr"),
    ]
    first, second = (text for _, text in told_apart(two))
    assert "stratified by ECOG" in first
    assert "main hr" in first
    assert "Breslow" in second
    assert "unstratified" in second
    assert told_apart(two[:1]) == ((two[0], ""),)


@pytest.mark.parametrize(
    ("p", "printed"),
    [
        (PValue(0.00004), "p<0.001"),
        (PValue(0.0001, "<"), "p<0.0001"),
        (PValue(0.05, ">"), "p>0.05"),
        (PValue(0.0043), "p=0.004"),
        (PValue(0.0496), "p=0.050"),
        (PValue(0.0504), "p=0.050"),
        (PValue(0.0472), "p=0.047"),
        (PValue(0.0523), "p=0.052"),
        (PValue(0.314), "p=0.31"),
        (PValue(0.996), "p>0.99"),
    ],
)
def test_a_p_value_is_printed_as_journals_do(p: PValue, printed: str) -> None:
    assert numbers.p_value(p) == printed


def test_half_is_rounded_away_from_zero_and_minus_is_a_minus() -> None:
    assert numbers.fixed(0.125, 2) == "0.13"
    assert numbers.fixed(-0.125, 2) == "−0.13"
    assert numbers.fixed(-0.001, 2) == "0.00"


def test_what_a_median_says_when_nobody_was_followed() -> None:
    assert numbers.estimate(finding("median_time", None, n=0)) == "not estimable"
    assert numbers.estimate(finding("median_time", None, reported="NE")) == "not estimable"


def test_who_is_behind_a_number() -> None:
    assert numbers.denominator(finding("proportion", 0.392, n=329, events=129)) == "129/329"
    assert numbers.denominator(finding("hazard_ratio", 0.7, n=755, events=513)) == "n 755, 513 events"
    assert numbers.denominator(finding("mean", 1.0)) is None


def test_the_primary_estimand_comes_first_and_times_are_matched_as_numbers() -> None:
    data = examples.two_arms()
    rows = side_by_side(data.protocol.plan, data.published, data.findings).rows
    assert (rows[0].key.endpoint, rows[0].key.measure, rows[0].objective) == ("os", "hazard_ratio", "primary")
    assert rows[0].planned[0].details == "511 events, n 720, power 90%, two-sided alpha 0.05"
    at_12 = examples.found(
        "os",
        "survival_probability",
        0.6,
        groups=("cabazitaxel",),
        timepoint="12 months",
        origin=TABLE_2,
    )
    joined = side_by_side(data.protocol.plan, (at_12,), data.findings)
    row = next(r for r in joined.rows if r.key.timepoint == "12" and r.key.groups == ("cabazitaxel",))
    assert row.published == (at_12,)
    assert joined.elsewhere == ()


def test_groups_the_other_way_round_are_not_joined() -> None:
    data = examples.two_arms()
    turned = examples.found(
        "os", "hazard_ratio", 1.43, groups=("mitoxantrone", "cabazitaxel"), origin=TABLE_2
    )
    row = side_by_side(data.protocol.plan, (turned,), data.findings).rows[0]
    assert row.published == ()
    assert [(a.finding, a.why) for a in row.apart] == [
        (turned, "the groups are compared the other way round")
    ]


def test_findings_of_subgroups_keep_out_of_the_main_table() -> None:
    data = examples.two_arms()
    joined = side_by_side(data.protocol.plan, data.published, data.findings)
    assert all(row.key.subgroup is None for row in joined.rows)
    inside = side_by_side(data.protocol.plan, data.published, data.findings, subgroups=True)
    assert [row.key.subgroup for row in inside.rows] == ["ecog: 0-1", "ecog: 2"]
    assert all(row.published and row.here for row in inside.rows)


@pytest.mark.parametrize("width", [50, 79, 80, 100, 140])
def test_the_text_table_keeps_to_its_width_and_names_every_origin(width: int) -> None:
    data = examples.two_arms()
    text = side_by_side_text(data.protocol, data.published, data.findings, width=width)
    assert max(map(len, text.splitlines())) <= width
    flat = " ".join(text.split())
    for expected in (
        "planned",
        "published",
        "0.70 (0.59–0.83)",
        "0.72 (0.61–0.85)",
        "de_bono_2010",
        "Overall",
    ):
        assert expected in flat
    assert "simulated, seed 20101002" in flat
    assert text.count("simulated") >= 8
    assert "not joined: 17.8%" in flat


def test_a_design_is_quoted_with_all_its_decimals() -> None:
    assert [numbers.stated(v) for v in (0.815, 0.7, 0.57)] == ["0.815", "0.70", "0.57"]


def test_a_probability_at_a_time_stands_in_the_main_table_only_beside_a_published_one() -> None:
    data = examples.two_arms()
    rows = side_by_side(data.protocol.plan, (), data.findings).rows
    assert "survival_probability" not in {row.key.measure for row in rows}
    at_12 = examples.found(
        "os", "survival_probability", 0.6, groups=("cabazitaxel",), timepoint="12", origin=TABLE_2
    )
    rows = side_by_side(data.protocol.plan, (at_12,), data.findings).rows
    beside = [row.key.groups for row in rows if row.key.measure == "survival_probability"]
    assert beside == [("cabazitaxel",)]


def test_a_difference_in_proportions_names_its_unit() -> None:
    assert words.measure("risk_difference") == "difference in proportions, percentage points"


def test_one_event_is_one_event_and_a_percent_change_has_one_decimal() -> None:
    assert numbers.events(1) == "1 event"
    assert numbers.events(1234) == "1,234 events"
    change = Method("describe", (("of", "percent_change"),))
    found = Finding("T", "psa", "mean", -21.47, Origin("observed"), change)
    assert numbers.estimate(found) == f"{numbers.MINUS}21.5"
    assert numbers.estimate(replace(found, method=Method("describe", (("of", "change"),)))).endswith("21.47")
