"""Two arms by ranks: rank-sum test, the shift of Hodges and Lehmann, and the probabilistic index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable, value_problems
from trialist.findings.arm_values import Samples, options_of, samples, unit_of
from trialist.findings.context import Context
from trialist.findings.model import Finding, Interval, Method
from trialist.findings.one_sided import p_value_of
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import value_analyses


@entry(
    "rank_sum",
    needs="Measurement",
    gives=("location_shift", "probabilistic_index"),
    source="Mann and Whitney 1947, Ann Math Stat 18:50; Hodges and Lehmann 1963, Ann Math Stat 34:598; "
    "Brunner and Munzel 2000, Biometrical J 42:17; Newcombe 2006, Stat Med 25:559",
)
def run(table: Table, analysis: value_analyses.RankSum, context: Context) -> tuple[Finding, ...]:
    """Median difference of a value of the first arm and one of the second, with the rank-sum test; and how
    often the first is greater (ties counted half), with Brunner and Munzel's test.

    With a margin the first arm's values less the margin are tested; the index is of the values as they are.
    Problems  E413 not two arms, N401 an arm with nobody, N408 too few, N415 no interval at this level, N436
              all values equal, N439 no overlap (index: no test)
    """
    if len(context.compare) != 2:
        why = not_estimable.not_two_arms(context, "rank_sum", len(context.compare))
        groups = context.compare or context.arms
        plain = Method("rank_sum", options_of(analysis.of, context))
        return tuple(
            context.finding(measure, None, plain, groups, problems=[why])
            for measure in ("location_shift", "probabilistic_index")
        )
    found = samples(table, context, analysis.of)
    return _shift(found, analysis, context), _index(found, analysis, context)


def _shift(found: Samples, analysis: value_analyses.RankSum, context: Context) -> Finding:
    from trialist.kernels.rank_sum import rank_sum

    x, y = found.values
    margin = analysis.margin or 0.0
    test = rank_sum(x - margin, y, exact=analysis.exact, correct=analysis.correct, level=analysis.level)
    method = Method(
        "rank_sum",
        (
            *options_of(analysis.of, context),
            ("estimate", "hodges_lehmann"),
            ("exact", analysis.exact),
            ("correct", analysis.correct),
            ("computed", "exact" if test.exact else "normal_approximation"),
            ("interval", "exact" if test.interval_exact else "normal_approximation"),
            ("alternative", analysis.alternative),
            ("null", margin),
            ("level", analysis.level),
        ),
    )
    problems: list[Problem] = [*found.problems]
    if test.status == "too_few":
        problems += value_problems.short(context, test.n, 1)
    elif test.status == "constant":
        problems.append(value_problems.all_tied(context))
    elif test.low is None or test.level != analysis.level:
        named = " and ".join(context.compare)
        problems.append(not_estimable.level_not_reached(context, named, analysis.level))
    refused = analysis.exact == "yes" and test.status == "ok" and not test.exact
    notes = (found.note, "no exact p value: too many subjects" if refused else None)
    ends = [None if end is None else end + margin for end in (test.low, test.high)]
    return context.finding(
        "location_shift",
        None if test.shift is None else test.shift + margin,
        method,
        context.compare,
        unit=unit_of(analysis.of, context),
        interval=None if ends[0] is None else Interval(ends[0], ends[1], test.level or analysis.level),
        p_value=p_value_of(test, analysis.alternative),
        n=sum(test.n),
        note="; ".join(note for note in notes if note) or None,
        problems=problems,
    )


def _index(found: Samples, analysis: value_analyses.RankSum, context: Context) -> Finding:
    from trialist.kernels.rank_sum import probabilistic_index

    x, y = found.values
    test = probabilistic_index(x, y, interval=analysis.interval, level=analysis.level)
    method = Method(
        "rank_sum",
        (
            *options_of(analysis.of, context),
            ("estimate", "P(first > second) + P(equal) / 2"),
            ("test", "brunner_munzel"),
            ("interval", analysis.interval),
            ("alternative", analysis.alternative),
            ("null", 0.5),
            ("level", analysis.level),
        ),
    )
    problems: list[Problem] = [*found.problems]
    if test.status == "too_few":
        problems += value_problems.short(context, test.n, 2)
    elif test.status == "separated":
        problems.append(value_problems.separated(context))
    return context.finding(
        "probabilistic_index",
        test.estimate,
        method,
        context.compare,
        interval=None if test.low is None else Interval(test.low, test.high, analysis.level),
        p_value=p_value_of(test, analysis.alternative),
        n=sum(test.n),
        note=found.note,
        problems=problems,
    )
