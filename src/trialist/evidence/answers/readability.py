"""How hard a text is to read: the grade of Flesch and Kincaid (1975), with a syllable counter of our own.

Grade = 0.39 words / sentences + 11.8 syllables / words - 15.59 (Kincaid et al., Research Branch Report 8-75).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|\d[\d.,]*")
_VOWELS = re.compile(r"[aeiouy]+")
_DIGIT_SYLLABLES = 1  # a figure is read as one word; each of its digits as a syllable


def grade(texts: Iterable[str]) -> float | None:
    """The reading grade of sentences; None where there is no word."""
    sentences = [part for text in texts for part in re.split(r"(?<=[.!?:;])\s+", text) if _WORD.search(part)]
    read = [word for sentence in sentences for word in _WORD.findall(sentence)]
    if not read:
        return None
    return 0.39 * len(read) / len(sentences) + 11.8 * sum(map(syllables, read)) / len(read) - 15.59


def syllables(word: str) -> int:
    """Groups of vowels, less a silent e, with the endings that add or drop one; figures by their digits."""
    if word[0].isdigit():
        return max(1, sum(c.isdigit() for c in word)) * _DIGIT_SYLLABLES
    text = word.lower().removesuffix("'s")
    if len(text) <= 3:
        return max(1, len(_VOWELS.findall(text)))
    count = len(_VOWELS.findall(text))
    if re.search(r"[^aeiouyl]e$", text) or re.search(r"[aeiouy]le$", text):
        count -= 1  # silent e
    if re.search(r"[^aeiouytd]ed$", text) or re.search(r"[^aeiouysxzcg]es$", text):
        count -= 1  # stopped, times
    if re.search(r"[^aeiouy](?:ely|eless|eful|ement)s?$", text):
        count -= 1  # closely, movement
    if re.search(r"(?:i[aou]|ua|yi)", text) and not re.search(
        r"(?:[ct]i(?:on|ous|al)|gi(?:on|ous)|ious)", text
    ):
        count += 1  # radi-um, triu-al
    return max(1, count)
