"""`Significant` is said of what the interval and the p value call so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Claim, ClaimKind, Reading
from trialist.evidence.model import Store
from trialist.registry import entry

NEAR = 160
_OTHER_CLAUSE = re.compile(
    r";|\b(?:but|although|though|while|whereas|however|except\w*|only|not|nor|no|numerical|border\w*|trend\w*|approach\w*"
    r"|clinical\w*|neither)\b",
    re.I,
)
_DENIED = re.compile(
    r"n't|n’t|\b(?:not|no|non|never|neither|nor|without|only|unable|fail\w*|could|if|whether|to be|considered"
    r"|partial\w*|margin\w*|border\w*|approach\w*|trend\w*|towards?|near\w*|almost|clinical\w*"
    r"|numerical\w*|close to)",
    re.I,
)


@entry("significance", needs="ratio, p", gives="called significant", source="convention of 0.05, two-sided")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("superiority"):
        if claim.said.get("words") != "significant" or claim.said.get("denied"):
            continue
        inside = _in_sentence(reading, claim, "ratio", "p_value", "share", "time", "difference", "pair")
        results = [other for other in inside if "p" in other.numbers]
        others = [
            one
            for one in _in_sentence(reading, claim, "superiority")
            if one.said.get("words") == "significant"
        ]
        if len(results) != 1 or len(others) != 1 or not _speaks_of(reading, claim, results[0]):
            continue
        found = _verdict(claim, results[0])
        if found is not None:
            yield found


def _in_sentence(reading: Reading, claim: Claim, *kinds: ClaimKind) -> list[Claim]:
    return [other for other in reading.of(*kinds) if other.sentence == claim.sentence]


def _speaks_of(reading: Reading, claim: Claim, result: Claim) -> bool:
    """Whether the word stands before the result, in the same clause."""
    if result.span.start < claim.span.end or result.span.start - claim.span.end > NEAR:
        return False
    lead = reading.document.text[claim.sentence.start : claim.span.start][-60:]
    if re.search(
        r"\b(?:none|neither)\b", reading.document.text[claim.sentence.start : claim.span.start], re.I
    ):
        return False
    between = reading.document.text[claim.span.end : result.span.start]
    return not _OTHER_CLAUSE.search(between) and not _DENIED.search(lead)


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
