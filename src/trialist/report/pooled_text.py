"""A pooled answer as plain text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from trialist.evidence.certainty import Judged
from trialist.evidence.pooling.pairwise import Pool
from trialist.evidence.pooling.variations import Variation
from trialist.report import numbers, pooled_words, words


def pooled_text(
    pool: Pool, variations: Sequence[Variation] = (), judged: Sequence[Judged] = (), *, width: int = 100
) -> str:
    """Trials with weights, the pooled number, heterogeneity, variations, what was left out, certainty."""
    lines = textwrap.wrap(pooled_words.title(pool), width)
    lines += textwrap.wrap(f"{words.measure(pool.measure)}; {pooled_words.model(pool.options)}", width)
    lines.append("")
    lines += rows_of_text(_trials(pool), width)
    differ = pooled_words.heterogeneity(pool)
    lines += ["", *(f"  {name:<5}{text}" for name, text in differ)] if differ else []
    for variation in variations:
        lines += _variation(pool, variation, width)
    if pool.left_out:
        lines += ["", "Left out"]
        for text in pooled_words.left_out(pool.left_out):
            lines += _wrapped(text, width)
    if judged:
        lines += ["", "Certainty"]
        for each in judged:
            lines += _wrapped(f"{each.domain}: {each.judgement}. {words.sentence(each.why)}", width)
    return "\n".join(line.rstrip() for line in lines)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="    ")


def _trials(pool: Pool) -> Iterator[tuple[str, str, str, str]]:
    weights = pool.result.weight if pool.result is not None else None
    for i, effect in enumerate(pool.effects):
        weight = "" if weights is None else f"{numbers.fixed(float(weights[i]), 1)}%"
        shown = pooled_words.printed(pool, pooled_words.own(effect, pool))
        yield effect.trial, shown, weight, pooled_words.source(effect)
    if pool.findings:
        first = pool.findings[0]
        p = f", {numbers.p_value(first.p_value)}" if first.p_value else ""
        behind = numbers.denominator(first) or ""
        yield "pooled", f"{numbers.with_interval(first)}{p}", "", behind
        new = pooled_words.new_trial(pool)
        if new is not None:
            yield "in a new trial", numbers.interval(new) or "", "", "prediction interval"


def _variation(pool: Pool, variation: Variation, width: int) -> Iterator[str]:
    yield ""
    yield pooled_words.variation_title(variation.kind, variation.by)
    if variation.kind in ("regression", "small studies", "influence"):
        rows = [(*pooled_words.line(f, variation.kind), "", "") for f in variation.findings]
    else:
        rows = []
        for row in variation.rows:
            i2 = "" if row.result.i2 is None else f"I² {numbers.fixed(row.result.i2, 1)} %"
            p = f", {numbers.p_value(row.finding.p_value)}" if row.finding.p_value else ""
            rows.append((row.label, f"{numbers.with_interval(row.finding)}{p}", "", i2))
        rows += [
            ("test of interaction", pooled_words.moderator_number(f), "", "")
            for f in variation.findings
            if f.measure == "interaction"
        ]
    yield from rows_of_text(rows, width)


def rows_of_text(rows: Iterable[tuple[str, str, str, str]], width: int) -> list[str]:
    """Columns as wide as they need to be; the last is wrapped, or stands beneath where there is no room."""
    kept = list(rows)
    if not kept:
        return []
    first, second, third = (max(len(row[i]) for row in kept) for i in range(3))
    room = width - first - second - third - 8
    lines = []
    for label, value, weight, rest in kept:
        if room < 0:  # no room for columns: one under another
            lines += _wrapped(label, width)
            lines += textwrap.wrap(
                f"{value}  {weight}", width, initial_indent="    ", subsequent_indent="    "
            )
            lines += textwrap.wrap(rest, width, initial_indent="    ", subsequent_indent="    ")
            continue
        line = f"  {label:<{first}}  {value:<{second}}  {weight:>{third}}"
        if room >= 24 or len(rest) <= room:
            wrapped = textwrap.wrap(rest, max(room, 1)) or [""]
            lines.append(f"{line}  {wrapped[0]}")
            lines += [" " * (first + second + third + 8) + more for more in wrapped[1:]]
        else:
            lines.append(line)
            lines += textwrap.wrap(rest, width, initial_indent="    ", subsequent_indent="    ")
    return lines
