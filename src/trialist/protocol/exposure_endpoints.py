"""The words of `derive: dose_intensity`: a treatment, how its doses are read, what they are held against."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from trialist.protocol.endpoint_part import EndpointPart
from trialist.protocol.quantities import Days, Dose, Fraction


class DoseIntensity(EndpointPart):
    """How much of a treatment was given, for how long, and the share of the planned dose intensity."""

    derive: Literal["dose_intensity"]
    treatment: str = Field(min_length=1, description="as the arms and the records (EXTRT) name it")
    formula: (
        Literal["mosteller", "du_bois", "haycock", "gehan_george", "boyd", "fujimoto", "takahira"] | None
    ) = Field(default=None, description="of body surface; Mosteller when omitted")
    cap_m2: float | None = Field(default=None, gt=0, description="body surface at most; none when omitted")
    recalculate: Fraction | None = Field(
        default=None,
        description="change of weight, since doses were last calculated, from which they follow it; 10 % "
        "when omitted",
    )
    round_mg: float | None = Field(
        default=None, gt=0, description="planned doses in mg are rounded to this, half up; 1 mg when omitted"
    )
    interval: Days | None = Field(default=None, description="between doses; as the arm says when omitted")
    delay_tolerance: Days | None = Field(
        default=None, description="a dose is delayed when later by more than this; 3 d when omitted"
    )
    reduction_tolerance: Fraction | None = Field(
        default=None, description="a dose is reduced when lower by more than this; 5 % when omitted"
    )
    duration: Literal["interval", "last_dose", "planned_cycles"] = Field(
        default="interval",
        description="first to last dose and its interval, first to last dose alone, or the arm's max_cycles",
    )
    planned: Literal["starting", "adjusted"] = Field(
        default="starting", description="held against the arm's dose, or the level that a dose was given at"
    )
    levels: tuple[Dose, ...] = Field(default=(), description="planned: adjusted reads the level from these")

    @model_validator(mode="after")
    def _levels_where_they_count(self) -> Self:
        if (self.planned == "adjusted") != bool(self.levels):
            raise ValueError("'levels' and 'planned: adjusted' go together: write both or neither")
        return self
