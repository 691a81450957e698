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
        description="test codes (QSTESTCD) of the pain score, its mean where several; as the criteria say when "
        "omitted",
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
