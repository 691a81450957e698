"""Rows of a Cox model made ready: numbers for the times of deaths, and between which a row is at risk.

A death time is a distinct (stratum, time) with a death; they are numbered by stratum and rising time. A row
is at risk at the death times `first` to `last` - 1, so that no sum needs the rows in any order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialist.kernels.counts import TIME_TOLERANCE, Floats, Integers
from trialist.kernels.tied_shares import shares
from trialist.kernels.whole_numbers import distinct_ranks

Ties = Literal["efron", "breslow", "discrete", "marginal"]
MANY_PATTERNS = 48


@dataclass(frozen=True, slots=True)
class CoxRows:
    """Rows with their death times. A row stands for `count` alike people, all dying or all censored.

    x, scale       covariates over `scale` (their range), less `centre`; shape (rows, covariates)
    centre         over `scale`, one row for all strata or one for each
    count, weight  people, and case weight times people (0 where never at risk at a death)
    offset         added to the log hazard; None: nowhere
    event          whether the people of the row die at its time
    first, last    death times at which a row is at risk: first to last - 1
    dying          rows with deaths; dying_at: their death time
    time, stratum, ends   of each death time, and one past the last of its stratum
    deaths, mean_weight   people who die there, and their mean case weight
    share, share_at, share_weight   Efron: l / d for the l-th of d tied deaths (or the points that stand for
                   them, see `tied_shares`), its death time, the weight of the deaths behind it; one entry of
                   share 0 per death time where none are tied
    source         the cell a row came from
    pattern, patterns   row -> pattern, and the covariates of a pattern, where patterns are few
    starts         death times are numbered from here on in each stratum
    all_time       time of each row; strata: the stratum of each row; entry: its entry (None: 0)
    """

    x: Floats
    scale: Floats
    centre: Floats
    count: Floats
    weight: Floats
    case_weight: Floats
    offset: Floats | None
    event: NDArray[np.bool_]
    first: Integers
    last: Integers
    dying: Integers
    dying_at: Integers
    time: Floats
    stratum: Integers
    ends: Integers
    deaths: Floats
    mean_weight: Floats
    share: Floats
    share_at: Integers
    share_weight: Floats
    source: Integers
    pattern: Integers | None
    patterns: Floats | None
    all_time: Floats
    all_entry: Floats | None
    strata: Integers
    ties: Ties

    @property
    def tied(self) -> bool:
        """Whether the entries of `share` are more than the death times themselves."""
        return self.share.size != self.time.size or bool(self.share.any())

    @property
    def shortened(self) -> bool:
        """Whether some tied deaths stand as points of a rule instead of one by one."""
        return self.ties == "efron" and self.share.size < round(float(self.deaths.sum()))

    @property
    def covariates(self) -> int:
        return int(self.x.shape[1])


def cox_rows(
    time: ArrayLike,
    deaths: ArrayLike,
    censored: ArrayLike,
    pattern: ArrayLike,
    covariates: ArrayLike,
    *,
    stratum: ArrayLike | None = None,
    ties: Ties = "efron",
    entry: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    offset: ArrayLike | None = None,
) -> CoxRows:
    """The rows of cells; cells of nobody, of weight 0, without a finite time, or over at entry stay out."""
    when, died, lost = (np.asarray(a, dtype=np.float64).ravel() for a in (time, deaths, censored))
    which = np.asarray(pattern, dtype=np.int64).ravel()
    values = np.asarray(covariates, dtype=np.float64)
    if values.ndim != 2:
        values = values.reshape(values.shape[0], -1 if values.size else 0)
    source, count, event = _split(died, lost)
    when, which = when[source], which[source]
    case = np.ones(count.size) if weight is None else np.asarray(weight, dtype=np.float64).ravel()[source]
    layer = None if stratum is None else np.asarray(stratum, dtype=np.int64).ravel()[source]
    enter = None if entry is None else np.asarray(entry, dtype=np.float64).ravel()[source]
    push = None if offset is None else np.asarray(offset, dtype=np.float64).ravel()[source]
    good = np.isfinite(when) & (case > 0) & np.isfinite(case)
    if enter is not None:
        good &= (enter < when) & (enter < np.inf)
    if push is not None:
        good &= np.isfinite(push)
    if not good.all():
        source, which, event = source[good], which[good], event[good]
        count, when, case = count[good], when[good], case[good]
        layer = None if layer is None else layer[good]
        enter = None if enter is None else enter[good]
        push = None if push is None else push[good]
    few = values.shape[0] <= MANY_PATTERNS and values.shape[0] * 2 <= max(count.size, 8)
    return _numbered(
        when, enter, count, case, push, event, layer, which if few else None, values, which, source, ties
    )


def _split(died: Floats, lost: Floats) -> tuple[Integers, Floats, NDArray[np.bool_]]:
    """A row for the deaths and one for the censorings of each cell, without those of nobody."""
    dead, alive = np.flatnonzero(died > 0), np.flatnonzero(lost > 0)
    source = np.concatenate((dead, alive))
    count = np.concatenate((died[dead], lost[alive]))
    event = np.zeros(source.size, dtype=bool)
    event[: dead.size] = True
    return source, count, event


def _ranks(when: Floats, enter: Floats | None) -> tuple[Integers, Integers | None, Floats]:
    """Ranks of times and entries among all times; times equal up to rounding share one (as `tied_times`)."""
    given = when if enter is None else np.concatenate((when, enter))
    distinct, rank = distinct_ranks(given)
    finite = distinct[np.isfinite(distinct)]
    if finite.size > 1:
        gap = TIME_TOLERANCE * max(1.0, float(np.abs(finite).mean()))
        with np.errstate(invalid="ignore"):
            near = ~(np.diff(distinct) > gap)
        if near.any():
            joined = np.cumsum(np.concatenate(([0], ~near)))
            rank, distinct = joined[rank], distinct[np.concatenate(([True], ~near))]
    if enter is None:
        return rank, None, distinct
    return rank[: when.size], rank[when.size :], distinct


def _numbered(
    when: Floats,
    enter: Floats | None,
    count: Floats,
    case: Floats,
    push: Floats | None,
    event: NDArray[np.bool_],
    layer: Integers | None,
    pattern: Integers | None,
    values: Floats,
    which: Integers,
    source: Integers,
    ties: Ties,
) -> CoxRows:
    rank, entered, distinct = _ranks(when, enter)
    times = max(distinct.size, 1)
    if layer is None:
        layer, code, strata = np.zeros(rank.size, dtype=np.int64), rank, 1
    else:
        strata = int(layer.max()) + 1 if layer.size else 1
        code = layer * times + rank
    dying = np.flatnonzero(event)
    if strata * times <= 4 * code.size + 4096:
        seen = np.zeros(strata * times + 1, dtype=np.int64)
        seen[code[dying] + 1] = 1
        codes = np.flatnonzero(seen) - 1
        before = np.cumsum(seen)  # death times before a code
        last, begins = before[code + 1], before[np.arange(strata + 1) * times]
        first = begins[layer] if entered is None else before[layer * times + entered + 1]
    else:
        codes = np.unique(code[dying])
        last = np.searchsorted(codes, code, side="right")
        begins = np.searchsorted(codes, np.arange(strata + 1) * times)
        first = begins[layer]
        if entered is not None:
            first = np.searchsorted(codes, layer * times + entered, side="right")
    group = codes // times
    never = last <= first
    weight = case * count
    dying_at = last[dying] - 1
    size = codes.size
    tied = np.bincount(dying_at, weights=count[dying], minlength=size).astype(np.float64)
    mean = np.bincount(dying_at, weights=weight[dying], minlength=size) / np.maximum(tied, 1.0)
    weight = np.where(never, 0.0, weight)
    if ties == "efron" and size and tied.max() > 1:
        gone = np.bincount(last, weights=weight, minlength=size + 1)
        gone -= np.bincount(first, weights=weight, minlength=size + 1)
        at_risk = np.cumsum(gone[::-1])[::-1][1:].astype(np.float64)
        share, share_at, share_weight = shares(tied, mean, at_risk)
    else:
        share, share_at, share_weight = np.zeros(size), np.arange(size), tied * mean
    x, scale, centre = _scaled(values, which, layer, weight, strata, pattern is not None)
    patterns = None
    if pattern is not None:
        patterns, x = x, x[which]
    return CoxRows(
        x, scale, centre, count, weight, case, push, event, first.astype(np.int64), last.astype(np.int64),
        dying, dying_at, distinct[codes - group * times] if size else np.empty(0), group,
        begins[group + 1], tied, mean, share, share_at, share_weight, source, pattern, patterns,
        when, enter, layer, ties,
    )  # fmt: skip


def _scaled(
    values: Floats, which: Integers, layer: Integers, weight: Floats, strata: int, by_pattern: bool
) -> tuple[Floats, Floats, Floats]:
    """Covariates over their range, less a centre: of all where patterns are few, else of each stratum."""
    total = float(weight.sum()) or 1.0
    if by_pattern:
        held = np.bincount(which, weights=weight, minlength=values.shape[0])
        used = held > 0
        scale = np.ptp(values[used], axis=0) if used.any() else np.zeros(values.shape[1])
        values = values / np.where(scale > 0, scale, 1.0)
        centre = held @ values / total
        return values - centre, scale, centre[None]
    x = values[which]
    used = weight > 0
    if not used.all():
        x = np.where(used[:, None], x, x[np.argmax(used)])  # never at risk: whatever it is, within range
    scale = np.array([np.ptp(column) for column in x.T]) if x.size else np.zeros(x.shape[1])
    x = x / np.where(scale > 0, scale, 1.0)
    if strata == 1:
        centre = weight @ x / total
        return x - centre, scale, centre[None]
    held = np.maximum(np.bincount(layer, weights=weight, minlength=strata), 1e-300)
    centre = np.stack([np.bincount(layer, weights=weight * c, minlength=strata) / held for c in x.T], axis=1)
    return x - centre[layer], scale, centre


def with_every_share(rows: CoxRows) -> CoxRows:
    """The same rows with an entry of `share` for every tied death."""
    share, share_at, share_weight = shares(rows.deaths, rows.mean_weight)
    return replace(rows, share=share, share_at=share_at, share_weight=share_weight)
