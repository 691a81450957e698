"""The weights of log-rank tests: from the words of a protocol to the kernel's, and back for a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trialist.findings.model import PValue
from trialist.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from trialist.kernels.weighted_log_rank import Weight
    from trialist.protocol.time_analyses import EventWeight


def kernel_weight(weight: EventWeight) -> Weight:
    from trialist.kernels.weighted_log_rank import Weight

    until = None if weight.until_months is None else weight.until_months * DAYS_PER_MONTH
    return Weight(weight.kind, weight.rho, weight.gamma, until, weight.floor)


def named(weight: EventWeight) -> str:
    """In a few words: `fleming_harrington(0, 1)`, `modestly_weighted(until 6 months)`."""
    if weight.kind == "fleming_harrington":
        return f"fleming_harrington({weight.rho:g}, {weight.gamma:g})"
    if weight.kind == "modestly_weighted":
        until = f"until {weight.until_months:g} months" if weight.until_months is not None else ""
        return f"modestly_weighted({until or f'floor {weight.floor or 0:g}'})"
    return weight.kind


def weight_words(weight: EventWeight, weights_from: str, stratified: bool) -> tuple[tuple[str, Any], ...]:
    """Options of a finding; nothing for weight 1, which the name of the test says."""
    if weight.kind == "log_rank":
        return ()
    told: tuple[tuple[str, Any], ...] = (("weight", named(weight)),)
    return (*told, ("weights_from", weights_from)) if stratified else told


def one_sided(z: float, alternative: str) -> PValue:
    """The p value of a normal statistic."""
    from scipy.special import ndtr

    if alternative == "two_sided":
        return PValue(2 * float(ndtr(-abs(z))))
    return PValue(float(ndtr(-z if alternative == "greater" else z)), sides=1)
