"""The law of one simulated time to an event: medians by arm, and the hazard ratio between two of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, model_validator

from trialist.protocol.part import Part
from trialist.protocol.quantities import LONGEST_MONTHS

FromMonth = Annotated[float, Field(ge=0, le=LONGEST_MONTHS)]
Ratio = Annotated[float, Field(gt=0, le=1000)]


class SimulatedTime(Part):
    """The marginal law of one time-to-event endpoint: medians by arm, under proportional hazards.

    With `hazard_ratio` the cumulative hazards pass through both medians exactly (piecewise constant
    baseline hazard); without it each arm is exponential through its own median.
    """

    medians: Mapping[str, Annotated[float, Field(gt=0, le=10 * LONGEST_MONTHS)]] = Field(
        description="arm -> median, months"
    )
    hazard_ratio: float | None = Field(default=None, gt=0, le=1000)
    hazard_ratios: tuple[tuple[FromMonth, Ratio], ...] = Field(
        default=(),
        description="[from month, ratio] by period, the first from month 0: a delayed or waning effect; the "
        "arm of the denominator is exponential through its median, the other arm's median follows",
    )
    versus: str | None = Field(default=None, description="the arm in the denominator of the ratio")
    source: str
    assumed: bool = False

    @model_validator(mode="after")
    def _one_effect(self) -> SimulatedTime:
        starts = [start for start, _ in self.hazard_ratios]
        if self.hazard_ratios and self.hazard_ratio is not None:
            raise ValueError("write hazard_ratio, or hazard_ratios by period, not both")
        if starts and (starts[0] != 0 or starts != sorted(set(starts))):
            raise ValueError("the periods of hazard_ratios start at month 0 and rise")
        return self
