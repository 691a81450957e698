"""Which statements an answer repeats, and how each is said."""

from __future__ import annotations

import re

from trialist.evidence.answers.answer import Sentence
from trialist.evidence.answers.choice import Choice
from trialist.evidence.answers.language import cued, words
from trialist.evidence.answers.named import Audience
from trialist.evidence.answers.results import Result
from trialist.evidence.model import Statement, Store

_OF_KIND = {  # the kinds of statements that each kind of question is answered with, in the order of saying
    "mechanism": ("mechanism",),
    "dosing": ("dose", "caution", "recommendation", "definition"),
    "sequencing": ("indication", "recommendation"),
    "efficacy": ("recommendation",),
    "comparison": ("recommendation",),
    "misconception": (),
    "safety": ("caution",),
}


def chosen(choice: Choice, results: list[Result], store: Store, audience: Audience) -> list[Statement]:
    """Statements of the kinds that the question asks for; what was only recalled carries no answer.

    On a mechanism, those come first that the graph of mechanisms stands on for what is asked about.
    """
    kinds = _OF_KIND.get(choice.question.kind, ())
    subjects = {name for _, name in choice.question.subjects}
    weak = words()["never_alone"]
    shown = {each.card.trial for each in results}
    held = [
        each
        for each in choice.statements
        if each.kind in kinds
        and each.reliability not in weak
        and (not shown or not (named := set(each.about) & set(store.trials)) or bool(named & shown))
    ]
    held = [each for each in held if _fits_site(each, choice)] or held
    if audience == "patient" and any(each.plain for each in held):
        best = max(len(subjects & set(each.about)) for each in held if each.plain)
        held = [
            each
            for each in held
            if each.plain or _first_of(each, choice, store) or len(subjects & set(each.about)) > best
        ]
    cues = words()["edges"]
    around = [edge for edge in store.mechanism.edges if edge.start in subjects or edge.end in subjects]
    around.sort(
        key=lambda edge: (
            not any(re.search(cue, choice.question.text, re.I) for cue in cues.get(edge.kind, ()))
        )
    )
    edges = [edge.statement for edge in around]
    place = {name: number for number, name in reversed(list(enumerate(edges)))}
    if choice.question.kind != "mechanism" or choice.question.markers:
        place = {}
    held.sort(
        key=lambda each: (
            kinds.index(each.kind),
            -len(subjects & set(each.about)),
            place.get(each.id, len(edges)),
        )
    )
    return _doses_first(held, choice) if choice.question.kind == "dosing" else held


def _first_of(statement: Statement, choice: Choice, store: Store) -> bool:
    """Whether it is what the graph of mechanisms says first of what is asked: plain or not."""
    subjects = {name for _, name in choice.question.subjects}
    first = next((edge.statement for edge in store.mechanism.edges if edge.start in subjects), None)
    return choice.question.kind == "mechanism" and statement.id == first


def _doses_first(statements: list[Statement], choice: Choice) -> list[Statement]:
    """The statement nearest to the question, then the dose of each jurisdiction, those asked for first."""
    text = choice.question.text
    asked = [
        name for name, cues in words()["jurisdictions"].items() if any(re.search(cue, text) for cue in cues)
    ]
    treatments = choice.words.terms("treatment")
    there = [each for each in statements if each.jurisdiction in asked and each.kind != "dose"]
    nearest = [each for each in choice.statements if each in statements and each.kind != "recommendation"][:1]
    if not asked and not cued("amount", text):
        near = [each for each in choice.statements if each in statements]
        return list(dict.fromkeys((*near, *statements)))
    doses: dict[str | None, Statement] = {}
    for each in sorted(statements, key=lambda s: s.as_of or "", reverse=True):
        if each.kind == "dose" and any(name in treatments for name in each.about):
            doses.setdefault(each.jurisdiction, each)
    first = sorted(doses.values(), key=lambda s: s.jurisdiction not in asked)
    if asked:
        doses_there = [each for each in first if each.jurisdiction in asked]
        return list(dict.fromkeys((*doses_there, *there[:1], *nearest, *first, *statements)))
    return list(dict.fromkeys((*nearest, *first, *statements)))


def on_endpoints(choice: Choice, audience: Audience) -> list[Statement]:
    """Where no number was read: what statements say of what is asked about, those on its endpoints first."""
    kin = words()["kin"]
    wanted = {near for name in choice.endpoints for near in (name, *kin.get(name, ()))}
    held = [
        each
        for each in choice.statements
        if each.kind in ("indication", "recommendation", "definition", "gap")
        and each.reliability not in words()["never_alone"]
        and (audience != "patient" or each.plain)
    ]
    return sorted(held, key=lambda each: not wanted & set(each.about))


def on_outcome(choice: Choice, results: list[Result], store: Store, audience: Audience) -> list[Statement]:
    """What was defined and is cautioned about where the hoped-for outcome was not measured."""
    sites = set(choice.question.sites)
    near = (
        {name for _, name in choice.question.subjects}
        | {e.endpoint for e in results}
        | {e.card.trial for e in results}
    )
    return [
        each
        for each in store.statements
        if each.kind in ("definition", "caution")
        and sites & set(each.about)
        and near & set(each.about)
        and each.reliability not in words()["never_alone"]
        and (audience != "patient" or each.plain)
    ]


def fits(statement: Statement, choice: Choice) -> bool:
    """Whether a gap is one of what is asked: of its site, or of no site and disease in particular."""
    known = choice.words.terms("condition")
    named = {name for name in statement.about if name in known}
    asked = {*choice.question.conditions, *choice.question.sites}
    sites = {name for name in named if not known[name].parents}
    if statement.reliability in words()["never_alone"] and not choice.question.markers:
        return False
    return bool(sites & asked) if sites else bool(named & asked) or not named


def _fits_site(statement: Statement, choice: Choice) -> bool:
    """A statement about brain or bone, or about a marker's disease, is for a question that names it."""
    known = choice.words.terms("condition")
    sites = {name for name in statement.about if name in known and not known[name].parents}
    asked = set(choice.question.sites)
    if choice.question.markers:
        return True
    return not sites or bool(sites & asked)


def as_said(statement: Statement, audience: Audience) -> Sentence:
    """A statement for an audience, with its jurisdiction, date and grading system for those who weigh it."""
    if audience == "patient":
        return Sentence(statement.plain or statement.text, (statement.id,))
    behind = [
        part
        for part in (
            statement.jurisdiction,
            f"as of {statement.as_of}" if statement.as_of else None,
            statement.grading,
        )
        if part
    ]
    if statement.reliability != "read":
        behind.append(statement.reliability)
    if audience == "researcher":
        behind += [part for part in (statement.source, statement.place) if part]
    tail = f" ({'; '.join(behind)})" if behind else ""
    return Sentence(f"{statement.text.removesuffix('.')}{tail}.", (statement.id,))
