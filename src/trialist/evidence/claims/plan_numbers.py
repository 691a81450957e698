"""The numbers of a statement on a plan, each with its role: read by what stands nearest, not by word order.

A cue (`power`, `two-sided alpha`, `dropout` ...) takes the nearest number that it may mean; each takes one.
Counts have the role of their noun; a count without one that of the nearest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from trialist.evidence.claims.plan_units import DATE, EVENT, SITE, Number, bare_numbers


def numbers(text: str, start: int, end: int) -> list[Number]:
    """Every number of a statement with its role."""
    return _cued(text, start, end, list(bare_numbers(text, start, end)))


@dataclass(frozen=True, slots=True)
class _Cue:
    role: str
    start: int
    end: int


_LEVELS = r"(?:[\s,]*(?:level|error|rate|significance|alpha|α|test|of|type I|testing|probability)\b)*"
_CUES: Mapping[str, str] = {
    "power": r"\bpower(?:ed)?\b|\b(?:chance|probability|likelihood) (?:of|to|that) (?!stop|early|respon"
        r"|being)\w+|\bsure (?:of|to)\b|\bcertain\w* (?:of|to|that)\b|\b1\s?-\s?(?:b|β|beta)\b",
    "beta": r"\btype (?:II|2) error(?: rate)?|\bbeta\b|β|\bfalse[- ]negative\w*",
    "alpha": rf"(?:\balpha\b|α|\ba\s?(?==\s?0?\.\d)|\bsignificance\b|\btype (?:I|1) error\b|\b(?:one|two|1"
        rf"|2)[- ](?:sided|tailed)\b|\bboth sides\b"
    rf"|\blevel\b|\bfalse[- ]positive\b){_LEVELS}",
    "ratio": r"\bhazard ratios?(?: \(HR\))?|\bHRs?\b",
    "margin": r"\b(?:non-?inferiority )?margin\b|\brul\w+ out\b|\bnon-?inferior\w*\b|\b(?:loss|deficit"
        r"|reduction|decrease|drop) of (?:no|at) mo(?:re|st)"
    r"|\bup(?:per)? (?:limit|bound|end)\b|\bno (?:more|worse) than\b",
    "effect": r"\bCohen'?s?'?s? d\b|\beffect size\b|\bstandardi[sz]ed (?:mean )?(?:difference|effect)"
        r"|\bd\s?(?==)",
    "sd": r"\bSD\b|\bstandard deviations?\b",
    "difference": r"\bdiffer(?:ence|s|ed)?\b",
    "loss": r"\bnot\b[^.;,\d]{0,25}\b(?:usable|eligible|assess\w+|complet\w*|available)\b"
        r"|\bdrop(?:ping)?[- ]?outs?\b|\battrition\b|\bleav(?:e|ing) (?:\w+ )?early|\bleav(?:e"
        r"|ing) the (?:study|trial)|\bdrop out\b|\bwithdraw\w*|\blost\b|\blos(?:e|ing)\b"
        r"|\bloss(?:es)?\b(?! of no)|\bnon-?evaluable|\b(?:in|un|not (?:to )?be |not )evaluable"
        r"|\bunusable\b|\bmissing\b"
    r"|\bineligible\b|\bscreen[- ]?fail\w*|\bnon-?compliance|\bfail\w* screening",
    "kept": r"\bevaluable\b|\banaly[sz]able\b|\bpositive\b|\bpositivity\b|\bcarr(?:y|ies)\b|\bcarriers?\b"
        r"|\beligible\b|\bprevalence\b|\bmutat\w+|\bconsent\w*|\bagree\w*|\bharbou?r\w*|\bassessable\b",
    "information": r"\binformation\b|\binterim\b|\blook\b|\bof the (?:planned |required |total "
        r"|final )?(?:\d+ )?(?:events|deaths)",
    "incidence": r"\bdied\b|\bdie\b|\bevent rate\b|\bmortality\b|\bha(?:ve|d|s) (?:had|an event|relapsed"
        r"|progressed)",
    "discordant": r"\bdiscordan\w+",
    "icc": r"\bICC\b|\bintra-?(?:class|cluster) correlation(?: coefficient)?|\bintraclass\b",
    "design effect": r"\bdesign effect|\bvariance inflation",
    "null": r"\bnull\b|\buninteresting\b|\bno (?:further )?interest\b|\bH0\b|\bp0\b|\bgive up\b"
        r"|\bhistorical\b|\bundesirable\b|\bunacceptable\b|\binactive\b|\bP0\b|\bdoes not work\b"
        r"|\bnot worth\w*",
    "alternative": r"\balternative\b|\bH1\b|\bHa\b|\bp1\b|\bP1\b|\bworth\b|\bgo on\b|\bof interest\b"
        r"|\bpromising\b|\bdesirable\b|\bthe target\b|\btarget(?: rate| response)\b",
    "early": r"\bend\w* after (?:the )?(?:first stage|stage (?:1|one))|\b(?:probability"
        r"|chance) of (?:early (?:termination|stopping)|stopping early|stopping)"
        r"|\bPET\b",
    "events": rf"\b{EVENT}(?:\s+(?!and\b|in\b|with\b|for\b)[a-z]+){{0,3}}",
    "people": r"\bsample size\b|\b[Nn]\b(?=\s*[=:|])|\b(?:patients|participants|subjects)(?:\s+(?:needed"
        r"|required|planned|enrolled|in all))?|\brecruit\b|\benrol\b",
    "sites": rf"\b{SITE}\b",
}  # fmt: skip
_CUE = {
    role: re.compile(words, re.I if role not in ("null", "alternative") else 0)
    for role, words in _CUES.items()
}
_REACH = 70
_ONLY_LABEL = {"events", "people", "sites"}  # before their number, without a noun behind it


def _may(role: str, one: Number) -> bool:
    share = one.value if one.unit == "share" or (not one.unit and one.value < 1) else None
    fraction = share is not None and 0 < share < 1
    match role:
        case "power":
            return fraction and one.value >= 0.4
        case "beta" | "alpha":
            return fraction and one.value <= (0.2 if role == "alpha" else 0.5)
        case "ratio":
            return not one.unit and 0.1 <= one.value <= 5
        case "margin":
            return one.unit in ("points", "share") or (not one.unit and 1 < one.value <= 3)
        case "effect":
            return not one.unit and 0 < one.value <= 3
        case "sd" | "difference":
            return one.unit in ("", "count", "points", "measured")
        case "icc":
            return not one.unit and 0 < one.value < 0.5
        case "design effect":
            return one.unit in ("", "count") and 1 < one.value < 50
        case "events" | "people" | "sites":
            return one.unit == "count" and one.value >= 3
    return (fraction and one.unit == "share") or (
        role in ("null", "alternative", "early", "information") and fraction
    )


def _cued(text: str, start: int, end: int, held: list[Number]) -> list[Number]:
    cues = list(_cues(text, start, end))
    pairs = []
    for place, one in enumerate(held):
        for cue in cues:
            if (one.role and one.role != "reduction") or not _may(cue.role, one):
                continue
            cost = _cost(text, one, cue, held)
            if cost is not None:
                pairs.append((cost, place, cue))
    taken: set[_Cue] = set()
    roles: dict[int, str] = {}
    for _, place, cue in sorted(pairs, key=lambda one: (one[0], one[1])):
        if place not in roles and cue not in taken:
            roles[place] = cue.role
            taken.add(cue)
    found = [replace(one, role=roles.get(place, one.role)) for place, one in enumerate(held)]
    return [_like_the_others(text, one, found) for one in found]


def _like_the_others(text: str, one: Number, held: list[Number]) -> Number:
    """A count without a noun is of what the nearest count is of: `more than the 247 that`."""
    if (
        not one.role
        and one.unit in ("", "share")
        and 0 < one.value <= 0.05
        and any(n.role == "alpha" for n in held)
    ):
        return replace(one, role="alpha")  # 0.001 for one endpoint and 0.049 for the other
    if one.role or one.unit != "count" or one.value < 5 or 1900 <= one.value <= 2100:
        return one
    if DATE.search(text[max(0, one.start - 12) : one.start]) or re.match(
        r"\s*-?\s*[a-z]*-?old|\s*%", text[one.end :][:8]
    ):
        return one
    others = [other for other in held if other.role in ("events", "people", "pairs")]
    near = min(others, key=lambda other: abs(other.start - one.start), default=None)
    return one if near is None else replace(one, role=near.role)


def _cues(text: str, start: int, end: int) -> Iterator[_Cue]:
    for role, pattern in _CUE.items():
        last: _Cue | None = None
        for found in pattern.finditer(text, start, end):
            cue = _Cue(role, *found.span())
            if (
                last is not None
                and not re.search(r"[\d.;]", text[last.end : cue.start])
                and cue.start - last.end < 14
            ):
                last = _Cue(role, last.start, cue.end)
                continue
            if last is not None:
                yield last
            last = cue
        if last is not None:
            yield last


def _cost(text: str, one: Number, cue: _Cue, held: list[Number]) -> float | None:
    if cue.start <= one.start < cue.end:
        return 0.0 if cue.role == "information" else None
    behind = cue.start >= one.end
    if behind and cue.role in _ONLY_LABEL:
        return None
    gap = text[one.end : cue.start] if behind else text[cue.end : one.start]
    between = sum(
        1 for other in held if min(one.end, cue.end) <= other.start and other.end <= max(one.start, cue.start)
    )
    cost = (
        len(gap)
        + 14 * between
        + 10 * len(re.findall(r"[,()\[\]]", gap))
        + 30 * len(re.findall(r"[;|]|\s-\s", gap))
    )
    if cue.role in ("null", "alternative") and " " in text[cue.start : cue.end]:
        cost += 40  # words that are told of other numbers as well
    if not behind and re.search(r"(?:\bis|\bwas|\bare|=|:)\s*(?:about\s+)?$", gap):
        cost -= 25  # `the power ... is 80%`
    if cue.role == "early" and behind:
        cost += 15
    return cost if cost <= _REACH else None
