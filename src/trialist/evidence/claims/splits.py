"""Patients by arm in any order of words: the whole before, behind or between its parts, or a sentence before.

`totals.py` reads the usual forms first; what stands here reads a sentence as counts with words around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.plain import COUNT, printed
from trialist.evidence.claims.shares import WHO

UNIT = (
    r"(?:\s?%|\s*-?\s*(?:mg|mL|g\b|ug|months?|weeks?|days?|years?|hours?|arms?|groups?|cent(?:re|er)s?|sites?"
    r"|countries|hospitals?|cycles?|visits?|GBq|Gy|lines?|strata|stages?|phases?)\b|\s*[:/]\s*\d|\s*-\s*\d)"
)
_COUNTS = re.compile(rf"(?<![\d.,/:≤≥<>-])(?<![A-Za-z]-)(?P<x>{COUNT})(?!{UNIT})(?![\w-])", re.I)
_LABEL = re.compile(
    r"\b(?:arms?|groups?|cohorts?|phase|grade|cycles?|days?|weeks?|stage|lines?|visits?)\s+$", re.I
)
_ALLOCATION = re.compile(
    r"\b(?:randomi[sz]\w+|assign\w*|allocat\w*|split (?:over|into|between)|divided|entered|took part"
    r"|were given|was given)\b",
    re.I,
)
_IN_ALL = re.compile(r"\s+(?:[a-z-]+\s+){0,2}?(?:in\s+(?:all|total)|altogether|overall)\b", re.I)
_FOLLOWED = re.compile(
    rf"\s+(?:{WHO})(?:\s+with\s+[a-z -]{{3,40}}?)?\s*(?:,|:|were\b|was\b|underwent\b|entered\b|took\b"
    rf"|joined\b|had\s+been\b|randomi[sz]ed\b|who\b)",
    re.I,
)
_FOLLOWED_BY_SPLIT = re.compile(r"\s+(?:were\s+)?(?:randomi[sz]ed|assigned|allocated|split|divided)\b", re.I)
_LEFT_OUT = re.compile(
    r"\b(?:screen\w*|eligible|exclud\w*|declin\w*|withdr\w*|refus\w*|evaluable|complet\w+|analy[sz]ed"
    r"|discontinu\w*"
    r"|died|deaths?|alive|progress\w*|of whom|of these|of which|among (?:them|these|whom)|crossed"
    r"|ineligible|the (?:rest|others|remainder)(?!\W*\d)|lost|never|stopp\w*|events?)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Count:
    number: Printed
    before: str
    behind: str


def _counts(text: str, start: int, end: int) -> list[_Count]:
    held = []
    for m in _COUNTS.finditer(text, start, end):
        number = printed(text, *m.span("x"))
        label = _LABEL.search(text, max(start, m.start() - 12), m.start())
        if number is not None and not 1900 <= number.value <= 2100 and label is None:
            held.append(
                _Count(number, text[max(start, m.start() - 60) : m.start()], text[m.end() : end][:80])
            )
    return held


_EACH = re.compile(r"\b(?:each|per|either|every)\s+(?:[\w-]+\s+)?(?:group|arm|cohort)s?\b", re.I)


def allocations(text: str, start: int, end: int, before: tuple[int, int] | None = None) -> Iterator[Item]:
    """Patients by arm, in any order: `With 61 in one arm and 64 in the other, 135 were randomised in all`.

    `before`: the sentence before, whose whole `Of these, 31 were allocated to ...` divides.
    """
    back = _OF_THESE.match(text[start:end]) if before is not None else None
    begin = before[0] if back is not None and before is not None else start
    if not _ALLOCATION.search(text, begin, end) or _EACH.search(text, start, end):
        return
    counts = [one for one in _counts(text, start, end) if one.number.value > 1]
    if back is not None and before is not None:
        ahead = [one for one in _counts(text, *before) if one.number.value > 1]
        if len(ahead) != 1 or len(counts) != 2:
            return
        wholes, counts = ahead, [*ahead, *counts]
    else:
        wholes = [one for one in counts if _is_whole(one)]
    if _LEFT_OUT.search(text[start + back.end() : end] if back else text[start:end]):
        return
    if len(wholes) != 1 or not 3 <= len(counts) <= 5:
        return
    whole = wholes[0]
    parts = [one for one in counts if one is not whole]
    if whole.number.value <= max(one.number.value for one in parts) or not all(map(_is_part, parts)):
        return
    named = _ALL_NAMED.search(text[start:end])
    yield _item("allocated", whole, parts, {"all_named": bool(named) or len(parts) == 2, "ratio": ()})


_OF_THESE = re.compile(
    r"\W*(?:(?:Of (?:these|them|whom)|Among (?:these|them)),?\s"
    r"|There were\s+(?=\d+\s+(?:(?:patients|participants)\s+)?(?:in|on)\b"
    r"[^.;\d]{3,60}\b(?:arm|group)\b)|They were\s+(?:then\s+)?(?=random|assign|allocat))"
)
_ALL_NAMED = re.compile(
    r"\b(two|three|four|both|2|3|4) (?:arms|groups|treatments)\b|\b\d\s?:\s?\d\b|\bthe (?:other|rest"
    r"|remaining)\b"
)


def _is_whole(one: _Count) -> bool:
    """Whether a count is said to be all: `in all`, `a total of`, `N patients were randomised`."""
    if _IN_ALL.match(one.behind):
        return True
    if re.search(r"\b(?:randomi[sz]ed|allocated)\s*\(\s*n\s*=\s*$", one.before, re.I):
        return re.match(r"\s*\)\s*:", one.behind) is not None
    if re.search(r"\bN\s*=\s*$", one.before) and re.match(r"\s*[(:]", one.behind):
        return True
    if re.search(r"\b(?:total of|totalling|mak(?:es?|ing)|in (?:total|all),?)\s+$", one.before, re.I):
        return bool(re.match(rf"\s+(?:{WHO})?", one.behind, re.I))
    if re.search(r"\b(?:of|among) (?:the|these|all)\s+$|\bof\s+$|^\W*$", one.before, re.I):
        return bool(_FOLLOWED.match(one.behind))
    part = re.search(r"\b(?:and|other|while|with)\s+(?:the\s+)?(?:other\s+)?$|[,:;]\s*$", one.before, re.I)
    return bool(_FOLLOWED_BY_SPLIT.match(one.behind) or _FOLLOWED.match(one.behind)) and not part


_PART = re.compile(
    rf"\s*(?:\s{WHO})?\)|\s+(?:{WHO}\s+)?(?:(?:were|was|are|being|ha[ds]|have)\s+)?(?:been\s+)?(?:randomly\s+)?"
    r"(?:of (?:them|whom|these)|to|in|into|on|with|for|got|given|receiv\w+|allocated|assigned"
    r"|randomi[sz]ed|treated|took|placebo|observ\w+|the|served|control\w*"
    r"|had\s+(?:the\s+)?(?:placebo|control|standard|usual|active|observation|surgery))\b",
    re.I,
)


def _is_part(one: _Count) -> bool:
    return bool(_PART.match(one.behind)) or bool(
        re.search(
            r"\b(?:to|in|on|for|with|by|had|n\s*=)\s*$|\b(?:arm|group|placebo|control|cohort)(?: \w+)?:\s*$",
            one.before,
            re.I,
        )
    )


def _item(form: str, whole: _Count, parts: list[_Count], said: dict[str, object]) -> Item:
    numbers = {"total": whole.number} | {f"part {k}": one.number for k, one in enumerate(parts, 1)}
    first, last = min(n.start for n in numbers.values()), max(n.end for n in numbers.values())
    return Item("total", first, last, first, numbers, {"form": form, **said})
