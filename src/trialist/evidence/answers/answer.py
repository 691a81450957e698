"""An answer: sections of sentences, each with the ids of the findings and statements that it was made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from trialist.evidence.answers.asked import Question
from trialist.evidence.answers.named import Audience
from trialist.problems import Problem

SECTIONS = {
    "short": "Short answer",
    "shows": "What the evidence shows",
    "not_shown": "What it does not show",
    "instead": "What addresses the question instead",
    "nearby": "What is known nearby",
    "measured": "Where it was measured",
    "safety": "Safety",
    "certainty": "How sure this is, and why",
    "misreadings": "Common misreadings",
    "sources": "Sources",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and the ids of findings, statements, trials and sources that it was made of or judged on."""

    text: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Sentences under one title; `name` is a key of `SECTIONS`."""

    name: str
    sentences: tuple[Sentence, ...]

    @property
    def title(self) -> str:
        return SECTIONS[self.name]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered to an audience. `refused`: the store has nothing on what is asked.

    grade    reading level of the sentences (Flesch-Kincaid grade), sources left out
    phrased  `own` or the name of the model whose words passed the gate
    problems sentences that were withheld (N692), a model whose words were not taken (N690, N691)
    """

    question: Question
    audience: Audience
    sections: tuple[Section, ...]
    refused: bool = False
    grade: float | None = None
    status: str = "draft"
    phrased: str = "own"
    problems: tuple[Problem, ...] = ()

    def section(self, name: str) -> tuple[Sentence, ...]:
        return next((each.sentences for each in self.sections if each.name == name), ())

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        return tuple(sentence for section in self.sections for sentence in section.sentences)

    @property
    def ids(self) -> tuple[str, ...]:
        return unique(name for sentence in self.sentences for name in sentence.ids)

    def as_json(self) -> dict[str, Any]:
        return {
            "question": self.question.as_json(),
            "audience": self.audience,
            "refused": self.refused,
            "status": self.status,
            "phrased": self.phrased,
            "problems": [each.as_json() for each in self.problems],
            "reading_grade": None if self.grade is None else round(self.grade, 1),
            "sections": [
                {
                    "name": section.name,
                    "title": section.title,
                    "sentences": [{"text": each.text, "ids": list(each.ids)} for each in section.sentences],
                }
                for section in self.sections
            ],
        }


def unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
