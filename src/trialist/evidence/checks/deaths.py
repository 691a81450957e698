"""Who is alive and who has died are together all patients of an arm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from trialist.evidence.checks.found import Found
from trialist.evidence.checks.same import analysis
from trialist.evidence.model import Store
from trialist.findings.model import Finding
from trialist.registry import entry


@entry("deaths", needs="store", gives=("W625",), source="arithmetic")
def deaths(store: Store) -> Iterator[Found]:
    """W625 patients alive and patients dead that do not make the arm, at one cut-off."""
    died: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in store.findings:
        if finding.endpoint == "death" and finding.events is not None:
            died[_of(finding)].append(finding)
    for alive in store.findings:
        if alive.endpoint != "alive" or alive.events is None or alive.n is None:
            continue
        for dead in died[_of(alive)]:
            total = alive.events + (dead.events or 0)
            if total != alive.n:
                yield Found(
                    "W625",
                    alive.trial,
                    tuple(f.origin.entry or f.id for f in (alive, dead)),
                    f"{alive.groups[0] if alive.groups else 'all'}: {alive.events} alive and {dead.events} "
                    f"dead are {total} of {alive.n}",
                    "say who was neither counted as alive nor as dead",
                )


def _of(finding: Finding) -> tuple[object, ...]:
    """Patients of one arm at one analysis."""
    return finding.trial, finding.groups, finding.n, finding.subgroup, finding.timepoint, analysis(finding)
