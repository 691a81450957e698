"""Two proportions from counts: difference, ratio and odds ratio with every interval in use, and tests.

`x` are the responders of both groups, `n` >= 1 their subjects; the first group is compared with the second.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from trialist.kernels import one_proportion
from trialist.kernels.crossing import crossing
from trialist.kernels.exact_two_by_two import conditional_odds_ratio
from trialist.kernels.normal import half_width
from trialist.kernels.score_difference import miettinen_nurminen

Two = tuple[int, int]
DifferenceKind = Literal[
    "wald",
    "wald_corrected",
    "newcombe",
    "newcombe_corrected",
    "miettinen_nurminen",
    "mee",
    "agresti_caffo",
    "exact",
]
RatioKind = Literal["katz", "koopman", "miettinen_nurminen"]
OddsKind = Literal["woolf", "score", "miettinen_nurminen", "conditional", "conditional_mid_p"]
_FAR = 700.0  # log of the largest ratio looked at


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate with its interval; None: does not exist (an end of a ratio: infinite).

    status   ok; empty_cell: a ratio's estimate or interval does not exist by this kind; too_large: more
             tables than an exact method goes through
    """

    value: float | None
    low: float | None
    high: float | None
    status: Literal["ok", "empty_cell", "too_large"] = "ok"


def difference(x: Two, n: Two, level: float = 0.95, kind: DifferenceKind = "wald") -> Estimate:
    """First proportion less the second.

    wald, wald_corrected          R prop.test with correct FALSE, TRUE (correction (1/n1 + 1/n2) / 2, at
                                  most the difference); cut at -1 and 1
    newcombe, newcombe_corrected  from both Wilson intervals. Newcombe 1998, Stat Med 17:873, methods 10 and
                                  11
    miettinen_nurminen, mee       score, with and without N / (N - 1) (score_difference)
    agresti_caffo                 Wald's with one more responder and non-responder in each group; the
                                  estimate is that of the data. Agresti and Caffo 2000, Am Stat 54:280
    exact                         both one-sided unconditional exact tests by the score statistic inverted.
                                  Chan and Zhang 1999, Biometrics 55:1202
    """
    apart = x[0] / n[0] - x[1] / n[1]
    z = half_width(level)
    if kind in ("miettinen_nurminen", "mee"):
        return Estimate(*miettinen_nurminen(x, n, level, factor=kind == "miettinen_nurminen"))
    if kind in ("newcombe", "newcombe_corrected"):
        return Estimate(*newcombe(x, n, level, corrected=kind == "newcombe_corrected"))
    if kind == "agresti_caffo":
        shares = [(yes + 1) / (size + 2) for yes, size in zip(x, n, strict=True)]
        error = math.sqrt(sum(p * (1 - p) / (size + 2) for p, size in zip(shares, n, strict=True)))
        middle = shares[0] - shares[1]
        return Estimate(apart, max(-1.0, middle - z * error), min(1.0, middle + z * error))
    if kind == "exact":
        from trialist.kernels.unconditional import difference_interval

        ends = difference_interval(x, n, level)
        return Estimate(apart, None, None, "too_large") if ends is None else Estimate(apart, *ends)
    half = z * math.sqrt(sum(k / m * (1 - k / m) / m for k, m in zip(x, n, strict=True)))
    if kind == "wald_corrected":
        half += min((1 / n[0] + 1 / n[1]) / 2, abs(apart))
    return Estimate(apart, max(-1.0, apart - half), min(1.0, apart + half))


def newcombe(x: Two, n: Two, level: float = 0.95, *, corrected: bool = False) -> tuple[float, float, float]:
    """The difference with the interval squared and added from both Wilson intervals."""
    first, second = x[0] / n[0], x[1] / n[1]
    kind: one_proportion.Kind = "wilson_corrected" if corrected else "wilson"
    (low1, high1), (low2, high2) = (
        one_proportion.interval(k, m, level, kind) or (0.0, 1.0) for k, m in zip(x, n, strict=True)
    )
    apart = first - second
    low = apart - math.hypot(first - low1, high2 - second)
    return apart, max(-1.0, low), min(1.0, apart + math.hypot(high1 - first, second - low2))


def risk_ratio(x: Two, n: Two, level: float = 0.95, kind: RatioKind = "katz") -> Estimate:
    """First proportion divided by the second; a high end of None is infinite.

    katz                Wald's of the logarithm; none with nobody responding in a group. Katz 1978,
                        Biometrics 34:469
    koopman             score. Koopman 1984, Biometrics 40:513
    miettinen_nurminen  the same with N / (N - 1). Miettinen and Nurminen 1985, Stat Med 4:213
    """
    value = x[0] * n[1] / (n[0] * x[1]) if x[1] else None
    if kind == "katz":
        if not (x[0] and x[1]):
            return Estimate(value, None, None, "empty_cell")
        error = math.sqrt(max(0.0, 1 / x[0] - 1 / n[0] + 1 / x[1] - 1 / n[1]))
        return _about(math.log(x[0] * n[1] / (n[0] * x[1])), error, level)
    if not sum(x):
        return Estimate(None, 0.0, None, "empty_cell")
    whole = sum(n)
    factor = whole / (whole - 1) if kind == "miettinen_nurminen" else 1.0

    def squared(log_ratio: float) -> float:
        ratio = math.exp(log_ratio)
        b = n[0] * ratio + x[0] + n[1] + x[1] * ratio
        root = math.sqrt(max(0.0, b * b - 4 * whole * ratio * sum(x)))
        second = min(1.0, 2 * sum(x) / (b + root))
        first = min(1.0, ratio * second)
        variance = first * (1 - first) / n[0] + ratio * ratio * second * (1 - second) / n[1]
        gap = x[0] / n[0] - ratio * x[1] / n[1]
        return _over(gap * gap, variance * factor)

    low, high = _ends(squared, x[0] * n[1], n[0] * x[1], level)
    return Estimate(value, low, high, "ok" if value is not None else "empty_cell")


def odds_ratio(x: Two, n: Two, level: float = 0.95, kind: OddsKind = "woolf") -> Estimate:
    """Odds of responding in the first group divided by those in the second; a high end of None is infinite.

    woolf                Wald's of the logarithm; none with an empty cell. Woolf 1955, Ann Hum Genet 19:251
    score                Cornfield's without correction. Agresti 2013, Categorical Data Analysis, 3.2.6
    miettinen_nurminen   the same with N / (N - 1). Miettinen and Nurminen 1985, Stat Med 4:213
    conditional          conditional maximum likelihood with the exact interval (R fisher.test). Cornfield
                         1956
    conditional_mid_p    the same with the mid-P interval
    """
    cells = (x[0], n[1] - x[1], n[0] - x[0], x[1])
    over, under = cells[0] * cells[1], cells[2] * cells[3]
    value = over / under if under else None
    if kind in ("conditional", "conditional_mid_p"):
        found = conditional_odds_ratio(x, n, level, mid_p=kind == "conditional_mid_p")
        status = "ok" if found.value is not None else "empty_cell"
        return Estimate(found.value, found.low, found.high, "ok" if status == "ok" else "empty_cell")
    if kind == "woolf":
        if not min(cells):
            return Estimate(value, None, None, "empty_cell")
        return _about(math.log(over / under), math.sqrt(sum(1 / cell for cell in cells)), level)
    if sum(x) in (0, sum(n)):
        return Estimate(None, 0.0, None, "empty_cell")
    whole = sum(n)
    factor = whole / (whole - 1) if kind == "miettinen_nurminen" else 1.0

    def squared(log_ratio: float) -> float:
        first = _expected_responders(x, n, math.exp(log_ratio))
        second = sum(x) - first
        information = first * (n[0] - first) / n[0], second * (n[1] - second) / n[1]
        if min(information) <= 0:
            return math.inf
        return (x[0] - first) ** 2 * (1 / information[0] + 1 / information[1]) / factor

    low, high = _ends(squared, over, under, level)
    return Estimate(value, low, high, "ok" if value is not None else "empty_cell")


def number_needed_to_treat(found: Estimate) -> Estimate:
    """1 / difference with its ends; a negative number is the number needed to harm.

    Where the difference's interval holds 0, the interval is not one span: it goes from `low` to infinity
    and on from minus infinity to `high` (low > 0 > high), as benefit and harm are both possible.
    Source: Altman 1998, BMJ 317:1309
    """
    value = None if not found.value else 1 / found.value
    low = None if not found.high else 1 / found.high
    high = None if not found.low else 1 / found.low
    return Estimate(value, low, high, found.status)


def _expected_responders(x: Two, n: Two, ratio: float) -> float:
    """Responders expected in the first group under an odds ratio, both margins as seen."""
    total = sum(x)
    if ratio == 1:
        return n[0] * total / sum(n)
    a = ratio - 1
    b = n[1] - total + ratio * (n[0] + total)
    root = math.sqrt(max(0.0, b * b - 4 * a * ratio * n[0] * total))
    return 2 * ratio * n[0] * total / (b + root)


def _ends(
    squared: Callable[[float], float], over: int, under: int, level: float
) -> tuple[float | None, float | None]:
    """Where a score statistic of the log ratio passes its quantile, on both sides of the estimate."""
    limit = half_width(level) ** 2

    def outside(log_ratio: float) -> float:
        return min(squared(log_ratio), 1e6) - limit

    middle = math.log(over / under) if over and under else 0.0
    low: float | None = 0.0
    high: float | None = None
    if over:
        start = middle if under else _inside(outside, 1.0)
        low = math.exp(crossing(outside, start, _beyond(outside, start, -1.0)))
    if under:
        start = middle if over else _inside(outside, -1.0)
        high = math.exp(crossing(outside, start, _beyond(outside, start, 1.0)))
    return low, high


def _inside(outside: Callable[[float], float], way: float) -> float:
    """A place that is not rejected, for an estimate of 0 or infinity."""
    at = way
    while outside(at) > 0 and abs(at) < _FAR:
        at *= 2
    return at


def _beyond(outside: Callable[[float], float], start: float, way: float) -> float:
    """A place that is rejected."""
    step = 1.0
    while outside(start + way * step) <= 0 and step < _FAR:
        step *= 2
    return start + way * step


def _about(middle: float, error: float, level: float) -> Estimate:
    half = half_width(level) * error
    return Estimate(math.exp(middle), math.exp(middle - half), math.exp(middle + half))


def _over(square: float, variance: float) -> float:
    if variance > 0:
        return square / variance
    return math.inf if square > 0 else 0.0
