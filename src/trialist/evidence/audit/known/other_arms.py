"""Arms that no name tells but what they are not: the other one, the one without, the second of none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from trialist.evidence.claims.lexicon import Mention

TO_ARM = re.compile(
    r"(?:[;,][^()\[\]]*[)\]])?[\s,)\]]*(?:months?|weeks?|days?|years?|%|percent|cycles?)?\s*(?:\([^()]*\)|\[[^\[\]]*\])?\s*,?\s*"
    r"(?:(?:of|in)\s+(?:the\s+)?)?(?:those|patients|men|women|people)?\s*(?:who\s+)?(?:(?:were|had been"
    r"|was)\s+)?"
    r"(?:with|in|at|for|on|of|among|under|given|receiving|received|assigned to|allocated to|randomi[sz]ed "
    r"to|treated with|after"
    r"|taking|took|stopped|got|had)\s+(?:(?:the|a|an)\s+)?(?:other\s+)?(?:those|patients|men|women|people)?\s*"
    r"(?:(?:given|on|receiving|with|assigned to|treated with|in the|who (?:got|had|received))\s+)?$",
    re.I,
)
_OTHER = re.compile(
    r"(?:the\s+)?(?:other|alternative|second)\s+(?:[\w-]+\s+)?(?:agent|drug|arm|group|tablet|inhibitor"
    r"|treatment|medicine)\b"
    r"|the\s+(?:[\w-]+\s+)?(?:tablets?|comparator|alternative)\b",
    re.I,
)
WITHOUT_IT = re.compile(
    r"\s*(?:in\s+(?:those|men|women|patients)\s+)?(?:without|not\s+given)\s+(?:it|them|this|that)\b", re.I
)


def lacking(arms: Iterable[str], before: Sequence[Mention]) -> str | None:
    """`9.3 months with X and 8.5 without it`: the arm that lacks what was named last."""
    if not before:
        return None
    last = before[-1].id
    others = [arm for arm in arms if arm != last]
    named = [arm for arm in others if arm == f"no_{last}"]
    return named[0] if named else others[0] if len(others) == 1 else None


def the_other(text: str, stop: int, end: int, named: str, arms: Sequence[str]) -> str | None:
    """`28% of men on the other agent`: of two arms the one that the sentence does not name."""
    found = _OTHER.search(text, stop, min(end, stop + 90))
    if found is None or len(arms) != 2 or TO_ARM.fullmatch(text[stop : found.start()]) is None:
        return None
    return next((arm for arm in arms if arm != named), None)


_NONE_FIRST = re.compile(
    r"\b(?:not\s+(?:yet\s+)?(?:reached|estimable|evaluable|calculable)|NR|NE)\s*(?:v|vs\.?|versus|and"
    r"|against|compared with)\s+$"
)


def second_of_none(text: str, kind: str, start: int, at: int) -> bool:
    """`not estimable v 8.5 months`: the second of two, though no number stands before it."""
    return kind == "time" and _NONE_FIRST.search(text[start:at]) is not None
