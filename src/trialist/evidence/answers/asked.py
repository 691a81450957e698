"""A question as it was read: what it asks, as ids of the vocabulary and of trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

Kind = Literal[
    "efficacy", "safety", "dosing", "sequencing", "mechanism", "comparison", "misconception", "definition",
    "design", "out of store",
]  # fmt: skip
Advice = Literal["urgent", "change", "decision", "person"]
Subject = tuple[str, str]  # kind (drug, class, treatment) and id


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, as ids of the vocabulary and of trials.

    subjects   treatments, drugs and classes that are asked about, in order
    sites      where the disease sits (bone, brain); conditions: which disease
    prior      drugs and classes that patients had had before
    outcome    what is hoped for and may not have been measured: an id of `outcomes` in words.yaml
    advice     what somebody asks for one person: `urgent` what may be an emergency, `change` whether to stop
               or alter what is given, `decision` what to choose, `person` anything else; None: nothing
    presumes   `outcome`, `better`, `worse` or `class`: what the question takes for granted
    supposed   the class that a drug is taken for
    concepts   words of trials that are to be explained: ids that statements of definitions are about
    joined     treatments are named as given together: `X with Y`
    doses      doses of one drug are compared with each other
    first      whether an `endpoint` or a `toxicity` is named first
    matters    what is asked of a trial's design and conduct: ids of `matters` in conduct.yaml
    analyses   which of several analyses is asked for: ids of `analyses_asked` in conduct.yaml, or a year
    times      at which a share is asked for: `24 months`, `18 weeks`
    groups     which parts of the patients are asked about: ids of `groups` in words.yaml (age, ecog)
    corrected  misspelt names: as typed, as read
    elsewhere  names that the store does not hold, by kind (drug, condition)
    unknown    ordinary words that stand nowhere in the store
    taken      which parts were taken from the question before
    """

    text: str
    kind: Kind
    subjects: tuple[Subject, ...] = ()
    conditions: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    toxicities: tuple[str, ...] = ()
    trials: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    prior: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    outcome: str | None = None
    advice: Advice | None = None
    presumes: str | None = None
    supposed: str | None = None
    concepts: tuple[str, ...] = ()
    joined: bool = False
    doses: bool = False
    first: str | None = None
    matters: tuple[str, ...] = ()
    analyses: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()
    elsewhere: tuple[Subject, ...] = ()
    unknown: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def from_json(data: Mapping[str, Any]) -> Question:
    """The question that `as_json` wrote; `ValueError` where it is none."""
    known = {each.name for each in fields(Question)}
    if (
        not isinstance(data.get("text"), str)
        or not isinstance(data.get("kind"), str)
        or not set(data) <= known
    ):
        raise ValueError("this is no question of a thread")
    return Question(**{name: _frozen(value) for name, value in data.items()})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value
