"""One result is said one way: the same endpoint, arms, measure, population and time with two numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.echoes import echoes
from trialist.evidence.audit.known.said import months_of
from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.other_result import apart, of_another, rows
from trialist.evidence.audit.retold import retold
from trialist.evidence.audit.shown import values
from trialist.evidence.audit.slips import slips
from trialist.evidence.claims.doses import THE_DRUG
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.claims.moments import Days
from trialist.evidence.model import Store
from trialist.kernels.coherence import Range
from trialist.registry import entry

LONGEST = 15_000  # characters: a longer document has results of many subgroups and times
_VAGUE = frozenset({"ae:any:serious", "death", "discontinuation", "followup", "treatment_duration"})
_OTHER_READING = re.compile(
    r"laborator|reported|central|investigator|previous|earlier|historical|assum|expect|target|planned"
    r"|power|hypothe|in contrast|another|other trial"
    r"|meta-analys|pooled|\bof (?:those|these|whom|them)\b|among (?:those|these)|others'|published"
    r"|quartile|lower|upper|at least|up to|more than \d|less than \d"
    r"|if |would"
    r"|per-protocol",
    re.I,
)


@entry("two_ways", needs="two claims of one result", gives="one result said two ways", source="identity")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if len(reading.document.text) > LONGEST:
        return
    many = _many_trials(reading)
    held: dict[tuple[object, ...], list[Claim]] = {}
    loose: dict[tuple[object, ...], list[Claim]] = {}
    for claim in reading.of("ratio", "time", "share", "count", "fact"):
        place = _place(reading, claim, many)
        if place is None:
            continue
        if claim.kind in ("ratio", "time", "share"):
            loose.setdefault(place, []).append(claim)
        groups = _group(reading, claim)
        if groups is not None:
            held.setdefault((*place, groups), []).append(claim)
    _one_drug(held)
    told = [verdict for claims in held.values() for verdict in _of_one(reading, claims)]
    yield from told
    for claims in loose.values():
        for first, second in slips(reading, claims):
            if not any(verdict.claim in (first, second) for verdict in told):
                told.append(_verdict(reading, first, second, "estimate"))
                yield told[-1]
    for claim in reading.of("set"):
        if not many or _in_one_paragraph(reading, claim):
            yield _sizes(reading, claim)
    for first, second, _ in echoes(reading):
        if not any(_within(second, one) for verdict in told for one in (verdict.claim, *verdict.others)):
            yield _verdict(reading, first, second, "estimate")
    for first, second, what, one, other in retold(reading, many):
        if not any(_within(second, c) for v in told for c in (v.claim, *v.others)):
            yield _apart_in(first, second, what, one, other)


def _in_one_paragraph(reading: Reading, claim: Claim) -> bool:
    """Whether two sizes of a set with the same digits stand in one paragraph: they are of one trial."""
    mine, other = claim.numbers["n"], claim.numbers["total"]
    part = reading.document.part_of(mine.start)
    return (
        part is not None and part.start <= other.start < part.end and sorted(mine.text) == sorted(other.text)
    )


def _within(one: Claim, other: Claim) -> bool:
    return one.span.start < other.span.end and other.span.start < one.span.end


def _one_drug(held: dict[tuple[object, ...], list[Claim]]) -> None:
    """`The study drug` is the only one that a document gives a dose of."""
    named = [key for key in held if str(key[1]).startswith("dose of ") and key[1] != f"dose of {THE_DRUG}"]
    loose = [key for key in held if key[1] == f"dose of {THE_DRUG}"]
    if len(named) == len(loose) == 1:
        held[named[0]] = sorted(held[named[0]] + held.pop(loose[0]), key=lambda one: one.span.start)


def _sizes(reading: Reading, claim: Claim) -> Verdict:
    mine, other = claim.numbers["n"], claim.numbers["total"]
    first = reading.document.span(other.start, other.end)
    return Verdict(
        "two_ways", "one set with two sizes", "B", claim,
        f"{mine.text} in one place and {other.text} in another",
        (f"{mine.text} ({claim.span})", f"{other.text} ({first})"),
        f"look up which is right ({first} and {claim.span}), or say what makes the two differ",
    )  # fmt: skip


def _of_one(reading: Reading, claims: list[Claim]) -> Iterator[Verdict]:
    """Where claims of one result have two values. Three values show that they are of different results."""
    first = claims[0]
    others = [
        (claim, word)
        for claim in claims[1:]
        if (word := _differ(first, claim)) is not None and not of_another(reading, first, claim)
    ]
    if not others:
        return
    claim, word = others[0]
    if any(_differ(claim, one) is not None for one, _ in others[1:]):
        return
    if (claim.sentence == first.sentence and "value" not in claim.said) or not _one_arms(first, claim):
        return
    if any(one.sentence == claim.sentence and _differ(first, one) is None for one in claims[1:]):
        return  # beside the same number again: of something else
    part = reading.document.part_of(claim.span.start)
    if rows(reading, first, claim):
        return
    if part is not None and part.kind == "table" and part == reading.document.part_of(first.span.start):
        return  # rows of one table differ in what its labels say
    yield _verdict(reading, first, claim, word)


def _many_trials(reading: Reading) -> bool:
    return len({claim.bound.trial for claim in reading.claims if claim.bound.trial}) > 1


def _place(reading: Reading, claim: Claim, many: bool) -> tuple[object, ...] | None:
    """What a claim is of, but for the arm; None where that is not said."""
    bound = claim.bound
    if claim.kind == "count" and "what" not in claim.said:
        return None
    if claim.kind in ("count", "fact"):
        loose = ("schedule", f"dose of {THE_DRUG}")
        known_arms = claim.said["what"] in loose and bound.trial is not None  # they may differ in it
        apart = known_arms or _of_some(reading, claim) or (many and bound.trial is None)
        return None if apart else (claim.kind, claim.said["what"], bound.trial if many else None)
    finding = claim.finding
    if (
        finding is None
        or bound.endpoint is None
        or (bound.endpoint in _VAGUE and finding.measure != "median_follow_up")
        or bound.subgroup is not None
    ):
        return None
    if (many and bound.trial is None) or claim.said.get("spread") or _value(claim) is None:
        return None
    if _OTHER_READING.search(reading.text(claim.sentence)):
        return None
    if claim.kind != "ratio" and _is_change(reading, claim):
        return None
    months = months_of(bound.timepoint)
    alive = claim.kind == "share" and bound.endpoint == "alive" and months is not None
    return (
        "survival_probability" if alive else finding.measure,
        "os" if alive else bound.endpoint,
        bound.timepoint if months is None else months,
        bound.grade,
        bound.term,
        bound.trial if many else None,
    )


_OF_SOME_AGE = re.compile(
    r"\b(?:(?:wo)?men|males|females|responders|those)\s+(?:were|had|was)\b|\b(?:arm|group|cohort|subgroup)\b",
    re.I,
)


def _of_some(reading: Reading, claim: Claim) -> bool:
    """Whether a count or fact is of a part of the patients, or of what a heading stands over."""
    document, subgroup = reading.document, claim.bound.subgroup
    part = document.part_of(claim.span.start)
    if claim.kind == "fact" and part is not None and part.kind == "heading" and part != document.parts[0]:
        return True
    said = reading.text(claim.sentence)
    if claim.said["what"] == "median age" and _OF_SOME_AGE.search(said):
        return True
    within = subgroup is None or subgroup in reading.text(claim.span).lower()
    return not within and (claim.kind == "count" or claim.said["what"] == "median age")


def _group(reading: Reading, claim: Claim) -> tuple[str, ...] | None:
    """The arm that a claim is of; () where it needs none, None where it is not known."""
    if claim.kind in ("count", "fact", "ratio") or claim.bound.endpoint == "followup":
        return ()
    return () if _one_arm(reading) else _arm(reading, claim)


_ONE_ARM = re.compile(
    r"\b(?:single|one)[\s-](?:arm|group)\b|\buncontrolled\b|\bno (?:control|comparison"
    r"|comparator) (?:group|arm)\b"
    r"|\bwithout a (?:control|comparison|comparator)\b|\bnon-?randomi[sz]ed\b",
    re.I,
)
_ARMS = re.compile(
    r"\b(?:was|were|been)\s+(?:\w+\s+)?random|\brandomi[sz]ed (?:to|in|into|1\s?:)|\brandomly\b"
    r"|\b(?:versus|vs?)\b|\bplacebo\b|\bcompared (?:with|to)\b"
    r"|(?<!single[- ])(?<!one[- ])(?<!working )(?<!study )(?<!cooperative )(?<!oncology )\b(?:arms?"
    r"|groups?|cohorts?)\b|\bcontrols?\b|\bthan (?:with|on|in)\b|\bcomparator\b|\bcrossed over\b",
    re.I,
)


def _one_arm(reading: Reading) -> bool:
    """Whether a document speaks of a study without a comparison, so that a number needs no arm."""
    text = reading.document.text
    named = {arm for claim in reading.claims for arm in claim.bound.groups}
    return _ONE_ARM.search(text) is not None or (len(named) < 2 and _ARMS.search(text) is None)


def _arm(reading: Reading, claim: Claim) -> tuple[str, ...] | None:
    """The arm that a number is bound to, else the one that governs it (`men on X lived a median of ...`)."""
    if len(claim.bound.groups) == 1:
        return claim.bound.groups
    before = reading.document.text[claim.sentence.start : claim.span.start].lower()
    named = {arm for one in reading.claims for arm in one.bound.groups}
    at = {arm: before.rfind(arm.lower()) for arm in named}
    found = [arm for arm, place in at.items() if place >= 0]
    behind = reading.document.text[claim.span.end : claim.sentence.end].lower()
    if any(arm.lower() in behind for arm in named if arm not in found):
        return None
    if len(found) != 1 or claim.bound.groups or not _GOVERNS.search(before[: at[found[0]]]):
        return None
    return (found[0],)


_GOVERNS = re.compile(r"\b(?:on|with|given|taking|receiving|treated with|assigned to)\s+$")


def _value(claim: Claim) -> Range | None:
    """What a claim's number may stand for; of a count with its whole the share in percent."""
    if "estimate" in claim.numbers:
        return values(claim.numbers["estimate"])
    count, n = claim.numbers.get("count"), claim.numbers.get("n")
    if count is None or n is None or n.value <= 0:
        return None
    share = 100 * count.value / n.value
    return Range(share - LAST, share + LAST)


LAST = 0.6  # points of percent: of a share that is counted and one that is rounded


_CHANGE = re.compile(
    r"\b(?:by|difference of|gain of|improvement of|benefit of|advantage of|increase of|reduction of|over"
    r"|at|after|within|for"
    r"|every|than|from|of at least|last|first|aged?|more|additional)\s+(?:about\s+|approximately\s+"
    r"|the\s+)?$",
    re.I,
)
_LONGER = re.compile(
    r"\s*(?:longer|shorter|more|less|later|difference|improvement|gain|benefit|of follow|after|before)", re.I
)


def _is_change(reading: Reading, claim: Claim) -> bool:
    """Whether a number is a difference or a length, not the value of an arm."""
    text, number = reading.document.text, claim.numbers.get("estimate") or claim.numbers["count"]
    before = text[max(claim.sentence.start, number.start - 40) : number.start]
    behind = _LONGER.match(text[claim.span.end : claim.span.end + 20])
    timed = behind is not None and behind[0].strip() in ("after", "before")
    return bool(_CHANGE.search(before) or (behind and not (timed and claim.kind == "share")))


def _one_arms(first: Claim, second: Claim) -> bool:
    a, b = first.bound.groups, second.bound.groups
    return not a or not b or set(a) == set(b) or (len(a) == 1 and len(b) == 1)


def _differ(first: Claim, second: Claim) -> str | None:
    """The number that differs beyond rounding; None where all that both give may be one."""
    if (
        first.bound.population
        and second.bound.population
        and first.bound.population != second.bound.population
    ):
        return None
    if "value" in first.said and "value" in second.said:
        if len({first.said.get("dose"), second.said.get("dose"), "schedule"} - {None}) > 2:
            return None  # two doses may have two schedules
        return "value" if _facts_apart(first.said["value"], second.said["value"]) else None
    unit = first.said.get("unit"), second.said.get("unit")
    if unit[0] != unit[1] and not all(str(u).startswith("mo") for u in unit):
        return None
    mine, theirs = _value(first), _value(second)
    if mine is not None and theirs is not None and not mine.meets(theirs):
        return "estimate"
    for word in ("low", "high", "n"):
        if word in ("low", "high"):
            levels = first.numbers.get("level"), second.numbers.get("level")
            if levels[0] and levels[1] and levels[0].value != levels[1].value:
                continue
        if word == "n" and first.kind not in ("count", "fact"):
            continue
        if apart(first, second, word):
            return word
    return None


def _facts_apart(first: object, second: object) -> bool:
    """Whether two facts can't both be: no word that both allow, no day."""
    if isinstance(first, frozenset) and isinstance(second, frozenset):
        return not first & second
    if isinstance(first, Days) and isinstance(second, Days):
        return first.last < second.first or second.last < first.first
    return False


def _shown(claim: Claim, word: str) -> str:
    value = claim.said.get("value")
    if word == "value" and value is not None:
        return value.text if isinstance(value, Days) else " or ".join(sorted(value))
    if word in claim.numbers:
        return claim.numbers[word].text
    return f"{claim.numbers['count'].text} of {claim.numbers['n'].text}"


def claim_name(claim: Claim, word: str) -> str | None:
    """What a fact is of, in words."""
    return str(claim.said["what"]).replace(THE_DRUG, "the study drug") if word == "value" else None


def _verdict(reading: Reading, first: Claim, second: Claim, word: str) -> Verdict:
    a, b = _shown(first, word), _shown(second, word)
    what = claim_name(second, word) or {"low": "lower end", "high": "upper end", "n": "count"}.get(
        word, "value"
    )
    return _apart_in(first, second, what, a, b)


def _apart_in(first: Claim, second: Claim, what: str, one: str, other: str) -> Verdict:
    places = f"{first.span} and {second.span}" if first.span.line != second.span.line else str(first.span)
    return Verdict(
        "two_ways", "one result said two ways", "B", second,
        f"the {what} is {one} in one place and {other} in another",
        (f"{one} ({first.span})", f"{other} ({second.span})"),
        f"look up which is right ({places}), or say what makes the two differ",
        others=(first,),
    )  # fmt: skip
