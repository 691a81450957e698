"""A network as one HTML page in the style of the report: what differs stands before any ranking."""

from __future__ import annotations

from dataclasses import dataclass

from trialist.evidence.pooling.network import NetworkPart, PooledNetwork
from trialist.evidence.pooling.network_selection import is_ratio
from trialist.findings.model import Finding
from trialist.report import network_plot, numbers, plot_frame
from trialist.report import network_words as told
from trialist.report.interval_plot import Line, Mark, interval_svg
from trialist.report.network_plot import network_svg
from trialist.report.page import environment
from trialist.report.rankogram import Ranked, rankogram_svg

ORIGIN = "POOLED FROM SEVERAL TRIALS"


@dataclass(frozen=True, slots=True)
class Figure:
    """One picture for a wide and a narrow screen."""

    wide: str
    narrow: str


def network_page(pooled: PooledNetwork) -> str:
    """One file: the question; of every part its differences, network, forest, league, agreement, ranks."""
    from markupsafe import Markup

    def marked(figure: Figure | None) -> Figure | None:
        return None if figure is None else Figure(Markup(figure.wide), Markup(figure.narrow))

    parts = [
        {
            "number": number,
            "part": part,
            "drawn": marked(drawn(pooled, part)),
            "forest": marked(forest(pooled, part)),
            "ranks": marked(ranks(pooled, part)),
            "draws": told.draws(part),
        }
        for number, part in enumerate(pooled.parts, 1)
    ]
    return (
        environment()
        .get_template("network.html")
        .render(pooled=pooled, parts=parts, told=told, title=told.title(pooled))
    )


def drawn(pooled: PooledNetwork, part: NetworkPart) -> Figure:
    """The network of a part."""
    title = f"Network of {len(part.treatments)} treatments and {len(part.trials)} trials"
    layouts = network_plot.WIDE, network_plot.NARROW
    return Figure(*(network_svg(part, pooled.labels, title=title, layout=layout) for layout in layouts))


def forest(pooled: PooledNetwork, part: NetworkPart) -> Figure | None:
    """Every treatment against the reference: network, direct, and in a new trial. Ratios only."""
    if not is_ratio(pooled.question.measure):
        return None
    rows = []
    for row in told.against_reference(pooled, part):
        marks = [_mark(row.network, "network")]
        if row.direct is not None and row.indirect is not None:
            marks.append(_mark(row.direct, "direct only"))
        if row.predicted is not None:
            marks.append(_mark(row.predicted, "in a new trial"))
        rows.append(Line(row.label, tuple(mark for mark in marks if mark is not None)))
    rows = [row for row in rows if row.marks]
    if not rows:
        return None
    reference = told.label(pooled, part.reference)
    better, worse = ("the treatment", reference)
    favours = (better, worse) if pooled.question.lower_is_better else (worse, better)
    return Figure(
        *(
            interval_svg(rows, title=f"Against {reference}", origin=ORIGIN, favours=favours, layout=layout)
            for layout in (plot_frame.WIDE, plot_frame.NARROW)
        )
    )


def _mark(finding: Finding, text: str) -> Mark | None:
    if finding.estimate is None:
        return None
    ends = finding.interval
    low, high = (None, None) if ends is None else (ends.low, ends.high)
    shown = numbers.with_interval(finding) if text != "in a new trial" else numbers.interval(finding) or ""
    kind = "designed" if text == "in a new trial" else "published" if text == "direct only" else "pooled"
    return Mark(kind, finding.estimate, low, high, shown, text)


def ranks(pooled: PooledNetwork, part: NetworkPart) -> Figure | None:
    """The rankogram, where ranks were drawn."""
    found = []
    for treatment in told.ranked(part):
        drawn_ranks = part.of("rank_probability", treatment)
        sucra = told.one(part, "sucra", treatment)
        if not drawn_ranks or sucra is None:
            return None
        in_order = sorted(drawn_ranks, key=lambda f: dict(f.definition)["rank"])
        chances = tuple(f.estimate or 0.0 for f in in_order)
        found.append(Ranked(told.label(pooled, treatment), chances, f"SUCRA {numbers.estimate(sucra)}"))
    title = "Chance of every rank, in percent"
    return Figure(rankogram_svg(found, title=title), rankogram_svg(found, title=title, width=358, size=11.5))
