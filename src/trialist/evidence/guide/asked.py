"""A treatment and a condition as people write them -> what a guide is about, or what is near."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from difflib import get_close_matches

from trialist.evidence.filter import drugs_of, read_filter
from trialist.evidence.model import Arm, Given, Store, TrialCard
from trialist.evidence.vocabulary.terms import Term
from trialist.problems import Problem

_KINDS = ("drug", "treatment", "class")


@dataclass(frozen=True, slots=True)
class Asked:
    """A guide's subject.

    kind        of the word that was given: drug, treatment or class
    drugs       that it stands for; treatments: ids of arms that are of it
    conditions  the condition with all that are cases of it
    trials      of the store that gave it to people with the condition, randomised ones first
    """

    kind: str
    id: str
    label: str
    drugs: frozenset[str]
    treatments: frozenset[str]
    condition: str
    condition_label: str
    conditions: frozenset[str]
    trials: tuple[TrialCard, ...]

    def of_it(self, arm: Arm) -> bool:
        """Whether an arm is given what the guide is of, as treatment of the disease."""
        if self.kind == "treatment":
            return arm.treatment == self.id
        return any(given.drug in self.drugs and is_treatment(given) for given in arm.give)

    @property
    def names(self) -> frozenset[str]:
        """Ids by which statements speak of it."""
        return self.drugs | self.treatments | {self.id}


def is_treatment(given: Given) -> bool:
    """Whether a drug is given against the disease: alone, with others, or as one of a choice."""
    return given.purpose is None or given.purpose.startswith("one of")


def read_asked(store: Store, treatment: str, condition: str | None) -> Asked | tuple[Problem, ...]:
    """What is asked for.

    Problems: E630 no drug, treatment or class of that name, E635 no condition is given, E622 none of that
    name, E631 no trial of the store gave it to people with the condition.
    """
    words = store.words
    term = next((found for kind in _KINDS if (found := words.find(kind, treatment))), None)
    if condition is None:
        return (_unknown(store, treatment) if term is None else _where(store, _of(store, term)),)
    wanted, problems = read_filter(store, {"condition": condition})
    if term is None:
        problems = (_unknown(store, treatment), *problems)
    if term is None or problems or wanted.condition is None:
        return problems
    made = replace(
        _of(store, term),
        condition=wanted.condition,
        condition_label=words.label("condition", wanted.condition),
        conditions=words.under("condition", wanted.condition),
    )
    given = _given(store, made)
    trials = tuple(sorted((card for card in given if card.condition in made.conditions), key=_order))
    if not trials:
        return (_nothing(store, made, given),)
    arms = [arm for card in store.trials.values() for arm in card.arms.values()]
    treatments = frozenset(arm.treatment for arm in arms if arm.treatment and made.of_it(arm))
    return replace(made, treatments=treatments, trials=trials)


def _of(store: Store, term: Term) -> Asked:
    """The treatment alone, in no condition yet."""
    drugs = (
        frozenset(given.drug for given in term.drugs)
        if term.kind == "treatment"
        else drugs_of(store.words, term.id)
    )
    return Asked(term.kind, term.id, term.label, drugs, frozenset(), "", "", frozenset(), ())


def _given(store: Store, asked: Asked) -> list[TrialCard]:
    """Trials with an arm of it, in whatever condition."""
    return [card for card in store.trials.values() if any(asked.of_it(arm) for arm in card.arms.values())]


def _order(card: TrialCard) -> tuple[bool, str, str]:
    return not card.randomised, card.enrolled_from or "9999", card.trial


def _where(store: Store, asked: Asked) -> Problem:
    """E635 with the conditions in which it was given, the one of most trials first."""
    counted = Counter(card.condition for card in _given(store, asked))
    there = [f"{store.words.label('condition', name)} ({count})" for name, count in counted.most_common()]
    remedy = (
        f"add --condition; trials of it are in {', '.join(there)}"
        if there
        else "no trial of the store gave it"
    )
    return Problem("E635", f"a guide of {asked.label} is of one condition, and none is given", remedy)


def _unknown(store: Store, treatment: str) -> Problem:
    words = store.words
    phrases = {
        phrase: term.label for kind in reversed(_KINDS) for phrase, term in words.phrases(kind).items()
    }
    near = get_close_matches(words.folded(treatment), phrases, n=3)
    named = list(dict.fromkeys(phrases[phrase] for phrase in near))
    in_trials = sorted(
        {
            words.label("drug", given.drug)
            for card in store.trials.values()
            for arm in card.arms.values()
            for given in arm.give
            if is_treatment(given)
        }
    )
    remedy = (
        f"did you mean {', '.join(named)}?" if named else f"trials of the store gave {', '.join(in_trials)}"
    )
    return Problem("E630", f"no drug, treatment or class of drugs is called '{treatment}'", remedy)


def _nothing(store: Store, asked: Asked, given: list[TrialCard]) -> Problem:
    words = store.words
    there = sorted({words.label("condition", card.condition) for card in given})
    others = sorted(
        {
            words.label("drug", each.drug)
            for card in store.trials.values()
            if card.condition in asked.conditions
            for arm in card.arms.values()
            for each in arm.give
            if is_treatment(each)
        }
    )
    parts = (
        f"it was given in {'; '.join(there)}" if there else None,
        f"for {asked.condition_label} there are trials of {', '.join(others)}" if others else None,
    )
    remedy = "; ".join(part for part in parts if part) or "`trialist evidence` lists the trials"
    return Problem(
        "E631",
        f"no trial of the store gave {asked.label} as treatment of {asked.condition_label}",
        remedy,
    )
