"""What is asked of the answers, and how each is measured: kinds, citations, refusals, numbers, reading level.

Answers are made with words alone, so that the figures are the same with and without the extra `embedding`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

from trialist.evidence.answers import index, passages
from trialist.evidence.answers.answer import Answer
from trialist.evidence.answers.asked import Question
from trialist.evidence.answers.audited import Judged, judged
from trialist.evidence.answers.citations import Fault, faults
from trialist.evidence.answers.compose import compose
from trialist.evidence.answers.named import AUDIENCES
from trialist.evidence.answers.passages import id_of
from trialist.evidence.answers.question import read_question
from trialist.evidence.store import load_store

QUESTIONS: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("questions.yaml").read_text(encoding="utf-8")
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class Measured:
    """An answer of the questions, as composed (nothing withheld), and what is wrong with it."""

    asked: dict[str, Any]
    answer: Answer
    faults: tuple[Fault, ...]
    missed: tuple[str, ...]
    judged: tuple[Judged, ...]

    @property
    def numbers(self) -> int:
        return sum(len(_NUMBER.findall(s.text)) for s in self.answer.sentences)


@contextmanager
def words_alone() -> Iterator[None]:
    """An index without vectors, as it is where the extra is not installed."""
    passages._shipped.cache_clear()
    with patch.object(index, "available", lambda: False):
        yield
    passages._shipped.cache_clear()


@cache
def measured() -> tuple[Measured, ...]:
    store = load_store()
    with words_alone():
        return tuple(
            _measured(asked, compose(as_read(asked), store, audience))
            for asked in QUESTIONS
            for audience in AUDIENCES
        )


def as_read(asked: dict[str, Any]) -> Question:
    """A question as it is read, behind the question before it if it is a follow-up."""
    store = load_store()
    before = read_question(asked["after"], store) if "after" in asked else None
    return read_question(asked["ask"], store, before)


def _measured(asked: dict[str, Any], answer: Answer) -> Measured:
    wrong = faults(((s.text, s.ids) for s in answer.sentences), load_store())
    parts = [[(s.text, s.ids) for s in each.sentences] for each in answer.sections if each.name != "sources"]
    read = tuple(one for said in parts for one in judged(said, load_store()))
    return Measured(asked, answer, wrong, missed(asked, answer), read)


def missed(asked: dict[str, Any], answer: Answer) -> tuple[str, ...]:
    """What an answer must cite and does not."""
    held = {id_of(finding): finding for finding in load_store().findings}
    cited = {(held[name].trial, held[name].endpoint) for name in answer.ids if name in held}
    results = [" ".join(pair) for pair in asked.get("cite", []) if tuple(pair) not in cited]
    named = (*asked.get("state", []), *asked.get("find", []))
    return (*results, *(name for name in named if name not in answer.ids))


def table() -> str:
    """The measured answers by kind of question, as Markdown."""
    rows = [
        "| kind of question | questions | read as such | answered | refused | must be cited: found "
        "| sentences | numbers | precision of citation | patients: mean grade (highest) | at most 8 |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    kinds = list(dict.fromkeys(asked["kind"] for asked in QUESTIONS))
    rows += [_row(kind, [each for each in measured() if each.asked["kind"] == kind]) for kind in kinds]
    rows.append(_row("all", list(measured())))
    return "\n".join(rows) + "\n"


def audit_table() -> str:
    """What the audit says of the sentences, by audience, as Markdown."""
    rows = [
        "| for | sentences | a number of it agrees with findings | left aside | told to be imprecise (C) "
        "| complained of (A, B): withheld |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for audience in (*AUDIENCES, "all"):
        held = [
            one for each in measured() for one in each.judged if audience in (each.answer.audience, "all")
        ]
        grave = [one for one in held if one.grave]
        mild = [one for one in held if one.verdicts and not one.grave]
        agreeing = [one for one in held if one.supported and not one.verdicts]
        rest = len(held) - len(grave) - len(mild) - len(agreeing)
        rows.append(f"| {audience} | {len(held)} | {len(agreeing)} | {rest} | {len(mild)} | {len(grave)} |")
    return "\n".join(rows) + "\n"


def _row(name: str, held: list[Measured]) -> str:
    asked = {each.asked["ask"]: each.asked for each in held}
    must = sum(len(each.asked.get(name, [])) for each in held for name in ("cite", "state", "find"))
    sentences = sum(len(each.answer.sentences) for each in held)
    wrong = len({(id(each), fault.sentence) for each in held for fault in each.faults})
    refuse = [each for each in held if each.asked.get("refused")]
    give = [each for each in held if not each.asked.get("refused")]
    grades = [e.answer.grade for e in give if e.answer.audience == "patient" and e.answer.grade is not None]
    level = f"{sum(grades) / len(grades):.1f} ({max(grades):.1f})" if grades else "-"
    return (
        "| "
        + " | ".join(
            [
                name,
                str(len(asked)),
                _share(sum(each.answer.question.kind == each.asked["kind"] for each in held), len(held)),
                _share(sum(not each.answer.refused for each in give), len(give)),
                _share(sum(each.answer.refused for each in refuse), len(refuse)),
                _share(must - sum(len(each.missed) for each in held), must),
                str(sentences),
                str(sum(each.numbers for each in held)),
                f"{1 - wrong / sentences:.3f}",
                level,
                _share(sum(grade <= 8 for grade in grades), len(grades)),
            ]
        )
        + " |"
    )


def _share(count: int, of: int) -> str:
    return f"{count} of {of}" if of else "-"
