"""Rates of events with their interval, and the probability of an event where death competes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialist.kernels.counts import Floats, tied_times
from trialist.kernels.normal import half_width

CENSORED, EVENT, COMPETING = 0, 1, 2
_SAME_TIME = 1e-9
IntervalType = Literal["log_log", "log", "plain"]
_NO_SPREAD = 1e-9  # of the count: what rounding leaves where subjects do not differ


def poisson_interval(events: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of the mean of a Poisson count (R poisson.test).

    Source: Garwood 1936, Biometrika 28:437
    """
    from scipy.special import gammaincinv

    tail = (1 - level) / 2
    low = float(gammaincinv(events, tail)) if events else 0.0
    return low, float(gammaincinv(events + 1, 1 - tail))


def normal_interval(events: int, level: float = 0.95) -> tuple[float, float]:
    """The interval of the mean of a Poisson count by its normal approximation, which is not below 0.

    Source: a Poisson count has a variance equal to its mean
    """
    half = half_width(level) * math.sqrt(events)
    return max(events - half, 0.0), events + half


def robust_factor(events: int, n: int, spread: float, level: float = 0.95) -> float | None:
    """What a rate of events is divided and multiplied by for its interval, subjects differing as they do.

    Parameters
        events  of all subjects
        n       subjects
        spread  sum over the subjects of the squares of (events - rate x time)
    Returns   exp(z x standard error of the log rate); None without an event, a second subject or a difference
              between subjects
    Source    the sandwich variance of a Poisson rate with one cluster per subject, times n / (n - 1): Lin and
              others 2000, J R Stat Soc B 62:711
    """
    if events == 0 or n < 2 or spread <= _NO_SPREAD * events:
        return None
    error = math.sqrt(spread * n / (n - 1)) / events
    return math.exp(half_width(level) * error)


@dataclass(frozen=True, slots=True)
class Incidence:
    """A step function: probability of the event by each distinct time, 0 before the first.

    free     probability of neither event nor competing event by then
    std_err  of the probability, by the variance asked for
    """

    time: Floats
    at_risk: Floats
    events: Floats
    competing: Floats
    probability: Floats
    free: Floats
    std_err: Floats


Variance = Literal["delta", "aalen"]


def aalen_johansen(
    time: ArrayLike, status: ArrayLike, count: ArrayLike, variance: Variance = "delta"
) -> Incidence:
    """The probability of the event when a competing one can come first.

    Parameters
        time      of each cell
        status    0 censored, 1 event, 2 competing event
        count     subjects of the cell
        variance  delta: multinomial at each time, which is the infinitesimal jackknife of R's survfit of a
                  multi-state status; aalen: as cmprsk's cuminc
    Returns   values at each distinct time, ascending
    Source    Aalen and Johansen 1978, Scand J Stat 5:141; Aalen 1978, Ann Stat 6:534; Marubini and Valsecchi
              1995, Analysing Survival Data from Clinical Trials and Observational Studies, section 10.3
    """
    n = np.asarray(count, dtype=float)
    held = n > 0
    n, kind = n[held], np.asarray(status, dtype=np.int64)[held]
    times, row = np.unique(tied_times(np.asarray(time, dtype=float)[held]), return_inverse=True)

    def counted(which: NDArray[np.bool_]) -> Floats:
        return np.bincount(row[which], weights=n[which], minlength=times.size).astype(np.float64)

    own, other = counted(kind == EVENT), counted(kind == COMPETING)
    at_risk = np.cumsum(counted(kind >= 0)[::-1])[::-1]
    free: Floats = np.cumprod((at_risk - own - other) / at_risk).astype(np.float64)
    before = np.append(1.0, free)[:-1]
    probability = np.cumsum(before * own / at_risk)
    spread = (_delta if variance == "delta" else _aalen)(at_risk, own, other, before, free, probability)
    error = np.sqrt(np.maximum(spread, 0.0))
    return Incidence(times, at_risk, own, other, probability, free, error)


def _delta(n: Floats, own: Floats, other: Floats, before: Floats, free: Floats, reached: Floats) -> Floats:
    """Sum over times u up to t of the variance of S(u-) dh1 - (F(t) - F(u)) dh / (1 - h)."""
    any_kind = own + other
    left = n - any_kind
    hazard = np.divide(any_kind, n * left, out=np.zeros_like(n), where=left > 0)
    spread = np.cumsum(before**2 * own * (n - own) / n**3)
    shared = before * own / n**2
    first = -2 * (reached * np.cumsum(shared) - np.cumsum(shared * reached))
    second = reached**2 * np.cumsum(hazard) - 2 * reached * np.cumsum(hazard * reached)
    return np.asarray(spread + first + second + np.cumsum(hazard * reached**2))


def _aalen(n: Floats, own: Floats, other: Floats, before: Floats, free: Floats, reached: Floats) -> Floats:
    """Each kind of event by itself, tied ones without replacement."""
    after = np.divide(1.0, free, out=np.zeros_like(free), where=free > 0)
    less = np.maximum(n - 1, 1.0)
    by_other = np.where(free > 0, before**2 * (1 - np.maximum(other - 1, 0) / less) * other / n**2, 0.0)
    by_own = before**2 * (1 - np.maximum(own - 1, 0) / less) * own / n**2
    ratio, one_more = reached * after, 1 + reached * after
    v1 = np.cumsum(ratio**2 * by_other + one_more**2 * by_own)
    v2 = np.cumsum(after * ratio * by_other + after * one_more * by_own)
    v3 = np.cumsum(after**2 * (by_other + by_own))
    return np.asarray(v1 - 2 * reached * v2 + reached**2 * v3)


def incidence_at(curve: Incidence, at: float) -> tuple[float, float] | None:
    """Probability by a time (events at that very time counted) and its standard error.

    None after the last time when somebody was censored there: what came later is not known.
    """
    if curve.time.size == 0:
        return None
    row = int(np.searchsorted(curve.time, at * (1 + _SAME_TIME), side="right")) - 1
    left = curve.at_risk[-1] - curve.events[-1] - curve.competing[-1]
    if at > curve.time[-1] * (1 + _SAME_TIME) and left > 0:
        return None
    return (0.0, 0.0) if row < 0 else (float(curve.probability[row]), float(curve.std_err[row]))


def incidence_quantile(
    curve: Incidence, share: float, level: float = 0.95, kind: IntervalType = "log_log"
) -> tuple[float | None, float | None, float | None]:
    """The first time by which the probability reaches a share, with the times where its interval does.

    None where it is not reached. Source: the interval of Brookmeyer and Crowley 1982, Biometrics 38:29.
    """
    low, high = _ends(curve.probability, curve.std_err, level, kind)

    def first(values: Floats) -> float | None:
        with np.errstate(invalid="ignore"):
            reached = np.flatnonzero(values >= share - 1e-12)
        return float(curve.time[reached[0]]) if reached.size else None

    return first(curve.probability), first(high), first(low)


def incidence_interval(
    probability: float, std_err: float, level: float = 0.95, kind: IntervalType = "log_log"
) -> tuple[float, float] | None:
    """On the scale log(-log(p)), log(p), or p itself, cut at 0 and 1; None where a scale is not defined.

    Source: Kalbfleisch and Prentice 2002, section 8.2
    """
    low, high = _ends(np.array([probability]), np.array([std_err]), level, kind)
    return None if math.isnan(low[0]) else (float(low[0]), float(high[0]))


def _ends(p: Floats, error: Floats, level: float, kind: IntervalType) -> tuple[Floats, Floats]:
    """Interval ends at each step; NaN where the scale is not defined."""
    z = half_width(level)
    if kind == "plain":
        return np.maximum(0.0, p - z * error), np.minimum(1.0, p + z * error)
    inside = np.where((p > 0) & (p < 1), p, np.nan)
    with np.errstate(over="ignore"):
        if kind == "log":
            factor = np.exp(z * error / inside)
            return inside / factor, np.minimum(1.0, inside * factor)
        half = z * error / (inside * np.abs(np.log(inside)))
        return inside ** np.exp(half), inside ** np.exp(-half)
