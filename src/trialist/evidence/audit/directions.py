"""One comparison told in two directions: `longer with A`, and elsewhere, or in numbers, longer with B."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from trialist.evidence.audit.known.said import APART, HEDGED, STRONG_SUBGROUP
from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.shown import values
from trialist.evidence.claims.model import Claim, Reading, Span
from trialist.evidence.claims.plain import plain
from trialist.evidence.model import Store
from trialist.registry import entry

LONGEST = 15_000
_MORE = r"longer|more|higher|greater|commoner|later|larger|increased|oftener|outlived|prolonged"
_LESS = r"shorter|fewer|less|lower|rarer|smaller|earlier|reduced|decreased|shortened"
_WORD = re.compile(
    rf"\b(?:(?P<more>{_MORE})|(?P<less>{_LESS}))\b(?!\s+than\s+(?:\d|half|expected|one|two))", re.I
)
_DENIED = re.compile(
    r"\b(?:not?|nor|neither|never|without|similar|did not|no longer|if|whether|unless)\b", re.I
)
_OF = re.compile(r"\b(?:with|on|in|for|among|given|under|receiving|taking|after)\s+(?:the\s+)?$", re.I)
_THAN = re.compile(r"\b(?:than|versus|vs\.?|v|compared\s+with|compared\s+to|against|over)\b", re.I)


@dataclass(frozen=True, slots=True)
class Told:
    """Of which arm something is said to be more, and where."""

    what: str
    more: str
    less: str
    claim: Claim


@entry("directions", needs="a comparison of two arms, told twice or with its numbers",
       gives="one comparison in two directions", source="order")  # fmt: skip
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    arms = sorted({arm for claim in reading.claims for arm in claim.bound.groups if "+" not in arm})
    if len(reading.document.text) > LONGEST or len(arms) != 2:
        return
    text = plain(reading.document.text)
    told = [one for span in reading.sentences for one in _said(reading, text, span, arms)]
    told += _counted(reading)
    for first, second in combinations(told, 2):
        if first.what == second.what and first.more == second.less and first.less == second.more:
            yield Verdict(
                "directions", "one comparison in two directions", "B", second.claim,
                f"more of it with {second.more} here, with {first.more} in another place",
                tuple(reading.text(one.claim.span) for one in (first, second)),
                "look up which of the two had more", others=(first.claim,),
            )  # fmt: skip
            return


def _said(reading: Reading, text: str, span: Span, arms: list[str]) -> Iterator[Told]:
    """The one comparison that a sentence tells in words."""
    said = text[span.start : span.end]
    if any(p.search(said) for p in (_DENIED, HEDGED, APART, STRONG_SUBGROUP)):
        return
    words = list(_WORD.finditer(said))
    stops = [*(w.start() for w in words[1:]), len(said)]
    for word, stop in zip(words, stops, strict=False):
        one = _of_word(reading, span, said[:stop], word, arms)
        if one is not None:
            yield one
            return


def _of_word(reading: Reading, span: Span, said: str, word: re.Match[str], arms: list[str]) -> Told | None:
    what = _what(reading, span, span.start + word.start())
    places = {arm: _place(said, arm) for arm in arms}
    behind = sorted((at, arm) for arm, at in places.items() if at is not None and at > word.end())
    if what is None or not behind:
        return None
    at, arm = behind[0]
    if not _OF.search(said[:at]) or _THAN.search(said[word.end() : at]):
        return None
    other = arms[1 - arms.index(arm)]
    more, less = (arm, other) if word["more"] else (other, arm)
    where = reading.document.span(span.start + word.start(), span.start + at + len(arm))
    return Told(what, more, less, Claim("superiority", where, span))


def _place(said: str, arm: str) -> int | None:
    found = re.search(rf"(?<![\w-]){re.escape(arm)}(?![\w-])", said, re.I)
    return found.start() if found else None


def _what(reading: Reading, span: Span, at: int) -> str | None:
    """The endpoint or adverse event of the claims of a sentence, or of its words."""
    from trialist.evidence.claims.lexicon import shipped

    named = [
        m
        for m in shipped().find(reading.document.text, span.start, span.end)
        if m.kind in ("endpoint", "toxicity")
    ]
    ids = {m.id for m in named}
    return ids.pop() if len(ids) == 1 else None


def _counted(reading: Reading) -> Iterator[Told]:
    """Pairs of numbers of one endpoint that are bound to the two arms."""
    held: dict[str, list[Claim]] = {}
    for claim in reading.of("time", "share"):
        of_one = len(claim.bound.groups) == 1 and claim.bound.subgroup is None and "estimate" in claim.numbers
        what = claim.bound.term if claim.bound.endpoint == "ae" else claim.bound.endpoint
        if of_one and what and claim.finding is not None:
            held.setdefault(what, []).append(claim)
    for what, claims in held.items():
        if (
            len(claims) == 2
            and claims[0].bound.groups != claims[1].bound.groups
            and claims[0].kind == claims[1].kind
        ):
            high, low = sorted(claims, key=lambda one: -one.numbers["estimate"].value)
            if not values(high.numbers["estimate"]).meets(values(low.numbers["estimate"])):
                yield Told(what, high.bound.groups[0], low.bound.groups[0], claims[0])
