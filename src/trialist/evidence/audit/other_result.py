"""Whether two numbers that look like one result are of two: other analyses, groups, arms, lists."""

from __future__ import annotations

import re

from trialist.evidence.audit.shown import values
from trialist.evidence.claims.model import Claim, Reading

_ANALYSES = re.compile(
    r"\b(?:interim|final|update\w*|follow-?\s?up|second|later)\b"
    r"|^#{1,6} (?!.*\b(?:abstract|summary|results|conclusions?|discussion|findings)\b)",
    re.I | re.M,
)


_SIZE = re.compile(r"[([]\s*n\s*=\s*(?P<n>[\d,]+)\s*[)\]]", re.I)


def rows(reading: Reading, first: Claim, second: Claim) -> bool:
    """Whether two numbers stand on lines of a list whose labels tell two groups of patients.

    Each with its own `(n=...)`, or with labels that differ in their last word alone.
    """
    labels = [
        _line(reading, one)[: one.span.start - one.sentence.end].strip(" -*+:") for one in (first, second)
    ]
    sizes = [found["n"] if found else None for found in map(_SIZE.search, labels)]
    if None not in sizes:
        return sizes[0] != sizes[1]
    words = [label.split() for label in labels]
    return all(len(w) > 1 for w in words) and words[0][:-1] == words[1][:-1] and words[0] != words[1]


_ITEM = re.compile(r"\s*[-*+]\s+(?P<label>[A-Za-z][A-Za-z -]*?)\s*(?=[:\d])")
_TITLE = re.compile(r"^(?:#{1,6} .+|\*\*[^*\n]+\*\*.*|[A-Z][^\n:.]{2,80}:?)$", re.M)
_COMPARED = re.compile(
    r"^[-*+]\s+(?P<pair>[A-Z][^\n\d:]{2,60}\s(?:v|vs\.?|versus)\s[^\n\d:]{2,60}?)"
    r"(?:,\s*[\d,]+\s+(?:men|women|patients|participants)\b[^\n]*)?$",
    re.M,
)


def _line(reading: Reading, claim: Claim) -> str:
    """The line of a document from its beginning to the end of a claim's sentence."""
    start = reading.document.text.rfind("\n", 0, claim.sentence.start + 1) + 1
    return reading.document.text[start : claim.sentence.end]


def of_another(reading: Reading, first: Claim, second: Claim) -> bool:
    """Whether value and an end differ, with words of another analysis or a heading between them.

    Or an item between that names other arms. Items that begin with one label stand in lists of different
    things, where a line between names the second.
    """
    between = reading.document.text[first.sentence.start : second.sentence.end]
    ends = any(apart(first, second, word) for word in ("low", "high"))
    if apart(first, second, "estimate") and ends and _ANALYSES.search(between):
        return True
    compared = [
        list(_COMPARED.finditer(reading.document.text, 0, one.sentence.start)) for one in (first, second)
    ]
    if all(compared) and compared[0][-1]["pair"] != compared[1][-1]["pair"]:
        return True
    labels = {
        m["label"] if m else None for m in (_ITEM.match(_line(reading, one)) for one in (first, second))
    }
    return len(labels) == 1 and None not in labels and bool(_TITLE.search(between))


def apart(first: Claim, second: Claim, word: str) -> bool:
    a, b = first.numbers.get(word), second.numbers.get(word)
    if word == "n" and a is not None and b is not None and not a.decimals + b.decimals:
        return a.value != b.value  # what is counted is not rounded
    return a is not None and b is not None and not values(a).meets(values(b))
