"""One result is said one way: the same endpoint, arms, measure, population and time with two numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.shown import values
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.model import Store
from trialist.registry import entry

LONGEST = 15_000  # characters: a longer document has results of many subgroups and times
_VAGUE = frozenset({"ae:any:serious", "death", "discontinuation", "followup", "treatment_duration"})
_OTHER_READING = re.compile(
    r"laborator|reported|central|investigator|previous|earlier|historical|assum|expect|target|planned"
    r"|power|hypothe|in contrast|another|other trial"
    r"|meta-analys|pooled|quartile|lower|upper|at least|up to|more than|less than|if |would|per-protocol",
    re.I,
)


@entry("two_ways", needs="two claims of one result", gives="one result said two ways", source="identity")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if len(reading.document.text) > LONGEST:
        return
    many = _many_trials(reading)
    held: dict[tuple[object, ...], list[Claim]] = {}
    for claim in reading.of("ratio", "time", "share", "count"):
        key = _key(reading, claim, many)
        if key is not None:
            held.setdefault(key, []).append(claim)
    for claims in held.values():
        yield from _of_one(reading, claims)


def _of_one(reading: Reading, claims: list[Claim]) -> Iterator[Verdict]:
    """Where claims of one result have two values. Three values show that they are of different results."""
    first = claims[0]
    others = [(claim, word) for claim in claims[1:] if (word := _differ(first, claim)) is not None]
    if not others:
        return
    claim, word = others[0]
    if any(_differ(claim, one) is not None for one, _ in others[1:]):
        return
    if claim.sentence == first.sentence or not _one_arms(first, claim):
        return
    part = reading.document.part_of(claim.span.start)
    if part is not None and part.kind == "table" and part == reading.document.part_of(first.span.start):
        return  # rows of one table differ in what its labels say
    yield _verdict(reading, first, claim, word)


def _many_trials(reading: Reading) -> bool:
    return len({claim.bound.trial for claim in reading.claims if claim.bound.trial}) > 1


def _key(reading: Reading, claim: Claim, many: bool) -> tuple[object, ...] | None:
    bound = claim.bound
    if claim.kind == "count" and "what" not in claim.said:
        return None
    if claim.kind == "count":
        return (
            ("count", claim.said["what"], bound.trial if many else None)
            if not (many and bound.trial is None) and bound.subgroup is None
            else None
        )
    finding = claim.finding
    if finding is None or bound.endpoint is None or bound.endpoint in _VAGUE or bound.subgroup is not None:
        return None
    if (many and bound.trial is None) or claim.said.get("spread") or "estimate" not in claim.numbers:
        return None
    if _OTHER_READING.search(reading.text(claim.sentence)):
        return None
    if claim.kind != "ratio" and _is_change(reading, claim):
        return None
    if claim.kind != "ratio" and len(bound.groups) != 1 and not _one_arm(reading):
        return None
    groups = () if claim.kind == "ratio" or _one_arm(reading) else bound.groups
    return (
        finding.measure,
        bound.endpoint,
        groups,
        bound.population,
        bound.timepoint,
        bound.grade,
        bound.term,
        bound.trial if many else None,
    )


_ONE_ARM = re.compile(
    r"\b(?:single|one)[\s-](?:arm|group)\b|\buncontrolled\b|\bno (?:control|comparison|comparator) (?:group|arm)\b"
    r"|\bwithout a (?:control|comparison|comparator)\b|\bnon-?randomi[sz]ed\b",
    re.I,
)


def _one_arm(reading: Reading) -> bool:
    """Whether a document speaks of a study without a comparison, so that a number needs no arm."""
    return _ONE_ARM.search(reading.document.text) is not None


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
    text, number = reading.document.text, claim.numbers["estimate"]
    before = text[max(claim.sentence.start, number.start - 40) : number.start]
    return bool(_CHANGE.search(before) or _LONGER.match(text[claim.span.end : claim.span.end + 20]))


def _one_arms(first: Claim, second: Claim) -> bool:
    a, b = first.bound.groups, second.bound.groups
    return not a or not b or set(a) == set(b) or (len(a) == 1 and len(b) == 1)


def _differ(first: Claim, second: Claim) -> str | None:
    """The number that differs beyond rounding; None where all that both give may be one."""
    unit = first.said.get("unit"), second.said.get("unit")
    if unit[0] != unit[1] and not all(str(u).startswith("mo") for u in unit):
        return None
    for word in ("estimate", "low", "high", "n"):
        a, b = first.numbers.get(word), second.numbers.get(word)
        if word in ("low", "high"):
            levels = first.numbers.get("level"), second.numbers.get("level")
            if levels[0] and levels[1] and levels[0].value != levels[1].value:
                continue
        if word == "n" and first.kind != "count":
            continue
        if a is not None and b is not None and not values(a).meets(values(b)):
            return word
    return None


def _verdict(reading: Reading, first: Claim, second: Claim, word: str) -> Verdict:
    a, b = first.numbers[word].text, second.numbers[word].text
    what = {"low": "lower end", "high": "upper end", "n": "count"}.get(word, "value")
    places = f"{first.span} and {second.span}" if first.span.line != second.span.line else str(first.span)
    return Verdict(
        "two_ways", "one result said two ways", "B", second,
        f"the {what} is {a} in one place and {b} in another",
        (f"{reading.text(first.span)} ({first.span})", f"{reading.text(second.span)} ({second.span})"),
        f"look up which is right ({places}), or say what makes the two differ",
        others=(first,),
    )  # fmt: skip
