"""Enough evaluable among those accrued."""

from __future__ import annotations

from trialist.design.model import Design, Number, known
from trialist.kernels import power as kernel
from trialist.protocol.assumptions import Evaluability
from trialist.protocol.checks.design_row import DesignRow
from trialist.registry import entry

ASSURANCES = (0.80, 0.90, 0.95)


@entry(
    "evaluability",
    needs=("accrued", "evaluable", "expected"),
    gives=("proportion", "subjects"),
    source="binomial",
)
def run(stated: Evaluability, row: DesignRow) -> Design:
    """The chance that so many of those accrued are evaluable, and the accrual that makes it likely.

    Parameters
        stated  accrued, evaluable (subjects), expected (share)
        row     the verdict on it
    Returns   probability, and subjects to accrue for probabilities of 0.80, 0.90 and 0.95
    Problems  W122 of the row
    Source    the binomial distribution
    """
    chance = kernel.binomial_tail(stated.accrued, stated.evaluable, stated.expected)
    needed = (
        Number(
            "subjects",
            kernel.accrual_needed(stated.evaluable, stated.expected, level),
            at=f"probability {level:g}",
        )
        for level in ASSURANCES
    )
    return Design(
        row, (Number("proportion", chance, at=f"at least {stated.evaluable} evaluable"), *known(needed))
    )
