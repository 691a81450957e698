"""The proportional model for the hazard of the subdistribution, with its variance, in O(n log n).

Those with a competing event stay at risk with weight G(t-) / G(X-), G the Kaplan-Meier estimate of not being
censored. All sums over risk sets are running sums from one end or the other; no loop goes over subjects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.competing import CENSORED, COMPETING, EVENT
from trialist.kernels.counts import Floats, Integers, tied_times
from trialist.kernels.cox_likelihood import Derivatives, nowhere
from trialist.kernels.cox_newton import Status, maximise, singular


@dataclass(frozen=True, slots=True)
class FineGrayFit:
    """Coefficients are log ratios of subdistribution hazards per unit of covariate; empty unless ok.

    covariance      with the part that comes from estimating the distribution of censoring
    log_likelihood  of the pseudo likelihood, at coefficients of 0 and at the estimate
    """

    status: Status
    coefficient: Floats
    std_err: Floats
    covariance: Floats
    p_value: Floats
    wald: float | None
    log_likelihood: tuple[float, float] | None
    steps: int
    n: int
    events: int
    competing: int


def fine_gray(
    time: ArrayLike,
    status: ArrayLike,
    count: ArrayLike,
    pattern: ArrayLike,
    covariates: ArrayLike,
    *,
    stratum: ArrayLike | None = None,
    censoring_group: ArrayLike | None = None,
) -> FineGrayFit:
    """Maximum of the weighted pseudo likelihood, ties as Breslow's.

    Parameters
        time, status, count, pattern, stratum, censoring_group   one value per cell; status 0, 1, 2 as in
            `competing`; each stratum has a baseline and a censoring distribution of its own
        covariates   a row per pattern, a column per covariate
        censoring_group   cells of one group share the distribution of censoring (within a stratum)
    Source  Fine and Gray 1999, JASA 94:496; strata: Zhou and others 2011, Biometrics 67:661
    """
    n, kind = np.asarray(count, dtype=float), np.asarray(status, dtype=np.int64)
    values = np.asarray(covariates, dtype=float)
    x = values.reshape(values.shape[0], -1)[np.asarray(pattern, dtype=np.int64)]
    layer = np.zeros(n.size, dtype=np.int64) if stratum is None else np.asarray(stratum, dtype=np.int64)
    lost = (
        np.zeros(n.size, dtype=np.int64)
        if censoring_group is None
        else np.unique(np.asarray(censoring_group), return_inverse=True)[1]
    )
    total, events, others = (round(float(n[k].sum())) for k in (kind >= 0, kind == EVENT, kind == COMPETING))

    def without(status: Status, steps: int = 0) -> FineGrayFit:
        none = np.empty(0)
        return FineGrayFit(
            status, none, none, np.empty((0, 0)), none, None, None, steps, total, events, others
        )

    if events == 0:
        return without("no_events")
    held = n > 0
    x = x - np.average(x, axis=0, weights=n)
    scale = np.ptp(x[held], axis=0)
    if scale.min() == 0:
        return without("singular")
    when = tied_times(time)
    strata = []
    for which in np.unique(layer[held & (kind == EVENT)]):
        mine = np.flatnonzero(held & (layer == which))
        mine = mine[np.argsort(when[mine], kind="stable")]
        strata.append(_stratum(when[mine], kind[mine], n[mine], x[mine] / scale, lost[mine]))
    begin = np.zeros(x.shape[1])
    start = _derivatives(strata, begin)
    if singular(start.information, events):
        return without("singular")
    state, beta, here, steps = maximise(lambda b: _derivatives(strata, b), begin, start, events)
    if state != "ok":
        return without(state, steps)
    inverse = np.linalg.inv(here.information)
    middle = np.sum([_spread(part, beta) for part in strata], axis=0)
    scaled = inverse @ middle @ inverse
    if not (np.diag(scaled) > 1e-10 * np.diag(inverse)).all():
        return without("singular", steps)  # the influences of the subjects cancel: no error can be told
    covariance = scaled / np.outer(scale, scale)
    from scipy.special import ndtr

    coefficient, error = beta / scale, np.sqrt(np.diag(covariance))
    return FineGrayFit(
        "ok",
        coefficient,
        error,
        covariance,
        np.asarray(2 * ndtr(-np.abs(coefficient / error))),
        _wald(beta, scaled),
        (start.log_likelihood, here.log_likelihood),
        steps,
        total,
        events,
        others,
    )


@dataclass(frozen=True, slots=True)
class _Stratum:
    """Rows by rising time; m event times.

    at, deaths     distinct times with events: first row with a time not smaller; events there
    dying, place   rows of events, and the index of their time
    still          per censoring group, G(t-) at the event times (groups, m), and of each row its own G(X-)
    lost           censoring group of each row
    """

    time: Floats
    kind: Integers
    n: Floats
    x: Floats
    lost: Integers
    event_time: Floats
    at: Integers
    deaths: Floats
    dying: Integers
    place: Integers
    still: Floats
    own_still: Floats


def _stratum(time: Floats, kind: Integers, n: Floats, x: Floats, lost: Integers) -> _Stratum:
    dying = np.flatnonzero(kind == EVENT)
    event_time, place = np.unique(time[dying], return_inverse=True)
    deaths: Floats = np.bincount(place, weights=n[dying], minlength=event_time.size).astype(np.float64)
    still = np.ones((int(lost.max()) + 1, event_time.size))
    own_still = np.ones(time.size)
    for group in np.unique(lost):
        mine = lost == group
        steps, after = _not_censored(time[mine], n[mine], kind[mine])
        still[group] = after[np.searchsorted(steps, event_time, side="left")]
        own_still[mine] = after[np.searchsorted(steps, time[mine], side="left")]
    at = np.searchsorted(time, event_time, side="left")
    return _Stratum(
        time,
        kind,
        n,
        x,
        lost,
        event_time,
        at,
        deaths,
        dying,
        np.asarray(place, dtype=np.int64),
        still,
        own_still,
    )


def _not_censored(time: Floats, n: Floats, kind: Integers) -> tuple[Floats, Floats]:
    """Distinct times, and the curve of not being censored before each; 0 after the last, as in crr."""
    steps, row = np.unique(time, return_inverse=True)
    present = np.cumsum(np.bincount(row, weights=n)[::-1])[::-1]
    gone = np.bincount(row, weights=n * (kind == CENSORED), minlength=steps.size)
    return steps, np.concatenate([[1.0], np.cumprod(1 - gone / present)[:-1], [0.0]])


def _sums(part: _Stratum, amount: Floats) -> Floats:
    """Weighted sums of an amount per row over the risk set of each event time."""
    later = np.append(np.cumsum((part.n * amount)[::-1])[::-1], 0.0)[part.at]
    for group in range(part.still.shape[0]):
        stayed = (part.kind == COMPETING) & (part.lost == group)
        earlier = np.append(0.0, np.cumsum(np.where(stayed, part.n * amount / part.own_still, 0.0)))
        later = later + part.still[group] * earlier[part.at]
    return np.asarray(later)


def _derivatives(strata: list[_Stratum], beta: Floats) -> Derivatives:
    """Log pseudo likelihood, its gradient and minus its second derivative."""
    size = beta.size
    likelihood, score, information = 0.0, np.zeros(size), np.zeros((size, size))
    for part in strata:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            eta = part.x @ beta
            shift = float(eta.max())
            risk = np.exp(eta - shift)
            s0 = _sums(part, risk)
            mean = np.stack([_sums(part, risk * part.x[:, i]) for i in range(size)]) / s0
            upper = np.zeros((size, size))
            for i in range(size):
                for j in range(i, size):
                    upper[i, j] = _sums(part, risk * part.x[:, i] * part.x[:, j]) / s0 @ part.deaths
            died = part.n[part.dying]
            likelihood += float(died @ (eta[part.dying] - shift) - part.deaths @ np.log(s0))
            score += died @ part.x[part.dying] - mean @ part.deaths
            information += upper + np.triu(upper, 1).T - (mean * part.deaths) @ mean.T
    if not (np.isfinite(likelihood) and np.isfinite(score).all() and np.isfinite(information).all()):
        return nowhere(size)
    return Derivatives(likelihood, score, information)


def _wald(beta: Floats, covariance: Floats) -> float | None:
    """The chi-square of all coefficients; None where their errors are tied to each other."""
    root = np.sqrt(np.diag(covariance))
    if np.linalg.eigvalsh(covariance / np.outer(root, root))[0] < 1e-10:
        return None
    return float(beta @ np.linalg.solve(covariance, beta))


def _spread(part: _Stratum, beta: Floats) -> Floats:
    """Sum over subjects of the square of their influence on the score."""
    eta = part.x @ beta
    shift = float(eta.max())
    risk = np.exp(eta - shift)
    s0 = _sums(part, risk)
    mean = np.stack([_sums(part, risk * column) for column in part.x.T], axis=1) / s0[:, None]
    hazard = part.deaths / s0
    step = np.concatenate([np.ones((s0.size, 1)), mean], axis=1) * hazard[:, None]  # dL and mean dL
    passed = np.concatenate([np.zeros((1, step.shape[1])), np.cumsum(step, axis=0)])
    by = np.searchsorted(part.event_time, part.time, side="right")  # event times up to and with the row's
    influence = -risk[:, None] * (part.x * passed[by, :1] - passed[by, 1:])
    influence[part.dying] += part.x[part.dying] - mean[part.place]
    for group in range(part.still.shape[0]):
        mine = np.flatnonzero(part.lost == group)
        if mine.size == 0:
            continue
        ahead = np.concatenate(
            [np.cumsum((step * part.still[group][:, None])[::-1], axis=0)[::-1], np.zeros((1, step.shape[1]))]
        )  # sums over event times from each on
        stayed = mine[part.kind[mine] == COMPETING]
        weight = risk[stayed] / part.own_still[stayed]
        rest = ahead[by[stayed]]
        influence[stayed] -= weight[:, None] * (part.x[stayed] * rest[:, :1] - rest[:, 1:])
        influence[mine] += _of_censoring(part, mine, risk, ahead, by)
    return np.asarray((influence * part.n[:, None]).T @ influence)


def _of_censoring(part: _Stratum, mine: Integers, risk: Floats, ahead: Floats, by: Integers) -> Floats:
    """What the rows of one censoring group add by being used to estimate G."""
    time, n = part.time[mine], part.n[mine]
    steps, row = np.unique(time, return_inverse=True)
    present = np.cumsum(np.bincount(row, weights=n)[::-1])[::-1]
    gone = np.bincount(row, weights=n * (part.kind[mine] == CENSORED), minlength=steps.size)
    stayed = part.kind[mine] == COMPETING
    weight = np.where(stayed, n * risk[mine] / part.own_still[mine], 0.0)
    amounts = np.concatenate([np.ones((mine.size, 1)), part.x[mine]], axis=1) * weight[:, None]
    earlier = np.concatenate([np.zeros((1, amounts.shape[1])), np.cumsum(amounts, axis=0)])
    before = earlier[np.searchsorted(time, steps, side="left")]
    rest = ahead[np.searchsorted(part.event_time, steps, side="left")]
    q = before[:, 1:] * rest[:, :1] - before[:, :1] * rest[:, 1:]
    passed = np.cumsum(q * (gone / present**2)[:, None], axis=0)
    return np.where((part.kind[mine] == CENSORED)[:, None], (q / present[:, None])[row], 0.0) - passed[row]
