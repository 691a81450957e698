"""What happened to some of the patients happened to no more of them than of all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from trialist.evidence.checks.found import Found
from trialist.evidence.model import Store
from trialist.findings.model import Finding
from trialist.registry import entry

_ALL, _SOME = "itt", ("safety", "treated", "per_protocol")


@entry("populations", needs="store", gives=("W626",), source="arithmetic")
def populations(store: Store) -> Iterator[Found]:
    """W626 a count among those treated that is higher than that among all who were allocated."""
    alike: dict[tuple[object, ...], dict[str, Finding]] = defaultdict(dict)
    for finding in store.findings:
        if finding.events is not None and finding.measure == "proportion" and len(finding.groups) == 1:
            where = (finding.trial, finding.endpoint, finding.groups, finding.subgroup, finding.timepoint)
            alike[where].setdefault(finding.population, finding)
    for by_population in alike.values():
        whole = by_population.get(_ALL)
        for name in _SOME:
            part = by_population.get(name)
            if whole is None or part is None or (part.events or 0) <= (whole.events or 0):
                continue
            yield Found(
                "W626",
                part.trial,
                tuple(f.origin.entry or f.id for f in (part, whole)),
                f"{part.endpoint}: {part.events}/{part.n} of those treated ({part.origin.source}), "
                f"{whole.events}/{whole.n} of all ({whole.origin.source})",
                "say which of the two is meant",
            )
