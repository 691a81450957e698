"""`comparisons.compare` as machine code: one pass over each sorted row, then a few steps over its entries."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.compiled import compiled_floats
from trialist.kernels.trial_batches.comparisons import FARTHEST, MAX_STEPS, Compared, Floats
from trialist.kernels.trial_batches.courses import NOBODY, STRATUM
from trialist.kernels.trial_batches.philox import Words

_NOBODY = np.uint32(NOBODY)
_U0, _U1, _NONE = np.uint64(0), np.uint64(1), np.uint64(2**32)
_ONE, _LOW, _HIGH = np.uint32(1), np.uint32(0xFFFF), np.uint32(17)
_STRATUM, _PATIENT = np.uint32(STRATUM), np.uint32(1 << 16)
_CERTAIN = 8.0
"""Within this a log hazard ratio at which the score vanishes is the maximum; beyond, it may be a bound."""
_LANES = 16
"""Sums run in so many lanes; entries are filled up to a multiple."""
Counts = NDArray[np.uint32]


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
    """An entry for each event: those at risk in the first arm (m1) and in the second (m0).

    Rows are walked from the last key, so that risk sets build up from nobody; each of d tied events then has
    a risk set of its own. For that the log-rank test's sums are put right, for the Cox model the sets.
    Where nothing is tied, the score and information of the Cox model at 0 are observed less expected events
    and the variance of the log-rank test.
    """
    patients = keys.shape[1]
    m1, m0 = np.empty(patients + _LANES), np.empty(patients + _LANES)
    lanes = np.empty((4, _LANES))
    steps = np.zeros((4, patients), np.uint32)
    seen, tied = np.empty(patients + 1, np.uint32), np.empty(patients, np.uint32)
    begins = np.empty(patients, np.uint32)
    shares = 1 / np.arange(1, patients + 2)
    for r in range(keys.shape[0]):
        row = keys[r]
        entered = _steps(row, steps)
        layers = entered > 0 and row[0] >> _STRATUM != row[np.uint64(entered - 1)] >> _STRATUM
        entries, ties = _walk(entered, layers, steps, seen, tied)
        first, filled = _fill(seen, entries, m1, m0)
        events[r, 0], events[r, 1] = first, entries - first
        t1, t2, t3, t4 = _sums(m1, m0, filled, 1.0, lanes)
        expected, variance, u1, u2, u3, u4 = _share_ties(seen, tied, ties, begins, efron, shares, m1, m0)
        expected, variance = expected + t1, variance + (t1 - t2)
        if variance > 1e-12:
            z[r] = (first - expected) / np.sqrt(variance)
        t1, t2, t3, t4 = t1 + u1, t2 + u2, t3 + u3, t4 + u4
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
                if abs(beta) < _CERTAIN or _has_maximum(m1, m0, entries, first):
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
def _steps(row: Words, steps: Counts) -> int:
    """What each key of a row adds while it is walked; how many had entered.

    Rows of `steps`: 2^16 for the patient + 1 in the first arm; all ones where the stratum goes on from the
    key after it; whether it is an event; whether this is tied with the key before it.
    """
    added, goes_on, event, tie = steps[0], steps[1], steps[2], steps[3]
    entered = 0
    for i in range(row.size):
        entered += int(row[i] != _NOBODY)
    added[0], event[0] = _PATIENT + (row[0] & _ONE), ((row[0] >> _ONE) & _ONE) ^ _ONE
    for i in range(1, row.size):
        key, last = row[i], row[i - 1]
        added[i], event[i] = _PATIENT + (key & _ONE), ((key >> _ONE) & _ONE) ^ _ONE
        goes_on[i - 1] = -np.int32(last >> _STRATUM == key >> _STRATUM)
        tie[i] = event[i] & np.uint32(last >> _ONE == key >> _ONE)
    return entered


@compiled_floats
def _walk(entered: int, layers: bool, steps: Counts, seen: Counts, tied: Counts) -> tuple[np.int64, np.int64]:
    """Fill the entries; their number, and how many are followed by one tied with them (`tied`).

    `layers`: whether there are several strata, so that risk sets may begin anew. `seen` adds up those at risk
    (x 2^16, and those of the first arm) without and with the dying patient.
    """
    added, goes_on, event, tie = steps[0], steps[1], steps[2], steps[3]
    entries = ties = at_risk = np.uint64(0)
    for i in range(entered - 1, -1, -1):
        before = at_risk & np.uint64(goes_on[i]) if layers else at_risk
        at_risk = before + np.uint64(added[i])
        seen[entries], tied[ties] = before + at_risk, entries
        ties += np.uint64(tie[i])
        entries += np.uint64(event[i])
    return np.int64(entries), np.int64(ties)


@compiled_floats
def _fill(seen: Counts, entries: np.int64, m1: Floats, m0: Floats) -> tuple[np.int64, np.int64]:
    """Those at risk of each entry, up to a multiple of the lanes; how many events are the first arm's."""
    first = np.int64(0)
    for i in range(entries):
        ours = np.int32((seen[i] & _LOW) + _ONE >> _ONE)
        m1[i], m0[i] = ours, np.int32(seen[i] >> _HIGH) + np.int32(1) - ours
        first += np.int64(seen[i] & _ONE)
    filled = (entries + _LANES - 1) // _LANES * _LANES
    for i in range(entries, filled):
        m1[i], m0[i] = 0.0, 1.0
    return first, filled


@compiled_floats
def _share_ties(
    seen: Counts,
    tied: Counts,
    ties: np.int64,
    begins: Counts,
    efron: bool,
    shares: Floats,
    m1: Floats,
    m0: Floats,
) -> tuple[float, float, float, float, float, float]:
    """Give tied entries their shares of the whole risk set; what the sums over entries at 0 then have more.

    First what the log-rank test's expected events and variance have more: of d tied events the last that is
    met has the whole risk set N, with P of it in the first arm. Each of the d - 1 others gets P for its p,
    and P (1 - P) (N - d - 1) / (N - 1) for its p (1 - p): together d P, and the hypergeometric variance.
    Then of the Cox model. Efron: the k-th that is met has those who do not die, and k / d of the dying of
    each arm. `shares` are 1 / n.
    """
    expected = variance = t1 = t2 = t3 = t4 = 0.0
    begin = after = _U0
    for j in range(ties):
        i = np.uint64(tied[j])
        begin = begin if i == after else i
        begins[j], after = begin, i + _U1
    begin, end = _NONE, _U0
    for j in range(ties - 1, -1, -1):
        i, of = np.uint64(tied[j]), np.uint64(begins[j])
        end = end if of == begin else i + _U1
        begin = of
        p, x, y = m1[i] * shares[seen[i] >> _HIGH], m1[end], m0[end]
        of_all, others = x * shares[seen[end] >> _HIGH], np.float64(np.int64(end - begin))
        expected += of_all - p
        rest = (x + y - others - 2) * shares[(seen[end] >> _HIGH) - _U1]
        variance += of_all * (1 - of_all) * rest - p * (1 - p)
        q = of_all
        if efron:
            own = np.float64(seen[begin] & _ONE)
            ours, theirs = m1[begin] - own, m0[begin] - 1 + own
            share = np.float64(np.int64(i - begin + _U1)) * shares[end - begin]
            x, y = ours + share * (x - ours), theirs + share * (y - theirs)
            q = x * shares[seen[i] >> _HIGH]
        m1[i], m0[i] = x, y
        t1, t2 = t1 + (q - p), t2 + (q * q - p * p)
        t3, t4 = t3 + (q * q * q - p * p * p), t4 + (q * q * q * q - p * p * p * p)
    return expected, variance, t1, t2, t3, t4


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
