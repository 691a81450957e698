"""Effects of single studies with their variances, from counts, means, rates and proportions.

Every function takes arrays with one value per study and gives effects on the scale on which they are pooled
(`LOG` names those that are logarithms); a study that has none carries NaN, and `usable` says which have one.
Source: Fleiss and Berlin 2009, and Borenstein 2009, in The Handbook of Research Synthesis, chs 12 and 13; the
definitions are those of R's metafor::escalc.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.heterogeneity import Floats

OfCounts = Literal["odds_ratio", "risk_ratio", "risk_difference", "arcsine_difference", "peto"]
OfMeans = Literal["mean_difference", "standardised_difference", "ratio_of_means"]
OfRates = Literal["rate_ratio", "rate_difference"]
OfProportions = Literal["proportion", "log", "logit", "arcsine", "freeman_tukey"]
To = Literal["only0", "all", "if0all", "none"]
LOG = frozenset({"odds_ratio", "risk_ratio", "peto", "ratio_of_means", "rate_ratio", "hazard_ratio"})


@dataclass(frozen=True, slots=True)
class StudyEffects:
    """Effects y and variances v of the studies; `corrected` marks those whose counts were added to."""

    y: Floats
    v: Floats
    corrected: tuple[bool, ...]

    @property
    def usable(self) -> tuple[bool, ...]:
        good = np.isfinite(self.y) & np.isfinite(self.v) & (self.v > 0)
        return tuple(good.tolist())


def of_counts(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    measure: OfCounts,
    *,
    add: float | None = None,
    to: To = "only0",
    drop_without_events: bool = False,
) -> StudyEffects:
    """Two proportions in each study, first group against second.

    Parameters
        x, n   those with the event and all of them
        add    to each cell: one half, or 0 for arcsine differences (None); to: only0 (studies with an empty
               cell), all, if0all (all where one study has an empty cell), none
        drop_without_events  studies in which nobody or everybody had the event have no effect
    peto is the one-step log odds ratio; arcsine_difference that of asin sqrt p.
    """
    a, m1, c, m2 = (np.asarray(part, dtype=float) for part in (x1, n1, x2, n2))
    b, d = m1 - a, m2 - c
    sound = _counted(a, b) & _counted(c, d) & (m1 > 0) & (m2 > 0)
    if drop_without_events:
        sound &= ~(((a == 0) & (c == 0)) | ((b == 0) & (d == 0)))
    empty = ((a == 0) | (b == 0) | (c == 0) | (d == 0)) & sound
    amount = (0.0 if measure == "arcsine_difference" else 0.5) if add is None else add
    which = _where(empty, to) & sound & (amount > 0)
    plus = np.where(which, amount, 0.0)
    a, b, c, d = (np.where(sound, part, math.nan) + plus for part in (a, b, c, d))
    m1, m2 = a + b, c + d
    p1, p2 = _over(a, m1), _over(c, m2)
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "odds_ratio":
            y, v = np.log(a) - np.log(b) - np.log(c) + np.log(d), 1 / a + 1 / b + 1 / c + 1 / d
        elif measure == "risk_ratio":
            y, v = np.log(p1) - np.log(p2), 1 / a - 1 / m1 + 1 / c - 1 / m2
        elif measure == "risk_difference":
            y, v = p1 - p2, p1 * (1 - p1) / m1 + p2 * (1 - p2) / m2
        elif measure == "peto":
            whole = m1 + m2
            v = whole**2 * (whole - 1) / ((a + c) * (b + d) * m1 * m2)
            y = (a - (a + c) * m1 / whole) * v
        else:
            y, v = np.arcsin(np.sqrt(p1)) - np.arcsin(np.sqrt(p2)), 1 / (4 * m1) + 1 / (4 * m2)
    return _made(y, v, which)


def of_means(
    m1: ArrayLike,
    sd1: ArrayLike,
    n1: ArrayLike,
    m2: ArrayLike,
    sd2: ArrayLike,
    n2: ArrayLike,
    measure: OfMeans,
) -> StudyEffects:
    """Two means in each study, first group less second.

    standardised_difference  over the pooled SD, with Hedges' exact correction; v = 1/n1 + 1/n2 + d^2 / 2n
    ratio_of_means           logarithm; both means of one sign
    """
    from scipy.special import gammaln

    mean1, s1, k1, mean2, s2, k2 = (np.asarray(part, dtype=float) for part in (m1, sd1, n1, m2, sd2, n2))
    sound = (s1 >= 0) & (s2 >= 0) & (k1 > 0) & (k2 > 0)
    mean1, s1, k1, mean2, s2, k2 = (
        np.where(sound, part, math.nan) for part in (mean1, s1, k1, mean2, s2, k2)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "mean_difference":
            y, v = mean1 - mean2, s1**2 / k1 + s2**2 / k2
        elif measure == "ratio_of_means":
            y = np.log(mean1 / mean2)
            v = s1**2 / (k1 * mean1**2) + s2**2 / (k2 * mean2**2)
        else:
            df = np.where(k1 + k2 > 3, k1 + k2 - 2, math.nan)
            pooled = np.sqrt(((k1 - 1) * s1**2 + (k2 - 1) * s2**2) / df)
            shrunk = np.exp(gammaln(df / 2) - np.log(np.sqrt(df / 2)) - gammaln((df - 1) / 2))
            y = shrunk * (mean1 - mean2) / pooled
            v = 1 / k1 + 1 / k2 + y**2 / (2 * (k1 + k2))
    return _made(y, v, np.zeros(y.shape, dtype=bool))


def of_rates(
    x1: ArrayLike,
    t1: ArrayLike,
    x2: ArrayLike,
    t2: ArrayLike,
    measure: OfRates,
    *,
    add: float = 0.5,
    to: To = "only0",
) -> StudyEffects:
    """Events in person-time of two groups, first against second."""
    a, time1, c, time2 = (np.asarray(part, dtype=float) for part in (x1, t1, x2, t2))
    sound = (a >= 0) & (c >= 0) & (time1 > 0) & (time2 > 0)
    which = _where(((a == 0) | (c == 0)) & sound, to) & sound & (add > 0)
    plus = np.where(which, add, 0.0)
    a, c, time1, time2 = (np.where(sound, part, math.nan) for part in (a + plus, c + plus, time1, time2))
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "rate_ratio":
            y, v = np.log(a / time1) - np.log(c / time2), 1 / a + 1 / c
        else:
            y, v = a / time1 - c / time2, a / time1**2 + c / time2**2
    return _made(y, v, which)


def of_proportions(
    x: ArrayLike, n: ArrayLike, measure: OfProportions, *, add: float | None = None, to: To = "only0"
) -> StudyEffects:
    """One proportion in each study: p, log p, logit p, asin sqrt p, or the double arcsine (Freeman)."""
    a, size = np.asarray(x, dtype=float), np.asarray(n, dtype=float)
    b = size - a
    sound = _counted(a, b) & (size > 0)
    amount = (0.0 if measure in ("arcsine", "freeman_tukey") else 0.5) if add is None else add
    which = _where(((a == 0) | (b == 0)) & sound, to) & sound & (amount > 0)
    plus = np.where(which, amount, 0.0)
    a, b = (np.where(sound, part, math.nan) + plus for part in (a, b))
    size = a + b
    with np.errstate(divide="ignore", invalid="ignore"):
        p = a / size
        if measure == "proportion":
            y, v = p, p * (1 - p) / size
        elif measure == "log":
            y, v = np.log(p), 1 / a - 1 / size
        elif measure == "logit":
            y, v = np.log(a) - np.log(b), 1 / a + 1 / b
        elif measure == "arcsine":
            y, v = np.arcsin(np.sqrt(p)), 1 / (4 * size)
        else:
            y = (np.arcsin(np.sqrt(a / (size + 1))) + np.arcsin(np.sqrt((a + 1) / (size + 1)))) / 2
            v = 1 / (4 * size + 2)
    return _made(y, v, which)


def proportion_again(y: float, measure: OfProportions, n: ArrayLike | None = None) -> float:
    """A pooled value of `of_proportions` as a proportion, between 0 and 1.

    Freeman and Tukey's needs the sizes of the studies: their harmonic mean stands in for that of a new one.
    Source: Miller 1978, Am Stat 32:138
    """
    if measure == "proportion":
        return min(1.0, max(0.0, y))
    if measure == "log":
        return min(1.0, math.exp(y))
    if measure == "logit":
        return 1 / (1 + math.exp(-y)) if y > -700 else 0.0
    if measure == "arcsine":
        return math.sin(min(math.pi / 2, max(0.0, y))) ** 2
    sizes = np.asarray(n, dtype=float)
    size = float(1 / np.mean(1 / sizes))
    lowest = math.asin(math.sqrt(1 / (size + 1))) / 2
    highest = (math.asin(math.sqrt(size / (size + 1))) + math.pi / 2) / 2
    if y <= lowest or y >= highest:
        return 0.0 if y <= lowest else 1.0
    s = math.sin(2 * y)
    root = math.sqrt(max(0.0, 1 - (s + (s - 1 / s) / size) ** 2))
    return 0.5 * (1 - math.copysign(1.0, math.cos(2 * y)) * root)


def _counted(yes: Floats, no: Floats) -> np.ndarray:
    return np.asarray(np.isfinite(yes) & np.isfinite(no) & (yes >= 0) & (no >= 0))


def _where(empty: np.ndarray, to: To) -> np.ndarray:
    if to == "only0":
        return empty
    every = to == "all" or (to == "if0all" and bool(empty.any()))
    return np.full(empty.shape, every)


def _over(above: Floats, below: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(above / below)


def _made(y: Floats, v: Floats, corrected: np.ndarray) -> StudyEffects:
    gone = ~(np.isfinite(y) & np.isfinite(v))
    return StudyEffects(
        np.where(gone, math.nan, y), np.where(gone, math.nan, v), tuple(bool(c) for c in corrected)
    )
