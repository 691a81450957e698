"""The analysis methods: one file each, one line here.

A method is `run(table, analysis, context) -> findings`: `table` has the columns of the endpoint's shape
joined with those of the subjects analysed, `analysis` is its protocol entry, `context` says whose result
it is. Numbers come from `trialist.kernels`; what can't be estimated is a finding without an estimate.
"""

from __future__ import annotations

from trialist.findings.methods import (
    agreement,
    compare_proportions,
    counts,
    cox_ph,
    cumulative_incidence,
    deaths,
    describe,
    evaluability,
    exposure,
    exposure_adjusted_rate,
    homogeneity,
    incidence,
    incidence_by_period,
    kaplan_meier,
    log_rank,
    logistic,
    mcnemar,
    ordered_categories,
    overview,
    paired_t,
    proportion,
    proportion_trend,
    rate_ratio,
    risk_difference,
    shift,
    spearman,
    wilcoxon_signed_rank,
)
from trialist.registry import catalogue

METHODS = catalogue(
    "method",
    [
        kaplan_meier.run,
        cox_ph.run,
        log_rank.run,
        proportion.run,
        compare_proportions.run,
        mcnemar.run,
        rate_ratio.run,
        logistic.run,
        proportion_trend.run,
        ordered_categories.run,
        homogeneity.run,
        paired_t.run,
        wilcoxon_signed_rank.run,
        spearman.run,
        counts.run,
        shift.run,
        incidence.run,
        incidence_by_period.run,
        overview.run,
        exposure_adjusted_rate.run,
        cumulative_incidence.run,
        risk_difference.run,
        deaths.run,
        agreement.run,
        describe.run,
        evaluability.run,
        exposure.run,
    ],
)
