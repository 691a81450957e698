"""Hazards, accrual and dropout as the words of a log-rank design say them, for the kernels."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from trialist.kernels.power_times import (
    Accrual,
    Arm,
    Pieces,
    Plan,
    constant,
    hazard_of_median,
    hazard_of_survival,
    times,
)
from trialist.problems import Place, Problem
from trialist.protocol.assumptions import LogRankEvents


def share_of(a: LogRankEvents) -> float:
    """The experimental arm's share of the subjects."""
    return a.allocation[0] / sum(a.allocation)


def ratio_of(a: LogRankEvents) -> float | None:
    """The hazard ratio, as stated or as the two medians give it."""
    if a.hazard_ratio is None and a.control_median_months and a.experimental_median_months:
        return a.control_median_months / a.experimental_median_months
    return a.hazard_ratio


def ratios_of(a: LogRankEvents) -> Pieces | None:
    """The hazard ratio over time since entry; None where nothing is stated."""
    if a.hazard_ratios is not None:
        return _pieces(a.hazard_ratios)
    ratio = ratio_of(a)
    if ratio is None:
        return None
    return constant(ratio) if a.delay_months is None else Pieces((0.0, a.delay_months), (1.0, ratio))


def proportional(a: LogRankEvents) -> bool:
    """Whether one hazard ratio holds all the time."""
    ratios = ratios_of(a)
    return ratios is None or len(set(ratios.values)) == 1


def control_of(a: LogRankEvents) -> Pieces | None:
    """The hazard of the control arm; None where it is not stated."""
    if a.control_hazards is not None:
        return _pieces(a.control_hazards)
    if a.control_median_months is not None:
        return constant(hazard_of_median(a.control_median_months))
    if a.control_survival is not None:
        month, share = a.control_survival
        return constant(hazard_of_survival(share, month))
    return None


def plan_of(a: LogRankEvents) -> Plan | None:
    """Arms and accrual; None where hazards or accrual are not stated.

    Without a duration of accrual the last rate goes on for as long as it takes (`open_ended`).
    """
    control, ratios = control_of(a), ratios_of(a)
    if control is None or ratios is None or (a.accrual_months is None and a.accrual_rates is None):
        return None
    rates = constant(1.0) if a.accrual_rates is None else _pieces(a.accrual_rates)
    end = a.accrual_months or max(1.0, rates.starts[-1] + 1.0)
    dropout = tuple(-math.log1p(-share) / 12 for share in (a.dropout_per_year or (0.0, 0.0)))
    share = share_of(a)
    arms = (Arm(times(control, ratios), dropout[0], share), Arm(control, dropout[1], 1 - share))
    return Plan(arms, Accrual(rates, end))


def open_ended(a: LogRankEvents) -> bool:
    """Whether accrual has rates but no end."""
    return a.accrual_months is None and a.accrual_rates is not None


def faults(a: LogRankEvents, place: Place) -> tuple[Problem, ...]:
    """W128: steps that do not begin at month 0 or do not rise, hazards or accrual that are nothing."""
    found = [
        problem
        for word in ("control_hazards", "hazard_ratios", "accrual_rates")
        for problem in _step(a, word)
    ]
    if a.accrual_rates and a.accrual_months and _entered(a.accrual_rates, a.accrual_months) <= 0:
        found.append(("nobody enters before accrual_months end", "correct accrual_rates or accrual_months"))
    if a.margin not in (None, 1) and a.formula not in (None, "schoenfeld"):
        found.append(
            (f"the formula {a.formula} knows no margin", "state formula: schoenfeld, or leave it out")
        )
    if a.control_survival is not None and not 0 < a.control_survival[1] < 1:
        found.append(("control_survival is not between 0 and 1", "state a share above 0 and below 1"))
    if a.hazard_ratios is not None and any(value <= 0 for _, value in a.hazard_ratios):
        found.append(("a hazard ratio is 0", "state hazard ratios above 0"))
    if a.dropout_per_year is not None and max(a.dropout_per_year) >= 1:
        found.append(("everyone drops out within a year", "state shares below 1"))
    if a.weights is not None and (len(set(a.weights)) < len(a.weights) or not 1 <= len(a.weights) <= 4):
        found.append(("weights are none, more than four, or twice the same", "state one to four pairs"))
    if a.weights is not None and a.looks is not None:
        found.append(("weights stand beside looks", "state weights of a test with one look"))
    if a.margin not in (None, 1) and (a.weights is not None or not proportional(a)):
        found.append(("margin stands beside weights or an effect that changes", "leave one of them out"))
    doubled = [
        w
        for w in ("control_hazards", "control_median_months", "control_survival")
        if getattr(a, w) is not None
    ]
    if len(doubled) > 1:
        found.append((f"{' and '.join(doubled)} both say the control hazard", "keep one of them"))
    if a.hazard_ratios is not None and (a.hazard_ratio is not None or a.delay_months is not None):
        found.append(
            ("hazard_ratios and hazard_ratio or delay_months both say the effect", "keep one of them")
        )
    if a.hazard_ratio and a.control_median_months and a.experimental_median_months:
        implied = a.control_median_months / a.experimental_median_months
        if abs(implied / a.hazard_ratio - 1) > 0.02:
            found.append(
                (
                    f"the medians give a hazard ratio of {implied:.3f}, not {a.hazard_ratio:g}",
                    "correct the medians or hazard_ratio",
                )
            )
    return tuple(Problem("W128", message, remedy, place) for message, remedy in found)


def _step(a: LogRankEvents, word: str) -> list[tuple[str, str]]:
    steps: Any = getattr(a, word)
    if steps is None:
        return []
    if not steps or steps[0][0] != 0:
        return [(f"{word} does not begin at month 0", "begin with the value from month 0 on")]
    if any(b[0] <= x[0] for x, b in pairwise(steps)):
        return [(f"the months of {word} do not rise", "write them in order")]
    if all(value == 0 for _, value in steps):
        return [(f"{word} is 0 throughout", "state a value above 0")]
    return []


def _entered(rates: tuple[tuple[float, float], ...], months: float) -> float:
    return Accrual(_pieces(rates), months).subjects


def _pieces(steps: tuple[tuple[float, float], ...]) -> Pieces:
    return Pieces(tuple(float(start) for start, _ in steps), tuple(float(value) for _, value in steps))
