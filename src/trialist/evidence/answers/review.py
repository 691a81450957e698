"""The life of an answer: draft, under review, approved, and withdrawn when what it cites has changed.

One JSON file holds the reviews. Each keeps the sentences as they were read, beside a fingerprint of every
finding and statement that they cite; what no longer matches is withdrawn by itself, with the reason.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from trialist.evidence.answers.answer import Answer
from trialist.evidence.answers.named import Audience
from trialist.evidence.answers.passages import id_of
from trialist.evidence.model import Statement, Store, TrialCard
from trialist.problems import Place, Problem

Status = Literal["draft", "under review", "approved", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Step:
    """What happened to an answer: when (ISO), who, the status it led to, what was changed or the reason."""

    when: str
    who: str
    status: Status
    what: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """An answer under review. `sentences`: as they were read; `cited`: a fingerprint of each id in them."""

    question: str
    audience: Audience
    sentences: tuple[str, ...]
    cited: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]

    @property
    def status(self) -> Status:
        return self.steps[-1].status if self.steps else "draft"

    @property
    def key(self) -> str:
        return key_of(self.question, self.audience)


Reviews = Mapping[str, Review]


def key_of(question: str, audience: str) -> str:
    """A question and audience are one answer, however the question is spaced."""
    return hashlib.sha256(f"{audience}|{' '.join(question.casefold().split())}".encode()).hexdigest()[:12]


def status_of(answer: Answer, reviews: Reviews, store: Store) -> Status:
    """The status of an answer: that of its review, `withdrawn` where what it says or cites has changed."""
    held = reviews.get(key_of(answer.question.text, answer.audience))
    if held is None:
        return "draft"
    if held.status in ("under review", "approved") and why_withdrawn(held, store, answer):
        return "withdrawn"
    return held.status


def submitted(answer: Answer, reviews: Reviews, store: Store, *, who: str, when: str) -> Reviews:
    """The reviews with this answer under review, as it stands."""
    before = reviews.get(key_of(answer.question.text, answer.audience))
    marks = _fingerprints(store)
    steps = before.steps if before else ()
    made = Review(
        answer.question.text,
        answer.audience,
        tuple(sentence.text for sentence in answer.sentences),
        tuple(sorted((name, marks[name]) for name in answer.ids if name in marks)),
        (*steps, Step(when, who, "under review", "submitted")),
    )
    return {**reviews, made.key: made}


def approved(
    answer: Answer, reviews: Reviews, store: Store, *, who: str, when: str, changed: str = ""
) -> tuple[Reviews, Problem | None]:
    """The reviews with this answer approved; E694 where it is not under review as it stands now."""
    key = key_of(answer.question.text, answer.audience)
    held = reviews.get(key)
    if held is None or status_of(answer, reviews, store) != "under review":
        now = status_of(answer, reviews, store)
        message = f"the answer is {now}, and only one that is under review can be approved"
        return reviews, Problem("E694", message, "submit it first, so that it is read as it stands")
    step = Step(when, who, "approved", changed or "nothing changed")
    return {**reviews, key: replace(held, steps=(*held.steps, step))}, None


def swept(reviews: Reviews, store: Store, *, when: str) -> Reviews:
    """The reviews with those withdrawn whose findings or statements have changed or gone."""
    found = dict(reviews)
    for key, held in reviews.items():
        why = why_withdrawn(held, store) if held.status in ("under review", "approved") else None
        if why:
            found[key] = replace(held, steps=(*held.steps, Step(when, "trialist", "withdrawn", why)))
    return found


def why_withdrawn(review: Review, store: Store, answer: Answer | None = None) -> str | None:
    """What has changed since a review: an id that is gone, a finding that differs, or what is said."""
    now = _fingerprints(store)
    gone = [name for name, _ in review.cited if name not in now]
    if gone:
        return f"gone: {', '.join(gone)}"
    other = [name for name, mark in review.cited if now[name] != mark]
    if other:
        return f"changed: {', '.join(other)}"
    if answer is not None and tuple(sentence.text for sentence in answer.sentences) != review.sentences:
        return "the answer says something else now"
    return None


def read_reviews(path: Path) -> tuple[dict[str, Review], tuple[Problem, ...]]:
    """The reviews of a file; none where it is not there yet. Problems: E691 it can't be read as reviews."""
    if not path.exists():
        return {}, ()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        found = [_review(each) for each in data["reviews"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"the file of reviews can't be read: {error}"
        return {}, (
            Problem("E691", message, "name a file that trialist ask --review has written", Place(str(path))),
        )
    return {each.key: each for each in found}, ()


def write_reviews(path: Path, reviews: Reviews) -> None:
    """Writes all reviews, sorted, to a file beside it first, so that a failure leaves the old one."""
    text = json.dumps(
        {"reviews": [asdict(reviews[key]) for key in sorted(reviews)]}, indent=2, ensure_ascii=False
    )
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(f"{text}\n", encoding="utf-8")
    beside.replace(path)


def _review(data: Any) -> Review:
    if set(data) != {each.name for each in fields(Review)}:
        raise ValueError("a review has other words")
    steps = tuple(Step(**step) for step in data["steps"])
    cited = tuple((str(name), str(mark)) for name, mark in data["cited"])
    return Review(data["question"], data["audience"], tuple(data["sentences"]), cited, steps)


def _fingerprints(store: Store) -> dict[str, str]:
    """Of each finding the id of its content, of each statement and trial the hash of what it says."""
    found = {id_of(finding): finding.id for finding in store.findings}
    held: dict[str, Statement | TrialCard] = {each.id: each for each in store.statements}
    for name, thing in (held | dict(store.trials)).items():
        text = json.dumps(_plain(thing), sort_keys=True, default=str)
        found[name] = hashlib.sha256(text.encode()).hexdigest()[:12]
    return found


def _plain(thing: Statement | TrialCard) -> dict[str, Any]:
    """What a statement or card says; where its file lies is no part of it."""
    return {name: value for name, value in asdict(thing).items() if name != "file"}
