"""A question answered for an audience.

answer = ask("Can this drug clear bone metastases?", "patient")
"""

from __future__ import annotations

from dataclasses import replace

from trialist.evidence.answers.answer import Answer, Section
from trialist.evidence.answers.asked import Question
from trialist.evidence.answers.audited import complaints
from trialist.evidence.answers.citations import faults
from trialist.evidence.answers.compose import compose
from trialist.evidence.answers.named import AUDIENCES, Audience
from trialist.evidence.answers.question import read_question
from trialist.evidence.model import Store
from trialist.evidence.store import load_store
from trialist.problems import Problem


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
    the store does not hold is not answered: `Answer.refused`. Every sentence is audited before it is shown.

    Problems: N692 a sentence was withheld, and why.
    """
    if audience not in AUDIENCES:
        raise ValueError(f"there is no audience '{audience}': use one of {', '.join(AUDIENCES)}")
    held = load_store() if store is None else store
    return _borne_out(compose(read_question(question, held, before), held, audience), held)


def _borne_out(answer: Answer, store: Store) -> Answer:
    """The answer without sentences that say more than they cite or than the store holds.

    Two readers that know nothing of how sentences are made go over all of them: the second reading of
    `citations`, number by number, and the audit, as it reads any document. What either complains of is an
    error of ours: it is not shown, and `Answer.problems` says so (N692).
    """
    said = [(s.text, s.ids) for section in answer.sections for s in section.sentences]
    wrong = {fault.sentence: fault.what for fault in faults(said, store)}
    for section in answer.sections:
        if section.name != "sources":
            told = complaints(((s.text, s.ids) for s in section.sentences), store)
            wrong |= {text: f"{verdict.kind}: {verdict.message}" for text, verdict in told}
    if not wrong:
        return answer
    kept = (
        Section(section.name, tuple(each for each in section.sentences if each.text not in wrong))
        for section in answer.sections
    )
    problems = tuple(_withheld(text, why) for text, why in wrong.items())
    return replace(answer, sections=tuple(s for s in kept if s.sentences), problems=problems)


def _withheld(text: str, why: str) -> Problem:
    message = f"a sentence of the answer was withheld, because {why}: '{text}'"
    return Problem("N692", message, "read what it cites; the error is this software's, and is worth a report")
