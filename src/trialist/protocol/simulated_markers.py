"""What a simulation assumes of cell counts and of a marker's status at two visits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from trialist.protocol.part import Part
from trialist.protocol.quantities import Share

Count = Annotated[int, Field(ge=0, le=10**6)]


class SimulatedCounts(Part):
    """A cell count at two visits: the first within the range of a factor's level, the later a share of it."""

    factor: str = Field(description="the factor that the first count agrees with")
    ranges: Mapping[str, tuple[Count, Count]] = Field(
        description="level -> lowest and highest first count; the logarithm of count + 1 is uniform"
    )
    unit: str
    baseline: str = Field(description="visit id")
    at: str = Field(description="visit id")
    ratio: tuple[Annotated[float, Field(gt=0, le=1000)], Annotated[float, Field(ge=0, le=10)]] = Field(
        description="later / first count: its median, and the SD of its logarithm"
    )
    evaluable: Share = Field(default=1.0, description="share with a later count, of those then alive")
    arms: tuple[str, ...] = Field(default=(), description="arms with a later count; all when omitted")


class SimulatedStatus(Part):
    """The status of a marker at a later visit, by the level of the factor that was its first."""

    factor: str
    at: str = Field(description="visit id")
    shares: Mapping[str, Mapping[str, Share]] = Field(description="level -> later result -> share")
    evaluable: Share = Field(default=1.0, description="share with a later result, of those then alive")
    arms: tuple[str, ...] = Field(default=(), description="arms with a later result; all when omitted")


class MarkerPlan(Part):
    """The part of a simulation plan that speaks of cell counts and statuses, by test code."""

    cell_counts: Mapping[str, SimulatedCounts] = Field(
        default_factory=dict, description="test code -> its counts at two visits"
    )
    later_status: Mapping[str, SimulatedStatus] = Field(
        default_factory=dict, description="test code -> its status at a later visit"
    )
