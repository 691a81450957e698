"""Tables of several arms by several answers: Pearson's chi-square and the exact test of Freeman and
Halton."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
MOST_STATES = 4_000_000
_AS_LIKELY = 1e-7  # relative, as R's fisher.test


@dataclass(frozen=True, slots=True)
class Association:
    """status   ok; nothing: all in one row or one column; too_large: more tables than are gone through

    smallest_expected   of all cells: below 5 the chi-square distribution is doubtful
    """

    status: Literal["ok", "nothing", "too_large"]
    p_value: float | None = None
    statistic: float | None = None
    df: int = 0
    smallest_expected: float | None = None


def chi_square(table: ArrayLike) -> Association:
    """Pearson's chi-square of rows against columns, empty ones left out (R chisq.test, correct = FALSE)."""
    counts = _without_empty(table)
    if min(counts.shape) < 2:
        return Association("nothing")
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    statistic = float(np.sum((counts - expected) ** 2 / expected))
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    from scipy.special import chdtrc

    return Association("ok", float(chdtrc(df, statistic)), statistic, df, float(expected.min()))


def freeman_halton(table: ArrayLike) -> Association:
    """Exact test given all margins: tables as likely as the one seen, or less (R fisher.test).

    Columns are filled one after the other; what is left to each row is a state. Where one side has two
    lines, states whose every completion is as extreme, or none, are settled at once, as by the network
    algorithm. Source: Freeman and Halton 1951, Biometrika 38:141; Mehta and Patel 1983, JASA 78:427
    """
    counts = _without_empty(table)
    if min(counts.shape) < 2:
        return Association("nothing")
    counts = counts if counts.shape[0] <= counts.shape[1] else counts.T
    counts = counts[:, np.argsort(-counts.sum(axis=0), kind="stable")]
    rows, columns = counts.sum(axis=1).astype(np.int64), counts.sum(axis=0).astype(np.int64)
    seen = float(np.sum(_log_factorial(columns)) - np.sum(_log_factorial(counts)))
    whole = float(_log_factorial(np.array([columns.sum()]))[0] - np.sum(_log_factorial(rows)))
    limit = seen + np.log1p(_AS_LIKELY)
    found = _two_rows(int(rows[0]), columns, limit) if rows.size == 2 else _enumerated(rows, columns, limit)
    if found is None:
        return Association("too_large")
    return Association("ok", min(1.0, float(np.exp(found - whole))))


def _two_rows(first: int, columns: NDArray[np.int64], limit: float) -> float | None:
    """log of the summed weights (products of binomial coefficients) of tables not above `limit`."""
    most, least, all_of = _completions(first, columns)
    left, log_weight, times = np.array([first]), np.zeros(1), np.ones(1)
    settled: list[float] = []
    for place, size in enumerate(columns):
        highest, lowest = log_weight + most[place][left], log_weight + least[place][left]
        inside = highest <= limit
        if inside.any():
            settled.append(_log_sum(np.log(times[inside]) + log_weight[inside] + all_of[place][left[inside]]))
        go_on = ~inside & (lowest <= limit)
        left, log_weight, times = left[go_on], log_weight[go_on], times[go_on]
        if left.size == 0 or place == columns.size - 1:
            break
        if left.size * (int(size) + 1) > MOST_STATES:
            return None
        taken = np.arange(int(size) + 1)
        after = left[:, None] - taken
        possible = (after >= 0) & (after <= columns[place + 1 :].sum())
        log_weight = (log_weight[:, None] + _log_choose(int(size), taken))[possible]
        times = np.broadcast_to(times[:, None], possible.shape)[possible]
        left, log_weight, times = _merged(after[possible], log_weight, times)
    return _log_sum(np.array(settled)) if settled else -np.inf


def _completions(first: int, columns: NDArray[np.int64]) -> tuple[list[Floats], list[Floats], list[Floats]]:
    """From each column on, by what is left to the first row: largest, smallest and summed log weight."""
    most, least = np.full(first + 1, -np.inf), np.full(first + 1, np.inf)
    most[0] = least[0] = 0.0
    highest: list[Floats] = []
    lowest: list[Floats] = []
    summed: list[Floats] = []
    behind = 0
    for size in columns[::-1]:
        up, down = np.full(first + 1, -np.inf), np.full(first + 1, np.inf)
        for taken, weight in enumerate(_log_choose(int(size), np.arange(int(size) + 1))):
            if taken > first:
                break
            up[taken:] = np.maximum(up[taken:], most[: first + 1 - taken] + weight)
            down[taken:] = np.minimum(down[taken:], least[: first + 1 - taken] + weight)
        most, least, behind = up, down, behind + int(size)
        left = np.arange(first + 1)
        total = np.where(left <= behind, _log_choose(behind, np.minimum(left, behind)), -np.inf)
        highest, lowest, summed = [most, *highest], [least, *lowest], [total, *summed]
    return highest, lowest, summed


def _enumerated(rows: NDArray[np.int64], columns: NDArray[np.int64], limit: float) -> float | None:
    """The same for three lines and more, where every table is gone through."""
    largest = int(rows.max())
    if rows.size * np.log2(largest + 1.0) > 62:
        return None
    base = (largest + 1) ** np.arange(rows.size)
    left, need = rows[None, :], rows[:1]
    log_weight, times = np.zeros(1), np.ones(1)
    for size in columns[:-1]:
        for row in range(rows.size - 1):
            start = np.full(left.shape[0], int(size)) if row == 0 else need
            taken = np.arange(int(min(size, largest)) + 1)
            if left.shape[0] * taken.size > MOST_STATES:
                return None
            possible = (taken <= left[:, row, None]) & (taken <= start[:, None])
            state, take = np.nonzero(possible)
            left, log_weight, times = left[state].copy(), log_weight[state], times[state]
            left[:, row] -= taken[take]
            log_weight = log_weight - _log_factorial(taken[take])
            need = start[state] - taken[take]
        fits = need <= left[:, -1]
        left, log_weight, times, need = left[fits], log_weight[fits], times[fits], need[fits]
        left[:, -1] -= need
        log_weight = log_weight - _log_factorial(need) + _log_factorial(np.array([int(size)]))
        left = np.sort(left, axis=1)  # what is left to which row does not matter: rows are filled alike
        code, log_weight, times = _merged(left @ base, log_weight, times)
        left = (code[:, None] // base) % (largest + 1)
    log_weight = log_weight - _log_factorial(left).sum(axis=1) + _log_factorial(columns[-1:])
    kept = log_weight <= limit
    return _log_sum(np.log(times[kept]) + log_weight[kept]) if kept.any() else -np.inf


def _merged(
    state: NDArray[np.int64], log_weight: Floats, times: Floats
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Equal states with weights that are equal up to rounding become one, counted."""
    order = np.lexsort((log_weight, state))
    state, log_weight, times = state[order], log_weight[order], times[order]
    new = np.ones(state.size, dtype=bool)
    new[1:] = (np.diff(state) != 0) | (np.diff(log_weight) > 1e-10)
    starts = np.flatnonzero(new)
    return state[starts], log_weight[starts], np.add.reduceat(times, starts)


def _without_empty(table: ArrayLike) -> Floats:
    counts = np.asarray(table, dtype=float)
    return np.asarray(counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0])


def _log_sum(values: Floats) -> float:
    from scipy.special import logsumexp

    return float(logsumexp(values))


def _log_factorial(counts: ArrayLike) -> Floats:
    from scipy.special import gammaln

    return np.asarray(gammaln(np.asarray(counts, dtype=float) + 1))


def _log_choose(n: int, k: NDArray[np.int64]) -> Floats:
    return np.asarray(_log_factorial(np.array([n])) - _log_factorial(k) - _log_factorial(n - k))
