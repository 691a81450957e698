"""A pooled answer as one HTML page in the style of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trialist.evidence.certainty import Judged
from trialist.evidence.pooling.effects import scale_of
from trialist.evidence.pooling.pairwise import Pool
from trialist.evidence.pooling.variations import Row, Variation
from trialist.report import funnel_plot, numbers, plot_frame, pooled_words, words
from trialist.report.forest_plot import ForestRow, forest_svg
from trialist.report.funnel_plot import FunnelPoint, funnel_svg
from trialist.report.page import environment

ORIGIN = "POOLED"


@dataclass(frozen=True, slots=True)
class Figure:
    """One picture for a wide and a narrow screen."""

    wide: str
    narrow: str


def render_pool(pool: Pool, variations: Sequence[Variation] = (), judged: Sequence[Judged] = ()) -> str:
    """The page: question, forest, heterogeneity, variations, certainty (`judged`), what was left out."""
    from markupsafe import Markup

    drawn = _marked(forest(pool)) if pool.result is not None else None
    made = [(v, _marked(_of_rows(pool, v.rows, v.kind)) if _several(v) else None) for v in variations]
    small = next((v for v in variations if v.kind == "small studies"), None)
    dots = _marked(funnel(pool, small)) if small is not None and pool.result is not None else None
    return (
        environment()
        .get_template("pooled.html")
        .render(
            pool=pool,
            first=pool.findings[0] if pool.findings else None,
            new=pooled_words.new_trial(pool),
            forest=drawn,
            funnel=dots,
            variations=made,
            judged=judged,
            problems=tuple(dict.fromkeys((*pool.problems, *(p for v in variations for p in v.problems)))),
            trials=_trials(pool),
            told=pooled_words,
            markup=Markup,
        )
    )


def forest(pool: Pool) -> Figure:
    """Trials, pooled effect and the effect in a new trial."""
    rows = []
    weights = pool.result.weight if pool.result is not None else None
    for i, effect in enumerate(pool.effects):
        values = pooled_words.own(effect, pool)
        if values is None:
            continue
        shown = pooled_words.printed(pool, values)
        weight = None if weights is None else float(weights[i])
        note = pooled_words.HOW.get(effect.how) if effect.how not in ("interval", "given", "counts") else None
        rows.append(ForestRow(effect.trial, "trial", *values, shown, weight, note))
    rows += _pooled_rows(pool)
    differ = [f"{name} {text}" for name, text in pooled_words.heterogeneity(pool)]
    return _drawn(
        pool, rows, f"Forest plot, {pool.title}", "Heterogeneity: " + "; ".join(differ) if differ else None
    )


def funnel(pool: Pool, small: Variation | None = None) -> Figure:
    """Trials by effect and error; those that trim and fill put in are open circles."""
    points = [FunnelPoint(e.trial, e.y, e.v**0.5) for e in pool.effects if e.v < float("inf")]
    if small is not None:
        points += [FunnelPoint("filled in", y, v**0.5, True) for y, v in small.filled]
    assert pool.result is not None
    drawn = [
        funnel_svg(
            points,
            title=f"Funnel plot, {pool.title}",
            origin=ORIGIN,
            log=scale_of(pool.measure) == "log",
            pooled=pool.result.estimate or 0.0,
            axis=words.measure(pool.measure),
            contours=pooled_words.null(pool.measure) is not None,
            layout=layout,
        )
        for layout in (funnel_plot.WIDE, funnel_plot.NARROW)
    ]
    return Figure(drawn[0], drawn[1])


def _pooled_rows(pool: Pool) -> list[ForestRow]:
    if not pool.findings or pool.result is None or pool.result.k < 2:
        return []
    first, new = pool.findings[0], pooled_words.new_trial(pool)
    ends = first.interval
    low, high = (ends.low, ends.high) if ends else (None, None)
    shown = pooled_words.printed(pool, (first.estimate, low, high))
    rows = [ForestRow("Pooled", "pooled", first.estimate or 0.0, low, high, shown)]
    if new is not None and new.interval is not None:
        between = numbers.interval(new) or ""
        rows.append(
            ForestRow(
                "In a new trial", "new", first.estimate or 0.0, new.interval.low, new.interval.high, between
            )
        )
    return rows


def _of_rows(pool: Pool, rows: Sequence[Row], kind: str) -> Figure:
    """One pooled effect a line: without each trial, cumulative, subgroups."""
    drawn = []
    for row in rows:
        ends = row.finding.interval
        low, high = (ends.low, ends.high) if ends else (None, None)
        shown = pooled_words.printed(pool, (row.finding.estimate, low, high))
        note = f"{row.result.k} trial{'' if row.result.k == 1 else 's'}" if kind == "subgroup" else None
        drawn.append(ForestRow(row.label, "trial", row.finding.estimate or 0.0, low, high, shown, None, note))
    return _drawn(pool, [*drawn, *_pooled_rows(pool)[:1]], f"{words.sentence(kind)}, {pool.title}")


def _drawn(pool: Pool, rows: Sequence[ForestRow], title: str, foot: str | None = None) -> Figure:
    level = f"{100 * pool.options.level:g}%"
    headings = ("Trial" if foot else "", f"{words.sentence(words.measure(pool.measure))} ({level} interval)")
    drawn = [
        forest_svg(
            rows,
            title=title,
            origin=ORIGIN,
            log=scale_of(pool.measure) == "log",
            null=pooled_words.null(pool.measure),
            lower=pool.sides,
            headings=headings,
            foot=foot,
            layout=layout,
        )
        for layout in (plot_frame.WIDE, plot_frame.NARROW)
    ]
    return Figure(drawn[0], drawn[1])


def _several(variation: Variation) -> bool:
    return variation.kind in ("without each trial", "cumulative", "subgroup") and len(variation.rows) > 1


def _marked(figure: Figure) -> Figure:
    from markupsafe import Markup

    return Figure(Markup(figure.wide), Markup(figure.narrow))  # drawings of ours, escaped where they are made


def _trials(pool: Pool) -> list[dict[str, str]]:
    rows = []
    weights = pool.result.weight if pool.result is not None else None
    for i, effect in enumerate(pool.effects):
        more = effect.moderators
        rows.append(
            {
                "trial": effect.trial,
                "effect": pooled_words.printed(pool, pooled_words.own(effect, pool)),
                "weight": "" if weights is None else f"{numbers.fixed(float(weights[i]), 1)}%",
                "n": "" if effect.n is None else numbers.count(effect.n),
                "events": "" if effect.events is None else numbers.count(effect.events),
                "line": str(more.get("line", "")),
                "year": f"{more['year']:.0f}" if isinstance(more.get("year"), float) else "",
                "source": pooled_words.source(effect),
            }
        )
    return rows
