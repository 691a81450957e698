"""One name for one thing in all trials: how a file's own words become those of the store.

A trial's file may use the ids of its protocol (`ae_neutropenia_g3`, `treated_b`), because its report joins
planned, published and found by them. In the store

- an adverse event is called by its definition: `ae:<term>:<grade>`, with `serious`, `not_serious`,
  `leading_to_death`, `leading_to_discontinuation` in the place of the grade, and `:related` behind it;
- another endpoint or population has the name that `about: names:` of its file gives it, else the id of the
  term that the vocabulary finds, else its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trialist.evidence.model import TrialCard
from trialist.evidence.vocabulary import Vocabulary
from trialist.findings.model import Finding


def with_common_names(finding: Finding, card: TrialCard | None, words: Vocabulary) -> Finding:
    """The finding as the store holds it; its id in the file stays in `origin.entry`."""
    names = card.names if card else {}
    adverse = adverse_event_name(dict(finding.definition))
    endpoint = adverse or _common(finding.endpoint, "endpoint", names.get("endpoints", {}), words)
    population = _common(finding.population, "population", names.get("populations", {}), words)
    if (endpoint, population) == (finding.endpoint, finding.population):
        return finding
    return replace(finding, endpoint=endpoint, population=population)


def adverse_event_name(definition: Mapping[str, Any]) -> str | None:
    """`ae:<term>:<grade>` of a definition that has a term; None where it has none."""
    term = definition.get("term")
    if term is None:
        return None
    what = str(definition.get("grade", "any"))
    if "serious" in definition:
        what = "serious" if definition["serious"] else "not_serious"
    elif definition.get("leading_to"):
        what = f"leading_to_{definition['leading_to']}"
    parts = ["ae", str(term), what, *(["related"] if definition.get("related") else [])]
    if definition.get("counted") == "events":
        parts.append("events")
    return ":".join(parts)


def _common(name: str, kind: str, named: Mapping[str, str], words: Vocabulary) -> str:
    if name in named:
        return named[name]
    term = words.find(kind, name)
    return term.id if term else name
