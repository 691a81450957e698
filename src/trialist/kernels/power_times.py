"""Events over calendar time in a design: piecewise hazards, accrual in pieces, dropout; in closed form.

Times are in one unit (months), hazards per that unit. A subject enters at a random time of the accrual, has
the event after a time with a piecewise constant hazard, and leaves at a constant dropout hazard. Everything
is a sum of exponentials over pieces: no numerical integration.
Source: Rubinstein, Gail and Santner 1981, Journal of Chronic Diseases 34:469; Kim and Tsiatis 1990,
Biometrics 46:81; events by Schoenfeld 1981, Freedman 1982, Hsieh and Freedman 1982.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

Formula = Literal["schoenfeld", "freedman", "hsieh_freedman"]
Status = Literal["ok", "no_effect", "never", "too_few_subjects", "already"]

LATEST = 1e6  # months; no event is awaited longer


@dataclass(frozen=True, slots=True)
class Pieces:
    """A piecewise constant function of time: `values[i]` from `starts[i]` on; the first start is 0."""

    starts: tuple[float, ...]
    values: tuple[float, ...]

    def at(self, time: float) -> float:
        return next(v for s, v in zip(reversed(self.starts), reversed(self.values), strict=True) if time >= s)


@dataclass(frozen=True, slots=True)
class Accrual:
    """Entry of subjects: an intensity in pieces up to `end`; only its proportions count for shares."""

    rates: Pieces
    end: float

    @property
    def subjects(self) -> float:
        """Subjects by the end, where the intensity is in subjects per unit of time."""
        return self.by(self.end)

    def by(self, time: float) -> float:
        """Subjects (or the integral of the intensity) until a time."""
        return sum(rate * max(min(time, stop) - start, 0.0) for start, stop, rate in self.pieces())

    def pieces(self) -> list[tuple[float, float, float]]:
        stops = (*self.rates.starts[1:], math.inf)
        return [
            (start, min(stop, self.end), rate)
            for start, stop, rate in zip(self.rates.starts, stops, self.rates.values, strict=True)
            if start < self.end
        ]


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm: its hazard of the event, its hazard of dropout, its share of the subjects."""

    hazard: Pieces
    dropout: float
    share: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Two arms, experimental first, and how subjects enter."""

    arms: tuple[Arm, Arm]
    accrual: Accrual


@dataclass(frozen=True, slots=True)
class Duration:
    """Subjects, the end of accrual and of the study, or the reason why there is none."""

    status: Status
    subjects: float | None = None
    accrual: float | None = None
    study: float | None = None


def constant(value: float) -> Pieces:
    return Pieces((0.0,), (value,))


def hazard_of_median(median: float) -> float:
    return math.log(2) / median


def hazard_of_survival(share: float, time: float) -> float:
    """The constant hazard under which so many are without the event at a time."""
    return -math.log(share) / time


def times(hazard: Pieces, ratio: Pieces) -> Pieces:
    """A hazard under a hazard ratio, both in pieces."""
    starts = tuple(sorted({*hazard.starts, *ratio.starts}))
    return Pieces(starts, tuple(hazard.at(s) * ratio.at(s) for s in starts))


def survival(hazard: Pieces, time: float) -> float:
    """Share without the event at a time, no dropout."""
    stops = (*hazard.starts[1:], math.inf)
    spent = sum(
        rate * max(min(time, stop) - start, 0.0)
        for start, stop, rate in zip(hazard.starts, stops, hazard.values, strict=True)
    )
    return math.exp(-spent)


def median(hazard: Pieces, share: float = 0.5) -> float | None:
    """The time at which survival is `share`; None when it is never reached."""
    left, stops = -math.log(share), (*hazard.starts[1:], math.inf)
    for start, stop, rate in zip(hazard.starts, stops, hazard.values, strict=True):
        if rate * (stop - start) >= left if rate > 0 else False:
            return start + left / rate
        left -= rate * (stop - start) if rate > 0 else 0.0
    return None


# --- events over time -------------------------------------------------------------------------------


def event_share(arm: Arm, accrual: Accrual, time: float) -> float:
    """Expected events at a calendar time per planned subject of the arm."""
    whole = accrual.subjects
    if whole <= 0 or time <= 0:
        return 0.0
    found = sum(
        rate * (_events_integral(arm, time - start) - _events_integral(arm, time - stop))
        for start, stop, rate in accrual.pieces()
    )
    return found / whole


def eventually(arm: Arm) -> float:
    """Share of subjects that have their event when followed for ever, before they drop out."""
    last = arm.hazard.starts[-1]
    known, staying = _events_and_staying(arm, last)
    rate = arm.hazard.values[-1]
    return known + (staying * rate / (rate + arm.dropout) if rate > 0 else 0.0)


def events_at(plan: Plan, subjects: float, time: float) -> tuple[float, float]:
    """Expected events of each arm, experimental first, at a calendar time."""
    first, second = (subjects * arm.share * event_share(arm, plan.accrual, time) for arm in plan.arms)
    return first, second


def share_at(plan: Plan, time: float) -> float:
    """Expected events of both arms at a calendar time per planned subject."""
    return sum(arm.share * event_share(arm, plan.accrual, time) for arm in plan.arms)


def time_of(plan: Plan, subjects: float, events: float) -> float | None:
    """The calendar time at which so many events are expected; None when they never come."""
    wanted = events / subjects
    if wanted >= sum(arm.share * eventually(arm) for arm in plan.arms):
        return None
    return _rise(lambda time: share_at(plan, time) - wanted, max(plan.accrual.end, 1.0))


def subjects_for(plan: Plan, events: float, follow_up: float) -> Duration:
    """Subjects for so many events by a follow-up after the last entry."""
    study = plan.accrual.end + follow_up
    share = share_at(plan, study)
    if share <= 0:
        return Duration("never")
    return Duration("ok", events / share, plan.accrual.end, study)


def follow_up_for(plan: Plan, events: float, subjects: float) -> Duration:
    """How long the study lasts with so many subjects.

    `already`: the events are expected before accrual ends (the time is given); `too_few_subjects`: more
    events than subjects; `never`: too few events even when followed for ever.
    """
    if events >= subjects:
        return Duration("too_few_subjects", subjects, plan.accrual.end)
    study = time_of(plan, subjects, events)
    if study is None:
        return Duration("never", subjects, plan.accrual.end)
    return Duration("ok" if study >= plan.accrual.end else "already", subjects, plan.accrual.end, study)


def accrual_for(plan: Plan, events: float, follow_up: float) -> Duration:
    """How long to accrue at the plan's intensity so that the events come by a follow-up."""

    def there(end: float) -> float:
        longer = replace(plan, accrual=replace(plan.accrual, end=end))
        return longer.accrual.subjects * share_at(longer, end + follow_up) - events

    if plan.accrual.rates.values[-1] <= 0 and there(max(plan.accrual.rates.starts[-1], 1.0)) < 0:
        return Duration("never")
    end = _rise(there, 1.0)
    if end is None:
        return Duration("never")
    found = replace(plan.accrual, end=end)
    return Duration("ok", found.subjects, end, end + follow_up)


# --- events needed ----------------------------------------------------------------------------------


def events_needed(
    hazard_ratio: float, drift: float, share: float, *, null: float = 1.0, formula: Formula = "schoenfeld"
) -> float | None:
    """Events for a drift (z_alpha + z_power for one look), not rounded; None where no number does.

    Parameters
        share    of the experimental arm
        null     the hazard ratio tested against: 1, or a margin
    Returns   schoenfeld: drift^2 / (p1 p2 (log HR - log null)^2)
              freedman: drift^2 (1 + k HR)^2 / (k (1 - HR)^2), k = p1 / p2
              hsieh_freedman: drift^2 (1 + HR)^2 (1 + k)^2 / (4 k (1 - HR)^2); the last two for null 1 only
    """
    if hazard_ratio <= 0 or hazard_ratio == null or (formula != "schoenfeld" and null != 1):
        return None
    k = share / (1 - share)
    if formula == "freedman":
        return drift**2 * (1 + k * hazard_ratio) ** 2 / (k * (1 - hazard_ratio) ** 2)
    if formula == "hsieh_freedman":
        return drift**2 * (1 + hazard_ratio) ** 2 * (1 + k) ** 2 / (4 * k * (1 - hazard_ratio) ** 2)
    return drift**2 / (share * (1 - share) * math.log(hazard_ratio / null) ** 2)


def drift_of(
    hazard_ratio: float, events: float, share: float, *, null: float = 1.0, formula: Formula = "schoenfeld"
) -> float:
    """The drift of so many events, positive: the inverse of `events_needed`."""
    one = events_needed(hazard_ratio, 1.0, share, null=null, formula=formula)
    return 0.0 if one is None else math.sqrt(events / one)


# --- parts ------------------------------------------------------------------------------------------


def _events_and_staying(arm: Arm, time: float) -> tuple[float, float]:
    """Share with the event until a time since entry, and share still at risk then."""
    known, staying = 0.0, 1.0
    for start, stop, rate in _spans(arm.hazard, time):
        both = rate + arm.dropout
        left = staying * -math.expm1(-both * (stop - start))
        known += left * rate / both if both > 0 else 0.0
        staying -= left
    return known, staying


def _events_integral(arm: Arm, time: float) -> float:
    """The integral from 0 to a time of the share with the event."""
    known, staying, area = 0.0, 1.0, 0.0
    for start, stop, rate in _spans(arm.hazard, time):
        length, both = stop - start, rate + arm.dropout
        gone = -math.expm1(-both * length)
        share = rate / both if both > 0 else 0.0
        area += known * length
        if both > 0:
            area += staying * share * (length - gone / both)
        known += staying * gone * share
        staying *= 1 - gone
    return area


def _spans(hazard: Pieces, time: float) -> list[tuple[float, float, float]]:
    stops: Sequence[float] = (*hazard.starts[1:], math.inf)
    return [
        (start, min(stop, time), rate)
        for start, stop, rate in zip(hazard.starts, stops, hazard.values, strict=True)
        if start < time
    ]


def _rise(short: object, first: float) -> float | None:
    """Where a rising function crosses 0, looked for by doubling; None up to `LATEST`."""
    from scipy.optimize import brentq

    assert callable(short)
    high = first
    while short(high) < 0:
        high *= 2
        if high > LATEST:
            return None
    return float(brentq(short, 0.0, high, xtol=1e-12, rtol=1e-14))
