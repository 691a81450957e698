"""What a simulation assumes of pain, performance status and the worst laboratory grades."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, model_validator

from trialist.protocol.part import Part
from trialist.protocol.quantities import Share, Spread
from trialist.protocol.simulated_markers import MarkerPlan

Points = Annotated[int, Field(ge=0, le=1000)]
Range = tuple[Spread, Spread]


class SimulatedPain(Part):
    """Pain and analgesic scores at visits: who has pain at baseline, and in whom it is relieved.

    When pain progresses is a law of `times`, that of the endpoint on pain progression.
    """

    score: str = Field(description="test code (QSTESTCD) of the pain score")
    analgesic: str = Field(description="test code (QSTESTCD) of the analgesic score")
    highest: Points = Field(description="the top of the scale of the pain score, points")
    baseline_scores: tuple[Points, Points] = Field(
        description="lowest and highest score of who has pain at baseline; the others have 0"
    )
    baseline_analgesics: tuple[Points, Points] = Field(
        description="lowest and highest analgesic score of who has pain at baseline; the others have 0"
    )
    at_baseline: Mapping[str, Share] = Field(description="arm -> share with pain at baseline")
    response: Mapping[str, Share] = Field(description="arm -> share with confirmed relief, of these")

    @model_validator(mode="after")
    def _room(self) -> SimulatedPain:
        low, high = self.baseline_scores
        if not 1 <= low <= high or self.baseline_analgesics[0] > self.baseline_analgesics[1]:
            raise ValueError("write the lowest score first, a pain score from 1 on")
        if risen(high) > self.highest:
            raise ValueError(
                f"a pain score of {high} can't rise by two fifths and 2 points below the top of "
                f"{self.highest}; lower the highest score at baseline"
            )
        return self


def risen(score: int) -> int:
    """The score after pain has progressed: up by two fifths, and by 2 points at least."""
    return score + max(2, -(-2 * score // 5))


class SimulatedPerformance(Part):
    """ECOG grades at visits: one at baseline, then one grade worse at a constant rate, up to grade 4."""

    test: str = Field(default="ECOG101", description="test code of the records (QSTESTCD)")
    baseline: Mapping[str, Share] = Field(description='grade, "0" to "4" -> share')
    worse_per_month: Annotated[float, Field(ge=0, lt=1)] = Field(
        description="share of subjects that become one grade worse in a month"
    )

    @model_validator(mode="after")
    def _whole(self) -> SimulatedPerformance:
        if wrong := set(self.baseline) - {"0", "1", "2", "3", "4"}:
            raise ValueError(f'\'{min(wrong)}\' is no grade of a living subject (write "0" to "4")')
        if abs(sum(self.baseline.values()) - 1) > 0.005:
            raise ValueError("the shares of the grades do not add up to 1")
        return self


class SimulatedBloodCount(Part):
    """A laboratory test whose worst grade on treatment is that of a simulated adverse event."""

    event: str = Field(description="the term of `adverse_events`: its day and grade are those of the value")
    unit: str
    limits: Range = Field(description="lower and upper limit of normal, in the unit")
    values: tuple[Range, Range, Range, Range, Range] = Field(
        description="lowest and highest value of grade 0, 1, 2, 3 and 4; those before and after the event "
        "are of grade 0"
    )
    digits: Annotated[int, Field(ge=0, le=3)] = Field(default=1, description="decimals of the values")
    at: tuple[str, ...] = Field(min_length=1, description="visit ids")

    @model_validator(mode="after")
    def _ordered(self) -> SimulatedBloodCount:
        if any(low > high for low, high in (self.limits, *self.values)):
            raise ValueError("write the lower value first")
        return self


class PalliationPlan(MarkerPlan):
    """The part of a simulation plan that speaks of pain, performance status, blood counts, and markers."""

    pain: SimulatedPain | None = None
    performance: SimulatedPerformance | None = None
    blood_counts: Mapping[str, SimulatedBloodCount] = Field(
        default_factory=dict, description="test code -> its values"
    )
