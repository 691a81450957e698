"""Numbers of a plan that are products of others: a share of a count, both groups, a design effect, a pace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.plan_scope import Scope, scopes
from trialist.evidence.claims.model import Reading
from trialist.evidence.claims.number_words import WORD
from trialist.evidence.claims.plain import NUMBER
from trialist.evidence.claims.plan_units import Number
from trialist.evidence.model import Store
from trialist.registry import entry

NEAR = 0.025
_LINKS = ("loss", "kept", "information", "incidence")
_LEADS = re.compile(
    r"\b(?:so|hence|thus|therefore|i\.e\.|that is|leav\w+|giv\w+|yield\w*|will|would|should|plan\w*"
    r"|need\w*|requir\w*"
    r"|expect\w*|anticipat\w*|allow\w*|inflat\w*|raised?|target|account\w*|offset|find|recruit|enrol"
    r"|after|about|must"
    r"|assum\w*|compensat\w*|equals?|had to|have to|has to|to have)\b|,\s+or\b|=|->|→",
    re.I,
)
_ASIDE = re.compile(
    r"\b(?:in the event|actual\w*|however|instead|in fact|at most|at least|up to|more than|fewer than"
    r"|less than"
    r"|capp\w+|further|additional|rather than|although|though|chose|declin\w*|literature|cluster|as well"
    r"|amend\w*|review"
    r"|observed)\b",
    re.I,
)


@entry("accrual", needs="counts, share", gives="product of other numbers", source="multiplication")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("plan"):
        for scope in scopes(claim):
            for rule in (_of_share, _of_groups, _of_design_effect, _of_pace):
                yield from rule(reading, scope)


def _told(reading: Reading, scope: Scope, held: list[Number], said: str, sums: str) -> Verdict:
    return Verdict(
        "accrual", "product of other numbers", "B", scope.claimed(reading, held), said, (sums,),
        "look up the numbers; each follows from the others",
    )  # fmt: skip


def _window(scope: Scope, most: int = 3) -> list[Number]:
    """The numbers of the statement and, where it has a share alone, of those next to it."""
    held = list(scope.own.numbers)
    for place in (scope.place - 1, scope.place + 1, scope.place - 2, scope.place + 2):
        if len(_counts(held)) >= 2 or not 0 <= place < len(scope.statements):
            continue
        more = scope.statements[place].numbers
        if len(_counts([*held, *more])) <= 2 and not any(one.unit == "share" for one in more):
            held += more
    return held


def _counts(numbers: object) -> list[Number]:
    seen: dict[float, Number] = {}
    for one in numbers:  # type: ignore[attr-defined]
        if (one.role in ("people", "events", "pairs") or one.bare) and one.value >= 5:
            seen.setdefault(one.value, one)
    return list(seen.values())


def _of_share(reading: Reading, scope: Scope) -> Iterator[Verdict]:
    """A share of those who come in is evaluable, positive, lost, dead; so many come in for so many wanted."""
    shares = [
        one
        for one in scope.own.numbers
        if (one.unit == "share" and one.role not in ("power", "alpha", "beta")) or one.role == "information"
    ]
    if len(shares) != 1 or scope.own.of("power"):
        return
    share = shares[0]
    if re.search(
        r"\w\s*\(\s*$|\d\s*[,;/]\s*$", str(scope.claim.said["text"])[max(0, share.start - 8) : share.start]
    ):
        return  # `28 (8%)` has a whole of its own
    held = _window(scope)
    counts = sorted(_counts(held), key=lambda one: one.value)
    words = scope.words(2, 1)
    if len(counts) == 3 and counts[2].value in (2 * counts[1].value, 2 * counts[0].value):
        counts = [one for one in counts if one.each] if sum(bool(one.each) for one in counts) == 2 else counts
    if (
        len(counts) != 2
        or not _linked(scope, share, counts)
        or not (_LEADS.search(scope.words(1, 1)) or _labelled(scope))
    ):
        return
    if _ASIDE.search(words) or not _one_clause(scope, share, counts):
        return
    few, many = counts
    if few.each and not many.each and many.value % few.value == 0:
        return  # a group and the whole
    loss = share.role == "loss" or (not share.role and bool(_LOST.search(words)))
    ways = {(1 - share.value) if loss else share.value}
    if loss:
        ways |= {share.value, 1 / (1 + share.value)}
    if any(_near(few, many, way, share) for way in ways):
        return
    way = 1 - share.value if loss else share.value
    yield _told(
        reading, scope, [share, few, many],
        f"{100 * way:.3g}% of {many.value:.0f} are {way * many.value:.0f}, not {few.value:.0f}",
        f"{many.value:.0f} x {100 * way:.3g}% = {way * many.value:.1f}; {few.value:.0f} need "
        f"{few.value / way:.1f}",
    )  # fmt: skip


_PLANNED = re.compile(
    r"\b(?:expect\w*|will|must|should|would|need\w*|plan\w*|anticipat\w*|assum\w*|allow\w*|have to|has to"
    r"|requir\w*)\b",
    re.I,
)
_LOST = re.compile(
    r"\b(?:drop-?out|withdr|lost|loss|attrition|not evaluable|leav\w+ early|leave|unevaluable|fail)", re.I
)
_KEPT = re.compile(
    r"\b(?:evaluable|positive|carr(?:y|ies|ier)|eligible|mutat|complet|event|died"
    r"|have had)",
    re.I,
)


def _linked(scope: Scope, share: Number, counts: list[Number]) -> bool:
    """Whether the share is of one of the counts: by a cue, by `70% of the 440`, or by what is spoken of."""
    if share.role in _LINKS:
        return True
    behind = str(scope.claim.said["text"])[share.end : share.end + 40]
    of = re.match(r"\s*%?\s*of\s+(?:the\s+|these\s+|all\s+)?(?=\d)", behind)
    if not _PLANNED.search(scope.words(0, 0)):
        return False
    if of and any(one.start == share.end + of.end() for one in counts):
        return True
    words = scope.words(1, 1)
    return not share.role and bool(_LOST.search(words)) != bool(_KEPT.search(words))


_LABELLED = re.compile(r"[^:.;]{3,60}:\s*[\d.,]+\s?%?\W*")


def _labelled(scope: Scope) -> bool:
    """Whether the statement is a label and its value, in telegraph style."""
    return _LABELLED.fullmatch(scope.words(0, 0).strip()) is not None


def _one_clause(scope: Scope, share: Number, counts: list[Number]) -> bool:
    """Whether no semicolon parts the share from both counts."""
    text = str(scope.claim.said["text"])
    if text.count(";", scope.own.start, scope.own.end) > 1:
        return True  # telegraph style
    gaps = [text[min(share.end, one.end) : max(share.start, one.start)] for one in counts]
    return any(";" not in gap for gap in gaps)


def _near(few: Number, many: Number, way: float, share: Number) -> bool:
    digits = 10.0**-share.printed.decimals / (200 if share.printed.text.endswith("%") else 2)
    low, high = (way - digits) * many.value, (way + digits) * many.value
    slack = max(1.0, NEAR * few.value, 5.5 if few.value % 10 == 0 and few.value > 100 else 0)
    return low - slack <= few.value <= high + slack


def _of_groups(reading: Reading, scope: Scope) -> Iterator[Verdict]:
    """`200 per arm (400 in total)`: the whole is a multiple of each group."""
    numbers = [one for one in scope.own.numbers if one.role in ("people", "") and one.unit == "count"]
    for each, whole in pairwise(numbers):
        text = str(scope.claim.said["text"])[each.end : whole.start]
        if not each.each or whole.each is not False or each.value < 5 or len(text) > 40 or ";" in text:
            continue
        if re.search(r"(?:\d|\bup)\s*(?:-|to)\s*$", str(scope.claim.said["text"])[: each.start]):
            continue  # the end of a range
        if whole.value > each.value and whole.value % each.value == 0:
            continue
        yield _told(
            reading, scope, [each, whole], f"groups of {each.value:.0f} do not make {whole.value:.0f}",
            f"2 x {each.value:.0f} = {2 * each.value:.0f}",
        )  # fmt: skip


def _of_design_effect(reading: Reading, scope: Scope) -> Iterator[Verdict]:
    """1 + (size of a cluster - 1) x ICC, and what it makes of the size without clusters."""
    effects, iccs = scope.own.of("design effect"), scope.find("icc")
    if len(effects) != 1:
        return
    effect = effects[0]
    counts = [
        one for near in scope.near()[:3] for one in near.numbers if one.unit == "count" and one.value > 1
    ]
    slack = 0.5 * 10.0**-effect.printed.decimals + 0.02 * effect.value
    if len(iccs) == 1 and counts:
        made = [(1 + (one.value - 1) * iccs[0].value, one) for one in counts]
        if not any(abs(value - effect.value) <= slack for value, _ in made) and not re.search(
            r"\bvar(?:y|ied|ies|iation)|\bunequal|\bdiffer in size", scope.words()
        ):
            value, one = min(made, key=lambda each: abs(each[0] - effect.value))
            yield _told(
                reading, scope, [effect, iccs[0], one],
                f"clusters of {one.value:.0f} with {iccs[0].value:g} have a design effect of {value:.2f}, "
                f"not {effect.value:g}",
                f"1 + ({one.value:.0f} - 1) x {iccs[0].value:g} = {value:.3f}",
            )  # fmt: skip
            return
    people = sorted((one for one in counts if one.value >= 50), key=lambda one: one.value)
    if len(people) == 2 and abs(people[0].value * effect.value / people[1].value - 1) > 0.04:
        few, many = people
        yield _told(
            reading, scope, [effect, few, many],
            f"{few.value:.0f} times {effect.value:g} is {few.value * effect.value:.0f}, not {many.value:.0f}",
            f"{few.value:.0f} x {effect.value:g} = {few.value * effect.value:.1f}",
        )  # fmt: skip


_NOT_EVEN = re.compile(
    r"\b(?:at first|start-up|initial\w*|once|then|ramp\w*|slow\w*|rising|increas\w*|peak|at least|up to"
    r"|at most"
    r"|first|run-in)\b",
    re.I,
)
_ACCRUAL = re.compile(
    r"\baccru|\benrol|\brecruit|\binclu|\bregist|\bscreen|\brandomi|\bjoin|\bent(?:ry|er)|\bbring"
    r"|\bsites?\b|\bcent(?:re|er)"
    r"|\bhospital|\bclinic|\bcomplet|\bon board",
    re.I,
)
_PER_SITE = re.compile(r"\b(?:per|each|every) (?:site|cent(?:re|er)|hospital|clinic)\b[^.;\d]*$", re.I)
_EACH_SITE = re.compile(r"\b(?:each|every|per)\b[^.;\d]{0,20}$|\beach\b", re.I)


def _of_pace(reading: Reading, scope: Scope) -> Iterator[Verdict]:
    """A rate x the sites x the time is the number."""
    rates = [one for one in scope.own.numbers if one.unit == "rate"]
    if len(rates) != 1:
        return
    rate, text = rates[0], str(scope.claim.said["text"])
    times, people = _times(scope, text), _targets(scope)
    apart = any(s is not scope.own and any(n.unit == "rate" for n in s.numbers) for s in scope.statements)
    here = set(scope.own.numbers)
    if not times or not people or (apart and not (here & set(times) and here & set(people))):
        return
    used = [s for s in scope.near() if s is scope.own or set(s.numbers) & {*times, *people}]
    words = " ".join(text[s.start : s.end] for s in used)
    sites = scope.find("sites")
    each = _PER_SITE.search(text[scope.own.start : rate.start]) or (
        _EACH_SITE.search(text[scope.own.start : rate.start]) and sites and sites[0] in here
    )
    by_site = rate.role == "site rate" or bool(each)
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
    yield _told(
        reading, scope, [rate, time, target, *(sites[:1] if by_site else ())],
        f"the rate brings {a_day * time.value:.0f} in {time.value / 30.4375:.0f} months, not "
        f"{target.value:.0f}",
        f"{target.value:.0f} take {target.value / a_day / 30.4375:.1f} months",
    )  # fmt: skip


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
