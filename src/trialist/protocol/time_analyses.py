"""The words of `analyses:` entries that work on a time to an event, every option spelt out."""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

from trialist.protocol.curve_analyses import (
    CurveAnalysis,
    FollowUp,
    KaplanMeier,
    Milestone,
    Rmst,
    Turnbull,
    Weibull,
)
from trialist.protocol.of_times import AtLandmark

__all__ = [
    "TIME_NEEDS",
    "CoxPh",
    "FollowUp",
    "KaplanMeier",
    "LogRank",
    "Milestone",
    "Rmst",
    "TimeAnalysis",
    "Turnbull",
    "Weibull",
]


class CoxPh(AtLandmark):
    method: Literal["cox_ph"]
    ties: Literal["efron", "breslow"] = "efron"
    strata: tuple[str, ...] = ()
    test: Literal["wald", "score", "likelihood_ratio", "log_rank"] = "wald"


class LogRank(AtLandmark):
    method: Literal["log_rank"]
    strata: tuple[str, ...] = ()


TimeAnalysis = CurveAnalysis | CoxPh | LogRank

TIME_NEEDS = MappingProxyType(
    {
        "kaplan_meier": ("TimeToEvent",),
        "cox_ph": ("TimeToEvent",),
        "log_rank": ("TimeToEvent",),
        "follow_up": ("TimeToEvent",),
        "rmst": ("TimeToEvent",),
        "milestone": ("TimeToEvent",),
        "turnbull": ("TimeToEvent",),
        "weibull": ("TimeToEvent",),
    }
)
