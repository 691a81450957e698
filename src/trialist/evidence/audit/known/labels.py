"""Endpoints, arms and places of findings in the words of the vocabulary and of the trials' cards."""

from __future__ import annotations

from collections.abc import Iterable

from trialist.evidence.audit.known.values import name_of, shown
from trialist.evidence.model import Store
from trialist.findings.model import Finding

_GRADES = {"any": "of any grade", "serious": "(serious)", "not_serious": "(not serious)"}


def endpoint_words(store: Store, endpoint: str) -> str:
    """`ae:neutropenia:3-4` -> neutropenia of grade 3-4; `baseline:pain` -> patients at the start: pain."""
    family, _, detail = endpoint.partition(":")
    if family == "ae" and detail:
        term, colon, grade = detail.partition(":")
        if not colon:
            return store.words.label("toxicity", term)
        told = _GRADES.get(grade, grade.replace("_", " ") if grade[:1].isalpha() else f"of grade {grade}")
        return f"{store.words.label('toxicity', term)} {told}".strip()
    label = store.words.label("endpoint", family)
    return f"{label}: {detail.replace('_', ' ')}" if detail else label


def arm_words(store: Store, trial: str, arm: str) -> str:
    card = store.trials.get(trial)
    return card.arms[arm].label or arm if card and arm in card.arms else arm


def arms_words(store: Store, trial: str, arms: Iterable[str]) -> str:
    return " v ".join(arm_words(store, trial, arm) for arm in arms)


def place_words(store: Store, finding: Finding) -> str:
    """Trial, endpoint, arms, population and more of a finding, in words."""
    parts = [finding.trial, endpoint_words(store, finding.endpoint), finding.measure.replace("_", " ")]
    if finding.groups:
        parts.append(arms_words(store, finding.trial, finding.groups))
    if finding.population:
        parts.append(store.words.label("population", finding.population))
    parts += [part for part in (finding.subgroup, finding.timepoint) if part]
    return ", ".join(parts)


def line_of(store: Store, finding: Finding) -> str:
    """A finding as a line of a verdict's arithmetic: its id, source, place and numbers."""
    return f"{name_of(finding)} ({finding.origin.source}): {place_words(store, finding)}: {shown(finding)}"
