"""Findings that others make: the deaths behind a result on survival that has its events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from trialist.findings.model import Finding

DIED = "death"


def made_of(found: Iterable[Finding]) -> Iterator[Finding]:
    """Shares of deaths of one arm, or of both arms of a ratio, by the events of overall survival."""
    seen: set[tuple[object, ...]] = set()
    for f in found:
        timed = f.endpoint == "os" and f.measure in ("median_time", "hazard_ratio")
        if not timed or not f.events or not f.n or f.origin.kind != "published":
            continue
        key = (f.groups, f.events, f.n, f.subgroup)
        if key in seen:
            continue
        seen.add(key)
        yield replace(
            f,
            endpoint=DIED,
            measure="proportion",
            estimate=f.events / f.n,
            interval=None,
            p_value=None,
            unit=None,
            reported=f"{f.events}/{f.n}",
        )
