"""Deaths and censorings by time: the form in which survival kernels take their data.

A cell is a time with so many deaths and so many censorings in one group and stratum; one patient is the
cell whose counts add to one. The same numbers result however patients are put into cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialist.kernels.whole_numbers import MANY, distinct_ranks, span

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

TIME_TOLERANCE = 1.4901161193847656e-08
"""Square root of the machine epsilon: R's `timefix`."""
VALUE_TOLERANCE = 1e-9


def tied_times(time: ArrayLike, tolerance: float = TIME_TOLERANCE) -> Floats:
    """Times with those equal up to rounding made equal, so that they count as ties.

    Sorted distinct times whose gap is at most `tolerance`, in the unit of the times or as a share of the mean
    absolute distinct time, take the first of their run: what R's survival does by default (`timefix`).
    Times that are not finite stay as they are.
    """
    return _joined(time, tolerance, tolerance)


def tied_values(values: ArrayLike, tolerance: float = VALUE_TOLERANCE) -> Floats:
    """Values with those equal up to rounding made equal: gaps up to `tolerance` x the mean absolute value.

    No gap is small by itself: a value may have any unit.
    """
    return _joined(values, 0.0, tolerance)


def _joined(given: ArrayLike, absolute: float, relative: float) -> Floats:
    """The given numbers, each run of neighbours closer than either tolerance as its first number."""
    numbers = np.asarray(given, dtype=float)
    if numbers.size >= MANY and _apart_by_one(numbers, absolute, relative):
        return numbers
    if _far_apart(numbers, absolute, relative):
        return numbers
    distinct = np.unique(numbers)
    if distinct.size and not np.isfinite(distinct[[0, -1]]).all():
        distinct = distinct[np.isfinite(distinct)]
    if distinct.size < 2:
        return numbers
    gap = max(absolute, relative * float(np.mean(np.abs(distinct))))
    starts = np.concatenate(([True], np.diff(distinct) > gap))
    if bool(starts.all()):
        return numbers
    firsts = distinct[starts]
    place = np.searchsorted(firsts, numbers, side="right") - 1
    return np.asarray(np.where(np.isfinite(numbers), firsts[place], numbers))


def _apart_by_one(numbers: Floats, absolute: float, relative: float) -> bool:
    """Whether all are whole numbers, and 1 is beyond tolerance."""
    ends = span(numbers)
    return ends is not None and max(absolute, relative * max(abs(ends[0]), abs(ends[1]))) < 1


def _far_apart(numbers: Floats, absolute: float, relative: float) -> bool:
    """Whether no two different numbers are within tolerance, told cheaply: it nearly always holds.

    The largest number takes the place of the mean, which is never larger; a doubt counts as no.
    """
    if numbers.size < 2:
        return True
    ordered = np.sort(numbers, axis=None)
    bound = max(absolute, relative * max(abs(float(ordered[0])), abs(float(ordered[-1]))))
    if not bound < np.inf:  # NaN and infinite numbers are sorted out elsewhere
        return False
    steps = ordered[1:] - ordered[:-1]
    return bool(np.count_nonzero(steps <= bound) == np.count_nonzero(steps <= 0))


@dataclass(frozen=True, slots=True)
class RiskSets:
    """Rows are the distinct (stratum, time), by stratum and rising time; columns are groups.

    deaths, at_risk  shape (rows, groups); at risk are those whose time is not smaller
    stratum, time    shape (rows,)
    """

    stratum: Integers
    time: Floats
    deaths: Floats
    at_risk: Floats


def risk_sets(
    time: ArrayLike, deaths: ArrayLike, censored: ArrayLike, group: ArrayLike, stratum: ArrayLike, groups: int
) -> RiskSets:
    """Counts per distinct (stratum, time) and group, and the numbers at risk, summed from the last time.

    All arguments but `groups` have one value per cell; `group` runs from 0 to `groups` - 1.
    """
    when = tied_times(time)
    died, lost = np.asarray(deaths, dtype=float), np.asarray(censored, dtype=float)
    which, layer = np.asarray(group, dtype=np.int64), np.asarray(stratum, dtype=np.int64)
    if when.size >= MANY:
        found = _by_place(when, died, lost, which, layer, groups)
        if found is not None:
            return found
    order = np.lexsort((when, layer))
    when, layer = when[order], layer[order]
    new = np.ones(when.size, dtype=bool)
    new[1:] = (when[1:] > when[:-1]) | (layer[1:] != layer[:-1])
    when, layer = when[new], layer[new]
    rows = when.size
    cell = (new.cumsum() - 1) * groups + which[order]
    size = rows * groups
    dead: Floats = _summed(cell, died[order], size).reshape(rows, groups)
    left: Floats = _summed(cell, (died + lost)[order], size).reshape(rows, groups)
    return RiskSets(layer, when, dead, _from_the_end(left, layer))


def _by_place(
    when: Floats, died: Floats, lost: Floats, group: Integers, layer: Integers, groups: int
) -> RiskSets | None:
    """The same without sorting, where the (stratum, time) that could be are hardly more than the cells."""
    distinct, rank = distinct_ranks(when)
    lowest, times = int(layer.min()), distinct.size
    strata = int(layer.max()) - lowest + 1
    size = strata * times
    if size > 4 * when.size:
        return None
    code = (layer - lowest) * times + rank
    seen = np.zeros(size, dtype=bool)
    seen[code] = True
    held = np.flatnonzero(seen)
    cell = group * size + code
    dead = _summed(cell, died, size * groups).reshape(groups, size)
    left = _summed(cell, died + lost, size * groups).reshape(groups, strata, times)
    at_risk = np.cumsum(left[:, :, ::-1], axis=2)[:, :, ::-1].reshape(groups, size)
    stratum, place = np.divmod(held, times)
    return RiskSets(
        stratum + lowest,
        distinct[place],
        np.ascontiguousarray(dead[:, held].T),
        np.ascontiguousarray(at_risk[:, held].T),
    )


def _summed(cell: Integers, amount: Floats, size: int) -> Floats:
    return np.bincount(cell, weights=amount, minlength=size).astype(np.float64, copy=False)


def _from_the_end(left: Floats, stratum: Integers) -> Floats:
    """Sums from each row to the last row of its stratum (exact for whole counts)."""
    rows, groups = left.shape
    if rows and stratum[0] == stratum[-1]:
        return left[::-1].cumsum(axis=0)[::-1]
    total = np.zeros((rows + 1, groups))
    total[:-1] = left[::-1].cumsum(axis=0)[::-1]
    ends = stratum.searchsorted(stratum, side="right")
    return np.asarray(total[:-1] - total[ends])
