"""Cards and findings are written in the words of the vocabulary, so that trials can be joined."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.checks.found import Found
from trialist.evidence.model import Store, TrialCard
from trialist.registry import entry


@entry("known_words", needs="store", gives=("W610",), source="the vocabulary of the store")
def known_words(store: Store) -> Iterator[Found]:
    """W610 a condition, treatment, drug, endpoint, population or arm that is not known."""
    words = store.words
    for card in store.trials.values():
        for kind, name in _asked(card):
            if name not in words.terms(kind) and not (kind == "drug" and name in words.terms("class")):
                yield _unknown(card.trial, ("about",), kind, name)
    for finding in store.findings:
        entries = (finding.origin.entry or finding.id,)
        family = finding.endpoint.partition(":")[0]
        if family not in words.terms("endpoint"):
            yield _unknown(finding.trial, entries, "endpoint", finding.endpoint)
        if finding.population not in words.terms("population"):
            yield _unknown(finding.trial, entries, "population", finding.population)
        for name in finding.groups:
            if name not in store.trials[finding.trial].arms:
                yield _unknown(finding.trial, entries, "arm of the card", name)


def _asked(card: TrialCard) -> Iterator[tuple[str, str]]:
    if card.condition != "not stated":
        yield "condition", card.condition
    yield from (("drug", name) for name in card.prior)
    for arm in card.arms.values():
        if arm.treatment is not None:
            yield "treatment", arm.treatment
        yield from (("drug", given.drug) for given in arm.give)


def _unknown(trial: str, entries: tuple[str, ...], kind: str, name: str) -> Found:
    remedy = "use a word that is known, or add the term in a file of words (kind: ...) of the folder"
    return Found("W610", trial, entries, f"'{name}' is no {kind} that is known", remedy)
