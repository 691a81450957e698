"""The words of `analyses:` entries that work on measured values, every option spelt out."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from trialist.protocol.analysis_part import AnalysisPart

Margin = Annotated[float, Field(ge=-1e9, le=1e9)]
_MARGIN: Any = Field(
    default=None,
    description="tested against this difference in place of 0 (on the log scale: this ratio in place of 1); "
    "with `alternative`, the margin of non-inferiority",
)
_ALTERNATIVE: Any = Field(
    default="two_sided",
    description="`greater`: that the difference is greater than the margin; the interval stays two-sided",
)
Alternative = Literal["two_sided", "greater", "less"]


class _Tested(AnalysisPart):
    """An analysis whose p value may be one-sided, and against another difference than none."""

    alternative: Alternative = _ALTERNATIVE
    margin: Margin | None = _MARGIN


class _OfScale(_Tested):
    """The same, on the scale as it is or on that of natural logarithms."""

    scale: Literal["natural", "log"] = Field(
        default="natural",
        description="`log`: of natural logarithms, reported as a ratio of geometric means; values must be "
        "above 0",
    )

    @model_validator(mode="after")
    def _ratios_are_above_0(self) -> _OfScale:
        if self.scale == "log" and self.margin is not None and self.margin <= 0:
            raise ValueError(f"margin {self.margin:g} is no ratio (on the log scale write one above 0)")
        return self


class PairedT(_OfScale):
    method: Literal["paired_t"]
    of: Literal["change", "percent_change", "value", "first"] | None = Field(
        default=None,
        description="the change when omitted; `value` against `baseline` on the log scale, and `first` "
        "against `second` of linked measurements",
    )
    against: Literal["baseline", "second"] | None = Field(
        default=None, description="what is taken from it; nothing when omitted, unless `of` is"
    )

    @model_validator(mode="after")
    def _pairs_fit(self) -> PairedT:
        fitting = {"value": "baseline", "first": "second"}
        if self.against is not None and fitting.get(self.of or "") != self.against:
            word = next(of for of, against in fitting.items() if against == self.against)
            raise ValueError(f"'against: {self.against}' goes with 'of: {word}'")
        if self.of in fitting and self.against is None:
            raise ValueError(f"'of: {self.of}' needs 'against: {fitting[self.of]}'")
        if self.scale == "log" and self.of in ("change", "percent_change"):
            raise ValueError("on the log scale write 'of: value' and 'against: baseline'")
        return self


class WilcoxonSignedRank(AnalysisPart):
    method: Literal["wilcoxon_signed_rank"]
    exact: Literal["auto", "yes", "no"] = Field(
        default="auto",
        description="`auto`: below 50 changes, when none are tied or 0; `yes`: with ties and zeros too, over "
        "all signs of the midranks",
    )
    correct: bool = True
    zeros: Literal["dropped", "pratt"] = Field(
        default="dropped",
        description="changes of 0 are dropped before ranks are given, or after (Pratt)",
    )
    alternative: Alternative = Field(
        default="two_sided", description="`greater`: that changes tend to lie above 0"
    )


class SignTest(AnalysisPart):
    """How many changes are above 0 of those that are not 0, and the median of all changes."""

    method: Literal["sign_test"]
    alternative: Alternative = Field(
        default="two_sided", description="`greater`: that changes tend to lie above 0"
    )


class Spearman(AnalysisPart):
    method: Literal["spearman"]
    exact: Literal["auto", "yes", "no"] = "auto"
    interval: Literal["none", "bonett_wright"] = "none"


_Of = Literal["change", "value", "percent_change", "baseline"]


class TwoSampleT(_OfScale):
    """The difference in means of two arms, first less second."""

    method: Literal["two_sample_t"]
    of: _Of = "change"
    variances: Literal["unequal", "equal"] = Field(
        default="unequal", description="unequal: Welch's test; equal: Student's"
    )
    standardised: Literal["none", "cohen_d", "hedges_g"] = Field(
        default="none", description="also the difference in units of the pooled SD"
    )

    @model_validator(mode="after")
    def _logarithms_exist(self) -> TwoSampleT:
        if self.scale == "log" and self.of in ("change", "percent_change"):
            raise ValueError(
                "on the log scale write 'of: value' (or 'of: baseline'): a change may be below 0"
            )
        return self


class RankSum(_Tested):
    """Whether one of two arms tends to greater values: rank-sum test, shift, probabilistic index."""

    method: Literal["rank_sum"]
    of: _Of = "change"
    exact: Literal["auto", "yes", "no"] = Field(
        default="auto",
        description="`auto`: both arms below 50 and no ties; `yes`: with ties too, where the work allows",
    )
    correct: bool = Field(default=True, description="the normal approximation is corrected for continuity")
    interval: Literal["newcombe", "brunner_munzel"] = Field(
        default="newcombe", description="of the probabilistic index; its p value is Brunner and Munzel's"
    )


class OneWay(AnalysisPart):
    """Whether the arms differ: one test of all arms."""

    method: Literal["one_way"]
    of: _Of = "change"
    test: Literal["anova", "welch", "kruskal_wallis"] = "anova"


class _Adjusted(_Tested):
    """A linear model of arm and covariates, with adjusted means."""

    of: Literal["change", "value", "percent_change"] = "change"
    covariates: tuple[str, ...] = Field(
        default=(), description="numbers of the subjects: age, or a factor whose levels are numbers"
    )
    strata: tuple[str, ...] = Field(default=(), description="factors, as categories")
    margins: Literal["observed", "balanced"] = Field(
        default="balanced",
        description="adjusted means take the levels of factors in equal shares, or in the shares observed",
    )


class Ancova(_Adjusted):
    """Adjusted means by arm and their differences, from a linear model."""

    method: Literal["ancova"]
    baseline: Literal["main", "by_arm", "none"] = Field(
        default="main", description="one slope of the baseline, one in each arm, or not in the model"
    )
    variance: Literal["classical", "hc0", "hc1", "hc2", "hc3"] = Field(
        default="classical", description="hc0 to hc3: errors that hold when variances differ"
    )


class Mmrm(_Adjusted):
    """Adjusted means by arm and visit and their differences, from a mixed model by REML."""

    method: Literal["mmrm"]
    baseline: Literal["by_visit", "main", "none"] = Field(
        default="by_visit",
        description="a slope of the baseline at every visit, one slope, or not in the model",
    )
    covariance: Literal[
        "unstructured",
        "heterogeneous_toeplitz",
        "toeplitz",
        "heterogeneous_ar1",
        "ar1",
        "heterogeneous_compound_symmetry",
        "compound_symmetry",
    ] = Field(default="unstructured", description="of the visits of one subject")
    degrees_of_freedom: Literal[
        "kenward_roger", "kenward_roger_linear", "satterthwaite", "between_within"
    ] = Field(
        default="kenward_roger", description="Kenward and Roger's way changes the standard errors as well"
    )


class Correlation(AnalysisPart):
    """Correlation of two linked measurements in each arm, with its interval."""

    method: Literal["correlation"]
    kind: Literal["pearson", "kendall", "spearman"] = "pearson"
    exact: Literal["auto", "yes", "no"] = Field(
        default="auto", description="the p value of a rank correlation"
    )


class Deming(AnalysisPart):
    """The line of `second` on `first` when both are measured with error."""

    method: Literal["deming"]
    ratio: float = Field(
        default=1.0,
        gt=0,
        le=1e9,
        description="variance of the error of `first`, over that of `second`",
    )


class PassingBablok(AnalysisPart):
    """The line of `second` on `first` by the median of all slopes, for measurements that rise together."""

    method: Literal["passing_bablok"]


class BlandAltman(AnalysisPart):
    """Mean difference of two linked measurements (second less first), and its limits of agreement."""

    method: Literal["bland_altman"]
    share: float = Field(
        default=0.95, gt=0, lt=1, description="of the differences that lie within the limits"
    )


class Intraclass(AnalysisPart):
    """Intraclass correlation of two linked measurements: each of one rating."""

    method: Literal["intraclass"]
    kind: Literal["agreement", "consistency"] = Field(
        default="agreement", description="agreement: ICC(2,1); consistency: ICC(3,1)"
    )


ValueAnalysis = (
    PairedT
    | WilcoxonSignedRank
    | SignTest
    | Spearman
    | TwoSampleT
    | RankSum
    | OneWay
    | Ancova
    | Mmrm
    | Correlation
    | Deming
    | PassingBablok
    | BlandAltman
    | Intraclass
)

VALUE_NEEDS = MappingProxyType(
    {
        "paired_t": ("Measurement", "Pair"),
        "wilcoxon_signed_rank": ("Measurement",),
        "sign_test": ("Measurement",),
        "spearman": ("Pair",),
        "two_sample_t": ("Measurement",),
        "rank_sum": ("Measurement",),
        "one_way": ("Measurement",),
        "ancova": ("Measurement",),
        "mmrm": ("Repeated",),
        "correlation": ("Pair",),
        "deming": ("Pair",),
        "passing_bablok": ("Pair",),
        "bland_altman": ("Pair",),
        "intraclass": ("Pair",),
    }
)
