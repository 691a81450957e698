"""What is known: trials as they were run, statements in words, and the store that holds them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from trialist.findings.model import Finding
from trialist.problems import Problem
from trialist.protocol.model import Source

if TYPE_CHECKING:
    from trialist.evidence.vocabulary.terms import Vocabulary

Line = Literal["first", "second", "later", "any", "none", "not stated"]
NodeKind = Literal["drug", "target", "process", "effect", "place", "marker"]
EdgeKind = Literal["binds", "blocks", "causes", "removes", "reaches", "resists", "predicts", "lessens"]
StatementKind = Literal["indication", "dose", "recommendation", "mechanism", "definition", "caution", "gap"]


@dataclass(frozen=True, slots=True)
class Given:
    """One drug of an arm. `purpose` is None for treatment of the disease (else prophylaxis, ...)."""

    drug: str
    dose: str | None = None
    every: str | None = None
    route: str | None = None
    purpose: str | None = None
    cycles: int | None = None


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm as it was run. `treatment` is an id of the vocabulary: what trials are joined by.

    n   allocated (or enrolled); treated: who had a dose
    """

    name: str
    label: str
    treatment: str | None
    role: Literal["experimental", "control", "cohort"]
    give: tuple[Given, ...] = ()
    n: int | None = None
    treated: int | None = None

    @property
    def drugs(self) -> tuple[str, ...]:
        return tuple(given.drug for given in self.give)


@dataclass(frozen=True, slots=True)
class TrialCard:
    """What a trial is: who took part, what they were given, when, and what it was planned to show.

    line      of systemic treatment of the kind that is studied; prior: drugs or classes that patients had had
    stated    facts of the design as each source states them: what -> source -> as stated
    names     `endpoints`, `populations`: the file's own word -> the common one, where they differ
    recalled  names of fields that were filled from memory and not read
    """

    trial: str
    title: str
    condition: str
    setting: str | None = None
    registered: tuple[str, ...] = ()
    phase: str | None = None
    line: Line = "not stated"
    prior: tuple[str, ...] = ()
    randomised: bool = False
    ratio: str | None = None
    blinding: str | None = None
    strata: tuple[str, ...] = ()
    eligibility: str | None = None
    enrolled_from: str | None = None
    enrolled_to: str | None = None
    n: int | None = None
    sites: int | None = None
    countries: int | None = None
    primary: tuple[str, ...] = ()
    growth_factor: str | None = None
    arms: Mapping[str, Arm] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    recalled: tuple[str, ...] = ()
    stated: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    note: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of our own for what is not a number, with where it was read.

    about         treatments, drugs, conditions, endpoints, trials (ids) that it speaks of
    jurisdiction  of a label or guideline (US, EU, ...)
    grading       the system of a recommendation's strength, named (ESMO-MCBS, GRADE, ...), with the grade
    as_of         ISO date (or year) of what was read: a label says one thing in 2010 and another in 2017
    plain         the same for a patient, where it is to be said to one
    """

    id: str
    kind: StatementKind
    text: str
    source: str
    about: tuple[str, ...] = ()
    as_of: str | None = None
    place: str | None = None
    reliability: str = "read"
    jurisdiction: str | None = None
    grading: str | None = None
    plain: str | None = None
    superseded_by: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A thing in the graph of what a drug does. `plain`: the same for a patient."""

    id: str
    label: str
    kind: NodeKind
    plain: str | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """What one thing does to another, with the statement that says so."""

    start: str
    end: str
    kind: EdgeKind
    statement: str


@dataclass(frozen=True, slots=True)
class Mechanism:
    """How drugs act, as a small graph."""

    nodes: Mapping[str, Node] = field(default_factory=dict)
    edges: tuple[Edge, ...] = ()


def _shipped_words() -> Vocabulary:
    from trialist.evidence.vocabulary import vocabulary

    return vocabulary()


@dataclass(frozen=True, slots=True)
class Store:
    """Trials, findings, statements and sources, as they were curated: nothing here is averaged.

    Findings bear common names: one endpoint and population has one id in all trials, an adverse event is
    `ae:<term>:<grade>`. `reasons`: why a trial has no findings. `problems`: what could not be read. `words`:
    the vocabulary that the names are of, with the terms that a folder adds.
    """

    trials: Mapping[str, TrialCard]
    findings: tuple[Finding, ...]
    statements: tuple[Statement, ...]
    sources: Mapping[str, Source]
    mechanism: Mechanism = field(default_factory=Mechanism)
    reasons: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    words: Vocabulary = field(default_factory=_shipped_words)

    def of(self, trial: str) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.trial == trial)

    def arms(self, finding: Finding) -> tuple[Arm, ...]:
        """The arms that a finding is of, in its order; those that its card does not list are left out."""
        card = self.trials.get(finding.trial)
        return tuple(card.arms[name] for name in finding.groups if name in card.arms) if card else ()
