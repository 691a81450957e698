"""The plots of patients in a report, each in a wide and a narrow form, with the rule of what is drawn."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from trialist.patients.model import Example
from trialist.protocol.model import TrialProtocol
from trialist.report import numbers, verdict_words, words
from trialist.report.model import ReportData
from trialist.report.section_figures import Drawing
from trialist.report.spider import spider_svg
from trialist.report.swimmer import swimmer_svg


def swimmer_figure(data: ReportData) -> Drawing | None:
    """The swimmer plot, where there are people behind the records."""
    plot = data.swimmer
    if plot is None:
        return None
    headline = words.origin_headline(data.provenance.origin)
    title = f"{data.protocol.plan.trial}, follow-up of subjects"
    wide, narrow = (
        Markup(
            swimmer_svg(
                plot,
                _labels(data),
                title=title,
                origin=headline,
                narrow=small,
                name="swimmer-narrow" if small else "swimmer",
            )
        )
        for small in (False, True)
    )
    everyone = sum(plot.of.values())
    left_out = everyone - len(plot.lanes)
    said = _left_out(left_out, "in the order of their follow-up") if left_out else "Every subject is drawn."
    caption = f"One lane per subject, longest follow-up first. {said} {headline.capitalize()}."
    return Drawing(wide, narrow, "Swimmer plot.", caption, data.provenance.origin.kind)


def spider_figures(data: ReportData, name: str) -> Iterable[Drawing]:
    """The spider plot of an endpoint, where it has one."""
    plot = data.spiders.get(name)
    if plot is None:
        return
    plan, origin = data.protocol.plan, data.provenance.origin
    headline = words.origin_headline(origin)
    label = words.endpoint(plan, name)
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)
    wide, narrow = (
        Markup(
            spider_svg(
                plot,
                _labels(data),
                title=label,
                origin=headline,
                thresholds=tuple(data.thresholds.get(name, ())),
                narrow=small,
                name=f"spider-{safe}{'-narrow' if small else ''}",
            )
        )
        for small in (False, True)
    )
    left_out = sum(plot.of.values()) - len(plot.spokes)
    marks = ", ".join(f"{numbers.fixed(t, 0)}%" for t in data.thresholds.get(name, ()))
    parts = ["One line per subject, every value as recorded; values below quantification at their limit."]
    if left_out > 0:
        parts.append(_left_out(left_out, "in the order of their best change"))
    if marks:
        parts.append(f"Dashed line: {marks}.")
    parts.append(f"{headline.capitalize()}.")
    yield Drawing(wide, narrow, f"{plot.measure}, spider plot.", " ".join(parts), origin.kind)


def why_chosen(plan: TrialProtocol, example: Example) -> str:
    """What a patient is the first of: `event of overall survival: death`."""
    said = []
    for text in example.why:
        name, how, reason = text.split("|")
        label = words.endpoint(plan, name)
        told = f": {verdict_words.reason(reason)}" if reason else ""
        said.append(f"{how}, {label}{told}")
    return words.sentence("; ".join(said))


def _left_out(number: int, order: str) -> str:
    return (
        f"{numbers.count(number)} subject{'' if number == 1 else 's'} left out: those drawn are spread "
        f"evenly over each arm {order}."
    )


def _labels(data: ReportData) -> dict[str, str]:
    plan = data.protocol.plan
    return {arm: words.arm(plan, arm) for arm in plan.arms}
