"""A guide as one HTML page in the style of the report: pictures and styles inside, no host outside."""

from __future__ import annotations

from collections.abc import Iterable

from trialist.evidence.guide import Guide
from trialist.evidence.guide.model import Flow, Forest, Graph, Section
from trialist.evidence.guide.printed import RECALLED
from trialist.report.guide_figures import flow_figure, forest_figure, mechanism_figure
from trialist.report.page import environment
from trialist.report.section_figures import Drawing
from trialist.software import software

_BEFORE = ("about", "glance", "trials", "protocols", "flow")


def render_guide(guide: Guide) -> str:
    """The whole guide; what can fold is folded, and opened when it is printed."""
    endpoints = [section for section in guide.sections if section.id.startswith("endpoint-")]
    before = [section for section in guide.sections if section.id in _BEFORE]
    after = [section for section in guide.sections if section not in before and section not in endpoints]
    figures = figures_of(guide.sections)
    flows = [part for part in figures if isinstance(part, Flow)]
    return (
        environment()
        .get_template("guide.html")
        .render(
            guide=guide,
            before=before,
            endpoints=endpoints,
            after=after,
            figures=figures,
            undrawn=[flow for flow in flows if figures[flow] is None],
            cited=lambda names: numbered(guide, names),
            kind_of=lambda part: type(part).__name__,
            recalled=RECALLED,
            any_recalled=any(RECALLED in each.marks for each in guide.values())
            or any(RECALLED in each.marks for each in guide.sentences()),
            software=software(),
            cited_ids=frozenset(),
        )
    )


def numbered(guide: Guide, names: Iterable[str]) -> list[tuple[int, str]]:
    """(number, id) of each source that is in the list of references."""
    found = ((guide.number_of(name), name) for name in names)
    return [(number, name) for number, name in found if number is not None]


def figures_of(sections: Iterable[Section]) -> dict[Forest | Flow | Graph, Drawing | None]:
    """The picture of each part that has one; None where too little is known to draw it."""
    found: dict[Forest | Flow | Graph, Drawing | None] = {}
    for section in sections:
        for part in section.parts:
            if isinstance(part, Forest):
                found[part] = forest_figure(part)
            elif isinstance(part, Flow):
                found[part] = flow_figure(part)
            elif isinstance(part, Graph):
                found[part] = mechanism_figure(part)
    return found
