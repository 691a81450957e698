"""Two proportions."""

from __future__ import annotations

from trialist.design.curve import power_curve
from trialist.design.model import Design, Number, known
from trialist.kernels import power as kernel
from trialist.protocol.assumptions import TwoProportions
from trialist.protocol.checks.design_row import DesignRow
from trialist.protocol.checks.two_proportions import MOST_EXACT, detected_proportion, two_powers
from trialist.registry import entry

FORMULAS = ("normal formula, pooled variance", "normal formula, unpooled variance", "Fisher's exact test")


@entry(
    "two_proportions",
    needs=("control", "experimental", "n", "power", "alpha"),
    gives=("power", "subjects", "proportion"),
    source="Fleiss, Levin and Paik 2003, chapter 4",
)
def run(stated: TwoProportions, row: DesignRow) -> Design:
    """Power, subjects and detected proportion of a comparison of two proportions, each from the others.

    Parameters
        stated  control, experimental, n (both groups), power, alpha, sides, allocation
        row     the verdict on it
    Returns   power by each formula in use, subjects and detected proportion, and a curve of power
    Problems  W120 of the row
    Source    Fleiss, Levin and Paik 2003, chapter 4
    """
    a = stated
    if a.alpha is None or a.control is None or a.control == a.experimental:
        return Design(row)
    other = a.experimental
    needed = (
        kernel.two_proportions_n(a.control, other, a.power, a.alpha, a.sides, a.allocation)
        if a.power and other
        else None
    )
    reached = two_powers(a, a.n, other) if a.n and other else ()
    powers = (Number("power", value, note=name) for value, name in zip(reached, FORMULAS, strict=False))
    found = detected_proportion(a) if a.n and a.power else None
    numbers = (
        *powers,
        Number("subjects", needed),
        Number("proportion", found, note="detected with the stated power"),
    )
    size = a.n or needed
    sheets = (
        power_curve(
            "subjects", size, lambda n: two_powers(a, n, other)[0], f"{other:g} against {a.control:g}"
        )
        if size and other and size <= MOST_EXACT
        else ()
    )
    return Design(row, tuple(known(numbers)), sheets)
