"""Which trials the store holds of a treatment or disease: one sentence for each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from trialist.evidence.answers.answer import Sentence
from trialist.evidence.answers.asked import Question
from trialist.evidence.answers.choice import arms_of
from trialist.evidence.answers.language import cued
from trialist.evidence.answers.named import Audience, arm_name
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
    if cards and audience == "patient":
        yield Sentence("Ask by its name what a study found.", ids)
    for card in cards[: _MOST[audience]]:
        said = entry(card, store, audience)
        more = [s for name in ("registered",) if name in question.matters for s in _number(card)]
        yield replace(said, text=" ".join((said.text, *more)))


def _number(card: TrialCard) -> Iterator[str]:
    if card.registered:
        yield f"Registered as {', '.join(card.registered)}."


def entry(card: TrialCard, store: Store, audience: Audience) -> Sentence:
    """What a trial is, in one line: its title and size; for a patient what was given to how many."""
    if audience != "patient":
        return Sentence(f"{card.trial}: {card.title} ({_what(card, store)}).", (card.trial,))
    arms = dict.fromkeys(arm_name(store.words, card, name, audience) for name in card.arms)
    first, *others = arms or ["a treatment that is not named"]
    said = f"In {card.trial}, {'some' if others else 'all'} people got {first}."
    said += "".join(f" Others got {other}." for other in others)
    said += f" In all, {card.n} people took part." if card.n else ""
    return Sentence(said, (card.trial,))


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
        and (not cued("no_results", text) or not store.of(card.trial))
        and (not ("primary" in question.matters and question.endpoints) or _primary(card, question))
    )


def _primary(card: TrialCard, question: Question) -> bool:
    return bool(set(card.primary) & set(question.endpoints))


def _what(card: TrialCard, store: Store) -> str:
    parts = [
        f"phase {card.phase}" if card.phase and card.phase[0].isdigit() else card.phase or "",
        "randomised" if card.randomised else "",
        f"{card.n} patients" if card.n else _target(card),
        "" if store.of(card.trial) else "no result is held",
    ]
    return ", ".join(part for part in parts if part) or "nothing more is held"


def _target(card: TrialCard) -> str:
    """How many were to take part, where nobody knows how many did."""
    held = card.stated.get("planned_n", {})
    return f"{next(iter(held.values()))} planned" if held else ""
