"""The words of `analyses:` entries that work on a time to an event, every option spelt out."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from trialist.protocol.analysis_part import AnalysisPart
from trialist.protocol.cox_analyses import CoxModel, Ties
from trialist.protocol.quantities import Times


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class _OfTimes(AnalysisPart):
    """An analysis of a time to event, which may be repeated under other readings of the endpoint."""

    sensitivity: Annotated[
        tuple[
            Literal[
                "standard",
                "fda",
                "fda_inclusive",
                "ema",
                "new_therapy_as_event",
                "new_therapy_followed",
                "missed_as_event",
                "missed_censored",
                "unresolved_as_progression",
                "first_day_of_visit",
            ],
            ...,
        ],
        BeforeValidator(_one_or_more),
    ] = Field(
        default=(),
        description="of a progression-free time: repeated under these readings, or the standard set of them "
        "(criteria/pfs_sensitivity.yaml), with the subjects who moved",
    )


class KaplanMeier(_OfTimes):
    method: Literal["kaplan_meier"]
    interval: Literal["log_log", "log", "plain"] = "log_log"
    at_months: Times = Field(default=(), description="months at which the rest is estimated")


class CoxPh(_OfTimes, CoxModel):
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


class ProportionalHazards(_OfTimes, CoxModel):
    """Whether hazard ratios change with time: the score test of each term of a Cox model, and of all."""

    method: Literal["proportional_hazards"]
    transform: Literal["km", "rank", "identity", "log"] = Field(
        default="km", description="the function of time with which the log hazard ratio may change"
    )


class Subgroups(_OfTimes):
    """The hazard ratio within each level of factors, and the test of interaction of each factor."""

    method: Literal["subgroups"]
    factors: tuple[str, ...] = Field(min_length=1)
    strata: tuple[str, ...] = ()
    ties: Ties = "efron"


class LogRank(_OfTimes):
    method: Literal["log_rank"]
    strata: tuple[str, ...] = ()


TimeAnalysis = KaplanMeier | CoxPh | LogRank | ProportionalHazards | Subgroups

TIME_NEEDS = MappingProxyType(
    {
        "kaplan_meier": ("TimeToEvent",),
        "cox_ph": ("TimeToEvent",),
        "log_rank": ("TimeToEvent",),
        "proportional_hazards": ("TimeToEvent",),
        "subgroups": ("TimeToEvent",),
    }
)
