"""Simulated cell counts and statuses: they agree with the level a subject was allocated by."""

from __future__ import annotations

import functools
from pathlib import Path

import pyarrow as pa
import pytest

import trialist
from trialist.protocol.model import Protocol
from trialist.protocol.parse import read_protocol
from trialist.records.simulated.simulate import simulate


@functools.cache
def plan() -> Protocol:
    path = Path(trialist.__file__).parent / "trials" / "caba_v7" / "protocol.yaml"
    found, problems = read_protocol(path)
    assert found is not None, problems
    return found


@functools.cache
def values(seed: int) -> dict[tuple[str, str, str], str]:
    """(subject, test, visit) -> result."""
    tables, _ = simulate(plan(), subjects=3000, seed=seed)
    assert tables is not None
    lb: pa.Table = tables["lb"]
    names = ("subject", "test_code", "visit", "result")
    rows = zip(*(lb[name].to_pylist() for name in names), strict=True)
    return {(subject, test, visit): result for subject, test, visit, result in rows}


def test_the_first_count_is_on_the_side_of_the_threshold_that_decided_the_arm() -> None:
    made = values(1)
    levels = {s: float(v) for (s, test, _), v in made.items() if test == "CTC_COUN"}
    first = {s: float(v) for (s, test, visit), v in made.items() if (test, visit) == ("CTC", "screening")}
    assert set(first) == set(levels)
    assert {(levels[s] >= 3, count >= 3) for s, count in first.items()} == {(True, True), (False, False)}
    assert all(count == int(count) and 0 <= count <= 3000 for count in first.values())


def test_the_later_counts_fall_as_the_plan_says_and_only_in_its_arms() -> None:
    made = values(1)
    first = {s: float(v) for (s, test, visit), v in made.items() if (test, visit) == ("CTC", "screening")}
    later = {s: float(v) for (s, test, visit), v in made.items() if (test, visit) == ("CTC", "after_cycle_2")}
    positive = {s for (s, test, visit), v in made.items() if (test, visit, v) == ("ARV7", "SCREENING", "POS")}
    assert set(later) < positive & {s for s, count in first.items() if count >= 3}
    share = sum(later[s] <= 0.5 * first[s] for s in later) / len(later)
    assert share == pytest.approx(0.5, abs=0.06)
    assert sum(count < 5 for count in later.values()) / len(later) == pytest.approx(0.15, abs=0.04)


def test_the_later_status_is_drawn_by_the_first_and_repeats_with_the_seed() -> None:
    made = values(1)
    later = [v for (_, test, visit), v in made.items() if (test, visit) == ("ARV7", "after_cycle_2")]
    assert set(later) == {"NEG", "POS", "UNDETERMINED"}
    assert later.count("NEG") / len(later) == pytest.approx(0.5, abs=0.06)
    assert values(1) == values.__wrapped__(1)
