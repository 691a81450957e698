"""Numbers that are written as words: `two out of three`, `at one year`, `three hundred and twelve`.

WORD    a pattern of one number in words; TIMES: of one, or of `once` and `twice`
"""

from __future__ import annotations

_ONES = (
    *(
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: number for number, word in enumerate(_ONES)}
_WORDS |= {word: 10 * number for number, word in enumerate(_TENS, 2)}
_WORDS |= {f"{ten} {one}": _WORDS[ten] + _WORDS[one] for ten in _TENS for one in _ONES[1:10]}
_OFTEN = {"once": 1, "twice": 2}

_TO_NINE = "|".join(_ONES[1:10])
_SMALL = rf"(?:(?:{'|'.join(_TENS)})(?:[\s-](?:{_TO_NINE}))?|{'|'.join(reversed(_ONES))})"
_LARGE = rf"(?:a|{_TO_NINE})\s+hundred\s+(?:and\s+)?{_SMALL}|(?:{_TO_NINE})\s+hundred"
WORD = rf"(?<![\w-])(?i:{_LARGE}|{_SMALL})\b"
TIMES = rf"(?:{WORD}|\b(?i:once|twice)\b)"


def in_words(text: str) -> int | None:
    """`twenty-five`, `three hundred and thirty-three` as a number; None for anything else."""
    said = " ".join(text.lower().replace("-", " ").split()).replace(" and ", " ")
    before, hundred, after = said.partition(" hundred")
    if not hundred:
        return (_WORDS | _OFTEN).get(said)
    hundreds, rest = {"a": 1, **_WORDS}.get(before), _WORDS.get(after.strip()) if after.strip() else 0
    return None if hundreds is None or rest is None else 100 * hundreds + rest


def digits(said: str) -> str:
    """The digits of a number in words; anything else as it is, in small letters."""
    number = in_words(said)
    return said.lower() if number is None else str(number)
