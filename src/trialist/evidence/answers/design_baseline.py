"""Who took part in a trial, what was done with them, and how long they were followed: findings of conduct."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.answers import printed
from trialist.evidence.answers.answer import Sentence
from trialist.evidence.answers.asked import Question
from trialist.evidence.answers.language import lexicon_of, words
from trialist.evidence.answers.named import Audience
from trialist.evidence.answers.passages import id_of
from trialist.evidence.answers.results import result_of
from trialist.evidence.answers.told import result_sentences
from trialist.evidence.model import Store, TrialCard

_WORD = re.compile(r"[a-z]{3,}|\d+")
_MOST = 2
_DEATHS = ("deaths", "deaths_within_30d")
_SURE, _ALL = 2, 8  # of a family that is named (`reasons for stopping`) all are told
_ORDINARY = frozenset(
    {"the", "and", "had", "how", "many", "were", "with", "what", "was", "men", "people", "patient", "median"}
    | {"mean", "number", "trial", "study", "arm"}
)


def baseline(card: TrialCard, question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    """The findings on patients and conduct whose names have most of the words of the question."""
    held = dict.fromkeys(f.endpoint for f in store.of(card.trial))
    told = words()["conduct"]
    named = [
        name for name in held if name.partition(":")[0] in told if ":" in name or name in words()["counted"]
    ]
    families = words()["families"].items()
    wanted = {name for name, cues in families if any(re.search(c, question.text, re.I) for c in cues)}
    asked = _words_of(question, store)
    parts = {name: name.partition(":") if ":" in name else ("", "", name) for name in named}
    likeness = {n: len(asked & _stems(rest)) + 2 * (of in wanted) for n, (of, _, rest) in parts.items()}
    best = max(likeness.values(), default=0)
    found = [name for name in named if likeness[name] == best > 0]
    found = found[: _MOST if best < _SURE else _ALL]
    asked_for = [way for name in question.endpoints for way in words()["wider"].get(name, [name])]
    found = list(dict.fromkeys((*(name for name in named if name in asked_for), *found)))
    noted = len(asked & _stems(card.note or ""))
    if noted > max(best, 1):
        yield Sentence(f"{card.trial}: {(card.note or '').removesuffix('.')}.", (card.trial,))
        return
    for name in found:
        result = result_of(store, card, name)
        figures = audience == "patient" and re.search(r"_\d", name)  # `completed 10 cycles` beside a share
        if result is not None and not result.weak and not figures:
            yield from result_sentences(result, audience)


def causes(card: TrialCard, question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    """Deaths by their cause: the causes that are named, else all that are held."""
    held = dict.fromkeys(f.endpoint for f in store.of(card.trial))
    by_cause = [name for name in held if name.partition(":")[0] in _DEATHS and ":" in name]
    asked = _words_of(question, store)
    named = [name for name in by_cause if asked & _stems(name.partition(":")[2])]
    for name in (named or by_cause)[:_ALL]:
        result = result_of(store, card, name)
        if result is not None and not result.weak and audience != "patient":
            yield from result_sentences(result, audience)


def followup(card: TrialCard, question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    result = result_of(store, card, "followup")
    if result is not None and not result.weak:
        if audience != "patient":
            yield from result_sentences(result, audience)
            return
        for _, found in result.arms:
            time = f"{printed.value(found)} {found.unit}"
            text = f"In {card.trial}, half of the people were followed for more than {time}."
            yield Sentence(text, (id_of(found),))


def _words_of(question: Question, store: Store) -> set[str]:
    """The words of a question, names in the words of the vocabulary as well: `abi` is abiraterone."""
    text = question.text
    for mention in lexicon_of(store).find(question.text):
        text += f" {mention.id.replace('_', ' ')}"
        if mention.kind in ("drug", "condition", "class"):
            text += f" {store.words.label(mention.kind, mention.id)}"
    return _stems(text)


def _stems(text: str) -> set[str]:
    found = (word.rstrip("s") for word in _WORD.findall(text.lower().replace("_", " ")))
    return set(found) - _ORDINARY
