"""What a trial was planned to show, as its sources state it; what is only recalled is told to be so."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.answers.answer import Sentence
from trialist.evidence.answers.language import words
from trialist.evidence.answers.named import Audience
from trialist.evidence.model import Store, TrialCard


def planned(
    card: TrialCard, store: Store, audience: Audience, only: tuple[str, ...] = ()
) -> Iterator[Sentence]:
    """Effect, power, level, events and patients of the plan: those read, then those only recalled."""
    names = words()["plain_stated"] if audience == "patient" else words()["stated"]
    weak = words()["never_alone"]
    read: list[str] = []
    recalled: list[str] = []
    sources: list[str] = []
    for name, said in names.items():
        for source, value in card.stated.get(name, {}).items():
            if only and name not in only:
                continue
            if source in weak:
                recalled.append(said.format(value))
            else:
                many = len([s for s in card.stated[name] if s not in weak]) > 1
                read.append(said.format(value) + (f" ({source})" if many else ""))
                sources.append(source)
    ids = (card.trial, *(s for s in dict.fromkeys(sources) if s in store.sources and s != card.trial))
    if read:
        yield Sentence(f"The plan of {card.trial}: {'; '.join(read)}.", ids)
    if recalled:
        text = f"Of the plan of {card.trial} only recalled, and not read: {'; '.join(recalled)}."
        yield Sentence(text, (card.trial,))
