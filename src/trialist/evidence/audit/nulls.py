"""Results of a passage that leave no difference open, or leave one out: by interval, else by P value."""

from __future__ import annotations

import re
from collections.abc import Iterable

from trialist.evidence.claims.model import Claim
from trialist.evidence.claims.passages import Passage

_OF_OTHER = re.compile(
    r"\b(?:interaction|heterogeneity|homogeneity|trend|baseline|non-?inferiority"
    r"|proportional\w*|boundary|threshold"
    r"|alpha|level|balance\w*)\b",
    re.I,
)
_APART = re.compile(  # `with an interval from 0.35 to 1.01`
    r"[^.;]{0,30}?\b(?:interval|limits)\b[^.;\d]{0,30}?(\d+\.\d+)\s*(?:to|-|and)\s*(\d+\.\d+)", re.I
)
_ROUND = 0.055


def shows(claim: Claim) -> bool | None:
    """Whether a result leaves out no difference; None where it can't be told or is of something else."""
    n = claim.numbers
    verdict = None
    low, high, level = n.get("low"), n.get("high"), n.get("level")
    if low is not None and high is not None and (level is None or level.value in (95, 0.95)):
        if claim.kind == "ratio":
            verdict = not low.value <= 1 <= high.value
        elif claim.kind == "difference":
            verdict = not low.value <= 0 <= high.value
    p, bound = n.get("p"), claim.said.get("bound", "=")
    if p is None and claim.kind == "p_value":
        p = n.get("estimate")
    if p is None:
        return verdict
    by_p = None
    if p.value <= 0.05 and bound in ("=", "<"):
        by_p = True
    elif p.value > _ROUND and bound in ("=", ">"):
        by_p = False
    return by_p if verdict is None else verdict if by_p in (None, verdict) else None


def results(one: Passage, start: int = 0, end: int | None = None) -> list[tuple[Claim, bool]]:
    """Results of a stretch of a passage whose reading is sure."""
    stop = len(one.text) if end is None else end
    held = []
    for claim in one.claims:
        at = claim.span.start - one.span.start
        if not start <= at < stop or claim.kind not in (
            "ratio",
            "difference",
            "p_value",
            "share",
            "time",
            "pair",
        ):
            continue
        around = one.text[max(0, at - 30) : claim.span.end - one.span.start + 4]
        clear = None if _OF_OTHER.search(around) else shows(claim)
        if clear is None and claim.kind == "ratio" and "low" not in claim.numbers:
            ends = _APART.match(one.text[claim.span.end - one.span.start :])
            clear = None if ends is None else not float(ends[1]) <= 1 <= float(ends[2])
        if clear is not None:
            held.append((claim, clear))
    return held


def all_open(found: Iterable[tuple[Claim, bool]]) -> bool:
    """Whether there are results, and none of them shows a difference."""
    told = [clear for _, clear in found]
    return bool(told) and not any(told)
