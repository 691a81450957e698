"""A network for the terminal: differences first, then estimates, then ranks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trialist.evidence.pooling.network import NetworkPart, PooledNetwork
from trialist.report import network_words as told
from trialist.report import numbers

_NAME = 44  # columns of a treatment's name


def network_text(pooled: PooledNetwork, width: int = 100) -> str:
    """Plain text of at most `width` columns: what differs between the trials stands before any ranking."""
    lines = [told.title(pooled), ""]
    lines += [f"  {name}: {value}" for name, value in told.asked(pooled)]
    lines += _problems(pooled.problems, width)
    for number, part in enumerate(pooled.parts, 1):
        if len(pooled.parts) > 1:
            lines += ["", f"PART {number} OF {len(pooled.parts)}"]
        lines += _part(pooled, part, width)
    if pooled.left_out:
        lines += ["", f"Left out ({len(pooled.left_out)})"]
        lines += [f"  {trial}: {why}" for trial, why in told.left_out(pooled)]
    return "\n".join(line for text in lines for line in _wrapped(text, width)) + "\n"


def _part(pooled: PooledNetwork, part: NetworkPart, width: int) -> Iterator[str]:
    panel = part.differences
    yield ""
    yield f"What differs between the trials ({', '.join(panel.differing) or 'nothing that is stated'})"
    for row in panel.rows:
        yield f"  {row.trial}: {' v '.join(row.compares)}"
        for column, value in zip(panel.columns, row.values, strict=True):
            remembered = " (recalled, not read)" if column in row.recalled else ""
            yield f"      {column:<19} {value or 'not stated'}{remembered}"
    for dosing in panel.doses:
        stated = "; ".join(f"{text} ({', '.join(trials)})" for text, trials in dosing.given.items())
        yield f"  {dosing.treatment}, {dosing.drug}: {stated}"
    yield from _problems(part.problems, width)
    yield ""
    yield f"Against {told.label(pooled, part.reference)} (pooled)"
    for each in told.against_reference(pooled, part):
        p = numbers.p_value(each.network.p_value) if each.network.p_value else ""
        shown = f"{numbers.with_interval(each.network):<20} {p:<8}"
        yield f"  {each.label:<{_NAME}}  {shown} {told.share(each)}"
        if each.predicted is not None:
            yield f"      in a new trial {numbers.interval(each.predicted)}"
    yield ""
    yield from (f"  {sentence}" for sentence in told.heterogeneity(part))
    splits = list(told.split_rows(pooled, part))
    if splits:
        yield ""
        yield "Direct and indirect evidence"
        for split in splits:
            both = f"direct {split.direct} ({split.share}), indirect {split.indirect}"
            yield f"  {split.label}: {both}; difference {split.p}"
    yield ""
    yield "Ranks, after what differs (a rank says who is ahead, never by how much)"
    for treatment in told.ranked(part):
        score = told.one(part, "p_score", treatment)
        rank = told.one(part, "mean_rank", treatment)
        if score is not None and rank is not None and score.estimate is not None:
            shown = numbers.fixed(score.estimate, 2)
            name = told.label(pooled, treatment)
            yield f"  {name:<{_NAME}}  P-score {shown}, mean rank {numbers.estimate(rank)}"


def _problems(problems: Sequence[object], width: int) -> Iterator[str]:
    for problem in problems:
        yield ""
        yield from str(problem).split("\n")


def _wrapped(text: str, width: int) -> list[str]:
    import textwrap

    indent = len(text) - len(text.lstrip())
    return textwrap.wrap(text, width, subsequent_indent=" " * (indent + 4), break_long_words=False) or [""]
