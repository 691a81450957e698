"""The numbers of a statement on a plan, each with its role: read by what stands nearest, not by word order.

A number has a unit (percent, points, time, a count of something, none). A cue (`power`, `two-sided alpha`,
`dropout` ...) takes the nearest number that it may mean; each takes one. Counts have the role of their noun.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.number_words import WORD
from trialist.evidence.claims.plain import NUMBER, printed

_FRACTIONS = {"half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fifth": 1 / 5, "tenth": 1 / 10}
_FRACTION = (
    rf"(?P<times>(?:\b(?:a|one|two|three|four)[\s-])?)(?P<fraction>(?<![\w-])half\b|\b(?:third|quarter|fifth"
    rf"|tenth)s?\b)|\b(?P<k>{WORD}|\d)[\s-](?:in|out of)[\s-](?:every[\s-])?(?P<of>ten|five|four|three|10|5|4"
    rf"|3)\b|(?P<halved>\bhalv(?:ing|ed|es?)\b)"
)
_SPAN = (
    rf"(?P<span>(?P<years>{WORD}|\b\d+|\ban?\b)(?P<inside>\s+(?:year|month|week)s?)?\s+and\s+(?:a|one)\s+half"
    r"(?P<behind>\s+(?:years|months|weeks))?|(?:(?<=\bin )|(?<=\bwithin )|(?<=\bafter ))(?P<single>an?\s+(?:year|month)\b))"
)
_ANY = re.compile(
    rf"{_SPAN}|{_FRACTION}|(?<![\w.,/])(?P<number>{NUMBER})(?![\d]|\.\d)|(?<![\w-])(?P<word>{WORD})", re.I
)
_PERCENT = re.compile(r"\s?-?(?:%|per\s?cent\b)(?!\s*(?:-\s*)?(?:points?|pp)\b)", re.I)
_POINTS = re.compile(r"\s?-?(?:(?:%|percent(?:age)?|per\s?cent)?[\s-]*points?\b|pp\b)", re.I)
_TIME = re.compile(r"[\s-]?(?P<u>weeks?|months?|mo\b|quarters?|years?|yrs?)\b", re.I)
_OTHER = re.compile(
    r"\s?(?:mg|mL|ml|kg|Gy|MBq|GBq|mm|cm|days?\b|hours?\b|minutes?\b|:\s?\d|-sided|-tailed|(?:-|\s)arm\b)"
    r"|[\s-]sided|[\s-]tailed|[\s-]to[\s-]one\b|\s?-?(?:%|per\s?cent)?\s?-?(?:CI\b|confidence|credible)",
    re.I,
)
DAYS = {"w": 7.0, "m": 30.4375, "q": 91.3125, "y": 365.25}

_EVENT = (
    r"(?:events?|deaths?|relapses?|progressions?|recurrences?|failures?|infections?|strokes?|fractures?|died)"
)
_SITE = r"(?:sites?|cent(?:re|er)s?|hospitals?|clinics?)"
_CLUSTER = r"(?:clusters?|practices?|schools?|villages?|classes|wards?|homes?)"
_NOUNS = {
    "events": _EVENT,
    "pairs": r"(?:discordant\s+)?pairs",
    "sites": _SITE,
    "clusters": _CLUSTER,
    "responses": r"(?:responses?|responders?|responding|remissions?|successes)",
    "people": r"(?:patients?|men|women|participants?|subjects?|people|persons|volunteers?|adults?|children"
    r"|pupils?|residents?|infants?|students?|individuals?|cases|carriers?|evaluable|analy[sz]able|controls?"
    r"|mothers|births|babies|inclusions|entrants|recruits|members|employees|clients|evaluations|enrolments?)",
}
_NOUN = re.compile(
    r"[\s-]*(?:(?!(?:of|in|and|or|to|by|with|for|are|is|was|were|will|among|per|that|from|had|have|at|on"
    r"|need\w*|requir\w*|after|would|should|could|must|a|month|year|week|give|gives|yields?)\b)"
    r"[A-Za-z][\w'-]*\s+){0,4}?(?:"
    + "|".join(rf"(?P<{role}>{words})" for role, words in _NOUNS.items())
    + r")\b",
    re.I,
)
_NO_NOUN = re.compile(
    r"\s*(?:[,.;:)|]|$|(?:will|would|must|should|could|can|are|were|was|is|need|for|in|to|who|at|on|had|have|so|and)\b)",
    re.I,
)
_EACH = re.compile(
    r"[^.;:\d]{0,32}?(?:\b(?:per|in each|in either|to each|to either)\s+(?:[\w-]+\s+){0,3}?(?:arm|group|of"
    r"|treatment|cohort|side)s?\b|\beach\b(?!\s+(?:month|year|week))|\bapiece\b|/(?:arm|group))"
    r"|\s*\((?:each|per (?:arm|group))\)",
    re.I,
)
_EACH_BEFORE = re.compile(
    r"(?:\bgroup sizes? of|\beach (?:arm|group) (?:of|with|has|needs)|\b(?:per|each) (?:arm|group)\s?[:=])\s*$",
    re.I,
)
_ALL = re.compile(
    r"[^.;:\d]{0,30}?(?:\bin (?:total|all)\b|\baltogether\b|\boverall\b|,? half in\b|,? (?:equally|evenly)"
    r" (?:split|divided|shared)|\bin both (?:arms|groups) (?:together|combined)|\bsplit (?:equally|evenly))",
    re.I,
)
_ALL_BEFORE = re.compile(
    r"\b(?:a total of|totalling|in all,?|altogether,?|total sample size[^.;\d]{0,12}|total\W{1,4}|N\s*=)\s*$",
    re.I,
)
_PACE = re.compile(
    rf"(?P<what>(?:\s+(?!per\b|a\b|an\b|each\b|every\b|in\b)[a-z-]+){{0,4}}?)"
    rf"(?P<by>\s*(?:/|\bper\b|\ba\b|\bin each\b|\bfrom each\b|\beach\b|\bat each\b|\bin every\b|\bevery\b)"
    rf"\s*{_SITE}(?:\s+and)?)?"
    rf"(?:\s*(?:/|\bper\b|\ba\b|\beach\b|\bevery\b|\bin an? (?:average )?)\s*(?P<u>week|month|quarter|year)\b"
    rf"|(?<=\band)\s+(?P<and>week|month|quarter|year)\b"
    rf"|\s+(?:every|per)\s+(?P<step>{WORD}|\d+|other|second)\s+(?P<us>week|month|quarter|year)s?\b"
    rf"|\s+(?P<ly>weekly|monthly|quarterly|yearly|annually))"
    rf"(?P<by2>\s*(?:/|\bper\b|\ba\b|\bin each\b|\bfrom each\b|\beach\b|\bat each\b)\s*{_SITE}\b)?",
    re.I,
)


_PACE_LABEL = re.compile(  # `patients per site per year: 6`
    rf"(?P<by>(?:\bper|/)\s*{_SITE}(?:\s+and)?\s*)?(?:\bper|/|\ba)\s*(?P<u>week|month|quarter|year)"
    rf"(?P<by2>\s*(?:\bper|/|and)\s*{_SITE})?[)\]]?\s*(?:[:|=]|\bis\b|\s{{2,}})\s*$"
    rf"|\b(?P<ly>weekly|monthly|quarterly|yearly|annual)\s+(?:accrual|recruitment|enrol\w+|inclusion)[^.;\d]{{0,24}}$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a statement. `value`: of percents and fractions a share; of times days; `each`: of a group.

    unit   share, points, days, count, rate (a day) or empty; role: what it is, empty where nothing tells
    bare   a count behind which no noun stands, which may be of what is spoken of
    """

    printed: Printed
    value: float
    unit: str
    role: str = ""
    each: bool | None = None
    bare: bool = False

    @property
    def start(self) -> int:
        return self.printed.start

    @property
    def end(self) -> int:
        return self.printed.end


def numbers(text: str, start: int, end: int) -> list[Number]:
    """Every number of a statement with its role."""
    return _cued(text, start, end, list(_bare(text, start, end)))


def _bare(text: str, start: int, end: int) -> Iterator[Number]:
    at = start
    while found := _ANY.search(text, at, end):
        at = found.end()
        if found["span"]:
            yield from _of_span(text, found)
            continue
        one = _value(text, found)
        if one is None or _OTHER.match(text, found.end(), end):
            continue
        number = _with_unit(text, one, found, start, end)
        pace = _PACE.match(text, one.end, end) if number.unit == "rate" else None
        at = pace.end() if pace else at
        yield number


def _of_span(text: str, found: re.Match[str]) -> Iterator[Number]:
    """`a year and a half`, `two and a half years`, `within a year`."""
    unit = found["inside"] or found["behind"] or (found["single"] or "").partition(" ")[2]
    if not unit.strip():
        return
    whole = None
    if not found["single"] and found["years"].lower() not in ("a", "an"):
        whole = printed(text, *found.span("years"))
    value = 1.0 if found["single"] else (1.0 if whole is None else whole.value) + 0.5
    yield Number(Printed(f"{value:g}", value, *found.span()), value * DAYS[unit.strip()[0].lower()], "days")


def _value(text: str, found: re.Match[str]) -> Printed | None:
    if found["halved"]:
        return Printed("0.5", 0.5, *found.span())
    if found["fraction"]:
        times = {"": 1, "a": 1, "one": 1, "two": 2, "three": 3, "four": 4}[found["times"].strip(" -").lower()]
        value = times * _FRACTIONS[found["fraction"].lower().rstrip("s")]
        return Printed(f"{value:.2f}", value, *found.span())
    if found["of"]:
        k, of = (printed(text, *found.span(word)) for word in ("k", "of"))
        return (
            None
            if k is None or of is None
            else Printed(f"{k.value / of.value:.1f}", k.value / of.value, *found.span())
        )
    return printed(text, *found.span("number" if found["number"] else "word"))


def _with_unit(text: str, one: Printed, found: re.Match[str], start: int, end: int) -> Number:
    if found["fraction"] or found["of"] or found["halved"]:
        return Number(one, one.value, "share", "reduction" if found["halved"] else "")
    at = one.end
    if _POINTS.match(text, at, end):
        return Number(one, one.value / 100, "points")
    if _PERCENT.match(text, at, end):
        return Number(replace(one, text=one.text + "%"), one.value / 100, "share")
    label = _PACE_LABEL.search(text, max(start, one.start - 60), one.start)
    pace = label or _PACE.match(text, at, end)
    if pace is not None and _is_pace(text, one, pace, start):
        return _paced(text, one, pace)
    time = _TIME.match(text, at, end)
    if time is not None:
        return Number(one, one.value * DAYS[time["u"][0].lower()], "days")
    return _counted(text, one, start, end)


_ACCRUAL = re.compile(
    r"\b(?:accru|enrol|recruit|includ|inclusion|regist|screen|randomi|join|entry|enter|bring|come|see\b|admit)",
    re.I,
)


def _is_pace(text: str, one: Printed, pace: re.Match[str], start: int) -> bool:
    """Whether a rate is none of a rate (`per 1,000 a year`), and one in several months one of accrual."""
    if re.search(r"\bper\s+$", text[max(start, one.start - 5) : one.start]):
        return False
    step = pace.groupdict().get("step")
    return not step or _ACCRUAL.search(text, max(start, one.start - 60), pace.end()) is not None


def _paced(text: str, one: Printed, pace: re.Match[str]) -> Number:
    """A rate as so many a day; of each site where the words say so."""
    held = pace.groupdict()
    unit = next(held[word] for word in ("u", "ly", "and", "us") if held.get(word))
    days = DAYS["y" if unit.lower().startswith("annual") else unit[0].lower()]
    if held.get("step"):
        steps = None if held["step"].lower() in ("other", "second") else printed(text, *pace.span("step"))
        days *= 2.0 if steps is None else max(steps.value, 1.0)
    by_site = bool(held.get("by") or held.get("by2"))
    return Number(one, one.value / days, "rate", "site rate" if by_site else "rate")


def _counted(text: str, one: Printed, start: int, end: int) -> Number:
    noun = _NOUN.match(text, one.end, end)
    role = "" if noun is None else str(noun.lastgroup)
    before = text[max(start, one.start - 24) : one.start]
    stop = noun.end() if noun else one.end
    each = None
    near, whole = _EACH.match(text, stop, end), _ALL.match(text, stop, end)
    if whole is not None and (near is None or whole.end() <= near.end()):
        each = False
    elif near is not None or _EACH_BEFORE.search(before):
        each = True
    elif _ALL_BEFORE.search(before):
        each = False
    if one.text.isdigit() and not role and each is not None and one.value >= 5:
        role = "people"
    year = 1900 <= one.value <= 2100 and "," not in text[one.start : one.end]
    bare = (
        not role
        and not year
        and one.text.isdigit()
        and bool(_NO_NOUN.match(text, one.end, end))
        and not _DATE.search(before)
    )
    return Number(one, one.value, "count" if one.text.isdigit() else "", role, each, bare)


@dataclass(frozen=True, slots=True)
class _Cue:
    role: str
    start: int
    end: int


_LEVELS = r"(?:[\s,]*(?:level|error|rate|significance|alpha|α|test|of|type I|testing|probability)\b)*"
_CUES: Mapping[str, str] = {
    "power": r"\bpower(?:ed)?\b|\b(?:chance|probability|likelihood) (?:of|to) (?:detect|find|see|show|pick|demonstr|establish|reveal)\w*",
    "beta": r"\btype (?:II|2) error(?: rate)?|\bbeta\b|β|\bfalse[- ]negative\w*",
    "alpha": rf"(?:\balpha\b|α|\bsignificance\b|\btype (?:I|1) error\b|\b(?:one|two|1|2)[- ](?:sided|tailed)\b|\bboth sides\b"
    rf"|\blevel\b|\bfalse[- ]positive\b){_LEVELS}",
    "ratio": r"\bhazard ratios?(?: \(HR\))?|\bHRs?\b",
    "margin": r"\b(?:non-?inferiority )?margin\b|\brul\w+ out\b|\bnon-?inferior\w*\b|\b(?:loss|deficit|reduction|decrease|drop) of (?:no|at) mo(?:re|st)"
    r"|\bup(?:per)? (?:limit|bound|end)\b|\bno (?:more|worse) than\b",
    "effect": r"\bCohen'?s?'?s? d\b|\beffect size\b|\bstandardi[sz]ed (?:mean )?(?:difference|effect)|\bd\s?(?==)",
    "sd": r"\bSD\b|\bstandard deviations?\b",
    "difference": r"\bdiffer(?:ence|s|ed)?\b",
    "loss": r"\bnot\b[^.;,\d]{0,25}\b(?:usable|eligible|assess\w+|complet\w*|available)\b|\bdrop(?:ping)?[- ]?outs?\b|\battrition\b|\bwithdraw\w*|\blost\b|\bloss(?:es)?\b(?! of no)|\bnon-?evaluable|\b(?:in|un|not (?:to )?be |not )evaluable|\bunusable\b|\bmissing\b"
    r"|\bineligible\b|\bscreen[- ]?fail\w*|\bnon-?compliance|\bfail\w* screening",
    "kept": r"\bevaluable\b|\banaly[sz]able\b|\bpositive\b|\bpositivity\b|\bcarry\b|\bcarriers?\b|\beligible\b|\bprevalence\b|\bmutat\w+|\bconsent\w*|\bagree\w*|\bharbou?r\w*|\bassessable\b",
    "information": r"\binformation\b|\binterim\b|\blook\b|\bof the (?:planned |required |total |final )?(?:\d+ )?(?:events|deaths)",
    "incidence": r"\bdied\b|\bdie\b|\bevent rate\b|\bmortality\b|\bto have (?:had|an event|relapsed|progressed)",
    "discordant": r"\bdiscordan\w+",
    "icc": r"\bICC\b|\bintra-?(?:class|cluster) correlation(?: coefficient)?|\bintraclass\b",
    "design effect": r"\bdesign effect|\bvariance inflation",
    "null": r"\bnull\b|\buninteresting\b|\bno (?:further )?interest\b|\bH0\b|\bp0\b|\bgive up\b|\bhistorical\b|\bundesirable\b|\bunacceptable\b|\binactive\b|\bP0\b|\bdoes not work\b|\bnot worth\w*",
    "alternative": r"\balternative\b|\bH1\b|\bHa\b|\bp1\b|\bP1\b|\bworth\b|\bgo on\b|\bof interest\b|\bpromising\b|\bdesirable\b|\bthe target\b|\btarget(?: rate| response)\b",
    "early": r"\b(?:probability|chance) of (?:early (?:termination|stopping)|stopping early|stopping)|\bPET\b",
    "events": rf"\b{_EVENT}(?:\s+(?!and\b|in\b|with\b|for\b)[a-z]+){{0,3}}",
    "people": r"\bsample size\b|\b[Nn]\b(?=\s*[=:|])|\b(?:patients|participants|subjects)(?:\s+(?:needed|required|planned|enrolled|in all))?|\brecruit\b|\benrol\b",
    "sites": rf"\b{_SITE}\b",
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
            return one.unit in ("", "count", "points")
        case "icc":
            return not one.unit and 0 < one.value < 0.5
        case "design effect":
            return one.unit in ("", "count") and 1 < one.value < 50
        case "events" | "people" | "sites":
            return one.unit == "count" and one.value >= 3
    return fraction and one.unit == "share" or (role in ("null", "alternative", "early") and fraction)


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


_DATE = re.compile(
    r"(?:\b(?:in|since|from|to|until|by|of|and|jan\w*|feb\w*|mar\w*|apr\w*|may|june?|july?|aug\w*|sep\w*|oct\w*|nov\w*"
    r"|dec\w*|stage|phase|part|arm|group|day|week|month|year|cycle|grade|version|figure|table)|-|/)\s*$",
    re.I,
)


def _like_the_others(text: str, one: Number, held: list[Number]) -> Number:
    """A count without a noun is of what the nearest count is of: `more than the 247 that`, `which leaves 81`."""
    if (
        not one.role
        and one.unit in ("", "share")
        and 0 < one.value <= 0.05
        and any(n.role == "alpha" for n in held)
    ):
        return replace(one, role="alpha")  # 0.001 for one endpoint and 0.049 for the other
    if one.role or one.unit != "count" or one.value < 5 or 1900 <= one.value <= 2100:
        return one
    if _DATE.search(text[max(0, one.start - 12) : one.start]) or re.match(
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
    cost += 20 if cue.role in ("null", "alternative") else 0  # told of other numbers as well
    return cost if cost <= _REACH else None
