"""The words of an entry that takes soft tissue and bone together."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from trialist.protocol.endpoint_part import EndpointPart

BONE_PRESETS = frozenset({"pcwg3", "pcwg2_couaa302", "pcwg2_plain"})
"""The criteria that say how bone scans are read."""


class CombinedResponse(EndpointPart):
    """Response at each visit: soft tissue from its lesions (RECIST 1.1) and bone from scans, together."""

    derive: Literal["combined_response"]
    bone: Literal["pcwg3", "pcwg2_couaa302", "pcwg2_plain"] = Field(
        default="pcwg3", description="criteria of bone scans"
    )
    unresolved: Literal["pdu", "pd"] | None = Field(
        default=None,
        description="progression on bone scans that no later scan could confirm; as the criteria say when "
        "omitted",
    )
    visit_date: Literal["first", "last"] | None = Field(
        default=None,
        description="the day of a visit whose scans lie on several: that of the first or of the last; last "
        "when omitted",
    )
