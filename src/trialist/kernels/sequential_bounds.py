"""Boundaries of group-sequential tests: shapes, alpha spending, futility and beta spending.

`alpha` is the whole type I error of the test; with `sides` 2 the boundaries are symmetric and each side has
alpha / 2 at the end. Information is a share of the planned, rising, the last usually 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.sequential import (
    START,
    Going,
    chance_above,
    chance_below,
    exits,
    narrowest,
    step,
)

Values = NDArray[np.float64]

Shape = Literal["obrien_fleming", "pocock", "wang_tsiatis", "haybittle_peto", "none"]
Spending = Literal["obrien_fleming", "pocock", "kim_demets", "hwang_shih_decani", "user"]
Status = Literal[
    "ok", "no_looks", "not_rising", "too_close", "bad_level", "bad_spending", "bad_parameter", "no_boundary"
]

FAR = 40.0  # no boundary lies beyond
CLOSEST = 0.0005  # share of the information that a look must bring: narrower steps are not integrated


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Boundaries on the z scale, one per look.

    upper    reject at or above it; inf where a look can not reject
    lower    stop for futility below it; -inf where a look can not; with two sides -upper
    binding  whether the upper boundary counts on the lower one being kept
    drift    E Z at information 1 that has the power 1 - beta (beta spending only)
    """

    information: Values
    upper: Values
    lower: Values
    alpha: float
    sides: int
    binding: bool
    status: Status = "ok"
    drift: float | None = None

    @property
    def levels(self) -> Values:
        """One-sided local significance level of each look."""
        from scipy.special import ndtr

        found: Values = ndtr(-self.upper)
        return found


def spent(kind: Spending, share: Any, alpha: float, sides: int = 1, parameter: float | None = None) -> Any:
    """Cumulative error spent at a share of the information; all of `alpha` from 1 on.

    obrien_fleming     2 sides (1 - Phi(z_{alpha / (2 sides)} / sqrt(t)))      Lan and DeMets 1983
    pocock             alpha log(1 + (e - 1) t)                               Lan and DeMets 1983
    kim_demets         alpha t^parameter                                      Kim and DeMets 1987
    hwang_shih_decani  alpha (1 - exp(-g t)) / (1 - exp(-g)), g = parameter   Hwang, Shih and DeCani 1990
    """
    t = np.minimum(np.asarray(share, dtype=float), 1.0)
    if kind == "obrien_fleming":
        from scipy.special import ndtr, ndtri

        return 2 * sides * ndtr(float(ndtri(alpha / (2 * sides))) / np.sqrt(t))
    if kind == "pocock":
        return alpha * np.log1p((math.e - 1) * t)
    if kind == "kim_demets":
        return alpha * t ** (1.0 if parameter is None else parameter)
    gamma = parameter or 0.0
    return alpha * t if gamma == 0 else alpha * np.expm1(-gamma * t) / math.expm1(-gamma)


def shaped(
    information: Any,
    alpha: float,
    shape: Shape,
    *,
    sides: int = 1,
    parameter: float | None = None,
    futility: Any = None,
    binding: bool = False,
) -> Boundaries:
    """Boundaries of a given shape, scaled so that the whole test has level alpha.

    obrien_fleming  c / sqrt(t)         O'Brien and Fleming 1979
    pocock          c                   Pocock 1977
    wang_tsiatis    c t^(parameter - 1/2), parameter from -1 to 1: Wang and Tsiatis 1987
    haybittle_peto  `parameter` (often 3) at every look but the last, c there
    none            no rejection before the last look
    """
    t, status = _looks(information, alpha, sides)
    if status != "ok":
        return _nothing(t, alpha, sides, binding, status)
    if not _usable(shape, parameter):
        return _nothing(t, alpha, sides, binding, "bad_parameter")
    lower = _futility(futility, len(t))
    last = np.arange(len(t)) == len(t) - 1

    def upper(c: float) -> Values:
        if shape in ("haybittle_peto", "none"):
            return np.where(last, c, math.inf if parameter is None or shape == "none" else parameter)
        delta = {"obrien_fleming": 0.0, "pocock": 0.5}.get(shape, parameter or 0.0)
        bound: Values = c * (t / t[-1]) ** (delta - 0.5)
        return bound

    def excess(c: float) -> float:
        up = upper(c)
        low = (
            -up
            if sides == 2
            else (np.where(last, -math.inf, lower) if binding else np.full(len(t), -math.inf))
        )
        found = exits(t, up, low)
        return float(found.above.sum() + (found.below.sum() if sides == 2 else 0.0)) - alpha

    if excess(FAR) > 0:  # the early looks alone spend more
        return _nothing(t, alpha, sides, binding, "no_boundary")
    from scipy.optimize import brentq

    least = -FAR if sides == 1 and shape not in ("obrien_fleming", "pocock", "wang_tsiatis") else 0.0
    if excess(least) < 0:
        return _nothing(t, alpha, sides, binding, "no_boundary")
    c = float(brentq(excess, least, FAR, xtol=1e-13, rtol=1e-14))
    up = upper(c)
    return Boundaries(t, up, _lower(up, lower, sides), alpha, sides, binding)


def spending(
    information: Any,
    alpha: float,
    kind: Spending,
    *,
    sides: int = 1,
    parameter: float | None = None,
    user: Any = None,
    futility: Any = None,
    binding: bool = False,
) -> Boundaries:
    """Boundaries that spend alpha by a function of the information (or `user`: cumulative, one per look).

    After over- or under-running, pass the information that was there: what is spent at a look follows
    from its own share, and the last look (`information` of 1 or more) spends the rest.
    Source: Lan and DeMets 1983, Biometrika 70:659.
    """
    t, status = _looks(information, alpha, sides)
    if status != "ok":
        return _nothing(t, alpha, sides, binding, status)
    cumulative = _cumulative(kind, t, alpha, sides, parameter, user)
    if cumulative is None:
        return _nothing(t, alpha, sides, binding, "bad_spending")
    lower = _futility(futility, len(t))
    up = np.full(len(t), math.inf)
    going: Going = START
    before = 0.0
    for k in range(len(t)):
        up[k] = _upper(going, t[k], (cumulative[k] - before) / sides)
        before = float(cumulative[k])
        if k + 1 < len(t):
            low = -up[k] if sides == 2 else (lower[k] if binding else -math.inf)
            going = step(going, t[k], low, up[k], 0.0, narrowest(t, k))
    return Boundaries(t, up, _lower(up, lower, sides), alpha, sides, binding)


def beta_spending(
    information: Any,
    alpha: float,
    beta: float,
    kind: Spending,
    futility: Spending,
    *,
    parameter: float | None = None,
    futility_parameter: float | None = None,
    user: Any = None,
    futility_user: Any = None,
    binding: bool = False,
) -> Boundaries:
    """One-sided boundaries that spend alpha above and beta below, meeting at the last look.

    The drift is the one for which the two meet: it has power 1 - beta.
    Source: Pampallona, Tsiatis and Kim 2001, Drug Information Journal 35:1113.
    """
    t, status = _looks(information, alpha, 1)
    if status != "ok" or not 0 < beta < 1 - alpha:
        return _nothing(t, alpha, 1, binding, "bad_level" if status == "ok" else status)
    up_spent = _cumulative(kind, t, alpha, 1, parameter, user)
    low_spent = _cumulative(futility, t, beta, 1, futility_parameter, futility_user)
    if up_spent is None or low_spent is None:
        return _nothing(t, alpha, 1, binding, "bad_spending")

    def at(drift: float) -> tuple[Values, Values]:
        up, low = np.full(len(t), math.inf), np.full(len(t), -math.inf)
        null, truth = START, START
        for k in range(len(t)):
            up[k] = _upper(null, t[k], up_spent[k] - (up_spent[k - 1] if k else 0.0))
            wanted = low_spent[k] - (low_spent[k - 1] if k else 0.0)
            low[k] = _lower_bound(truth, t[k], wanted, drift)
            if k + 1 < len(t):
                width = narrowest(t, k)
                null = step(null, t[k], low[k] if binding else -math.inf, up[k], 0.0, width)
                truth = step(truth, t[k], low[k], up[k], drift, width)
        return up, low

    from scipy.optimize import brentq
    from scipy.special import ndtri

    def apart(drift: float) -> float:
        up, low = at(drift)
        if np.any(low[:-1] >= up[:-1]) or up[-1] == math.inf:  # they meet too early
            return FAR
        return float(min(max(low[-1] - up[-1], -FAR), FAR))

    fixed = float(-ndtri(alpha) - ndtri(beta))
    if apart(fixed * 0.9) > 0 or apart(fixed * 3) < 0:
        return _nothing(t, alpha, 1, binding, "no_boundary")
    drift = float(brentq(apart, fixed * 0.9, fixed * 3, xtol=1e-12, rtol=1e-14))
    up, low = at(drift)
    return Boundaries(t, up, np.append(low[:-1], up[-1]), alpha, 1, binding, "ok", drift)


# --- parts ------------------------------------------------------------------------------------------


def _looks(information: Any, alpha: float, sides: int) -> tuple[Values, Status]:
    t = np.asarray(information, dtype=float).ravel()
    if t.size == 0:
        return t, "no_looks"
    if not np.all(np.isfinite(t)) or t[0] <= 0 or np.any(np.diff(t) <= 0):
        return t, "not_rising"
    if np.any(np.diff(t) < CLOSEST * t[1:]):
        return t, "too_close"
    return t, "ok" if 0 < alpha < (0.5 if sides == 1 else 1.0) else "bad_level"


def _usable(shape: Shape, parameter: float | None) -> bool:
    if shape == "wang_tsiatis":
        return parameter is not None and -1 <= parameter <= 1
    return shape != "haybittle_peto" or (parameter is not None and 0 < parameter < FAR)


def _nothing(t: Values, alpha: float, sides: int, binding: bool, status: Status) -> Boundaries:
    none = np.full(len(t), math.inf)
    return Boundaries(t, none, -none, alpha, sides, binding, status)


def _futility(futility: Any, looks: int) -> Values:
    """Lower bounds of every look; those given are of all looks but the last."""
    low = np.full(looks, -math.inf)
    if futility is not None:
        given = np.asarray(futility, dtype=float).ravel()[: looks - 1]
        low[: len(given)] = given
    return low


def _lower(up: Values, low: Values, sides: int) -> Values:
    if sides == 2:
        return -up
    return np.append(np.minimum(low[:-1], up[:-1]), up[-1])


def _cumulative(
    kind: Spending, t: Values, error: float, sides: int, parameter: float | None, user: Any
) -> Values | None:
    """Cumulative error spent at each look; None where it falls, or ends beyond the error."""
    if kind == "user":
        found = np.asarray(() if user is None else user, dtype=float).ravel()
        if len(found) != len(t) or found[-1] > error * (1 + 1e-12):
            return None
    else:
        if (kind == "kim_demets" and (parameter is None or parameter <= 0)) or (
            kind == "hwang_shih_decani" and (parameter is None or abs(parameter) > 500)
        ):
            return None
        found = np.asarray(spent(kind, t, error, sides, parameter), dtype=float)
    if not np.all(np.isfinite(found)) or found[0] < 0 or np.any(np.diff(found) < -1e-15) or found[-1] <= 0:
        return None
    return found


def _upper(going: Going, information: float, wanted: float) -> float:
    """The bound above which so much leaves under the null; inf for nothing."""
    return _bound(lambda z: chance_above(going, information, z, 0.0) - wanted, wanted, 0.0, math.inf)


def _lower_bound(going: Going, information: float, wanted: float, drift: float) -> float:
    """The bound below which so much leaves; -inf for nothing."""
    middle = drift * math.sqrt(information)
    return _bound(lambda z: wanted - chance_below(going, information, z, drift), wanted, middle, -math.inf)


def _bound(falling: Callable[[float], float], wanted: float, middle: float, none: float) -> float:
    from scipy.optimize import brentq

    if wanted <= 1e-300 or falling(middle - FAR) * falling(middle + FAR) > 0:
        return none
    return float(brentq(falling, middle - FAR, middle + FAR, xtol=1e-13, rtol=1e-14))
