"""The words of `analyses:` entries that describe curves of a time to an event, every option spelt out."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from trialist.protocol.of_times import AtLandmark, OfTimes
from trialist.protocol.quantities import Months, Times, each_once

CurveInterval = Literal["log_log", "log", "plain", "logit", "arcsine"]
Probability = Annotated[float, Field(gt=0, lt=1)]
Probabilities = Annotated[tuple[Probability, ...], AfterValidator(each_once)]
_QUANTILES = "shares of subjects with the event: 0.25 is the time by which a quarter has had it"
_CONVENTION = "flat parts and interval of a quantile as R (quantile.survfit) or SAS (PROC LIFETEST) has them"


class KaplanMeier(AtLandmark):
    """Median, other quantiles, probabilities and numbers at risk at times, of each arm."""

    method: Literal["kaplan_meier"]
    interval: CurveInterval = "log_log"
    at_months: Times = Field(default=(), description="months at which the rest is estimated")
    quantiles: Probabilities = Field(default=(), description=_QUANTILES)
    convention: Literal["r", "sas"] = Field(default="r", description=_CONVENTION)
    estimate: Literal["kaplan_meier", "nelson_aalen", "fleming_harrington"] = Field(
        default="kaplan_meier",
        description="product limit, or exp(-cumulative hazard): tied events at once (SAS BRESLOW), or one "
        "after another (SAS FH)",
    )
    weights: str | None = Field(
        default=None, description="a numeric column of the subjects: each counts by its weight"
    )
    variance: Literal["greenwood", "jackknife"] | None = Field(
        default=None,
        description="of the product limit; jackknife (robust to weights) with `weights` and greenwood "
        "without when omitted",
    )
    band: Literal["hall_wellner", "equal_precision"] | None = Field(
        default=None,
        description="simultaneous band of the whole curve beside the interval of each time of `at_months`",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.estimate != "kaplan_meier" and (self.weights or self.variance):
            raise ValueError("weights and variance are of the kaplan_meier estimate (write one of them only)")
        if self.band and (self.estimate != "kaplan_meier" or self.weights or self.variance == "jackknife"):
            raise ValueError(
                "a band is of the unweighted product limit with Greenwood's variance (write one of them only)"
            )
        return self


class FollowUp(OfTimes):
    """Potential follow-up by the reverse Kaplan-Meier estimate: the end of follow-up is the event."""

    method: Literal["follow_up"]
    interval: CurveInterval = "log_log"
    quantiles: Probabilities = Field(default=(0.25, 0.75), description="beside the median")
    convention: Literal["r", "sas"] = Field(default="r", description=_CONVENTION)
    observed: bool = Field(
        default=False, description="also minimum, median and maximum of the observed times, as they are"
    )


class Rmst(AtLandmark):
    """Restricted mean survival time of each arm, its time lost, and their contrasts of two arms."""

    method: Literal["rmst"]
    tau_months: Months | None = Field(
        default=None,
        description="the mean is up to here; when omitted, the longest time that every arm's curve reaches",
    )


class Milestone(AtLandmark):
    """Survival at times: of each arm, difference and ratio of two arms."""

    method: Literal["milestone"]
    at_months: Times = Field(min_length=1, description="the milestones")
    interval: CurveInterval = Field(default="log_log", description="of each arm's probability")
    test: Literal["log_log", "log", "plain", "logit", "arcsine"] = Field(
        default="log_log", description="scale on which equal survival is tested (Klein 2007)"
    )


class Turnbull(OfTimes):
    """The curve of times known to lie between two assessments (interval censoring)."""

    method: Literal["turnbull"]
    at_months: Times = Field(default=(), description="months at which the probability is estimated")
    quantiles: Probabilities = Field(default=(), description=_QUANTILES)


class Weibull(OfTimes):
    """Weibull model of exact, interval- and right-censored times: acceleration factor, hazard ratio."""

    method: Literal["weibull"]


CurveAnalysis = KaplanMeier | FollowUp | Rmst | Milestone | Turnbull | Weibull
