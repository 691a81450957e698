"""From records to verdicts: neither when a trial was, nor the unit of a number, changes any verdict."""

from __future__ import annotations

from functools import cache

import pytest
from generated_inputs import Row
from generated_records import called, endpoints_of
from test_every_derivation import CASES

Told = tuple[dict[str, list[Row]], list[str]]
pytestmark = pytest.mark.xdist_group("moved records")  # each trial is derived once
NAMES = [called(name) for name in CASES]


@cache
def as_they_are() -> Told:
    return endpoints_of(CASES)


@cache
def moved_in_other_units() -> Told:
    return endpoints_of(CASES, shift=1000, other_units=True)


def rounded(rows: list[Row]) -> list[str]:
    """In an order of their own; sums of sizes in cm differ from those in mm in their last digits."""
    return sorted(
        str({k: round(v, 7) if isinstance(v, float) else v for k, v in row.items()}) for row in rows
    )


@pytest.mark.parametrize("name", NAMES)
def test_moving_every_date_and_telling_numbers_in_another_unit_changes_no_verdict(name: str) -> None:
    """Days count from each reference date; PSA in ng/L, diameters in cm, doses in g, heights in m."""
    assert rounded(moved_in_other_units()[0][name]) == rounded(as_they_are()[0][name])


def test_the_same_is_told_of_the_records_and_the_verdicts_differ() -> None:
    assert moved_in_other_units()[1] == as_they_are()[1]
    for name in NAMES:
        rows = as_they_are()[0][name]
        kinds = {tuple(v for k, v in row.items() if k not in ("subject", "day", "sequence")) for row in rows}
        assert len(kinds) >= 2, name
