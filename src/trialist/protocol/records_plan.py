"""The words of the `records:` block: where a trial's records are, and what they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from trialist.protocol.part import Part


class Curve(Part):
    """Points of a published Kaplan-Meier curve and the numbers at risk below it, for reconstruction."""

    endpoint: str
    arm: str
    points: str = Field(description="CSV file: time,surv (months, probability)")
    at_risk: str = Field(description="CSV file: time,nrisk")
    events: int | None = None
    source: str
    note: str | None = None


class RecordsPlan(Part):
    """Where the trial's records are, and what they are."""

    origin: Literal["observed", "reconstructed", "simulated"]
    note: str
    source: str | None = None
    licence: str | None = None
    domains: Mapping[str, str] = Field(
        default_factory=dict, description="domain -> file, relative to the protocol"
    )
    curves: tuple[Curve, ...] = ()
    partial_dates: Literal["leave", "first", "last"] = Field(
        default="leave", description="day used for a date whose day is missing; such dates are listed"
    )
    evaluator: str | None = Field(default=None, description="whose assessments count (RSEVAL)")
    accepted_only: bool = Field(
        default=False, description="keep only records with the accepted flag (RSACPTFL)"
    )
    response_category: str | None = Field(default=None, description="RSCAT of the response records used")
