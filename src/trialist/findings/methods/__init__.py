"""The analysis methods: one file each, one line here.

A method is `run(table, analysis, context) -> findings`: `table` has the columns of the endpoint's shape
joined with those of the subjects analysed, `analysis` is its protocol entry, `context` says whose result
it is. Numbers come from `trialist.kernels`; what can't be estimated is a finding without an estimate.
"""

from __future__ import annotations

from trialist.findings.methods import (
    agreement,
    ancova,
    bland_altman,
    compare_proportions,
    correlation,
    counts,
    cox_ph,
    cumulative_incidence,
    deaths,
    deming,
    describe,
    evaluability,
    exposure,
    exposure_adjusted_rate,
    incidence,
    incidence_by_period,
    intraclass,
    kaplan_meier,
    log_rank,
    mmrm,
    one_way,
    overview,
    paired_t,
    passing_bablok,
    proportion,
    rank_sum,
    risk_difference,
    shift,
    sign_test,
    spearman,
    two_sample_t,
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
        paired_t.run,
        wilcoxon_signed_rank.run,
        sign_test.run,
        spearman.run,
        two_sample_t.run,
        rank_sum.run,
        one_way.run,
        ancova.run,
        mmrm.run,
        correlation.run,
        deming.run,
        passing_bablok.run,
        bland_altman.run,
        intraclass.run,
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
