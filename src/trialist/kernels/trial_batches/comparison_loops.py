"""`comparisons.compare` as machine code: one pass over each sorted row, then a few steps over its entries."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.compiled import compiled_floats
from trialist.kernels.trial_batches.comparisons import FARTHEST, MAX_STEPS, Compared, Floats
from trialist.kernels.trial_batches.courses import NOBODY, STRATUM
from trialist.kernels.trial_batches.philox import Words

_NOBODY = np.uint32(NOBODY)
_ONE = np.uint64(1)
_BITS = 20
_CERTAIN = 8.0
"""Within this a log hazard ratio at which the score vanishes is the maximum; beyond, it may be a bound."""
_LANES = 32
"""Sums run in so many lanes; entries are filled up to a multiple."""


def compare(keys: Words, *, ties: str, rho_gamma: tuple[float, float], cox: bool = True) -> Compared:
    """Compare the arms in each row of sorted keys (`courses.keys_at`)."""
    count = keys.shape[0]
    events = np.zeros((count, 2), dtype=np.int32)
    made = np.full((3, count), np.nan)
    _compare(keys, ties == "efron", cox, events, made[0], made[1], made[2])
    if rho_gamma != (0.0, 0.0):
        _weighted(keys, rho_gamma[0], rho_gamma[1], made[0])
    return Compared(events, made[0], made[1], made[2])


@compiled_floats
def _compare(
    keys: Words, efron: bool, cox: bool, events: NDArray[np.int32], z: Floats, log_hr: Floats, std_err: Floats
) -> None:
    """An entry for each event: those at risk in the first arm (m1) and in the second (m0), and its own arm.

    Rows are walked from the last key, so that risk sets build up from nobody. Of tied events all but the last
    met have too few at risk; they are noted and put right. Where nothing is tied, the score and information
    of the Cox model at 0 are observed less expected events and the variance of the log-rank test.
    """
    longest = keys.shape[1] + _LANES
    m1, m0 = np.empty(longest), np.empty(longest)
    lanes = np.empty((4, _LANES))
    seen, tied = np.empty(longest, np.int64), np.empty(longest, np.int64)
    mask = (1 << _BITS) - 1
    for r in range(keys.shape[0]):
        entries, first, ties = _walk(keys[r], seen, tied)
        events[r, 0], events[r, 1] = first, np.int64(entries) - first
        filled = (np.int64(entries) + _LANES - 1) // _LANES * _LANES
        for i in range(np.int64(entries)):
            m1[i], m0[i] = seen[i] & mask, (seen[i] >> _BITS) & mask
        for i in range(np.int64(entries), filled):
            m1[i], m0[i] = 0.0, 1.0
        expected, variance = _put_right(m1, m0, seen, tied, ties, efron)
        t1, t2, t3, t4 = _sums(m1, m0, filled, 1.0, lanes)
        expected, variance = expected + t1, variance + (t1 - t2)
        if variance > 1e-12:
            z[r] = (first - expected) / np.sqrt(variance)
        beta, low, high = 0.0, -FARTHEST, FARTHEST
        for _ in range(MAX_STEPS if cox else 0):
            score, spread = first - t1, t1 - t2
            third, fourth = t1 - 3 * t2 + 2 * t3, t1 - 7 * t2 + 12 * t3 - 6 * t4
            if score > 0:
                low = beta
            else:
                high = beta
            step = float(score / spread)
            bend = 1 + step * third / (2 * spread)
            if bend > 0.5:
                step = step / bend
            slope = spread + step * (third + step * fourth / 2)
            if slope > spread / 2:
                step += (score - step * (spread + step * (third / 2 + step * fourth / 6))) / slope
            if not low <= beta + step <= high:
                step = (low + high) / 2 - beta
            beta += step
            if abs(step) < 5e-4:  # the next would be as small as its fourth power
                if abs(beta) < _CERTAIN or _has_maximum(m1, m0, np.int64(entries), first):
                    log_hr[r] = beta
                    std_err[r] = 1 / np.sqrt(spread + step * (third + step * fourth / 2))
                break
            t1, t2, t3, t4 = _sums(m1, m0, filled, np.exp(beta), lanes)


@compiled_floats
def _has_maximum(m1: Floats, m0: Floats, entries: np.int64, first: np.int64) -> bool:
    """Whether the score changes its sign, as in `comparisons._maximise`; asked when an estimate is far."""
    certain = possible = 0
    for i in range(entries):
        certain += m0[i] == 0.0
        possible += m1[i] > 0.0
    return bool(certain < first < possible)


@compiled_floats
def _walk(
    row: Words, seen: NDArray[np.int64], tied: NDArray[np.int64]
) -> tuple[np.uint64, np.int64, np.uint64]:
    """Fill the entries; their number, the first arm's, and how many are followed by one tied with them.

    `seen` is one number for each entry: at risk in the first arm + 2^_BITS x at risk in the second
    + 2^(2 _BITS) where the event is the first arm's.
    """
    i = np.uint64(row.size)
    while i > 0 and row[i - _ONE] == _NOBODY:
        i -= _ONE
    entries = ties = np.uint64(0)
    at_risk = first = np.int64(0)
    stratum = _NOBODY
    key = row[i - _ONE] if i > 0 else _NOBODY
    while i > 0:
        i -= _ONE
        following = row[i - _ONE] if i > 0 else _NOBODY
        if key >> STRATUM != stratum:
            stratum = key >> STRATUM
            at_risk = np.int64(0)
        ours, died = (
            np.int64(key & np.uint32(1)),
            np.int64(1) - np.int64((key >> np.uint32(1)) & np.uint32(1)),
        )
        at_risk += ours + ((1 - ours) << _BITS)
        seen[entries], tied[ties] = at_risk + (ours << 2 * _BITS), entries
        ties += np.uint64(died & np.int64(following >> 1 == key >> 1))
        entries += np.uint64(died)
        first += died & ours
        key = following
    return entries, first, ties


@compiled_floats
def _put_right(
    m1: Floats, m0: Floats, seen: NDArray[np.int64], tied: NDArray[np.int64], ties: np.uint64, efron: bool
) -> tuple[float, float]:
    """Give tied entries their shares of the whole risk set; what the log-rank test has beyond these."""
    expected = variance = 0.0
    j = np.uint64(0)
    while j < ties:
        begin, d = tied[j], 2
        while j + _ONE < ties and tied[j + _ONE] == tied[j] + 1:
            d += 1
            j += _ONE
        j += _ONE
        d1 = 0
        for i in range(begin, begin + d):
            d1 += seen[i] >> 2 * _BITS
        n1, n0 = m1[begin + d - 1], m0[begin + d - 1]
        n = n1 + n0
        share = n1 / n
        m1[begin], m0[begin] = n1, n0
        expected += (d - 1) * share
        variance += share * (1 - share) * (d * (n - d) / (n - 1) - 1)
        for k in range(1, d):
            out = k / d if efron else 0.0
            x, y = n1 - out * d1, n0 - out * (d - d1)
            m1[begin + k], m0[begin + k] = x, y
            share = x / (x + y)
            expected -= share
            variance -= share * (1 - share)
    return expected, variance


@compiled_floats
def _sums(
    m1: Floats, m0: Floats, filled: np.int64, ratio: float, lanes: Floats
) -> tuple[float, float, float, float]:
    """Sums over entries of p, p^2, p^3, p^4, p = ratio m1 / (ratio m1 + m0), in lanes of a fixed order."""
    s1, s2, s3, s4 = lanes[0], lanes[1], lanes[2], lanes[3]
    lanes[:] = 0.0
    for block in range(filled // _LANES):
        begin = block * _LANES
        for lane in range(_LANES):
            x = ratio * m1[begin + lane]
            p = x / (x + m0[begin + lane])
            square = p * p
            s1[lane] += p
            s2[lane] += square
            s3[lane] += square * p
            s4[lane] += square * square
    t1 = t2 = t3 = t4 = 0.0
    for lane in range(_LANES // 2):
        other = lane + _LANES // 2
        t1, t2 = t1 + (s1[lane] + s1[other]), t2 + (s2[lane] + s2[other])
        t3, t4 = t3 + (s3[lane] + s3[other]), t4 + (s4[lane] + s4[other])
    return t1, t2, t3, t4


@compiled_floats
def _weighted(keys: Words, rho: float, gamma: float, z: Floats) -> None:
    """The weighted log-rank test: rows walked from the first key, as Kaplan-Meier estimates go."""
    count, patients = keys.shape
    for r in range(count):
        row = keys[r]
        gap = variance = 0.0
        i = 0
        while i < patients and row[i] != _NOBODY:
            stratum = row[i] >> STRATUM
            n1 = n0 = np.int64(0)
            j = i
            while j < patients and row[j] != _NOBODY and row[j] >> STRATUM == stratum:
                n1, n0 = n1 + np.int64(row[j] & 1), n0 + 1 - np.int64(row[j] & 1)
                j += 1
            survival = 1.0
            while i < j:
                time = row[i] >> 2
                d = d1 = c = c1 = np.int64(0)
                while i < j and row[i] >> 2 == time:
                    ours, died = np.int64(row[i] & 1), 1 - np.int64((row[i] >> 1) & 1)
                    d, d1, c, c1 = d + died, d1 + died * ours, c + 1, c1 + ours
                    i += 1
                n = n1 + n0
                if d > 0:
                    weight = survival**rho * max(1 - survival, 0.0) ** gamma
                    share = n1 / n
                    gap += weight * (d1 - d * share)
                    if n > 1:
                        variance += weight * weight * d * share * (1 - share) * (n - d) / (n - 1)
                    survival *= 1 - d / n
                n1, n0 = n1 - c1, n0 - (c - c1)
        z[r] = gap / np.sqrt(variance) if variance > 1e-12 else np.nan
