"""Sentences on accrual: who of those accrued is evaluable, and how many a rate brings in a time.

What is stated is kept with every reading that the words allow; a rule speaks when none of them agrees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.plain import COUNT, INTEGER, NUMBER, printed
from trialist.evidence.claims.shares import PEOPLE

_BEFORE = r"(?<![\w./,:-])"
_ACCRUED = re.compile(
    rf"{_BEFORE}(?P<n>{INTEGER})\s+(?:[a-z-]+\s+){{0,3}}?{PEOPLE}?\b(?P<gap>[^.]{{0,120}}?)"
    rf"{_BEFORE}(?P<m>{INTEGER})\s+(?:[a-z-]+\s+){{0,2}}?(?:are |is |be |were )?evaluable",
    re.I,
)
_BACK = re.compile(
    rf"{_BEFORE}(?P<m>{INTEGER})\s+(?:[a-z-]+\s+){{0,2}}?evaluable\b"
    rf"(?P<gap>[^.]{{0,140}}?){_BEFORE}(?P<n>{INTEGER})\s+(?:[a-z-]+\s+){{0,3}}?{PEOPLE}",
    re.I,
)
_KEPT = (
    r"(?:evaluable|evaluated|assess\w+|analy[sz]\w+|usable|success\w*|eligible|positive|negative"
    r"|available|complet\w+|informative|prevalence|positivity|respond\w*)"
)
_RATE = re.compile(
    rf"(?P<x>{NUMBER})\s?(?:%|per ?cent\b)(?P<after>[^.;%]{{0,60}})"
    rf"|(?P<half>\bhalf\b)(?P<after2>[^.;]{{0,60}})"
    rf"|\b(?:one|a) (?P<part>third|quarter|fifth|in three|in four|in five)\b(?P<after3>[^.;]{{0,60}})"
)
_LOSS = re.compile(
    r"\b(?:drop-?outs?|drop out|fail\w*|non-?evaluable|inevaluable|unevaluable|(?:not|cannot"
    r"|can not) (?:be )?(?:evalua\w+|assess\w+)"
    r"|lost|attrition|withdraw\w*|loss(?:es)?|unusable|missing|ineligible)\b",
    re.I,
)
_PARTS = {"third": 1 / 3, "in three": 1 / 3, "quarter": 0.25, "in four": 0.25, "fifth": 0.2, "in five": 0.2}
_ACCRUAL = re.compile(
    r"\b(?:accru|enrol|recruit|includ|inclusion|regist|screen|randomi|join|entry|entered)", re.I
)
_PLANNED = re.compile(
    r"\b(?:will|expect\w*|anticipat\w*|assum\w*|allow\w*|estimat\w*|need\w*|requir\w*|plan\w*|project\w*"
    r"|should|must|would|target|aim\w*|so as to|in order to)\b",
    re.I,
)
_SOMEBODY = re.compile(
    rf"{_BEFORE}(?P<n>{COUNT})\s+(?:(?!per\b|a\b|each\b)[a-z-]+\s+){{0,3}}?(?:{PEOPLE}|(?:who|that|are|be"
    rf"|can|will|would|should)\b|{_KEPT}\b)",
    re.I,
)
_SITE = r"(?:site|cent(?:re|er)|hospital|clinic)"
_PER = re.compile(
    rf"{_BEFORE}(?P<x>{COUNT}|\d+\.\d+)(?:\s*(?:-|to|or)\s*(?P<y>{COUNT}))?\s+(?:[a-z-]+\s+){{0,2}}?"
    rf"(?P<who>{PEOPLE}|inclusions|entries|randomi[sz]ations)?\s*"
    r"(?:(?:(?:are|is|will be|can be)\s+)?(?:randomi[sz]ed|enrolled|recruited|accrued|included|seen)\s+)?"
    rf"(?:(?:(?:per|a|at each|in each)\s+{_SITE}\s+and\s+(?=week|month|quarter|year)"
    rf"|(?:per\s+{_SITE}\s+)?(?:a|an|per|each|every|/)\s*)"
    rf"(?P<u>week|month|quarter|year)|(?:every|per)\s+(?P<step>{COUNT}|other)\s+"
    r"(?P<us>week|month|quarter|year)s?|(?P<ly>weekly|monthly|yearly|annually))\b",
    re.I,
)
_TIME = re.compile(
    rf"{_BEFORE}(?P<n>{COUNT}|{NUMBER}|an?)(?:\s*(?:-|to)\s*(?P<m>{COUNT}))?[\s-](?P<unit>weeks?|months?"
    rf"|years?)\b(?!\s+of\s+follow|\s+follow|-old)",
    re.I,
)
_AT = re.compile(r"\bat (?:a rate of )?(?:about |some )?$", re.I)
_RATE_OF = re.compile(r"\b(?:accrual|recruit\w*|enrol\w*|inclusion)\b[^.;\d]*$", re.I)
_SITES = re.compile(
    rf"{_BEFORE}(?P<k>{COUNT})\s+(?:[a-z-]+\s+){{0,2}}?(?:cent(?:re|er)s|sites|hospitals|clinics)\b"
    rf"|\bnumber of (?:cent(?:re|er)s|sites)\s*[:=]\s*(?P<j>{COUNT})",
    re.I,
)
_EACH_SITE = re.compile(
    r"\b(?:each|per (?:centre|center|site|hospital|clinic)|every (?:centre|center|site)"
    r"|month and (?:centre|center|site)|(?:a|one) (?:centre|center|site) and month)\b",
    re.I,
)
_RATE_BEFORE = re.compile(
    rf"\b(?P<u>weekly|monthly|yearly|annual)\s+(?:accrual|recruitment|enrol\w+"
    rf"|inclusion)(?:\s+rate)?\s*(?:[a-z]+\s+){{0,3}}?(?:of|at|is|was"
    rf"|:)?\s*(?:about\s+)?(?P<x>{COUNT})(?:\s*(?:-|to)\s*(?P<y>{COUNT}))?",
    re.I,
)
_TARGET = re.compile(
    rf"{_BEFORE}(?P<n>{COUNT})\s+(?:[a-z-]+\s+){{0,3}}?{PEOPLE}\b(?!\s*(?:a|an|per|each|every"
    rf"|/)\s*(?:week|month|year))|\bn\s*=\s*(?P<m>{INTEGER})|\b(?:all(?: the)?|target of"
    rf"|sample(?: size)? of|planned|required)\s+(?P<k>{COUNT})\b(?!\s*(?:%|weeks?|months?|years?|cent"
    rf"|sites?|hospitals?|countries|arms?|groups?))",
    re.I,
)
_FOLLOWED = re.compile(
    r"\b(?:follow\w*|treat\w*|surviv\w*|last patient"
    r"|after (?:the )?(?:last(?!\s+(?:cent|site))|end)|further|additional)\b",
    re.I,
)
_RAMP = re.compile(r"\b(?:run-in|ramp|initial\w*|first|start-up|slow\w*|increas\w*|once|after a)\b", re.I)
_DAYS = {
    "week": 7.0,
    "month": 30.4375,
    "quarter": 91.3125,
    "year": 365.25,
    "weekly": 7.0,
    "monthly": 30.4375,
    "yearly": 365.25,
    "annual": 365.25,
    "annually": 365.25,
}


NEARBY = 400  # characters from the beginning of a paragraph to the end of a sentence that it may end in


def accruals(text: str, start: int, end: int, part: tuple[int, int]) -> Iterator[Item]:
    if not _ACCRUAL.search(text, *part):
        return
    found = _shared(text, start, end) or _expected(text, start, end)
    if found is None and end - part[0] < NEARBY:
        found = _expected(text, part[0], end)
        if found is not None and found.numbers["evaluable"].start < start:
            found = None  # told in a sentence before
    if found is not None:
        yield found
    yield from _paced(text, start, end, part)


def _shared(text: str, start: int, end: int) -> Item | None:
    """`60 patients accrued for 30 evaluable, expecting half to fail`."""
    found = _ACCRUED.search(text, start, end) or _BACK.search(text, start, end)
    if found is None:
        return None
    return _of(text, start, end, printed(text, *found.span("n")), printed(text, *found.span("m")))


_EACH_GROUP = re.compile(
    r"\b(?:each|per|either|both)\s+(?:[\w-]+\s+){0,4}?(?:groups?|arms?|cohorts?)\b", re.I
)


def _expected(text: str, start: int, end: int) -> Item | None:
    """Two numbers of people and a share, in any order: `screening 90 men will yield 45 positive men`."""
    if not _PLANNED.search(text, start, end) or not _ACCRUAL.search(text, start, end):
        return None
    if _EACH_GROUP.search(text, start, end):
        return None
    rates = list(_PER.finditer(text, start, end))
    people = [
        printed(text, *m.span("n"))
        for m in _SOMEBODY.finditer(text, start, end)
        if not any(_within(m, rate) for rate in rates)
    ]
    counts = sorted({(one.value, one.start, one.end) for one in people if one is not None and one.value > 1})
    values = sorted({value for value, _, _ in counts})
    if len(values) != 2:
        return None
    first = {value: next(one for one in people if one is not None and one.value == value) for value in values}
    return _of(text, start, end, first[values[1]], first[values[0]])


def _of(text: str, start: int, end: int, accrued: Printed | None, evaluable: Printed | None) -> Item | None:
    rates = [
        m for m in _RATE.finditer(text, start, end)
        if not re.match(r"\s*(?:statistical )?power|\s*(?:CI|confidence)", m["after"] or "")
    ]  # fmt: skip
    if accrued is None or evaluable is None or evaluable.value >= accrued.value or len(rates) != 1:
        return None
    rate = rates[0]
    tail = rate["after"] or rate["after2"] or rate["after3"] or ""
    lead = text[max(start, rate.start() - 50) : rate.start()]
    numbers = {"accrued": accrued, "evaluable": evaluable}
    share = 0.5 if rate["half"] else _PARTS.get(rate["part"] or "", 0.0)
    if rate["x"]:
        number = printed(text, *rate.span("x"))
        if number is None:
            return None
        numbers["rate"] = number
        share = number.value / 100
    loss = bool(_LOSS.search(tail) or _LOSS.search(lead))
    kept = bool(re.search(rf"\b{_KEPT}", tail + lead[-25:], re.I))
    if loss == kept and share != 0.5 and not loss:
        return None
    first, last = min(n.start for n in numbers.values()), max(n.end for n in numbers.values())
    return Item("accrual", first, last, first, numbers, {"evaluable share": 1 - share if loss else share})


def _paced(text: str, start: int, end: int, part: tuple[int, int]) -> Iterator[Item]:
    """`five patients per month ... 120 within one year`; target and time may stand elsewhere in the part."""
    rates = [
        m for m in _PER.finditer(text, start, end)
        if not re.search(r"\bper\s+$", text[max(start, m.start() - 5) : m.start()])
        if m["who"]
        or _AT.search(text, start, m.start())
        or _RATE_OF.search(text, max(start, m.start() - 40), m.start())
        if not m["step"] or (m["who"] and _ACCRUAL.search(text, max(start, m.start() - 60), m.end()))
    ]  # fmt: skip
    rates = rates or list(_RATE_BEFORE.finditer(text, start, end))
    if len(rates) != 1 or not _ACCRUAL.search(text, *part):
        return
    rate = rates[0]
    unit = _time_of(text, rate)
    low = printed(text, *rate.span("x"))
    high = printed(text, *rate.span("y")) if rate["y"] else low
    for window in ((start, end), part):
        times = [
            days
            for m in _TIME.finditer(text, *window)
            if (days := _length(text, m)) and not _within(m, rate) and not _followed(text, window, m)
        ]
        targets = [m for m in _TARGET.finditer(text, *window) if not _within(m, rate)]
        if times and targets:
            break
    else:
        return
    whole = [printed(text, *m.span(next(g for g in "nmk" if m[g]))) for m in targets]
    if low is None or high is None or any(one is None or one.value < 5 for one in whole):
        return
    sites = [
        n
        for m in _SITES.finditer(text, *window)
        if (n := printed(text, *m.span("k" if m["k"] else "j"))) is not None
    ]
    each = bool(_EACH_SITE.search(text, *window)) and len(sites) == 1
    times_sites = sites[0].value if each else 1.0
    times_sites *= _taking_part(text, rate.end(), window[1])
    numbers = {"rate": low, **{f"target {k}": one for k, one in enumerate(whole, 1) if one is not None}}
    said = {
        "form": "pace",
        "a day": (low.value * times_sites / unit, high.value * times_sites / unit),
        "days": tuple(times),
        "sites": times_sites,
        "ramp": bool(_RAMP.search(text, *window)),
    }  # fmt: skip
    first, last = min(n.start for n in numbers.values()), max(n.end for n in numbers.values())
    yield Item("accrual", first, last, first, numbers, said)


def _time_of(text: str, rate: re.Match[str]) -> float:
    """The days of a rate: a month, or two of `one patient every two months`."""
    held = rate.groupdict()
    unit = _DAYS[str(held["u"] or held.get("ly") or held.get("us")).lower()]
    if not held.get("step"):
        return unit
    steps = None if held["step"].lower() == "other" else printed(text, *rate.span("step"))
    return unit * (2.0 if steps is None else max(steps.value, 1.0))


_CONSENT = re.compile(r"\b(?:consent|agree|take part|participat|enrol|eligible)", re.I)


def _taking_part(text: str, start: int, end: int) -> float:
    """The share of those who are seen that takes part, where it is told behind the rate; else 1."""
    found = _RATE.search(text, start, end)
    if found is None or found.start() > start + 30:
        return 1.0
    if not _CONSENT.search(found["after"] or found["after2"] or found["after3"] or ""):
        return 1.0
    if found["x"]:
        number = printed(text, *found.span("x"))
        return 1.0 if number is None else number.value / 100
    return 0.5 if found["half"] else _PARTS[found["part"]]


def _followed(text: str, window: tuple[int, int], m: re.Match[str]) -> bool:
    """Whether a time is of follow-up or treatment, by its own clause."""
    before = re.split(r"[.;,]| - ", text[max(window[0], m.start() - 45) : m.start()])[-1]
    behind = re.split(r"[.;,]| - ", text[m.end() : min(m.end() + 20, window[1])])[0]
    return _FOLLOWED.search(before + behind) is not None


def _length(text: str, m: re.Match[str]) -> float | None:
    """A time in days; the longer end of a range."""
    unit = _DAYS[m["unit"].lower().rstrip("s")]
    if m["n"].lower() in ("a", "an"):
        return unit
    held = printed(text, *m.span("m" if m["m"] else "n"))
    return None if held is None else held.value * unit


def _within(m: re.Match[str], other: re.Match[str]) -> bool:
    return m.start() < other.end() and other.start() < m.end()
