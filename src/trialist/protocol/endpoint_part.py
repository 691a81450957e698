"""What every entry of `endpoints:` may say."""

from __future__ import annotations

from pydantic import Field

from trialist.protocol.part import Part
from trialist.protocol.quantities import Label


class EndpointPart(Part):
    label: Label | None = None
    paramcd: str | None = Field(default=None, max_length=8, description="PARAMCD in ADaM outputs")
    source: str | None = None
    note: str | None = None
