"""The words of `estimands:` (ICH E9(R1) A.3.3) and `analyses:` entries, every option spelt out.

`NEEDS` says which endpoint shape each analysis method works on.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from trialist.protocol.adverse_event_analyses import (
    CumulativeIncidence,
    Deaths,
    ExposureAdjustedRate,
    Incidence,
    IncidenceByPeriod,
    Overview,
    RiskDifference,
)
from trialist.protocol.analysis_part import AnalysisPart
from trialist.protocol.part import Part
from trialist.protocol.proportion_analyses import (
    PROPORTION_NEEDS,
    ProportionAnalysis,
)
from trialist.protocol.quantities import Label
from trialist.protocol.time_analyses import TIME_NEEDS, TimeAnalysis
from trialist.protocol.value_analyses import VALUE_NEEDS, ValueAnalysis

Strategy = Literal["treatment_policy", "hypothetical", "composite", "while_on_treatment", "principal_stratum"]
IntercurrentEvent = Literal[
    "new_anticancer_therapy",
    "treatment_stop",
    "death",
    "dose_change",
    "crossover",
    "palliative_radiotherapy",
    "no_evaluable_sample",
    "missed_assessments",
    "clinical_progression",
]


class Estimand(Part):
    """Population, treatments compared, variable, intercurrent events with their strategies, summary."""

    population: str
    endpoint: str
    compare: tuple[str, ...] = Field(default=(), description="arms: first against second")
    intercurrent: Mapping[IntercurrentEvent, Strategy] = Field(default_factory=dict)
    summary: Literal[
        "hazard_ratio",
        "median_time",
        "survival_probability",
        "survival_difference",
        "restricted_mean_difference",
        "proportion",
        "risk_difference",
        "odds_ratio",
        "mean_change",
        "median_change",
        "mean_difference",
        "correlation",
        "count",
    ]
    objective: Literal["primary", "secondary", "exploratory"] = "secondary"
    label: Label | None = None
    note: str | None = None


class Counts(AnalysisPart):
    """Numbers of subjects per category (best overall response), or per reason (first component of a PFS)."""

    method: Literal["counts"]
    of: Literal["category", "reason"] | None = Field(
        default=None,
        description="why a result is what it is: by which component a time ended, or why it was censored; "
        "the category when omitted, or the reason of a time or a grade, which have none",
    )


class Shift(AnalysisPart):
    """Numbers of subjects for each grade at baseline and each worst grade after it."""

    method: Literal["shift"]


class Agreement(AnalysisPart):
    """The endpoint as the evaluator of `records:` has it against the same from another evaluator."""

    method: Literal["agreement"]
    evaluator: str = Field(min_length=1, description="the other evaluator, as RSEVAL names it")
    accepted_only: bool = Field(default=False, description="of the other, only accepted records (RSACPTFL)")


class Describe(AnalysisPart):
    """Number, mean, SD, median, quartiles, range of a measurement."""

    method: Literal["describe"]
    of: Literal["baseline", "value", "change", "percent_change", "ratio", "day"] = Field(
        default="change",
        description="`ratio`: value / baseline; `day`: of the value, from day 0 (of a best change its time)",
    )
    quantiles: Literal["type_7", "type_2"] = Field(
        default="type_7", description="of the quartiles: R's default, or SAS PCTLDEF=5"
    )
    also: tuple[Literal["geometric_mean", "geometric_cv", "trimmed_mean"], ...] = Field(
        default=(), description="further numbers; geometric ones need values above 0"
    )
    trim: float = Field(default=0.1, gt=0, lt=0.5, description="share cut off at each end for a trimmed mean")


class Evaluability(AnalysisPart):
    """Numbers of subjects planned, accrued, evaluable, and for each reason why not."""

    method: Literal["evaluability"]


class Exposure(AnalysisPart):
    """Cycles, duration, cumulative dose, dose intensity; subjects with a delay, reduction or omission."""

    method: Literal["exposure"]


Analysis = Annotated[
    TimeAnalysis
    | ProportionAnalysis
    | ValueAnalysis
    | Counts
    | Shift
    | Incidence
    | IncidenceByPeriod
    | Overview
    | ExposureAdjustedRate
    | CumulativeIncidence
    | RiskDifference
    | Deaths
    | Describe
    | Evaluability
    | Exposure
    | Agreement,
    Field(discriminator="method"),
]

NEEDS = MappingProxyType(
    {
        **TIME_NEEDS,
        **PROPORTION_NEEDS,
        **VALUE_NEEDS,
        "counts": ("Category", "Response", "TimeToEvent", "Grade"),
        "shift": ("Grade",),
        "incidence": ("Occurrence",),
        "incidence_by_period": ("Occurrence",),
        "overview": ("Occurrence",),
        "exposure_adjusted_rate": ("Occurrence",),
        "cumulative_incidence": ("Occurrence",),
        "risk_difference": ("Occurrence",),
        "deaths": ("Occurrence",),
        "agreement": ("Category", "TimeToEvent"),
        "describe": ("Measurement",),
        "evaluability": ("Measurement", "Pair"),
        "exposure": ("Exposure",),
    }
)
