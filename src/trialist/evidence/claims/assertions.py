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
def plain_words(what: str) -> frozenset[str]:
    """Words of `plain_words.yaml`, which say nothing of their own."""
    said = files("trialist.evidence.claims").joinpath("plain_words.yaml").read_text(encoding="utf-8")
    data: Mapping[str, str] = yaml.load(said, Loader=yaml.CSafeLoader)
    return frozenset(data[what].split())


@cache
def _said() -> Mapping[str, list[str]]:
    said = files("trialist.evidence.claims").joinpath("assertions.yaml").read_text(encoding="utf-8")
    data: Mapping[str, list[str]] = yaml.load(said, Loader=yaml.CSafeLoader)
    return data


def family(kind: str) -> str:
    """The expression of one family, for a larger one."""
    body = "|".join(_said()[kind])
    for name in _LISTS:
        body = body.replace(f"{{{name}}}", str(_said()[name]))
    return body.replace(" ", r"\s+")


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{family(kind)})(?![\w-]|['\u2019]t\b)", re.I)


def assertions(sentence: str, *kinds: str, behind: str = "") -> Iterator[Assertion]:
    """Everything of some kinds that a sentence asserts, in order. `behind`: the sentence that follows."""
    for kind in kinds:
        for found in _pattern(kind).finditer(sentence):
            how = voice(sentence, found.start(), found.end(), behind)
            yield Assertion(kind, found.start(), found.end(), " ".join(found[0].lower().split()), how)


_ANOTHER_NOT = re.compile(r"\b(?:not|never|n't|no longer)\b[^.;]{0,20}$", re.I)


def absences(sentence: str, behind: str = "") -> Iterator[Assertion]:
    """`None`, `never`, `was not seen`, `eliminates`: its own `no` is part of what is told."""
    for said in assertions(sentence, "nothing", "rid", behind=behind):
        own = (
            said.kind == "nothing"
            and said.voice == "denied"
            and not _ANOTHER_NOT.search(sentence[: said.start])
        )
        if said.voice == "told" or own:
            yield said


def told(sentence: str, *kinds: str, behind: str = "") -> Assertion | None:
    """The first thing of some kinds that is told, and neither denied nor doubted."""
    return next((a for a in assertions(sentence, *kinds, behind=behind) if a.voice == "told"), None)
