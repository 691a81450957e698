"""Tests whose power rises with a size: one-sample log-rank, two-sample t, rank sum, correlation, McNemar."""

from __future__ import annotations

import math

from trialist.design.curve import power_curve
from trialist.design.model import Design, Number, known
from trialist.kernels import one_sample_log_rank
from trialist.kernels.power_values import effect_of
from trialist.protocol.checks.design_row import DesignRow
from trialist.protocol.checks.single_arm_design import SizedEntry, Sizing, sizing
from trialist.protocol.single_arm_designs import Correlation, McNemar, OneSampleLogRank, RankSum, TwoSampleT
from trialist.registry import entry

_DETECTED = {"effect size": "effect_size", "correlation": "correlation"}


@entry(
    "one_sample_log_rank",
    needs=("historical_median_months", "hazard_ratio", "accrual_months", "follow_up_months"),
    gives=("power", "subjects", "events"),
    source="Wu 2015, Pharmaceutical Statistics 14:26",
)
def run_one_sample_log_rank(stated: OneSampleLogRank, row: DesignRow) -> Design:
    """Subjects, deaths and power of one arm against a historical survival curve.

    Parameters
        stated  historical median (months) and Weibull shape, hazard ratio, accrual, follow-up, dropout, n
        row     the verdict on it
    Returns   subjects for the stated power with the deaths expected among them; the power of n
    Problems  W141 of the row
    Source    Finkelstein 2003, JNCI 95:1434; Wu 2015, Pharmaceutical Statistics 14:26
    """
    a = stated
    numbers = []
    if a.alpha is not None and a.power is not None and a.hazard_ratio is not None:
        past = one_sample_log_rank.Historical(a.historical_median_months, a.shape)
        dropout = -math.log1p(-a.dropout_per_year) / 12
        found = one_sample_log_rank.one_sample_size(
            past, a.hazard_ratio, a.alpha / a.sides, a.power, a.accrual_months, a.follow_up_months, dropout,
            a.variance,
        )  # fmt: skip
        if found is not None:
            numbers = [Number("events", found[1], note="expected among the subjects needed")]
    return _of_size(a, row, numbers)


@entry(
    "two_sample_t",
    needs=("effect_size", "n", "power", "alpha"),
    gives=("power", "subjects", "effect_size"),
    source="Cohen 1988, Statistical Power Analysis, chapter 2",
)
def run_two_sample_t(stated: TwoSampleT, row: DesignRow) -> Design:
    """Power, subjects and detected effect of the two-sample t test, from the noncentral t distribution.

    Parameters
        stated  effect_size (difference / SD), n (both groups), power, alpha, sides, allocation
        row     the verdict on it
    Returns   whichever of them the others give, and a curve of power
    Problems  W141 of the row
    Source    Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, chapter 2
    """
    return _of_size(stated, row)


@entry(
    "rank_sum",
    needs=("probability", "n", "power", "alpha"),
    gives=("power", "subjects"),
    source="Noether 1987, JASA 82:645",
)
def run_rank_sum(stated: RankSum, row: DesignRow) -> Design:
    """Power and subjects of the rank-sum test by Noether's formula.

    Parameters
        stated  probability that a subject of the first group has the larger value, or a shift in SDs; n
        row     the verdict on it
    Returns   whichever of power and subjects the others give, and a curve of power
    Problems  W141, W143 of the row
    Source    Noether 1987, JASA 82:645
    """
    return _of_size(stated, row)


@entry(
    "correlation",
    needs=("rho", "n", "power", "alpha"),
    gives=("power", "subjects", "correlation"),
    source="Cohen 1988, Statistical Power Analysis, chapter 3",
)
def run_correlation(stated: Correlation, row: DesignRow) -> Design:
    """Power, subjects and detected correlation of the test that a correlation is 0.

    Parameters
        stated  rho, n, power, alpha, sides
        row     the verdict on it
    Returns   whichever of them the others give, and a curve of power
    Problems  W141, W143 of the row
    Source    Cohen 1988, chapter 3: Fisher's z with its bias term
    """
    return _of_size(stated, row)


@entry(
    "mcnemar",
    needs=("first", "second", "pairs", "power", "alpha"),
    gives=("power", "subjects"),
    source="Connor 1987, Biometrics 43:207",
)
def run_mcnemar(stated: McNemar, row: DesignRow) -> Design:
    """Power and pairs of McNemar's test by Connor's formula.

    Parameters
        stated  first, second (shares of pairs that respond once only), pairs, power, alpha, sides
        row     the verdict on it
    Returns   whichever of power and pairs the others give, and a curve of power
    Problems  W141, W143 of the row
    Source    Connor 1987, Biometrics 43:207
    """
    return _of_size(stated, row)


def _of_size(stated: SizedEntry, row: DesignRow, more: list[Number] | None = None) -> Design:
    if stated.alpha is None:
        return Design(row)
    test = sizing(stated)
    needed = test.needed(stated.power) if stated.power is not None else None
    reached = test.power(test.size) if test.size is not None and test.power is not None else None
    numbers = [
        Number("power", reached),
        Number("subjects", needed, note="not rounded"),
        *(more or ()),
        *_detected(test, stated.power),
    ]
    size = test.size or needed
    sheets = power_curve(test.noun, size, test.power, test.effect or "") if size and test.power else ()
    return Design(row, tuple(known(numbers)), sheets)


def _detected(test: Sizing, power: float | None) -> list[Number]:
    if test.effects is None or power is None:
        return []
    rising, most, words = test.effects
    measure = _DETECTED.get(words)
    found = effect_of(rising, power, most)
    if measure is None or found is None:
        return []
    return [Number(measure, found, note="detected with the stated power")]
