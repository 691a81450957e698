"""Assertions without numbers: what kind of thing is said where in a sentence, and how it is said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from trialist.evidence.claims.voice import Voice, voice

_LISTS = ("outcome", "strong")


@dataclass(frozen=True, slots=True)
class Assertion:
    """`kind`: a family of `assertions.yaml`; start, end: offsets in the sentence."""

    kind: str
    start: int
    end: int
    words: str
    voice: Voice


@cache
def _families() -> Mapping[str, re.Pattern[str]]:
    said = files("trialist.evidence.claims").joinpath("assertions.yaml").read_text(encoding="utf-8")
    data: Mapping[str, list[str]] = yaml.load(said, Loader=yaml.CSafeLoader)
    made = {}
    for kind, words in data.items():
        if kind in _LISTS:
            continue
        body = "|".join(words)
        for name in _LISTS:
            body = body.replace(f"{{{name}}}", str(data[name]))
        made[kind] = re.compile(rf"(?<![\w-])(?:{body.replace(' ', chr(92) + 's+')})(?![\w-])", re.I)
    return made


def assertions(sentence: str, *kinds: str, behind: str = "") -> Iterator[Assertion]:
    """Everything of some kinds that a sentence asserts, in order. `behind`: the sentence that follows."""
    for kind in kinds:
        for found in _families()[kind].finditer(sentence):
            how = voice(sentence, found.start(), found.end(), behind)
            yield Assertion(kind, found.start(), found.end(), " ".join(found[0].lower().split()), how)


def told(sentence: str, *kinds: str, behind: str = "") -> Assertion | None:
    """The first thing of some kinds that is told, and neither denied nor doubted."""
    return next((a for a in assertions(sentence, *kinds, behind=behind) if a.voice == "told"), None)
