"""The analysis methods: one file each, one line here.

A method is `run(table, analysis, context) -> findings`: `table` has the columns of the endpoint's shape
joined with those of the subjects analysed, `analysis` is its protocol entry, `context` says whose result
it is. Numbers come from `trialist.kernels`; what can't be estimated is a finding without an estimate.
"""

from __future__ import annotations

from trialist.findings.methods import (
    agreement,
    cause_specific,
    compare_proportions,
    counts,
    cox_ph,
    cumulative_incidence,
    cumulative_incidence_function,
    deaths,
    describe,
    evaluability,
    exposure,
    exposure_adjusted_rate,
    fine_gray,
    gray,
    incidence,
    incidence_by_period,
    kaplan_meier,
    log_rank,
    log_rank_trend,
    max_combo,
    overview,
    paired_t,
    proportion,
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
        max_combo.run,
        log_rank_trend.run,
        cumulative_incidence_function.run,
        gray.run,
        fine_gray.run,
        cause_specific.run,
        proportion.run,
        compare_proportions.run,
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
