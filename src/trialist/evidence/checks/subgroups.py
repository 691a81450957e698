"""Levels of a subgroup factor add up to all patients."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from trialist.evidence.checks.found import Found
from trialist.evidence.checks.same import analysis
from trialist.evidence.model import Store
from trialist.findings.model import Finding
from trialist.registry import entry


@entry("subgroups", needs="store", gives=("W618", "N618"), source="arithmetic")
def subgroups(store: Store) -> Iterator[Found]:
    """W618 levels of a factor with more patients than there are; N618 with fewer (values were missing)."""
    factors: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    whole: dict[tuple[object, ...], int] = {}
    for finding in store.findings:
        where: tuple[object, ...] = (
            *(finding.trial, finding.endpoint, finding.measure, finding.population),
            *(finding.groups, finding.timepoint, analysis(finding), finding.origin.source),
        )
        factor, colon, level = (finding.subgroup or "").partition(": ")
        if finding.n is None:
            continue
        if finding.subgroup is None:
            whole[where] = finding.n
        elif colon and " or " not in level and " v " not in level:  # a level of its own, none of several
            factors[(*where, factor)].append(finding)
    for (*shared, of_factor), levels in factors.items():
        if len(levels) < 2:
            continue
        trial = levels[0].trial
        total = whole.get(tuple(shared)) or store.trials[trial].n
        counted = sum(f.n or 0 for f in levels)
        if total is None or counted == total:
            continue
        more = counted > total
        yield Found(
            "W618" if more else "N618",
            trial,
            tuple(f.origin.entry or f.id for f in levels),
            f"{levels[0].endpoint} by {of_factor}: the levels have {counted} of {total} patients",
            "look up the levels" if more else "take it that values were missing, or look up a level that is",
        )
