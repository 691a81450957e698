"""The question of `trialist pool`, from words as people write them to ids of the store."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trialist.cli.output import print_problems, refuse
from trialist.evidence.pooling.question import Question, Side
from trialist.problems import errors

if TYPE_CHECKING:
    from trialist.evidence.model import Store

CONTROL = frozenset({"control", "controls"})


def opened(folders: tuple[Path, ...], *, as_json: bool) -> Store:
    """The store with the caller's folders; ends with exit code 2 when something of it can't be read."""
    store: Any = importlib.import_module("trialist.evidence.store").load_store(*dict.fromkeys(folders))
    if errors(store.problems):
        refuse(store.problems, as_json=as_json)
    if not as_json:
        print_problems(store.problems)
    found: Store = store
    return found


def question(words: Mapping[str, Any]) -> Question:
    """Words that the vocabulary does not know stand for themselves."""
    known: Any = importlib.import_module("trialist.evidence.vocabulary").vocabulary()

    def named(kind: str, text: str | None) -> str | None:
        term = known.find(kind, text) if text else None
        return term.id if term else text

    condition = named("condition", words["condition"])
    population = words["population"]
    first, second = (side(known, text) for text in words["compare"])
    return Question(
        named("endpoint", words["endpoint"]) or "",
        first,
        second,
        named("measure", words["measure"]) or "hazard_ratio",
        known.under("condition", condition) if condition else frozenset(),
        named("line", words["line"]),
        None if population == "any" else named("population", population),
        words["timepoint"],
        words["recalled"],
        words["medians"],
        term.label if (term := known.find("endpoint", words["endpoint"])) else None,
    )


def side(known: Any, text: str) -> Side:
    """A treatment, else a drug at any dose, else a class of drugs, else the control arms."""
    if text.strip().lower() in CONTROL:
        return Side("control", controls=True)
    treatment = known.find("treatment", text)
    if treatment is not None:
        return Side(treatment.label, frozenset({treatment.id}))
    drug = known.find("drug", text)
    if drug is not None:
        return Side(drug.label, drugs=frozenset({drug.id}))
    of_class = known.find("class", text)
    if of_class is not None:
        classes = known.under("class", of_class.id)
        drugs = frozenset(d.id for d in known.terms("drug").values() if d.drug_class in classes)
        return Side(of_class.label, drugs=drugs)
    return Side(text, frozenset({text}), frozenset({text}))
