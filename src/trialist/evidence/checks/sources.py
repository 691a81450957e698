"""Two sources on one result print the same number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from trialist.evidence.checks import printed
from trialist.evidence.checks.found import Found
from trialist.evidence.checks.same import may_be_one, place
from trialist.evidence.model import Store
from trialist.findings.model import Finding
from trialist.kernels.coherence import Range
from trialist.registry import entry

_TRACED = 0.03  # a share read from a picture of a curve may be off by so much


@entry("sources", needs="store", gives=("W619", "W620", "N619"), source="arithmetic")
def sources(store: Store) -> Iterator[Found]:
    """Findings of one place, measure and groups that may be of one analysis, two by two.

    W619 other estimates or counts, W620 other intervals, N619 a p value printed as equal where another
    prints it as below. The estimates are compared as ranges of rounding.
    """
    alike: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in store.findings:
        alike[(*place(finding), _measure(finding), finding.groups, _counted(finding))].append(finding)
    for some in alike.values():
        for one, other in combinations(some, 2):
            if may_be_one(one, other):
                yield from _compared(one, other)


def _measure(finding: Finding) -> str:
    """A count of patients and their share are one measure."""
    return "patients" if finding.measure in ("proportion", "count") else finding.measure


def _counted(finding: Finding) -> object:
    return dict(finding.definition).get("counted")


def _compared(one: Finding, other: Finding) -> Iterator[Found]:
    names = tuple(f.origin.entry or f.id for f in (one, other))
    what = f"{one.endpoint}, {one.measure}" + (f" {one.timepoint}" if one.timepoint else "")
    if _differ(one, other):
        shown = " and ".join(f"{_shown(f)} ({f.origin.source})" for f in (one, other))
        remedy = "say which of the two is meant, and why they differ"
        yield Found("W619", one.trial, names, f"{what}: {shown}", remedy)
    elif (differs := _ends_differ(one, other)) is not None:
        yield Found("W620", one.trial, names, f"{what}: intervals {differs}", "look up the interval")
    if one.p_value and other.p_value and {one.p_value.bound, other.p_value.bound} == {"=", "<"}:
        equal, below = sorted((one.p_value, other.p_value), key=lambda p: p.bound == "<")
        if equal.value <= below.value:
            message = f"{what}: p={equal.value:g} and p<{below.value:g}"
            remedy = "take the printed bound; a p value of one digit at a power of ten is most often a bound"
            yield Found("N619", one.trial, names, message, remedy)


def _differ(one: Finding, other: Finding) -> bool:
    if _measure(one) == "patients" and one.measure != other.measure:
        counts = [f.events if f.measure == "proportion" else f.estimate for f in (one, other)]
        return None not in counts and counts[0] != counts[1]
    first, second = printed.estimate(one), printed.estimate(other)
    if first is None or second is None:
        return one.estimate != other.estimate and None in (one.estimate, other.estimate)
    if "digitised" in (one.origin.reliability, other.origin.reliability):
        first = Range(first.low - _TRACED, first.high + _TRACED)
    both = (one.events, one.n, other.events, other.n)
    if one.measure == "proportion" and None not in both and both[:2] != both[2:]:
        return True
    return not printed.overlap(first, second)


def _ends_differ(one: Finding, other: Finding) -> str | None:
    if one.interval is None or other.interval is None or one.interval.level != other.interval.level:
        return None
    first, second = printed.ends(one), printed.ends(other)
    if first is None or second is None:
        return None
    if printed.overlap(first[0], second[0]) and printed.overlap(first[1], second[1]):
        return None
    return " and ".join(
        f"{f.interval.low:g} to {f.interval.high:g} ({f.origin.source})" for f in (one, other) if f.interval
    )


def _shown(finding: Finding) -> str:
    if finding.measure == "proportion" and finding.events is not None and finding.n is not None:
        return f"{finding.events}/{finding.n}"
    if finding.estimate is None:
        return "no estimate"
    return finding.reported or f"{finding.estimate:g}"
