"""The rule of `adverse_events`, and how a protocol entry fills it."""

from __future__ import annotations

from dataclasses import dataclass

from trialist.endpoints.criteria import first
from trialist.protocol.adverse_event_endpoints import AdverseEventTable


@dataclass(frozen=True, slots=True)
class OccurrenceRule:
    """Which events are kept; `terms` empty: all. `window` is in days after the last dose."""

    terms: tuple[str, ...]
    minimum_grade: int
    serious: bool
    related: bool
    action: str | None
    fatal: bool
    treatment_emergent: bool
    window: int
    dictionary: str | None
    dictionary_version: str | None

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"subjects", "adverse_events"})


def occurrence_rule(endpoint: AdverseEventTable) -> OccurrenceRule:
    """The rule of an entry with `derive: adverse_events`."""
    return OccurrenceRule(
        endpoint.terms,
        endpoint.minimum_grade,
        endpoint.serious,
        endpoint.related,
        endpoint.action,
        endpoint.fatal,
        endpoint.treatment_emergent,
        first(endpoint.window, "treatment_emergent", "window"),
        endpoint.dictionary,
        endpoint.dictionary_version,
    )
