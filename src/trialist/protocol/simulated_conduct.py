"""How a simulated trial is run: when progression is seen, what is missed or misread, who leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from trialist.protocol.part import Part
from trialist.protocol.quantities import Days, Share
from trialist.protocol.simulated_palliation import PalliationPlan

ByArm = Mapping[str, Share]
Interval = Annotated[Days, Field(ge=1, le=3650)]
Delay = Annotated[Days, Field(ge=0, le=365)]
Events = Annotated[int, Field(ge=1)]

BY_ARM = (
    "missed_assessments",
    "read_late",
    "read_early",
    "scan_interval",
    "scan_delay",
    "dropout_before_progression",
    "crossover",
)
"""Words whose keys are arms."""
_OF_SCANS = ("read_late", "read_early")


class SimulatedCrossover(Part):
    """Who of an arm starts another treatment after documented progression, and what it does to death."""

    share: Share = Field(description="of those with documented progression, alive and followed on that day")
    hazard_ratio: Annotated[float, Field(gt=0, le=100)] = Field(
        description="of death from that day on, against the same subject without the crossover"
    )
    after: Delay = Field(default=14, description="days from documented progression to the crossover")


class SimulatedConduct(Part):
    """What the conduct adds to the times of `times:`; none of it in arms that a word leaves out."""

    progression_seen: Literal["own_day", "next_scan"] = Field(
        default="own_day",
        description="own_day: a scan of its own on the day of progression; next_scan: the first scan "
        "from that day on which is neither missed nor misread",
    )
    missed_assessments: ByArm = Field(default_factory=dict, description="arm -> share of scans not made")
    read_late: ByArm = Field(
        default_factory=dict, description="arm -> probability that a scan does not show a progression"
    )
    read_early: ByArm = Field(
        default_factory=dict,
        description="arm -> probability that a scan before progression is read as progression",
    )
    scan_interval: Mapping[str, Interval] = Field(
        default_factory=dict, description="arm -> days between scans, in place of the schedule's"
    )
    scan_delay: Mapping[str, Delay] = Field(
        default_factory=dict, description="arm -> days by which every scan comes after its planned day"
    )
    dropout_before_progression: ByArm = Field(
        default_factory=dict,
        description="arm -> share, of those whose progression would be documented, who leave the day before",
    )
    crossover: Mapping[str, SimulatedCrossover] = Field(
        default_factory=dict, description="arm that is left -> who leaves it after progression"
    )
    looks: Mapping[str, tuple[Events, ...]] = Field(
        default_factory=dict, description="endpoint -> events at each interim look, ascending"
    )

    @model_validator(mode="after")
    def _consistent(self) -> SimulatedConduct:
        for word in _OF_SCANS:
            if getattr(self, word) and self.progression_seen == "own_day":
                raise ValueError(f"'{word}' needs progression_seen: next_scan, where scans decide")
        if len(self.looks) > 1:
            raise ValueError("name one endpoint whose events make the looks")
        for endpoint, events in self.looks.items():
            if list(events) != sorted(set(events)):
                raise ValueError(f"write the events of the looks at '{endpoint}' once and in rising order")
        return self


class ConductPlan(PalliationPlan):
    """The part of a simulation plan that speaks of the trial's conduct, and of what patients report."""

    conduct: SimulatedConduct | None = Field(
        default=None, description="how the trial is run; without it every scan is made and read without fault"
    )
