"""What a sentence leaves open of the place of a number.

A part of a place is certain where the own words of a number tell it, or where the sentence tells one alone
and the own words hold nothing unknown. A number that is right for anything that is left open is no fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from trialist.evidence.audit.known.arms import taken
from trialist.evidence.audit.known.binding import Placed
from trialist.evidence.audit.known.endpoints import only_context, what
from trialist.evidence.audit.known.own_words import Own, own_words, strange
from trialist.evidence.audit.known.places import Dimension, at_place
from trialist.evidence.audit.known.said import (
    GRADE,
    TWO_PARTS,
    grade_of,
    hinted,
    severe,
    subgroup_said,
)
from trialist.evidence.audit.known.sight import Sight
from trialist.evidence.audit.known.trials import ABOVE, CITED, OTHER_TRIAL
from trialist.evidence.audit.known.values import Fit, weigh, weigh_turned
from trialist.evidence.claims.lexicon import Mention
from trialist.findings.model import Finding

PLAINLY = frozenset({"sentence", "table", "row"})  # how a trial is named that can't be another
AFAR = frozenset({CITED, ABOVE, "document"})


def explained(sight: Sight, one: Placed, named: frozenset[str]) -> bool:
    """Whether a number is printed so for something that its sentence may be about."""
    left = left_open(sight, one)
    if (one.subgroup or one.apart) and not _part_known(sight, one):
        return True
    if "trial" in left and one.how in PLAINLY:
        return True  # beside a number of a trial, and of none that is named
    mine = at_place(sight.names, one, free=left - {"subgroup", "trial"})
    others = [
        f
        for f in (at_place(sight.names, one, free=left) if "trial" in left else ())
        if f.trial != one.trial and (f.trial in named or one.how in AFAR)
    ]
    fits = (fit for f in (*mine, *_of_parts(sight, one, left), *others) for fit in _fits(sight, one, f, left))
    return any(fit.agrees and fit.main for fit in fits) or any(
        _counts_of(sight, one, f, "endpoint" in left) for f in sight.names.of_trial[one.trial or ""]
    )


def _part_known(sight: Sight, one: Placed) -> bool:
    """Whether the store has a result of the part of the patients that a sentence speaks of."""
    found = at_place(sight.names, one)
    own = (
        "baseline",
        "disposition",
        "exposure",
        "received",
        "outcome",
    )  # details that are no parts of patients
    return any(f.subgroup and subgroup_said(f.subgroup, one.around) for f in found) or any(
        e.startswith(own) for e in one.endpoints
    )


def left_open(sight: Sight, one: Placed) -> frozenset[Dimension]:
    own = own_words(sight, one.claim)
    if sight.in_table(one.claim):
        return frozenset(_of_cell(sight, one))
    mentions = _mentions(sight, one)
    odd = any(strange(sight, own, part, mentions) for part in (own.before, own.behind))
    return frozenset(_of_prose(sight, one, own, mentions, odd))


def _of_prose(sight: Sight, one: Placed, own: Own, mentions: list[Mention], odd: bool) -> Iterator[Dimension]:
    if not _one_endpoint(sight, one, own, mentions, odd):
        yield "endpoint"
    if not _one_arm(sight, one, own, mentions, odd):
        yield "arm"
    if not _one_grade(sight, one, own):
        yield "grade"
    if not any(m.kind == "population" and own.holds(m.start) for m in mentions):
        yield "population"
    if not _one_trial(sight, one, own, mentions):
        yield "trial"
    if one.months is None:
        yield "timepoint"


def _of_cell(sight: Sight, one: Placed) -> Iterator[Dimension]:
    heads = sight.heads(one.claim)
    named = {
        _same_id(m) for m in sight.names.find(heads, 0, len(heads)) if m.kind in ("endpoint", "toxicity")
    }
    if len(named) != 1:
        yield "endpoint"
    if not one.arms:
        yield "arm"
    if not GRADE.search(heads):
        yield "grade"
    yield "population"
    if one.how not in PLAINLY:
        yield "trial"
    if one.months is None:
        yield "timepoint"


def _mentions(sight: Sight, one: Placed) -> list[Mention]:
    """Every name of a sentence, arms of its trial among them."""
    start, end = one.claim.sentence.start, one.claim.sentence.end
    arms = sight.names.arms[one.trial].find(sight.text, start, end) if one.trial else []
    return [*sight.mentions(start, end), *(Mention("arm", m.id, m.start, m.end) for m in arms)]


def _own(own: Own, mentions: Iterable[Mention], *kinds: str) -> set[str]:
    return {_same_id(m) for m in mentions if m.kind in kinds and own.holds(m.start)}


def _same_id(mention: Mention) -> str:
    return f"ae:{mention.id}" if mention.kind == "toxicity" else mention.id


def _one_endpoint(sight: Sight, one: Placed, own: Own, mentions: list[Mention], odd: bool) -> bool:
    """Whether the own words name the endpoint alone, or none, and nothing strange."""
    if one.inherited or (one.term == "any" and one.grade is None):
        return False
    if any(":" in endpoint for endpoint in one.endpoints):
        return _one_detail(sight, one, own, odd)
    named = [m for m in mentions if m.kind in ("endpoint", "toxicity") and not only_context(sight, m)]
    named = [m for m in named if not (m.start < own.before[1] and _of_number(sight, one, m))]
    mine = {what(sight, m, one.claim) for m in named if own.holds(m.start)}
    within = sight.text[own.before[0] : own.behind[1]]
    if (
        0 < len(_own(own, mentions, "arm")) < len(own.group)
        or _WITH_IT.search(within)
        or _BY.search(within[: own.before[1] - own.before[0]])
    ):
        return False  # `with placebo they were 3.0 and 2.9`, `and fever with it in 8%`
    if not mine and not odd:
        earlier = [m for m in named if m.start < own.before[0] and m.id != "followup"]
        mine = {what(sight, earlier[-1], one.claim)} if earlier else mine
    return mine == {(one.endpoints, one.term)}


def _one_detail(sight: Sight, one: Placed, own: Own, odd: bool) -> bool:
    said = " ".join(sight.text[slice(*part)] for part in (own.before, own.behind)).casefold()
    before = sight.text[one.claim.sentence.start : own.before[0]].casefold()
    return (_details(sight, one, said) or (set() if odd else _details(sight, one, before))) == set(
        one.endpoints
    )


_BY = re.compile(r"\bby\s+[A-Z][A-Za-z]+\s*$")  # `the response rate by PSA 66%`: not of any response
_WITH_IT = re.compile(r"\bwith\s+(?:it|them|this|that|these)\b", re.I)


def _details(sight: Sight, one: Placed, said: str) -> set[str]:
    """Endpoints of the families of a claim whose detail words say: `baseline:visceral metastases`."""
    families = {endpoint.partition(":")[0] for endpoint in one.endpoints}
    held: dict[str, frozenset[str]] = {}
    for endpoint in {f.endpoint for f in sight.names.of_trial[one.trial or ""]}:
        family, _, detail = endpoint.partition(":")
        words = re.findall(r"[a-z]{4,}|\d+", detail.casefold())
        stems = [word[:6] for word in words]
        if family in families and stems and all(stem in said for stem in stems[1:] or stems):
            held[endpoint] = frozenset(stems)
    return {e for e, stems in held.items() if e in one.endpoints or not any(stems < held[o] for o in held)}


def _of_number(sight: Sight, one: Placed, mention: Mention) -> bool:
    """Whether a name stands directly behind another number: `775 deaths`."""
    return _COUNTED.search(sight.text, one.claim.sentence.start, mention.start) is not None


_COUNTED = re.compile(r"(?<![\w.,-])\d[\d,]+\)?\s+(?:(?:had|men|women|patients)\s+){0,2}$")


_CONTRAST = re.compile(
    r"\b(?:but|here|while|whereas|than|against|compared|unlike|far|versus|vs?|other|from)\b", re.I
)


_ELSEWHERE = re.compile(
    r"\bhere\b|\b(?:in|of|among|from|by|at)\s+(?:the|our|this|these|those|a|all)\s+\w", re.I
)


_NATION = re.compile(
    r"\b[A-Z][a-z]+(?:an|ish|ese|ch)\s+(?:patients|men|women|pts?|people|cent(?:re|er)s|series|cohort)\b"
)


def _one_trial(sight: Sight, one: Placed, own: Own, mentions: list[Mention]) -> bool:
    """Whether the own words name the trial, or the sentence names it alone, and before the number."""
    if one.how not in PLAINLY:
        return False
    trials = [m for m in mentions if m.kind == "trial"]
    if OTHER_TRIAL.search(sight.text, one.claim.sentence.start, own.before[1]):
        return False
    mine = {m.id for m in trials if own.holds(m.start)}
    if mine or not trials:
        return mine <= {one.trial}
    if {m.id for m in trials} != {one.trial}:
        return False
    armed = any(m.kind == "arm" and own.holds(m.start) for m in mentions)
    elsewhere = _ELSEWHERE.search(sight.text, *own.behind) or _NATION.search(
        sight.text, own.before[0], own.behind[1]
    )
    if trials[0].start >= own.behind[1] and not armed and elsewhere:
        return False  # `in 7.2% of the German patients, in 82% of those in X`
    said = sight.text[one.claim.span.end : max(one.claim.span.end, trials[0].start)]
    return trials[0].start < own.before[0] or armed or _CONTRAST.search(said) is None


def _one_arm(sight: Sight, one: Placed, own: Own, mentions: list[Mention], odd: bool) -> bool:
    """Whether the own words name one arm, or as many as numbers; or the sentence names one alone."""
    if not one.arms:
        return False
    arms = [m for m in mentions if m.kind == "arm" and "|" not in m.id]
    mine = {m.id for m in arms if own.holds(m.start)}
    if one.claim.kind == "ratio":
        return len(mine or {m.id for m in arms}) <= 2
    behind = [m for m in arms if own.holds(m.start) and taken(sight, m, [one.claim])]
    if behind and len(own.group) == 1:
        return behind[0].id in one.arms
    if any(
        _ASIDE.search(sight.text, own.before[0], own.before[1]) and m.start < own.before[1]
        for m in arms
        if own.holds(m.start)
    ):
        return False  # `in Y, where the rival was X, 16.4 months`
    if mine:
        denied = any(_DENIED.search(sight.text, *part) for part in (own.before, own.behind))
        listed = len(mine) == 1 and len(_own(own, mentions, "endpoint", "toxicity")) == len(own.group)
        return (listed or len(mine) == len(own.group)) and (denied or set(one.arms) <= mine)
    every = {m.id for m in arms}
    return not odd and len(every) == len(own.group)


_ASIDE = re.compile(r",\s*(?:where|which|who|whose)\b[^;]*,", re.I)
_DENIED = re.compile(r"\b(?:without|not|no|other)\b", re.I)


def _one_grade(sight: Sight, one: Placed, own: Own) -> bool:
    start = one.claim.sentence.start
    first = min(c.span.start for c in sight.reading.claims if c.sentence == one.claim.sentence)
    mine = {_grade(g) for part in (own.before, own.behind) for g in GRADE.finditer(sight.text, *part)}
    every = {_grade(g) for g in GRADE.finditer(sight.text, start, min(first, own.before[1]))}
    return (mine or every) == {"3+" if one.grade and severe(one.grade) else one.grade}


def _grade(found: re.Match[str]) -> str:
    grade = grade_of(found)
    return "3+" if severe(grade) else grade


_AGE = re.compile(r"\b[5-9]\d\b(?![.,]?\d|\s*%)")
_EDGE = re.compile(r"[<>]=?\s*\d")  # of ages: what is said of one is not of the other


def _of_parts(sight: Sight, one: Placed, left: frozenset[Dimension]) -> list[Finding]:
    """Findings of a part of the patients that the sentence, or what stands over it, has a word of."""
    found = at_place(sight.names, one, free={*left, "subgroup", "population"} - {"trial"})
    said = [
        f for f in found if _EDGE.search(f.subgroup or "") and subgroup_said(f.subgroup or "", one.around)
    ]
    ages = _AGE.findall(one.around)
    if said and len(ages) == 1 and not TWO_PARTS.search(one.around):
        return said
    around = f"{sight.over(one.claim)} {one.around}"
    drugs = sight.names.store.words.terms("drug")
    return [f for f in found if f.subgroup and (one.parted or one.apart or hinted(f.subgroup, around, drugs))]


def _fits(sight: Sight, one: Placed, finding: Finding, left: frozenset[Dimension]) -> Iterator[Fit]:
    turned = one.arms == finding.groups[::-1]
    ratio = one.claim.kind == "ratio" and len(finding.groups) == 2
    if not (ratio and turned and directed(sight, one)):
        yield weigh(one.claim, finding, sight.text)
    if ratio and (turned or not directed(sight, one)):
        yield weigh_turned(one.claim, finding, sight.text)


_DIRECTED = re.compile(
    r"\s*(?:\([^()]*\)\s*)?(?:v\.?|vs\.?|versus|over|against|relative\s+to|compared\s+(?:with|to)|to)\s+(?:the\s+)?",
    re.I,
)


def directed(sight: Sight, one: Placed) -> bool:
    """Whether a ratio's own words set one arm against the other: `for X v Y`."""
    own = own_words(sight, one.claim)
    arms = [m for m in _mentions(sight, one) if m.kind == "arm" and own.holds(m.start)]
    return any(a.id != b.id and _DIRECTED.fullmatch(sight.text, a.end, b.start) for a, b in pairwise(arms))


_ROUNDED = 0.6  # points of percent
_BRACKETED = re.compile(r"\([^()\d]*$")  # `X (111 men): deaths on treatment`
_OF = re.compile(r"\b(?:of|among|in)\s+(?:the\s+|all\s+)?$", re.I)


def _counts_of(sight: Sight, one: Placed, finding: Finding, unsure: bool) -> bool:
    """Whether counts are those of a finding of something else, and no chance; `unsure`: of the endpoint."""
    numbers, share = one.claim.numbers, one.claim.kind == "share"
    count, n, percent = numbers.get("count"), numbers.get("n"), numbers.get("percent")
    if one.claim.kind == "count":
        number = count or n
        if number is None:
            return False
        before = sight.text[one.claim.sentence.start : number.start]
        whole = _OF.search(before) is not None or _BRACKETED.search(before) is not None
        return (whole and number.value == finding.n) or (unsure and number.value == finding.events)
    if finding.events is None:
        return False
    wholes = {f.n for f in sight.names.of_trial[finding.trial]}
    if (
        share
        and n is not None
        and one.claim.said.get("form") != "one in"
        and n.value == finding.events
        and n.value not in wholes
    ):
        return True  # `17 of the 20 were of grade 3-4`: of those who had it
    if share and n is None and count is not None and count.value == finding.n:
        return True  # `12% (n=113)`: its whole
    if not share or count is None or count.value != finding.events:
        return False
    if n is not None and n.value == finding.n:
        return unsure
    if percent is None or not finding.n:
        return False
    other = finding.endpoint.partition(":")[0] not in {e.partition(":")[0] for e in one.endpoints}
    return other and abs(percent.value - 100 * count.value / finding.n) < _ROUNDED
