"""The words of a `design:` entry: what the trial's own design statement says, to be checked against itself.

Every number is as stated by `source`; what a source does not state is left out, never filled in.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from trialist.protocol.design_part import Assumed as Assumed
from trialist.protocol.design_part import Ratio
from trialist.protocol.dose_finding_designs import DoseFindingDesign
from trialist.protocol.part import Part
from trialist.protocol.quantities import Change, Fraction, Months, Share
from trialist.protocol.reestimation_designs import Reestimation
from trialist.protocol.single_arm_designs import SingleArmDesign

Positive = Annotated[float, Field(gt=0, le=1e7)]
Power = Annotated[float, Field(ge=0, le=20)]
Steps = tuple[tuple[Annotated[float, Field(ge=0, le=600)], Annotated[float, Field(ge=0, le=1e6)]], ...]
"""A number in steps: pairs of the month from which it holds and the number, the first month 0."""


class Looked(Assumed):
    """Looks at the data while the trial goes on, and the boundaries at each."""

    looks: tuple[Positive, ...] | None = Field(
        default=None,
        description="information at each look: shares of the planned, the last 1; or events, rising",
    )
    boundary: Literal["obrien_fleming", "pocock", "wang_tsiatis", "haybittle_peto", "none"] | None = Field(
        default=None, description="shape of the boundary; none: the last look alone can reject"
    )
    spending: Literal["obrien_fleming", "pocock", "kim_demets", "hwang_shih_decani"] | None = Field(
        default=None, description="function by which alpha is spent (Lan and DeMets)"
    )
    parameter: float | None = Field(
        default=None,
        ge=-100,
        le=100,
        description="of the boundary or the spending: Wang and Tsiatis' delta, Haybittle and Peto's early "
        "bound, Kim and DeMets' rho, Hwang, Shih and DeCani's gamma",
    )
    alpha_spent: tuple[Share, ...] | None = Field(
        default=None, description="alpha spent up to each look, where no function says so"
    )
    levels: tuple[Share, ...] | None = Field(
        default=None,
        description="significance level of each look, as stated (of both sides where there are two)",
    )
    futility: tuple[Change, ...] | None = Field(
        default=None, description="z value of each look but the last below which the trial stops"
    )
    futility_conditional_power: float | None = Field(
        default=None, gt=0, lt=1, description="conditional power, under the effect seen, below which it stops"
    )
    futility_spending: Literal["obrien_fleming", "pocock", "kim_demets", "hwang_shih_decani"] | None = Field(
        default=None, description="function by which beta is spent"
    )
    futility_parameter: float | None = Field(default=None, ge=-100, le=100)
    binding: bool = Field(
        default=False, description="the level counts on stopping for futility (smaller upper boundary)"
    )
    seen: tuple[Annotated[float, Field(ge=-50, le=50)], ...] | None = Field(
        default=None,
        description="z at each look taken so far, above 0 where the experimental arm does better",
    )

    @model_validator(mode="after")
    def seen_at_looks(self) -> Self:
        if self.seen is not None and not 0 < len(self.seen) <= len(self.looks or ()):
            raise ValueError("`seen` has one z for each look taken, and no more than there are `looks`")
        return self


class Sequential(Looked):
    """A group-sequential test of any endpoint: boundaries, inflation, expected information."""

    test: Literal["sequential"]


class LogRankEvents(Looked):
    """A log-rank test: events from a hazard ratio (Schoenfeld, Freedman), looks, accrual and duration."""

    test: Literal["log_rank"]
    hazard_ratio: float | None = Field(
        default=None, gt=0, description="experimental against control; after the delay, where there is one"
    )
    margin: float | None = Field(
        default=None,
        gt=0,
        description="hazard ratio to be excluded: above 1 for non-inferiority; 1 if left out",
    )
    events: int | None = Field(default=None, ge=1)
    n: int | None = Field(default=None, ge=1)
    allocation: tuple[Ratio, Ratio] = Field(default=(1, 1), description="experimental, control")
    formula: Literal["schoenfeld", "freedman", "hsieh_freedman"] | None = Field(
        default=None, description="of the events; the first two, side by side, if left out"
    )
    control_median_months: float | None = Field(default=None, gt=0)
    experimental_median_months: float | None = Field(default=None, gt=0)
    control_survival: tuple[Months, Share] | None = Field(
        default=None, description="a month and the share of the control arm without the event then"
    )
    control_hazards: Steps | None = Field(
        default=None, description="months from which each monthly hazard of the control arm holds"
    )
    hazard_ratios: Steps | None = Field(
        default=None, description="months since entry from which each hazard ratio holds"
    )
    delay_months: float | None = Field(
        default=None, gt=0, le=600, description="months since entry without any effect"
    )
    weights: tuple[tuple[Power, Power], ...] | None = Field(
        default=None,
        description="Fleming and Harrington's rho and gamma: one pair weights the test; of several the "
        "largest statistic is taken (MaxCombo)",
    )
    accrual_months: Months | None = None
    accrual_rates: Steps | None = Field(
        default=None, description="months from which each rate of entry holds, subjects per month"
    )
    follow_up_months: float | None = Field(default=None, ge=0, le=600, description="after the last entry")
    dropout_per_year: tuple[Share, Share] | None = Field(
        default=None, description="share that drops out in a year: experimental, control"
    )


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
    allocation: tuple[Ratio, Ratio] = (1, 1)


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


ComparedDesign = (
    LogRankEvents | Sequential | Reestimation | OneProportion | TwoProportions | PairedT | Evaluability
)

Assumption = Annotated[
    ComparedDesign | SingleArmDesign | DoseFindingDesign,
    Field(discriminator="test"),
]
