"""Survival falls in time, and so do numbers at risk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from trialist.evidence.checks.found import Found
from trialist.evidence.model import Store
from trialist.findings.model import Finding
from trialist.registry import entry

_FALLING = frozenset({"survival_probability", "n_at_risk"})


@entry("curves", needs="store", gives=("W621",), source="definition of a survival function")
def curves(store: Store) -> Iterator[Found]:
    """W621 a probability or a number at risk that is higher at a later time, within one source."""
    points: dict[tuple[object, ...], list[tuple[float, Finding]]] = defaultdict(list)
    for finding in store.findings:
        months = in_months(finding.timepoint)
        if finding.measure in _FALLING and finding.estimate is not None and months is not None:
            options = tuple(finding.method.options)
            where = (
                *(finding.trial, finding.endpoint, finding.measure, finding.population, finding.subgroup),
                *(finding.groups, finding.origin.source, options),
            )
            points[where].append((months, finding))
    for some in points.values():
        some.sort(key=lambda point: point[0])
        for (_, earlier), (_, later) in pairwise(some):
            if (later.estimate or 0) > (earlier.estimate or 0) + 1e-12:
                yield Found(
                    "W621",
                    later.trial,
                    tuple(f.origin.entry or f.id for f in (earlier, later)),
                    f"{later.endpoint}, {later.measure}: {earlier.estimate:g} at {earlier.timepoint}, "
                    f"{later.estimate:g} at {later.timepoint}",
                    "look up both points",
                )


def in_months(timepoint: str | None) -> float | None:
    """`12 months`, `18 weeks`, `2 years` or a bare number of months."""
    if timepoint is None:
        return None
    number, _, unit = timepoint.partition(" ")
    factor = {"": 1.0, "months": 1.0, "weeks": 7 / 30.4375, "years": 12.0}.get(unit)
    try:
        return None if factor is None else float(number) * factor
    except ValueError:
        return None
