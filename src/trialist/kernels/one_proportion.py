"""One proportion: every interval in use, and its tests against a stated proportion."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trialist.kernels import binomial
from trialist.kernels.binomial import Test, binomial_probabilities
from trialist.kernels.crossing import crossing

Kind = Literal[
    "clopper_pearson",
    "wilson",
    "wilson_corrected",
    "agresti_coull",
    "jeffreys",
    "jeffreys_equal_tailed",
    "mid_p",
    "blaker",
    "wald",
    "wald_corrected",
    "arcsine",
    "logit",
]
Against = Literal["exact", "mid_p", "score", "score_corrected"]
Alternative = Literal["two_sided", "greater", "less"]
_AS_LIKELY = 1 + 1e-7  # probabilities that differ by rounding count as equal, as in R's binom.test


def interval(
    responders: int, n: int, level: float = 0.95, kind: Kind = "clopper_pearson"
) -> tuple[float, float] | None:
    """The interval of a proportion of `n` >= 1 subjects; None where the kind does not define one.

    clopper_pearson        exact. Clopper and Pearson 1934, Biometrika 26:404
    wilson                 score. Wilson 1927, JASA 22:209
    wilson_corrected       with continuity correction 1 / (2n). Newcombe 1998, Stat Med 17:857, method 4
    agresti_coull          Wald's about (x + z^2/2) / (n + z^2). Agresti and Coull 1998, Am Stat 52:119
    jeffreys               beta(x + 1/2, n - x + 1/2) quantiles, but 0 at x = 0 and 1 at x = n.
                           Brown, Cai and DasGupta 2001, Stat Sci 16:101, section 4.1.2
    jeffreys_equal_tailed  the same without that rule
    mid_p                  each tail with half the probability of x is half of alpha. Lancaster 1961
    blaker                 proportions whose acceptability is above alpha. Blaker 2000, Can J Stat 28:783
    wald, wald_corrected   p +- z sqrt(p(1-p)/n) (+- 1 / (2n)), cut at 0 and 1
    arcsine                sin^2(asin sqrt((x + 3/8)/(n + 3/4)) +- z / (2 sqrt n)). Anscombe 1948
    logit                  Wald's of log(p / (1 - p)); None at x = 0 and x = n
    """
    tail = (1 - level) / 2
    z = NormalDist().inv_cdf(1 - tail)
    x, share = responders, responders / n
    if kind in ("clopper_pearson", "wilson", "wald"):
        return binomial.proportion_interval(x, n, level, kind)
    if kind == "wilson_corrected":
        return 1 - _wilson_upper(n - x, n, z), _wilson_upper(x, n, z)
    if kind == "agresti_coull":
        whole = n + z * z
        middle = (x + z * z / 2) / whole
        return _cut(middle, z * math.sqrt(middle * (1 - middle) / whole))
    if kind in ("jeffreys", "jeffreys_equal_tailed"):
        return _jeffreys(x, n, tail, kind == "jeffreys")
    if kind == "mid_p":
        return 1 - _mid_p_upper(n - x, n, tail), _mid_p_upper(x, n, tail)
    if kind == "blaker":
        return _blaker_lower(x, n, 2 * tail), 1 - _blaker_lower(n - x, n, 2 * tail)
    if kind == "wald_corrected":
        return _cut(share, z * math.sqrt(share * (1 - share) / n) + 1 / (2 * n))
    if kind == "arcsine":
        angle, half = math.asin(math.sqrt((x + 0.375) / (n + 0.75))), z / (2 * math.sqrt(n))
        low, high = max(0.0, angle - half), min(math.pi / 2, angle + half)
        return math.sin(low) ** 2, math.sin(high) ** 2
    if x in (0, n):
        return None
    middle, half = math.log(x / (n - x)), z * math.sqrt(n / (x * (n - x)))
    return 1 / (1 + math.exp(half - middle)), 1 / (1 + math.exp(-half - middle))


def against_null(
    responders: int,
    n: int,
    null: float,
    kind: Against = "exact",
    alternative: Alternative = "two_sided",
) -> Test:
    """The test of a proportion of `n` >= 1 subjects against `null`, which lies strictly between 0 and 1.

    exact            binomial; two-sided all numbers as likely as the one seen, or less (R binom.test)
    mid_p            half of the probability of the number seen; two-sided twice the smaller tail
    score            z = (p - null) / sqrt(null (1 - null) / n) (R prop.test, correct = FALSE)
    score_corrected  |p - null| less 1 / (2n), not below 0 (R prop.test); z is 0 where that is
    """
    if kind in ("exact", "mid_p"):
        chance = binomial_probabilities(n, null)
        return Test(_exact(chance, responders, kind == "mid_p", alternative))
    gap = responders - n * null
    if kind == "score_corrected":
        gap = math.copysign(max(0.0, abs(gap) - 0.5), gap)
    z = gap / math.sqrt(n * null * (1 - null))
    return Test(_of_z(z, alternative), z)


def _exact(chance: NDArray[np.float64], seen: int, mid: bool, alternative: Alternative) -> float:
    mine = float(chance[seen])
    if alternative == "two_sided" and not mid:
        return min(1.0, float(chance[chance <= mine * _AS_LIKELY].sum()))
    off = mine / 2 if mid else 0.0
    below, above = float(chance[: seen + 1].sum()) - off, float(chance[seen:].sum()) - off
    if alternative == "two_sided":
        return min(1.0, 2 * min(below, above))
    return min(1.0, above if alternative == "greater" else below)


def _of_z(z: float, alternative: Alternative) -> float:
    from scipy.special import ndtr

    if alternative == "two_sided":
        return float(2 * ndtr(-abs(z)))
    return float(ndtr(-z if alternative == "greater" else z))


def _cut(middle: float, half: float) -> tuple[float, float]:
    return max(0.0, middle - half), min(1.0, middle + half)


def _wilson_upper(x: int, n: int, z: float) -> float:
    share = (x + 0.5) / n
    if share >= 1:
        return 1.0
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return min(1.0, (share + z * z / (2 * n) + half) / (1 + z * z / n))


def _jeffreys(x: int, n: int, tail: float, ends: bool) -> tuple[float, float]:
    from scipy.special import betaincinv

    low = float(betaincinv(x + 0.5, n - x + 0.5, tail))
    high = float(betaincinv(x + 0.5, n - x + 0.5, 1 - tail))
    return (0.0 if ends and x == 0 else low), (1.0 if ends and x == n else high)


def _mid_p_upper(x: int, n: int, tail: float) -> float:
    """The proportion at which P(X < x) + P(X = x) / 2 is `tail`."""
    if x == n:
        return 1.0
    from scipy.special import bdtr

    def above(p: float) -> float:
        before = float(bdtr(x - 1, n, p)) if x else 0.0
        return (before + float(bdtr(x, n, p))) / 2 - tail

    return crossing(above, x / n, 1.0)


def _blaker_lower(x: int, n: int, alpha: float) -> float:
    """The smallest proportion whose acceptability is above alpha.

    Below x / n the acceptability is P(X >= x) + P(X <= k), k the largest number whose lower tail is not above
    P(X >= x). It jumps up where k does (`jumps`), and between two jumps falls and then rises, so that it
    passes alpha either at a jump or once in a part at whose end it is above alpha.
    The acceptability lies between P(X >= x) and twice that, so that only jumps between the proportions at
    which P(X >= x) is alpha / 2 and alpha are looked at.
    """
    if x == 0:
        return 0.0
    from scipy.special import bdtrik, betainc, betaincc, betaincinv

    def upper(p: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return np.asarray(betainc(x, n - x + 1, p))

    least, most = (float(betaincinv(x, n - x + 1, tail)) for tail in (alpha / 2, alpha))
    fewest = int(np.clip(math.floor(float(bdtrik(alpha / 2, n, least))) - 1, 0, x - 1))
    k = np.arange(fewest, int(np.clip(math.ceil(float(bdtrik(alpha, n, most))) + 1, fewest, x - 1)) + 1)
    low, high = np.zeros(k.size), np.ones(k.size)
    for _ in range(60):
        middle = (low + high) / 2
        above = betaincc(k + 1, n - k, middle) > upper(middle)
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    jumps = high
    at_jump = 2 * upper(jumps)
    before = upper(jumps) + np.where(k > 0, betaincc(np.maximum(k, 1), n - k + 1, jumps), 0.0)
    first = int(np.argmax((before > alpha) | (at_jump > alpha)))
    if not before[first] > alpha:
        return float(jumps[first])
    below = int(k[first])

    def over(p: float) -> float:
        rest = float(betaincc(below, n - below + 1, p)) if below else 0.0
        return float(upper(p)) + rest - alpha

    start = float(jumps[first - 1]) if first else (least if below else 0.0)
    return crossing(over, start, float(jumps[first]))
