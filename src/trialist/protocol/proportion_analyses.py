"""The words of `analyses:` entries that work on responders and counts, every option spelt out."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from trialist.protocol.adverse_event_analyses import ByTerm
from trialist.protocol.analysis_part import AnalysisPart

Denominator = Literal["all", "with_baseline", "evaluable"]
Alternative = Literal["two_sided", "greater", "less"]
Null = Annotated[float, Field(gt=0, lt=1)]
Margin = Annotated[float, Field(gt=-1, lt=1)]
OF_SUBJECTS = ("age", "sex")
"""What is known of subjects beside their factors."""
Gamma = Annotated[float, Field(gt=0, le=0.01)]


class ExactProportion(AnalysisPart):
    method: Literal["proportion"]
    interval: Literal[
        "clopper_pearson",
        "wilson",
        "wilson_corrected",
        "agresti_coull",
        "jeffreys",
        "jeffreys_equal_tailed",
        "mid_p",
        "blaker",
        "wald",
        "wald_corrected",
        "arcsine",
        "logit",
    ] = "clopper_pearson"
    denominator: Denominator = "all"
    null: Null | None = Field(default=None, description="proportion tested against; no test when omitted")
    test: Literal["exact", "mid_p", "score", "score_corrected"] | None = Field(
        default=None, description="against `null`: exact (binomial) when omitted"
    )
    alternative: Alternative = Field(default="two_sided", description="greater: above `null`")

    @model_validator(mode="after")
    def _tested_against_something(self) -> Self:
        if self.null is None and (self.test is not None or self.alternative != "two_sided"):
            raise ValueError("`test` and `alternative` go with `null`: the proportion tested against")
        return self


class CompareProportions(AnalysisPart):
    """First arm of `compare` against the second: difference, odds ratio, test; in strata where named."""

    method: Literal["compare_proportions"]
    test: (
        Literal[
            "chi_square",
            "chi_square_corrected",
            "chi_square_n_1",
            "fisher",
            "fisher_mid_p",
            "barnard",
            "boschloo",
            "farrington_manning",
            "miettinen_nurminen",
            "exact_score",
            "cmh",
            "cmh_corrected",
            "exact_conditional",
        ]
        | None
    ) = Field(default=None, description="chi_square when omitted; with `strata` cmh")
    denominator: Denominator = "all"
    strata: tuple[str, ...] = Field(default=(), description="factors: results over their levels together")
    difference: (
        Literal[
            "wald",
            "wald_corrected",
            "newcombe",
            "newcombe_corrected",
            "miettinen_nurminen",
            "mee",
            "agresti_caffo",
            "exact",
            "mantel_haenszel",
            "klingenberg",
        ]
        | None
    ) = Field(
        default=None,
        description="interval of the difference: wald when omitted; with `strata` mantel_haenszel (Sato)",
    )
    odds_ratio: (
        Literal["woolf", "score", "miettinen_nurminen", "conditional", "conditional_mid_p", "mantel_haenszel"]
        | None
    ) = Field(
        default=None,
        description="interval of the odds ratio: woolf when omitted; with `strata` mantel_haenszel",
    )
    risk_ratio: Literal["katz", "koopman", "miettinen_nurminen", "mantel_haenszel"] | None = Field(
        default=None, description="interval of the ratio of proportions; no ratio when omitted"
    )
    number_needed_to_treat: bool = Field(default=False, description="1 / difference, with its interval")
    margin: Margin | None = Field(
        default=None,
        description="difference tested against (-0.1: ten percentage points worse), by a score test; 0 when "
        "omitted",
    )
    alternative: Alternative = Field(default="two_sided", description="greater: first above second")
    berger_boos: Gamma | None = Field(
        default=None,
        description="of barnard, boschloo, exact_score: the nuisance proportion is looked for in its "
        "interval at level 1 - this, which is added to p; everywhere when omitted",
    )
    homogeneity: Literal["breslow_day", "tarone"] | None = Field(
        default=None, description="with `strata`: test of one odds ratio in all of them"
    )

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        fits = _STRATIFIED if self.strata else _UNSTRATIFIED
        for word, kinds in fits.items():
            said = getattr(self, word)
            if said is not None and said not in kinds:
                where = "with" if self.strata else "without"
                raise ValueError(f"`{word}: {said}` does not go {where} `strata`: write {', '.join(kinds)}")
        if self.margin is not None and self.test not in MARGIN_TESTS:
            raise ValueError(f"`margin` goes with `test:` {', '.join(MARGIN_TESTS)}")
        if self.berger_boos is not None and self.test not in _UNCONDITIONAL:
            raise ValueError(f"`berger_boos` goes with `test:` {', '.join(_UNCONDITIONAL)}")
        if self.homogeneity is not None and not self.strata:
            raise ValueError("`homogeneity` goes with `strata`")
        return self


MARGIN_TESTS = ("farrington_manning", "miettinen_nurminen", "exact_score")
_UNCONDITIONAL = ("barnard", "boschloo", "exact_score")
_UNSTRATIFIED = MappingProxyType(
    {
        "test": (
            *("chi_square", "chi_square_corrected", "chi_square_n_1", "fisher", "fisher_mid_p"),
            *("barnard", "boschloo", *MARGIN_TESTS),
        ),
        "difference": (
            *("wald", "wald_corrected", "newcombe", "newcombe_corrected"),
            *("miettinen_nurminen", "mee", "agresti_caffo", "exact"),
        ),
        "odds_ratio": ("woolf", "score", "miettinen_nurminen", "conditional", "conditional_mid_p"),
        "risk_ratio": ("katz", "koopman", "miettinen_nurminen"),
    }
)
_STRATIFIED = MappingProxyType(
    {
        "test": ("cmh", "cmh_corrected", "exact_conditional", "miettinen_nurminen"),
        "difference": ("mantel_haenszel", "klingenberg", "newcombe", "miettinen_nurminen"),
        "odds_ratio": ("mantel_haenszel", "conditional", "conditional_mid_p"),
        "risk_ratio": ("mantel_haenszel",),
    }
)


class McNemar(AnalysisPart):
    """The same subjects' answers to two Response endpoints, in each arm: difference of proportions, test."""

    method: Literal["mcnemar"]
    against: str = Field(min_length=1, description="the other Response endpoint: this one less that one")
    test: Literal["mcnemar", "mcnemar_corrected", "exact", "mid_p"] = "mcnemar"
    difference: Literal["newcombe", "tango", "wald", "wald_corrected", "bonett_price", "agresti_min"] = (
        "newcombe"
    )
    odds_ratio: Literal["clopper_pearson", "mid_p", "wilson"] | None = Field(
        default=None, description="interval of the conditional odds ratio; none when omitted"
    )
    denominator: Denominator = Field(default="all", description="of both endpoints: who counts")


class RateRatio(ByTerm):
    """First arm of `compare` against the second: events per time at risk, their ratio and difference."""

    method: Literal["rate_ratio"]
    count: Literal["subjects", "events"] = Field(
        default="subjects", description="subjects with an event up to the first, or every event"
    )
    interval: Literal["exact", "mid_p", "score", "wald", "robust", "mantel_haenszel"] | None = Field(
        default=None,
        description="of the ratio: exact when omitted; of events robust, for subjects may have many; with "
        "`strata` mantel_haenszel",
    )
    test: Literal["exact", "mid_p", "score"] | None = Field(
        default=None,
        description="exact when omitted; with `robust` the Wald test of the log ratio, with `strata` score",
    )
    alternative: Alternative = "two_sided"
    strata: tuple[str, ...] = Field(default=(), description="factors: results over their levels together")

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        if self.strata:
            if self.interval not in (None, "mantel_haenszel") or self.test not in (None, "score"):
                raise ValueError("with `strata` the interval is mantel_haenszel and the test score")
            if self.alternative != "two_sided":
                raise ValueError("with `strata` the test is two_sided")
            if self.count == "events":
                raise ValueError("`strata` go with `count: subjects`: one may have many events")
        elif self.interval == "mantel_haenszel":
            raise ValueError("`interval: mantel_haenszel` goes with `strata`")
        if self.interval == "robust" and self.count != "events":
            raise ValueError("`interval: robust` goes with `count: events`")
        return self


class Logistic(AnalysisPart):
    """The odds ratio of two arms from a logistic model with covariates, and standardised proportions."""

    method: Literal["logistic"]
    covariates: tuple[str, ...] = Field(
        default=(), description="factors (or age, sex) that the model holds beside the arm"
    )
    test: Literal["wald", "likelihood_ratio", "score"] = "wald"
    interval: Literal["wald", "profile"] = "wald"
    firth: Literal["never", "when_separated", "always"] = Field(
        default="never", description="Firth's penalty, where a model has no finite estimate or always"
    )
    covariate_ratios: bool = Field(
        default=False, description="the odds ratios of the covariates too, each level against the first"
    )
    standardised: tuple[Literal["risk_difference", "risk_ratio", "odds_ratio"], ...] = Field(
        default=(), description="measures of the proportions predicted for everybody in either arm"
    )
    variance: Literal["model", "huber_white", "influence"] = Field(
        default="model",
        description="of the standardised measures: by the model (Ge 2011), by its sandwich, or by that of "
        "coefficients and covariates together",
    )
    denominator: Denominator = "all"

    @model_validator(mode="after")
    def _score_has_no_penalty(self) -> Self:
        if self.test == "score" and self.firth != "never":
            raise ValueError("`test: score` goes with `firth: never`")
        return self


class ProportionTrend(AnalysisPart):
    """Whether proportions rise or fall over the arms, in the order of `arms` (Cochran and Armitage)."""

    method: Literal["proportion_trend"]
    scores: tuple[float, ...] = Field(default=(), description="of the arms (a dose): 1, 2, ... when omitted")
    alternative: Alternative = Field(default="two_sided", description="greater: a rise")
    denominator: Denominator = "all"


class OrderedCategories(AnalysisPart):
    """Ordered categories of two arms by rank sums, or of ordered arms by Jonckheere and Terpstra."""

    method: Literal["ordered_categories"]
    order: tuple[str, ...] = Field(min_length=2, description="categories, best first; others are left out")
    test: Literal["wilcoxon", "jonckheere_terpstra"] = Field(
        default="wilcoxon", description="of the arms compared, or of all `arms` in their order"
    )
    alternative: Alternative = Field(default="two_sided", description="greater: first better; later better")


class Homogeneity(AnalysisPart):
    """Whether the arms, two or more, have the same proportions of responders or of each category."""

    method: Literal["homogeneity"]
    test: Literal["chi_square", "freeman_halton", "cmh"] = Field(
        default="chi_square", description="with `strata` cmh: general association"
    )
    strata: tuple[str, ...] = ()
    denominator: Denominator = Field(default="all", description="of a Response")

    @model_validator(mode="after")
    def _strata_have_their_test(self) -> Self:
        if bool(self.strata) != (self.test == "cmh"):
            raise ValueError("`strata` and `test: cmh` go together")
        return self


ProportionAnalysis = (
    ExactProportion
    | CompareProportions
    | McNemar
    | RateRatio
    | Logistic
    | ProportionTrend
    | OrderedCategories
    | Homogeneity
)

PROPORTION_NEEDS = MappingProxyType(
    {
        "proportion": ("Response",),
        "compare_proportions": ("Response",),
        "mcnemar": ("Response",),
        "rate_ratio": ("Occurrence",),
        "logistic": ("Response",),
        "proportion_trend": ("Response",),
        "ordered_categories": ("Category",),
        "homogeneity": ("Response", "Category"),
    }
)
