"""The words of `derive: adverse_events`: the events themselves, for tables by term and grade."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from trialist.protocol.endpoint_part import EndpointPart
from trialist.protocol.quantities import Days


def spelt(value: object) -> object:
    """A version that YAML read as a number, as it is written: 5.0 is "5.0", not "5"."""
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


class AdverseEventTable(EndpointPart):
    """The events that fit, one by one, with each subject's time at risk."""

    derive: Literal["adverse_events"]
    terms: tuple[str, ...] = Field(
        default=(), description="preferred terms of special interest; all events when omitted"
    )
    minimum_grade: int = Field(default=1, ge=1, le=5)
    serious: bool = False
    related: bool = False
    action: Literal["withdrawn", "reduced", "interrupted"] | None = Field(
        default=None, description="what was done with the study treatment; interrupted includes delayed"
    )
    fatal: bool = Field(default=False, description="outcome fatal, or grade 5")
    treatment_emergent: bool = True
    window: Days | None = Field(default=None, description="after the last dose; 30 d when omitted")
    dictionary: str | None = Field(default=None, description="that the terms were coded by: MedDRA")
    dictionary_version: Annotated[str | None, BeforeValidator(spelt)] = Field(
        default=None, description="of that dictionary"
    )
