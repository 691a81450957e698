"""What trials found where a drug was given with what is asked about beside it: a growth factor, a steroid."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.answers.answer import Sentence
from trialist.evidence.answers.asked import Question
from trialist.evidence.answers.choice import Choice, arms_of, compared_drugs, measures
from trialist.evidence.answers.named import Audience, arm_name, subject_name
from trialist.evidence.answers.safety import named_results
from trialist.evidence.answers.told import result_sentences
from trialist.evidence.answers.views import results_asked
from trialist.evidence.model import Arm, Store, TrialCard

_MOST = 2


def with_companion(choice: Choice, store: Store, audience: Audience) -> Iterator[Sentence]:
    """Results of the trials that gave the drug with the companion, and that doses were not compared so."""
    known, question = store.words, choice.question
    for companion in (name for name in question.groups if name in known.terms("drug")):
        cards = [card for card in _given_with(store, question, companion) if card not in choice.trials[:1]]
        cards = [card for card in cards if measures(store, card, choice.endpoints)]
        for card in cards[:_MOST]:
            yield from _told(card, companion, store, choice, audience)
        if cards and len(question.subjects) > 1 and not _compared(store, choice, companion):
            name = subject_name(known, "drug", companion, audience)
            what = "study" if audience == "patient" else "trial"
            text = f"No {what} in the store compared them with {name} given to all."
            yield Sentence(text, tuple(card.trial for card in (*choice.trials[:1], *cards[:_MOST])))


def _told(
    card: TrialCard, companion: str, store: Store, choice: Choice, audience: Audience
) -> Iterator[Sentence]:
    known = store.words
    name = subject_name(known, "drug", companion, audience)
    arms = [arm for arm in card.arms.values() if companion in arm.drugs]
    who = " and ".join(arm_name(known, card, arm.name, audience) for arm in arms)
    how = f" ({card.growth_factor})" if card.growth_factor and audience != "patient" else ""
    yield Sentence(f"In {card.trial}, {name} was given with {who}{how}.", (card.trial,))
    found = list(named_results(store, card, choice.question.toxicities))
    found += [r for e in choice.endpoints[:1] for r in results_asked(store, card, e, choice.question)]
    for result in [each for each in found if not each.weak][:_MOST]:
        yield from result_sentences(result, audience)


def _given_with(store: Store, question: Question, companion: str) -> list[TrialCard]:
    """Trials in which an arm of one of the drugs that are asked about was given the companion."""
    known = store.words
    drugs = {name for kind, name in question.subjects if kind == "drug"} | {
        given.drug
        for kind, name in question.subjects
        if kind == "treatment"
        for given in known.terms("treatment")[name].drugs
    }

    def so(arm: Arm) -> bool:
        return companion in arm.drugs and bool(drugs & set(compared_drugs(known, arm)))

    cards = [card for card in store.trials.values() if any(map(so, card.arms.values()))]
    return sorted(cards, key=lambda card: (not card.randomised, -(card.n or 0)))


def _compared(store: Store, choice: Choice, companion: str) -> bool:
    """Whether a trial gave the companion with each of what is compared."""
    return any(
        all(
            any(companion in card.arms[name].drugs for name in arms_of(store.words, card, [subject]))
            for subject in choice.question.subjects
        )
        for card in store.trials.values()
    )
