"""Individual times from a published Kaplan-Meier curve and the numbers at risk below it.

The iteration of Guyot, Ades, Ouwens and Welton, BMC Med Res Methodol 2012;12:9: within each interval
between printed numbers at risk, censorings are spread evenly, events follow from the drop of the curve,
and the number of censorings is corrected until the next printed number at risk comes out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a fit may be off by before it is refused.

    error     largest distance between the refitted curve and a point (probability), beyond the height
              of one event there: where few are at risk no curve can be met more closely
    at_risk   difference from a printed number at risk, as a fraction of all patients (2 at least)
    rise      how far survival may rise between points: the error of digitising
    events    difference from the stated number of events, as a fraction of all patients
    """

    error: float = 0.05
    at_risk: float = 0.03
    rise: float = 0.03
    events: float = 0.10


@dataclass(frozen=True, slots=True)
class Fit:
    """How close the reconstruction is to what was printed.

    rmse, largest    of the refitted Kaplan-Meier curve against the points as given (probability)
    beyond           largest distance less the height of one event there (0 at least)
    times_at_risk    the printed times
    printed, rebuilt numbers at risk at those times
    stated, events   number of events stated (None: not) and reconstructed
    rise             largest rise of survival between points, removed before the fit
    clipped          points outside [0, 1] that were clipped
    """

    rmse: float
    largest: float
    beyond: float
    times_at_risk: tuple[float, ...]
    printed: tuple[int, ...]
    rebuilt: tuple[int, ...]
    stated: int | None
    events: int
    rise: float
    clipped: int


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """Times (unit of the points) and events (1) or censorings (0), sorted by time; `refused` says why not.

    When `refused` is not empty the arrays are empty: there is nothing to use.
    """

    time: Floats
    event: Integers
    fit: Fit | None
    refused: tuple[str, ...] = ()


def reconstruct(
    points: tuple[Floats, Floats],
    at_risk: tuple[Floats, Integers],
    events: int | None = None,
    limits: Limits | None = None,
) -> Reconstruction:
    """Individual times and events from curve coordinates.

    points   (time, survival), any order, survival as probability
    at_risk  (time, number), ascending times; the first is the number of patients
    events   number of events of the curve when it is published
    Returns a `Reconstruction`; a fit outside `limits` is refused with the reasons, all of them.
    Source: Guyot 2012 (above), steps 1-6 of its algorithm; monotone points by pooling adjacent violators.
    """
    allowed = limits or Limits()
    risk_time, risk = np.asarray(at_risk[0], dtype=float), np.asarray(at_risk[1], dtype=np.int64)
    raw_time, raw_surv = np.asarray(points[0], dtype=float), np.asarray(points[1], dtype=float)
    refused = _unusable(raw_time, raw_surv, risk_time, risk, events)
    if refused:
        return _nothing(None, refused)
    order = np.lexsort((-raw_surv, raw_time))
    raw_time, raw_surv = raw_time[order], raw_surv[order]
    clipped = int(np.sum((raw_surv < 0) | (raw_surv > 1)))
    bounded = raw_surv.clip(0.0, 1.0)
    rise = float(np.max(bounded - np.minimum.accumulate(bounded), initial=0.0))
    if rise > allowed.rise:
        reason = (
            f"survival rises by {rise:.3f} between points; digitising explains {allowed.rise:.3f} at most"
        )
        return _nothing(None, (reason,))
    time, surv = _prepared(raw_time, bounded, risk_time)
    counted = _rebuild(time, surv, risk_time, risk, events)
    fit = _fit(counted, raw_time, bounded, risk_time, risk, events, rise, clipped)
    bad = _outside(fit, int(risk[0]), allowed)
    if bad:
        return _nothing(fit, bad)
    return Reconstruction(counted[0], counted[1], fit)


def survival_at(time: Floats, event: Integers, when: Floats) -> Floats:
    """Kaplan-Meier survival of (time, event) at `when` (right-continuous step function)."""
    unique, index = np.unique(time, return_inverse=True)
    deaths = np.bincount(index, weights=event, minlength=len(unique))
    leaving = np.bincount(index, minlength=len(unique))
    risk = len(time) - np.concatenate([[0], np.cumsum(leaving)[:-1]])
    curve = np.concatenate([[1.0], np.cumprod(1.0 - deaths / risk)])
    return np.asarray(curve[np.searchsorted(unique, when + 1e-9, side="right")], dtype=np.float64)


def _nothing(fit: Fit | None, reasons: tuple[str, ...]) -> Reconstruction:
    return Reconstruction(np.empty(0), np.empty(0, dtype=np.int64), fit, reasons)


def _unusable(
    time: Floats, surv: Floats, risk_time: Floats, risk: Integers, events: int | None
) -> tuple[str, ...]:
    """Reasons why there is nothing to fit: all of them."""
    reasons = []
    if len(time) < 2 or len(time) != len(surv):
        reasons.append("there are fewer than two points on the curve")
    if not (np.all(np.isfinite(time)) and np.all(np.isfinite(surv))):
        reasons.append("a point has no finite time or survival")
    elif np.any(time < 0):
        reasons.append("a point lies before time 0")
    elif np.any(surv > 1.5):
        reasons.append("survival is given in percent; write probabilities from 0 to 1")
    if len(risk) == 0 or len(risk) != len(risk_time):
        return (*reasons, "no number at risk is given")
    if np.any(np.diff(risk_time) <= 0):
        reasons.append("the times of the numbers at risk are not ascending")
    if risk_time[0] != 0:
        reasons.append(f"the first number at risk is at time {risk_time[0]:g}, not at 0")
    if risk[0] < 1 or np.any(risk < 0):
        reasons.append("a number at risk is negative, or the first is not at least 1")
    up = np.flatnonzero(np.diff(risk) > 0)
    if len(up):
        i = int(up[0])
        reasons.append(
            f"the number at risk increases from {risk[i]} to {risk[i + 1]} at time {risk_time[i + 1]:g}"
        )
    if events is not None and events > risk[0]:
        reasons.append(f"{events} events are stated for {risk[0]} patients")
    if events is not None and events < 0:
        reasons.append(f"{events} events are stated")
    return tuple(reasons)


def _prepared(time: Floats, surv: Floats, risk_time: Floats) -> tuple[Floats, Floats]:
    """Points that start at (0, 1), never rise, and include every printed time (curve carried forward)."""
    inside = time > 0
    time, surv = np.concatenate([[0.0], time[inside]]), np.concatenate([[1.0], surv[inside]])
    surv = np.minimum(_pool_violators(surv), 1.0)
    extra = np.setdiff1d(risk_time, time)
    carried = surv[np.searchsorted(time, extra, side="right") - 1]
    order = np.argsort(np.concatenate([time, extra]), kind="stable")
    return np.concatenate([time, extra])[order], np.concatenate([surv, carried])[order]


def _pool_violators(values: Floats) -> Floats:
    """Least-squares non-increasing fit (Barlow 1972)."""
    means: list[float] = []
    sizes: list[int] = []
    for value in values:
        means.append(float(value))
        sizes.append(1)
        while len(means) > 1 and means[-2] < means[-1]:
            size = sizes[-2] + sizes[-1]
            means[-2] = (means[-2] * sizes[-2] + means[-1] * sizes[-1]) / size
            sizes[-2] = size
            means.pop()
            sizes.pop()
    return np.repeat(np.asarray(means), np.asarray(sizes))


@dataclass(frozen=True, slots=True)
class _Interval:
    """One pass over the points of an interval: deaths and censorings per point, and the state it ends in."""

    deaths: Integers
    censored: Floats
    risk: int
    level: float


def _walk(
    time: Floats, surv: Floats, end: float, censored: int, risk: int, level: float, first: bool
) -> _Interval:
    """Steps 2-4: `censored` spread evenly over the interval, deaths from the drop of the curve.

    `level` is the reconstructed survival so far; `first` marks time 0, where nobody dies.
    """
    start = float(time[0])
    when = start + (np.arange(censored) + 1) * (end - start) / (censored + 1)
    slot = np.searchsorted(time, when, side="right") - 1
    lost = np.bincount(slot, minlength=len(time))
    deaths = np.zeros(len(time), dtype=np.int64)
    for k in range(len(time)):
        if not (first and k == 0) and risk > 0 and level > 0:
            dead = min(max(round(risk * (1.0 - float(surv[k]) / level)), 0), risk)
            deaths[k] = dead
            level *= 1.0 - dead / risk
            risk -= dead
        gone = min(int(lost[k]), risk)
        if gone < lost[k]:
            keep = np.ones(len(when), dtype=bool)
            keep[np.flatnonzero(slot == k)[gone:]] = False
            when, slot = when[keep], slot[keep]
        risk -= gone
    return _Interval(deaths, when, risk, level)


def _rebuild(
    time: Floats, surv: Floats, risk_time: Floats, risk: Integers, events: int | None
) -> tuple[Floats, Integers]:
    """Steps 1-6 over all intervals; patients left at the end are censored at the last time."""
    empty = np.flatnonzero(risk == 0)
    last = int(empty[0]) - 1 if len(empty) else len(risk) - 1
    now, level = int(risk[0]), 1.0
    death_times: list[Floats] = []
    loss_times: list[Floats] = []
    total_lost = 0
    for i in range(last):
        lo, hi = np.searchsorted(time, [risk_time[i], risk_time[i + 1]])
        block, drop = time[lo:hi], surv[lo:hi]
        end = float(risk_time[i + 1])
        expected = now * (float(surv[hi]) / level if level > 0 else 0.0)
        guess = max(round(expected - risk[i + 1]), 0)
        best = _matched(block, drop, end, guess, now, level, i == 0, int(risk[i + 1]))
        death_times.append(np.repeat(block, best.deaths))
        loss_times.append(best.censored)
        total_lost += len(best.censored)
        now, level = best.risk, best.level
    lo = int(np.searchsorted(time, risk_time[last]))
    hi = len(time) if last + 1 == len(risk) else int(np.searchsorted(time, risk_time[last + 1]))
    block, drop, end = time[lo:hi], surv[lo:hi], float(time[hi - 1])
    span = float(risk_time[last] - risk_time[0])
    rate = total_lost / span if span > 0 else 0.0
    guess = min(round(rate * (end - float(risk_time[last]))), now)
    dead_so_far = sum(len(t) for t in death_times)
    final = _last(
        block, drop, end, guess, now, level, last == 0, None if events is None else events - dead_so_far
    )
    death_times.append(np.repeat(block, final.deaths))
    loss_times.append(np.concatenate([final.censored, np.full(final.risk, end)]))
    died, lost = np.concatenate(death_times), np.concatenate(loss_times)
    every = np.concatenate([died, lost])
    kind = np.concatenate([np.ones(len(died), dtype=np.int64), np.zeros(len(lost), dtype=np.int64)])
    order = np.lexsort((-kind, every))
    return every[order], kind[order]


def _matched(
    time: Floats, surv: Floats, end: float, guess: int, risk: int, level: float, first: bool, target: int
) -> _Interval:
    """Correct the number of censorings until the printed number at risk comes out, or is nearest."""
    best: _Interval | None = None
    censored, seen = guess, set()
    while censored not in seen:
        seen.add(censored)
        tried = _walk(time, surv, end, censored, risk, level, first)
        if best is None or abs(tried.risk - target) < abs(best.risk - target):
            best = tried
        censored = min(max(censored + tried.risk - target, 0), risk)
    assert best is not None
    return best


def _last(
    time: Floats,
    surv: Floats,
    end: float,
    guess: int,
    risk: int,
    level: float,
    first: bool,
    wanted: int | None,
) -> _Interval:
    """The last interval, which no printed number closes.

    With events stated: the number of censorings with which they come out (or nearest). Without: the one
    with which the curve fits best, and of equally good ones the nearest to the rate so far. (The paper
    takes the rate so far; where follow-up ends that can exhaust the patients before the curve does.)
    """
    if wanted is None:
        tries = [_walk(time, surv, end, k, risk, level, first) for k in range(risk + 1)]
        errors = [_distance(time, surv, tried, risk, level) for tried in tries]
        least = min(errors)
        fitting = [k for k, error in enumerate(errors) if error <= least * (1 + 1e-9) + 1e-12]
        return tries[min(fitting, key=lambda k: abs(k - guess))]
    if wanted <= 0:
        return _walk(time, np.full(len(surv), level), end, guess, risk, level, first)
    best: _Interval | None = None
    censored, seen = guess, set()
    while censored not in seen:
        seen.add(censored)
        tried = _walk(time, surv, end, censored, risk, level, first)
        if best is None or abs(int(tried.deaths.sum()) - wanted) < abs(int(best.deaths.sum()) - wanted):
            best = tried
        censored = min(max(censored + int(tried.deaths.sum()) - wanted, 0), risk)
    assert best is not None
    return best


def _distance(time: Floats, surv: Floats, made: _Interval, risk: int, level: float) -> float:
    """Sum of squares between the points of an interval and the curve rebuilt in it."""
    lost = np.bincount(np.searchsorted(time, made.censored, side="right") - 1, minlength=len(time))
    gone = made.deaths + lost[: len(time)]
    now = np.maximum(risk - np.concatenate([[0], np.cumsum(gone)[:-1]]), 1)
    return float(np.sum((level * np.cumprod(1.0 - made.deaths / now) - surv) ** 2))


def _fit(
    counted: tuple[Floats, Integers],
    time: Floats,
    surv: Floats,
    risk_time: Floats,
    risk: Integers,
    events: int | None,
    rise: float,
    clipped: int,
) -> Fit:
    gap = survival_at(counted[0], counted[1], time) - surv
    left = len(counted[0]) - np.searchsorted(counted[0], time - 1e-9, side="left")
    rebuilt = len(counted[0]) - np.searchsorted(counted[0], risk_time - 1e-9, side="left")
    return Fit(
        rmse=float(np.sqrt(np.mean(gap**2))),
        largest=float(np.max(np.abs(gap))),
        beyond=float(np.max(np.abs(gap) - surv / np.maximum(left, 1), initial=0.0)),
        times_at_risk=tuple(float(t) for t in risk_time),
        printed=tuple(int(r) for r in risk),
        rebuilt=tuple(int(r) for r in rebuilt),
        stated=events,
        events=int(counted[1].sum()),
        rise=rise,
        clipped=clipped,
    )


def _outside(fit: Fit, patients: int, allowed: Limits) -> tuple[str, ...]:
    reasons = []
    if fit.beyond > allowed.error:
        reasons.append(
            f"the refitted curve is {fit.beyond:.3f} away from a point, beyond the height of one event; "
            f"the limit is {allowed.error:.3f}"
        )
    most = max(2, round(allowed.at_risk * patients))
    for when, printed, rebuilt in zip(fit.times_at_risk, fit.printed, fit.rebuilt, strict=True):
        if abs(printed - rebuilt) > most:
            reasons.append(
                f"{rebuilt} at risk are reconstructed at time {when:g} where {printed} are printed; "
                f"the limit is {most} apart"
            )
    if fit.stated is not None and abs(fit.stated - fit.events) > max(2, round(allowed.events * patients)):
        reasons.append(f"{fit.events} events are reconstructed where {fit.stated} are stated")
    return tuple(reasons)
