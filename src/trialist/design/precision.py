"""Sizes that make an interval narrow enough, or an event of a rare kind likely to be seen."""

from __future__ import annotations

from trialist.design.model import Design, Number, Sheet, known
from trialist.protocol.checks.design_row import DesignRow
from trialist.protocol.checks.precision_design import half_width_of, needed_for
from trialist.protocol.single_arm_designs import Precision
from trialist.registry import entry

SHARES = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


@entry(
    "precision",
    needs=("of", "value", "half_width", "level"),
    gives=("subjects", "half_width"),
    source="Kupper and Hafner 1989, The American Statistician 43:101",
)
def run(stated: Precision, row: DesignRow) -> Design:
    """The size for an interval of the wanted half width, and the half width that a size gives.

    Parameters
        stated  of, value, half_width, assurance, interval, level, n
        row     the verdict on it
    Returns   subjects (of a rate: events), the half width at n, and half widths over sizes
    Problems  W142 a size that is too small
    Source    exact expectation over binomial results; Kupper and Hafner 1989 (mean); Fisher's z (correlation)
    """
    needed = needed_for(stated)
    numbers = [Number("subjects", needed, note="events" if stated.of == "rate" else None)]
    if stated.of == "seen":
        return Design(row, tuple(known(numbers)))
    width, least = half_width_of(stated)
    if stated.n is not None:
        numbers.append(Number("half_width", width(stated.n), at=f"{stated.n}"))
    size = stated.n or needed
    if size is None:
        return Design(row, tuple(known(numbers)))
    sizes = sorted({max(least, round(share * size)) for share in SHARES})
    rows = tuple((f"{n}", f"{width(n):.4f}") for n in sizes)
    noun = "events" if stated.of == "rate" else "subjects"
    return Design(row, tuple(known(numbers)), (Sheet("half width over sizes", (noun, "half width"), rows),))
