"""The words of endpoints on pain, skeletal events and performance status."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from trialist.protocol.endpoint_part import EndpointPart
from trialist.protocol.quantities import Days, Fraction


class PainReading(EndpointPart):
    """How pain and analgesic scores are read."""

    criteria: Literal["ppi_analgesic", "bpi"] = Field(
        description="present pain intensity with an analgesic score, or the Brief Pain Inventory, short form"
    )
    score: tuple[str, ...] = Field(
        default=(),
        description="test codes (QSTESTCD) of the pain score, its mean where several; as the criteria say "
        "when omitted",
    )
    analgesic: str | None = Field(
        default=None,
        description="test code (QSTESTCD) of the analgesic score; as the criteria say when omitted",
    )
    daily: bool = Field(
        default=False,
        description="the records hold a value for each day of the diary, under the visit that it belongs to",
    )
    confirm_after: Days | None = Field(default=None, description="as the criteria say when omitted")
    new_therapy: Literal["stop", "ignore"] = "stop"


class PainResponse(PainReading):
    """Relief of pain at two visits in a row, without more analgesics, or the other way round."""

    derive: Literal["pain_response"]
    fall: Fraction | None = Field(
        default=None,
        description="of the pain score, where the criteria ask for a fraction; theirs when omitted",
    )
    minimum_score: float | None = Field(
        default=None, ge=0, description="points; a lower baseline is not evaluable by its pain score"
    )


class PainProgression(PainReading):
    """Time to pain progression; death is not an event (it competes)."""

    derive: Literal["pain_progression"]
    reference: Literal["baseline", "nadir"] | None = Field(
        default=None, description="what a visit is compared with; as the criteria say when omitted"
    )
    radiotherapy: Literal["event", "ignore"] | None = Field(
        default=None, description="palliative radiotherapy; as the criteria say when omitted"
    )
    early_days: Days | None = Field(
        default=None, description="rises up to this day do not count; as the criteria say when omitted"
    )
    unconfirmed_last: Literal["censor", "event"] | None = Field(
        default=None, description="a rise that no later visit could confirm; as the criteria say when omitted"
    )


class SkeletalEvent(EndpointPart):
    """Time to the first symptomatic skeletal event; death is not an event (it censors and competes)."""

    derive: Literal["skeletal_event"]
    first_of: tuple[
        Literal["radiotherapy", "pathological_fracture", "spinal_cord_compression", "orthopaedic_surgery"],
        ...,
    ] = Field(
        default=("radiotherapy", "pathological_fracture", "spinal_cord_compression", "orthopaedic_surgery"),
        min_length=1,
        description="external beam radiotherapy for bone pain, new symptomatic fracture ...",
    )


class CategoryShift(EndpointPart):
    """Performance status at baseline and after it, by the ECOG grade."""

    derive: Literal["category_shift"]
    test: str = Field(default="ECOG101", description="test code of the records (QSTESTCD, RSTESTCD)")
    what: Literal["worst", "last", "best"] = Field(
        default="worst", description="which grade after baseline is compared with it"
    )
    from_day: int | None = Field(
        default=None, description="first day of a period, from the reference date; all days when omitted"
    )
    to_day: int | None = Field(
        default=None, description="last day of a period, from the reference date; all days when omitted"
    )
    on_treatment: bool = Field(
        default=False, description="only grades from the first dose to the last and the window after it"
    )
    window: Days | None = Field(default=None, description="after the last dose; 30 d when omitted")
    death: Literal["ignore", "grade_5"] = Field(
        default="ignore", description="whether a death counts as grade 5 on its day"
    )
