"""Which arms of a trial are compared for a question, and what a question takes for granted of them."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.answers.answer import Sentence, unique
from trialist.evidence.answers.choice import Choice, outcome_of
from trialist.evidence.answers.named import Audience, endpoint_name, subject_name
from trialist.evidence.answers.passages import id_of
from trialist.evidence.answers.results import Result, verdict
from trialist.evidence.answers.stated import as_said
from trialist.evidence.filter import drugs_of
from trialist.evidence.model import Store


def pairs(choice: Choice, result: Result) -> Iterator[tuple[str, str]]:
    """The arms to compare: what is asked about with the others, side with side, or dose with dose."""
    card = result.card
    sides = choice.sides.get(card.trial, ())
    held = [names for names in sides if names]
    if choice.head_to_head and len(held) > 1:
        yield from ((a, b) for a in held[0] for b in held[1] if a != b)
        return
    asked = unique(name for names in held for name in names)
    if choice.question.doses and len(asked) > 1:
        yield from ((a, b) for place, a in enumerate(asked) for b in asked[place + 1 :])
        return
    others = [name for name in card.arms if name not in asked]
    if asked and others:
        yield from ((a, b) for a in asked for b in others)
    elif not asked and len(card.arms) > 1:
        first = [n for n, arm in card.arms.items() if arm.role == "experimental"] or list(card.arms)[:1]
        yield from ((a, b) for a in first for b in card.arms if b not in first)
    elif len(asked) > 1:
        yield from ((a, b) for place, a in enumerate(asked) for b in asked[place + 1 :])


def presumed(choice: Choice, results: list[Result], audience: Audience) -> Iterator[Sentence]:
    """Whether what the question takes for granted was found."""
    known = choice.words
    wanted = choice.question.presumes
    asked = outcome_of(choice.question)["endpoints"] if choice.question.outcome else ()
    for result in (each for each in results if not asked or each.endpoint in asked):
        for one, two in pairs(choice, result):
            found = verdict(result, one, two)
            if found is None:
                continue
            ids = tuple(map(id_of, found[1]))
            name = endpoint_name(known, result.endpoint, audience)
            if found[0] != wanted:
                text = f"The question takes for granted what {result.card.trial} did not show ({name})."
                yield Sentence(text, ids)
            else:
                yield Sentence(
                    f"What the question takes for granted was found in {result.card.trial} for {name}.", ids
                )
            return


def other_class(choice: Choice, store: Store, audience: Audience) -> Iterator[Sentence]:
    """Of which class a drug is that the question takes for one of another, and how it acts."""
    known, question = choice.words, choice.question
    (_, drug), supposed = question.subjects[0], question.supposed
    acts = [s for s in store.statements if s.kind == "mechanism" and drug in s.about]
    own = known.terms("drug")[drug].drug_class
    if own is None or supposed is None or not acts:
        return
    name, is_a = subject_name(known, "drug", drug, audience), known.label("class", own)
    said = "is" if drug in drugs_of(known, supposed) else "is not"
    other = known.label("class", supposed)
    text = f"{name[:1].upper()}{name[1:]} is of the class {is_a}; it {said} of the class {other}."
    if audience == "patient":
        other = known.terms("class")[supposed].plain or supposed
        text = (
            f"{name[:1].upper()}{name[1:]} is {known.terms('class')[own].plain or is_a}. It {said} {other}."
        )
    yield Sentence(text, tuple(each.id for each in acts[:1]))
    yield from (as_said(each, audience) for each in acts[:1])
