"""The same measured by two methods or raters: Deming's line, limits of agreement, intraclass correlation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats
from trialist.kernels.normal import half_width


@dataclass(frozen=True, slots=True)
class Deming:
    """The line second = intercept + slope x first, with the intervals of the jackknife.

    status   ok; too_few: fewer than three pairs; constant: one of the two does not vary, or they do not vary
             together
    """

    status: Literal["ok", "too_few", "constant"]
    n: int
    slope: float | None = None
    intercept: float | None = None
    slope_error: float | None = None
    intercept_error: float | None = None
    slope_low: float | None = None
    slope_high: float | None = None
    intercept_low: float | None = None
    intercept_high: float | None = None


def deming(first: ArrayLike, second: ArrayLike, ratio: float = 1.0, level: float = 0.95) -> Deming:
    """The line when both are measured with error; `ratio` is variance of the error of first / of second.

    Errors by the jackknife, intervals with t on n - 2 degrees of freedom.
    Source: Deming 1943; Linnet 1990, Stat Med 9:1463 and 1993, Clin Chem 39:424 (jackknife)
    """
    from scipy.special import stdtrit

    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    n = int(x.size)
    if n < 3:
        return Deming("too_few", n)
    centre_x, centre_y = float(x.mean()), float(y.mean())
    x, y = x - centre_x, y - centre_y
    sums = np.array([x @ x, y @ y, x @ y])
    shift = n / (n - 1)  # leaving one out moves a sum of squares about the mean by x^2 n / (n - 1)
    without = sums[:, None] - shift * np.stack([x * x, y * y, x * y])
    floor = 1e-14 * max(float(sums[0]), float(sums[1]), 1e-300)
    if min(float(sums[0]), float(sums[1])) <= floor or abs(float(sums[2])) <= floor:
        return Deming("constant", n)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = float(_deming_slope(sums, ratio))
        others = _deming_slope(without, ratio)
    if not np.isfinite(others).all():
        return Deming("constant", n)
    mean_x, mean_y = -x / (n - 1), -y / (n - 1)
    levels = (centre_y + mean_y) - others * (centre_x + mean_x)
    intercept = centre_y - slope * centre_x
    errors = [
        math.sqrt(float(np.var(n * whole - (n - 1) * left, ddof=1)) / n)
        for whole, left in ((slope, others), (intercept, levels))
    ]
    t = float(stdtrit(n - 2, 0.5 + level / 2))
    return Deming(
        "ok",
        n,
        slope,
        intercept,
        errors[0],
        errors[1],
        slope - t * errors[0],
        slope + t * errors[0],
        intercept - t * errors[1],
        intercept + t * errors[1],
    )


def _deming_slope(sums: Floats, ratio: float) -> Floats:
    xx, yy, xy = sums
    apart = ratio * yy - xx
    root = np.sqrt(apart**2 + 4 * ratio * xy**2)
    # of the two forms of the root the one without cancellation
    steep = (apart + root) / (2 * ratio * xy)
    return np.asarray(np.where(apart >= 0, steep, 2 * xy / (root - apart)))


@dataclass(frozen=True, slots=True)
class LimitsOfAgreement:
    """Mean difference (second less first) and the limits within which differences lie, each with its
    interval.

    status   ok; too_few: fewer than two pairs; no_variance: all differences are equal
    """

    status: Literal["ok", "too_few", "no_variance"]
    n: int
    bias: float | None = None
    sd: float | None = None
    bias_ends: tuple[float, float] | None = None
    lower: float | None = None
    lower_ends: tuple[float, float] | None = None
    upper: float | None = None
    upper_ends: tuple[float, float] | None = None


def bland_altman(
    first: ArrayLike, second: ArrayLike, *, share: float = 0.95, level: float = 0.95
) -> LimitsOfAgreement:
    """Limits of agreement: bias -+ z SD, with errors sqrt(SD^2 (1 / n + z^2 / (2 (n - 1)))) and t quantiles.

    Source: Bland and Altman 1986, Lancet 327:307; 1999, Stat Methods Med Res 8:135 (section 3, errors)
    """
    from scipy.special import stdtrit

    apart = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    n = int(apart.size)
    if n < 2:
        return LimitsOfAgreement("too_few", n, float(apart[0]) if n else None)
    bias, sd = float(apart.mean()), float(apart.std(ddof=1))
    if sd <= 1e-14 * float(np.abs(apart).max()):
        return LimitsOfAgreement("no_variance", n, bias, 0.0)
    z = half_width(share)
    t = float(stdtrit(n - 1, 0.5 + level / 2))
    half = t * sd / math.sqrt(n)
    wide = t * sd * math.sqrt(1 / n + z * z / (2 * (n - 1)))
    lower, upper = bias - z * sd, bias + z * sd
    return LimitsOfAgreement(
        "ok",
        n,
        bias,
        sd,
        (bias - half, bias + half),
        lower,
        (lower - wide, lower + wide),
        upper,
        (upper - wide, upper + wide),
    )


@dataclass(frozen=True, slots=True)
class Intraclass:
    """ICC of single ratings with interval (None where its formula has no value); F of the subjects and its p.

    status   ok; too_few: fewer than two subjects or ratings; no_variance: subjects do not differ; no_error:
             raters differ by a constant alone, so that there is no interval
    """

    status: Literal["ok", "too_few", "no_variance", "no_error"]
    n: int
    icc: float | None = None
    low: float | None = None
    high: float | None = None
    f: float | None = None
    p_value: float | None = None


def intraclass(
    ratings: ArrayLike, kind: Literal["agreement", "consistency"] = "agreement", level: float = 0.95
) -> Intraclass:
    """ICC(2,1) (agreement: raters are a sample) or ICC(3,1) (consistency: raters are fixed).

    Parameters
        ratings  (subjects, raters), complete
    Source: Shrout and Fleiss 1979, Psychological Bulletin 86:420
    """
    from scipy.special import fdtrc, fdtri

    x = np.asarray(ratings, dtype=float)
    n, k = x.shape
    if n < 2 or k < 2:
        return Intraclass("too_few", n)
    x = x - x.mean()
    rows, columns = x.mean(axis=1), x.mean(axis=0)
    between = k * float(rows @ rows) / (n - 1)
    raters = n * float(columns @ columns) / (k - 1)
    left = x - rows[:, None] - columns
    within = (n - 1) * (k - 1)
    error = float((left * left).sum()) / within
    flat = 1e-28 * max(float((x * x).max()), 1e-300)
    if between <= flat * n:
        return Intraclass("no_variance", n)
    if error <= flat:
        agreement = between / (between + k * raters / n)
        return Intraclass("no_error", n, 1.0 if kind == "consistency" else agreement)
    f, tail = between / error, (1 - level) / 2
    p_value = float(fdtrc(n - 1, within, f))
    if kind == "consistency":
        icc = (between - error) / (between + (k - 1) * error)
        low = f / float(fdtri(n - 1, within, 1 - tail))
        high = f * float(fdtri(within, n - 1, 1 - tail))
        return Intraclass("ok", n, icc, (low - 1) / (low + k - 1), (high - 1) / (high + k - 1), f, p_value)
    icc = (between - error) / (between + (k - 1) * error + k * (raters - error) / n)
    ratio = raters / error
    above = k * icc * ratio + n * (1 + (k - 1) * icc) - k * icc
    below = (n - 1) * k * k * icc**2 * ratio**2 + (n * (1 + (k - 1) * icc) - k * icc) ** 2
    df = within * above**2 / below
    upper, lower = float(fdtri(n - 1, df, 1 - tail)), float(fdtri(df, n - 1, 1 - tail))
    rest = k * raters + (k * n - k - n) * error
    if rest <= 0 or not math.isfinite(lower):
        return Intraclass("ok", n, icc, None, None, f, p_value)
    # with few degrees of freedom the quantile is beyond all numbers, and its share of the mean square 0
    share = between / upper if math.isfinite(upper) else 0.0
    low = n * (share - error) / (rest + n * share)
    high = n * (lower * between - error) / (rest + n * lower * between)
    return Intraclass("ok", n, icc, low, high, f, p_value)
