"""Claims without a number: absolute negatives, causes, superiority, significance."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.claims.items import Item

_NEGATIVE = re.compile(
    r"\b(?:no (?:patients?|men|women|deaths?|responses?|evidence|benefit|effect|difference|trials?|study"
    r"|studies|data|cases?|risk|side effects?)"
    r"|none of|never|not a single|has no|have no|had no|does not (?:cause|work|affect|reach|cross)"
    r"|cannot|without any)\b",
    re.I,
)
_CAUSE = re.compile(
    r"\b(?:caus(?:es|ed|ing)|because of|due to|leads? to|led to|results? in|resulted in|responsible for"
    r"|attributable to|drives|prevents?|prevented)\b",
    re.I,
)
_SUPERIOR = re.compile(
    r"\b(?:superior to|better than|more effective than|outperform\w*|inferior to|worse than"
    r"|non-?inferior to|as effective as|equivalent to|safer than)\b",
    re.I,
)
_SIGNIFICANT = re.compile(
    r"(?P<no>\b(?:not|no|non|none|neither|without|nor|failed to|did not|lack of|borderline|nearly"
    r"|almost)\b[^.;,]{0,40}?|non-?|in)?\bsignificant(?:ly)?\b",
    re.I,
)


def wordings(text: str, start: int, end: int) -> Iterator[Item]:
    for kind, pattern in (("negative", _NEGATIVE), ("cause", _CAUSE), ("superiority", _SUPERIOR)):
        for found in pattern.finditer(text, start, end):
            yield Item(kind, found.start(), found.end(), found.start(), {}, {"words": found[0].lower()})
    for found in _SIGNIFICANT.finditer(text, start, end):
        behind = text[found.end() : found.end() + 12].lower()
        if behind.startswith((" level", "ce level", " at the", " digit", " figure")):
            continue
        yield Item(
            "superiority",
            found.start(),
            found.end(),
            found.start(),
            {},
            {"words": "significant", "denied": bool(found["no"])},
        )
