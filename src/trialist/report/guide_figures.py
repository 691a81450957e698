"""The pictures of a guide, wide and narrow: ratios of an endpoint, the flow of patients, how a drug acts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from trialist.evidence.guide.model import Flow as Followed
from trialist.evidence.guide.model import Forest, Graph
from trialist.report import participant_flow, plot_frame
from trialist.report.interval_plot import Line, Mark, interval_svg
from trialist.report.mechanism_drawing import mechanism_svg
from trialist.report.model import Flow, FlowArm
from trialist.report.participant_flow import check_flow, flow_svg
from trialist.report.section_figures import Drawing

_ORIGIN = "PUBLISHED, EACH TRIAL AGAINST ITS OWN CONTROL"
_AS_PUBLISHED = "AS PUBLISHED"


def forest_figure(forest: Forest) -> Drawing:
    """Ratios of an endpoint on one log axis; nothing is pooled."""
    from markupsafe import Markup

    rows = tuple(_lines(forest))
    favours = ("the arm named first", "the arm named second") if forest.below_one == "first" else None
    wide, narrow = (
        interval_svg(
            rows,
            title=forest.title,
            origin=_ORIGIN,
            favours=favours,
            layout=layout,
            name=f"drawing-forest-{forest.endpoint}{end}",
        )
        for layout, end in ((plot_frame.WIDE, ""), (plot_frame.NARROW, "-narrow"))
    )
    ids = ", ".join(ratio.id for ratio in forest.ratios)
    caption = f"Log scale; nothing is pooled, and the trials are not comparable with each other. Of {ids}."
    return Drawing(Markup(wide), Markup(narrow), f"{forest.title}.", caption, "published")


def _lines(forest: Forest) -> Iterator[Line]:
    before = None
    for ratio in forest.ratios:
        mark = Mark(
            "published",
            ratio.estimate,
            ratio.low,
            ratio.high,
            ratio.printed,
            f"{ratio.behind}; {ratio.id}" if ratio.behind else ratio.id,
        )
        yield Line(ratio.label, (mark,), ratio.trial if ratio.trial != before else None)
        before = ratio.trial


def flow_figure(flow: Followed) -> Drawing | None:
    """The flow of patients as far as it is published; None where too little is known to draw it."""
    from markupsafe import Markup

    drawn = as_flow(flow)
    if drawn is None:
        return None
    title = flow.trial
    wide, narrow = (
        flow_svg(
            drawn, title=title, origin=_AS_PUBLISHED, layout=layout, name=f"drawing-flow-{flow.trial}{end}"
        )
        for layout, end in ((participant_flow.WIDE, ""), (participant_flow.NARROW, "-narrow"))
    )
    wrong = " ".join(f"{problem.message}." for problem in check_flow(drawn))
    out = f"{flow.screened_out} were screened and not included." if flow.screened_out is not None else ""
    said = (f"From allocation to the analysis of {flow.analysis}, as published.", out, wrong)
    caption = " ".join(part for part in said if part)
    return Drawing(Markup(wide), Markup(narrow), f"{flow.trial}.", caption, "published")


def as_flow(flow: Followed) -> Flow | None:
    """The flow in the shape that is drawn: those not treated and not analysed are what is left."""
    if flow.missing is not None or flow.enrolled is None:
        return None
    arms = []
    for arm in flow.arms:
        if arm.allocated is None or arm.treated is None or arm.analysed is None:
            return None
        made = FlowArm(
            arm=arm.name,
            label=arm.label,
            allocated=arm.allocated,
            treated=arm.treated,
            lost=arm.stopped,
            analysed=arm.analysed,
            population=flow.analysis,
        )
        if arm.allocated > arm.treated:
            made = replace(made, not_treated=(("as allocated less treated", arm.allocated - arm.treated),))
        if arm.allocated > arm.analysed:
            made = replace(made, not_analysed=(("as allocated less analysed", arm.allocated - arm.analysed),))
        arms.append(made)
    return Flow(enrolled=flow.enrolled, arms=tuple(arms), randomised=flow.randomised)


def mechanism_figure(graph: Graph) -> Drawing:
    """What a drug does; every arrow stands on a statement that is listed beneath."""
    from markupsafe import Markup

    wide = mechanism_svg(graph, name="drawing-mechanism")
    narrow = mechanism_svg(graph, width=358.0, size=12.0, name="drawing-mechanism-narrow")
    caption = "Every arrow stands on a statement listed below. Broken arrows: seen in cells or animals only."
    return Drawing(Markup(wide), Markup(narrow), f"{graph.title}.", caption, "published")
