"""What is said of an interval agrees with it: significant or not at a level, one inside or outside."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.model import Store
from trialist.registry import entry

_NOT = (
    r"(?:\bnot\b|\bno\b|n't\b|n’t\b|\bnever\b|\bwithout\b|\bfail\w*|\bmiss\w*|\black\w*|\bshort of\b"
    r"|\bneither\b|\bnon-?)"
)
_SIGNIFICANT = re.compile(
    rf"(?P<not>{_NOT}[^.;]{{0,40}}?)?(?<!clinically )(?<!numerically )\b(?:statistical(?:ly)?\s+)?"
    r"(?P<word>(?:in|non-?)?significan(?:t|ce|tly)\b)(?P<after>[^.;]{0,60})",
    re.I,
)
_ASIDE = re.compile(
    r"\b(?:border\w*|trend|nearly|almost|adjust\w*|interact\w*|margin|inferior|whether|if|unless|level of"
    r"|threshold"
    r"|one-sided|clinical\w*|stratif\w*|log-?rank|unadjusted|planned|hierarch\w*|Bonferroni|Hochberg"
    r"|alpha|previous\w*"
    r"|other|interim|boundary|power\w*|detect|nominal\w*|heterogen\w*|subgroups?|multivaria\w*"
    r"|univaria\w*|while|whereas"
    r"|although|though|but|yet|however|nevertheless|would|could|should|must|might|may)\b",
    re.I,
)
_LEVEL = re.compile(
    r"\b(?:at|of)\s+the\s+(?:usual\s+|conventional\s+)?(?P<x>one|five|ten|1|5|10|0?\.01|0?\.05"
    r"|0?\.10?)\s*(?:%|per ?cent)?\s*(?:level)?",
    re.I,
)
_LEVELS = {
    "one": 1.0,
    "five": 5.0,
    "ten": 10.0,
    "1": 1.0,
    "5": 5.0,
    "10": 10.0,
    "0.01": 1.0,
    ".01": 1.0,
    "0.05": 5.0,
    ".05": 5.0,
    "0.1": 10.0,
    "0.10": 10.0,
    ".10": 10.0,
    ".1": 10.0,
}
_NULL = (
    r"(?:\b(?:1|one)(?:\.0+)?\b(?!\.?\d)|\bunity\b|\b(?:the )?null(?: value)?\b|\bno (?:effect"
    r"|difference)\b|\bthe line of no effect\b|\bequality\b)"
)
_HOLDS = re.compile(
    rf"\b(?P<not>(?:did|does|do|doesn't|didn't) (?:not )?|not )?(?P<word>includ\w+|contain\w*|cross\w*"
    rf"|span\w*|straddl\w*|overlap\w*|cover\w*|embrac\w*|encompass\w*|touch\w*)\s+{_NULL}",
    re.I,
)
_LEAVES = re.compile(
    rf"\b(?P<not>(?:did|does|do|doesn't|didn't) (?:not )?|not )?(?P<word>exclud\w+|leav\w+ out|rul\w+ out"
    rf"|(?:stay\w*|lies?|lay|remain\w*|is|was|entirely|wholly|all|kept) (?:entirely |wholly |well "
    rf"|just )?(?:below|above|under|over))\s+{_NULL}",
    re.I,
)


@entry(
    "interval_words", needs="ratio, low, high", gives="interval and what is said of it", source="definition"
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("ratio"):
        if not {"low", "high"} <= set(claim.numbers) or len(_same_sentence(reading, claim)) != 1:
            continue
        text = reading.text(claim.sentence)
        low, high = claim.numbers["low"].value, claim.numbers["high"].value
        if not 0 < low < high or low == 1 or high == 1:
            continue
        holds = low < 1 < high
        said = _said_of_one(text)
        if said is None:
            said = _said_of_significance(claim, text)
        if said is None or said[0] == holds:
            continue
        yield Verdict(
            "interval_words", "interval and what is said of it", "B", claim,
            f"{claim.numbers['low'].text} to {claim.numbers['high'].text} "
            f"{'holds' if holds else 'leaves out'} 1, and is called {said[1]}",
            (f"{claim.numbers['low'].text} {'< 1 <' if holds else 'and'} {claim.numbers['high'].text}",),
            "look up the interval and the words",
        )  # fmt: skip


def _same_sentence(reading: Reading, claim: Claim) -> list[Claim]:
    return [other for other in reading.of("ratio") if other.sentence == claim.sentence]


def _said_of_one(text: str) -> tuple[bool, str] | None:
    """(whether 1 is said to lie inside, the words); None where nothing or both is said."""
    found = [(m, True) for m in _HOLDS.finditer(text)] + [(m, False) for m in _LEAVES.finditer(text)]
    if len(found) != 1:
        return None
    m, inside = found[0]
    denied = bool(m["not"] and re.search(r"not|n't", m["not"]))
    if re.search(
        r"\b(?:barely|just|almost|nearly|if|had|would|could|should)\b", text[: m.start()][-30:], re.I
    ):
        return None
    return inside != denied, m[0].strip()


def _said_of_significance(claim: Claim, text: str) -> tuple[bool, str] | None:
    found = list(_SIGNIFICANT.finditer(text))
    if len(found) != 1 or _ASIDE.search(text):
        return None
    m = found[0]
    level = _LEVEL.search(m["after"]) or _LEVEL.search(text)
    asked = _LEVELS.get(level["x"].lower(), 5.0) if level else 5.0
    stated = claim.numbers["level"].value if "level" in claim.numbers else 95.0
    if abs(100 - stated - asked) > 0.3:
        return None
    denied = bool(m["not"]) or m["word"].lower().startswith(("in", "non"))
    p = claim.numbers.get("p")
    if p is not None and (p.value > asked / 100) == denied:
        return None  # the p value says so; another rule compares it with the interval
    return denied, ("not " if denied else "") + "significant"
