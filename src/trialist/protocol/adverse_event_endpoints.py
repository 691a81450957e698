"""The words of `derive: adverse_events`: the events themselves, for tables by term and grade."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from trialist.protocol.endpoint_part import EndpointPart
from trialist.protocol.part import Part
from trialist.protocol.quantities import Days


def spelt(value: object) -> object:
    """A version that YAML read as a number, as it is written: 5.0 is "5.0", not "5"."""
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


class TermList(Part):
    """A list of preferred terms that the user holds: events of special interest, a query of a dictionary."""

    file: str = Field(min_length=1, description="CSV with a column `term`, beside the protocol or below it")
    source: str = Field(min_length=1, description="where the list is from, and of which version")
    note: str | None = None


class StudyDrug(Part):
    """One of several study drugs, and the number of the columns that hold what is told of it alone."""

    name: str = Field(min_length=1, description="as the arms name it")
    column: int = Field(ge=1, le=4, description="n of AERELn (causality) and AEACNn (action)")


class AdverseEventTable(EndpointPart):
    """The events that fit, one by one, with each subject's time at risk."""

    derive: Literal["adverse_events"]
    terms: tuple[str, ...] = Field(
        default=(), description="preferred terms of special interest; all events when omitted"
    )
    term_list: str | None = Field(
        default=None, description="a list of `term_lists`, whose terms count instead of `terms`"
    )
    minimum_grade: int = Field(default=1, ge=1, le=5)
    serious: bool = False
    related: bool = False
    drug: StudyDrug | None = Field(
        default=None,
        description="whose causality and action count, where each study drug has its own; any when omitted",
    )
    action: Literal["withdrawn", "reduced", "interrupted"] | None = Field(
        default=None, description="what was done with the study treatment; interrupted includes delayed"
    )
    fatal: bool = Field(default=False, description="outcome fatal, or grade 5")
    treatment_emergent: bool = True
    window: Days | None = Field(default=None, description="after the last dose; 30 d when omitted")
    new_therapy: Literal["ignore", "end"] = Field(
        default="ignore",
        description="end: treatment emergence and time at risk end with the day on which a new anticancer "
        "therapy begins, where that is before the window is over",
    )
    dictionary: str | None = Field(default=None, description="that the terms were coded by: MedDRA")
    dictionary_version: Annotated[str | None, BeforeValidator(spelt)] = Field(
        default=None, description="of that dictionary"
    )

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if self.terms and self.term_list is not None:
            raise ValueError("state either `terms` or `term_list`")
        return self
