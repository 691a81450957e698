"""An answer as an HTML page in the style of the report: sentences, and below them what they cite."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from trialist.evidence.answers.answer import Answer, Sentence
from trialist.evidence.answers.passages import id_of
from trialist.evidence.model import Store
from trialist.report import answer_text, evidence_words
from trialist.report.page import environment

_ASKED = {  # kinds of questions as a page names them
    "efficacy": "what a treatment does",
    "comparison": "which of several",
    "safety": "side effects",
    "dosing": "dose and how it is given",
    "sequencing": "what comes first or next",
    "mechanism": "how it works",
    "misconception": "a question that takes something for granted",
    "definition": "what a word means",
    "design": "how a trial was planned and run",
    "out of store": "nothing that the store holds",
}
_READERS = {"patient": "for patients", "clinician": "for clinicians", "researcher": "for researchers"}


def render_answer(answer: Answer, store: Store) -> str:
    """The page of an answer; each sentence links to the findings and statements that it was made of."""
    cited = set(answer.ids)
    places = {name: place for place, name in enumerate(answer.ids, start=1)}
    return (
        environment()
        .get_template("answer.html")
        .render(
            answer=answer,
            store=store,
            readers=_READERS[answer.audience],
            findings=[f for f in store.findings if id_of(f) in cited],
            statements=[s for s in store.statements if s.id in cited],
            cards=[card for name, card in store.trials.items() if name in cited],
            sources={name: source for name, source in store.sources.items() if name in cited},
            id_of=id_of,
            asked=_ASKED[answer.question.kind],
            places=places,
            unsaid=answer_text.unsaid,
            linked=_linked,
            evidence=evidence_words,
        )
    )


def _linked(sentence: Sentence) -> Markup:
    """The text of a sentence with the ids that stand in it as links."""
    ids = sorted(sentence.ids, key=len, reverse=True)
    names = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, ids))})(?![\w-])")
    if not ids or answer_text.unsaid(sentence):
        return escape(sentence.text)
    parts, at = [], 0
    for found in names.finditer(sentence.text):
        parts += [
            escape(sentence.text[at : found.start()]),
            Markup('<a href="#{0}">{0}</a>').format(found[0]),
        ]
        at = found.end()
    return Markup("").join([*parts, escape(sentence.text[at:])])
