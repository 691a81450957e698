"""How published and planned numbers stand in the table: digits, sources, analyses, what is not joined."""

from __future__ import annotations

from dataclasses import replace

import pytest
import report_examples as examples

from trialist.evidence.published import read_published
from trialist.findings.model import Finding, Interval, Method, Origin, PValue
from trialist.protocol.model import TrialProtocol
from trialist.protocol.parse import read_protocol
from trialist.report import numbers, words
from trialist.report.page import render_report
from trialist.report.side_by_side import Row, side_by_side
from trialist.report.text import side_by_side_text
from trialist.trials import shipped

SEEDED = Origin("simulated", source="trialist", seed=1)


def table(trial: str, here: tuple[Finding, ...] = ()) -> tuple[TrialProtocol, tuple[Row, ...], str]:
    """The joined rows of a shipped trial, and the table as a narrow terminal shows it, on one line."""
    protocol, _ = read_protocol(shipped()[trial] / "protocol.yaml")
    published, problems = read_published(shipped()[trial] / "published.yaml")
    assert protocol is not None
    assert problems == ()
    text = side_by_side_text(protocol, published, here, width=79)
    return protocol.plan, side_by_side(protocol.plan, published, here).rows, " ".join(text.split())


def here(endpoint: str, measure: str, population: str, *groups: str, origin: Origin = SEEDED) -> Finding:
    return Finding(
        "T", endpoint, measure, 0.5, origin, Method("m"), population=population, groups=groups, n=10
    )


def row_of(rows: tuple[Row, ...], endpoint: str, measure: str) -> Row:
    return next(row for row in rows if (row.key.endpoint, row.key.measure) == (endpoint, measure))


def printed(measure: str, value: float, reported: str, low: float | None, high: float | None) -> str:
    origin = Origin("published", "PAPER", reliability="read", entry="X-1")
    ends = None if low is None else Interval(low, high)
    return numbers.with_interval(
        Finding("T", "e", measure, value, origin, Method("m"), interval=ends, reported=reported)
    )


@pytest.mark.parametrize(
    ("measure", "value", "reported", "low", "high", "expected"),
    [
        ("proportion", 0.12, "12%", None, None, "12%"),
        ("proportion", 0.45, "45.0%", None, None, "45.0%"),
        ("proportion", 0.0027, "<1%", None, None, "<1%"),
        ("proportion", 0.392, "39.2%", 0.339, 0.445, "39.2% (33.9–44.5)"),
        ("proportion", 0.1348, "50/371", None, None, "13.5%"),
        ("survival_probability", 0.65, "65%", None, None, "65%"),
        ("median_time", 31, "31", 29, 34, "31 (29–34)"),
        ("median_time", 28.0, "28.0", None, None, "28.0"),
        ("median_time", 6.9, "6.9", 5.75, 12.32, "6.9 (5.75–12.32)"),
        ("median_time", 8.0, "8.0", 5.7, None, "8.0 (5.7–NR)"),
        ("median", 5, "5", None, None, "5"),
        ("hazard_ratio", 0.7, "0.7", 0.59, 0.83, "0.70 (0.59–0.83)"),
    ],
)
def test_a_published_number_keeps_its_own_digits(
    measure: str, value: float, reported: str, low: float | None, high: float | None, expected: str
) -> None:
    assert printed(measure, value, reported, low, high) == expected


@pytest.mark.parametrize(
    ("trial", "entry", "expected"),
    [
        ("prevail", "PREVAIL-0020", "31 (29–34)"),
        ("prevail", "PREVAIL-0008", "28.0"),
        ("card", "CARD-0002", "8.0 (5.7–9.2)"),
        ("tropic", "TROPIC-0057", "76%"),
    ],
)
def test_shipped_figures_are_printed_as_their_sources_print_them(
    trial: str, entry: str, expected: str
) -> None:
    findings, _ = read_published(shipped()[trial] / "published.yaml")
    (finding,) = [f for f in findings if f.origin.entry == entry]
    assert numbers.with_interval(finding) == expected


def test_the_p_value_of_a_comparison_is_not_the_p_value_of_one_arm() -> None:
    finding = here("psa50", "proportion", "psa_evaluable", "cabazitaxel")
    _, _, said = table("card", (finding,))
    assert "35.7%" in said
    assert "comparison p<0.001; 41/115" in said
    for trial in ("card", "tropic", "caba-v7"):
        findings, _ = read_published(shipped()[trial] / "published.yaml")
        for each in findings:
            if each.p_value is not None and len(each.groups) == 1:
                assert (words.p_value(each) or "").startswith("comparison p"), each.origin.entry


def test_the_page_names_a_comparison_too() -> None:
    data = examples.two_arms()
    old = next(f for f in data.published if f.measure == "proportion")
    new = replace(old, p_value=PValue(0.0002), method=Method("m", (("p_value_against", "mitoxantrone"),)))
    html = render_report(replace(data, published=tuple(new if f is old else f for f in data.published)))
    assert "comparison p&lt;0.001" in html


def test_progression_seen_by_investigators_does_not_stand_beside_the_primary_analysis() -> None:
    finding = here("rpfs", "hazard_ratio", "progression_analysis", "enzalutamide", "placebo")
    plan, rows, said = table("prevail", (finding,))
    row = row_of(rows, "rpfs", "hazard_ratio")
    assert [f.origin.entry for f in row.published] == ["PREVAIL-0003"]
    apart = {a.finding.origin.entry: a.why for a in row.apart}
    assert apart["PREVAIL-0026"].startswith("population investigator assessed")
    assert "not joined: 0.32 (0.28–0.37)" in said
    assert words.population(plan, row.key.population) == "Randomised, in the progression analysis"


def test_each_analysis_of_survival_is_named_beside_its_source() -> None:
    finding = here("os", "hazard_ratio", "itt", "enzalutamide", "placebo")
    _, _, said = table("prevail", (finding,))
    for expected in (
        "analysis: interim; PREVAIL_NEJM",
        "analysis: 5 years; PREVAIL_5Y",
        "analysis: extended;",
    ):
        assert expected in said


def test_the_page_names_the_analysis_and_the_cut_off() -> None:
    data = examples.two_arms()
    first = data.published[0]
    options = (("analysis", "interim"), ("cut_off", "2009-09-25"))
    named = replace(first, method=Method("as reported", options))
    html = render_report(replace(data, published=(named, *data.published[1:])))
    assert "analysis: interim, cut-off 2009-09-25" in html


def test_a_multivariable_model_is_not_joined_with_the_planned_one() -> None:
    finding = here("os", "hazard_ratio", "itt", "cabazitaxel", "arta")
    _, rows, said = table("card", (finding,))
    row = row_of(rows, "os", "hazard_ratio")
    assert [f.origin.entry for f in row.published] == ["CARD-0010"]
    assert [(a.finding.origin.entry, a.why) for a in row.apart] == [("CARD-0060", "multivariable model")]
    assert "CARD_ASCO2020: multivariable model" in said


def test_survival_from_prescreening_is_not_joined_with_survival_from_the_first_dose() -> None:
    _, rows, _ = table("caba-v7", (here("os", "median_time", "treated_b", "b"),))
    row = row_of(rows, "os", "median_time")
    assert row.published == ()
    assert [(a.finding.origin.entry, a.why) for a in row.apart] == [
        ("CABA-V7-0032", "time from pre-screening")
    ]
    plan, _, _ = table("caba-v7")
    assert plan.simulation is not None
    assert any("6.9" in said and "pre-screening" in said for said in plan.simulation.assumed)


def test_a_planned_number_names_its_source_and_its_reliability() -> None:
    _, _, card = table("card")
    assert "assumed; recalled, not read; 196 events, n 234 (disputed)" in card
    assert "disputed" not in table("tropic")[2]
    assert "assumed; TROPIC_REPO, transcribed;" in table("tropic")[2]
    assert "assumed; PREVAIL_DESIGN, read;" in table("prevail")[2]


def test_a_recalled_number_is_not_called_published_in_a_terminal() -> None:
    _, _, said = table("card", (here("ae_infection", "proportion", "safety", "cabazitaxel"),))
    assert "40/126; recalled, not read" in said
    assert "memory;" not in said
    assert said.count(f"{words.RECALLED}: {words.RECALLED_MEANS}") == 1
    assert words.RECALLED not in table("tropic")[2]


def test_a_recalled_number_has_a_badge_of_its_own_and_the_page_one_footnote_on_it() -> None:
    data = examples.two_arms()
    (first, *rest) = [f for f in data.published if f.estimate is not None]
    memory = replace(first, origin=Origin("published", "memory", reliability="memory", entry="X-9"))
    html = render_report(replace(data, published=(memory, *rest)))
    assert '<a class="tag recalled" href="#recalled">recalled, not read</a>' in html
    assert html.count('id="recalled"') == 1
    assert html.count(words.RECALLED_MEANS) == 1
    assert 'id="recalled"' not in render_report(data)


def test_the_planned_effect_size_stands_beside_the_standardised_change_and_not_beside_the_mean() -> None:
    found = tuple(
        replace(here("ar_signalling", measure, "paired", "cabazitaxel"), estimate=-0.5)
        for measure in ("mean_change", "standardised_mean_change")
    )
    _, rows, said = table("caba-bm", found)
    assert row_of(rows, "ar_signalling", "mean_change").planned == ()
    (planned,) = row_of(rows, "ar_signalling", "standardised_mean_change").planned
    assert planned.text == "0.82, either direction"
    assert "mean paired change cabazitaxel at 9 weeks minus baseline; unit not stated" in said
    assert "standardised mean change (mean / SD of the changes) cabazitaxel at 9 weeks minus baseline" in said


def test_a_change_on_the_log_scale_says_so_and_names_the_unit() -> None:
    plan, _, _ = table("caba-bm")
    said = words.change(plan, "serum_psa", "mean_change")
    assert said == "at 9 weeks minus baseline; natural logarithm of ng/mL"
    assert words.change(plan, "ae_any", "proportion") is None


def test_the_analysis_of_a_published_number_is_parted_from_its_denominator() -> None:
    finding = Finding(
        *("T", "e", "proportion", 0.5, Origin("published", "P")),
        Method("m", (("cut_off", "2009-09-25"),)),
        n=378,
        events=189,
    )
    assert words.behind(finding) == "189/378, cut-off 2009-09-25"
    assert words.behind(replace(finding, n=None, events=None)) == "cut-off 2009-09-25"


def test_a_number_that_was_not_simply_read_says_how_it_was_taken() -> None:
    finding = here("os", "median_time", "itt", "mitoxantrone")
    _, _, said = table("tropic", (finding,))
    assert "TROPIC_REPO, transcribed" in said
    assert "not joined: 12.68, TROPIC_REPO, computed by source:" in said
    at_6 = replace(finding, measure="survival_probability", groups=("cabazitaxel",), timepoint="6")
    assert "TROPIC_REPO, digitised" in table("tropic", (at_6,))[2]


def test_a_simulated_total_over_adverse_events_is_not_called_calibrated() -> None:
    total = here("ae_any_g3", "proportion", "safety", "arta")
    term = here("ae_infection_g3", "proportion", "safety", "arta")
    _, rows, said = table("card", (total, term))
    assert row_of(rows, "ae_any_g3", "proportion").note == "total over terms, not calibrated"
    assert row_of(rows, "ae_infection_g3", "proportion").note is None
    assert said.count("note: total over terms, not calibrated") == 1
    seen = replace(total, origin=Origin("observed"))
    assert "not calibrated" not in table("card", (seen,))[2]
    unseeded = replace(total, origin=Origin("simulated", source="OTHERS"))
    assert "not calibrated" not in table("card", (unseeded,))[2]


@pytest.mark.parametrize("trial", ["card", "tropic", "caba-v7", "caba-bm"])
def test_a_simulation_lists_what_it_is_not_calibrated_to(trial: str) -> None:
    plan, _, _ = table(trial)
    assert plan.simulation is not None
    assert any(said.startswith("totals over adverse events") for said in plan.simulation.assumed)


def test_records_that_others_simulated_are_not_said_to_follow_the_protocol() -> None:
    data = examples.two_arms()
    origin = Origin("simulated", source="PHARMAVERSESDTM")
    note = "subjects of a public study; responses simulated"
    html = render_report(replace(data, provenance=replace(data.provenance, origin=origin, records_note=note)))
    assert "simulated, at least in part, by their source (PHARMAVERSESDTM)" in html
    assert "Subjects of a public study; responses simulated" in html
    assert "drawn at random" not in html
    assert "No patient stands behind" not in html
    assert "drawn at random" in render_report(data)


@pytest.mark.parametrize("trial", ["card", "tropic"])
def test_who_has_no_later_psa_value_counts_as_not_responding(trial: str) -> None:
    plan, _, _ = table(trial)
    for name in ("psa50_by_arm", "psa50_difference"):
        assert getattr(plan.analyses[name], "denominator") == "with_baseline"  # noqa: B009


def test_the_pseudo_median_is_called_one() -> None:
    assert words.measure("median_change") == "pseudo-median paired change (Hodges-Lehmann)"
