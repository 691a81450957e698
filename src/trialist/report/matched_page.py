"""A matched comparison as one HTML page in the style of the report."""

from __future__ import annotations

from collections.abc import Sequence

from trialist.individual.comparison import Comparison
from trialist.problems import Problem
from trialist.report import matched_words, numbers, plot_frame, words
from trialist.report.forest_plot import ForestRow, forest_svg
from trialist.report.page import environment
from trialist.report.weights_plot import weights_svg


def render_matched(made: Comparison, problems: Sequence[Problem]) -> str:
    """The page: what joins the trials, balance, weights, effects, and what must be said."""
    from markupsafe import Markup

    drawings = [
        [Markup(draw(made, narrow)) for narrow in (False, True)] for draw in (forest, _weights)
    ]  # drawings of ours, escaped where they are made
    return (
        environment()
        .get_template("matched.html")
        .render(
            made=made, problems=tuple(problems), told=matched_words, forest=drawings[0], weights=drawings[1]
        )
    )


def forest(made: Comparison, narrow: bool) -> str:
    """Every number of the comparison, in the order in which it came to be."""
    headings = {
        "own": made.own.name,
        "other": made.other.trial,
        "comparison": words.sentence(matched_words.title(made)),
    }
    rows, before = [], ""
    for line in made.lines:
        ends = line.finding.interval
        if line.finding.estimate is None or ends is None or line.finding.measure != made.measure:
            continue
        kind = "pooled" if line.kind == "comparison" and line.finding.method.name == "maic" else "trial"
        heading = headings[line.kind] if line.kind != before else None
        before = line.kind
        rows.append(
            ForestRow(
                words.sentence(line.label), kind, line.finding.estimate, ends.low, ends.high,  # type: ignore[arg-type]
                numbers.with_interval(line.finding), None, None, heading,
            )
        )  # fmt: skip
    ratio = made.measure.endswith("ratio")
    return forest_svg(
        rows,
        title=f"Matched comparison, {matched_words.title(made)}",
        origin=matched_words.origin(made),
        log=ratio,
        null=1.0 if ratio else 0.0,
        lower=made.sides if ratio else None,
        layout=_layout(narrow),
    )


def _layout(narrow: bool) -> plot_frame.Layout:
    return plot_frame.NARROW if narrow else plot_frame.WIDE


def _weights(made: Comparison, narrow: bool) -> str:
    assert made.weight is not None
    return weights_svg(made.weight.tolist(), origin=matched_words.origin(made), layout=_layout(narrow))
