"""Intraclass correlation of two linked measurements in each arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trialist.findings import not_estimable
from trialist.findings.arm_values import paired_samples
from trialist.findings.context import Context
from trialist.findings.methods.paired_t import missing_note
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import value_analyses


@entry(
    "intraclass",
    needs="Pair",
    gives="intraclass_correlation",
    source="Shrout and Fleiss 1979, Psychological Bulletin 86:420",
)
def run(table: Table, analysis: value_analyses.Intraclass, context: Context) -> tuple[Finding, ...]:
    """ICC(2,1) or ICC(3,1) of `first` and `second` per arm; p is of F, that subjects do not differ.

    Problems  N408 fewer than two pairs, N409 no variation
    """
    from trialist.kernels.measured_twice import intraclass

    found = paired_samples(table, context.arms, ("first", "second"))
    model = "ICC(2,1)" if analysis.kind == "agreement" else "ICC(3,1)"
    method = Method(
        "intraclass",
        (("kind", analysis.kind), ("model", model), ("interval", "shrout_fleiss"), ("level", analysis.level)),
    )
    made = []
    for arm in context.arms:
        mine, x, y = found[arm]
        test = intraclass(np.column_stack([x, y]), analysis.kind, analysis.level)
        problems = []
        if test.status == "too_few":
            problems.append(not_estimable.too_few(context, arm, test.n, 2, "evaluable pairs"))
        elif test.status == "no_variance":
            problems.append(not_estimable.no_variation(context, arm, "the means of subjects"))
        elif test.status == "no_error":
            problems.append(not_estimable.no_variation(context, arm, "the differences of the two"))
        elif test.low is None:
            problems.append(not_estimable.level_not_reached(context, arm, analysis.level))
        made.append(
            context.finding(
                "intraclass_correlation",
                test.icc,
                method,
                [arm],
                interval=None if test.low is None else Interval(test.low, test.high, analysis.level),
                p_value=None if test.p_value is None else PValue(test.p_value),
                n=test.n,
                note=missing_note(mine),
                problems=problems,
            )
        )
    return tuple(made)
