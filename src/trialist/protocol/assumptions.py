"""The words of a `design:` entry: what the trial's own design statement says, to be checked against itself.

Every number is as stated by `source`; what a source does not state is left out, never filled in.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from trialist.protocol.design_part import Assumed as Assumed
from trialist.protocol.dose_finding_designs import DoseFindingDesign
from trialist.protocol.part import Part
from trialist.protocol.quantities import Fraction
from trialist.protocol.single_arm_designs import SingleArmDesign


class LogRankEvents(Assumed):
    """Schoenfeld 1981/1983: events = (z_alpha + z_beta)^2 / (p1 p2 log(HR)^2)."""

    test: Literal["log_rank"]
    hazard_ratio: float | None = Field(default=None, gt=0)
    events: int | None = Field(default=None, ge=1)
    n: int | None = Field(default=None, ge=1)
    allocation: tuple[int, int] = (1, 1)
    control_median_months: float | None = Field(default=None, gt=0)


class OneProportion(Assumed):
    """Exact binomial test of one proportion."""

    test: Literal["one_proportion"]
    null: float | None = Field(default=None, gt=0, lt=1)
    alternative: float | None = Field(default=None, gt=0, lt=1)
    n: int | None = Field(default=None, ge=1)
    sides: Literal[1, 2] = 1


class TwoProportions(Assumed):
    """Two proportions: chi-square test, by the normal formula."""

    test: Literal["two_proportions"]
    control: float | None = Field(default=None, gt=0, lt=1)
    experimental: float | None = Field(default=None, gt=0, lt=1)
    n: int | None = Field(default=None, ge=2, description="both groups together")
    allocation: tuple[int, int] = (1, 1)


class PairedT(Assumed):
    """Paired t test: effect size = mean change / SD of changes."""

    test: Literal["paired_t"]
    effect_size: float | None = Field(default=None, gt=0)
    pairs: int | None = Field(default=None, ge=2)


class Evaluability(Part):
    """So many accrued, so many hoped to be evaluable: the binomial probability that this suffices."""

    test: Literal["evaluability"]
    for_: str | None = Field(default=None, alias="for")
    accrued: int = Field(ge=1)
    evaluable: int = Field(ge=1)
    expected: Fraction = Field(gt=0, lt=1, description="share expected to be evaluable")
    source: str | None = None
    reliability: Literal["read", "transcribed", "memory", "computed"] | None = None
    note: str | None = None


ComparedDesign = LogRankEvents | OneProportion | TwoProportions | PairedT | Evaluability

Assumption = Annotated[
    ComparedDesign | SingleArmDesign | DoseFindingDesign,
    Field(discriminator="test"),
]
