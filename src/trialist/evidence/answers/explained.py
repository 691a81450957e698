"""The answer to what a word of trials means: statements that explain it, and where it was measured."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.answers.absence import listed
from trialist.evidence.answers.answer import Sentence
from trialist.evidence.answers.asked import Question
from trialist.evidence.answers.concepts import explanations
from trialist.evidence.answers.named import Audience, endpoint_name
from trialist.evidence.answers.stated import as_said
from trialist.evidence.filter import is_endpoint
from trialist.evidence.model import Statement, Store

_SHORT, _MORE = 3, 3


def explained(question: Question, store: Store, audience: Audience) -> dict[str, list[Sentence]]:
    """Sections of the answer: the meaning, how trials used it, where it was measured, on what it rests."""
    found = explanations(question.concepts, question.trials, store)
    general = [each for each in found if not set(each.about) & set(store.trials)] or found
    first = _one_each(question, found if question.trials else general)
    rest = [each for each in found if each not in first][:_MORE]
    said = [*first, *rest]
    return {
        "short": [as_said(each, audience) for each in first],
        "shows": [as_said(each, audience) for each in rest],
        "measured": list(_measured(question, store, audience)),
        "certainty": [_ground(said, audience)] if said else [],
    }


def _one_each(question: Question, found: list[Statement]) -> list[Statement]:
    """What is about several of the concepts, then one statement of each that is left."""
    asked = set(question.concepts)
    held = [each for each in found if len(asked & set(each.about)) > 1][:1] if len(asked) > 1 else []
    for name in question.concepts:
        one = next((each for each in found if name in each.about or name == each.id), None)
        if one is not None and one not in held:
            held.append(one)
    return held[:_SHORT]


def _measured(question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    """The trials of the store that have results on an endpoint or side effect that was explained."""
    for name in question.concepts[:2]:
        tried = [name, f"ae:{name}"]
        cards = [
            card
            for card in store.trials.values()
            if any(is_endpoint(f.endpoint, one) for f in store.of(card.trial) for one in tried)
        ]
        if not cards:
            continue
        shown = listed(card.trial for card in cards)
        what = endpoint_name(store.words, name, audience) if name in store.words.terms("endpoint") else ""
        what = what or store.words.label("toxicity", name)
        text = f"Results on {what} are in the store for {shown}."
        if audience == "patient":
            text = f"Studies here that looked at this: {shown}."
        yield Sentence(text, tuple(card.trial for card in cards))


def _ground(said: list[Statement], audience: Audience) -> Sentence:
    text = "This explains a word; it says nothing of a treatment, and a trial may define it otherwise."
    if audience == "patient":
        text = "This explains a word. A study may count it in its own way."
    return Sentence(text, tuple(each.id for each in said))
