"""A p value agrees with the interval beside it, as far as two tests of one comparison agree."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.checks import printed
from trialist.evidence.checks.found import Found
from trialist.evidence.model import Store
from trialist.kernels.coherence import Range, p_value_range
from trialist.registry import entry

_RATIOS = frozenset({"hazard_ratio", "hazard_ratio_prognostic", "odds_ratio", "risk_ratio"})
_FAR = 5.0  # a log-rank p value and that of Wald's test in one analysis differ by less
_LINE = 0.05
_SMALL = 1e-6  # so far out two tests of one comparison differ by many powers of ten


@entry("p_values", needs="store", gives=("W613",), source="Altman and Bland 2011, BMJ 343:d2304")
def p_values(store: Store) -> Iterator[Found]:
    """W613 a p value on the other side of 0.05 than its interval, or more than five times off.

    Tests of one comparison differ (log-rank and Wald, stratified or not): what is nearer is no contradiction.
    """
    for finding in store.findings:
        at, ends = printed.estimate(finding), printed.ends(finding)
        if finding.measure not in _RATIOS or at is None or ends is None or finding.p_value is None:
            continue
        assert finding.interval is not None
        said = printed.p_value(finding.p_value)
        allowed = p_value_range(at, *ends, finding.interval.level)
        if said is None or allowed is None or said.meets(allowed) or max(said.low, allowed.low) < _SMALL:
            continue
        other_side = (said.high < _LINE < allowed.low) or (allowed.high < _LINE < said.low)
        if other_side or _ratio(said, allowed) > _FAR:
            name = finding.origin.entry or finding.id
            p = finding.p_value
            yield Found(
                "W613",
                finding.trial,
                (name,),
                f"{finding.endpoint}, {finding.measure}: p{p.bound}{p.value:g} beside {finding.estimate:g} "
                f"({finding.interval.low:g} to {finding.interval.high:g}), which allows p of "
                f"{allowed.low:.2g} to {allowed.high:.2g}",
                "look up the test that the p value is of",
            )


def _ratio(one: Range, other: Range) -> float:
    low, high = (one, other) if one.high < other.low else (other, one)
    return high.low / low.high if low.high > 0 else float("inf")
