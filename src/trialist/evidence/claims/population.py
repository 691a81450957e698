"""The patients of a document: the number that it says took part, where it says one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from trialist.evidence.claims.mentions import Count
from trialist.evidence.claims.wholes import numbers_of, same_kind

Stretch = tuple[int, int]

_TAKEN = re.compile(
    r"(?:\s+(?!of\b|in\b|with\b)[a-z-]+){0,3}?\s+(?:(?:were|was|had been|have "
    r"been)\s+)?(?:randomi[sz]ed|randomly|enrolled|recruited|included"
    r"|studied|joined|took part|participated|entered|analy[sz]ed|treated)\b",
    re.I,
)
_TAKING = re.compile(
    r"\b(?:studied|enrolled|randomi[sz]ed|randomly assigned|included|recruited|followed|comprised"
    r"|investigated|analy[sz]ed|treated)\s+(?:[a-z ]{0,24}\b(?:of|in|from)\s+)?(?:a total of\s+)?$"
    r"|\b(?:cohort|sample|series|trial|study|population)\s+(?:was\s+)?(?:of|in|with)\s+$"
    r"|\b(?:participants|patients|enrolment|enrollment|randomi[sz]ed|sample size"
    r"|sample)\s*[:=]\s*(?:N\s*=\s*)?$|^\W*$(?=N)"
    r"|\bit had\s+$",
    re.I,
)
_SOME = re.compile(
    r"\b(?:will|plan\w*|aim\w*|expect\w*|need\w*|would|earlier|previous\w*|screen\w*|pilot|target"
    r"|another|other trial|of (?:whom|these|those|them))\b",
    re.I,
)


def population(text: str, sentences: Iterable[Stretch]) -> Count | None:
    """None where several numbers are said to have taken part, or none is."""
    held: list[Count] = []
    for stretch in sentences:
        if _SOME.search(text, *stretch):
            continue
        for one in numbers_of(text, *stretch):
            if same_kind(one.noun, "patients") and one.value > 9 and took_part(one):
                held.append(one)
    return held[0] if len({one.value for one in held}) == 1 else None


def took_part(count: Count) -> bool:
    """Whether a count is said to be of all: `randomised 1,240 adults`, `250 patients were enrolled`."""
    return bool(_TAKING.search(count.before) or (count.noun and _TAKEN.match(count.behind)))
