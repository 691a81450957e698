"""Circulating tumour cells read a second time, in plain Python, from the printed rule.

A patient is (baseline, later), each a count per 7.5 mL or None. Nothing here is shared with the package.
"""

from __future__ import annotations


def response(baseline: float | None, later: float | None, what: str) -> bool | None:
    """True, False, or None for one who can't be evaluated."""
    least = 1 if what == "clearance" else 5
    if baseline is None or baseline < least:
        return None
    if later is None:
        return False
    if what == "conversion":
        return later <= 4
    if what == "clearance":
        return later == 0
    return 10 * later <= 7 * baseline
