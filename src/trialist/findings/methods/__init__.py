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
    follow_up,
    incidence,
    incidence_by_period,
    kaplan_meier,
    log_rank,
    milestone,
    overview,
    paired_t,
    proportion,
    proportional_hazards,
    risk_difference,
    rmst,
    shift,
    spearman,
    subgroups,
    turnbull,
    weibull,
    wilcoxon_signed_rank,
)
from trialist.registry import catalogue

METHODS = catalogue(
    "method",
    [
        kaplan_meier.run,
        cox_ph.run,
        proportional_hazards.run,
        subgroups.run,
        log_rank.run,
        follow_up.run,
        rmst.run,
        milestone.run,
        turnbull.run,
        weibull.run,
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
