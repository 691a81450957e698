"""A pace of accrual, the sites that have it, the time that it takes and the number that it brings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.plan_scope import Scope
from trialist.evidence.claims.model import Reading
from trialist.evidence.claims.number_words import WORD
from trialist.evidence.claims.plain import NUMBER
from trialist.evidence.claims.plan_units import Number


def told(reading: Reading, scope: Scope, held: list[Number], said: str, sums: str) -> Verdict:
    return Verdict(
        "accrual", "product of other numbers", "B", scope.claimed(reading, held), said, (sums,),
        "look up the numbers; each follows from the others",
    )  # fmt: skip


_NOT_EVEN = re.compile(
    r"\b(?:at first|start-up|initial\w*|once|then(?!\s+(?:be|have)\b)|ramp\w*|slow\w*|rising|increas\w*"
    r"|peak|at least|up to|at most|run-in"
    r"|first(?!\s+(?:one|patient|man|woman|participant|inclusion)\b|[.,;)]|\s*$))\b",
    re.I,
)
_ACCRUAL = re.compile(
    r"\baccru|\benrol|\brecruit|\binclu|\bregist|\bscreen|\brandomi|\bjoin|\bent(?:ry|er)|\bbring"
    r"|\bsites?\b|\bcent(?:re|er)"
    r"|\bhospital|\bclinic|\bcomplet|\bon board",
    re.I,
)
_PER_SITE = re.compile(
    r"\b(?:per|each|every|an?|one) (?:site|cent(?:re|er)|hospital|clinic|unit|department)\b[^.;\d]*$"
    r"|\b(?:sites|cent(?:re|er)s|hospitals|clinics)\s*(?:x|times)\s*$",
    re.I,
)
_EACH_SITE = re.compile(r"\b(?:each|every|per)\b[^.;\d]{0,20}$|\beach\b", re.I)


def of_pace(reading: Reading, scope: Scope) -> Iterator[Verdict]:
    """A rate x the sites x the time is the number."""
    rates = [one for one in scope.own.numbers if one.unit == "rate"]
    text = str(scope.claim.said["text"])
    if len(rates) == 2 and _sums_up(scope, text, rates):
        yield from _of_two_paces(reading, scope, rates)
        rates = rates[1:]
    if len(rates) != 1:
        return
    rate = rates[0]
    times, people = _together(scope, text) or (_times(scope, text), _targets(scope))
    apart = any(s is not scope.own and any(n.unit == "rate" for n in s.numbers) for s in scope.statements)
    here = set(scope.own.numbers)
    if not times or not people or (apart and not (here & set(times) and here & set(people))):
        return
    used = [s for s in scope.near() if s is scope.own or set(s.numbers) & {*times, *people}]
    words = " ".join(text[s.start : s.end] for s in used)
    sites = scope.find("sites")
    whole = rate is not next(one for one in scope.own.numbers if one.unit == "rate")
    by_site = not whole and _by_site(scope, text, rate, sites)
    if not _ACCRUAL.search(words) or _NOT_EVEN.search(words) or (by_site and len(sites) != 1):
        return
    factor = (sites[0].value if by_site else 1.0) * _taking_part(scope, text)
    a_day = rate.value * factor
    least = 0.85 if re.search(r"[=|]|\S {2,}\S|\bhence\b|\bi\.e\.", words) else 0.6
    low = re.search(
        rf"(?P<x>{NUMBER}|{WORD})\s*(?:to|-|or)\s*$", text[max(scope.own.start, rate.start - 24) : rate.start]
    )
    if low is not None:  # `four to five a month`
        least *= 0.5
    if any(least * a_day * t.value <= n.value <= 1.1 * a_day * t.value + 1 for t in times for n in people):
        return
    time, target = max(times, key=lambda one: one.value), people[0]
    yield told(
        reading, scope, [rate, time, target, *(sites[:1] if by_site else ())],
        f"the rate brings {a_day * time.value:.0f} in {time.value / 30.4375:.0f} months, not "
        f"{target.value:.0f}",
        f"{target.value:.0f} take {target.value / a_day / 30.4375:.1f} months",
    )  # fmt: skip


_SUMS_UP = re.compile(
    r"\b(?:that is|i\.e\.|mak\w+|giv\w+|so|hence|thus|therefore|together|in all|means?|meaning"
    r"|yield\w*|adds? up|bring\w*|correspond\w*|amount\w*|total\w*)\b|=",
    re.I,
)
_STARTS_EACH = re.compile(r"\W*(?:every|each)\b", re.I)


def _by_site(scope: Scope, text: str, rate: Number, sites: Sequence[Number]) -> bool:
    """Whether a rate is that of each site: by its words, or by `each` of the sites told last."""
    before = text[scope.own.start : rate.start]
    if rate.role == "site rate" or _PER_SITE.search(before):
        return True
    if not sites or not _EACH_SITE.search(before):
        return False
    last = scope.statements[max(0, scope.place - 1)].numbers
    return sites[0] in scope.own.numbers or (_STARTS_EACH.match(before) is not None and sites[0] in last)


def _sums_up(scope: Scope, text: str, rates: Sequence[Number]) -> bool:
    """Whether the second of two rates is what the first brings at all sites."""
    first, second = rates
    gap = text[first.end : second.start]
    return (
        second.role != "site rate"
        and ";" not in gap
        and _SUMS_UP.search(gap) is not None
        and _by_site(scope, text, first, scope.find("sites"))
    )


def _of_two_paces(reading: Reading, scope: Scope, rates: Sequence[Number]) -> Iterator[Verdict]:
    """`Each of four sites enters three patients every two months, which makes six a month.`"""
    first, second = rates
    sites = scope.find("sites")
    if len(sites) != 1 or abs(sites[0].value * first.value / second.value - 1) <= 0.1:
        return
    made = sites[0].value * first.value
    yield told(
        reading, scope, [sites[0], first, second],
        f"{sites[0].value:.0f} sites bring {made * 30.4375:.3g} a month, not {second.value * 30.4375:.3g}",
        f"{sites[0].value:.0f} x {first.value * 30.4375:.3g} a month",
    )  # fmt: skip


def _together(scope: Scope, text: str) -> tuple[list[Number], list[Number]] | None:
    """Time and number of the statement, else of the one behind it or before it that has both."""
    for place in (scope.place, scope.place + 1, scope.place - 1):
        if not 0 <= place < len(scope.statements):
            continue
        alone = Scope(scope.claim, (scope.statements[place],), 0)
        times, people = _times(alone, text), _targets(alone)
        if times and people and (place == scope.place or _ACCRUAL.search(alone.words())):
            return times, people
    return None


def _times(scope: Scope, text: str) -> list[Number]:
    """The times of the nearest statement that has any which are not of follow-up or treatment."""
    for s in scope.near():
        found = [n for n in s.numbers if n.unit == "days" and not _other_time(text, n, s.start)]
        if found:
            return found
    return []


def _targets(scope: Scope) -> list[Number]:
    """The people of the nearest statement that has any."""
    for s in scope.near():
        found = [n for n in s.numbers if (n.role == "people" or (n.bare and not n.role)) and n.value >= 5]
        if found:
            return [n for n in found if not n.each] or []
    return []


def _taking_part(scope: Scope, text: str) -> float:
    """The share of those who are seen that takes part, where it is told behind the rate; else 1."""
    shares = [n for n in scope.own.numbers if n.unit == "share"]
    if len(shares) != 1:
        return 1.0
    behind = text[shares[0].end : shares[0].end + 60]
    return shares[0].value if re.search(r"consent|agree|take part|participat|enrol|eligible", behind) else 1.0


def _other_time(text: str, one: Number, start: int) -> bool:
    around = text[max(start, one.start - 40) : one.end + 20]
    return bool(re.search(r"follow|treat|surviv|median|\bage\b", around, re.I))
