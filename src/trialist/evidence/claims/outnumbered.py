"""A part that is larger than its whole: `227 patients were randomised, of whom 246 were evaluable`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.mentions import Count
from trialist.evidence.claims.wholes import item, numbers_of, same_kind

Stretch = tuple[int, int]
TIMES = 3  # a part so many times its whole is of something else

_THEM = r"(?:of|among|in)\s+(?:whom|which|these|them|those)"
_OF_WHOM = re.compile(rf"\b{_THEM}\b[^.;:\d]{{0,30}}$", re.I)
_OF_THEM_BEHIND = re.compile(rf"(?:\s+(?:patients|men|women))?\s+{_THEM}\b", re.I)
_BACK = re.compile(
    rf"\W*(?:{_THEM})\b(?:\s+(?:patients|men|women|people|participants))?[^.;:\d]{{0,40}}$", re.I
)
_LEADS = re.compile(r"\W*(?:Of|Among|Out of|From)\s+(?:the\s+|all\s+|these\s+|a total of\s+|some\s+)*$", re.I)
_DID = re.compile(
    r"(?:\s+(?:patients|men|women|people|participants|of them))?(?:\s*\([\d.]+\s?%\))?\s+(?:[a-z]+ly\s+)?"
    r"(?:were|was|had|have|could|completed|received|started|died|responded|progressed|withdrew|went|did|took"
    r"|discontinued|stopped|remained)\b",
    re.I,
)
_ENTERED = re.compile(
    r"(?:[^.;:\d]{0,60}?)\b(?:randomi[sz]ed|enrolled|recruited|registered|included)\b", re.I
)
_LATER = re.compile(
    r"(?:\s+(?:patients|men|women|of them))?\s+(?:(?:were|was)\s+)?(?:evaluable|assessable"
    r"|analy[sz]ed|treated"
    r"|received|started|completed|followed)\b",
    re.I,
)
_OF_SOME = re.compile(r"\b(?:each|per|every|not|left|excluded|either)\b", re.I)
_ARMS = re.compile(r"\b(?:to|with|arm|group|placebo|control|trial|study|cohort|versus|vs?)\b", re.I)


def outnumbered(text: str, sentences: Sequence[Stretch]) -> Iterator[Item]:
    """`sentences`: those of one paragraph."""
    last: list[Count] = []
    for stretch in sentences:
        here = numbers_of(text, *stretch)
        for k, part in enumerate(here):
            whole = here[k - 1] if k else last[0] if len(last) == 1 else None
            if whole is None or not _more(whole, part):
                continue
            between = text[whole.number.end : part.start]
            if (
                _is_part(text, stretch, whole, part, between)
                if k
                else _BACK.match(text[stretch[0] : part.start])
            ):
                yield item("more", whole.number, [part.number])
        last = here


def _more(whole: Count, part: Count) -> bool:
    people = same_kind(whole.noun, "patients") and same_kind(part.noun, "patients")
    return people and 9 < whole.value < part.value <= TIMES * whole.value


def _is_part(text: str, sentence: Stretch, whole: Count, part: Count, between: str) -> bool:
    if (
        (";" in between and not _OF_WHOM.search(between))
        or _OF_THEM_BEHIND.match(whole.behind)
        or _OF_SOME.search(between)
    ):
        return False
    if _OF_WHOM.search(between) or _OF_THEM_BEHIND.match(part.behind):
        return True
    if _LEADS.fullmatch(text[sentence[0] : whole.start]):
        return whole.noun is not None and _DID.match(part.behind) is not None
    entered = _ENTERED.match(whole.behind[: len(between)])
    return entered is not None and _LATER.match(part.behind) is not None and not _ARMS.search(between)
