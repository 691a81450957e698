"""A question answered for an audience.

answer = ask("Can this drug clear bone metastases?", "patient")
"""

from __future__ import annotations

from dataclasses import replace

from trialist.evidence.answers.answer import Answer, Section
from trialist.evidence.answers.citations import faults
from trialist.evidence.answers.compose import compose
from trialist.evidence.answers.named import AUDIENCES, Audience
from trialist.evidence.answers.asked import Question
from trialist.evidence.answers.question import read_question
from trialist.evidence.model import Store
from trialist.evidence.store import load_store


def ask(
    question: str,
    audience: Audience = "clinician",
    *,
    store: Store | None = None,
    before: Question | None = None,
) -> Answer:
    """The answer of the store to a question.

    question  what is asked, in English
    audience  patient, clinician or researcher; another word is a `ValueError`
    store     the store to answer from; that which ships where none is given
    before    the question before this one (`Answer.question`), whose parts a follow-up takes over

    Every sentence carries the ids of the findings, statements, trials and sources that it was made of. What
    the store does not hold is not answered: `Answer.refused`.
    """
    if audience not in AUDIENCES:
        raise ValueError(f"there is no audience '{audience}': use one of {', '.join(AUDIENCES)}")
    held = load_store() if store is None else store
    return _borne_out(compose(read_question(question, held, before), held, audience), held)


def _borne_out(answer: Answer, store: Store) -> Answer:
    """The answer without sentences that say more than they cite: read again before anything is shown."""
    found = {each.sentence for each in faults(((s.text, s.ids) for s in answer.sentences), store)}
    if not found:
        return answer
    kept = (
        Section(section.name, tuple(each for each in section.sentences if each.text not in found))
        for section in answer.sections
    )
    return replace(answer, sections=tuple(section for section in kept if section.sentences))
