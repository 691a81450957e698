"""Findings of the store by endpoint, condition, line, treatment, drug, trial, population and more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from trialist.evidence.model import Statement, Store
from trialist.evidence.published import RELIABILITIES
from trialist.evidence.vocabulary import Vocabulary
from trialist.findings.measures import MEASURES
from trialist.findings.model import Finding
from trialist.problems import Problem


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for: ids of the vocabulary and of trials. None asks for nothing.

    endpoint     an id, or what stands before a colon in it: `ae`, `ae:neutropenia`, `baseline`
    condition    with all that are cases of it
    treatment    of an arm that the finding is of; drug: one that such an arm was given, or a class of drugs
    reliability  one word, or several
    subgroups    False: findings of all patients only
    """

    endpoint: str | None = None
    condition: str | None = None
    line: str | None = None
    treatment: str | None = None
    drug: str | None = None
    trial: str | None = None
    population: str | None = None
    measure: str | None = None
    reliability: tuple[str, ...] = ()
    subgroups: bool = True


def filtered(store: Store, wanted: Filter) -> tuple[Finding, ...]:
    """The findings of the store that are asked for, in its order."""
    words = store.words
    conditions = None if wanted.condition is None else words.under("condition", wanted.condition)
    drugs = None if wanted.drug is None else drugs_of(words, wanted.drug)
    trials = {
        name
        for name, card in store.trials.items()
        if wanted.trial in (None, name)
        and wanted.line in (None, card.line)
        and (conditions is None or card.condition in conditions)
    }
    return tuple(
        finding
        for finding in store.findings
        if finding.trial in trials
        and (wanted.endpoint is None or is_endpoint(finding.endpoint, wanted.endpoint))
        and wanted.population in (None, finding.population)
        and wanted.measure in (None, finding.measure)
        and (not wanted.reliability or finding.origin.reliability in wanted.reliability)
        and (wanted.subgroups or finding.subgroup is None)
        and (wanted.treatment is None or wanted.treatment in {a.treatment for a in store.arms(finding)})
        and (drugs is None or any(drugs.intersection(arm.drugs) for arm in store.arms(finding)))
    )


def statements_about(store: Store, wanted: Filter) -> tuple[Statement, ...]:
    """The statements that speak of all that is asked for; a condition has its cases, a class its drugs."""
    words = store.words
    asked: list[frozenset[str]] = [
        frozenset({name}) for name in (wanted.trial, wanted.treatment, wanted.endpoint) if name is not None
    ]
    if wanted.condition is not None:
        asked.append(words.under("condition", wanted.condition))
    if wanted.drug is not None:
        asked.append(drugs_of(words, wanted.drug) | {wanted.drug})
    return tuple(
        statement
        for statement in store.statements
        if all(names.intersection(statement.about) for names in asked)
        and (not wanted.reliability or statement.reliability in wanted.reliability)
    )


def is_endpoint(name: str, wanted: str) -> bool:
    """Whether an endpoint is the wanted one, or one of its family (`ae:neutropenia:3+` of `ae`)."""
    return name == wanted or name.startswith(f"{wanted}:")


def drugs_of(words: Vocabulary, name: str) -> frozenset[str]:
    """A drug, or the drugs of a class and of the classes under it."""
    if name in words.terms("drug"):
        return frozenset({name})
    classes = words.under("class", name)
    return frozenset(term.id for term in words.terms("drug").values() if term.drug_class in classes)


def read_filter(store: Store, texts: Mapping[str, str | None]) -> tuple[Filter, tuple[Problem, ...]]:
    """A filter out of words as people write them, one for each field of `Filter`.

    Problems: E622 a word that stands for nothing, with what is near it.
    """
    wanted = Filter()
    problems: list[Problem] = []
    for kind, text in texts.items():
        if text is None:
            continue
        found = _found(store, kind, text)
        if found is None:
            problems.append(_unknown(store, kind, text))
        else:
            value: Any = tuple(found.split(",")) if kind == "reliability" else found
            wanted = replace(wanted, **{kind: value})
    return wanted, tuple(problems)


def trial_named(store: Store, text: str) -> str | None:
    """The trial of that name, registry number or file; capitals and punctuation make no difference."""
    wanted = _flat(text)
    for name, card in store.trials.items():
        if wanted in {_flat(name), *(_flat(number) for number in card.registered)}:
            return name
    named = [
        name
        for name, card in store.trials.items()
        if card.file and wanted in {_flat(Path(card.file).stem), _flat(Path(card.file).parent.name)}
    ]
    return named[0] if len(named) == 1 else None


def _flat(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _found(store: Store, kind: str, text: str) -> str | None:
    words = store.words
    if kind == "trial":
        return trial_named(store, text)
    if kind == "reliability":
        parts = [part.strip() for part in text.split(",")]
        return ",".join(parts) if set(parts) <= RELIABILITIES else None
    if kind == "measure" and text in MEASURES:
        return text
    term = words.find(kind, text) or (words.find("class", text) if kind == "drug" else None)
    if term is not None and kind == "endpoint" and not _measured(store, term.id):
        return words.timed(term.id)
    if term is not None:
        return term.id
    if kind == "endpoint":
        toxicity = words.find("toxicity", text.removeprefix("ae:"))
        if toxicity is not None:
            return f"ae:{toxicity.id}"
        if _measured(store, text):
            return text
    if kind == "population" and any(finding.population == text for finding in store.findings):
        return text
    return None


def _measured(store: Store, endpoint: str) -> bool:
    return any(is_endpoint(finding.endpoint, endpoint) for finding in store.findings)


def _unknown(store: Store, kind: str, text: str) -> Problem:
    from difflib import get_close_matches

    words = store.words
    of_store = {"trial": list(store.trials), "reliability": sorted(RELIABILITIES)}
    known = of_store.get(kind) or list(words.phrases(kind))
    near = get_close_matches(text if kind in of_store else words.folded(text), known, n=3)
    listed = ", ".join(of_store.get(kind) or words.terms(kind))
    remedy = f"did you mean {', '.join(near)}?" if near else f"known are {listed}"
    return Problem("E622", f"no {kind} is called '{text}'", remedy)
