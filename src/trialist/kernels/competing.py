"""Rates of events with their interval, and the probability of an event where death competes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats

CENSORED, EVENT, COMPETING = 0, 1, 2
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
    half = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(events)
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
    return math.exp(NormalDist().inv_cdf((1 + level) / 2) * error)


@dataclass(frozen=True, slots=True)
class Incidence:
    """A step function: probability of the event by each distinct time, 0 before the first.

    std_err  infinitesimal jackknife: the root of the sum of squared influences of the subjects
    """

    time: Floats
    at_risk: Floats
    probability: Floats
    std_err: Floats


def aalen_johansen(time: ArrayLike, status: ArrayLike, count: ArrayLike) -> Incidence:
    """The probability of the event when a competing one can come first.

    Parameters
        time    of each cell
        status  0 censored, 1 event, 2 competing event
        count   subjects of the cell
    Returns   values at each distinct time, ascending, as R's survfit of a multi-state status
    Source    Aalen and Johansen 1978, Scand J Stat 5:141
    """
    when = np.asarray(time, dtype=float)
    kind = np.asarray(status, dtype=np.int64)
    n = np.asarray(count, dtype=float)
    times = np.unique(when)
    at_risk, free, risk = np.zeros(times.size), 1.0, 0.0
    probability, error = np.zeros(times.size), np.zeros(times.size)
    free_shift, risk_shift = np.zeros(when.size), np.zeros(when.size)  # influence of one subject per cell
    for row, now in enumerate(times):
        present = when >= now
        here = when == now
        size = float(n[present].sum())
        event, other = here & (kind == EVENT), here & (kind == COMPETING)
        own, any_kind = float(n[event].sum()) / size, float(n[event | other].sum()) / size
        own_shift = (event - present * own) / size
        any_shift = ((event | other) - present * any_kind) / size
        risk_shift = risk_shift + free_shift * own + free * own_shift
        free_shift = free_shift * (1 - any_kind) - free * any_shift
        risk += free * own
        free *= 1 - any_kind
        at_risk[row], probability[row] = size, risk
        error[row] = math.sqrt(float(np.sum(n * risk_shift**2)))
    return Incidence(times, at_risk, probability, error)


def incidence_interval(
    probability: float, std_err: float, level: float = 0.95, kind: Literal["log_log", "plain"] = "log_log"
) -> tuple[float, float] | None:
    """On the scale log(-log(p)), or p itself cut at 0 and 1; None where the first is not defined.

    Source: Kalbfleisch and Prentice 2002, section 8.2
    """
    z = NormalDist().inv_cdf(0.5 + level / 2)
    if kind == "plain":
        return max(0.0, probability - z * std_err), min(1.0, probability + z * std_err)
    if not 0 < probability < 1:
        return None
    half = z * std_err / (probability * abs(math.log(probability)))
    return probability ** math.exp(half), probability ** math.exp(-half)
