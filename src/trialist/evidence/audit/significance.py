"""`Significant` is said of what the interval and the p value call so."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.model import Store
from trialist.registry import entry


@entry("significance", needs="ratio, p", gives="called significant", source="convention of 0.05, two-sided")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("superiority"):
        if claim.said.get("words") != "significant" or claim.said.get("denied"):
            continue
        inside = [
            c
            for c in reading.of("ratio", "p_value", "share", "time")
            if c.sentence == claim.sentence and "p" in c.numbers
        ]
        if (
            len(inside) != 1
            or len(
                [
                    c
                    for c in reading.of("superiority")
                    if c.sentence == claim.sentence and c.said.get("words") == "significant"
                ]
            )
            != 1
        ):
            continue
        found = _verdict(claim, inside[0])
        if found is not None:
            yield found


def _verdict(claim: Claim, result: Claim) -> Verdict | None:
    p, low, high = (result.numbers.get(word) for word in ("p", "low", "high"))
    if p is None or result.said.get("bound", "=") != "=" or p.value <= 0.055 or result.said.get("about"):
        return None
    if low is not None and high is not None and not low.value <= 1 <= high.value:
        return None
    lines = [f"P = {p.text}, above 0.05"]
    if low is not None and high is not None and result.kind == "ratio":
        lines.append(f"the interval {low.text} to {high.text} holds 1")
    return Verdict(
        "significance", "called significant", "B", claim,
        f"P = {p.text} is called significant", tuple(lines),
        "say what the interval allows instead, or name the level that was planned",
        others=(result,),
    )  # fmt: skip
