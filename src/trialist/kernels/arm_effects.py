"""One value with its variance for each arm of a trial, from counts, rates or means: what a network joins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats
from trialist.kernels.network_trials import Refused

Correct = Literal["trial", "all", "none"]
CountMeasure = Literal["odds_ratio", "risk_ratio", "risk_difference", "arcsine_difference"]


@dataclass(frozen=True, slots=True)
class ArmValues:
    """`value` and `variance` per arm; `refused` trials have none. `corrected` arms had something added."""

    value: Floats
    variance: Floats
    refused: tuple[Refused, ...]
    corrected: int = 0


def from_counts(
    trial: ArrayLike,
    events: ArrayLike,
    n: ArrayLike,
    measure: CountMeasure,
    *,
    add: float = 0.5,
    add_without: float | None = None,
    correct: Correct = "trial",
) -> ArmValues:
    """Log odds, log risks, risks or arcsines of the root of the risk.

    Parameters
        add_without  patients without an event that come with them; None: as many as `add` (metafor's escalc);
                     netmeta's pairwise has 0 for the risk ratio
        correct  to which arms `add` events are added: to all of a trial
                 with a zero that would leave no variance (netmeta's pairwise), to all arms of all trials, to
                 none
    A risk difference is that of the counts themselves; only its variance is corrected.
    A trial without events (for odds, also one in which everybody had one) tells no ratio and is refused.
    Source: Woolf 1955; Schwarzer, Carpenter and Ruecker 2015, Meta-Analysis with R, ch. 3; Ruecker 2009
    (arcsine)
    """
    number, x, size = np.asarray(trial), np.asarray(events, dtype=float), np.asarray(n, dtype=float)
    sound = np.isfinite(x) & np.isfinite(size) & (size > 0) & (x >= 0) & (x <= size)
    _, at = np.unique(number, return_inverse=True)
    m = int(at.max(initial=-1)) + 1

    def all_of(which: ArrayLike) -> np.ndarray:
        return np.asarray(np.bincount(at, weights=~np.asarray(which), minlength=m) == 0)[at]

    refused = {int(t): Refused(int(t), "bad_number") for t in number[~sound]}
    ratio = measure in ("odds_ratio", "risk_ratio")
    empty = all_of(x == 0) if ratio else np.zeros(x.shape, dtype=bool)
    if measure == "odds_ratio":
        empty |= all_of(x == size)
    for each in np.unique(number[empty]):
        refused.setdefault(int(each), Refused(int(each), "no_events"))
    zero = x == 0
    if measure != "risk_ratio":
        zero |= x == size
    if measure == "arcsine_difference":
        zero = np.zeros(x.shape, dtype=bool)
    touched = {
        "trial": ~all_of(~zero),
        "all": np.ones(x.shape, dtype=bool),
        "none": np.zeros(x.shape, dtype=bool),
    }[correct]
    touched &= sound
    seen = np.divide(x, size, out=np.full(x.shape, np.nan), where=sound)
    x, size = (
        np.where(touched, x + add, x),
        np.where(touched, size + add + (add if add_without is None else add_without), size),
    )
    blank = np.full(x.shape, np.nan)
    use = sound & ~np.isin(number, list(refused))
    value, variance = blank.copy(), blank.copy()
    a, b = x[use], size[use]
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "odds_ratio":
            value[use], variance[use] = np.log(a / (b - a)), 1 / a + 1 / (b - a)
        elif measure == "risk_ratio":
            value[use], variance[use] = np.log(a / b), 1 / a - 1 / b
        elif measure == "risk_difference":
            value[use], variance[use] = seen[use], a * (b - a) / b**3
        else:
            value[use], variance[use] = np.arcsin(np.sqrt(a / b)), 1 / (4 * b)
    endless = use & ~(np.isfinite(value) & np.isfinite(variance))
    for each in np.unique(number[endless]):
        refused[int(each)] = Refused(int(each), "bad_number")
    use &= ~np.isin(number, list(refused))
    value[~use] = variance[~use] = np.nan
    return ArmValues(value, variance, tuple(refused.values()), int((touched & use).sum()))


def from_rates(trial: ArrayLike, events: ArrayLike, time: ArrayLike, *, add: float = 0.5) -> ArmValues:
    """Log rates of events per time at risk; `add` events go to all arms of a trial with a zero."""
    number, x, at_risk = np.asarray(trial), np.asarray(events, dtype=float), np.asarray(time, dtype=float)
    sound = np.isfinite(x) & np.isfinite(at_risk) & (at_risk > 0) & (x >= 0)
    refused = {int(t): Refused(int(t), "bad_number") for t in number[~sound]}
    for each in np.unique(number):
        mine = number == each
        if bool((x[mine] == 0).all()):
            refused.setdefault(int(each), Refused(int(each), "no_events"))
    touched = np.isin(number, np.unique(number[x == 0])) & sound
    x = np.where(touched, x + add, x)
    use = sound & ~np.isin(number, list(refused))
    value, variance = np.full(x.shape, np.nan), np.full(x.shape, np.nan)
    value[use], variance[use] = np.log(x[use] / at_risk[use]), 1 / x[use]
    return ArmValues(value, variance, tuple(refused.values()), int((touched & use).sum()))


def from_means(trial: ArrayLike, mean: ArrayLike, sd: ArrayLike, n: ArrayLike) -> ArmValues:
    """Means with the variance of the mean, sd^2 / n."""
    number = np.asarray(trial)
    value, spread, size = (np.asarray(v, dtype=float) for v in (mean, sd, n))
    sound = np.isfinite(value) & np.isfinite(spread) & np.isfinite(size) & (spread > 0) & (size > 0)
    refused = {int(t): Refused(int(t), "bad_number") for t in number[~sound]}
    variance = np.divide(spread**2, size, out=np.full(value.shape, np.nan), where=sound)
    return ArmValues(np.where(sound, value, np.nan), variance, tuple(refused.values()))
