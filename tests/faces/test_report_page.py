"""What the report's page must hold, whatever its looks."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
import report_examples as examples

from trialist.findings.model import Interval
from trialist.protocol.checks.design import design_table
from trialist.protocol.endpoints import Endpoint, LaboratoryGrade
from trialist.protocol.pain_endpoints import CategoryShift
from trialist.protocol.parse import read_protocol
from trialist.report import words
from trialist.report.assemble import design_label
from trialist.report.model import Flow, FlowArm
from trialist.report.page import render_report
from trialist.report.participant_flow import check_flow
from trialist.report.shift_table import shifted_to
from trialist.trials import shipped

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Text and attributes by element, with the attributes of everything around it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.elements: list[tuple[str, dict[str, str | None], list[dict[str, str | None]]]] = []
        self.headings: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.elements.append((tag, values, [around for _, around in self.open]))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(tag)
        if tag not in VOID:
            self.open.append((tag, values))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), [around for _, around in self.open]))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1][0] == tag, f"</{tag}> closes <{self.open[-1][0]}>"
        self.open.pop()


@pytest.fixture(scope="module")
def two_arms() -> str:
    return render_report(examples.two_arms())


@pytest.fixture(scope="module")
def single_arm() -> str:
    return render_report(examples.single_arm())


def text_of(html: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def test_every_number_of_a_result_stands_under_its_origin(two_arms: str, single_arm: str) -> None:
    for html in (two_arms, single_arm):
        page = Page(html)
        numbers = [
            (own, around) for _, own, around in page.elements if "num" in (own.get("class") or "").split()
        ]
        assert len(numbers) >= 3
        for own, around in numbers:
            assert own.get("data-origin") or any(a.get("data-origin") for a in around), own


def test_every_figure_carries_the_origin_in_its_own_drawing(two_arms: str) -> None:
    figures = re.findall(r"<figure.*?</figure>", two_arms, re.DOTALL)
    assert len(figures) == 6
    for figure in figures:
        assert 'data-origin="simulated"' in figure
        drawings = re.findall(r"<svg.*?</svg>", figure, re.DOTALL)
        assert len(drawings) == 2
        assert all(">SIMULATED, SEED 20101002</text>" in drawing for drawing in drawings)
        assert all('role="img"' in drawing and "<title>" in drawing for drawing in drawings)


def test_the_page_is_well_formed_with_headings_in_order(two_arms: str, single_arm: str) -> None:
    for html in (two_arms, single_arm):
        page = Page(html)
        assert page.open == []
        assert page.headings[0] == "h1"
        assert page.headings.count("h1") == 1
        levels = [int(tag[1]) for tag in page.headings]
        assert all(after - before <= 1 for before, after in pairwise(levels))
        ids = [own["id"] for _, own, _ in page.elements if own.get("id")]
        assert len(ids) == len(set(ids)), "an id is used twice"
        assert ("html", "en") in [(tag, own.get("lang")) for tag, own, _ in page.elements]


def test_the_page_names_no_host(two_arms: str) -> None:
    loaded = re.findall(r'(?:src|href|action|data)="(?!#)([^"]*)"', two_arms)
    assert loaded == []
    assert re.findall(r"url\(|@import", two_arms) == []


def test_planned_published_and_here_stand_in_one_row(two_arms: str) -> None:
    rows = re.findall(r'<tr class="joined">.*?</tr>', two_arms, re.DOTALL)
    first = text_of(rows[0])
    assert "Hazard ratio" in first
    assert "0.75" in first
    assert "0.70 (0.59–0.83) p<0.0001" in first
    assert "0.72 (0.61–0.85) p<0.001" in first


def test_a_number_of_another_population_is_named_and_not_joined(two_arms: str) -> None:
    apart = re.findall(r'<tr class="apart">.*?</tr>', two_arms, re.DOTALL)
    assert len(apart) == 1
    said = text_of(apart[0])
    assert "Not joined, population all randomised (ITT), not PSA at least 20 ng/mL at baseline" in said
    assert "17.8% (13.7–22.0)" in said


def test_a_subject_named_like_markup_stays_text(single_arm: str) -> None:
    assert "<script>alert" not in single_arm
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in single_arm


@pytest.mark.parametrize("field", ["title", "condition"])
def test_a_protocol_that_holds_markup_stays_text(field: str) -> None:
    plan = {**examples.TWO_ARMS, field: "<img src=x onerror=alert(1)>"}
    data = examples.two_arms(protocol=examples.protocol(plan))
    html = render_report(data)
    assert "<img" not in html
    assert "&lt;img src=x" in html


def test_what_can_not_be_estimated_is_said_in_words_and_explained(single_arm: str) -> None:
    said = text_of(single_arm)
    assert "not reached" in said
    assert "8.1–NR" in said
    assert 'data-code="N402"' in single_arm
    assert "trialist explain N402" in single_arm


def test_the_estimand_shows_its_five_attributes(two_arms: str) -> None:
    block = re.search(r'<div class="estimand">.*?</div>', two_arms, re.DOTALL)
    assert block
    names = re.findall(r"<dt>(.*?)</dt>", block.group())
    assert names == ["Population", "Treatments", "Variable", "Intercurrent events", "Summary"]
    assert "treatment policy (the value counts whether or not it happens)" in block.group()


def test_a_flow_that_adds_up_raises_nothing() -> None:
    flow = examples.two_arms().flow
    assert flow is not None
    assert check_flow(flow) == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"screened": 900}, "900 screened - 152 excluded = 748, not 755 enrolled"),
        ({"enrolled": 756, "screened": None}, "378 + 377 allocated = 755, not 756 enrolled"),
    ],
)
def test_a_flow_that_does_not_add_up_is_a_problem_on_the_page(change: dict[str, Any], said: str) -> None:
    flow = examples.two_arms().flow
    assert flow is not None
    html = render_report(examples.two_arms(flow=replace(flow, **change)))
    assert f"the participant flow does not add up: {said}" in html
    assert 'data-role="wrong"' in html
    assert "The numbers of this figure do not add up" in html


def test_an_arm_whose_numbers_do_not_add_up_is_named() -> None:
    arm = FlowArm("a", "arm A", allocated=10, treated=8, not_treated=(("refused", 1),), analysed=9)
    problems = check_flow(Flow(10, (arm,)))
    assert [p.code for p in problems] == ["E650", "E650"]
    assert "arm A: 8 treated + 1 not treated, not 10 allocated" in problems[0].message
    assert "arm A: 9 analysed + 0 not analysed, not 10 allocated" in problems[1].message


def test_observed_records_are_not_called_simulated() -> None:
    data = examples.two_arms()
    origin = replace(examples.SIMULATED, kind="observed", seed=None, source=None)
    seen = tuple(replace(f, origin=origin) for f in data.findings)
    html = render_report(replace(data, findings=seen, provenance=replace(data.provenance, origin=origin)))
    assert "OBSERVED RECORDS" in html
    assert "imulated, seed" not in html


def test_the_same_data_give_the_same_page() -> None:
    assert render_report(examples.two_arms()) == render_report(examples.two_arms())


def test_an_interval_of_another_level_says_so() -> None:
    data = examples.two_arms()
    first = replace(data.findings[0], interval=Interval(0.55, 0.93, 0.99))
    html = render_report(replace(data, findings=(first, *data.findings[1:])))
    assert "(99% CI 0.55–0.93)" in text_of(html)


def test_adverse_events_stand_apart_from_efficacy(two_arms: str) -> None:
    safety = re.search(r'<section id="safety">.*?</section>', two_arms, re.DOTALL)
    results = re.search(r'<section id="results">.*?</section>', two_arms, re.DOTALL)
    assert safety
    assert results
    assert "Neutropenia, grade 3 or more" in safety.group()
    assert "1 published result without a counterpart here" in text_of(safety.group())
    assert "Hazard ratio" not in text_of(safety.group())
    assert "eutropenia" not in results.group()


def test_a_subgroup_that_is_joined_in_its_figure_is_not_listed_as_left_over(two_arms: str) -> None:
    results = re.search(r'<section id="results">.*?</section>', two_arms, re.DOTALL)
    assert results
    assert "1 published result without a counterpart here" in text_of(results.group())
    assert "ECOG performance status: 2" in two_arms


def test_a_figure_of_three_arms_says_which_two_its_ratio_compares() -> None:
    data = examples.two_arms()
    third = replace(data.curves["os_km"][1], arm="other", label="a third arm")
    html = render_report(replace(data, curves={"os_km": (*data.curves["os_km"], third)}))
    figure = re.search(r'<section id="endpoint-os">.*?<figure.*?</figure>', html, re.DOTALL)
    assert figure
    said = text_of(figure.group())
    assert "Hazard ratio, cabazitaxel plus prednisone v mitoxantrone plus prednisone: 0.72 (95% CI" in said


def test_a_figure_of_published_numbers_alone_is_not_called_simulated() -> None:
    data = examples.two_arms()
    html = render_report(
        replace(data, findings=tuple(f for f in data.findings if f.measure != "hazard_ratio"))
    )
    glance = re.search(r'<section id="results">.*?(<figure.*?</figure>)', html, re.DOTALL)
    assert glance
    assert "PLANNED AND PUBLISHED" in glance.group(1)
    assert "SIMULATED" not in glance.group(1)


def test_categories_are_written_out_and_every_cell_names_its_column_for_a_phone(two_arms: str) -> None:
    assert words.category("PR") == "Partial response (PR)"
    assert words.category("MISSING") == "Missing"
    assert "Partial response (PR)" in two_arms
    assert '<div class="scroll"' not in two_arms


def test_a_design_statement_names_its_endpoint_and_no_id() -> None:
    protocol, _ = read_protocol(shipped()["prevail"] / "protocol.yaml")
    assert protocol is not None
    labels = [design_label(protocol.plan, row.label) for row in design_table(protocol)]
    assert "Overall survival: log-rank test" in labels
    assert not any(label.startswith("os:") for label in labels)


def test_a_remedy_ends_in_one_full_stop() -> None:
    assert words.full_stop("ask for probabilities at times.") == "ask for probabilities at times."
    assert words.full_stop("read it") == "read it."


def test_paper_gets_the_tables_of_a_desk_and_not_those_of_a_phone(two_arms: str) -> None:
    assert "@media screen and (max-width: 47.5rem)" in two_arms
    assert "@media (max-width" not in two_arms


def test_what_nobody_s_records_can_show_is_one_line_and_no_rows() -> None:
    data = examples.two_arms()
    empty = next(f for f in data.findings if f.measure == "median_time")
    nobody = replace(empty, estimate=None, interval=None, n=0, events=0)
    page = render_report(replace(data, findings=tuple(nobody if f is empty else f for f in data.findings)))
    assert "for want of records: <span" in page
    assert f'<tr data-origin="simulated" data-finding="{nobody.id}"' not in page
    assert f'<span data-finding="{nobody.id}">' in page


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (CategoryShift(derive="category_shift"), "worst grade after it"),
        (CategoryShift(derive="category_shift", to_day=62), "worst grade up to day 62"),
        (CategoryShift(derive="category_shift", what="last", from_day=63), "last grade from day 63"),
        (
            CategoryShift(derive="category_shift", on_treatment=True, from_day=1, to_day=62),
            "worst grade on treatment from day 1 up to day 62",
        ),
        (
            LaboratoryGrade(derive="laboratory_grade", version="5.0", term="Anemia"),
            "worst grade on treatment",
        ),
    ],
)
def test_a_shift_says_which_grade_after_baseline_it_shows(entry: Endpoint, said: str) -> None:
    assert shifted_to(entry) == said
