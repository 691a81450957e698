"""A p value and an interval tell one story: the same side of 0.05 and about the same p value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.shown import p_text, p_values, values
from trialist.evidence.audit.uneven_interval import centre_that_is_missed
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.model import Store
from trialist.kernels.coherence import Range, p_value_range
from trialist.registry import entry

# The p value is often that of a (stratified) log-rank test, the interval that of a Cox model: they differ a
# little.
TIMES = 5.0  # of p beyond rounding
APART = 0.12  # of z
SIDE = 1.7  # of p, where the two lie on different sides of 0.05
_OTHER_QUESTION = re.compile(r"non-?inferior|interaction|heterogen|trend|margin|equivalen", re.I)
_NOT_STATED = (0.9, 0.95, 0.975, 0.99)


@entry(
    "p_and_interval",
    needs="ratio, low, high, p",
    gives="p value against interval",
    source="Altman and Bland 2011, BMJ 343:d2304",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("ratio"):
        found = _verdict(reading, claim)
        if found is not None:
            yield found


def _verdict(reading: Reading, claim: Claim) -> Verdict | None:
    estimate, low, high, p = (claim.numbers.get(word) for word in ("estimate", "low", "high", "p"))
    if (
        estimate is None
        or low is None
        or high is None
        or p is None
        or low.value <= 0
        or low.value >= high.value
    ):
        return None
    if (
        claim.said.get("about")
        or claim.said.get("listed")
        or _OTHER_QUESTION.search(reading.text(claim.sentence))
    ):
        return None
    if not low.value <= estimate.value <= high.value or centre_that_is_missed(claim) is not None:
        return None  # told already: one of the three is wrong, and the p value with it
    stated = claim.numbers.get("level")
    levels = (stated.value / 100,) if stated is not None else _NOT_STATED
    printed = p_values(p, claim.said.get("bound", "="))
    if printed is None:
        return None
    allowed = [p_value_range(values(estimate), values(low), values(high), level) for level in levels]
    if any(one is None or not _disagree(printed, one, claim.said.get("sided")) for one in allowed):
        return None
    shown = p_value_range(values(estimate), values(low), values(high), stated.value / 100 if stated else 0.95)
    if shown is None:
        return None
    bound = {"=": "P = ", "<": "P < ", ">": "P > "}[claim.said.get("bound", "=")]
    holds = "holds" if low.value <= 1 <= high.value else "leaves out"
    crossing = (shown.low > 0.05 and printed.high <= 0.05) or (shown.high < 0.05 and printed.low >= 0.05)
    sides = "; they lie on different sides of 0.05" if crossing else ""
    return Verdict(
        "p_and_interval", "p value against interval", "A" if crossing else "B", claim,
        f"{bound}{p.text} does not belong to {estimate.text} ({low.text} to {high.text})",
        (
            f"the interval {holds} 1: P between {p_text(shown.low)} and {p_text(shown.high)} with rounding",
            f"printed: {bound}{p.text}{sides}",
        ),
        "look up the p value and the interval; say which test the p value comes from",
    )  # fmt: skip


def _disagree(printed: Range, allowed: Range, sided: str | None) -> bool:
    """Beyond rounding and beyond what tests of one hypothesis differ by; a one-sided p value may be half."""
    options = [allowed]
    if sided == "one":
        options = [Range(allowed.low / 2, allowed.high / 2), Range(1 - allowed.high / 2, 1 - allowed.low / 2)]
    return all(_apart(printed, one) for one in options)


def _apart(printed: Range, allowed: Range) -> bool:
    if printed.meets(allowed):
        return False
    from scipy.special import ndtri

    above = printed.low > allowed.high
    near = (printed.low, allowed.high) if above else (printed.high, allowed.low)
    if min(near) <= 0:
        return max(near) > 1e-6 and max(near) > TIMES * 1e-8
    ratio = max(near) / min(near)
    z = [-float(ndtri(one / 2)) for one in near]
    crossing = (near[0] - 0.05) * (near[1] - 0.05) < 0
    if crossing and ratio > SIDE:
        return True
    return ratio > TIMES and abs(z[0] - z[1]) > APART * max(abs(z[0]), abs(z[1]), 1.0)
