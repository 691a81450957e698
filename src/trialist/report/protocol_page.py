"""A protocol as one HTML page: its pictures, eligibility, estimands and analyses."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from trialist.protocol.model import Protocol
from trialist.report import rules, words
from trialist.report.page import environment

_TITLES = {"schedule": "Schedule of activities", "allocation": "Allocation", "arms": "Arms, doses and cycles"}


def render_protocol_page(protocol: Protocol, drawings: Mapping[str, str]) -> str:
    """The page of `trialist draw`; `drawings` as `draw_protocol` makes them."""
    plan = protocol.plan
    return (
        environment(protocol)
        .get_template("protocol.html")
        .render(
            protocol=protocol,
            plan=plan,
            drawings=[(name, _TITLES.get(name, name), Markup(svg)) for name, svg in drawings.items()],
            estimands=[
                (
                    e.label or f"{words.sentence(e.objective)}: {words.endpoint(plan, e.endpoint)}",
                    words.estimand(plan, e),
                )
                for e in plan.estimands.values()
            ],
            rules=[(words.endpoint(plan, name), rules.rule(plan, name)) for name in plan.endpoints],
        )
    )
