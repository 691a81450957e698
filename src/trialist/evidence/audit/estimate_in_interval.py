"""An estimate lies in its interval, and the lower end below the upper."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.shown import values
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.model import Store
from trialist.registry import entry

_LENGTH = re.compile(
    r"\b(?:over|at|after|within|during|every|aged?|for|before|last|in|than|to|±|by|years? and)\W*$", re.I
)
_ESTIMATE = re.compile(r"\b(?:median|mean|average|duration|survival|time|lasted|follow-?up)\b", re.I)


def _is_estimate(reading: Reading, claim: Claim) -> bool:
    """Whether a time is a result, not a length that something else is measured over."""
    text, at = reading.document.text, claim.numbers["estimate"].start
    before = text[max(claim.sentence.start, at - 120) : at]
    if claim.said.get("median"):
        return True
    return bool(_ESTIMATE.search(before)) and not _LENGTH.search(before)


@entry(
    "estimate_in_interval",
    needs="estimate, low, high",
    gives="estimate outside its interval",
    source="definition",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.claims:
        numbers = claim.numbers
        estimate, low, high = numbers.get("estimate"), numbers.get("low"), numbers.get("high")
        if estimate is None or (claim.kind == "time" and not _is_estimate(reading, claim)):
            continue
        what = "range" if claim.said.get("spread") else "interval"
        if low is not None and high is not None and values(low).low > values(high).high and high.value >= 0:
            yield Verdict(
                "estimate_in_interval", "interval the wrong way round", "A", claim,
                f"the {what} {low.text} to {high.text} begins above its end",
                (f"{low.text} > {high.text}",),
                "look up both ends; one of them is mistyped",
            )  # fmt: skip
            continue
        if claim.kind == "share" and estimate.value > 1 and high is not None and high.value <= 1:
            continue  # a percent, and its interval as shares
        if claim.kind == "share" and estimate.text in ("90", "95", "99"):
            continue  # the level of an interval, without the word
        if low is not None and high is not None and high.value < 0 < estimate.value:
            continue  # a fall is printed without its sign
        side = None
        if low is not None and values(estimate).high < values(low).low:
            side = (f"{estimate.text} < {low.text}", "below")
        if high is not None and values(estimate).low > values(high).high:
            side = (f"{estimate.text} > {high.text}", "above")
        if side is not None:
            shown = f"{low.text if low else 'not given'} to {high.text if high else 'not given'}"
            yield Verdict(
                "estimate_in_interval", "estimate outside its interval", "A", claim,
                f"{estimate.text} lies {side[1]} its own {what} {shown}",
                (side[0],),
                "look up the estimate and both ends of the interval",
            )  # fmt: skip
