"""The rule of `adverse_events`, and how a protocol entry fills it."""

from __future__ import annotations

from dataclasses import dataclass

from trialist.endpoints.criteria import first
from trialist.protocol.adverse_event_endpoints import AdverseEventTable


@dataclass(frozen=True, slots=True)
class OccurrenceRule:
    """Which events are kept; `terms` empty: all. `window` is in days after the last dose.

    term_list  the name of the list that the terms are from
    drug       whose causality and action count, with the number of their columns; None: of any
    """

    terms: tuple[str, ...]
    term_list: str | None
    minimum_grade: int
    serious: bool
    related: bool
    drug: str | None
    drug_column: int | None
    action: str | None
    fatal: bool
    treatment_emergent: bool
    window: int
    new_therapy: str
    dictionary: str | None
    dictionary_version: str | None

    @property
    def relation_column(self) -> str:
        """Of the input `adverse_events`."""
        return "related" if self.drug_column is None else f"related_{self.drug_column}"

    @property
    def action_column(self) -> str:
        """Of the input `adverse_events`."""
        return "action" if self.drug_column is None else f"action_{self.drug_column}"

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"subjects", "adverse_events"})  # without therapies nobody had one, which is told


def occurrence_rule(endpoint: AdverseEventTable) -> OccurrenceRule:
    """The rule of an entry with `derive: adverse_events`."""
    return OccurrenceRule(
        endpoint.terms,
        endpoint.term_list,
        endpoint.minimum_grade,
        endpoint.serious,
        endpoint.related,
        endpoint.drug.name if endpoint.drug else None,
        endpoint.drug.column if endpoint.drug else None,
        endpoint.action,
        endpoint.fatal,
        endpoint.treatment_emergent,
        first(endpoint.window, "treatment_emergent", "window"),
        endpoint.new_therapy,
        endpoint.dictionary,
        endpoint.dictionary_version,
    )
