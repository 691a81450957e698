"""The drawn timeline of one patient, the swimmer and the spider plot: every mark is a record or a verdict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import patient_examples as patients
import pytest
import report_examples as examples
from command_line import codes, trialist

from trialist.patients.model import Verdict
from trialist.report import verdict_words
from trialist.report.glyphs import RESPONSE_KEY, RESPONSE_SHAPES, glyph
from trialist.report.page import render_report
from trialist.report.patient_drawing import MOST_EVENTS, timeline_svg
from trialist.report.patient_page import render_patient_page
from trialist.report.patient_sheet import NARROW
from trialist.report.patient_text import NO_RECORDS
from trialist.report.spider import below_ceiling, spider_svg
from trialist.report.swimmer import swimmer_svg

SVG = "{http://www.w3.org/2000/svg}"
ORIGIN = examples.two_arms().provenance.origin
PLAN = examples.two_arms().protocol.plan


def roles(drawing: str, role: str) -> list[ElementTree.Element]:
    return [node for node in ElementTree.fromstring(drawing).iter() if node.get("data-role") == role]


def told(drawing: str, role: str) -> list[str]:
    return [node.findtext(f"{SVG}title") or "" for node in roles(drawing, role)]


def texts(drawing: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(drawing).iter(f"{SVG}text")]


def test_the_timeline_draws_every_dated_record_once() -> None:
    drawing = timeline_svg(patients.patient(), PLAN, ORIGIN)
    assert told(drawing, "psa") == [
        "Day -3: PSA 100 ng/mL",
        "Day 21: PSA 45 ng/mL",
        "Day 49: PSA <0.1 ng/mL",
    ]
    assert len(roles(drawing, "dose")) == 3
    assert told(drawing, "response") == ["Day 56: overall response PR", "Day 112: overall response PD"]
    assert len(roles(drawing, "adverse-event")) == 2
    assert told(drawing, "milestone-mark") == ["New anticancer therapy, day 120", "Death, day 200"]
    assert "1 entry without a full date, not drawn." in texts(drawing)


def test_verdicts_are_drawn_on_their_day_and_those_not_derived_are_not() -> None:
    drawing = timeline_svg(patients.patient(), PLAN, ORIGIN)
    assert [node.get("data-shape") for node in roles(drawing, "verdict")] == ["diamond", "triangle"]
    assert told(drawing, "verdict")[0] == "Overall survival: Event: death"
    assert "Best response" not in texts(drawing)


def test_the_drawing_says_its_origin_in_sight_and_to_a_screen_reader() -> None:
    root = ElementTree.fromstring(timeline_svg(patients.patient(), PLAN, ORIGIN))
    assert "SIMULATED" in (root.findtext(f"{SVG}title") or "")
    assert "Event on day 200" in (root.findtext(f"{SVG}desc") or "")
    for layout in ({}, {"layout": NARROW}):
        assert any(
            "SIMULATED" in text for text in texts(timeline_svg(patients.patient(), PLAN, ORIGIN, **layout))
        )


def test_a_smaller_dose_is_a_shorter_tick_and_a_grade_is_printed() -> None:
    drawing = timeline_svg(patients.patient(), PLAN, ORIGIN)
    full, reduced, lasting = (float(node.get("height") or 0) for node in roles(drawing, "dose"))
    assert reduced < full or lasting < full
    assert {"4", "1, end not recorded"} <= set(texts(drawing))


def test_many_adverse_events_are_cut_to_the_highest_grades_and_it_is_said() -> None:
    patient = patients.patient()
    event = patient.entries[5]
    many = tuple(
        replace(event, day=30 + n, what=f"event {n}", grade=1 + n % 3) for n in range(MOST_EVENTS + 4)
    )
    drawing = timeline_svg(replace(patient, entries=many), PLAN, ORIGIN)
    assert len(roles(drawing, "adverse-event")) == MOST_EVENTS
    assert any("4 more are in the text" in text for text in texts(drawing))


def test_a_pseudo_patient_has_a_time_and_is_said_to_have_no_records() -> None:
    patient = patients.pseudo_patient()
    drawing = timeline_svg(patient, PLAN, replace(ORIGIN, kind="reconstructed", seed=None))
    assert len(roles(drawing, "verdict")) == 1
    assert not roles(drawing, "psa")
    assert " ".join(texts(drawing)).count("no records beyond a time") == 1
    page = render_patient_page(patient, examples.two_arms().protocol, ORIGIN)
    assert NO_RECORDS in page
    assert "day by day" not in page


def test_a_shape_that_is_new_is_told_by_its_columns() -> None:
    rows = (
        {"subject": "P-001", "day": 3, "term": "Fatigue", "grade": 2, "serious": False},
        {"subject": "P-001", "day": 9, "term": "Rash", "grade": None, "serious": True},
    )
    found = Verdict("ae", "Events", "adverse_events", "Occurrence", rows, None, (), None)
    assert verdict_words.verdict(PLAN, found) == "2 rows; each stands below."
    assert list(verdict_words.visits(found)) == [
        "day 3: Term Fatigue, grade 2, serious no.",
        "day 9: Term Rash, serious yes.",
    ]
    alone = replace(found, rows=rows[:1], shape="Exposure")
    assert verdict_words.values(alone) == "Term Fatigue, grade 2, serious no."


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.00002, "0.00002"),
        (0.05, "0.05"),
        (95.77, "95.77"),
        (17060.3, "17,060.3"),
        (1135690.0, "1,135,690"),
        (0, "0"),
    ],
)
def test_a_recorded_value_is_never_printed_in_exponents(value: float, shown: str) -> None:
    assert verdict_words.number(value) == shown


def test_shapes_alone_tell_responses_and_ends_apart() -> None:
    assert len(dict(RESPONSE_KEY)) == len({shape for _, shape in RESPONSE_KEY})
    assert set(RESPONSE_SHAPES.values()) <= {shape for _, shape in RESPONSE_KEY}
    drawn = {glyph(shape, 0, 0) for _, shape in RESPONSE_KEY}
    assert len(drawn) == len(RESPONSE_KEY)


def test_the_swimmer_has_a_lane_per_subject_with_its_doses_marks_and_end() -> None:
    for narrow in (False, True):
        drawing = swimmer_svg(patients.swimmer(), patients.ARMS, title="T", origin="OBSERVED", narrow=narrow)
        assert told(drawing, "lane") == [
            "P-002: last known alive on day 300",
            "P-001: died on day 200",
            "P-003: last known alive on day 90",
        ]
        assert len(roles(drawing, "death")) == 1
        assert len(roles(drawing, "alive")) == 2
        shapes = [node.get("data-shape") for node in roles(drawing, "mark")]
        assert shapes == ["open triangle", "triangle", "diamond", "open square"]
        assert {"Cabazitaxel, n 2", "Mitoxantrone, 1 of 40 subjects"} <= set(texts(drawing))
        assert "progression (PFS)" in texts(drawing)


def test_the_spider_cuts_at_one_hundred_percent_and_says_so() -> None:
    drawing = spider_svg(patients.spider(), patients.ARMS, title="T", origin="OBSERVED", thresholds=(-50.0,))
    assert told(drawing, "spoke") == [
        "P-002: −1% on day 42, the last value",
        "P-001: +250% on day 110, the last value; PSA response",
        "P-003: +30% on day 42, the last value",
    ]
    assert "Cabazitaxel, n 2; 1 cut above +100%" in texts(drawing)
    assert len(roles(drawing, "threshold")) == 2
    weights = [float(node.get("stroke-width") or 0) for node in roles(drawing, "spoke")]
    assert weights[1] > weights[0]  # a responder's line is heavier, so that grey tells it too


def test_a_line_of_a_spider_ends_where_it_leaves_and_begins_where_it_comes_back() -> None:
    assert below_ceiling(((0, 0.0), (10, 50.0))) == [[(0, 0.0), (10, 50.0)]]
    there_and_back = ((0, 0.0), (10, 200.0), (20, 200.0), (30, 0.0))
    assert below_ceiling(there_and_back) == [[(0, 0.0), (5.0, 100.0)], [(25.0, 100.0), (30, 0.0)]]
    assert below_ceiling(((0, 0.0), (10, 100.0))) == [[(0, 0.0), (10, 100.0)]]


def test_the_report_shows_plots_and_examples_with_the_rule_that_chose_them() -> None:
    data = examples.two_arms(
        swimmer=patients.swimmer(), spiders={"psa_best": patients.spider()}, examples=(patients.example(),)
    )
    page = render_report(data)
    assert '<section id="patients">' in page
    assert "39 subjects left out: those drawn are spread evenly over each arm" in page
    assert '<details class="patient" data-subject="P-001">' in page
    assert "Chosen by rule: in the order of ids" in page
    assert "neutropenia &lt;&amp;&gt;" in page
    assert '<section id="patients">' not in render_report(examples.two_arms())


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_of_a_patient_fits_the_screen(browser: Any, tmp_path: Path, width: int) -> None:
    file = tmp_path / "patient.html"
    file.write_text(render_patient_page(patients.patient(), examples.two_arms().protocol, ORIGIN), "utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(file.as_uri())
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    outside = page.evaluate(
        """() => [...document.querySelectorAll("figure svg")]
            .filter(s => s.getClientRects().length)
            .flatMap(s => {
                const box = s.getBoundingClientRect();
                return [...s.querySelectorAll("text")]
                    .filter(t => {
                        const b = t.getBoundingClientRect();
                        return b.left < box.left - 1 || b.right > box.right + 1 || b.height < 9;
                    })
                    .map(t => t.textContent);
            })"""
    )
    assert outside == []
    page.close()


def test_a_patient_is_explained_as_text_json_and_picture(tmp_path: Path) -> None:
    asked = ("explain", "prevail", "--subject", "PREVAIL-OS-0001")
    text = trialist(*asked)
    assert text.exit_code == 0
    assert "RECONSTRUCTED FROM PUBLISHED CURVES" in text.stdout
    file = tmp_path / "patient.html"
    both = trialist(*asked, "--json", "--out", file)
    assert both.exit_code == 0
    assert '"subject": "PREVAIL-OS-0001"' in both.stdout
    assert "<svg" in file.read_text("utf-8")


def test_what_cannot_be_shown_is_bad_input(tmp_path: Path) -> None:
    missing = trialist("explain", "prevail", "--subject", "PREVAIL-OS-1", "--json")
    assert (missing.exit_code, codes(missing)) == (2, ["E090"])
    assert "PREVAIL-OS-0001" in missing.stdout
    wrong = trialist("explain", "prevail", "--subject", "x", "--out", tmp_path / "x.pdf", "--json")
    assert (wrong.exit_code, codes(wrong)) == (2, ["E091"])
    assert trialist("explain", "E203", "--seed", "3").exit_code == 2
