"""The mean change in each arm by the paired t test, and that mean in units of the SD of the changes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from trialist.findings import not_estimable, value_problems
from trialist.findings.context import Context
from trialist.findings.model import Finding, Interval, Method
from trialist.findings.one_sided import null_of, p_value_of
from trialist.findings.reduction import Values, values
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import value_analyses


@entry(
    "paired_t",
    needs=("Measurement", "Pair"),
    gives=("mean_change", "geometric_mean_ratio", "standardised_mean_change"),
    source="Student 1908, Biometrika 6:1; Cohen 1988, Statistical Power Analysis, section 2.3.5 (d of pairs)",
)
def run(table: Table, analysis: value_analyses.PairedT, context: Context) -> tuple[Finding, ...]:
    """Two findings per arm on `change` (later less baseline, on the endpoint's scale), or as `of` and
    `against` say.

    The mean, with t interval (two-sided) and p, in the unit of the measurement where the endpoint names one;
    and the standardised mean change, mean / SD of the changes (divisor n - 1), the quantity that a design's
    effect size states. On the log scale the first is the ratio of geometric means, and the second is of
    logarithms. Only evaluable pairs count; the note says how many were not.
    Problems  N408 fewer than two pairs, N409 all changes equal, N435 values not above 0 on the log scale
    """
    asked = _asked(analysis, table)
    found = values(table, context.arms, list(asked))
    return tuple(
        finding for arm in context.arms for finding in _arm(arm, found[arm], asked, analysis, context)
    )


def _asked(analysis: value_analyses.PairedT, table: Table) -> tuple[str, ...]:
    """The column tested, or the column and what is taken from it."""
    if analysis.of is not None:
        return (analysis.of,) if analysis.against is None else (analysis.of, analysis.against)
    if "change" not in table.columns:
        return ("first", "second")
    return ("value", "baseline") if analysis.scale == "log" else ("change",)


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


def _told(
    asked: tuple[str, ...], analysis: value_analyses.PairedT, context: Context
) -> tuple[tuple[str, Any], ...]:
    """The options that say of what; what was not asked for is not told: two-sided, against 0, as it is."""
    if len(asked) == 2:
        said: tuple[tuple[str, Any], ...] = (("of", asked[0]), ("against", asked[1]))
    else:
        said = _of_change(context) if asked == ("change",) else (("of", asked[0]),)
    return (*said, ("scale", "log")) if analysis.scale == "log" else said


def _unit(asked: tuple[str, ...], context: Context) -> str | None:
    if asked == ("change",):
        return unit_of_change(context)
    if asked == ("percent_change",):
        return "%"
    unit = dict(context.definition).get("unit") if asked[0] == "value" else None
    return str(unit) if unit else None


def _arm(
    arm: str, found: Values, asked: tuple[str, ...], analysis: value_analyses.PairedT, context: Context
) -> tuple[Finding, Finding]:
    from trialist.kernels.paired import paired_t

    log, problems = analysis.scale == "log", list[Problem]()
    columns = found.columns
    if log:
        above = np.logical_and.reduce([column > 0 for column in columns])
        if not above.all():
            problems.append(value_problems.not_positive(context, arm, int((~above).sum())))
        columns = tuple(np.log(column[above]) for column in columns)
    changes = columns[0] - columns[1] if len(columns) == 2 else columns[0]
    test = paired_t(changes, analysis.level, null_of(analysis.margin, analysis.scale))
    told = _told(asked, analysis, context)
    tested: tuple[tuple[str, Any], ...] = ()
    if analysis.alternative != "two_sided":
        tested += (("alternative", analysis.alternative),)
    if analysis.margin is not None:
        tested += (("null", analysis.margin),)
    method = Method("paired_t", (*told, *tested, ("interval", "t"), ("level", analysis.level)))
    by_sd = Method("paired_t", (*told, ("divided_by", "sd"), ("sd_divisor", "n - 1")))
    note = missing_note(found)
    if test.status == "too_few":
        problems.append(not_estimable.too_few(context, arm, test.n, 2, "evaluable pairs"))
    elif test.status == "no_variance":
        problems.append(not_estimable.no_variation(context, arm, "the changes"))
    mean, low, high = (
        math.exp(value) if log and value is not None else value for value in (test.mean, test.low, test.high)
    )
    first = context.finding(
        "geometric_mean_ratio" if log else "mean_change",
        mean,
        method,
        [arm],
        unit=None if log else _unit(asked, context),
        interval=None if low is None else Interval(low, high, analysis.level),
        p_value=p_value_of(test, analysis.alternative),
        n=test.n,
        note=note,
        problems=problems,
    )
    standardised = test.mean / test.sd if test.mean is not None and test.sd else None
    return first, context.finding(
        "standardised_mean_change", standardised, by_sd, [arm], n=test.n, note=note, problems=problems
    )
