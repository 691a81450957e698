"""Adverse events of a grade are no more than those of a wider range of grades."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import permutations

from trialist.evidence.checks import printed
from trialist.evidence.checks.found import Found
from trialist.evidence.checks.same import analysis
from trialist.evidence.model import Store
from trialist.findings.model import Finding
from trialist.registry import entry

_GRADES = {"any": (1, 5), "3+": (3, 5), "2+": (2, 5), "4+": (4, 5)}
_SAME = ("serious", "leading_to", "related", "counted")


@entry("grades", needs="store", gives=("W622", "W623"), source="CTCAE: grades are nested")
def grades(store: Store) -> Iterator[Found]:
    """More patients with a range of grades than with a wider range that holds it.

    W622 within one source, W623 between two: they did not count the same.
    """
    alike: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in store.findings:
        definition = dict(finding.definition)
        if "term" in definition and finding.measure == "proportion":
            same = tuple(str(definition.get(word)) for word in _SAME)
            groups = (finding.groups, finding.population, finding.subgroup)
            alike[(finding.trial, definition["term"], same, *groups)].append(finding)
    for some in alike.values():
        for narrow, wide in permutations(some, 2):
            if _inside(narrow, wide) and _more(narrow, wide):
                one_source = narrow.origin.source == wide.origin.source and analysis(narrow) == analysis(wide)
                term = dict(narrow.definition)["term"]
                yield Found(
                    "W622" if one_source else "W623",
                    narrow.trial,
                    tuple(f.origin.entry or f.id for f in (narrow, wide)),
                    f"{term}: {_shown(narrow)} and {_shown(wide)}",
                    "look up both, and what each counted",
                )


def _inside(narrow: Finding, wide: Finding) -> bool:
    a, b = (_range(str(dict(f.definition).get("grade"))) for f in (narrow, wide))
    return a != b and b[0] <= a[0] and a[1] <= b[1]


def _range(grade: str) -> tuple[int, int]:
    if grade in _GRADES:
        return _GRADES[grade]
    low, _, high = grade.partition("-")
    return int(low), int(high or low)


def _more(narrow: Finding, wide: Finding) -> bool:
    if None not in (narrow.events, wide.events) and narrow.n == wide.n:
        return (narrow.events or 0) > (wide.events or 0)
    a, b = printed.estimate(narrow), printed.estimate(wide)
    return a is not None and b is not None and a.low > b.high


def _shown(finding: Finding) -> str:
    count = f"{finding.events}/{finding.n}" if finding.events is not None else finding.reported or ""
    grade = dict(finding.definition).get("grade")
    return f"{count} of grade {grade} ({finding.origin.source})"
