"""Numbers that are written as words: `two out of three`, `at one year`, `twice daily`.

WORD    a pattern of one number word; TIMES: of one, or of `once` and `twice`
"""

from __future__ import annotations

_ONE_TO_TWELVE = (
    *("one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_WORDS = {word: number for number, word in enumerate(_ONE_TO_TWELVE, 1)} | {"twenty": 20}
_OFTEN = {"once": 1, "twice": 2}

WORD = rf"\b(?:{'|'.join(_WORDS)})\b"
TIMES = rf"\b(?:{'|'.join((*_WORDS, *_OFTEN))})\b"


def digits(said: str) -> str:
    """The digits of a number word; anything else as it is, in small letters."""
    word = said.lower()
    return str((_WORDS | _OFTEN).get(word, word))
