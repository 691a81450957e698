"""A model may say it otherwise, behind a strict gate; without one, and by default, our own text is shown.

The model is given the sentences of an answer with their ids, and gives back as many. Its words are taken only
if every sentence keeps the ids, the numbers, the names and the denials of ours and passes `citations.faults`
and the audit.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from trialist.evidence.answers.answer import Answer, Section, Sentence
from trialist.evidence.answers.audited import complaints
from trialist.evidence.answers.citations import faults
from trialist.evidence.answers.language import lexicon_of
from trialist.evidence.model import Store
from trialist.problems import Problem

Model = Callable[[str], str]  # a prompt in, the reply's text out; OSError where it does not answer
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_DENIAL = re.compile(r"\b(?:no|not|none|never|nobody|nothing|without|cannot|neither|nor)\b|n't\b", re.I)
_DIRECTION = re.compile(
    r"\b(?:better|worse|longer|shorter|more|less|fewer|higher|lower|larger|smaller|above|below|better than|"
    r"improve[sd]?|increase[sd]?|decrease[sd]?|reduce[sd]?|superior|inferior|cause[sd]?|cure[sd]?|prove[sdn]?)\b",
    re.I,
)
_ASK = (
    "Say each sentence again for a {audience}, in plain English. Keep every number, name, denial and "
    "comparison, and add nothing. Answer with JSON only: a list of objects with 'text' and 'ids', as many "
    "and in the same order, the ids unchanged.\n\n{sentences}"
)


def phrased(answer: Answer, store: Store, model: Model, name: str) -> tuple[Answer, tuple[Problem, ...]]:
    """The answer in the model's words where they pass the gate, else as it is.

    Problems: N690 the reply did not pass, and why; N691 the model did not answer.
    """
    ours = [
        sentence for section in answer.sections if section.name != "sources" for sentence in section.sentences
    ]
    given = json.dumps([{"text": each.text, "ids": list(each.ids)} for each in ours], ensure_ascii=False)
    try:
        reply = model(_ASK.format(audience=answer.audience, sentences=given))
    except OSError as error:
        message = f"the model '{name}' did not answer: {error}"
        return answer, (Problem("N691", message, "our own text is shown; look at the address and name"),)
    theirs = _sentences(reply)
    why = "it is no JSON list of sentences" if theirs is None else _refused(ours, theirs, store)
    if why or theirs is None:
        message = f"the words of the model '{name}' did not pass the gate: {why}"
        return answer, (Problem("N690", message, "our own text is shown"),)
    told = iter(theirs)
    sections = tuple(
        section
        if section.name == "sources"
        else Section(section.name, tuple(next(told) for _ in section.sentences))
        for section in answer.sections
    )
    return replace(answer, sections=sections, phrased=name), ()


def _sentences(reply: str) -> list[Sentence] | None:
    text = re.sub(r"^\s*```(?:json)?|```\s*$", "", reply.strip())
    try:
        data = json.loads(text)
        return [Sentence(str(each["text"]), tuple(map(str, each["ids"]))) for each in data]
    except (ValueError, TypeError, KeyError):
        return None


def _refused(ours: list[Sentence], theirs: list[Sentence], store: Store) -> str | None:
    """Why the model's sentences are not taken; None where all of them pass."""
    if len(ours) != len(theirs):
        return "it has another number of sentences"
    lexicon = lexicon_of(store)
    for own, other in zip(ours, theirs, strict=True):
        if own.ids != other.ids:
            return f"other ids: '{other.text}'"
        for what, pattern in (("numbers", _NUMBER), ("denials", _DENIAL), ("comparisons", _DIRECTION)):
            if _counted(pattern, own.text, what) != _counted(pattern, other.text, what):
                return f"other {what}: '{other.text}'"
        named = [[(m.kind, m.id) for m in lexicon.find(text)] for text in (own.text, other.text)]
        if named[0] != named[1]:
            return f"other names, or in another order: '{other.text}'"
        if not _in_order(own.text, other.text):
            return f"numbers in another order: '{other.text}'"
    found = faults(((each.text, each.ids) for each in theirs), store)
    if found:
        return f"{found[0].what}: '{found[0].sentence}'"
    against = complaints(((each.text, each.ids) for each in theirs), store)
    return f"{against[0][1].message}: '{against[0][0]}'" if against else None


def _counted(pattern: re.Pattern[str], text: str, what: str) -> Counter[str] | int:
    """Numbers and comparisons are the same words; of denials there are as many."""
    found = Counter(match[0].lower() for match in pattern.finditer(text))
    return sum(found.values()) if what == "denials" else found


def _in_order(own: str, other: str) -> bool:
    return _NUMBER.findall(own) == _NUMBER.findall(other)
