"""What is said to somebody who asks for one person: of what cannot wait, of a choice, of anything else.

The emergency follows NICE guideline CG151 (recommendations 1.1.1.1 and 1.4.1.1): the statement `unwell`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from trialist.evidence.answers.answer import Sentence
from trialist.evidence.answers.asked import Advice, Question
from trialist.evidence.answers.language import cued, ordinary, words
from trialist.evidence.answers.named import Audience

_LIKE = 0.78  # Ratcliff and Obershelp's likeness: one letter of five, two of ten
_LEAST = 4  # of shorter words too many are one letter apart


def advice_asked(text: str, *, of_groups: bool = False) -> Advice | None:
    """What somebody asks for one person, if it is for one: in the order of what must be said first.

    `of_groups`: a trial is spoken of, so that a sign without a person is one of its patients.
    """
    if signs_of(text) and not (of_groups and not _of_a_person(text)):
        return "urgent"
    if not cued("advice", text):
        return None
    if cued("decide", text):
        return "change" if cued("change", text) else "decision"
    return "person"


def signs_of(text: str) -> tuple[str, ...]:
    """Signs that may be an emergency in the person whom a text is about; none in a question on groups.

    Nobody need be named: `shivering, temp 39.1` is told of somebody unless it asks how often, or what it is.
    """
    said = _spelt(text)
    if not re.search(_signs()["person"], said) and re.search(_signs()["groups"], said):
        return ()
    return tuple(name for name, cues in _signs()["signs"].items() if any(_is_had(cue, said) for cue in cues))


def _of_a_person(text: str) -> bool:
    return re.search(_signs()["person"], _spelt(text)) is not None


def _is_had(cue: str, said: str) -> bool:
    """Whether a sign is told of somebody: what stands before it does not ask how often it comes."""
    found = re.search(cue, said)
    return found is not None and not cued("in_general", said[: found.end()])


def told_first(question: Question) -> bool:
    """Whether it stands before everything else, or after the short answer."""
    return question.advice in ("urgent", "decision", "change") or is_own_matter(question)


def is_own_matter(question: Question) -> bool:
    """Whether values or other medicines of one person are asked about: results of groups do not tell."""
    own = cued("own_value", question.text) or cued("interaction", question.text)
    return question.advice in ("person", "decision") and question.kind != "dosing" and own


def no_advice(question: Question, ids: tuple[str, ...], audience: Audience) -> Sentence:
    """That nothing here is advice, and where it is to be had."""
    held = words()["personal"][question.advice]
    if is_own_matter(question):
        held = words()["personal"]["change"]
    if question.advice == "urgent" and "infection" not in signs_of(question.text):
        held = words()["personal"]["urgent_sign"]
    behind = (held["statement"],) if "statement" in held else ids
    return Sentence(held["plain" if audience == "patient" else "text"], behind)


def _spelt(text: str) -> str:
    """A text in small letters without apostrophes, with the words of signs as they are spelt."""
    plain = re.sub(r"['’`´]", "", text.lower())
    return re.sub(r"[a-z]{4,}", lambda m: _as_spelt(m[0]), plain)


@cache
def _as_spelt(word: str) -> str:
    names = _signs()["spelt"]
    if word in names or word in ordinary():
        return word
    near = [name for name in names if name[0] == word[0] and len(name) >= _LEAST]
    return next(iter(get_close_matches(word, near, 1, _LIKE)), word)


@cache
def _signs() -> Mapping[str, Any]:
    text = files("trialist.evidence.answers").joinpath("signs.yaml").read_text(encoding="utf-8")
    held: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    parts = held["parts"]
    signs = {name: [cue.format(**parts) for cue in cues] for name, cues in held["signs"].items()}
    return {**held, "signs": signs}
