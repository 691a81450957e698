"""A guide as one HTML page in the style of the report: pictures and styles inside, no host outside."""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from trialist.evidence.guide import Guide
from trialist.evidence.guide.model import Flow, Forest, Graph, Section
from trialist.evidence.guide.printed import RECALLED
from trialist.evidence.guide.references import REGISTRY
from trialist.report.guide_figures import flow_figure, forest_figure, mechanism_figure
from trialist.report.page import environment
from trialist.report.section_figures import Drawing
from trialist.software import software

_NCT = re.compile(r"\bNCT\d{8}\b")


def render_guide(guide: Guide) -> str:
    """The whole guide; what can fold is folded, and opened when it is printed."""
    figures = figures_of(guide.sections)
    flows = [part for part in figures if isinstance(part, Flow)]
    return (
        environment()
        .get_template("guide.html")
        .render(
            guide=guide,
            outer=[section for section in guide.sections if section.within is None],
            inside=lambda outer: [section for section in guide.sections if section.within == outer.id],
            figures=figures,
            undrawn=[flow for flow in flows if figures[flow] is None],
            cited=lambda names: numbered(guide, names),
            linked=_linked,
            kind_of=lambda part: type(part).__name__,
            recalled=RECALLED,
            any_recalled=any(RECALLED in each.marks for each in guide.values())
            or any(RECALLED in each.marks for each in guide.sentences()),
            software=software(),
            cited_ids=frozenset(),
        )
    )


def _linked(text: str) -> Markup:
    """Text in which a number of the registry leads to its record."""
    return Markup(_NCT.sub(rf'<a href="{REGISTRY}\g<0>">\g<0></a>', str(escape(text))))


def numbered(guide: Guide, names: Iterable[str]) -> list[tuple[int, str]]:
    """(number, id) of each source that is in the list of references."""
    found = ((guide.number_of(name), name) for name in names)
    return [(number, name) for number, name in found if number is not None]


def figures_of(sections: Iterable[Section]) -> dict[Forest | Flow | Graph, Drawing | None]:
    """The picture of each part that has one; None where too little is known to draw it."""
    found: dict[Forest | Flow | Graph, Drawing | None] = {}
    for section in sections:
        for part in section.all_parts:
            if isinstance(part, Forest):
                found[part] = forest_figure(part)
            elif isinstance(part, Flow):
                found[part] = flow_figure(part)
            elif isinstance(part, Graph):
                found[part] = mechanism_figure(part)
    return found
