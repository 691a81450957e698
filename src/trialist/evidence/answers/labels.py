"""What labels say of a side effect or of other medicines, where a question is not answered by trials."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.answers.answer import Sentence
from trialist.evidence.answers.choice import Choice
from trialist.evidence.answers.language import cued, words
from trialist.evidence.answers.named import Audience, subject_name
from trialist.evidence.answers.stated import as_said
from trialist.evidence.model import Statement, Store

_MOST = 3


def label_sentences(choice: Choice, store: Store, audience: Audience) -> Iterator[Sentence]:
    """Cautions about what is asked for one person or of other medicines, with the drug if none is asked."""
    question, known = choice.question, store.words
    asked = {name for _, name in question.subjects}
    medicines = cued("interaction", question.text) or any(kind == "drug" for kind, _ in question.elsewhere)
    if question.advice in (None, "urgent") and not (medicines and asked):
        return
    toxicities = {*question.toxicities, *_values(question.text)}
    held = [
        each
        for each in store.statements
        if each.kind == "caution"
        and each.reliability not in words()["never_alone"]
        and (audience != "patient" or each.plain)
        and _drugs(each, store)
        and (not asked or asked & set(each.about))
        and (
            toxicities & set(each.about)
            or (medicines and asked and re.search(words()["of_medicines"], each.text))
        )
    ]
    for each in held[:_MOST]:
        said = as_said(each, audience)
        names = " and ".join(subject_name(known, "drug", drug, audience) for drug in _drugs(each, store))
        lead = f"On {names}: " if not asked else ""
        yield Sentence(f"{lead}{said.text}", said.ids)


def _drugs(statement: Statement, store: Store) -> list[str]:
    return [name for name in statement.about if name in store.words.terms("drug")]


def _values(text: str) -> set[str]:
    """The side effects that values of the blood tell of: neutrophils of neutropenia."""
    return {name for name, cue in words()["values"].items() if re.search(cue, text, re.I)}
