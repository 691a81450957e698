"""An answer as an HTML page in the style of the report: sentences, and below them what they cite."""

from __future__ import annotations

from trialist.evidence.answers.answer import Answer
from trialist.evidence.answers.passages import id_of
from trialist.evidence.model import Store
from trialist.report import answer_text, evidence_words
from trialist.report.page import environment

_READERS = {"patient": "for patients", "clinician": "for clinicians", "researcher": "for researchers"}


def render_answer(answer: Answer, store: Store) -> str:
    """The page of an answer; each sentence links to the findings and statements that it was made of."""
    cited = set(answer.ids)
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
            shown_ids=answer_text.shown_ids,
            evidence=evidence_words,
        )
    )
