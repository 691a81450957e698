"""Findings in passages: one trial, endpoint and population, with the numbers of all arms together.

A passage's text names what was measured and in whom, and no number: so its vector holds as long as its words.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from trialist.evidence.answers.index import Index, Passage, build_index
from trialist.evidence.model import Statement, Store, TrialCard
from trialist.evidence.store import load_store
from trialist.evidence.vocabulary import Vocabulary
from trialist.findings.model import Finding


def id_of(finding: Finding) -> str:
    """What an answer cites a finding by: its id in the curated file, else that of its content."""
    return finding.origin.entry or finding.id


def passages(store: Store) -> tuple[Passage, ...]:
    """One passage a trial, endpoint, population and subgroup, one a statement."""
    grouped: dict[tuple[str, str, str, str], list[Finding]] = {}
    for finding in store.findings:
        key = (finding.trial, finding.endpoint, finding.population, finding.subgroup or "")
        grouped.setdefault(key, []).append(finding)
    found = [
        Passage("/".join(part for part in key if part), _said(store, key, some), tuple(map(id_of, some)))
        for key, some in grouped.items()
    ]
    return (*found, *(Passage(each.id, _stated(each), (each.id,)) for each in store.statements))


def endpoint_words(known: Vocabulary, name: str) -> str:
    """`ae:neutropenia:3+` -> neutropenia, grade 3+ (side effect)."""
    term = known.terms("endpoint").get(name)
    if term is not None:
        return f"{term.label}, {term.plain}" if term.plain else term.label
    family, _, rest = name.partition(":")
    if family != "ae":
        return (
            f"{known.label('endpoint', family)}: {rest.replace('_', ' ')}" if rest else name.replace("_", " ")
        )
    toxicity, _, grade = rest.partition(":")
    found = known.find("toxicity", toxicity)
    plain = f", {found.plain}" if found and found.plain else ""
    how = grade.replace("_", " ").replace(":", " ")
    return f"side effect: {known.label('toxicity', toxicity)}{plain}, {how}"


def _said(store: Store, key: tuple[str, str, str, str], findings: Iterable[Finding]) -> str:
    trial, endpoint, population, subgroup = key
    known = store.words
    card = store.trials[trial]
    arms = dict.fromkeys(arm.label for finding in findings for arm in store.arms(finding))
    parts = [
        endpoint_words(known, endpoint),
        " v ".join(arms) or _all_arms(card),
        known.label("condition", card.condition),
        known.label("line", card.line),
        f"after {', '.join(card.prior)}" if card.prior else "",
        known.label("population", population),
        subgroup.replace("_", " "),
        trial,
    ]
    return "; ".join(part for part in parts if part)


def _all_arms(card: TrialCard) -> str:
    return ", ".join(arm.label for arm in card.arms.values())


def _stated(statement: Statement) -> str:
    return f"{statement.text} {statement.plain or ''}".strip()


def index_of(store: Store) -> Index:
    """The index of a store; that of what ships is built once in a process."""
    return _shipped() if store is load_store() else build_index(passages(store))


@cache
def _shipped() -> Index:
    return build_index(passages(load_store()))
