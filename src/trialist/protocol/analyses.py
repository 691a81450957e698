"""The words of `estimands:` (ICH E9(R1) A.3.3) and `analyses:` entries, every option spelt out.

`NEEDS` says which endpoint shape each analysis method works on.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

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
from trialist.protocol.quantities import Label, Times

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
        "proportion",
        "risk_difference",
        "odds_ratio",
        "mean_change",
        "median_change",
        "correlation",
        "count",
    ]
    objective: Literal["primary", "secondary", "exploratory"] = "secondary"
    label: Label | None = None
    note: str | None = None


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


class ExactProportion(AnalysisPart):
    method: Literal["proportion"]
    interval: Literal["clopper_pearson", "wilson", "wald"] = "clopper_pearson"
    denominator: Literal["all", "with_baseline", "evaluable"] = "all"


class CompareProportions(AnalysisPart):
    method: Literal["compare_proportions"]
    test: Literal["chi_square", "chi_square_corrected", "fisher"] = "chi_square"
    denominator: Literal["all", "with_baseline", "evaluable"] = "all"


class PairedT(AnalysisPart):
    method: Literal["paired_t"]


class WilcoxonSignedRank(AnalysisPart):
    method: Literal["wilcoxon_signed_rank"]
    exact: Literal["auto", "yes", "no"] = "auto"
    correct: bool = True


class Spearman(AnalysisPart):
    method: Literal["spearman"]
    exact: Literal["auto", "yes", "no"] = "auto"


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


class Evaluability(AnalysisPart):
    """Numbers of subjects planned, accrued, evaluable, and for each reason why not."""

    method: Literal["evaluability"]


class Exposure(AnalysisPart):
    """Cycles, duration, cumulative dose, dose intensity; subjects with a delay, reduction or omission."""

    method: Literal["exposure"]


Analysis = Annotated[
    KaplanMeier
    | CoxPh
    | LogRank
    | ExactProportion
    | CompareProportions
    | PairedT
    | WilcoxonSignedRank
    | Spearman
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
        "kaplan_meier": ("TimeToEvent",),
        "cox_ph": ("TimeToEvent",),
        "log_rank": ("TimeToEvent",),
        "proportion": ("Response",),
        "compare_proportions": ("Response",),
        "paired_t": ("Measurement",),
        "wilcoxon_signed_rank": ("Measurement",),
        "spearman": ("Pair",),
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
