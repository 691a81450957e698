"""The words of `analyses:` entries that work on a time to an event, every option spelt out."""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

from pydantic import Field

from trialist.protocol.competing_risk_analyses import CompetingRiskAnalysis
from trialist.protocol.cox_analyses import CoxModel, Ties
from trialist.protocol.curve_analyses import (
    CurveAnalysis,
    FollowUp,
    KaplanMeier,
    Milestone,
    Rmst,
    Turnbull,
    Weibull,
)
from trialist.protocol.of_times import AtLandmark, OfTimes
from trialist.protocol.rank_test_analyses import EventWeight, LogRank, LogRankTrend, MaxCombo, RankTest

__all__ = [
    "TIME_NEEDS",
    "CoxPh",
    "EventWeight",
    "FollowUp",
    "KaplanMeier",
    "LogRank",
    "LogRankTrend",
    "MaxCombo",
    "Milestone",
    "ProportionalHazards",
    "Rmst",
    "Subgroups",
    "TimeAnalysis",
    "Turnbull",
    "Weibull",
]


class CoxPh(AtLandmark, CoxModel):
    """Hazard ratios of the Cox model: of the arms compared, and of the covariates."""

    method: Literal["cox_ph"]
    test: Literal["wald", "score", "likelihood_ratio", "log_rank"] = "wald"
    interval: Literal["wald", "profile"] = Field(
        default="wald",
        description="profile: where the likelihood, the other coefficients at their best, falls off",
    )
    variance: Literal["model", "robust"] = Field(
        default="model", description="robust: Lin and Wei's; taken with `cluster` too"
    )
    firth: Literal["never", "when_separated", "always"] = Field(
        default="never", description="a penalised likelihood, which has an estimate where arms are separated"
    )


class ProportionalHazards(AtLandmark, CoxModel):
    """Whether hazard ratios change with time: the score test of each term of a Cox model, and of all."""

    method: Literal["proportional_hazards"]
    transform: Literal["km", "rank", "identity", "log"] = Field(
        default="km", description="the function of time with which the log hazard ratio may change"
    )


class Subgroups(OfTimes):
    """The hazard ratio within each level of factors, and the test of interaction of each factor."""

    method: Literal["subgroups"]
    factors: tuple[str, ...] = Field(min_length=1)
    strata: tuple[str, ...] = ()
    ties: Ties = "efron"


TimeAnalysis = CurveAnalysis | CoxPh | ProportionalHazards | Subgroups | RankTest | CompetingRiskAnalysis

TIME_NEEDS = MappingProxyType(
    dict.fromkeys(
        (
            "kaplan_meier",
            "cox_ph",
            "log_rank",
            "follow_up",
            "rmst",
            "milestone",
            "turnbull",
            "weibull",
            "proportional_hazards",
            "subgroups",
            "max_combo",
            "log_rank_trend",
            "cumulative_incidence_function",
            "gray",
            "fine_gray",
            "cause_specific",
        ),
        ("TimeToEvent",),
    )
)
