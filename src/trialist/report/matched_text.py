"""A matched comparison as plain text for a terminal."""

from __future__ import annotations

from trialist.individual.comparison import Comparison
from trialist.report import matched_words as told
from trialist.report import words
from trialist.report.pooled_text import rows_of_text


def matched_text(made: Comparison, width: int = 100) -> str:
    """What is compared, balance, sample size, and every number with how it was made."""
    lines = [
        words.sentence(told.title(made)),
        words.sentence(words.measure(made.measure)),
        told.how(made),
        "",
    ]
    lines += [told.origin(made), ""]
    lines.append(f"  {told.sizes(made)}")
    lines += ["", "Characteristics: own before, published, own after; standard deviations apart before"]
    head = ("", "before", "published", "after", "apart")
    table = [head, *(told.balance(row) for row in made.balance)]
    wide = [max(len(row[i]) for row in table) for i in range(5)]
    for row in table:
        cells = [f"{row[0]:<{wide[0]}}", *(f"{cell:>{w}}" for cell, w in zip(row[1:], wide[1:], strict=True))]
        lines.append(f"  {'  '.join(cells)}")
    for kind, heading in (
        ("own", made.own.name),
        ("other", made.other.trial),
        ("comparison", "Indirect comparison"),
    ):
        rows = [
            (line.label, told.printed(line), "", told.method(line))
            for line in made.lines
            if line.kind == kind
        ]
        if rows:
            lines += ["", heading, *rows_of_text(rows, width)]
    return "\n".join(line.rstrip() for line in lines)
