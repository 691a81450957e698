"""The interval of a ratio is symmetric on the log scale: its middle is the estimate, within rounding."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace

from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.shown import number, upto, values
from trialist.evidence.claims.model import Claim, Printed, Reading
from trialist.evidence.model import Store
from trialist.kernels.coherence import Range, estimate_range, standard_error_range
from trialist.registry import entry

# Of the standard error, let pass: profile, exact and bootstrap intervals are uneven, more so the wider.
ALLOWED = {"hazard_ratio": 0.075}
ALLOWED_OTHERS = 0.2  # odds ratios, ratios of proportions
BY_WIDTH = 0.45  # more for each unit of the standard error of the logarithm
WIDE = 2.0  # high over low, from which an interval that is even as printed differs from one on the log scale


@entry(
    "uneven_interval",
    needs="ratio, low, high",
    gives="interval not centred",
    source="Altman and Bland 2011, BMJ 343:d2090",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in (*reading.of("ratio"), *_of_falls(reading)):
        middle = centre_that_is_missed(claim)
        if middle is None:
            continue
        estimate, low, high = (claim.numbers[word] for word in ("estimate", "low", "high"))
        decimals = max(estimate.decimals, 2)
        centre = math.sqrt(low.value * high.value)
        yield Verdict(
            "uneven_interval", "interval not centred on the estimate", "B", claim,
            f"the interval {low.text} to {high.text} belongs to an estimate of {number(centre, decimals)},"
            f" not {estimate.text}",
            (
                f"middle on the log scale: sqrt({low.text} x {high.text}) = {number(centre, decimals + 1)}",
                f"with rounding: {upto(*middle, decimals + 1)}; printed {estimate.text}",
            ),
            "look up the estimate and both ends; a digit is mistyped, or it is another result's interval",
        )  # fmt: skip


_FALL = re.compile(
    r"\b(?:risk|hazard|odds|rate|chance|likelihood|progression|mortality|death)s?\b[^.;]{0,60}\b(?:fell"
    r"|falls?|reduc\w+|lower\w*"
    r"|cut|decreas\w+|drop\w*)\b|\b(?:reduc\w+|lower\w*|cut|decreas\w+)\b[^.;]{0,30}\b(?:risk|hazard|odds"
    r"|mortality)\b|\befficacy\b|\beffectiveness\b",
    re.I,
)


def _of_falls(reading: Reading) -> Iterator[Claim]:
    """A fall of the risk in percent with its interval, as the ratio that it is: 38% (19 to 53) as 0.62."""
    for claim in reading.of("share"):
        numbers = claim.numbers
        if not {"estimate", "low", "high"} <= set(numbers) or "count" in numbers or "n" in numbers:
            continue
        text = reading.document.text[claim.sentence.start : numbers["low"].start]
        if not _FALL.search(text) or re.search(r"\babsolute|\bpoints?\b|\bdifference\b|\bfrom\b", text, re.I):
            continue
        if not all(-100 < numbers[word].value < 100 for word in ("estimate", "low", "high")):
            continue
        turned = {
            a: _left(numbers[b]) for a, b in (("estimate", "estimate"), ("low", "high"), ("high", "low"))
        }
        yield replace(claim, numbers=turned, said={**claim.said, "measure": "risk_ratio"})


def _left(percent: Printed) -> Printed:
    value = 1 - percent.value / 100
    return replace(percent, text=f"{value:.{percent.decimals + 2}f}", value=value)


def centre_that_is_missed(claim: Claim) -> Range | None:
    """Estimates in the middle of the interval, where the printed one is none of them; else None."""
    estimate, low, high = (claim.numbers.get(word) for word in ("estimate", "low", "high"))
    if estimate is None or low is None or high is None or min(low.value, estimate.value) <= 0:
        return None
    here, ends = values(estimate), (values(low), values(high))
    if here.high < ends[0].low or here.low > ends[1].high or low.value >= high.value:
        return None  # told by estimate_in_interval
    middle, error = estimate_range(*ends), standard_error_range(*ends, 0.95)
    if middle is None or error is None or error.high <= 0 or here.low <= 0:
        return None
    plain = estimate_range(*ends, "plain")
    if plain is not None and here.meets(plain) and high.value > WIDE * low.value:
        return None  # symmetric as it is printed: another method, not another result
    gap = max(math.log(here.low / middle.high), math.log(middle.low / here.high))
    allowed = ALLOWED.get(str(claim.said.get("measure")), ALLOWED_OTHERS) + BY_WIDTH * error.high
    return middle if gap > allowed * error.high else None
