"""Cells counted in place instead of sorted: the same cells, in the same order."""

from __future__ import annotations

import numpy as np
import pytest

from trialist.findings import rows as rows_
from trialist.findings.counted import alike_together
from trialist.findings.counting import by_counting
from trialist.findings.rows import Rows, Words, coded
from trialist.kernels import counts, whole_numbers
from trialist.kernels.counts import risk_sets, tied_times
from trialist.quick import columns, times


def cells(seed: int, n: int = 6000, unit: float = 1.0):
    draw = np.random.default_rng(seed)
    time = draw.integers(0, 400, n) * unit
    return (
        time,
        draw.integers(0, 3, n),
        draw.integers(0, 3, n),
        draw.integers(0, 4, n),
        draw.integers(0, 4, n),
    )


@pytest.mark.parametrize("unit", [1.0, 0.1, 7 / 365.25])
def test_risk_sets_counted_in_place_are_those_of_sorted_cells(monkeypatch, unit):
    time, died, lost, group, stratum = cells(1, unit=unit)
    kept = stratum != 2  # a stratum of nobody
    given = (time[kept], died[kept], lost[kept], group[kept], stratum[kept])
    placed = risk_sets(*given, 5)
    monkeypatch.setattr(counts, "MANY", 10**9)
    ordered = risk_sets(*given, 5)
    for part in ("stratum", "time", "deaths", "at_risk"):
        assert np.array_equal(getattr(placed, part), getattr(ordered, part)), part
    assert placed.stratum.dtype == ordered.stratum.dtype


@pytest.mark.parametrize("unit", [1.0, 0.1])
def test_rows_put_together_by_counting_are_those_put_together_by_sorting(unit):
    time, n, arm, stratum, event = cells(2, unit=unit)
    keys = (event % 2 * 1.0, time, arm, stratum)
    kept = np.flatnonzero(n > 0)
    found = by_counting(kept, n.astype(float), keys)
    order = np.lexsort(keys)
    first, many = alike_together(order[(n > 0)[order]], n.astype(float), keys)
    assert found is not None
    assert np.array_equal(found[1], many)
    for key in keys:
        assert np.array_equal(key[found[0]], key[first])


def test_rows_that_could_differ_in_too_many_ways_or_are_few_are_sorted():
    draw = np.random.default_rng(3)
    number = draw.normal(size=3000)
    assert by_counting(np.arange(3000), np.ones(3000), (number, draw.integers(0, 9, 3000))) is None
    assert by_counting(np.arange(5), np.ones(5), (np.arange(5),)) is None
    assert by_counting(np.empty(0, dtype=np.int64), np.ones(3000), (number,)) is None


def test_whole_numbers_whose_unit_is_within_rounding_of_the_largest_are_still_tied():
    time = np.append(np.arange(3000.0), 3e12)
    together = tied_times(time)
    assert together[1] == 0.0
    assert tied_times(np.arange(3000.0)).tolist() == list(range(3000))
    assert tied_times(np.append(np.arange(3000.0), np.inf))[-1] == np.inf


@pytest.mark.parametrize(
    "values", [[3.0, 1, 2], [0.5, 1.5], [np.nan, 1.0], [np.inf, 1.0], [-5.0, 1e15], [2.0, 2, 2]]
)
def test_ranks_are_those_of_sorted_values(values):
    given = np.array(values * 800)
    distinct, rank = whole_numbers.distinct_ranks(given)
    expected, place = np.unique(given, return_inverse=True)
    assert np.array_equal(distinct, expected, equal_nan=True)
    assert np.array_equal(rank, place)


def test_many_words_of_few_levels_have_the_codes_of_sorted_words(monkeypatch):
    draw = np.random.default_rng(4)
    for words in (["new", "old"], ["", "B ", "b", "NA"], ["x", "x"], [f"{n:02}" for n in range(40)]):
        given = np.array(words)[draw.integers(0, len(words), 5000)]
        given[-1] = "last"  # a level that none of the first thousand is
        for values in (given, given[:-1]):
            found = coded(values)
            levels, code = np.unique(values, return_inverse=True)
            assert found.levels == tuple(levels.tolist())
            assert np.array_equal(found.code, code)
    assert rows_._repeated(given) is None


def test_rows_put_together_in_place_are_those_that_a_table_groups(monkeypatch):
    draw = np.random.default_rng(5)
    n = 4000
    time = draw.integers(0, 50, n).astype(float)
    time[::97] = np.nan
    arm = Words(("a", "b"), draw.integers(-1, 2, n))
    given = Rows(
        {"time_days": time, "arm": arm, "event": draw.integers(0, 2, n) * 1.0}, draw.integers(1, 4, n) * 1.0
    )

    def told():
        found = columns._counted(given)
        codes = found["arm"].code.tolist()
        cells = zip(
            found["time_days"].tolist(), codes, found["event"].tolist(), found.n.tolist(), strict=True
        )
        return sorted((str(day), *rest) for day, *rest in cells)

    placed = told()
    monkeypatch.setattr(columns, "by_counting", lambda *_: None)
    assert told() == placed
    assert len(placed) < n


def test_patients_in_any_order_and_counted_or_not_give_the_same_findings(monkeypatch):
    draw = np.random.default_rng(6)
    n = 30_000
    data = {
        "days": draw.integers(0, 700, n) * 0.5,
        "died": draw.integers(0, 2, n),
        "arm": np.array(["new", "old", "NA"])[draw.choice(3, n, p=[0.5, 0.49, 0.01])],
        "site": draw.integers(0, 5, n),
    }

    def told(some):
        found = times.analyse_times(some, time="days", unit="days", event="died", arm="arm", strata=["site"])
        return [(f.measure, f.groups, f.estimate, f.interval, f.p_value, f.n) for f in found.findings]

    once = told(data)
    order = draw.permutation(n)
    assert told({name: column[order] for name, column in data.items()}) == once
    monkeypatch.setattr(columns, "COUNTED_FROM", 10**9)
    assert told(data) == once
