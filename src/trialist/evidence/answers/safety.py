"""Side effects: which results an answer shows, and the sentences of its section on safety."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trialist.evidence.answers.answer import Sentence, unique
from trialist.evidence.answers.choice import Choice
from trialist.evidence.answers.language import words
from trialist.evidence.answers.named import Audience
from trialist.evidence.answers.results import Result, result_of
from trialist.evidence.answers.told import result_sentences
from trialist.evidence.filter import is_endpoint
from trialist.evidence.model import Store, TrialCard


def results(choice: Choice, store: Store, room: Any) -> Iterator[Result]:
    """For a question about side effects: those that it names, else the serious and the most frequent."""
    asked = choice.question.toxicities
    exact = [name for name in choice.endpoints if name.count(":") == 2 or not name.startswith("ae")]
    shown = 0
    for card in choice.trials:
        if exact:
            held = [result_of(store, card, name) for name in _spelt_out(store, card, exact)]
            found = [each for each in held if each is not None]
            found += named_results(store, card, asked)
        elif asked:
            found = list(named_results(store, card, asked))
        else:
            found = list(leading(store, card, choice, room["events"]))
        kept = [each for each in found if not each.weak]
        yield from kept
        shown += bool(kept)
        if shown == room["trials"]:
            return


def safety_sentences(choice: Choice, store: Store, audience: Audience, room: Any) -> Iterator[Sentence]:
    """Side effects of what is asked about in the first trials that have them, and the cautions of labels."""
    question = choice.question
    if question.kind != "safety":
        told = 0
        named = {card.trial: list(named_results(store, card, question.toxicities)) for card in choice.trials}
        for card in choice.trials:
            every = named[card.trial] if any(named.values()) else leading(store, card, choice, room["beside"])
            found = [each for each in every if not each.weak]
            for result in found:
                yield from result_sentences(result, audience)
            told += bool(found)
            if told == (1 if audience == "patient" else 2):
                break
    subjects = {name for _, name in question.subjects}
    cautions = [
        each
        for each in choice.statements
        if each.kind == "caution"
        and each.reliability not in words()["never_alone"]
        and subjects & set(each.about)
        and (audience != "patient" or each.plain)
    ]
    for each in cautions[: room["statements"]]:
        text = (each.plain if audience == "patient" else None) or each.text
        yield Sentence(text, (each.id,))


def _spelt_out(store: Store, card: TrialCard, names: list[str]) -> tuple[str, ...]:
    """The endpoints of a trial that are of the families that are named: deaths by their cause."""
    held = unique(f.endpoint for f in store.of(card.trial))
    return unique(each for name in names for each in held if is_endpoint(each, name))


def named_results(store: Store, card: TrialCard, toxicities: tuple[str, ...]) -> Iterator[Result]:
    """The severe events of each kind that is named, and all of them."""
    grades = words()["grades"]
    for toxicity in toxicities:
        names = unique(f.endpoint for f in store.of(card.trial) if is_endpoint(f.endpoint, f"ae:{toxicity}"))
        known = [n for n in names if n.split(":")[2] in grades and n.count(":") == 2]
        ordered = sorted(known, key=lambda n: grades.index(n.split(":")[2]))
        for name in unique((*ordered[:1], *ordered[1:][-1:])):  # the severe ones, and all of them
            found = result_of(store, card, name)
            if found is not None:
                yield found


def leading(store: Store, card: TrialCard, choice: Choice, most: int) -> Iterator[Result]:
    """The overall counts, then the severe events that were most frequent in the arms that are asked about."""
    overall = [result_of(store, card, f"ae:{name}") for name in words()["serious_events"]]
    asked = {name for names in choice.sides.get(card.trial, ()) for name in names} or set(card.arms)
    held = [
        each
        for each in overall
        if each is not None and not each.weak and asked & {name for name, _ in each.arms}
    ]
    yield from held[:most]
    severe = [
        f
        for f in store.of(card.trial)
        if f.endpoint.startswith("ae:")
        and f.endpoint.count(":") == 2
        and f.endpoint.endswith((":3+", ":3-4", ":3-5"))
        and not f.endpoint.startswith("ae:any:")
        and f.subgroup is None
        and f.measure == "proportion"
        and asked.intersection(f.groups)
    ]
    names = unique(f.endpoint for f in sorted(severe, key=lambda f: -(f.estimate or 0)))
    found = [result_of(store, card, name) for name in names]
    yield from [each for each in found if each is not None and not each.weak][:most]
