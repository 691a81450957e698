"""Which statements of the store are about what a question names."""

from __future__ import annotations

import re

from trialist.evidence.answers.asked import Question
from trialist.evidence.answers.language import lexicon_of, words
from trialist.evidence.answers.passages import index_of
from trialist.evidence.filter import drugs_of
from trialist.evidence.model import Statement, Store
from trialist.evidence.vocabulary import Vocabulary

SAID = {  # kinds of statements that answer a kind of question; others answer by findings first
    "mechanism": ("mechanism", "gap"),
    "dosing": ("dose", "caution", "indication", "recommendation", "definition"),
    "sequencing": ("indication", "recommendation", "mechanism"),
    "safety": ("caution",),
}
_ALWAYS = ("gap", "caution", "definition", "recommendation", "indication", "mechanism", "dose")


def statements_about(question: Question, store: Store) -> tuple[Statement, ...]:
    """Statements about what the question names, in the order in which the index finds them."""
    known = store.words
    lexicon = lexicon_of(store)
    about = {name for _, name in question.subjects} | set(question.trials)
    for kind, name in question.subjects:
        if kind == "drug" and (term := known.terms("drug").get(name)) and term.drug_class:
            about.add(term.drug_class)
        if kind == "treatment":
            about |= {given.drug for given in known.terms("treatment")[name].drugs}
        if kind == "class":
            about |= drugs_of(known, name)
    asked = (*(known.label(kind, name) for kind, name in question.subjects), *question.markers)
    asked += tuple(said for cue, said in words()["looked_for"].items() if re.search(cue, question.text, re.I))
    found = index_of(store).search(question.text, also=asked, most=400)
    place = {each.passage.id: number for number, each in enumerate(found)}
    diseases = {name for each in question.conditions for name in known.under("condition", each)}
    kept = [
        each
        for each in store.statements
        if each.kind in SAID.get(question.kind, _ALWAYS)
        and each.superseded_by is None
        and (not about or about.intersection(each.about))
        and (about or question.markers or _in(each, diseases | set(question.sites)))
        and _of_disease(known, each, diseases)
        and (
            not question.markers
            or set(question.markers) & {m.id for m in lexicon.find(each.text) if m.kind == "marker"}
        )
    ]
    return tuple(sorted(kept, key=lambda each: place.get(each.id, len(place))))


def _in(statement: Statement, names: set[str]) -> bool:
    return bool(names.intersection(statement.about))


def _of_disease(known: Vocabulary, statement: Statement, diseases: set[str]) -> bool:
    """Whether a statement is of no disease in particular, or of one that is asked about."""
    conditions = known.terms("condition")
    named = {name for name in statement.about if name in conditions and conditions[name].parents}
    return not diseases or not named or bool(named & diseases)
