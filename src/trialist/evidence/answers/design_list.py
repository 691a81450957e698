"""Which trials the store holds of a treatment or disease: one sentence for each."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.answers.answer import Sentence
from trialist.evidence.answers.asked import Question
from trialist.evidence.answers.choice import arms_of
from trialist.evidence.answers.named import Audience
from trialist.evidence.model import Store, TrialCard

_PHASE = re.compile(r"\bphase (\d|I{1,3}V?|IV)\b", re.I)
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_MOST = {"patient": 6, "clinician": 12, "researcher": 30}


def listing(question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    """The trials of what is named, the largest first, with how many there are."""
    cards = sorted((c for c in store.trials.values() if _fits(c, question, store)), key=lambda c: -(c.n or 0))
    ids = tuple(card.trial for card in cards) or tuple(store.trials)
    what = ("study", "studies") if audience == "patient" else ("trial", "trials")
    count = "no" if not cards else "one" if len(cards) == 1 else "several"
    yield Sentence(f"The store holds {count} such {what[len(cards) > 1]}.", ids)
    for card in cards[: _MOST[audience]]:
        yield Sentence(f"{card.trial}: {card.title} ({_what(card, store)}).", (card.trial,))


def _fits(card: TrialCard, question: Question, store: Store) -> bool:
    known, text = store.words, question.text
    conditions = {name for each in question.conditions for name in known.under("condition", each)}
    asked = _PHASE.search(text)
    phase = _ROMAN.get(asked[1].lower(), asked[1]) if asked else ""
    drawn = re.search(r"\brandomi[sz]ed\b", text, re.I) and not re.search(
        r"\bnon-?randomi|not randomi", text, re.I
    )
    return (
        all(arms_of(known, card, [subject]) for subject in question.subjects)
        and (not conditions or card.condition in conditions)
        and (not question.lines or card.line in question.lines)
        and (not phase or phase in (card.phase or "").split("-"))
        and (not drawn or card.randomised)
        and (not ("primary" in question.matters and question.endpoints) or _primary(card, question))
    )


def _primary(card: TrialCard, question: Question) -> bool:
    return bool(set(card.primary) & set(question.endpoints))


def _what(card: TrialCard, store: Store) -> str:
    parts = [
        f"phase {card.phase}" if card.phase and card.phase[0].isdigit() else card.phase or "",
        "randomised" if card.randomised else "",
        f"{card.n} patients" if card.n else "",
        "" if store.of(card.trial) else "no result is held",
    ]
    return ", ".join(part for part in parts if part) or "nothing more is held"
