"""Newton's method on a concave log likelihood, some coefficients held where they are."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.counts import Floats
from trialist.kernels.cox_likelihood import Derivatives, Derive

Status = Literal["ok", "no_events", "singular", "infinite", "not_converged"]
MAX_STEPS = 60
_STILL = 2e-8  # a whole step so small was the last one: what is left is its square


def maximise(
    derive: Derive,
    begin: Floats,
    start: Derivatives,
    events: float,
    free: NDArray[np.bool_] | None = None,
) -> tuple[Status, Floats, Derivatives, int]:
    """From `begin`, where the derivatives are `start`; (status, coefficients, derivatives there, steps).

    free   coefficients that move; the others stay where they begin
    A step is halved while it loses likelihood, unless what it promises is less than rounding may take.
    Infinite when the likelihood stands still while the coefficients keep moving, which concavity allows on a
    monotone likelihood only, or when they have moved to where hazards have no floating point.
    """
    beta, here = begin, start
    chosen = None if free is None or free.all() else np.flatnonzero(free)
    edge = False
    for steps in range(1, MAX_STEPS + 1):
        step = whole = _step(here, chosen)
        ahead = beta + step
        last = still(step, ahead)
        tried, halvings, edge = derive(ahead), 0, False
        while not (tried.log_likelihood >= here.log_likelihood - slack(here.log_likelihood)) and not (
            math.isfinite(tried.log_likelihood) and within_rounding(here, whole)
        ):
            edge |= not math.isfinite(tried.log_likelihood)
            step, halvings = step / 2, halvings + 1
            if halvings > 40:
                return ("infinite" if edge else "not_converged"), beta, here, steps
            ahead = beta + step
            tried = derive(ahead)
        gain = tried.log_likelihood - here.log_likelihood
        beta, here = ahead, tried
        if last and halvings == 0:
            return "ok", beta, here, steps
        if steps >= 5 and abs(gain) < 1e-5 and float(np.abs(step).max()) > 0.2:
            return "infinite", beta, here, steps
        if singular(_part(here.information, chosen), events):
            far = float(np.abs(beta).max()) > 5
            return ("infinite" if far else "singular"), beta, here, steps
    return ("infinite" if edge else "not_converged"), beta, here, MAX_STEPS


def still(step: Floats, beta: Floats) -> bool:
    """Whether a whole Newton step is so small that it is the last one."""
    return float(np.abs(step).max()) < _STILL * max(1.0, float(np.abs(beta).max()))


def within_rounding(here: Derivatives, step: Floats) -> bool:
    """Whether what a Newton step promises is less than what rounding takes where hazards are far apart."""
    return float(here.score @ step) < 1e-9 * (1 + abs(here.log_likelihood))


def _part(information: Floats, chosen: NDArray[np.int64] | None) -> Floats:
    return information if chosen is None else information[np.ix_(chosen, chosen)]


def _step(here: Derivatives, chosen: NDArray[np.int64] | None) -> Floats:
    if chosen is None:
        if here.score.size == 1:
            return np.asarray(here.score / here.information[0])
        return np.asarray(np.linalg.solve(here.information, here.score))
    step = np.zeros(here.score.size)
    if chosen.size:
        step[chosen] = np.linalg.solve(_part(here.information, chosen), here.score[chosen])
    return step


def slack(log_likelihood: float) -> float:
    """What a log likelihood of this size may lose to rounding."""
    return 1e-12 * (1 + abs(log_likelihood))


def singular(information: Floats, events: float) -> bool:
    """True when some direction has no information, on the covariates' own scales and beyond rounding."""
    diagonal = information.diagonal()
    if diagonal.size == 0:
        return False
    if not diagonal.min() > 1e-10 * events:
        return True
    if diagonal.size == 1:
        return False
    root = np.sqrt(diagonal)
    return bool(np.linalg.eigvalsh(information / (root[:, None] * root))[0] < 1e-10)
