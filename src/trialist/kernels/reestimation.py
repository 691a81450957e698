"""Sample sizes computed again during a trial: from pooled data, or from the effect seen at an interim look.

Pooled (blinded) numbers tell nothing of the difference, which stays as it was assumed. With the effect seen,
the level is kept by combining the stages with the weights that were planned (`kernels.combination`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from trialist.kernels import normal
from trialist.kernels.power import Allocation, two_proportions_n
from trialist.kernels.power_times import Duration, Pieces, Plan, constant, follow_up_for, times

Zone = Literal["unfavourable", "promising", "favourable"]
Status = Literal["ok", "no_effect", "variance_too_small", "impossible"]


@dataclass(frozen=True, slots=True)
class Again:
    """A size computed again: what was estimated (variance or rate), and the subjects of both groups."""

    status: Status
    nuisance: float | None = None
    subjects: int | None = None


def values_again(
    pooled_variance: float, n: int, difference: float, power: float, alpha: float, sides: int = 2,
    allocation: Allocation = (1, 1),
) -> Again:  # fmt: skip
    """Subjects for a difference in means from the variance of all values seen together.

    The variance of the whole sample holds the difference too: s^2 - n p1 p2 d^2 / (n - 1) is, without bias,
    the one within groups when the difference is as assumed. The size is that of the two-sample t test.
    Source: Kieser and Friede 2003, Statistics in Medicine 22:3571.
    """
    if difference == 0:
        return Again("no_effect")
    if n < 3:
        return Again("variance_too_small")
    first, second = allocation
    product = first * second / (first + second) ** 2
    within = pooled_variance - n * product * difference**2 / (n - 1)
    if within <= 0:
        return Again("variance_too_small", within)
    size = _two_sample(abs(difference) / math.sqrt(within), power, alpha, sides, allocation)
    return Again("ok", within, size) if size else Again("impossible", within)


def proportions_again(
    pooled_rate: float, difference: float, power: float, alpha: float, sides: int = 2,
    allocation: Allocation = (1, 1),
) -> Again:  # fmt: skip
    """Subjects for a difference in proportions (experimental - control) from the rate of all seen together.

    Source: Gould 1992, Statistics in Medicine 11:55.
    """
    share = allocation[0] / sum(allocation)
    control = pooled_rate - share * difference
    experimental = control + difference
    if difference == 0:
        return Again("no_effect", control)
    if not (0 < control < 1 and 0 < experimental < 1):
        return Again("impossible", control)
    return Again("ok", control, two_proportions_n(control, experimental, power, alpha, sides, allocation))


def events_again(
    plan: Plan, events_seen: int, time_at_risk: float, hazard_ratio: float, events: float, subjects: float
) -> tuple[float | None, Duration]:
    """The control hazard and the study's duration from the events of both arms and the time at risk.

    The hazard of all together is taken as the mean of the arms' hazards by their shares, under the assumed
    hazard ratio; the events needed stay what they were.
    """
    if events_seen <= 0 or time_at_risk <= 0:
        return None, Duration("never")
    share = plan.arms[0].share
    control = events_seen / time_at_risk / (share * hazard_ratio + 1 - share)
    base: Pieces = constant(control)
    arms = (
        replace(plan.arms[0], hazard=times(base, constant(hazard_ratio))),
        replace(plan.arms[1], hazard=base),
    )
    return control, follow_up_for(replace(plan, arms=arms), events, subjects)


@dataclass(frozen=True, slots=True)
class Promising:
    """What a promising-zone design does after an interim look.

    zone         by the conditional power under the effect seen, with the planned size
    conditional  that conditional power
    total        the size of the whole trial from here on, in the units that the planned sizes have
    reached      conditional power with it
    conventional the usual final statistic at the usual critical value keeps the level with this size
    """

    zone: Zone
    conditional: float
    total: float
    reached: float
    conventional: bool


def promising_zone(
    z: float, seen: float, planned: float, most: float, critical: float, *, least: float, power: float
) -> Promising | None:
    """The promising zone: more subjects (or events) where the conditional power is middling.

    None where the look is not before the planned end, or the most is less than planned.

    Parameters
        z         at the interim look, upwards
        seen, planned, most  subjects or events at the look, planned, and the most that can be afforded
        critical  the final critical value on the z scale
        least     conditional power from which the zone begins
        power     conditional power to be reached, where the zone ends
    Source    Mehta and Pocock 2011, Statistics in Medicine 30:3267; the final test combines the two stages
              with the planned weights (Cui, Hung and Wang 1999, Biometrics 55:853), or is the usual one where
              that keeps the level (Gao, Ware and Mehta 2008, J Biopharmaceutical Statistics 18:1184)
    """
    if not 0 < seen < planned <= most:
        return None
    bar = (critical * math.sqrt(planned) - z * math.sqrt(seen)) / math.sqrt(planned - seen)

    def reached(further: float) -> float:
        return normal.cdf(z * math.sqrt(further / seen) - bar)

    conditional = reached(planned - seen)
    if conditional < least or z <= 0:
        zone: Zone = "unfavourable"
    elif conditional >= power:
        zone = "favourable"
    else:
        zone = "promising"
    total = planned
    if zone == "promising":
        wanted = seen / z**2 * max(bar + _quantile(power), 0.0) ** 2
        total = min(max(seen + wanted, planned), most)
    return Promising(
        zone,
        conditional,
        total,
        reached(total - seen),
        conventional_critical(z, seen, planned, total, critical) <= critical + 1e-12,
    )


def conventional_critical(z: float, seen: float, planned: float, total: float, critical: float) -> float:
    """The critical value for the usual statistic that keeps the conditional error after a change of size.

    Source: Gao, Ware and Mehta 2008, equation for b(z1, n).
    """
    further = total - seen
    kept = math.sqrt(further / (planned - seen)) * (critical * math.sqrt(planned) - z * math.sqrt(seen))
    return (kept + z * math.sqrt(seen)) / math.sqrt(total)


def least_promising(seen: float, planned: float, most: float, critical: float, power: float) -> float | None:
    """The conditional power from which the usual final test keeps the level, whatever is added in the zone.

    None where there is no such zone (the most is not above the planned size).
    """
    from scipy.optimize import brentq

    if not seen < planned < most:
        return None

    def excess(z: float) -> float:
        there = promising_zone(z, seen, planned, most, critical, least=0.0, power=power)
        total = there.total if there is not None and there.total > planned else planned * (1 + 1e-9)
        return conventional_critical(z, seen, planned, total, critical) - critical

    low, high = 1e-6, critical * math.sqrt(seen / planned) * 1.5
    if excess(low) < 0 or excess(high) > 0:
        return None
    z = float(brentq(excess, low, high, xtol=1e-12))
    there = promising_zone(z, seen, planned, most, critical, least=0.0, power=power)
    return None if there is None else there.conditional


# --- parts ------------------------------------------------------------------------------------------


def _two_sample(effect: float, power: float, alpha: float, sides: int, allocation: Allocation) -> int | None:
    """Subjects of a two-sample t test: the smallest total, rounded up in each group."""
    from scipy.special import nctdtr, stdtrit

    first = allocation[0] / sum(allocation)

    def groups(n: int) -> tuple[int, int]:
        return math.ceil(n * first - 1e-9), math.ceil(n * (1 - first) - 1e-9)

    def enough(n: int) -> bool:
        a, b = groups(n)
        df = a + b - 2
        shift = effect * math.sqrt(a * b / (a + b))
        critical = -float(stdtrit(df, alpha / sides))
        reached = float(nctdtr(df, -shift, -critical))
        return math.isfinite(reached) and reached >= power

    high = 4
    while not enough(high):
        high *= 2
        if high > 10_000_000:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return sum(groups(high))


def _quantile(p: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(p)
