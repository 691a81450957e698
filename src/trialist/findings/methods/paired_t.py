"""The mean change in each arm by the paired t test, and that mean in units of the SD of the changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.findings.reduction import Values, values
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import value_analyses


@entry(
    "paired_t",
    needs="Measurement",
    gives=("mean_change", "standardised_mean_change"),
    source="Student 1908, Biometrika 6:1; Cohen 1988, Statistical Power Analysis, section 2.3.5 (d of pairs)",
)
def run(table: Table, analysis: value_analyses.PairedT, context: Context) -> tuple[Finding, ...]:
    """Two findings per arm on `change` (later less baseline, on the endpoint's scale).

    The mean, with t interval and two-sided p, in the unit of the measurement where the endpoint names one;
    and the standardised mean change, mean / SD of the changes (divisor n - 1), the quantity that a design's
    effect size states. Only evaluable pairs count; the note says how many were not.
    Problems  N408 fewer than two pairs, N409 all changes equal
    """
    found = values(table, context.arms, ["change"])
    return tuple(
        finding for arm in context.arms for finding in _arm(arm, found[arm], analysis.level, context)
    )


def missing_note(found: Values) -> str | None:
    """How many were not evaluable, and the share with a value at a limit of quantification; None for none."""
    said = [f"{found.missing} not evaluable, left out"] if found.missing else []
    if found.censored and found.n:
        share = f"{found.censored} of {found.n} ({100 * found.censored / found.n:.1f} %)"
        said.append(f"{share} with a value known only as below or above a limit")
    return "; ".join(said) or None


def unit_of_change(context: Context) -> str | None:
    """The unit in which the endpoint's changes are counted; None when the protocol names none.

    On the log scale a change is a difference of natural logarithms: `ln ng/mL`, or `ln` without a unit.
    """
    rule = dict(context.definition)
    unit = rule.get("unit")
    if rule.get("scale") == "log":
        return f"ln {unit}" if unit else "ln"
    return str(unit) if unit else None


def _of_change(context: Context) -> tuple[tuple[str, str], ...]:
    """What was taken from what, as options of the method: `week_9 minus baseline`."""
    rule = dict(context.definition)
    said = (("of", "change"),)
    if rule.get("at") and rule.get("baseline"):
        return (*said, ("change", f"{rule['at']} minus {rule['baseline']}"))
    return said


def _arm(arm: str, found: Values, level: float, context: Context) -> tuple[Finding, Finding]:
    from trialist.kernels.paired import paired_t

    test = paired_t(found.columns[0], level)
    method = Method("paired_t", (*_of_change(context), ("interval", "t"), ("level", level)))
    by_sd = Method("paired_t", (*_of_change(context), ("divided_by", "sd"), ("sd_divisor", "n - 1")))
    unit, note = unit_of_change(context), missing_note(found)
    problems: list[Problem] = []
    if test.status == "too_few":
        problems.append(not_estimable.too_few(context, arm, found.n, 2, "evaluable pairs"))
    elif test.status == "no_variance":
        problems.append(not_estimable.no_variation(context, arm, "the changes"))
    mean = context.finding(
        "mean_change",
        test.mean,
        method,
        [arm],
        unit=unit,
        interval=None if test.low is None else Interval(test.low, test.high, level),
        p_value=None if test.p_value is None else PValue(test.p_value),
        n=found.n,
        note=note,
        problems=problems,
    )
    standardised = test.mean / test.sd if test.mean is not None and test.sd else None
    return mean, context.finding(
        "standardised_mean_change", standardised, by_sd, [arm], n=found.n, note=note, problems=problems
    )
