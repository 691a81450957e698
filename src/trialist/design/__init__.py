"""The kinds of design: one module each, one line here.

A kind is `run(stated, row) -> Design`, marked with `@entry(name, needs, gives, source)`: `stated` is its
entry of `design:` (a class of `protocol/assumptions.py` whose `test:` is the kind's name), `row` the verdict
on it that `trialist check` gives, and `Design` what follows: numbers that become findings of origin
`designed`, and tables for the terminal. Mathematics is in `kernels/`.

To add a kind: the words of its entry (and the union `Assumption`), its row in `protocol/checks/`
(`checks/design.py` `design_row`), a module here, and a line below. `trialist power NAME --word value` then
has the entry's words as its options, and a protocol may state it under `design:`.
"""

from __future__ import annotations

from trialist.design import (
    dose_finding,
    evaluability,
    log_rank,
    one_proportion,
    paired_t,
    precision,
    reestimation,
    sequential,
    simon,
    single_stage,
    sized_tests,
    two_proportions,
)
from trialist.registry import catalogue

DESIGNS = catalogue(
    "design",
    [
        log_rank.run,
        sequential.run,
        reestimation.run,
        one_proportion.run,
        two_proportions.run,
        paired_t.run,
        evaluability.run,
        simon.run,
        single_stage.run_single_stage,
        single_stage.run_fleming,
        sized_tests.run_one_sample_log_rank,
        sized_tests.run_two_sample_t,
        sized_tests.run_rank_sum,
        sized_tests.run_correlation,
        sized_tests.run_mcnemar,
        precision.run,
        dose_finding.run_three_plus_three,
        dose_finding.run_boin,
        dose_finding.run_crm,
    ],
)
