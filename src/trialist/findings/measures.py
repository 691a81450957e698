"""The words for what a finding measures: label, scale, unit and decimals."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Scale = Literal["time", "ratio", "proportion", "difference", "count", "correlation", "value"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: its printed label, its scale, the unit of the estimate and the decimals to print."""

    name: str
    label: str
    scale: Scale
    unit: str | None = None
    decimals: int = 2


_ALL = (
    Measure("median_time", "median", "time", "months", 1),
    Measure("quantile_time", "time by which a share had the event", "time", "months", 1),
    Measure("median_follow_up", "median potential follow-up", "time", "months", 1),
    Measure("follow_up_quantile", "quantile of potential follow-up", "time", "months", 1),
    Measure("observed_follow_up", "observed time", "time", "months", 1),
    Measure("restricted_mean", "restricted mean survival time", "time", "months", 2),
    Measure("restricted_mean_lost", "restricted mean time lost", "time", "months", 2),
    Measure("restricted_mean_difference", "difference in restricted means", "difference", "months", 2),
    Measure("restricted_mean_ratio", "ratio of restricted means", "ratio", None, 2),
    Measure("restricted_mean_lost_ratio", "ratio of restricted mean times lost", "ratio", None, 2),
    Measure("survival_band", "probability with a band of the whole curve", "proportion", None, 3),
    Measure("survival_difference", "difference in probability at a time", "difference", None, 3),
    Measure("survival_ratio", "ratio of probabilities at a time", "ratio", None, 2),
    Measure("acceleration_factor", "acceleration factor", "ratio", None, 2),
    Measure("weibull_shape", "Weibull shape", "value", None, 2),
    Measure("survival_probability", "probability at a time", "proportion", None, 3),
    Measure("n_at_risk", "number at risk", "count", None, 0),
    Measure("hazard_ratio", "hazard ratio", "ratio", None, 2),
    Measure("hazard_ratio_prognostic", "hazard ratio of a prognostic factor", "ratio", None, 2),
    Measure("log_rank", "log-rank statistic", "value", None, 2),
    Measure("model_test", "test of several coefficients", "value", None, 2),
    Measure("proportional_hazards", "test of proportional hazards", "value", None, 2),
    Measure("interaction", "test of interaction", "value", None, 2),
    Measure("concordance", "concordance (Harrell)", "value", None, 3),
    Measure("weighted_log_rank", "weighted log-rank statistic", "value", None, 2),
    Measure("hazard_ratio_peto", "hazard ratio (Peto, one step)", "ratio", None, 2),
    Measure("hazard_ratio_pike", "hazard ratio (Pike)", "ratio", None, 2),
    Measure("max_combo", "largest of several log-rank statistics", "value", None, 2),
    Measure("log_rank_trend", "log-rank statistic for trend", "value", None, 2),
    Measure("gray", "Gray's statistic", "value", None, 2),
    Measure("subdistribution_hazard_ratio", "ratio of subdistribution hazards", "ratio", None, 2),
    Measure("cause_specific_hazard_ratio", "cause-specific hazard ratio", "ratio", None, 2),
    Measure("time_to_incidence", "time to a cumulative incidence", "time", "months", 1),
    Measure("adjusted_p_value", "p value adjusted for multiplicity", "value", None, 4),
    Measure("odds_ratio", "odds ratio", "ratio", None, 2),
    Measure("risk_ratio", "ratio of proportions", "ratio", None, 2),
    Measure("number_needed_to_treat", "number needed to treat", "value", None, 1),
    Measure("homogeneity", "statistic of homogeneity", "value", None, 2),
    Measure("trend", "trend statistic (z)", "value", None, 2),
    Measure("superiority", "probability of a better answer", "proportion", None, 3),
    Measure("odds_ratio_prognostic", "odds ratio of a prognostic factor", "ratio", None, 2),
    Measure("proportion", "proportion", "proportion", None, 3),
    Measure("risk_difference", "difference in proportions", "difference", None, 3),
    Measure("incidence_rate", "incidence rate", "value", "per 100 person-years", 2),
    Measure("event_rate", "rate of events", "value", "per 100 person-years", 2),
    Measure("rate_ratio", "ratio of rates", "ratio", None, 2),
    Measure("rate_difference", "difference in rates", "difference", "per 100 person-years", 2),
    Measure("cumulative_incidence", "cumulative incidence", "proportion", None, 3),
    Measure("count", "count", "count", None, 0),
    Measure("mean", "mean", "value", None, 2),
    Measure("median", "median", "value", None, 2),
    Measure("sd", "standard deviation", "value", None, 2),
    Measure("q1", "first quartile", "value", None, 2),
    Measure("q3", "third quartile", "value", None, 2),
    Measure("minimum", "minimum", "value", None, 2),
    Measure("maximum", "maximum", "value", None, 2),
    Measure("mean_change", "mean paired change", "difference", None, 3),
    Measure("standardised_mean_change", "standardised mean change", "difference", "SD of the changes", 2),
    Measure("median_change", "pseudo-median paired change (Hodges-Lehmann)", "difference", None, 3),
    Measure("mean_difference", "difference in means", "difference", None, 3),
    Measure("geometric_mean_ratio", "ratio of geometric means", "ratio", None, 3),
    Measure("standardised_difference", "standardised difference", "difference", "pooled SD", 2),
    Measure("location_shift", "shift between arms (Hodges-Lehmann)", "difference", None, 3),
    Measure("probabilistic_index", "probability that the first is greater", "proportion", None, 3),
    Measure("f_statistic", "F statistic", "value", None, 2),
    Measure("kruskal_wallis", "Kruskal-Wallis statistic", "value", None, 2),
    Measure("adjusted_mean", "adjusted mean", "value", None, 3),
    Measure("slope", "slope", "value", None, 3),
    Measure("intercept", "intercept", "value", None, 3),
    Measure("lower_limit_of_agreement", "lower limit of agreement", "difference", None, 3),
    Measure("upper_limit_of_agreement", "upper limit of agreement", "difference", None, 3),
    Measure("intraclass_correlation", "intraclass correlation", "correlation", None, 3),
    Measure("geometric_mean", "geometric mean", "value", None, 2),
    Measure("geometric_cv", "geometric coefficient of variation", "value", "%", 1),
    Measure("trimmed_mean", "trimmed mean", "value", None, 2),
    Measure("correlation", "correlation", "correlation", None, 3),
    Measure("stop_probability", "probability of an early stop", "proportion", None, 3),
    Measure("expected_subjects", "expected subjects", "value", None, 1),
    Measure("effect_size", "effect size", "value", "SD", 3),
    Measure("half_width", "half width of the interval", "value", None, 4),
    Measure("chosen", "chance to be chosen as the dose", "proportion", None, 3),
    Measure("power", "power", "proportion", None, 3),
    Measure("critical_value", "critical value of z", "value", None, 3),
    Measure("futility_bound", "z below which the trial stops", "value", None, 3),
    Measure("significance_level", "significance level of a look", "proportion", None, 4),
    Measure("alpha_spent", "alpha spent", "proportion", None, 4),
    Measure("stop_for_success", "probability of stopping for success", "proportion", None, 3),
    Measure("information_ratio", "information over that of one look", "ratio", None, 4),
    Measure("duration", "duration", "time", "months", 1),
    Measure("subjects", "subjects needed", "count", None, 0),
    Measure("pairs", "pairs needed", "count", None, 0),
    Measure("events", "events needed", "value", None, 1),
    Measure("conditional_power", "conditional power", "proportion", None, 3),
    Measure("predictive_power", "predictive power", "proportion", None, 3),
    Measure("drift", "drift", "value", None, 3),
    Measure("p_value", "p value", "value", None, 4),
    Measure("type_one_error", "type I error", "proportion", None, 4),
    Measure("power_in_favour", "power in favour of the first arm", "proportion", None, 3),
    Measure("hazard_ratio_median", "median of estimated hazard ratios", "ratio", None, 3),
    Measure("hazard_ratio_geometric_mean", "geometric mean of estimated hazard ratios", "ratio", None, 3),
    Measure("bias_log_hazard_ratio", "bias of the log hazard ratio", "difference", None, 4),
    Measure("coverage", "coverage of the interval of the hazard ratio", "proportion", None, 3),
    Measure("expected_events", "expected events", "count", None, 1),
    Measure("expected_duration", "expected duration", "time", "months", 1),
    Measure("expected_enrolled", "expected patients enrolled", "count", None, 1),
    Measure("stop_for_efficacy", "probability to stop for efficacy", "proportion", None, 3),
    Measure("stop_for_futility", "probability to stop for futility", "proportion", None, 3),
    Measure("events_reached", "probability that the events of a look come", "proportion", None, 3),
)

MEASURES = MappingProxyType({measure.name: measure for measure in _ALL})
