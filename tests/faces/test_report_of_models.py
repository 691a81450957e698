"""How a report words the tests and terms of models, pooled groups, and subgroups in their order."""

from __future__ import annotations

from trialist.findings.measures import _ALL
from trialist.findings.model import Finding, Method, Origin
from trialist.protocol.parse import read_protocol
from trialist.report import numbers, words
from trialist.report.interval_plot import Line, Mark, interval_svg
from trialist.report.side_by_side import side_by_side
from trialist.trials import shipped

_READ, _ = read_protocol(shipped()["card"] / "protocol.yaml")
assert _READ is not None
CARD = _READ.plan


def _finding(measure: str, groups: tuple[str, ...] = ("cabazitaxel", "arta"), **more: object) -> Finding:
    options = more.pop("options", ())
    made = {"estimate": 0.5, "origin": Origin("simulated", seed=1), "method": Method("subgroups", options)}
    return Finding("CARD", "rpfs", measure, groups=groups, **{**made, **more})  # type: ignore[arg-type]


def test_a_test_of_interaction_names_its_factor_and_its_kind():
    told = (("category", "ecog, wald"), ("factor", "ecog"), ("test", "wald"))
    assert words.term(CARD, _finding("interaction", options=told)) == "ECOG performance status, Wald"


def test_a_test_of_proportional_hazards_names_its_term_where_that_is_not_the_arm():
    for term, shown in (
        ("arm", None),
        ("measurable", "measurable disease at baseline"),
        ("all", "all terms"),
    ):
        told = (("category", term), ("term", term))
        assert words.term(CARD, _finding("proportional_hazards", options=told)) == shown


def test_arms_that_are_described_together_are_not_said_to_be_compared():
    assert words.groups(CARD, CARD.arms, "median_follow_up").startswith("cabazitaxel and ")
    assert words.groups(CARD, CARD.arms, "hazard_ratio").startswith("cabazitaxel v ")


def test_subgroups_stand_in_the_order_of_the_protocol_and_not_of_the_alphabet():
    levels = [f"{name}: {level}" for name, factor in CARD.factors.items() for level in factor.levels]
    found = [_finding("hazard_ratio", subgroup=level, population="itt") for level in sorted(levels)]
    rows = side_by_side(CARD, (), found, subgroups=True).rows
    assert [row.key.subgroup for row in rows] == levels


def test_the_test_of_interaction_stands_in_the_table_of_its_endpoint_and_not_among_the_headlines():
    found = _finding("interaction", options=(("category", "ecog, wald"), ("factor", "ecog")))
    assert side_by_side(CARD, (), [found]).rows == side_by_side(CARD, (), ()).rows


def test_a_difference_of_probabilities_is_in_percentage_points_as_that_of_proportions():
    assert numbers.estimate(_finding("survival_difference", estimate=0.076)) == "7.6"
    assert words.measure("survival_difference") == "difference in probability, percentage points"


def test_ticks_of_a_wide_axis_do_not_run_into_each_other():
    mark = Mark("simulated", 1.4, 0.06, 15.0, "1.40 (0.06 to 15.0)", "simulated")
    drawn = interval_svg([Line("all", (mark,))], title="t", origin="SIMULATED")
    assert ">0.25</text>" in drawn
    assert ">0.2</text>" not in drawn


def test_each_measure_is_written_once():
    names = [measure.name for measure in _ALL]
    assert len(names) == len(set(names))
