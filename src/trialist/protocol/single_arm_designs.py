"""The words of `design:` entries of single-arm, exact and precision-based designs."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from trialist.protocol.design_part import Assumed, Ratio, Statement
from trialist.protocol.quantities import Fraction

Open = Annotated[float, Field(gt=0, lt=1)]


class _Promising(Assumed):
    """One proportion of responders, better the higher: what is not promising against what is."""

    null: Open | None = Field(default=None, description="proportion that is of no interest")
    alternative: Open | None = Field(default=None, description="proportion that is promising")
    sides: Literal[1, 2] = 1

    @model_validator(mode="after")
    def promising_is_higher(self) -> Self:
        if self.null is not None and self.alternative is not None and self.alternative <= self.null:
            raise ValueError("the alternative must be above the null: more responders are promising")
        return self


class Simon(_Promising):
    """Simon's two stages: at most r1 responders of n1 end the trial, more than r of n are promising."""

    test: Literal["simon"]
    criterion: Literal["optimal", "minimax"] = Field(
        default="optimal", description="what is taken where no design is stated; the table has the admissible"
    )
    r1: int | None = Field(default=None, ge=0)
    n1: int | None = Field(default=None, ge=1)
    r: int | None = Field(default=None, ge=0)
    n: int | None = Field(default=None, ge=2, le=400)
    largest: int = Field(default=150, ge=5, le=300, description="totals are searched up to here")
    responders: int | None = Field(default=None, ge=0, description="after the trial: all that responded")
    stage: Literal[1, 2] | None = Field(default=None, description="after the trial: where it ended")
    stage_two: int | None = Field(
        default=None, ge=1, le=400, description="after the trial: subjects of stage 2, if not as planned"
    )
    stage_one: int | None = Field(
        default=None, ge=0, description="after the trial: responders of stage 1; goes with stage_two"
    )
    level: float = Field(default=0.95, ge=0.5, lt=1, description="of the interval after the trial")

    @model_validator(mode="after")
    def stages_fit(self) -> Self:
        given = [self.r1, self.n1, self.r, self.n]
        if any(value is not None for value in given) and None in given:
            raise ValueError("state r1, n1, r and n together, or none of them")
        if self.r1 is not None and self.n1 is not None and self.r is not None and self.n is not None:
            if not (self.r1 < self.n1 < self.n and self.r1 <= self.r < self.n):
                raise ValueError("it must hold that r1 < n1 < n and r1 <= r < n")
        elif self.responders is not None:
            raise ValueError("what responded can be judged only beside r1, n1, r and n")
        if (self.responders is None) != (self.stage is None):
            raise ValueError("state responders and stage together")
        self._result_fits()
        return self

    def _result_fits(self) -> None:
        if (self.stage_two is None) != (self.stage_one is None):
            raise ValueError("state stage_two, subjects, and stage_one, responders, together")
        if self.stage_two is not None and self.stage != 2:
            raise ValueError("stage_two is said beside responders and stage 2")
        if self.responders is None or self.r1 is None or self.n1 is None or self.n is None:
            return
        if self.stage_two is not None and self.stage_one is not None:
            if not self.r1 < self.stage_one <= self.n1:
                raise ValueError(f"stage 2 is reached with more than {self.r1} responders, {self.n1} at most")
            if not 0 <= self.responders - self.stage_one <= self.stage_two:
                raise ValueError(f"responders are all of both stages, {self.stage_two} subjects in stage 2")
            return
        if self.stage == 1 and self.responders > self.r1:
            raise ValueError(f"stage 1 ends the trial with at most {self.r1} responders")
        if self.stage == 2 and not self.r1 < self.responders <= self.n:
            raise ValueError(f"stage 2 is reached with more than {self.r1} responders, of {self.n} at most")


class SingleStage(_Promising):
    """A'Hern's exact single stage: the smallest n with a number of responders that keeps both error rates."""

    test: Literal["single_stage"]
    n: int | None = Field(default=None, ge=1, le=100_000)
    least: int | None = Field(
        default=None, ge=1, description="responders from which it is promising; goes with n"
    )

    @model_validator(mode="after")
    def least_is_of_n(self) -> Self:
        if self.least is not None and (self.n is None or self.least > self.n):
            raise ValueError("state least beside n, and not above it")
        return self


class Fleming(_Promising):
    """Fleming's stages with an early end in both directions; `sizes` are cumulative."""

    test: Literal["fleming"]
    sizes: tuple[Annotated[int, Field(ge=1, le=100_000)], ...] = Field(min_length=1, max_length=10)

    @model_validator(mode="after")
    def sizes_rise(self) -> Self:
        if list(self.sizes) != sorted(set(self.sizes)):
            raise ValueError("the cumulative sizes must rise")
        if self.alpha is not None and self.alpha / self.sides > 0.5:
            raise ValueError("with an alpha above 0.5 on one side a stage would be promising and not at once")
        return self


class OneSampleLogRank(Assumed):
    """One arm against a historical survival curve: observed against expected deaths."""

    test: Literal["one_sample_log_rank"]
    historical_median_months: float = Field(gt=0)
    shape: float = Field(default=1.0, gt=0, le=20, description="Weibull shape of the historical curve")
    hazard_ratio: Open | None = None
    accrual_months: float = Field(gt=0)
    follow_up_months: float = Field(default=0.0, ge=0, description="from the last patient in")
    dropout_per_year: float = Field(default=0.0, ge=0, lt=1)
    variance: Literal["expected", "mean"] = Field(
        default="mean", description="of the test: expected deaths, or the mean of expected and observed"
    )
    n: int | None = Field(default=None, ge=1)
    sides: Literal[1, 2] = 1


class TwoSampleT(Assumed):
    """Two-sample t test: effect size = difference of means / common SD."""

    test: Literal["two_sample_t"]
    effect_size: float | None = Field(default=None, gt=0, le=100)
    n: int | None = Field(default=None, ge=3, description="both groups together")
    allocation: tuple[Ratio, Ratio] = (1, 1)


class RankSum(Assumed):
    """Rank-sum test by Noether's formula."""

    test: Literal["rank_sum"]
    probability: Open | None = Field(
        default=None, description="that a subject of the first group has the larger value, ties counted half"
    )
    effect_size: float | None = Field(
        default=None, gt=0, le=100, description="instead: shift in SDs of normal values"
    )
    n: int | None = Field(default=None, ge=2, description="both groups together")
    allocation: tuple[Ratio, Ratio] = (1, 1)

    @model_validator(mode="after")
    def one_effect(self) -> Self:
        if self.probability is not None and self.effect_size is not None:
            raise ValueError("state the probability or the effect size, not both")
        return self


class Correlation(Assumed):
    """The test that a correlation is 0, by Fisher's z."""

    test: Literal["correlation"]
    rho: float | None = Field(default=None, gt=-1, lt=1)
    n: int | None = Field(default=None, ge=4)


class McNemar(Assumed):
    """McNemar's test of two paired proportions, by Connor's formula."""

    test: Literal["mcnemar"]
    first: float = Field(ge=0, lt=1, description="share of pairs that respond the first time only")
    second: float = Field(ge=0, lt=1, description="share of pairs that respond the second time only")
    pairs: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def shares_fit(self) -> Self:
        if self.first + self.second > 1:
            raise ValueError("the two shares add up to more than 1")
        return self


class Precision(Statement):
    """A size that makes an interval narrow enough."""

    test: Literal["precision"]
    of: Literal["proportion", "mean", "survival", "correlation", "rate", "seen"] = Field(
        description="seen: at least one event of a rare kind"
    )
    value: float | None = Field(
        default=None, description="the proportion, survival, correlation or rare rate that is expected"
    )
    half_width: float | None = Field(
        default=None,
        gt=0,
        description="in the unit of the value; of a mean in SDs; of a rate: upper end / rate - 1",
    )
    assurance: Fraction | None = Field(
        default=None, gt=0, lt=1, description="that a mean's interval is so narrow; that an event is seen"
    )
    interval: Literal["clopper_pearson", "wilson", "wald"] = "clopper_pearson"
    level: float = Field(default=0.95, ge=0.5, lt=1)
    followed: Fraction = Field(
        default=1.0, gt=0, le=1, description="of survival: share of the information that censoring leaves"
    )
    n: int | None = Field(default=None, ge=1, le=1_000_000, description="subjects; of a rate events")

    @model_validator(mode="after")
    def value_fits(self) -> Self:
        if self.followed != 1 and self.of != "survival":
            raise ValueError("followed is said of survival only")
        least = {"mean": 2, "correlation": 4}.get(self.of, 1)
        if self.n is not None and self.n < least:
            raise ValueError(f"the interval of a {self.of} takes {least} subjects at least")
        if self.of in ("proportion", "survival", "seen"):
            if self.value is None or not 0 < self.value < 1:
                raise ValueError(f"the value of a {self.of} must lie between 0 and 1")
        elif self.of == "correlation" and (self.value is None or not -1 < self.value < 1):
            raise ValueError("the correlation must lie between -1 and 1")
        if self.of == "seen" and self.assurance is None and self.n is None:
            raise ValueError("state the assurance that one is seen, or n")
        if self.of != "seen" and self.half_width is None and self.n is None:
            raise ValueError("state the half width that is wanted, or n")
        return self


SingleArmDesign = (
    Simon
    | SingleStage
    | Fleming
    | OneSampleLogRank
    | TwoSampleT
    | RankSum
    | Correlation
    | McNemar
    | Precision
)
