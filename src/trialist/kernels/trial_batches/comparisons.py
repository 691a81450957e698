"""Log-rank (or weighted) and Cox of every trial of a batch, as arrays: what the compiled loops repeat.

The form is that of `kernels.log_rank` and `kernels.cox` for two arms and one covariate, over all replicates
at once. Each of d deaths tied at a time is an entry of its own, with l / d of the dying taken out of the risk
set (Efron; Breslow: none): a Cox model then is a sum over entries of p = r / (r + q) at the hazard ratio r,
where q = m0 / m1, those at risk in the second arm over those in the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.trial_batches.courses import NOBODY, STRATUM
from trialist.kernels.trial_batches.model import Integers
from trialist.kernels.trial_batches.philox import Words

Floats = NDArray[np.float64]

MAX_STEPS = 60
FARTHEST = 40.0
"""Bound of a log hazard ratio while it is sought."""


@dataclass(frozen=True, eq=False)
class Compared:
    """One number for each replicate; NaN where there is none.

    events    (replicates, 2) by arm
    z         of the test: above 0 when the first arm has more events than expected
    log_hr    first arm against second; NaN also where the likelihood has no maximum
    std_err   of log_hr
    """

    events: NDArray[np.int32]
    z: Floats
    log_hr: Floats
    std_err: Floats


def compare(keys: Words, *, ties: str, rho_gamma: tuple[float, float], cox: bool = True) -> Compared:
    """Compare the arms in each row of sorted keys (`courses.keys_at`)."""
    count = keys.shape[0]
    row, place = np.nonzero(keys != np.uint32(NOBODY))
    key = keys[row, place].astype(np.int64)
    arm, event = key & 1, 1 - ((key >> 1) & 1)
    layer, time = row * 2**15 + (key >> STRATUM), key >> 2
    starts = np.ones(key.size, dtype=bool)
    starts[1:] = (np.diff(time) != 0) | (np.diff(row) != 0)
    head = np.flatnonzero(starts)
    group = np.cumsum(starts) - 1
    at_risk, first = _from_the_end(layer, arm)
    n, n1, of = at_risk[head], first[head], row[head]
    d, d1 = _summed(group, event, head.size), _summed(group, event * arm, head.size)
    used = d > 0
    d, d1, n, n1, of = d[used], d1[used], n[used], n1[used], of[used]
    events = np.stack([_summed(of, w, count) for w in (d1, d - d1)], axis=1)
    weight = _weights(d, n, layer[head][used], rho_gamma) if rho_gamma != (0.0, 0.0) else np.ones(d.size)
    scale = np.divide(n - d, n - 1, out=np.zeros(d.size), where=n > 1)
    gap = _summed(of, weight * (d1 - d * n1 / n), count)
    spread = weight**2 * d * (n1 / n) * (1 - n1 / n) * scale
    variance = _summed(of, spread, count)
    z = np.divide(gap, np.sqrt(variance), out=np.full(count, np.nan), where=variance > 1e-12)
    log_hr = std_err = np.full(count, np.nan)
    if cox:
        each = d.astype(np.int64)
        entry_of = np.repeat(np.arange(each.size), each)
        out = (np.arange(entry_of.size) - (np.cumsum(each) - each)[entry_of]) / each[entry_of]
        if ties == "breslow":
            out = np.zeros(entry_of.size)
        ours = n1[entry_of] - out * d1[entry_of]
        theirs = (n - n1)[entry_of] - out * (d - d1)[entry_of]
        with np.errstate(divide="ignore"):
            q = theirs / ours
        log_hr, std_err = _maximise(q, of[entry_of], events[:, 0], count)
    return Compared(events.astype(np.int32), z, log_hr, std_err)


def _summed(group: Integers, amount: NDArray[Any], size: int) -> Floats:
    return np.bincount(group, weights=amount, minlength=size).astype(np.float64)


def _from_the_end(layer: Integers, arm: Integers) -> tuple[Floats, Floats]:
    """From each patient to the last of the layer: how many, and how many of the first arm."""
    ends = np.searchsorted(layer, layer, side="right")
    place = np.arange(layer.size)
    running = np.concatenate([[0], np.cumsum(arm)])
    return (ends - place).astype(float), (running[ends] - running[place]).astype(float)


def _weights(d: Floats, n: Floats, layer: Integers, rho_gamma: tuple[float, float]) -> Floats:
    """S^rho (1 - S)^gamma, S the Kaplan-Meier estimate of both arms of the layer just before each time."""
    left = np.where(d < n, 1 - d / n, 1.0)
    running = np.cumsum(np.log(left)) - np.log(left)
    starts = np.searchsorted(layer, layer, side="left")
    survival = np.exp(running - running[starts])
    rho, gamma = rho_gamma
    return np.asarray(survival**rho * np.maximum(1 - survival, 0.0) ** gamma)


def _maximise(q: Floats, of: Integers, first: Floats, count: int) -> tuple[Floats, Floats]:
    """Log hazard ratio and its standard error by Halley's method between bounds, all replicates at once.

    There is a maximum when the score changes its sign: more first-arm events than entries with nobody of the
    second arm at risk, and fewer than entries with somebody of the first.
    """
    certain = _summed(of, q == 0, count)
    possible = _summed(of, np.isfinite(q), count)
    known = (certain < first) & (first < possible)
    beta = np.zeros(count)
    low, high = np.full(count, -FARTHEST), np.full(count, FARTHEST)
    done, information = ~known, np.zeros(count)
    for _ in range(MAX_STEPS):
        ratio = np.exp(beta)[of]
        p = ratio / (ratio + q)
        s1, s2, s3 = (_summed(of, p**k, count) for k in (1, 2, 3))
        score, spread, third = first - s1, s1 - s2, s1 - 3 * s2 + 2 * s3
        information = np.where(done, information, spread)
        low, high = np.where(score > 0, beta, low), np.where(score > 0, high, beta)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = score / spread
            bend = 1 + step * third / (2 * spread)
            step = np.where(bend > 0.5, step / bend, step)
        outside = ~((beta + step >= low) & (beta + step <= high))
        step = np.where(outside, (low + high) / 2 - beta, step)
        beta = np.where(done, beta, beta + step)
        done = done | (np.abs(step) < 1e-12)
        if done.all():
            break
    good = known & done & (information > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(good, beta, np.nan), np.where(good, 1 / np.sqrt(information), np.nan)
