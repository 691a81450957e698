"""Medians point the way of their hazard ratio, unless curves cross."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.checks.found import Found
from trialist.evidence.checks.same import analysis, place
from trialist.evidence.model import Store
from trialist.findings.model import Finding
from trialist.registry import entry

_FAR = 1.25  # nearer medians may lie the other way without meaning


@entry("medians", needs="store", gives=("N611",), source="the ratio of medians need not be the hazard ratio")
def medians(store: Store) -> Iterator[Found]:
    """N611 a hazard ratio whose whole interval is on one side of 1, medians far on the other."""
    known: dict[tuple[object, ...], Finding] = {}
    for finding in store.findings:
        if finding.measure == "median_time" and len(finding.groups) == 1:
            known.setdefault((*place(finding), analysis(finding), finding.groups[0]), finding)
    for ratio in store.findings:
        if ratio.measure != "hazard_ratio" or len(ratio.groups) != 2 or ratio.interval is None:
            continue
        where = (*place(ratio), analysis(ratio))
        first, second = (known.get((*where, name)) for name in ratio.groups)
        if first is None or second is None or not first.estimate or not second.estimate:
            continue
        better = ratio.interval.high is not None and ratio.interval.high < 1
        worse = ratio.interval.low is not None and ratio.interval.low > 1
        times = first.estimate / second.estimate
        if (better and times < 1 / _FAR) or (worse and times > _FAR):
            yield Found(
                "N611",
                ratio.trial,
                tuple(f.origin.entry or f.id for f in (ratio, first, second)),
                f"{ratio.endpoint}: hazard ratio {ratio.estimate:g}, medians {first.estimate:g} and "
                f"{second.estimate:g}",
                "look whether the arms are exchanged; where curves cross both may be right",
            )
