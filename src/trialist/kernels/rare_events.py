"""Pooling 2 x 2 tables without an effect of each: Peto, Mantel-Haenszel, exact conditional.

`x` are those with the event and `n` all, both of shape (studies, 2): first group, second group. Effects are
on the scale on which their interval is symmetric: logarithms of ratios, plain differences.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.exact_two_by_two import common_odds_ratio, fisher
from trialist.kernels.heterogeneity import Floats
from trialist.kernels.meta_regression import chi_square_tail, quantile, two_sided
from trialist.kernels.stratified_tables import informative
from trialist.kernels.study_effects import OfCounts, of_counts

Status = Literal["ok", "no_studies", "no_events", "one_sided", "counts", "level"]
MantelHaenszel = Literal["odds_ratio", "risk_ratio", "risk_difference"]


@dataclass(frozen=True, slots=True)
class PooledTables:
    """A common effect of tables.

    status     ok; no_studies with both groups; no_events: nobody or everybody had the event; one_sided: only
               one group had it, so that a ratio is 0 or infinite; counts: negative or above n; level
    k, used    studies given; those that tell something of the effect
    q, q_df    heterogeneity of the studies' own effects about it (with one half added to studies with an
               empty cell, those without any event left out), i2 in percent
    """

    status: Status
    k: int
    used: int = 0
    estimate: float | None = None
    std_err: float | None = None
    low: float | None = None
    high: float | None = None
    statistic: float | None = None
    p_value: float | None = None
    q: float | None = None
    q_df: int | None = None
    q_p_value: float | None = None
    i2: float | None = None
    h2: float | None = None


def peto(x: ArrayLike, n: ArrayLike, level: float = 0.95) -> PooledTables:
    """Observed less expected over hypergeometric variances: a log odds ratio where events are rare, groups of
    like size and effects small.

    Source: Yusuf, Peto, Lewis, Collins and Sleight 1985, Prog Cardiovasc Dis 27:335; R's metafor::rma.peto
    """
    given = _given(x, n, level)
    if isinstance(given, PooledTables):
        return given
    yes, size, k = given
    whole, both = size.sum(axis=1), yes.sum(axis=1)
    gap = yes[:, 0] - size[:, 0] * both / whole
    variance = both * (whole - both) * size[:, 0] * size[:, 1] / (whole**2 * np.maximum(whole - 1, 1))
    total = float(variance.sum())
    if total <= 0:
        return PooledTables("no_events", k)
    tells = variance > 0
    estimate, error = float(gap.sum()) / total, 1 / math.sqrt(total)
    q = max(0.0, float((gap[tells] ** 2 / variance[tells]).sum()) - float(gap[tells].sum()) ** 2 / total)
    return _about(k, int(tells.sum()), estimate, error, level, q, int(tells.sum()) - 1)


def mantel_haenszel(x: ArrayLike, n: ArrayLike, measure: MantelHaenszel, level: float = 0.95) -> PooledTables:
    """A common odds ratio, ratio or difference of proportions, with variances that hold in sparse tables.

    Source: Mantel and Haenszel 1959; Robins, Breslow and Greenland 1986, Biometrics 42:311 (odds ratio);
    Greenland and Robins 1985, Biometrics 41:55 (ratio); Sato, Greenland and Robins 1989, Biometrics 45:1323
    (difference); R's metafor::rma.mh
    """
    given = _given(x, n, level)
    if isinstance(given, PooledTables):
        return given
    yes, size, k = given
    no, whole, (n1, n2) = size - yes, size.sum(axis=1), size.T
    if measure == "risk_difference":
        weight = n1 * n2 / whole
        total = float(weight.sum())
        estimate = float(((yes[:, 0] * n2 - yes[:, 1] * n1) / whole).sum()) / total
        slope = (n1**2 * yes[:, 1] - n2**2 * yes[:, 0] + n1 * n2 * (n2 - n1) / 2) / whole**2
        rest = (yes[:, 0] * no[:, 1] + yes[:, 1] * no[:, 0]) / (2 * whole)
        variance = (estimate * float(slope.sum()) + float(rest.sum())) / total**2
        if variance <= 0:
            return PooledTables("no_events", k)
    else:
        cells = (no[:, 1], no[:, 0]) if measure == "odds_ratio" else (n2, n1)
        r, s = yes[:, 0] * cells[0] / whole, yes[:, 1] * cells[1] / whole
        over, under = float(r.sum()), float(s.sum())
        if not over and not under:
            return PooledTables("no_events", k)
        if not over or not under:
            return PooledTables("one_sided", k)
        estimate = math.log(over / under)
        if measure == "odds_ratio":
            p, q = (yes[:, 0] + no[:, 1]) / whole, (yes[:, 1] + no[:, 0]) / whole
            variance = float(
                (p @ r) / (2 * over**2) + (p @ s + q @ r) / (2 * over * under) + (q @ s) / (2 * under**2)
            )
        else:
            spread = (n1 * n2 * yes.sum(axis=1) - yes.prod(axis=1) * whole) / whole**2
            variance = float(spread.sum()) / (over * under)
        if variance <= 0:
            return PooledTables("no_events", k)
    return _with_own_effects(yes, size, k, measure, estimate, math.sqrt(variance), level)


def exact_conditional(x: ArrayLike, n: ArrayLike, level: float = 0.95) -> PooledTables:
    """The common odds ratio given all margins, by its exact distribution: no correction, no approximation.

    Studies without an event tell nothing. An estimate or end that is 0 or infinite is None. The
    p value is Fisher's over strata. Source: Gart 1970, Biometrika 57:471; R's mantelhaen.test(exact = TRUE)
    """
    given = _given(x, n, level)
    if isinstance(given, PooledTables):
        return given
    yes, size, k = given
    tells = (yes.sum(axis=1) > 0) & (yes.sum(axis=1) < size.sum(axis=1))
    if not tells.any():
        return PooledTables("no_events", k)
    tables = [(int(a), int(b)) for a, b in yes[tells]]
    sizes = [(int(a), int(b)) for a, b in size[tells]]
    found = common_odds_ratio(tables, sizes, level)
    used = int(tells.sum())
    low = math.log(found.low) if found.low > 0 else None
    high = math.log(found.high) if found.high else None
    value = math.log(found.value) if found.value else None
    status: Status = "ok" if value is not None else "one_sided"
    return PooledTables(status, k, used, value, None, low, high, None, fisher(tables, sizes))


def _given(x: ArrayLike, n: ArrayLike, level: float) -> tuple[Floats, Floats, int] | PooledTables:
    yes, size = np.asarray(x, dtype=float).reshape(-1, 2), np.asarray(n, dtype=float).reshape(-1, 2)
    k = int(yes.shape[0])
    if not 0 < level < 1:
        return PooledTables("level", k)
    sound = yes.shape == size.shape and bool(np.isfinite(yes).all() and np.isfinite(size).all())
    if not sound or bool((yes < 0).any() or (yes > size).any()):
        return PooledTables("counts", k)
    yes, size = informative(yes, size)
    return (yes, size, k) if yes.size else PooledTables("no_studies", k)


def _with_own_effects(
    yes: Floats, size: Floats, k: int, measure: OfCounts, estimate: float, error: float, level: float
) -> PooledTables:
    own = of_counts(yes[:, 0], size[:, 0], yes[:, 1], size[:, 1], measure, drop_without_events=True)
    good = np.array(own.usable, dtype=bool)
    q = float(((own.y[good] - estimate) ** 2 / own.v[good]).sum())
    return _about(k, int(good.sum()), estimate, error, level, q, int(good.sum()) - 1)


def _about(k: int, used: int, estimate: float, error: float, level: float, q: float, df: int) -> PooledTables:
    half, z = quantile(level, None) * error, estimate / error
    p = float(two_sided(np.array([z]), None)[0])
    several = df > 0
    return PooledTables(
        "ok",
        k,
        used,
        estimate,
        error,
        estimate - half,
        estimate + half,
        z,
        p,
        q if several else None,
        df if several else None,
        chi_square_tail(df, q) if several else None,
        (max(0.0, 100 * (q - df) / q) if q > 0 else 0.0) if several else None,
        q / df if several else None,
    )
