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
    Measure("survival_probability", "probability at a time", "proportion", None, 3),
    Measure("n_at_risk", "number at risk", "count", None, 0),
    Measure("hazard_ratio", "hazard ratio", "ratio", None, 2),
    Measure("hazard_ratio_prognostic", "hazard ratio of a prognostic factor", "ratio", None, 2),
    Measure("log_rank", "log-rank statistic", "value", None, 2),
    Measure("odds_ratio", "odds ratio", "ratio", None, 2),
    Measure("proportion", "proportion", "proportion", None, 3),
    Measure("risk_difference", "difference in proportions", "difference", None, 3),
    Measure("incidence_rate", "incidence rate", "value", "per 100 person-years", 2),
    Measure("event_rate", "rate of events", "value", "per 100 person-years", 2),
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
    Measure("correlation", "rank correlation", "correlation", None, 3),
    Measure("power", "power", "proportion", None, 3),
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
