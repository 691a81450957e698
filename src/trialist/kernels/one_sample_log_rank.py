"""The one-sample log-rank test: observed deaths against those that a historical survival curve expects."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

Variance = Literal["expected", "mean"]
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Historical:
    """A Weibull curve of the past: S(t) = exp(-log 2 (t / median)^shape); shape 1 is exponential."""

    median: float
    shape: float = 1.0

    def cumulative_hazard(self, time: ArrayLike) -> np.ndarray:
        return np.asarray(math.log(2) * (np.asarray(time, dtype=float) / self.median) ** self.shape)


@dataclass(frozen=True, slots=True)
class OneSample:
    """observed, expected deaths; `z` below 0 when fewer died than expected; p_value one-sided for that."""

    observed: float
    expected: float
    z: float | None
    p_value: float | None


def one_sample_log_rank(
    time: ArrayLike, deaths: ArrayLike, censored: ArrayLike, past: Historical, variance: Variance = "mean"
) -> OneSample:
    """Observed less expected deaths over the root of the expected, or of the mean of both.

    One value per cell. With the mean of both in the variance the test keeps its size in small samples.
    Sources: Breslow 1975; Finkelstein, Muzikansky and Schoenfeld 2003, JNCI 95:1434 (expected); Wu 2014,
    Contemporary Clinical Trials 39:1 (mean). No z where nothing is expected.
    """
    died, lost = np.asarray(deaths, dtype=float), np.asarray(censored, dtype=float)
    observed = float(np.sum(died))
    expected = float(np.sum((died + lost) * past.cumulative_hazard(time)))
    spread = expected if variance == "expected" else (expected + observed) / 2
    if spread <= 0:
        return OneSample(observed, expected, None, None)
    z = (observed - expected) / math.sqrt(spread)
    return OneSample(observed, expected, z, _NORMAL.cdf(z))


@dataclass(frozen=True, slots=True)
class _Moments:
    """Of one subject under the alternative: means and variance of observed and expected deaths."""

    observed: float
    expected: float
    variance: float


def _moments(
    past: Historical, hazard_ratio: float, accrual: float, follow_up: float, dropout: float
) -> _Moments:
    """By Gauss-Legendre quadrature over the time until the end; uniform accrual, exponential dropout."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    expected = crossed = 0.0
    for begin, end in ((0.0, follow_up), (follow_up, follow_up + accrual)):
        if end <= begin:
            continue
        # the square opens the lattice at 0, where a hazard of shape below 1 has no bound
        root = (nodes + 1) / 2
        width = end - begin
        time = begin + width * root**2
        step = weights * width * root
        here = past.cumulative_hazard(time)
        rate = past.shape * here / np.where(time > 0, time, 1.0)
        open_ = np.minimum(1.0, (accrual + follow_up - time) / accrual if accrual > 0 else 1.0)
        alive = open_ * np.exp(-dropout * time - hazard_ratio * here)
        expected += float(np.sum(step * alive * rate))
        crossed += float(np.sum(step * alive * here * rate))
    observed = hazard_ratio * expected
    both = hazard_ratio * crossed
    variance = observed - observed**2 + 2 * crossed - expected**2 - 2 * both + 2 * expected * observed
    return _Moments(observed, expected, variance)


def one_sample_power(
    n: float,
    past: Historical,
    hazard_ratio: float,
    alpha: float,
    accrual: float,
    follow_up: float,
    dropout: float = 0.0,
    variance: Variance = "mean",
) -> float:
    """Power of the one-sided test that fewer die than expected, hazard ratio below 1 against the past.

    Times in the unit of the median; `dropout` is a hazard. Source: Wu 2015, Pharmaceutical Statistics 14:26.
    """
    m = _moments(past, hazard_ratio, accrual, follow_up, dropout)
    under = math.sqrt(m.expected if variance == "expected" else (m.expected + m.observed) / 2)
    shift = math.sqrt(n) * (m.expected - m.observed)
    return _NORMAL.cdf((shift - under * -_NORMAL.inv_cdf(alpha)) / math.sqrt(m.variance))


def one_sample_size(
    past: Historical,
    hazard_ratio: float,
    alpha: float,
    power: float,
    accrual: float,
    follow_up: float,
    dropout: float = 0.0,
    variance: Variance = "mean",
) -> tuple[float, float] | None:
    """Subjects for this power, not rounded, and the deaths expected among them; None at a hazard ratio of 1.

    Source: Wu 2015, Pharmaceutical Statistics 14:26.
    """
    m = _moments(past, hazard_ratio, accrual, follow_up, dropout)
    effect = m.expected - m.observed
    if effect <= 0:
        return None
    under = math.sqrt(m.expected if variance == "expected" else (m.expected + m.observed) / 2)
    spread = under * -_NORMAL.inv_cdf(alpha) + math.sqrt(m.variance) * _NORMAL.inv_cdf(power)
    n = (spread / effect) ** 2
    return n, n * m.observed
