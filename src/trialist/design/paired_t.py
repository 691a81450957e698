"""The paired t test."""

from __future__ import annotations

from trialist.design.curve import power_curve
from trialist.design.model import Design, Number, known
from trialist.kernels import power as kernel
from trialist.protocol.assumptions import PairedT
from trialist.protocol.checks.design import paired_effect
from trialist.protocol.checks.design_row import DesignRow
from trialist.registry import entry


@entry(
    "paired_t",
    needs=("effect_size", "pairs", "power", "alpha"),
    gives=("power", "pairs", "standardised_mean_change"),
    source="noncentral t distribution",
)
def run(stated: PairedT, row: DesignRow) -> Design:
    """Power, pairs and effect size of a paired t test, each from the others.

    Parameters
        stated  effect_size (SD of the changes), pairs, power, alpha, sides
        row     the verdict on it
    Returns   whichever of power, pairs and detected effect size the others give, and a curve of power
    Problems  W118 of the row
    Source    noncentral t distribution, both tails, as R's power.t.test(strict = TRUE)
    """
    a = stated
    if a.alpha is None:
        return Design(row)
    alpha, sides = a.alpha, a.sides
    needed = (
        kernel.paired_t_pairs(a.effect_size, a.power, alpha, sides) if a.effect_size and a.power else None
    )
    reached = (
        kernel.paired_t_power(a.pairs, a.effect_size, alpha, sides) if a.pairs and a.effect_size else None
    )
    found = paired_effect(a.pairs, a.power, alpha, sides) if a.pairs and a.power else None
    numbers = (
        Number("power", reached),
        Number("pairs", needed),
        Number("standardised_mean_change", found, note="detected with the stated power"),
    )
    size, effect = a.pairs or needed, a.effect_size
    sheets = (
        power_curve(
            "pairs", size, lambda n: kernel.paired_t_power(n, effect, alpha, sides), f"effect size {effect:g}"
        )
        if size and effect
        else ()
    )
    return Design(row, tuple(known(numbers)), sheets)
