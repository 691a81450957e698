"""Two proportions in strata: Mantel-Haenszel estimates and their intervals, tests, homogeneity of odds
ratios.

`x` are responders and `n` subjects, both of shape (strata, 2): first group, second group. A stratum in
which a group has nobody tells nothing of a difference; `informative` leaves it out, and every function does
so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialist.kernels.crossing import crossing
from trialist.kernels.normal import half_width
from trialist.kernels.score_difference import most_likely_variance
from trialist.kernels.two_proportions import Estimate

Floats = NDArray[np.float64]
DifferenceKind = Literal["mantel_haenszel", "klingenberg", "newcombe", "miettinen_nurminen"]


@dataclass(frozen=True, slots=True)
class StratifiedTest:
    """Chi-square on df; z (first group above 0) where there is one direction. None: nothing to test."""

    statistic: float | None
    df: int
    p_value: float | None
    z: float | None = None


def informative(x: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """The strata in which both groups have somebody."""
    yes, size = np.asarray(x, dtype=float).reshape(-1, 2), np.asarray(n, dtype=float).reshape(-1, 2)
    both = size.min(axis=1) > 0
    return yes[both], size[both]


def cochran_mantel_haenszel(x: ArrayLike, n: ArrayLike, *, correct: bool = False) -> StratifiedTest:
    """Responders of the first group against those expected, summed over strata (R mantelhaen.test).

    With correction the distance is less by one half, at most by itself. SAS and most plans do not correct.
    Source: Mantel and Haenszel 1959, J Natl Cancer Inst 22:719
    """
    yes, size = informative(x, n)
    whole, both = size.sum(axis=1), yes.sum(axis=1)
    gap = float(np.sum(yes[:, 0] - size[:, 0] * both / whole))
    spread = size[:, 0] * size[:, 1] * both * (whole - both)
    variance = float(np.sum(spread / (whole**2 * np.maximum(whole - 1, 1))))
    if variance <= 0:
        return StratifiedTest(None, 1, None)
    short = math.copysign(max(0.0, abs(gap) - (0.5 if correct else 0.0)), gap)
    z = short / math.sqrt(variance)
    return StratifiedTest(z * z, 1, _upper(1, z * z), z)


def general_association(tables: ArrayLike) -> StratifiedTest:
    """Rows against columns in strata, neither ordered: `tables` of shape (strata, rows, columns).

    df is (rows - 1)(columns - 1) of those that hold anybody. Source: Landis, Heyman and Koch 1978, Int Stat
    Rev 46:237; R mantelhaen.test of a table that is not 2 x 2
    """
    counts = np.asarray(tables, dtype=float)
    total = counts.sum(axis=(1, 2))
    counts = counts[total > 1]
    counts = (
        counts[:, counts.sum(axis=(0, 2)) > 0][:, :, counts.sum(axis=(0, 1)) > 0] if counts.size else counts
    )
    if counts.size == 0 or min(counts.shape[1:]) < 2:
        return StratifiedTest(None, 0, None)
    rows, columns = counts.shape[1] - 1, counts.shape[2] - 1
    gap, variance = np.zeros(rows * columns), np.zeros((rows * columns, rows * columns))
    for table in counts:
        whole = float(table.sum())
        row, column = table.sum(axis=1)[:rows], table.sum(axis=0)[:columns]
        gap += (table[:rows, :columns] - np.outer(row, column) / whole).ravel()
        of_rows = np.diag(row * whole) - np.outer(row, row)
        of_columns = np.diag(column * whole) - np.outer(column, column)
        variance += np.kron(of_rows, of_columns) / (whole**2 * (whole - 1))
    scale = np.sqrt(np.diag(variance))
    if not np.all(scale > 0) or np.linalg.eigvalsh(variance / np.outer(scale, scale))[0] < 1e-12:
        return StratifiedTest(None, rows * columns, None)
    statistic = float(gap @ np.linalg.solve(variance, gap))
    return StratifiedTest(statistic, rows * columns, _upper(rows * columns, statistic))


def common_difference(
    x: ArrayLike, n: ArrayLike, level: float = 0.95, kind: DifferenceKind = "mantel_haenszel"
) -> Estimate | None:
    """Mantel-Haenszel difference, weights n1 n2 / N; None without a stratum in which both groups have
    somebody.

    mantel_haenszel     Wald's with a variance that holds in sparse and in large strata. Sato, Greenland and
                        Robins 1989, Biometrics 45:1323; SAS PROC FREQ's RISKDIFF(COMMON)
    klingenberg         the same variance at the difference tested: a quadratic. Klingenberg 2014, Stat Med
                        33:2968
    newcombe            stratified Wilson intervals, squared and added. Yan and Su 2010, Stat Biopharm Res
                        2:329
    miettinen_nurminen  score, variances under the difference tested, N / (N - 1) in each stratum. Miettinen
                        and Nurminen 1985, Stat Med 4:213
    """
    yes, size = informative(x, n)
    if not size.size:
        return None
    z = half_width(level)
    weight = size.prod(axis=1) / size.sum(axis=1)
    share = yes / size
    apart = float(weight @ (share[:, 0] - share[:, 1]) / weight.sum())
    if kind == "newcombe":
        return _newcombe(yes, size, weight / weight.sum(), level)
    if kind == "miettinen_nurminen":

        def outside(difference: float) -> float:
            return abs(apart - difference) - z * _score_error(yes, size, weight, difference)

        low, high = (end if outside(end) <= 0 else crossing(outside, apart, end) for end in (-1.0, 1.0))
        return Estimate(apart, low, high)
    p, q = _sato(yes, size, weight)
    if kind == "mantel_haenszel":
        half = z * math.sqrt(max(0.0, apart * p + q))
        return Estimate(apart, max(-1.0, apart - half), min(1.0, apart + half))
    middle = apart + z * z * p / 2
    half = math.sqrt(max(0.0, middle * middle - apart * apart + z * z * q))
    return Estimate(apart, max(-1.0, middle - half), min(1.0, middle + half))


def score_z(x: ArrayLike, n: ArrayLike, margin: float = 0.0) -> float | None:
    """z of the Mantel-Haenszel difference against `margin`, its error under it; None where that is 0."""
    yes, size = informative(x, n)
    if not size.size:
        return None
    weight = size.prod(axis=1) / size.sum(axis=1)
    share = yes / size
    apart = float(weight @ (share[:, 0] - share[:, 1]) / weight.sum())
    error = _score_error(yes, size, weight, margin)
    return (apart - margin) / error if error > 0 else None


def common_risk_ratio(x: ArrayLike, n: ArrayLike, level: float = 0.95) -> Estimate | None:
    """Mantel-Haenszel ratio of proportions, Wald's interval of the logarithm.

    Source: Greenland and Robins 1985, Biometrics 41:55
    """
    yes, size = informative(x, n)
    if not size.size:
        return None
    whole = size.sum(axis=1)
    over, under = float(np.sum(yes[:, 0] * size[:, 1] / whole)), float(np.sum(yes[:, 1] * size[:, 0] / whole))
    if not (over and under):
        return Estimate(0.0 if under else None, None, None, "empty_cell")
    spread = size.prod(axis=1) * yes.sum(axis=1) - yes.prod(axis=1) * whole
    return _about(math.log(over / under), max(0.0, float(np.sum(spread / whole**2))) / (over * under), level)


def common_odds_ratio(x: ArrayLike, n: ArrayLike, level: float = 0.95) -> Estimate | None:
    """Mantel-Haenszel odds ratio with the interval of Robins, Breslow and Greenland (R mantelhaen.test).

    Source: Robins, Breslow and Greenland 1986, Biometrics 42:311
    """
    yes, size = informative(x, n)
    if not size.size:
        return None
    no, whole = size - yes, size.sum(axis=1)
    r, s = yes[:, 0] * no[:, 1] / whole, yes[:, 1] * no[:, 0] / whole
    p, q = (yes[:, 0] + no[:, 1]) / whole, (yes[:, 1] + no[:, 0]) / whole
    over, under = float(r.sum()), float(s.sum())
    if not (over and under):
        return Estimate(0.0 if under else None, None, None, "empty_cell")
    variance = (p @ r) / (2 * over**2) + (p @ s + q @ r) / (2 * over * under) + (q @ s) / (2 * under**2)
    return _about(math.log(over / under), float(variance), level)


def breslow_day(x: ArrayLike, n: ArrayLike, *, tarone: bool = True) -> StratifiedTest:
    """Whether the strata share one odds ratio, that of Mantel and Haenszel.

    Strata in which nobody or everybody responded do not count. With `tarone` corrected for an estimate that
    is not the most likely one. Source: Breslow and Day 1980, IARC 32, section 4.4; Tarone 1985, Biometrika
    72:91
    """
    yes, size = informative(x, n)
    both, whole = yes.sum(axis=1), size.sum(axis=1)
    tells = (both > 0) & (both < whole)
    found = common_odds_ratio(yes, size)
    df = int(tells.sum()) - 1
    if found is None or not found.value or df < 1:
        return StratifiedTest(None, max(df, 0), None)
    yes, size, both, ratio = yes[tells], size[tells], both[tells], found.value
    a, b = ratio - 1, size[:, 1] - both + ratio * (size[:, 0] + both)
    root = np.sqrt(np.maximum(b * b - 4 * a * ratio * size[:, 0] * both, 0.0))
    expected = 2 * ratio * size[:, 0] * both / (b + root)
    cells = expected, size[:, 0] - expected, both - expected, size[:, 1] - both + expected
    variance = 1 / sum(1 / cell for cell in cells)
    gap = yes[:, 0] - expected
    statistic = float(np.sum(gap**2 / variance))
    if tarone:
        statistic -= float(gap.sum() ** 2 / variance.sum())
    return StratifiedTest(statistic, df, _upper(df, statistic))


def _sato(yes: Floats, size: Floats, weight: Floats) -> tuple[float, float]:
    """(P, Q): the variance is difference x P + Q."""
    (x1, x2), (n1, n2), whole = yes.T, size.T, size.sum(axis=1)
    p = np.sum((n1**2 * x2 - n2**2 * x1 + n1 * n2 * (n2 - n1) / 2) / whole**2)
    q = np.sum((x1 * (n2 - x2) + x2 * (n1 - x1)) / (2 * whole))
    return float(p / weight.sum() ** 2), float(q / weight.sum() ** 2)


def _score_error(yes: Floats, size: Floats, weight: Floats, difference: float) -> float:
    whole = size.sum(axis=1)
    variance = most_likely_variance((yes[:, 0], yes[:, 1]), (size[:, 0], size[:, 1]), difference)
    return math.sqrt(float(np.sum(weight**2 * variance * whole / (whole - 1)))) / float(weight.sum())


def _newcombe(yes: Floats, size: Floats, weight: Floats, level: float) -> Estimate:
    z = half_width(level)
    share = weight @ (yes / size)
    (low1, high1), (low2, high2) = (_wilson(yes[:, j], size[:, j], weight, z) for j in (0, 1))
    spread1, spread2 = weight**2 @ (1 / size)
    apart = float(share[0] - share[1])
    low = apart - z * math.sqrt(spread1 * low1 * (1 - low1) + spread2 * high2 * (1 - high2))
    high = apart + z * math.sqrt(spread1 * high1 * (1 - high1) + spread2 * low2 * (1 - low2))
    return Estimate(apart, max(-1.0, low), min(1.0, high))


def _wilson(x: Floats, n: Floats, weight: Floats, z: float) -> tuple[float, float]:
    """Yan and Su's interval of a weighted proportion: Wilson's of each stratum at a common, smaller quantile.

    Where no stratum varies, the quantile is the one that it tends to with proportions equal and close to 0
    or 1.
    """
    share = x / n
    variance = share * (1 - share) / n
    spread = weight**2 * (variance if variance.any() else 1 / n)
    less = z * math.sqrt(float(spread.sum())) / float(np.sqrt(spread).sum())
    middle, whole = share + less**2 / (2 * n), 1 + less**2 / n
    half = less * np.sqrt(variance + less**2 / (4 * n * n))
    low, high = weight @ ((middle - half) / whole), weight @ ((middle + half) / whole)
    return max(0.0, float(low)), min(1.0, float(high))


def _about(middle: float, variance: float, level: float) -> Estimate:
    half = half_width(level) * math.sqrt(variance)
    return Estimate(math.exp(middle), math.exp(middle - half), math.exp(middle + half))


def _upper(df: int, statistic: float) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(df, statistic))
