"""One proportion, exact."""

from __future__ import annotations

from typing import Literal

from trialist.design.curve import power_curve
from trialist.design.model import Design, Number, known
from trialist.kernels import power as kernel
from trialist.protocol.assumptions import OneProportion
from trialist.protocol.checks.design import one_proportion_size
from trialist.protocol.checks.design_row import DesignRow
from trialist.registry import entry


@entry(
    "one_proportion",
    needs=("null", "alternative", "n", "power", "alpha"),
    gives=("power", "subjects", "proportion"),
    source="binomial distribution; Chernick and Liu 2002",
)
def run(stated: OneProportion, row: DesignRow) -> Design:
    """Power, subjects and detected proportion of the exact binomial test, each from the others.

    Parameters
        stated  null, alternative, n, power, alpha, sides
        row     the verdict on it
    Returns   whichever of them the others give, and a curve of power
    Problems  W119 of the row
    Source    Chernick and Liu 2002, The American Statistician 56:149
    """
    a = stated
    if a.alpha is None or a.null is None or a.null == a.alternative:
        return Design(row)
    alpha, null, sides, other = a.alpha, a.null, a.sides, a.alternative
    needed = one_proportion_size(a)
    reached = kernel.one_proportion_power(a.n, null, other, alpha, sides) if a.n and other else None
    upward: Literal["greater", "less"] = "greater" if other is None or other > null else "less"
    found = (
        kernel.one_proportion_alternative(a.n, null, a.power, alpha, sides, upward)
        if a.n and a.power
        else None
    )
    numbers = (
        Number("power", reached),
        Number("subjects", needed),
        Number("proportion", found, note="detected with the stated power"),
    )
    size = a.n or needed
    sheets = (
        power_curve(
            "subjects",
            size,
            lambda n: kernel.one_proportion_power(n, null, other, alpha, sides),
            f"{other:g} against {null:g}",
        )
        if size and other
        else ()
    )
    return Design(row, tuple(known(numbers)), sheets)
