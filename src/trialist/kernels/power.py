"""Closed-form and exact arithmetic of a design: power, size and detectable effect of five tests.

Floats and integers in, floats and integers out. `alpha` is the whole type I error; with `sides` 2 each
tail has alpha / 2. `allocation` is always (experimental, control), as in "randomised 2:1".

What no number can satisfy is answered with a value, never an exception: a size that does not exist is
None, the number of events for a hazard ratio of 1 is infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trialist.kernels import normal
from trialist.kernels.binomial import binomial_probabilities, hypergeometric_probabilities

Allocation = tuple[int, int]
LARGEST = 10_000_000
_NORMAL = NormalDist()


# --- log-rank ---------------------------------------------------------------------------------------


def log_rank_events(
    hazard_ratio: float, power: float, alpha: float, sides: int = 2, allocation: Allocation = (1, 1)
) -> float:
    """Events that a log-rank test needs, not rounded; infinite for a hazard ratio of 1.

    (z_alpha + z_power)^2 / (p1 p2 log(HR)^2), p1 and p2 the allocated shares.
    Source: Schoenfeld 1981, Biometrika 68:316; 1983, Biometrics 39:499.
    """
    effect = math.log(hazard_ratio)
    if effect == 0:
        return math.inf
    return _z_sum(power, alpha, sides) ** 2 / (_share_product(allocation) * effect**2)


def log_rank_events_freedman(
    hazard_ratio: float, power: float, alpha: float, sides: int = 2, allocation: Allocation = (1, 1)
) -> float:
    """Events that a log-rank test needs by Freedman's formula, not rounded.

    (z_alpha + z_power)^2 (1 + k HR)^2 / (k (1 - HR)^2), k = experimental : control, HR experimental
    against control. Source: Freedman 1982, Statistics in Medicine 1:121.
    """
    if hazard_ratio == 1:
        return math.inf
    k = allocation[0] / allocation[1]
    return _z_sum(power, alpha, sides) ** 2 * (1 + k * hazard_ratio) ** 2 / (k * (1 - hazard_ratio) ** 2)


def log_rank_power(
    events: float, hazard_ratio: float, alpha: float, sides: int = 2, allocation: Allocation = (1, 1)
) -> float:
    """Power of a log-rank test with so many events: Phi(|log HR| sqrt(events p1 p2) - z_alpha).

    The far tail of a two-sided test is left out, as Schoenfeld does.
    """
    shift = abs(math.log(hazard_ratio)) * math.sqrt(events * _share_product(allocation))
    return normal.cdf(shift - _z(alpha, sides))


def log_rank_hazard_ratio(
    events: float, power: float, alpha: float, sides: int = 2, allocation: Allocation = (1, 1)
) -> float:
    """The hazard ratio below 1 that so many events detect with this power (its inverse above 1)."""
    return math.exp(-_z_sum(power, alpha, sides) / math.sqrt(events * _share_product(allocation)))


def log_rank_critical(alpha: float, sides: int = 2) -> float:
    """The critical value of a standardised statistic: z with alpha (or half of it) above."""
    return _z(alpha, sides)


# --- paired t ---------------------------------------------------------------------------------------


def paired_t_power(pairs: int, effect_size: float, alpha: float, sides: int = 2) -> float:
    """Power of the paired t test from the noncentral t distribution with pairs - 1 degrees of freedom.

    `effect_size` is mean change / SD of changes. With `sides` 2 both tails count, as R's
    power.t.test(type = "paired", strict = TRUE); R's default leaves out the far tail, which matters
    only where the power is close to alpha. Below two pairs the power is 0.
    """
    if pairs < 2:
        return 0.0
    from scipy.special import nctdtr, stdtrit

    df = pairs - 1
    shift = math.sqrt(pairs) * abs(effect_size)
    critical = -float(stdtrit(df, alpha / sides))
    power = float(nctdtr(df, -shift, -critical))  # P(T > c; shift) = P(T < -c; -shift)
    if sides == 2:
        far = float(nctdtr(df, shift, -critical))
        power += far if math.isfinite(far) else 0.0  # scipy gives NaN where it is below 1e-15
    return min(power, 1.0)


def paired_t_pairs(effect_size: float, power: float, alpha: float, sides: int = 2) -> int | None:
    """The smallest number of pairs with at least this power; None for an effect size of 0."""
    if effect_size == 0:
        return None
    return _smallest(lambda n: paired_t_power(n, effect_size, alpha, sides) >= power, 2)


def paired_t_effect(pairs: int, power: float, alpha: float, sides: int = 2) -> float | None:
    """The effect size that so many pairs detect with this power; None below 2 pairs or at power <= alpha."""
    if pairs < 2 or power <= alpha:
        return None
    return _root(lambda effect: paired_t_power(pairs, effect, alpha, sides) - power, 0.0, 1.0)


# --- one proportion, exact --------------------------------------------------------------------------


def one_proportion_power(n: int, null: float, alternative: float, alpha: float, sides: int = 1) -> float:
    """Exact power of the binomial test of `null` when the truth is `alternative`.

    One-sided: reject when the tail towards the alternative is at most alpha. Two-sided: reject when
    either tail is at most alpha / 2 (the test that inverts Clopper and Pearson 1934, Biometrika 26:404).
    """
    return float(_one_proportion_powers(np.array([n]), null, alternative, alpha, sides)[0])


def one_proportion_n(
    null: float, alternative: float, power: float, alpha: float, sides: int = 1
) -> int | None:
    """The smallest n from which the exact power stays at or above `power`.

    Exact power is a saw-tooth in n: it falls each time the critical number of responders rises. A
    smaller n may reach the power by luck of the lattice; this n and every larger one reach it.
    None when the alternative equals the null, or beyond ten million.
    Source: Chernick and Liu 2002, The American Statistician 56:149.
    """
    if alternative == null:
        return None
    spread = _z(alpha, sides) * math.sqrt(null * (1 - null)) + max(_NORMAL.inv_cdf(power), 0.0) * math.sqrt(
        alternative * (1 - alternative)
    )
    scale = math.ceil((spread / (alternative - null)) ** 2)
    top = 2 * scale + 50
    high = top
    while high <= LARGEST and high >= 1:
        low = max(1, high - max(scale, 50) + 1)
        sizes = np.arange(low, high + 1)
        short = np.flatnonzero(_one_proportion_powers(sizes, null, alternative, alpha, sides) < power)
        if short.size == 0:
            if low == 1:
                return 1
            high = low - 1
            continue
        last = int(sizes[short[-1]])
        if last < 0.8 * top:
            return last + 1
        top *= 2
        high = top
    return None


def one_proportion_alternative(
    n: int,
    null: float,
    power: float,
    alpha: float,
    sides: int = 1,
    direction: Literal["greater", "less"] = "greater",
) -> float | None:
    """The proportion above (or below) `null` that n subjects detect with this exact power.

    None when no outcome of n subjects rejects in that direction.
    """
    low, high = _critical(np.array([n]), null, alpha / sides)
    empty = high[0] > n if direction == "greater" else low[0] < 0
    if empty or power <= alpha:
        return None

    def short(truth: float) -> float:
        upper = float(_at_least(n, high[0], truth))
        lower = float(_at_most(n, low[0], truth))
        if sides == 1:
            return (upper if direction == "greater" else lower) - power
        return upper + lower - power

    from scipy.optimize import brentq

    end = 1.0 if direction == "greater" else 0.0
    return float(brentq(short, null, end, xtol=1e-14, rtol=1e-13))


# --- two proportions --------------------------------------------------------------------------------


def two_proportions_power(
    n_control: float,
    n_experimental: float,
    control: float,
    experimental: float,
    alpha: float,
    sides: int = 2,
    *,
    variance: Literal["pooled", "unpooled"] = "pooled",
    strict: bool = False,
) -> float:
    """Power of the normal-approximation test of two proportions.

    `variance` under the null is pooled (as R's power.prop.test, the chi-square test) or unpooled (the
    Wald test). `strict` adds the far tail of a two-sided test, as R's strict = TRUE.
    Source: Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, chapter 4.
    """
    apart = abs(experimental - control)
    truth = control * (1 - control) / n_control + experimental * (1 - experimental) / n_experimental
    if variance == "pooled":
        mean = (n_control * control + n_experimental * experimental) / (n_control + n_experimental)
        assumed = mean * (1 - mean) * (1 / n_control + 1 / n_experimental)
    else:
        assumed = truth
    bound = _z(alpha, sides) * math.sqrt(assumed)
    power = normal.cdf((apart - bound) / math.sqrt(truth))
    if strict and sides == 2:
        power += normal.cdf((-apart - bound) / math.sqrt(truth))
    return power


def two_proportions_n(
    control: float,
    experimental: float,
    power: float,
    alpha: float,
    sides: int = 2,
    allocation: Allocation = (1, 1),
    *,
    variance: Literal["pooled", "unpooled"] = "pooled",
) -> int | None:
    """Subjects in both groups together for this power; each group is rounded up to a whole subject.

    None when the proportions are equal.
    """
    if control == experimental:
        return None
    ratio = allocation[0] / allocation[1]

    def short(n_control: float) -> float:
        return (
            two_proportions_power(
                n_control, ratio * n_control, control, experimental, alpha, sides, variance=variance
            )
            - power
        )

    n_control = _root(short, 1e-6, 10.0)
    if n_control is None:
        return None
    return _whole(n_control) + _whole(ratio * n_control)


def two_proportions_power_exact(
    n_control: int, n_experimental: int, control: float, experimental: float, alpha: float, sides: int = 2
) -> float:
    """Exact power of Fisher's test: the probability of all tables that it rejects.

    Two-sided p values add every table as likely as, or less likely than, the one seen (relative
    tolerance 1e-7, as R's fisher.test); one-sided ones look towards the alternative.
    """
    n1, n0 = n_experimental, n_control
    chance_1 = binomial_probabilities(n1, experimental)
    chance_0 = binomial_probabilities(n0, control)
    upward = experimental >= control
    power = 0.0
    for total in range(n1 + n0 + 1):
        seen = np.arange(max(0, total - n0), min(n1, total) + 1)
        table = hypergeometric_probabilities(seen, n1, n0, total)
        if sides == 1:
            p_values = np.cumsum(table[::-1])[::-1] if upward else np.cumsum(table)
        else:
            ordered = np.sort(table)
            upto = np.searchsorted(ordered, table * (1 + 1e-7), side="right")
            p_values = np.cumsum(ordered)[upto - 1]
        rejected = p_values <= alpha * (1 + 1e-12)
        power += float(np.sum((chance_1[seen] * chance_0[total - seen])[rejected]))
    return power


# --- evaluability -----------------------------------------------------------------------------------


def binomial_tail(n: int, at_least: int, p: float) -> float:
    """P(X >= at_least) for X binomial (n, p): the chance of enough evaluable among those accrued."""
    return float(_at_least(n, at_least, p))


def accrual_needed(evaluable: int, expected: float, assurance: float) -> int | None:
    """The smallest accrual of which `evaluable` are evaluable with probability `assurance` or more.

    `expected` is the share expected to be evaluable. None beyond ten million.
    """
    return _smallest(lambda n: binomial_tail(n, evaluable, expected) >= assurance, max(evaluable, 1))


# --- parts ------------------------------------------------------------------------------------------


def _z(alpha: float, sides: int) -> float:
    return -_NORMAL.inv_cdf(alpha / sides)


def _z_sum(power: float, alpha: float, sides: int) -> float:
    return _z(alpha, sides) + _NORMAL.inv_cdf(power)


def _share_product(allocation: Allocation) -> float:
    first, second = allocation
    return first * second / (first + second) ** 2


def _whole(n: float) -> int:
    return math.ceil(n - 1e-9 * max(n, 1.0))


def _smallest(reached: Callable[[int], bool], start: int) -> int | None:
    """The smallest n >= start where a condition that then stays true is true, by doubling and halving."""
    if reached(start):
        return start
    low, high = start, 2 * start
    while not reached(high):
        low, high = high, 2 * high
        if high > LARGEST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def _root(rising: Callable[[float], float], low: float, high: float) -> float | None:
    """Where a rising function crosses 0 above `low`; None when it does not up to ten million."""
    from scipy.optimize import brentq

    if rising(low) >= 0:
        return low
    while rising(high) < 0:
        high *= 2
        if high > LARGEST:
            return None
    return float(brentq(rising, low, high, xtol=1e-13, rtol=1e-13))


def _at_least(n: Any, k: Any, p: float) -> Any:
    """P(X >= k), arrays allowed; 1 for k <= 0 and 0 for k > n."""
    from scipy.special import betainc

    n, k = np.asarray(n, dtype=float), np.asarray(k, dtype=float)
    inside = (k > 0) & (k <= n)
    a, b = np.where(inside, k, 1.0), np.where(inside, n - k + 1, 1.0)
    return np.where(inside, betainc(a, b, p), np.where(k <= 0, 1.0, 0.0))


def _at_most(n: Any, k: Any, p: float) -> Any:
    """P(X <= k), computed from its own side so that small tails keep their digits."""
    n, k = np.asarray(n), np.asarray(k)
    return _at_least(n, n - k, 1 - p)


def _critical(n: NDArray[np.int64], null: float, tail: float) -> tuple[Any, Any]:
    """The largest k with P(X <= k) <= tail (none: -1), the smallest with P(X >= k) <= tail (none: n + 1)."""
    bound = tail * (1 + 1e-12)

    def smallest_upper(p: float) -> Any:
        low, high = np.zeros_like(n), n + 1  # P(X >= low) > tail, P(X >= high) <= tail
        while np.any(high - low > 1):
            middle = (low + high) // 2
            rejects = _at_least(n, middle, p) <= bound
            low, high = np.where(rejects, low, middle), np.where(rejects, middle, high)
        return high

    return n - smallest_upper(1 - null), smallest_upper(null)


def _one_proportion_powers(
    n: NDArray[np.int64], null: float, alternative: float, alpha: float, sides: int
) -> Any:
    low, high = _critical(n, null, alpha / sides)
    if sides == 2:
        return _at_least(n, high, alternative) + _at_most(n, low, alternative)
    if alternative >= null:
        return _at_least(n, high, alternative)
    return _at_most(n, low, alternative)
