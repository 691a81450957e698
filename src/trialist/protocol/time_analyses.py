"""The words of `analyses:` entries that work on a time to an event, every option spelt out."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from trialist.protocol.analysis_part import AnalysisPart
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


class CoxPh(_OfTimes):
    method: Literal["cox_ph"]
    ties: Literal["efron", "breslow"] = "efron"
    strata: tuple[str, ...] = ()
    test: Literal["wald", "score", "likelihood_ratio", "log_rank"] = "wald"


class LogRank(_OfTimes):
    method: Literal["log_rank"]
    strata: tuple[str, ...] = ()


TimeAnalysis = KaplanMeier | CoxPh | LogRank

TIME_NEEDS = MappingProxyType(
    {
        "kaplan_meier": ("TimeToEvent",),
        "cox_ph": ("TimeToEvent",),
        "log_rank": ("TimeToEvent",),
    }
)
