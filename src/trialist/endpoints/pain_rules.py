"""The rules of pain endpoints, and how a protocol entry fills them.

Scores are points of their instrument, analgesic scores points of theirs; falls and rises are points or
fractions, None where the criteria do not ask for them. Days are whole days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from trialist.endpoints.criteria import first, stated
from trialist.protocol.pain_endpoints import PainProgression, PainReading, PainResponse


@dataclass(frozen=True, slots=True)
class PainReadingRule:
    """How the records of a visit become its pain score and its analgesic score."""

    score: tuple[str, ...]
    analgesic: str
    daily: bool
    score_of_days: str
    analgesic_of_days: str
    diary_days: int
    evaluable_days: int
    confirm_after: int
    new_therapy: str
    tolerance: float

    @property
    def idle(self) -> frozenset[str]:
        """Options that decide nothing under the others."""
        diary = {"score_of_days", "analgesic_of_days", "diary_days", "evaluable_days"}
        return frozenset() if self.daily else frozenset(diary)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"subjects", "pain"})


@dataclass(frozen=True, slots=True)
class PainResponseRule(PainReadingRule):
    minimum_score: float
    minimum_analgesic: float | None
    fall_points: float | None
    fall: float | None
    analgesic_fall: float | None


@dataclass(frozen=True, slots=True)
class PainProgressionRule(PainReadingRule):
    reference: str
    rise_points: float | None
    rise: float | None
    rise_from_zero: float | None
    analgesics: str
    analgesic_rise: float | None
    radiotherapy: str
    early_days: int
    unconfirmed_last: str


def pain_response_rule(endpoint: PainResponse) -> PainResponseRule:
    """The rule of a `pain_response` entry: its own words win over its criteria."""
    where = (endpoint.criteria, "pain_response")
    fraction = stated(*where, "fall")
    return PainResponseRule(
        **_reading(endpoint, "pain_response"),
        minimum_score=first(endpoint.minimum_score, *where, "minimum_score"),
        minimum_analgesic=stated(*where, "minimum_analgesic"),
        fall_points=stated(*where, "fall_points"),
        fall=None if fraction is None else first(endpoint.fall, *where, "fall"),
        analgesic_fall=stated(*where, "analgesic_fall"),
    )


def pain_progression_rule(endpoint: PainProgression) -> PainProgressionRule:
    """The rule of a `pain_progression` entry: its own words win over its criteria."""
    where = (endpoint.criteria, "pain_progression")
    return PainProgressionRule(
        **_reading(endpoint, "pain_progression"),
        reference=first(endpoint.reference, *where, "reference"),
        rise_points=stated(*where, "rise_points"),
        rise=stated(*where, "rise"),
        rise_from_zero=stated(*where, "rise_from_zero"),
        analgesics=stated(*where, "analgesics"),
        analgesic_rise=stated(*where, "analgesic_rise"),
        radiotherapy=first(endpoint.radiotherapy, *where, "radiotherapy"),
        early_days=first(endpoint.early_days, *where, "early_days"),
        unconfirmed_last=first(endpoint.unconfirmed_last, *where, "unconfirmed_last"),
    )


def pain_component(
    criteria: Literal["ppi_analgesic", "bpi"] | None, new_therapy: Literal["stop", "ignore"]
) -> PainProgressionRule | None:
    """Pain progression as one component of several, by those criteria; None where it is read as recorded."""
    if criteria is None:
        return None
    entry = PainProgression(derive="pain_progression", criteria=criteria, new_therapy=new_therapy)
    return pain_progression_rule(entry)


def _reading(endpoint: PainReading, section: str) -> dict[str, Any]:
    where = (endpoint.criteria, "pain_score")
    tests = endpoint.score or stated(*where, "score")
    return {
        "score": tuple(test.strip().upper() for test in tests),
        "analgesic": first(endpoint.analgesic, *where, "analgesic").strip().upper(),
        "daily": endpoint.daily,
        "score_of_days": stated(*where, "score_of_days"),
        "analgesic_of_days": stated(*where, "analgesic_of_days"),
        "diary_days": stated(*where, "diary_days"),
        "evaluable_days": stated(*where, "evaluable_days"),
        "confirm_after": first(endpoint.confirm_after, endpoint.criteria, section, "confirm_after"),
        "new_therapy": endpoint.new_therapy,
        "tolerance": stated(*where, "tolerance"),
    }
