"""The rule of an endpoint as the protocol page and the report print it."""

from __future__ import annotations

import pytest
import report_examples as examples

from trialist.protocol.endpoints import Endpoint, PsaResponse
from trialist.protocol.model import TrialProtocol
from trialist.protocol.parse import read_protocol
from trialist.report import rules
from trialist.report.drawings import draw_protocol
from trialist.report.protocol_page import render_protocol_page
from trialist.trials import shipped


def plan_with(**endpoints: Endpoint) -> TrialProtocol:
    return examples.two_arms().protocol.plan.model_copy(update={"endpoints": endpoints})


def test_every_quantity_of_a_rule_carries_its_unit() -> None:
    entry = PsaResponse.model_validate(
        {"derive": "psa_response", "fall": "30 %", "confirm_after": "3 wk", "minimum_baseline": 2}
    )
    said = dict(rules.rule(plan_with(r=entry), "r"))
    assert said["fall"] == "30%"
    assert said["confirm after"] == "21 days"
    assert said["minimum baseline"] == "2 ng/mL"
    assert said["confirmed"] == "yes"


def test_the_protocol_page_prints_days_and_percentages() -> None:
    protocol, _ = read_protocol(shipped()["caba-v7"] / "protocol.yaml")
    assert protocol is not None
    html = render_protocol_page(protocol, draw_protocol(protocol))
    for said in ("<dd>50%</dd>", "<dd>21 days</dd>", "<dd>28 days</dd>", "<dd>42 days</dd>"):
        assert said in html
    assert "<dd>0.5</dd>" not in html


@pytest.mark.parametrize("trial", sorted(shipped()))
def test_no_quantity_of_a_shipped_protocol_is_printed_bare(trial: str) -> None:
    protocol, _ = read_protocol(shipped()[trial] / "protocol.yaml")
    assert protocol is not None
    bare = {"minimum grade", "day", "from day", "to day", "max not evaluable", "version"}
    for name in protocol.plan.endpoints:
        for option, said in rules.rule(protocol.plan, name):
            assert option in bare or not said.replace(".", "").isdigit(), (name, option, said)


def test_one_day_is_one_day_and_a_nested_block_names_its_units() -> None:
    assert rules.said(1, "d") == "1 day"
    assert rules.said(0.075, "%") == "7.5%"
    assert rules.said((True, False)) == "yes, no"
    assert rules.said(1.5, "mL") == "1.5 mL"
