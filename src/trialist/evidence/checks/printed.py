"""The numbers of a finding as ranges of rounding: whatever prints so."""

from __future__ import annotations

import re
from decimal import Decimal

from trialist.findings.measures import MEASURES
from trialist.findings.model import Finding, PValue
from trialist.kernels.coherence import Range, range_of_p, rounding

_SHARE = re.compile(r"(<?)(\d+(?:\.\d+)?)%")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_TOUCH = 1e-12


def estimate(finding: Finding) -> Range | None:
    """The estimate, by the digits of `reported`, else with the decimals of its interval."""
    if finding.estimate is None:
        return None
    said = reported(finding)
    if said is not None:
        return said
    if (finding.reported or "").startswith(("<", ">")):
        return None
    return rounding(_digits(finding.estimate, _least(finding)))


def reported(finding: Finding) -> Range | None:
    """What `reported` may stand for, where it is a percent of a share or the number of a time or value."""
    printed = finding.reported or ""
    share = _SHARE.fullmatch(printed)
    if share and scale(finding) == "proportion":
        return Range(0.0, float(share[2]) / 100) if share[1] else _scaled(rounding(share[2]), 100)
    if _NUMBER.fullmatch(printed) and scale(finding) in ("time", "value"):
        return rounding(printed)
    return None


def own_digits(finding: Finding) -> Range | None:
    """What the estimate itself may stand for, by its digits alone."""
    return None if finding.estimate is None else rounding(_digits(finding.estimate, 0))


def ends(finding: Finding) -> tuple[Range, Range] | None:
    """Both ends of the interval, with the decimals of estimate and ends: the most that one of them has."""
    interval = finding.interval
    if interval is None or interval.low is None or interval.high is None:
        return None
    low, high = (rounding(_digits(end, _least(finding))) for end in (interval.low, interval.high))
    return None if low is None or high is None else (low, high)


def p_value(p: PValue) -> Range | None:
    return range_of_p(_digits(p.value, 2), p.bound)


def scale(finding: Finding) -> str:
    known = MEASURES.get(finding.measure)
    return known.scale if known else "value"


def overlap(one: Range, other: Range) -> bool:
    """Whether one value prints as both: ranges that only touch (0.59 and 0.60) are of different numbers."""
    return one.low < other.high - _TOUCH and other.low < one.high - _TOUCH


def _least(finding: Finding) -> int:
    interval = finding.interval
    numbers = (finding.estimate, *((interval.low, interval.high) if interval else ()))
    return max(_decimals(number) for number in (*numbers, 0.0) if number is not None)


def _scaled(values: Range | None, by: float) -> Range | None:
    return None if values is None else Range(values.low / by, values.high / by)


def _decimals(value: float) -> int:
    return max(0, -int(Decimal(repr(float(value))).normalize().as_tuple().exponent))


def _digits(value: float, least: int) -> str:
    return f"{Decimal(repr(float(value))):.{max(_decimals(value), least)}f}"
