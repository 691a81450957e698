"""The text as the grammar reads it: one dash, one blank, one decimal point; no character more or less."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.claims.model import Document, Part, Printed
from trialist.evidence.claims.number_words import WORD, in_words

_ONE = str.maketrans(
    {
        **dict.fromkeys("·∙•", "."),
        **dict.fromkeys("‐‑‒–—−", "-"),
        **dict.fromkeys("\u00a0\u2007\u2008\u2009\u200a\u202f\t\n\r\u200b", " "),
        **dict.fromkeys("×✕", "x"),
        **dict.fromkeys("“”„", '"'),
        **dict.fromkeys("‘’", "'"),
        **dict.fromkeys("⩽≦", "≤"),
        **dict.fromkeys("⩾≧", "≥"),
        "²": "2",
        "µ": "u",
        "μ": "u",
    }
)
_MARKS = re.compile(r"\*\*|__|(?<!\d)(?<!\d\s)\*|`")

_PERCENT = re.compile(
    r"(?:(?<=\d)\s?per\s?cent|(?<=\d )per\s?cent)\b(?!\s+(?:confidence|credible|CI\b|power))", re.I
)

INTEGER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?![\d.,]*\d)"
NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+[.,]\d+|\d+|(?<![\d\w])\.\d+)"
COUNT = rf"(?:{INTEGER}|{WORD})"
SIGNED = rf"(?:(?<![\d\w%)/+])-\s?)?{NUMBER}"


def plain(text: str) -> str:
    """The same text, character by character, in the signs that the grammar knows."""
    signs = _MARKS.sub(lambda found: " " * len(found[0]), text.translate(_ONE))
    return _PERCENT.sub(lambda found: "%".ljust(len(found[0])), signs)


def printed(text: str, start: int, end: int, *, decimal: bool = False) -> Printed | None:
    """The number between two offsets of a plain text. With `decimal` a comma is always a decimal comma."""
    digits = text[start:end].replace(" ", "")
    if digits[:1].isalpha():
        value = in_words(text[start:end])
        return None if value is None else Printed(str(value), float(value), start, end)
    if decimal or re.fullmatch(r"-?(?:0,\d+|\d+,\d{1,2}|\d+,\d{4,})", digits):
        digits = digits.replace(",", ".")
    digits = digits.replace(",", "")
    try:
        return Printed(digits, float(digits), start, end)
    except ValueError:
        return None


_END = re.compile(
    r"[.!?](?:[\"')\]]|\[\d[\d,;\s-]*\]|\^\d[\d,-]*\^?)*\s+(?=[\"'(\[]*[A-Z0-9])|\?\s+(?=[a-z])"
)
_SHORT = re.compile(
    r"(?:^|[\s(])(?:v|vs|al|i\.e|e\.g|cf|fig|figs|no|nos|approx|dr|prof|p|pp|st|ca|resp|incl|max|min|ref"
    r"|suppl)$",
    re.I,
)
_INITIAL = re.compile(  # of a name; `arm B.` ends a sentence
    r"(?<!\barm)(?<!\bgroup)(?<!\bcohort)(?<!\bpart)(?<!\bschedule)(?<!\btype)(?<!\bstage)(?:^|\s)[A-Z]$"
)


def sentences(document: Document, text: str) -> Iterator[tuple[int, int, Part]]:
    """(start, end, part) of every sentence outside tables; `text` is the plain text of the document."""
    for part in document.parts:
        if part.kind == "table":
            continue
        start = part.start
        for found in _END.finditer(text, part.start, part.end):
            before = text[start : found.start()]
            if _SHORT.search(before) or _INITIAL.search(before) or not before.strip():
                continue
            if before.strip().isdigit():  # the number of a list
                continue
            yield from _trimmed(text, start, found.start() + 1, part)
            start = found.end()
        yield from _trimmed(text, start, part.end, part)


_NUMBERS = re.compile(r"\d[\d.,]*")
LONGEST = 1500


def flattened(text: str, start: int, end: int) -> bool:
    """Whether a stretch is a table that was written out as running text: numbers in a row, few words."""
    length = end - start
    if length > LONGEST:
        return True
    numbers = len(_NUMBERS.findall(text, start, end))
    return length > 250 and numbers > 12 and numbers * 14 > length


def _trimmed(text: str, start: int, end: int, part: Part) -> Iterator[tuple[int, int, Part]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        yield start, end, part
