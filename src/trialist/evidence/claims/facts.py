"""What is true of a whole study and is said of it once: masking, phase, allocation, dates, age, endpoint.

Each is a claim of kind `fact`: `what` it is, and its `value`, a set of words; sets that share none differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from trialist.evidence.claims.doses import doses, schedules
from trialist.evidence.claims.items import Item
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.claims.moments import ONE_DATE, Days, date_of
from trialist.evidence.claims.number_words import digits
from trialist.evidence.claims.periods import periods
from trialist.evidence.claims.plain import COUNT, printed
from trialist.evidence.claims.shares import PEOPLE

_OTHER_STUDY = re.compile(
    r"\b(?:earlier|previous\w*|prior|future|warrant\w*|needs?|needed|plan(?:s|ned)?|next|confirm\w*|supports?"
    r"|subsequent\w*|larger|other|another|ongoing|unlike|parts?|portion|later|meta-analys\w+|would|should|will"
    r"|trials|studies|historical\w*|hypothe\w+|if|published|whereas|in contrast|than the)\b",
    re.I,
)


def facts(text: str, start: int, end: int, named: Sequence[Mention]) -> Iterator[Item]:
    """The facts of a sentence; `named`: its mentions."""
    yield from _age(text, start, end)
    yield from _enrolled(text, start, end)
    yield from doses(text, start, end, named)
    yield from schedules(text, start, end, named)
    yield from _primary(text, start, end, [m for m in named if m.kind == "endpoint"])
    if _OTHER_STUDY.search(text, start, end) is None:
        yield from _masking(text, start, end)
        yield from _phase(text, start, end)
        yield from _ratio(text, start, end)


def _fact(what: str, first: int, end: int, *value: str) -> Item:
    return Item("fact", first, end, first, {}, {"what": what, "value": frozenset(value)})


_DRUG = (
    r"(?:treatments?|allocat\w+|assign\w+|capsules?|tablets?|infusions?|injections?|drugs?|agents?"
    r"|groups?|arms?|which|what|whether|if)"
)
_MASKED = re.compile(
    r"\b(?:single|double|triple)[\s-](?:blind|mask)\w*|\b(?:blinded|masked)\s+to\b(?!\s+(?:the\s+|all\s+|any\s+)*(?:\w+\s+)?(?:data|analys\w+|results?|outcomes?)\b)|\b(?:unaware|not\s+aware)\s+of\b"
    r"|\b(?:masking|blinding)\s*[:=]?\s*(?:single|double|triple|quadruple)\b|\b(?:did|do|does)\s+not\s+know\b|\bnot\s+(?:be\s+)?told\s+(?:which|what|whether)\b"
    rf"|\b(?:neither|nobody|no[\s-]one|none\s+of)\b[^.;]{{0,90}}?\b(?:knew|knows?|aware|told)\b[^.;]{{0,40}}?\b{_DRUG}",
    re.I,
)
_OPEN = re.compile(
    r"\bopen[\s-]label\w*|\bunblinded\b|\bunmasked\b|\bnon-?blinded\b|\bno\s+(?:blinding|masking)\b"
    r"|\b(?:not|neither|without)\s+(?:blinded|masked|blinding|masking)\b|\b(?:masking|blinding)\s*[:=]\s*none\b"
    rf"|\b(?:aware\s+of|knew|were\s+told)\b[^.;]{{0,40}}?\b{_DRUG}\b",
    re.I,
)
_LOOKERS = re.compile(
    r"\b(?:radiolog\w+|review\w*|readers?|reading|assess\w*|adjudicat\w+|committees?|statistic\w+|patholog\w+"
    r"|evaluat\w+|central\w*|sponsor|extension|lead-in|run-in|cross(?:ed)?[\s-]?over|after|then|continued|until"
    r"|offered|unblinding|could|(?:study|trial|steering|monitoring|management)\s+(?:team|group|staff)|monitors?|interviewers?|analysts?|laborator\w+|surgeons?|physiotherap\w+)\b",
    re.I,
)


_FOR_A_TIME = re.compile(
    r"\b(?:thereafter|subsequently|first\s+\d+|initially|later|all\s+participants\s+had)\b", re.I
)


def _masking(text: str, start: int, end: int) -> Iterator[Item]:
    if (
        text[start:end].rstrip().endswith("?")
        or _LOOKERS.search(text, start, end)
        or _FOR_A_TIME.search(text, start, end)
    ):
        return
    masked = _MASKED.search(text, start, end)
    opened = [m for m in _OPEN.finditer(text, start, end) if masked is None or not _meet(m, masked)]
    if masked is not None and not opened:
        yield _fact("masking", masked.start(), masked.end(), "masked")
    elif opened and masked is None:
        yield _fact("masking", opened[0].start(), opened[0].end(), "open")


def _meet(first: re.Match[str], second: re.Match[str]) -> bool:
    return first.start() < second.end() and second.start() < first.end()


_NUMERAL = r"(?:I{1,3}|IV|[1-4]|one|two|three|four)"
_PHASE = re.compile(
    rf"\bphase\s*[:=]?\s*(?P<x>{_NUMERAL})(?:[ab])?(?:\s*(?:/|-|to|or|and)\s*(?:phase\s+)?(?P<y>{_NUMERAL}))?"
    r"(?:[ab])?(?![\w/])",
    re.I,
)
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_OWN_PHASE = re.compile(
    r"(?:^\W*(?:(?:study|trial)\s+)?(?:[\w -]{2,20}:\s*)?|\b(?:this|our|present|current|an?"
    r"|the)\s+(?:[\w,-]+\s+){0,5}?)$",
    re.I,
)


_ANOTHER = re.compile(
    r"\ban?\s+(?:[\w,-]+\s+){0,5}?phase\b[^.;:,]{0,30}?"
    r"\b(?:is|are|has|have|can|must|may|follows|remains|seems|under\s*way|in\s+preparation|await\w*|recruiting)\b"
    r"|\b(?:prepar\w+|launch\w*|proceed\w*|mov(?:e|es|ed|ing)|progress(?:es|ed|ing)?|led|lead(?:s|ing)?|go(?:es|ing)?"
    r"|went|taken?|taking|forward|merits?|deserves?|justif\w+|calls?|awaits?|before|towards?)\b[^.;:]{0,40}?"
    r"\b(?:a|to|into|in|for)\s+(?:[\w,-]+\s+){0,3}?phase\b",
    re.I,
)  # a study that is still to come, or goes on: what is reported is told as it was


def _phase(text: str, start: int, end: int) -> Iterator[Item]:
    found = list(_PHASE.finditer(text, start, end))
    if (
        len(found) == 1
        and not _ANOTHER.search(text, start, end)
        and _OWN_PHASE.search(text[start : found[0].start()])
    ):
        said = [found[0][name].lower() for name in "xy" if found[0][name]]
        yield _fact("phase", found[0].start(), found[0].end(), *(_ROMAN.get(x, digits(x)) for x in said))


_ALLOCATES = re.compile(r"random|assign|allocat|\bratio\b|\bdesign\s*:", re.I)
_RATIO = re.compile(
    rf"(?<![\d:])(?P<a>\d)\s?:\s?(?P<b>\d)(?:\s?:\s?(?P<c>\d))?(?![\d:])|\b(?P<d>{COUNT})[\s-]to[\s-](?P<e>{COUNT})\b(?=[^.;]{{0,20}}\b(?:ratio|random)|[^.;]{{0,3}}$)"
)
_FOR_EACH = re.compile(
    rf"\bfor\s+(?:each|every)\s+(?:{PEOPLE}|one|person)\b[^.;\d]{{0,60}}?\b(?P<k>{COUNT})\s+(?:[a-z]+\s+)?"
    r"(?:were|was|got|had|received|took)\b",
    re.I,
)


_SHARE_GOT = re.compile(
    r"\b(?:(?P<share>half|(?:an?|one)\s+third|two[\s-]thirds|(?:an?|one)\s+quarter|three[\s-]quarters"
    rf"|one\s+in\s+(?:two|three|four)|equal\s+numbers)\s+(?:of\s+)?(?:them|(?:the\s+|all\s+|these\s+)?(?:[a-z]+\s+)?{PEOPLE})?)"
    r"\s*(?:(?:was|were)\s+)?(?:given|got|received|took|put\s+on|assigned|allocated|randomi[sz]ed)\s+(?:to\s+)?"
    r"(?:(?:the|an?|inactive|active|new|study|dummy|matching)\s+)*"
    r"(?:placebo|sham|dummy|control|comparator|capsules|tablets|drug|treatment)\b(?!\s+(?:for|until|before|again|in|at|twice)\b)",
    re.I,
)
_HALF, _THIRD, _QUARTER = ("1:1", "2:1:1"), ("2:1", "1:1:1"), ("3:1", "2:1:1", "1:1:1:1")
_SHARES: dict[str, tuple[str, ...]] = {
    "half": _HALF,
    "numbers": _HALF,
    "two": _HALF,
    "third": _THIRD,
    "thirds": _THIRD,
    "three": _THIRD,
}
_SHARES |= {"quarter": _QUARTER, "quarters": _QUARTER, "four": _QUARTER}
_FOR_SO_MANY = re.compile(
    rf"\bfor\s+every\s+(?P<k>{COUNT})\s+(?:{PEOPLE})\b[^.;\d]{{0,60}}?\b(?P<m>{COUNT})\s+(?:[a-z]+\s+)?"
    r"(?:were|was|got|had|received|took)\b",
    re.I,
)
_AS_MANY = re.compile(r"\b(?P<k>twice|(?:two|three|four)\s+times)\s+as\s+many\b", re.I)


def _ratio(text: str, start: int, end: int) -> Iterator[Item]:
    many = _AS_MANY.search(text, start, end) if _ALLOCATES.search(text, start, end) else None
    if many is not None:
        yield _fact("allocation", many.start(), many.end(), f"{digits(many['k'].split()[0])}:1")
    part = _SHARE_GOT.search(text, start, end)
    if part is not None:
        last = re.split(r"[\s-]", part["share"].lower())[-1]
        yield _fact("allocation", *part.span("share"), *_SHARES[last])
    so_many = _FOR_SO_MANY.search(text, start, end)
    both = sorted((digits(so_many["k"]), digits(so_many["m"])), reverse=True) if so_many else []
    if so_many is not None and all(len(number) == 1 for number in both):  # `for every 100, 54`: a share
        yield _fact("allocation", so_many.start(), so_many.end(), ":".join(both))
        return
    each = _FOR_EACH.search(text, start, end)
    if each is not None:
        yield _fact("allocation", each.start(), each.end(), f"{digits(each['k'])}:1")
        return
    found = list(_RATIO.finditer(text, start, end)) if _ALLOCATES.search(text, start, end) else []
    if len(found) == 1:
        parts = [digits(found[0][name]) for name in "abcde" if found[0][name]]
        yield _fact("allocation", found[0].start(), found[0].end(), ":".join(sorted(parts, reverse=True)))


_HALF_OLDER = re.compile(
    rf"\bhalf\s+(?:of\s+)?(?:them|those|(?:the|all)\s+(?:[a-z]+\s+)?{PEOPLE})\s+were\s+(?:older|younger)\s+than\s+(?P<n>\d{{2}})\b"
    rf"|\bhalf\s+(?:of\s+)?(?:them|those|(?:the|all)\s+{PEOPLE})\s+were\s+(?:over|under|above|below)\s+(?P<m>\d{{2}})\b",
    re.I,
)


def _age(text: str, start: int, end: int) -> Iterator[Item]:
    found = _HALF_OLDER.search(text, start, end)
    number = printed(text, *found.span("n" if found["n"] else "m")) if found else None
    if found is not None and number is not None:
        yield Item("fact", number.start, number.end, found.start(), {"n": number}, {"what": "median age"})


_ENTERED = r"(?:enrol\w*|recruit\w*|accru\w*|randomi\w+|includ\w+|entered|joined|registered)"
_FIRST = re.compile(
    rf"\bfirst\s+(?:{PEOPLE})\s+(?:was|were|had\s+been)?\s*{_ENTERED}\W+(?:in|on)?\s*$"
    r"|\b(?:enrolment|enrollment|recruitment|accrual)\s+(?:was\s+)?(?:began|begun|opened|started)\s+(?:in|on)\s*$",
    re.I,
)
_LAST = re.compile(
    rf"\blast\s+(?:{PEOPLE})\s+(?:was|were|had\s+been)?\s*{_ENTERED}\W+(?:in|on)?\s*$"
    r"|\b(?:enrolment|enrollment|recruitment|accrual)\s+(?:was\s+)?(?:ended|closed|stopped|finished|completed?"
    r"|complete)\s+(?:in|on)\s*$",
    re.I,
)


_WHEN_CLOSED = re.compile(
    r",?\s+(?:when|in\s+which|by\s+when)\s+(?:the\s+)?(?:enrolment|enrollment|recruitment|accrual)\s+(?:was\s+)?"
    r"(?:ended|closed|stopped|finished|completed?|complete)",
    re.I,
)


def _enrolled(text: str, start: int, end: int) -> Iterator[Item]:
    """When the first and the last patient came in, as printed: a month, a day or a year."""
    whole = re.search(rf"\b{_ENTERED}", text[start:end], re.I) is not None
    for item in periods(text, start, end) if whole else ():
        if item.kind == "period":
            yield _date("enrolment began", item, item.said["from"])
            yield _date("enrolment ended", item, item.said["to"])
            return
    for found in ONE_DATE.finditer(text, start, end):
        day, before = date_of(found), text[start : found.start()]
        for what, pattern in (("enrolment began", _FIRST), ("enrolment ended", _LAST)):
            closed = what.endswith("ended") and _WHEN_CLOSED.match(text, found.end(), end)
            if day is not None and (closed or pattern.search(before)):
                yield _date(what, Item("fact", found.start(), found.end(), found.start(), {}), day)


def _date(what: str, at: Item, day: Days) -> Item:
    return Item("fact", at.start, at.end, at.first, {}, {"what": what, "value": day})


_PRIMARY = r"(?:co-?)?primary\s+(?:efficacy\s+)?(?:end\s?-?points?|outcomes?|objectives?)(?:\s+measures?)?"
_PRIMARY_IS = re.compile(
    rf"(?<!key )\b{_PRIMARY}\s*(?:(?:was|were|is|are)\s+(?:the\s+)?|[:=]\s*|\(\s*)(?P<what>[^.;]{{2,120}})",
    re.I,
)
_IS_PRIMARY = re.compile(rf"(?:,\s*(?:which\s+was\s+)?|\bwas\s+)(?:the|a|our)\s+{_PRIMARY}\b", re.I)
_JOINED = re.compile(r"\s*(?:\([^()]*\))?\s*(?:,|and|or|,\s*and|/|\+)\s+(?:[a-z-]+\s+)?$", re.I)


def _primary(text: str, start: int, end: int, named: list[Mention]) -> Iterator[Item]:
    """The endpoints that a study is said to have for its primary one, before the words or behind them."""
    found = _PRIMARY_IS.search(text, start, end)
    behind = [m for m in named if found is not None and found.start("what") <= m.start < found.end("what")]
    if found is not None and behind:
        listed = behind[:1]
        for m in behind[1:]:
            if not _JOINED.fullmatch(text[listed[-1].end : m.start]):
                break
            listed.append(m)
        if text[found.start("what") : listed[0].start].count(" ") < 6:
            yield _fact("primary endpoint", found.start(), listed[-1].end, *(m.id for m in listed))
        return
    for found in _IS_PRIMARY.finditer(text, start, end):
        before = [m for m in named if m.end <= found.start() and found.start() - m.end < 3]
        if before:
            yield _fact("primary endpoint", before[-1].start, found.end(), before[-1].id)
