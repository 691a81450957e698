"""Figures and the pictures of a protocol: what they show, in numbers and words."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
import report_examples as examples

from trialist.report.curve_frame import at_risk_at, months_axis, survival_at
from trialist.report.drawings import draw_protocol
from trialist.report.kaplan_meier import kaplan_meier_svg
from trialist.report.model import Bar, Curve
from trialist.report.protocol_page import render_protocol_page
from trialist.report.waterfall import waterfall_svg

SVG = "{http://www.w3.org/2000/svg}"
SMALL = Curve(
    "a",
    "arm A",
    time_months=(1.0, 2.0, 2.5, 4.0),
    survival=(0.75, 0.75, 0.375, 0.0),
    low=(0.4, 0.4, 0.1, None),
    high=(0.95, 0.95, 0.8, None),
    at_risk=(4, 3, 2, 1),
    censor_months=(2.0,),
    median=2.5,
    published_median=3.0,
)


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def roles(svg: str, role: str) -> list[ElementTree.Element]:
    return [node for node in ElementTree.fromstring(svg).iter() if node.get("data-role") == role]


def test_numbers_at_risk_are_those_whose_time_is_not_earlier() -> None:
    assert [at_risk_at(SMALL, t) for t in (0, 1, 1.5, 2, 3, 4, 5)] == [4, 4, 3, 3, 1, 1, 0]


def test_the_curve_is_a_right_continuous_step() -> None:
    assert [survival_at(SMALL, t) for t in (0, 0.99, 1, 2.4, 2.5, 9)] == [1.0, 1.0, 0.75, 0.75, 0.375, 0.0]


def test_the_axis_counts_in_months_a_clinician_counts_in() -> None:
    assert months_axis(29.0, 10) == (0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30)
    assert months_axis(29.0, 6) == (0, 6, 12, 18, 24, 30)
    assert months_axis(0.4, 10)[-1] >= 0.4


def test_the_figure_has_curve_band_ticks_median_and_numbers_at_risk() -> None:
    svg = kaplan_meier_svg([SMALL], title="Survival", origin="SIMULATED, SEED 1")
    assert len(roles(svg, "curve")) == len(roles(svg, "band")) == len(roles(svg, "censored")) == 1
    assert len(roles(svg, "published-median")) == 1
    at_risk = [node.text for node in roles(svg, "at-risk")]
    ticks = months_axis(4.0, 10)
    assert at_risk == [str(at_risk_at(SMALL, t)) for t in ticks]
    assert {"SIMULATED, SEED 1", "arm A", "Number at risk"} <= set(texts(svg))


def test_numbers_at_risk_stand_under_their_ticks() -> None:
    svg = kaplan_meier_svg([SMALL], title="Survival", origin="OBSERVED")
    at_risk = [float(node.get("x") or 0) for node in roles(svg, "at-risk")]
    labels = [float(node.get("x") or 0) for node in roles(svg, "tick")]
    assert len(labels) == len(months_axis(4.0, 10))
    assert at_risk == labels


def test_two_curves_are_told_apart_without_colour() -> None:
    other = replace(SMALL, arm="b", label="arm B", survival=(0.5, 0.5, 0.25, 0.0))
    svg = kaplan_meier_svg([SMALL, other], title="Survival", origin="OBSERVED")
    dashes = [node.get("stroke-dasharray") for node in roles(svg, "curve")]
    assert len(set(dashes)) == 2


def test_curves_that_leave_no_room_get_a_key_in_a_free_corner() -> None:
    high = [
        replace(SMALL, arm=a, label=f"arm {a}", survival=(s, s, s, s))
        for a, s in (("A", 0.99), ("B", 0.985), ("C", 0.98))
    ]
    svg = kaplan_meier_svg(high, title="Survival", origin="OBSERVED")
    named = [n for n in ElementTree.fromstring(svg).iter(f"{SVG}text") if (n.text or "").startswith("arm ")]
    in_the_plot = [n for n in named if n.get("paint-order") == "stroke"]
    assert [n.text for n in in_the_plot] == ["arm A", "arm B", "arm C"]
    assert all(float(n.get("y") or 0) > 200 for n in in_the_plot)


def test_an_arm_whose_name_is_markup_is_drawn_as_text() -> None:
    svg = kaplan_meier_svg([replace(SMALL, label="<b>A&B")], title="<i>", origin="OBSERVED")
    assert "<b>" not in svg
    assert any("<b>A&B" in text for text in texts(svg))


def test_a_waterfall_has_a_bar_for_every_subject_and_says_what_it_cuts() -> None:
    bars = [Bar("1", "a", 250.0), Bar("2", "a", -60.0, "response"), Bar("3", "a", 10.0)]
    svg = waterfall_svg(bars, {"a": "arm A"}, title="PSA", origin="OBSERVED", thresholds=(-50.0,))
    drawn = roles(svg, "bar")
    assert [node.find(f"{SVG}title").text for node in drawn] == ["1: +250%", "3: +10%", "2: −60%, response"]  # type: ignore[union-attr]
    assert "1 cut at +100%" in texts(svg)
    assert "arm A, n 3" in texts(svg)
    assert len(roles(svg, "threshold")) == 1


def test_a_large_waterfall_is_an_outline_and_stays_small() -> None:
    bars = [Bar(str(i), "a", 90.0 - i * 0.01) for i in range(10_000)]
    svg = waterfall_svg(bars, {"a": "arm A"}, title="PSA", origin="SIMULATED")
    assert roles(svg, "bar") == []
    assert len(roles(svg, "outline")) == 1
    assert "arm A, n 10,000" in texts(svg)
    assert len(svg) < 60_000


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    return draw_protocol(examples.protocol(examples.TWO_ARMS))


def test_the_three_pictures_are_whole_files(drawn: dict[str, str]) -> None:
    assert list(drawn) == ["schedule", "allocation", "arms"]
    for svg in drawn.values():
        root = ElementTree.fromstring(svg)
        assert root.find(f"{SVG}title") is not None
        assert re.findall(r'(?:href|src)="', svg) == []


def test_the_schedule_marks_what_the_protocol_plans(drawn: dict[str, str]) -> None:
    plan = examples.protocol(examples.TWO_ARMS).plan
    said = texts(drawn["schedule"])
    everyone = sum(len(a.at) for a in plan.schedule.assessments.values() if not a.arms)
    assert len(roles(drawn["schedule"], "mark")) == everyone
    assert said.count("B") == 2 + 1  # ejection fraction at two visits, one drug of that arm alone
    assert "4 × 4 mL A" in said
    assert "if bone_disease" in said
    assert "−14 to +6 d" in said
    assert "stated total 16 mL" in said


def test_the_allocation_names_blocks_and_strata(drawn: dict[str, str]) -> None:
    said = " ".join(texts(drawn["allocation"]))
    assert "Randomised in permuted blocks" in said
    assert "blocks of 4 or 6" in said
    assert "stratified by ECOG performance status: 0-1, 2" in said


def test_a_decision_list_is_drawn_with_its_loop_and_second_episode() -> None:
    said = texts(draw_protocol(examples.protocol(examples.SINGLE_ARM))["allocation"])
    for expected in (
        "ctc_count < 3",
        "pending",
        "wait for the result, then again",
        "Screening, second episode",
        "required: months_since_first >= 3",
        "not allocated",
    ):
        assert expected in said
    assert said.count("cabazitaxel") == 2


def test_doses_stand_on_their_days(drawn: dict[str, str]) -> None:
    said = " ".join(texts(drawn["arms"])).replace("\u00a0", " ")
    assert "cabazitaxel 25 mg/m2 intravenous over 1 h," in said
    assert "reduced to 20 mg/m2" in said
    assert len(roles(drawn["arms"], "dose")) == 9  # three drugs every 21 days, three cycles


def test_minimisation_states_its_probability() -> None:
    plan = {
        **examples.TWO_ARMS,
        "allocation": {
            "method": "minimisation",
            "ratio": {"cabazitaxel": 2, "mitoxantrone": 1},
            "strata": ["ecog"],
            "p": 0.75,
        },
    }
    said = " ".join(texts(draw_protocol(examples.protocol(plan))["allocation"]))
    assert "followed with probability 0.75" in said
    assert "2 of every 3" in said


def test_the_protocol_page_shows_pictures_eligibility_and_estimands() -> None:
    protocol = examples.protocol(examples.TWO_ARMS)
    html = render_protocol_page(protocol, draw_protocol(protocol))
    assert html.count("<svg") == 3
    assert "age &gt;= 18" in html
    assert "Intercurrent events" in html
