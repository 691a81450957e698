"""What the store does not hold of a question, and what it holds nearby."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trialist.evidence.answers.answer import Sentence, unique
from trialist.evidence.answers.choice import (
    Absent,
    Choice,
    arms_of,
    broad,
    compared_drugs,
    measures,
    outcome_of,
)
from trialist.evidence.answers.language import words
from trialist.evidence.answers.named import Audience, condition_name, endpoint_name, subject_name
from trialist.evidence.answers.personal import is_own_matter
from trialist.evidence.model import Store, TrialCard
from trialist.evidence.vocabulary import Vocabulary


def refusal(choice: Choice, store: Store, audience: Audience) -> Iterator[Sentence]:
    """That the question is not answered, and which part of it is not in the store."""
    known = choice.words
    ids = tuple(store.trials)
    if choice.question.advice in ("urgent", "change"):
        yield Sentence("So this question is not answered here.", ids)
        return
    for absent in choice.absent:
        yield Sentence(_lacking(absent, choice, audience), absent.judged_on or ids)
    if is_own_matter(choice.question):
        text = "The store tells of groups, and of no one patient."
        if audience == "patient":
            text = "What we have tells of groups of people. It cannot answer this for one person."
        yield Sentence(text, ids)
    elif not choice.absent:
        of = listed(subject_name(known, kind, name, audience) for kind, name in choice.question.subjects)
        if any(measures(store, card, choice.endpoints) for card in choice.trials):
            text = f"On {of or 'this'} the store has only numbers from memory, which carry no answer."
        elif of:
            text = f"The store holds nothing on {of} that answers this."
        elif choice.question.toxicities or choice.question.endpoints:
            text = "Your question names no treatment that our store knows."
            text = text if audience == "patient" else "The question names no treatment that the store holds."
        elif audience == "patient":
            text = "We found nothing in our store about this."
        else:
            text = "The store holds no treatment, disease or trial that this question names."
        yield Sentence(text, tuple(card.trial for card in choice.trials) or ids)
    yield Sentence("So this question is not answered here.", ids)


def _lacking(absent: Absent, choice: Choice, audience: Audience) -> str:
    known = choice.words
    plain = audience == "patient"
    if absent.kind in ("drug", "class", "treatment"):
        name = subject_name(known, absent.kind, absent.name, audience)
        return f"Our store has no study of {name}." if plain else f"No trial in the store tested {name}."
    if absent.kind == "word":
        return (
            f"Our store does not know '{absent.name}'."
            if plain
            else f"The store does not know '{absent.name}'."
        )
    if absent.kind == "matter":
        return (
            f"Our store has nothing on {absent.name}."
            if plain
            else f"The store holds nothing on {absent.name}."
        )
    if absent.kind == "trial":
        what = "study" if plain else "trial"
        return f"{'Our' if plain else 'The'} store does not hold the {what} {absent.name.upper()}."
    if absent.kind == "condition":
        return (
            f"Our store has no study of {absent.name}."
            if plain
            else f"No trial in the store is of {absent.name}."
        )
    of = (
        " or ".join(subject_name(known, kind, name, audience) for kind, name in choice.question.subjects)
        or "a treatment"
    )
    if absent.kind == "results":
        if plain:
            return f"Our store has no results of {absent.name} yet."
        return f"The store lists {absent.name} and no result of it."
    if absent.kind == "combination":
        return (
            f"Our store has no study of {of} in this setting: {absent.name}."
            if plain
            else f"No trial in the store tested {of} in {absent.name}."
        )
    if absent.kind == "together":
        names = " together with ".join(
            subject_name(known, kind, name, audience) for kind, name in choice.question.subjects
        )
        return f"No {'study in our' if plain else 'trial in the'} store gave {names}."
    if absent.kind == "comparison":
        names = " with ".join(
            subject_name(known, kind, name, audience) for kind, name in choice.question.subjects
        )
        return (
            f"No study in our store compared {names} directly."
            if plain
            else f"No trial in the store compared {names} in one trial."
        )
    name = endpoint_name(known, absent.name, audience)
    if choice.question.trials and not choice.question.subjects:
        trials = listed(choice.question.trials)
        return f"{'Our' if plain else 'The'} store holds no result of {trials} on {name}."
    return (
        f"No study here of {of} measured {name}."
        if plain
        else f"No trial in the store of {of} has a result on {name}."
    )


def missing(choice: Choice, audience: Audience) -> Iterator[Sentence]:
    """The parts that an answer that is given lacks."""
    for absent in choice.absent:
        ids = absent.judged_on or tuple(card.trial for card in choice.trials)
        yield Sentence(_lacking(absent, choice, audience), ids)
    unknown = choice.question.unknown
    seen = tuple(card.trial for card in choice.trials) or tuple(each.id for each in choice.statements)
    if unknown:
        named = ", ".join(f"'{word}'" for word in unknown)
        text = f"The store does not know what {named} means here; what is said does not speak of it."
        yield Sentence(text, seen)


def nearby(choice: Choice, store: Store, audience: Audience) -> Iterator[Sentence]:
    """What is known near to what was asked: the same drug elsewhere, other drugs in the same disease."""
    question = choice.question
    for kind, name in question.subjects:
        cards = [card for card in store.trials.values() if arms_of(choice.words, card, [(kind, name)])]
        if cards:
            where = unique(
                condition_name(
                    choice.words,
                    broad(choice.words, card.condition) if audience == "patient" else card.condition,
                    audience,
                )
                for card in cards
            )
            drug = subject_name(choice.words, kind, name, audience)
            text = (
                f"The store has studies of {drug} in {listed(where)}."
                if audience == "patient"
                else f"{drug} was tested in {listed(where)}: {', '.join(c.trial for c in cards)}."
            )
            yield Sentence(text[:1].upper() + text[1:], tuple(card.trial for card in cards))
    conditions = {name for asked in question.conditions for name in choice.words.under("condition", asked)}
    cards = [card for card in store.trials.values() if card.condition in conditions]
    if cards and not any(
        arms_of(choice.words, card, [subject]) for card in cards for subject in question.subjects
    ):
        drugs = unique(
            drug for card in cards for arm in card.arms.values() for drug in compared_drugs(choice.words, arm)
        )
        named = [
            subject_name(choice.words, "drug", drug, audience)
            for drug in drugs
            if drug not in _inactive(choice.words)
        ]
        asked = listed(condition_name(choice.words, name, audience) for name in question.conditions)
        yield Sentence(
            f"For {asked} the store has studies of {listed(named)}.", tuple(card.trial for card in cards)
        )


def _inactive(known: Vocabulary) -> frozenset[str]:
    return frozenset(t.id for t in known.terms("drug").values() if t.drug_class in ("inactive", "supportive"))


def unmeasured(choice: Choice, store: Store, audience: Audience) -> Iterator[Sentence]:
    """That the outcome that is hoped for was no endpoint of any trial of the treatment."""
    known = choice.words
    question = choice.question
    if (
        question.outcome is None
        or not choice.trials
        or any(
            finding.endpoint in outcome_of(question)["endpoints"]
            for card in choice.trials
            for finding in store.of(card.trial)
        )
    ):
        return
    ids = tuple(card.trial for card in choice.trials)
    gaps = [
        each
        for each in choice.statements
        if each.kind == "gap" and set(question.sites) & set(each.about) and question.sites
    ]
    label = outcome_words(known, question.outcome, question.sites, audience)
    of = (
        " or ".join(subject_name(known, kind, name, audience) for kind, name in question.subjects)
        or "a treatment"
    )
    if gaps:
        said = gaps[0]
        yield Sentence((said.plain if audience == "patient" else None) or said.text, (said.id, *ids))
    elif audience == "patient":
        yield Sentence(f"No study in our store measured {label} with {of}.", ids)
    else:
        yield Sentence(f"No trial of {of} in the store measured {label}.", ids)


def outcome_words(known: Vocabulary, outcome: str, sites: tuple[str, ...], audience: Audience) -> str:
    """`the disappearance of bone metastases`."""
    held = words()["outcomes"][outcome]
    where = " or ".join(
        (known.terms("condition")[s].plain if audience == "patient" else None) or known.label("condition", s)
        for s in sites
    )
    text: str = held["plain" if audience == "patient" else "label"]
    return text.format(site=where or ("the cancer" if audience == "patient" else "the disease"))


def listed(names: Iterable[str]) -> str:
    *rest, last = [*names] or [""]
    return f"{', '.join(rest)} and {last}" if rest else last


def trials_named(cards: Iterable[TrialCard]) -> str:
    return listed(card.trial for card in cards)
