"""The words of `analyses:` entries on times of which one of several events can come first."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from trialist.protocol.analysis_part import AnalysisPart
from trialist.protocol.quantities import Share, Times


def _inside(values: tuple[float, ...]) -> tuple[float, ...]:
    for value in values:
        if not 0 < value < 1:
            raise ValueError(f"{value:g} is no share between 0 and 1")
    return values


class _Competing(AnalysisPart):
    """Which events are counted: the `reason` of a time to event says what its event was."""

    event_of_interest: tuple[str, ...] = Field(
        min_length=1, description="reasons of the event in question, such as DEATH"
    )
    competing: tuple[str, ...] = Field(
        default=(),
        description="reasons of the events that compete with it; every other event when omitted. An event of "
        "neither list is taken as a censoring, and told",
    )


class CumulativeIncidenceFunction(_Competing):
    """Aalen-Johansen estimate per arm."""

    method: Literal["cumulative_incidence_function"]
    at_months: Times = ()
    quantiles: Annotated[tuple[Share, ...], AfterValidator(_inside)] = Field(
        default=(), description="probabilities whose time is estimated"
    )
    variance: Literal["delta", "aalen"] = "delta"
    interval: Literal["log_log", "log", "plain"] = "log_log"


class Gray(_Competing):
    """Equality of the cumulative incidences of the arms."""

    method: Literal["gray"]
    strata: tuple[str, ...] = ()
    rho: float = Field(default=0.0, ge=-1, le=10, description="weight (1 - pooled incidence)^rho")


class FineGray(_Competing):
    """Subdistribution hazard ratio of two arms, with further covariates."""

    method: Literal["fine_gray"]
    covariates: tuple[str, ...] = Field(
        default=(), description="factors (levels against the first) or numbers of a subject"
    )
    strata: tuple[str, ...] = Field(default=(), description="each with a baseline and censoring of its own")
    censoring: Literal["pooled", "by_arm"] = Field(
        default="pooled", description="whose censoring distribution weights those with a competing event"
    )


class CauseSpecific(_Competing):
    """Cause-specific hazard ratio of two arms by the Cox model: competing events censor."""

    method: Literal["cause_specific"]
    ties: Literal["efron", "breslow"] = "efron"
    strata: tuple[str, ...] = ()


CompetingRiskAnalysis = CumulativeIncidenceFunction | Gray | FineGray | CauseSpecific
