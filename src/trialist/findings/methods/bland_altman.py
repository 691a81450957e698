"""Agreement of two linked measurements: mean difference and limits of agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.arm_values import paired_samples
from trialist.findings.context import Context
from trialist.findings.methods.paired_t import missing_note
from trialist.findings.model import Finding, Interval, Method
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import value_analyses

_PARTS = {
    "mean_difference": ("bias", "bias_ends", "t"),
    "lower_limit_of_agreement": ("lower", "lower_ends", "bland_altman_1999"),
    "upper_limit_of_agreement": ("upper", "upper_ends", "bland_altman_1999"),
}


@entry(
    "bland_altman",
    needs="Pair",
    gives=tuple(_PARTS),
    source="Bland and Altman 1986, Lancet 327:307; 1999, Stat Methods Med Res 8:135",
)
def run(table: Table, analysis: value_analyses.BlandAltman, context: Context) -> tuple[Finding, ...]:
    """Second less first per arm: the mean difference and the limits within which `share` of differences lie.

    Problems  N408 fewer than two pairs, N409 all differences equal
    """
    from trialist.kernels.measured_twice import bland_altman

    found = paired_samples(table, context.arms, ("first", "second"))
    made = []
    for arm in context.arms:
        mine, x, y = found[arm]
        limits = bland_altman(x, y, share=analysis.share, level=analysis.level)
        problems = []
        if limits.status == "too_few":
            problems.append(not_estimable.too_few(context, arm, limits.n, 2, "evaluable pairs"))
        elif limits.status == "no_variance":
            problems.append(not_estimable.no_variation(context, arm, "the differences"))
        for measure, (name, ends_name, interval) in _PARTS.items():
            ends = getattr(limits, ends_name)
            told = (("difference", "second minus first"), ("share", analysis.share), ("interval", interval))
            made.append(
                context.finding(
                    measure,
                    getattr(limits, name),
                    Method("bland_altman", (*told, ("level", analysis.level))),
                    [arm],
                    interval=None if ends is None else Interval(ends[0], ends[1], analysis.level),
                    n=limits.n,
                    note=missing_note(mine),
                    problems=problems,
                )
            )
    return tuple(made)
