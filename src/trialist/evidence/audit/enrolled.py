"""How many took part in a trial, against its card and every count that is published of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from trialist.evidence.audit.known.said import ABOUT, BOUND_BEFORE, DENIED, HEDGED, STRONG_SUBGROUP
from trialist.evidence.audit.known.scenes import Scene, scenes
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Reading
from trialist.evidence.claims.plain import COUNT, printed
from trialist.evidence.claims.shares import PEOPLE
from trialist.evidence.claims.wholes import alike
from trialist.evidence.model import Store, TrialCard
from trialist.registry import entry

_WHO = rf"(?:(?:[a-z][a-z-]+\s+){{0,3}}?{PEOPLE})"
_TOOK_PART = re.compile(
    rf"(?<![\w./,:-])(?P<a>{COUNT})\s+(?:{_WHO}\s+)?(?:(?:who\s+)?(?:were|was|had\s+been)\s+)"
    r"(?:randomi[sz]ed|randomly|enrolled|recruited|assigned|allocated|accrued)\b"
    rf"|(?<![\w./,:-])(?P<c>{COUNT})\s+and\s+{COUNT}\s+(?:{_WHO}\s+)?(?:went\s+into|entered|made\s+up|were\s+analy[sz]ed)\b"
    rf"|\b(?:randomi[sz]ed|enrolled|recruited|accrued|included|tested\s+[\w\s-]{{0,30}}?\bin)\s+"
    rf"(?:a\s+total\s+of\s+|the\s+)?(?P<b>{COUNT})\s+{_WHO}",
    re.I,
)
_OF_ARM = re.compile(  # `Placebo comparator: placebo daily; 389 participants.`, `placebo arm (n = 389)`
    rf"(?:[;:,]|\bwith|\b(?:had|has)|\d\))\s*(?P<n>{COUNT})\s+(?:participants|patients|men|women|subjects)\W*$"
    rf"|\(\s*n\s*=\s*(?P<m>{COUNT})\s*\)",
    re.I,
)
_SOME = re.compile(
    r"\b(?:treated|safety|evaluable|analy[sz]ed|measurable|complet\w+|died|deaths?|events?|assessed"
    r"|baseline|with pain"
    r"|subgroup|response|responded|younger|older|aged|ECOG|post hoc|per[- ]protocol|as[- ]treated"
    r"|at risk|available"
    r"|visceral|crossed)\b|%",
    re.I,
)
NEAR = 0.05  # of an arm: a number farther off, and no slip of it, is of something else
_OTHERS = re.compile(
    r"\b(?:screen|eligib|consent|centre|center|site|countr|protocol|aim|intend|until|first\b)\w*", re.I
)
_LEAST = 10  # people: fewer may be any part of them
_PLAINLY = ("sentence", "heading", "paragraph")


@entry(
    "enrolled", needs="store", gives="another number of patients than took part", source="cards and findings"
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if store is None:
        return
    for one in scenes(reading, store):
        if (
            one.trial is None
            or one.how not in _PLAINLY
            or len({m.id for m in one.of("trial")}) > 1
            or one.asks
        ):
            continue
        if any(said.search(one.text) for said in (HEDGED, DENIED, STRONG_SUBGROUP, _OTHERS)):
            continue
        yield from _of_scene(one, store)
        yield from _of_arm(one, store)


def _of_arm(one: Scene, store: Store) -> Iterator[Verdict]:
    """The size of the only arm that a sentence, or an item of a list, names."""
    found = list(_OF_ARM.finditer(one.text))
    card = store.trials[one.trial or ""]
    if len(found) != 1 or len(one.arm_ids) != 1 or _SOME.search(one.text):
        return
    word = "n" if found[0]["n"] else "m"
    number, arm = printed(one.text, *found[0].span(word)), card.arms.get(one.arm_ids[0])
    if number is None or arm is None or arm.n is None or number.value in _counts(card, store):
        return
    if alike(int(number.value), arm.n) or abs(number.value - arm.n) <= NEAR * arm.n:
        start = one.span.start + found[0].start(word)
        yield Verdict(
            "enrolled", "contradicted", "A", one.claim(start, start + len(found[0][word])),
            f"{arm.label} had {arm.n} patients in {card.trial}, and no count of it is {number.text}",
            (f"{card.trial}: {card.title}: {arm.label} {arm.n}",), "look up how many took part",
        )  # fmt: skip


def _of_scene(one: Scene, store: Store) -> Iterator[Verdict]:
    card = store.trials[one.trial or ""]
    if card.n is None:
        return
    for found in _TOOK_PART.finditer(one.text):
        word = next(name for name in "abc" if found[name])
        number = printed(one.text, *found.span(word))
        before = one.text[max(0, found.start(word) - 30) : found.start(word)]
        if number is None or number.value < _LEAST or ABOUT.search(before) or BOUND_BEFORE.search(before):
            continue
        if number.value in _counts(card, store) or re.fullmatch(r"(?:19|20)\d\d", found[word]):
            continue
        start = one.span.start + found.start(word)
        held = ", ".join(f"{arm.label} {arm.n}" for arm in card.arms.values() if arm.n)
        yield Verdict(
            "enrolled",
            "contradicted",
            "A",
            one.claim(start, start + len(found[word])),
            f"{card.trial} had {card.n} patients ({held}), and no count of it is {number.text}",
            (f"{card.trial}: {card.title}: n {card.n}; {held}",),
            "look up how many took part",
        )


def _counts(card: TrialCard, store: Store) -> set[float]:
    """Every number of patients that is known of a trial: its arms, two of them together, and its findings."""
    arms = [arm.n for arm in card.arms.values() if arm.n]
    held: set[float | None] = {card.n, *arms, *(sum(pair) for pair in combinations(arms, 2)), sum(arms)}
    for f in store.of(card.trial):
        held |= {f.n, f.events, f.estimate if f.measure == "count" else None}
    said = [str(text) for stated in card.stated.values() for text in stated.values()]
    for text in (*said, card.note or "", card.setting or ""):
        held |= {float(x) for x in re.findall(r"\d+(?:\.\d+)?", text.replace(",", ""))}
    return {float(x) for x in held if x is not None}
