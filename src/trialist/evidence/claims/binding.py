"""What a quantity speaks of: arms, endpoint, population, timepoint, by order and distance in its sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.lexicon import Lexicon, Mention
from trialist.evidence.claims.model import Bound
from trialist.evidence.claims.number_words import WORD, digits
from trialist.evidence.vocabulary import vocabulary

_PARTNER = re.compile(r"\s*(?:plus|\+|/|-|or|with|in combination with)\s*", re.I)
_DOSE = re.compile(r"\s*(?:at\s+)?(\d+(?:\.\d+)?)\s*(?:mg/m2|mg)\b")
_ALONE = re.compile(r"\b(\d+(?:\.\d+)?)\s*mg/m2\b")
_TO_ARM = re.compile(
    r"\s*(?:months?|weeks?|days?|years?|%)?\s*(?:\([^()]*\)|\[[^\[\]]*\])?\s*,?\s*(?:(?:of\s+)?(?:the\s+)?(?:patients|men|women|those|people|participants)\s+)?"
    r"(?:(?:who\s+)?(?:were\s+)?(?:with|in|for|on|among|under|given|receiving|received|assigned to"
    r"|randomi[sz]ed to|treated with)\s+)"
    r"(?:the\s+|those\s+(?:given|on)\s+|patients\s+(?:given|on|receiving)\s+)?"
)
_AGAINST_FIRST = re.compile(
    r"\b(?:compared with|compared to|versus|relative to|rather than|over|than)\W*(?:the\s+)?$", re.I
)
_TIMEPOINT = re.compile(
    rf"\b(?:at\s+(\d+|{WORD})\s+(months?|years?|weeks?)|(\d+|{WORD})-(year|month|week)|at\s+week\s+(\d+))\b",
    re.I,
)
_GRADE = re.compile(
    r"\bgrades?\s*(?:≥|>=|of\s+)?\s*(\d)\s*(?:(?:-|to|or|and|/)\s*(\d|higher|more|above|worse|greater))?(\+)?",
    re.I,
)
_TRIAL = re.compile(
    r"\b(?P<name>(?!I{1,3}\b|IV\b|RCT\b)"
    r"[A-Z][A-Za-z]*[A-Z0-9][A-Za-z0-9]*(?:[- ][A-Z0-9]+)*)\s+(?:trial|study)\b"
    r"|\b(?P<nct>NCT\d{8})\b"
)


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm as it is named in a sentence."""

    id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Scene:
    """What is named in one sentence."""

    start: int
    end: int
    mentions: tuple[Mention, ...]
    arms: tuple[Arm, ...]
    trials: tuple[str, ...]

    def of(self, kind: str) -> list[Mention]:
        return [mention for mention in self.mentions if mention.kind == kind]

    @property
    def arm_ids(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(arm.id for arm in self.arms))


def scene(text: str, start: int, end: int, lexicon: Lexicon) -> Scene:
    mentions = tuple(lexicon.find(text, start, end))
    arms = tuple(_arms(text, start, end, mentions))
    return Scene(start, end, mentions, arms, _trials(text, start, end, mentions))


def trials_in(text: str, start: int, end: int, lexicon: Lexicon) -> tuple[str, ...]:
    """The trials that a stretch of text names: those of the lexicon, `the X trial`, registry numbers."""
    return _trials(text, start, end, lexicon.find(text, start, end))


def _trials(text: str, start: int, end: int, mentions: Sequence[Mention]) -> tuple[str, ...]:
    named = [m for m in mentions if m.kind == "trial"]
    others = [
        found["name"] or found["nct"]
        for found in _TRIAL.finditer(text, start, end)
        if not any(m.start < found.end() and found.start() < m.end for m in named)
    ]
    return tuple(dict.fromkeys([*(m.id for m in named), *others]))


def _arms(text: str, start: int, end: int, mentions: Sequence[Mention]) -> list[Arm]:
    """Treatments joined into arms: `X plus Y`, `X or Y`, `X 20 mg/m2`; a dose alone where none is named."""
    drugs = [m for m in mentions if m.kind in ("treatment", "drug")]
    arms: list[Arm] = []
    place = 0
    while place < len(drugs):
        group = [drugs[place]]
        dose = _DOSE.match(text, drugs[place].end, end)
        stop = dose.end() if dose else drugs[place].end
        while place + 1 < len(drugs) and _PARTNER.fullmatch(text[stop : drugs[place + 1].start]):
            place += 1
            group.append(drugs[place])
            stop = drugs[place].end
        name = "+".join(sorted({drug.id for drug in group})) + (f" {dose[1]}" if dose else "")
        arms.append(Arm(name, group[0].start, stop))
        place += 1
    doses = [
        found
        for found in _ALONE.finditer(text, start, end)
        if not any(a.start <= found.start() < a.end for a in arms)
    ]
    if doses and len({found[1] for found in _ALONE.finditer(text, start, end)}) > 1:
        arms = [arm for arm in arms if " " in arm.id] + [
            Arm(f"dose {found[1]}", *found.span()) for found in doses
        ]
        arms.sort(key=lambda arm: arm.start)
        return [Arm("dose " + arm.id.rpartition(" ")[2], arm.start, arm.end) for arm in arms]
    return arms


def bind(text: str, item: Item, items: Sequence[Item], seen: Scene, heading: Scene | None) -> Bound:
    """What one quantity speaks of. `heading`: of a table's row and column, or None."""
    endpoint, term = _endpoint(text, item, items, seen)
    groups = _groups(text, item, items, seen)
    if heading is not None:
        if endpoint is None:
            named = [m for m in heading.mentions if m.kind in ("endpoint", "toxicity")]
            endpoint, term = _what(named[0], timed=item.kind == "ratio") if named else (None, None)
        groups = groups or heading.arm_ids[:1]
    populations = [m.id for m in seen.of("population")]
    subgroup = next(
        (text[m.start : m.end].lower() for m in (*seen.of("subgroup"), *seen.of("analysis"))), None
    )
    grade = _grade(text, item, seen)
    return Bound(
        trial=seen.trials[0] if len(seen.trials) == 1 else None,
        endpoint=endpoint,
        groups=groups,
        population=populations[0] if len(set(populations)) == 1 else None,
        subgroup=subgroup,
        timepoint=_timepoint(text, item, seen),
        term=term,
        grade=grade,
    )


_LENGTH_OF = re.compile(r"\d\s?(?:months?|mo|years?|weeks?)(?:\s+of|'?)\s+(?:[a-z]+\s+)?$", re.I)


def is_anothers(text: str, mention: Mention, end: int) -> bool:
    """Whether a mention is of `27.1 months of follow-up`, where that number does not end at `end`."""
    near = 0 <= mention.start - end < 25
    return (
        mention.id == "followup"
        and not near
        and _LENGTH_OF.search(text[max(0, mention.start - 30) : mention.start]) is not None
    )


def _endpoint(text: str, item: Item, items: Sequence[Item], seen: Scene) -> tuple[str | None, str | None]:
    """The endpoint (of an adverse event `ae`, with its term) that is named nearest before a quantity."""
    named = [m for m in seen.mentions if m.kind in ("endpoint", "toxicity")]
    named = [m for m in named if m.id != "followup" or item.kind == "time"]
    named = [m for m in named if not is_anothers(text, m, item.end)]
    named = [m for m in named if m.id != "death" or not text[: m.start].endswith((" or ", " and "))]
    if item.kind == "ratio" and "words" in item.said:  # `hazard ratio for death`
        inside = [m for m in named if item.first <= m.start < item.start]
        if inside:
            return _what(inside[-1], timed=True)
    before = [m for m in named if m.end <= item.start]
    if before:
        return _what(before[-1], timed=item.kind == "ratio")
    following = next((other.first for other in items if other.start > item.end), seen.end)
    close = [m for m in named if item.end <= m.start < following]
    return _what(close[0], timed=item.kind == "ratio") if close else (None, None)


def _what(mention: Mention, *, timed: bool = False) -> tuple[str, str | None]:
    if mention.kind == "toxicity":
        return "ae", mention.id
    return (vocabulary().timed(mention.id) if timed else mention.id), None


def _groups(text: str, item: Item, items: Sequence[Item], seen: Scene) -> tuple[str, ...]:
    ids = seen.arm_ids
    if item.kind == "ratio":
        return _in_order(text, seen) if len(ids) == 2 else ()
    pair = _pair(text, item, items)
    after = all(arm.start >= item.end for arm in seen.arms)
    listed = pair == 1 and len(ids) == 2 and after  # `13.6 v 11.0 months with X v Y`
    for stop in () if listed else (item.end, item.last):
        found = _TO_ARM.match(text, stop, seen.end)
        for arm in seen.arms:
            if found is not None and arm.start == found.end():
                return (arm.id,)
    if len(ids) == 1:
        return ids
    if pair is not None and len(ids) == 2:
        ordered = _in_order(text, seen)
        return (ordered[pair],) if ordered else ()
    return ()


def _in_order(text: str, seen: Scene) -> tuple[str, ...]:
    """The two arms of a sentence, the one that is compared first. Empty where it can't be told."""
    ids = seen.arm_ids
    first = next(arm for arm in seen.arms if arm.id == ids[0])
    if _AGAINST_FIRST.search(text[seen.start : first.start]):
        return (ids[1], ids[0])
    return ids


_PAIRED = re.compile(
    r"\s*[)\]]?\s*(?:months?|weeks?|days?|years?|%)?\s*(?:\([^()]*\)|\[[^\[\]]*\])?\s*,?\s*(?:v\.?|vs\.?"
    r"|versus|compared (?:with|to)|against|and|or)\s+$"
)


def _pair(text: str, item: Item, items: Sequence[Item]) -> int | None:
    """0 for the first of two values of one kind that stand against each other, 1 for the second."""
    like = [
        other
        for other in items
        if other.kind in (item.kind, "share", "percent") and (other.kind == item.kind or item.kind != "time")
    ]
    place = like.index(item)
    if place + 1 < len(like) and _against(text, item, like[place + 1]):
        return None if place and _against(text, like[place - 1], item) else 0
    if place and _against(text, like[place - 1], item):
        return None if place > 1 and _against(text, like[place - 2], like[place - 1]) else 1
    return None


def _against(text: str, first: Item, second: Item) -> bool:
    gap = text[first.end : second.first] if second.first >= first.end else ""
    return bool(_PAIRED.match(gap + "") and _PAIRED.fullmatch(gap) is not None)


def against(text: str, first: Item, second: Item) -> bool:
    """Whether two quantities stand against each other: `13.6 v 11.0 months`."""
    return _against(text, first, second)


def _timepoint(text: str, item: Item, seen: Scene) -> str | None:
    near = [found for found in _TIMEPOINT.finditer(text, seen.start, seen.end) if found.start() != item.start]
    if len(near) != 1:
        return None
    parts = [part for part in near[0].groups() if part]
    return " ".join(digits(part).rstrip("s") for part in parts)


def _grade(text: str, item: Item, seen: Scene) -> str | None:
    grades = {found[0].lower() for found in (*_GRADE.finditer(text, seen.start, seen.end),)}
    return " / ".join(sorted(grades)) or None
