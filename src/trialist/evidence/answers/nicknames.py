"""Trials that a question describes in the place of naming them: `the German programme`, words of a title."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from trialist.evidence.answers.language import WORD, ordinary, words
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.model import Store

_LEAST = 2  # words of one title, and of no other, that describe a trial
_STEM = 5


def described(text: str, store: Store, named: Iterable[Mention]) -> tuple[str, ...]:
    """The trials that a text means by their country, or by words that stand in the title of one alone.

    `named`: what the text names otherwise; the words of a disease or a drug describe no trial.
    """
    by_nation = tuple(_of_nations(text, store))
    for one in named:
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    return by_nation or tuple(_of_title(text, store))


def _of_nations(text: str, store: Store) -> list[str]:
    """`the Greek study`, `German CUP`: of the country that the name or the title of the trial has."""
    kinds = "|".join(words()["kinds_of_trial"])
    found = []
    for said in words()["nations"].values():
        forms = "|".join(re.escape(each) for each in said)
        if re.search(rf"\b(?:{forms})\b(?:[ /-]+[\w-]+){{0,3}}?[ /-]+(?:{kinds})\b", text, re.I):
            own = re.compile(rf"\b(?:{forms})\b", re.I)
            found += [
                card.trial for card in store.trials.values() if own.search(f"{card.trial} {card.title}")
            ]
    return list(dict.fromkeys(found))


def _of_title(text: str, store: Store) -> list[str]:
    """The one trial with most words of the text that stand in its title and in no other."""
    titles = {card.trial: _stems(f"{card.title} {card.setting or ''}") for card in store.trials.values()}
    count = Counter(stem for stems in titles.values() for stem in stems)
    common = {word[:_STEM] for word in ordinary()}
    own = {stem for stem in _stems(text) if count[stem] == 1} - common
    found = {trial: len(stems & own) for trial, stems in titles.items()}
    best = max(found.values(), default=0)
    most = [trial for trial, number in found.items() if number == best >= _LEAST]
    return most if len(most) == 1 else []


def _stems(text: str) -> set[str]:
    return {word.lower()[:_STEM] for word in WORD.findall(text.replace("-", " ")) if len(word) > 2}
