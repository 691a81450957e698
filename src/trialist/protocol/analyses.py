"""The words of `estimands:` (ICH E9(R1) A.3.3) and `analyses:` entries, every option spelt out.

`NEEDS` says which endpoint shape each analysis method works on.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from trialist.protocol.part import Part
from trialist.protocol.quantities import Fraction, Label, Times

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


class _Analysis(Part):
    """Either an `estimand`, or an `endpoint` with its `population` (and arms to `compare`)."""

    estimand: str | None = None
    endpoint: str | None = None
    population: str | None = None
    compare: tuple[str, ...] = ()
    arms: tuple[str, ...] = Field(default=(), description="arms described; all when omitted")
    by: str | None = Field(default=None, description="a factor: one result per level")
    where: str | None = Field(default=None, description="a further condition on subjects")
    level: Fraction = Field(default=0.95, ge=0.5, lt=1)
    note: str | None = None


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class _OfTimes(_Analysis):
    """An analysis of a time to event, which may be repeated under other readings of the endpoint."""

    sensitivity: Annotated[
        tuple[
            Literal[
                "standard",
                "fda",
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


class ExactProportion(_Analysis):
    method: Literal["proportion"]
    interval: Literal["clopper_pearson", "wilson", "wald"] = "clopper_pearson"
    denominator: Literal["all", "with_baseline", "evaluable"] = "all"


class CompareProportions(_Analysis):
    method: Literal["compare_proportions"]
    test: Literal["chi_square", "chi_square_corrected", "fisher"] = "chi_square"
    denominator: Literal["all", "with_baseline", "evaluable"] = "all"


class PairedT(_Analysis):
    method: Literal["paired_t"]


class WilcoxonSignedRank(_Analysis):
    method: Literal["wilcoxon_signed_rank"]
    exact: Literal["auto", "yes", "no"] = "auto"
    correct: bool = True


class Spearman(_Analysis):
    method: Literal["spearman"]
    exact: Literal["auto", "yes", "no"] = "auto"


class Counts(_Analysis):
    """Numbers of subjects per category (best overall response, disposition)."""

    method: Literal["counts"]


class Shift(_Analysis):
    """Numbers of subjects for each grade at baseline and each worst grade after it."""

    method: Literal["shift"]


class Agreement(_Analysis):
    """The endpoint as the evaluator of `records:` has it against the same from another evaluator."""

    method: Literal["agreement"]
    evaluator: str = Field(min_length=1, description="the other evaluator, as RSEVAL names it")
    accepted_only: bool = Field(default=False, description="of the other, only accepted records (RSACPTFL)")


class Describe(_Analysis):
    """Number, mean, SD, median, quartiles, range of a measurement."""

    method: Literal["describe"]
    of: Literal["baseline", "value", "change", "percent_change"] = "change"


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
    | Agreement
    | Describe,
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
        "counts": ("Category", "Response"),
        "shift": ("Grade",),
        "agreement": ("Category", "TimeToEvent"),
        "describe": ("Measurement",),
    }
)
