"""Whether a claim's number is the result of an arm or a comparison, and not a change, a plan or a length."""

from __future__ import annotations

import re

from trialist.evidence.audit.known.binding import Placed
from trialist.evidence.audit.known.said import BOUND_BEFORE, HALF
from trialist.evidence.claims.model import Claim

_HAD = re.compile(
    r"\s+(?:had|died|have|experienced|developed|switched|stayed|stopped|were (?:screened|randomi[sz]ed))\b"
)


_SIZES = ("randomised", "enrolled", "screened", "pre-screened", "accrued", "allocated", "assigned")
_DIFFER = re.compile(
    r"\b(?:differences?|gains?|gaps?|advantages?|improvements?|benefits?)\b[^.;:\d]{0,80}"
    r"(?:\b(?:was|were|is|are|of)\s+(?:about\s+|only\s+)?|,\s*(?![\d.]+\s*(?:months?\s*)?(?:v\b|vs|versus|against)))"
    r"(?:\d+(?:\.\d+)?\s*(?:months?|weeks?|points?)?\s*(?:,|and|v\.?|vs\.?|or|against)\s+){0,2}\d",
    re.I,
)
_NO_RATIO = re.compile(r"\b(?:gaps?|differences?|gains?|medians?)\b", re.I)
_UNIT = re.compile(r"\s*(?:(?:,|and|v\.?|vs\.?|or|against)\s*[\d.]+)?\s*(?:months?|weeks?|years?)\b")
_END_NAMED = re.compile(
    r"\b(?:CI|confidence\s+(?:intervals?|limits?|bounds?)|interval|(?:upper|lower)\s+(?:end|limit|bound)"
    r"|(?:inter)?quartile(?:\s+range)?|IQR|range)\s*(?:(?:of|from|was|is|at|ran|runs|being)\s+|[,:=]\s*)*$",
    re.I,
)
_GRADE_END = re.compile(r"\bgrades?\s*(?:[1-5]\s*(?:-|to|or|and|/)\s*)?$", re.I)
_THRESHOLD = re.compile(
    r"\s*(?:(?:or\s+(?:more|greater)|PSA|confirmed)\s+){0,2}(?:reductions?|declines?|falls?|drops?|decreases?)\b",
    re.I,
)


def is_result(text: str, one: Placed) -> bool:
    claim = one.claim
    if one.trial is None or not one.endpoints or one.hedged:
        return False
    detailed = all(":" in e for e in one.endpoints) or "at risk" in one.around
    if claim.kind == "count" and re.match(r"[nN]\s*=", text[claim.span.start : claim.span.end]):
        return False
    if claim.kind == "value" and re.search(
        r"\bat\s*$", text[max(0, claim.span.start - 4) : claim.span.start]
    ):
        return False  # `321 at 6, 231 at 12`: a time
    bare = claim.kind in ("count", "value") and not detailed and "what" not in claim.said
    if bare and (claim.kind == "value" or _HAD.match(text, claim.span.end) is None):
        return False
    if claim.kind == "count" and claim.said.get("what") in _SIZES and not detailed:
        return False
    number = next(
        (claim.numbers[w] for w in ("estimate", "percent", "count", "n") if w in claim.numbers), None
    )
    if number is None:
        return False
    led = text[claim.sentence.start : number.start]
    if _END_NAMED.search(led) or _GRADE_END.search(led):
        return False  # `interval 17.3 months to not reached`, `grade 3-4`
    if (
        claim.kind == "ratio"
        and "low" not in claim.numbers
        and _NO_RATIO.search(led)
        and _UNIT.match(text, number.end)
    ):
        return False  # `the ratios are the same though the gaps are 4.5 and 1.8 months`
    if claim.kind != "ratio" and not claim.numbers.get("n"):
        if claim.kind == "time" and _DIFFER.search(text[claim.sentence.start : number.start + 1]):
            return False
        lead = text[max(claim.sentence.start, number.start - 30) : number.start]
        before = text[claim.sentence.start : number.start]
        if claim.kind == "time" and HALF.search(before):
            return True
        if claim.kind == "time" and _FOLLOWED.search(before) and one.endpoints != ("followup",):
            return False
        changed = _CHANGED.search(text[max(claim.sentence.start, number.start - 90) : number.start])
        changed = changed or _TO_FROM.match(text, claim.span.end) or _PUT_AT.search(before)
        if (
            BOUND_BEFORE.search(lead)
            and not changed
            and not (claim.kind != "time" and (lead.rstrip().endswith((" at", " for")) or _BY.search(lead)))
        ):
            return False
        if claim.kind == "share" and _is_change(text, claim):
            return False
    return not (claim.kind == "time" and _is_length(text, claim, one))


_BY = re.compile(
    r"\b(?:needed|reported|experienced|reached|achieved|had|required|completed|developed|seen|suffered)\s+by\s*$",
    re.I,
)


def _is_change(text: str, claim: Claim) -> bool:
    behind = text[claim.span.end : claim.span.end + 40].casefold().lstrip()
    return _THRESHOLD.match(text, claim.span.end) is not None or behind.startswith(
        (
            "reduction",
            "lower risk",
            "decrease",
            "increase",
            "relative",
            "improvement",
            "risk reduction",
            "less ",
            "higher risk",
            "percentage point",
            "absolute",
            "decline",
            "fall",
            "drop",
            "power",
            "or more",
            "or greater",
            "lower",
            "higher",
            "greater",
            "more likely",
            "less likely",
            "longer",
            "better",
        )
    )


_AGE = 20  # years, from which on they are of age and not of survival


def _is_length(text: str, claim: Claim, one: Placed) -> bool:
    """Whether a time is a difference, a schedule or a period, and not the value of an arm."""
    behind = text[claim.span.end : claim.span.end + 40].casefold().lstrip(" ,)")
    number = claim.numbers.get("estimate")
    years = ":" not in "".join(one.endpoints) and number is not None and number.value > _AGE
    if years and str(claim.said.get("unit", "")).startswith("year"):
        return True
    if behind.startswith(
        (
            "longer",
            "shorter",
            "more",
            "less",
            "later",
            "difference",
            "improvement",
            "gain",
            "benefit",
            "of follow",
            "after",
            "before",
            "of treatment",
            "apart",
            "of age",
            "or older",
            "of therapy",
            "earlier",
            "survival rate",
            "overall survival rate",
            "landmark",
            "rate",
            "or more",
            "old",
            "into ",
            "on,",
        )
    ):
        return True
    said_median = (
        "median" in one.around.casefold() or claim.said.get("median") or "mean" in one.around.casefold()
    )
    return (
        not said_median
        and not one.paired
        and "respectively" not in one.around
        and not _plainly(one)
        and not one.arms
    )


def _plainly(one: Placed) -> bool:
    return any(
        word in one.around.casefold()
        for word in (" lived ", "survival was", "survival of", "average", "typical")
    )


_TO_FROM = re.compile(r"\s*(?:\([^()]*\)\s*)?from\s+(?:a\s+median\s+of\s+)?\d")
_PUT_AT = re.compile(r"\b(?:puts?|placed|places|estimated|reckoned)\b[^.;]*\bat\s*$", re.I)
_FOLLOWED = re.compile(
    r"\bfollow(?:ed|ing)\b[^.;,\d]*(?:\d+[^.;,\d]*)?\bfor\s+(?:a\s+)?median\s+(?:of\s+)?$|\b(?:after|at|with)\s+(?:an?\s+)?median\s+(?:follow-?up\s+)?(?:of\s+)?$",
    re.I,
)


_CHANGED = re.compile(
    r"\bfrom\s+(?:a\s+median\s+of\s+)?[\d.]+\s*(?:months?|weeks?|%)?(?:\s*\([^()]*\))?(?:\s+(?:with|on|in|for)\s+[\w\s/+-]{2,40}?)?"
    r"\s+to\s*(?:a\s+median\s+of\s+)?$"
)


def telling(claim: Claim) -> bool:
    """Whether a number is of enough digits for its being right elsewhere to be no chance."""
    for word in ("estimate", "percent", "count"):
        number = claim.numbers.get(word)
        if number is not None and len(number.text.replace(".", "").strip("0%")) >= 2:
            return True
    return False
