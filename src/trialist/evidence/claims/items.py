"""Quantities of one stretch of text: ratios, percents, times, each with its interval and p value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.plain import NUMBER, SIGNED, printed
from trialist.evidence.claims.thresholds import limit


@dataclass(slots=True)
class Item:
    """A quantity while it is read. `first` is where its words begin, `start` where its number does."""

    kind: str
    start: int
    end: int
    first: int
    numbers: dict[str, Printed] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """Where the last of its numbers ends: interval and p value included."""
        return max([self.end, *(number.end for number in self.numbers.values())])


class Taken:
    """Stretches of the text that are read already."""

    def __init__(self) -> None:
        self._held: list[tuple[int, int]] = []

    def free(self, start: int, end: int) -> bool:
        return all(end <= a or start >= b for a, b in self._held)

    def take(self, start: int, end: int) -> None:
        self._held.append((start, end))


UNIT = r"(?:months?|mo(?:nths)?\b|weeks?|wks?|days?|years?|yrs?)"
_CI = r"(?:CIs?|CrIs?|c\.i\.|[Cc]onfidence [Ii]ntervals?|[Cc]onfidence [Ll]imits|[Cc]redible [Ii]ntervals?)"
_LEVEL = (
    rf"(?:(?:two-sided |repeated |adjusted |exact )?"
    rf"(?P<level>\d{{2}}(?:[.,]\d{{1,2}})?)\s?(?:%|per ?cent)?\s?-?{_CI}"
    rf"|(?P<plain>\d{{2}}(?:\.\d)?)\s?%\s+(?:interval|limits)"
    rf"|{_CI}[\s,]*(?P<after>\d{{2}}(?:\.\d{{1,2}})?)\s?%|{_CI}[\s-]?(?P<short>9[059])(?=[\s:,;=])|{_CI})"
)
_NONE = r"(?P<{0}>not reached|not estimable|not evaluable|not calculable|NR|NE|NA|N/A|∞)"
_SEP = r"\s*(?:%|months?|mo)?\s*(?P<sep>-|to|through|;|,|and|until)\s*"
_ENDS = (
    rf"(?:(?P<low>{SIGNED})|{_NONE.format('lownone')}){_SEP}(?:(?P<high>{SIGNED})|{_NONE.format('highnone')})"
)
INTERVAL = re.compile(
    rf"\b{_LEVEL}(?:\s*[(\[]\s*{_CI}\s*[)\]])?[\s:,;=]*(?:(?!(?:and|which|for|exclud\w+"
    rf"|includ\w+|not|in|at)\b)[a-z]+\s+){{0,4}}?(?:of|was|from|is|between)?[\s(\[]*{_ENDS}"
)
BARE = re.compile(rf"[(\[]\s*(?:{_CI}[\s:,]*)?{_ENDS}(?=\s*(?:%|months?|weeks?|days?|years?)?\s*[)\];,])")
SPREAD = re.compile(
    rf"\b(?P<what>IQR|[Ii]nter-?quartile range|[Rr]ange|[Qq]1-[Qq]3)[\s:,;=]*(?:of|was|from"
    rf"|is)?[\s(\[]*{_ENDS}"
)
_OPERATOR = r"(?P<op>=|<|>|≤|≥|was less than|less than|below|more than|greater than|of less than)"
P_VALUE = re.compile(
    rf"\b[Pp](?:[\s-]?values?)?\s*(?:(?:for|of)\s+(?P<for>[a-z-]+(?: [a-z]+)?)"
    rf"|[-\s_]?(?P<sub>interaction|trend|int|het))?"
    rf"\s*(?:(?:was|is|of|:|,|\()\s*)*(?:{_OPERATOR}\s*)?(?P<p>{NUMBER})(?!\s*%)(?:\s*x\s*10)?"
)
_RATIO = (
    r"(?P<name>(?:[Ss]tratified |[Aa]djusted |[Cc]ause-specific |[Ss]ubdistribution )*"
    r"(?:[Hh]azards? [Rr]atios?|[Oo]dds [Rr]atios?|[Rr]isk [Rr]atios?|[Rr]elative [Rr]isks?"
    r"|[Rr]ate [Rr]atios?)"
    r"|\ba?HRs?\b|\ba?ORs?\b|\bRRs?\b)"
)
_BRIDGE = r"(?P<bridge>(?:\(?\[?\s*(?:95|99|90|97\.\d+)\s?%\s?-?\s?CI\s*\]?\)?|[^.;\d]|\bvs?\.){0,90}?)"
RATIO = re.compile(rf"{_RATIO}{_BRIDGE}(?P<value>{NUMBER})(?!\d)")
_TIGHT = re.compile(r"[\s=:,(\[)\]of\-was]{0,10}(?:\(?\[?\s*95\s?%\s?CI\s*\]?\)?[\s:,=]*)?")
_KIND = {"h": "hazard_ratio", "o": "odds_ratio", "r": "risk_ratio"}
_AGAINST = r"(?:v\.?|vs\.?|versus|compared (?:with|to)|against|and|or|to)"


def p_values(text: str, start: int, end: int, taken: Taken) -> Iterator[Item]:
    for found in P_VALUE.finditer(text, start, end):
        number = printed(text, *found.span("p"), decimal=True)
        if number is None or not 0 <= number.value <= 1:
            continue
        if "." not in number.text and (found["op"] is None or number.text not in ("0", "1")):
            continue
        if not taken.free(*found.span("p")):
            continue
        taken.take(found.start(), found.end())
        if re.match(r"\s*(?:-|to)\s*\.?\d", text[found.end() : end]):
            continue  # from one p value to another
        op = found["op"] or "="
        bound = "<" if op in ("<", "≤", "was less than", "less than", "below", "of less than") else op
        bound = ">" if bound in ("≥", "more than", "greater than") else bound
        about = found["for"] or found["sub"]
        said = {"bound": bound, "about": about}
        yield Item("p", found.start(), found.end(), found.start(), {"p": number}, said)


def intervals(text: str, start: int, end: int, taken: Taken) -> Iterator[Item]:
    for kind, pattern in (("spread", SPREAD), ("interval", INTERVAL)):
        for found in pattern.finditer(text, start, end):
            if re.match(r"\s*(?:-|to)\s*\d", text[found.end() : end]) or not taken.free(*found.span()):
                continue
            numbers = _ends(text, found)
            if numbers is None or _mixed(text, found, end):
                continue
            level = None
            if kind == "interval":
                name = next((word for word in ("level", "after", "short", "plain") if found[word]), "level")
                level = printed(text, *found.span(name), decimal=True) if found[name] else None
                if level is not None:
                    numbers["level"] = level
            taken.take(found.start(), found.end())
            yield Item(kind, found.start(), found.end(), found.start(), numbers, {"bare": False})


def _mixed(text: str, found: re.Match[str], end: int) -> bool:
    """Whether the two ends have different units: `12 months to 11 years`."""
    low = re.search(UNIT, text[found.start("sep") - 8 : found.start("sep")])
    high = re.match(rf"\s*({UNIT})", text[found.end() : end])
    return bool(low and high and low[0][:2].lower() != high[1][:2].lower())


def bare_interval(text: str, at: int, end: int, taken: Taken) -> Item | None:
    """An interval in brackets without a word, directly behind a number that ends at `at`."""
    behind = re.match(r"\s*(?:months?|weeks?|days?|years?|%)?,?\s*", text[at:end])
    found = BARE.match(text, at + (behind.end() if behind else 0), end)
    if found is None or not taken.free(*found.span()):
        return None
    if text[found.start()] == "[" and "." not in text[found.start() : found.end()]:
        return None  # a citation
    if found["sep"] == "and" or (found["sep"] == "," and "." not in (found["low"] or ".")):
        return None
    numbers = _ends(text, found)
    if numbers is None:
        return None
    taken.take(found.start() + 1, found.end())
    return Item("interval", found.start(), found.end(), found.start(), numbers, {"bare": True})


_BEHIND_COMMA = re.compile(rf"\s*[,;:]\s*{_ENDS}(?!\d|\s*(?:%|-))")


def interval_behind_comma(text: str, item: Item, end: int, taken: Taken) -> Item | None:
    """`HR 0.56, 0.41-0.78`: two numbers behind a ratio, on both sides of it."""
    found = _BEHIND_COMMA.match(text, item.end, end)
    if found is None or found["sep"] not in ("-", "to") or not taken.free(*found.span()):
        return None
    numbers = _ends(text, found)
    if numbers is None or len(numbers) < 2:
        return None
    if not numbers["low"].value <= item.numbers["estimate"].value <= numbers["high"].value:
        return None
    taken.take(*found.span())
    return Item("interval", found.start("low"), found.end(), found.start("low"), numbers, {"bare": True})


_RATIO_ALONE = re.compile(
    rf"(?<![\w.,/%-])(?P<value>\d{{1,2}}\.\d{{1,3}})\s*[(\[]\s*(?P<named>{_CI}[\s:,]*"
    rf"|\d\d(?:\.\d+)?\s?%\s?{_CI}[\s:,]*)?"
    r"(?P<low>\d{1,2}\.\d{1,3})\s*(?:-|to)\s*(?P<high>\d{1,3}\.\d{1,3})\s*[)\],;]"
)
_LAST_NAME = re.compile(_RATIO)
BACK = 700  # characters before a ratio without a name in which its name may stand


_UNIT_NEAR = re.compile(
    rf"\s*(?:v|vs\.?|versus|and|against)?\s*(?:[\d.]+\s*(?:\([\d.\s,;to-]+\)\s*)?)?{UNIT}"
)


def ratios_alone(text: str, start: int, end: int, taken: Taken) -> Iterator[Item]:
    """`0.68 (0.54-0.85)` where hazard ratios are spoken of: a ratio that is not named again."""
    for found in _RATIO_ALONE.finditer(text, start, end):
        value, low, high = (float(found[word]) for word in ("value", "low", "high"))
        inside = (low <= value <= high or found["named"] is not None) and value < 10
        if _UNIT_NEAR.match(text, found.end(), end):
            continue
        if not taken.free(*found.span("value")) or not inside or value > 20:
            continue
        names = list(_LAST_NAME.finditer(text, max(0, found.start() - BACK), found.start()))
        number = printed(text, *found.span("value"), decimal=True)
        if (
            not names
            or number is None
            or re.search(r"\bmedians?\b", text[names[-1].end() : found.start()], re.I)
        ):
            continue
        taken.take(*found.span("value"))
        said = {"measure": _kind(names[-1]["name"]), "alone": True}
        yield Item("ratio", number.start, number.end, number.start, {"estimate": number}, said)


def _kind(name: str) -> str:
    bare = re.sub(
        r"^(?:stratified|adjusted|cause-specific|subdistribution| )+|^a(?=[HO]R)", "", name, flags=re.I
    )
    return _KIND[bare[0].lower()]


def _ends(text: str, found: re.Match[str]) -> dict[str, Printed] | None:
    numbers: dict[str, Printed] = {}
    for end in ("low", "high"):
        if found[end] is not None:
            number = printed(text, *found.span(end), decimal=True)
            if number is None:
                return None
            numbers[end] = number
    return numbers or None


def ratios(text: str, start: int, end: int, taken: Taken) -> Iterator[Item]:
    at = start
    while found := RATIO.search(text, at, end):
        at = found.start("value")
        name, bridge = found["name"], found["bridge"]
        if name.strip("as") in ("OR", "RR") and not _TIGHT.fullmatch(bridge):
            at = found.end("name")
            continue
        number = printed(text, *found.span("value"), decimal=True)
        behind = text[found.end("value") : end]
        at = found.end("value")
        if (
            number is None
            or not taken.free(*found.span("value"))
            or not _can_be_ratio(number, behind, bridge)
        ):
            continue
        taken.take(*found.span("value"))
        kind = _kind(name)
        item = Item(
            "ratio",
            number.start,
            number.end,
            found.start(),
            {"estimate": number},
            {"measure": kind, "words": name + bridge},
        )
        yield item
        yield from _listed(text, number, end, item, taken)


def _listed(text: str, number: Printed, end: int, item: Item, taken: Taken) -> Iterator[Item]:
    """Further ratios of one list: `hazard ratios 0.64 and 0.54`."""
    more = re.compile(
        rf"\s*(?:,|and|, and)\s*(?P<value>0\.\d+|1\.\d+)(?!\d|\s*(?:%|{UNIT}|mg|(?:-|to)\s*\d))"
    )
    at = number.end
    while found := more.match(text, at, end):
        again = printed(text, *found.span("value"), decimal=True)
        if again is None or not taken.free(again.start, again.end):
            return
        taken.take(again.start, again.end)
        yield Item(
            "ratio", again.start, again.end, again.start, {"estimate": again}, {**item.said, "listed": True}
        )
        item.said["listed"] = True
        at = again.end


def _can_be_ratio(number: Printed, behind: str, bridge: str) -> bool:
    if bridge.rstrip().endswith("+"):
        return False
    if "." not in number.text and number.value not in (1, 2, 3):
        return False
    if number.value > 60 or re.search(
        r"\b(?:interval|CI|P|p|power|alpha|margin|limit|bound)\s*[=:,<]?\s*$", bridge
    ):
        return re.search(r"95\s?%\s?CI\W*$", bridge) is not None and not re.match(r"\s*(?:-|to)\s*\d", behind)
    if re.search(r"\b(?:errors?|alpha|significance|power)\b", bridge):
        return False
    if re.match(r"\s*(?:-|to)\s*\d", behind):  # a range: its interval alone
        return False
    if re.search(r"\b(?:median|months|percent|P|p)\b", bridge):
        return False
    return (
        re.match(
            rf"\s*(?:%|percent|{UNIT}|mg|mL|ng|bpm|beats|mmHg|kg|cm|mmol|patients|men\b|women\b|GBq)", behind
        )
        is None
    )


PERCENT = re.compile(
    rf"(?P<value>{SIGNED})\s?(?:%|per ?cent(?!age|ile)\b)(?!\s?-?\s?(?:CI|confidence|credible|power))"
)
UNMARKED = re.compile(
    rf"(?<![A-Za-z\d.,])(?<![A-Za-z]-)(?P<value>{NUMBER})"
    rf"(?P<between>\s*(?:\([^()]*\)\s*)?(?:(?!(?:men|women|patients|people|participants)\b)[a-z][a-z-]*\s+){{0,3}}?{_AGAINST}\s+)"
    rf"(?=(?:[a-z]+\s){{0,2}}?(?P<next>{NUMBER})\s?(?P<unit>%|{UNIT}\b))"
)
_RANGE = re.compile(r"\bor\s*$|\bto\s*$")
_CHANGING = re.compile(
    r"\b(?:improv\w+|increas\w+|prolong\w+|extend\w+|lengthen\w+|delay\w+|rais\w+|rose|fell|reduc\w+"
    r"|decreas\w+|lower\w*|cut)\b"
    r"[^.;]{0,120}\bfrom\s+(?:a median of\s+|about\s+)?$",
    re.I,
)


def _changed(text: str, start: int, found: re.Match[str]) -> bool:
    """`prolonged survival from 11.3 to 15.3 months`: two values, not a range."""
    return (
        found["between"].strip().endswith("to") and _CHANGING.search(text[start : found.start()]) is not None
    )


TIME = re.compile(rf"(?P<value>{SIGNED})[\s-]?(?P<unit>{UNIT})(?![\w])")


_LIST = re.compile(
    rf"(?<![\w.,-])(?P<list>(?:{NUMBER}\s?,\s+)+)(?P<next>{NUMBER})(?P<between>\s?,?\s+and\s+){NUMBER}"
)


def _of_lists(text: str, start: int, end: int, starts: dict[int, Item]) -> Iterator[re.Match[str]]:
    """`18.9, 17.4 and 16.5 months`: the numbers before the last two, which share the unit as well."""
    one = re.compile(rf"(?P<value>{NUMBER})(?P<between>\s?,\s+)(?=(?P<next>{NUMBER}))")
    for found in _LIST.finditer(text, start, end):
        last = max((s for s in starts if found.start() <= s <= found.end()), default=None)
        if last is None:
            continue
        for number in one.finditer(text, *found.span("list")[:1], found.end("next")):
            starts.setdefault(number.start("next"), starts[last])
            yield number
        starts.setdefault(found.start("next"), starts[last])


_SPREAD_BEFORE = re.compile(r"(?:±|\+/-|\bSDs?\b[\s,:=of]*|\bSEM?\b[\s,:=of]*|[<>≤≥]=?|\d\s?\+)\s*$")


def plain_values(text: str, start: int, end: int, taken: Taken) -> Iterator[Item]:
    """Percents and times, and the numbers that share the unit of the next (`13.6 v 11.0 months`)."""
    held: list[Item] = []
    for kind, pattern in (("percent", PERCENT), ("time", TIME)):
        for found in pattern.finditer(text, start, end):
            number = printed(text, *found.span("value"))
            if number is None or not taken.free(*found.span()):
                continue
            taken.take(*found.span())
            if (
                _SPREAD_BEFORE.search(text[max(start, number.start - 12) : number.start])
                or number.value > 2000
            ):
                continue
            if kind == "percent" and limit(text, *found.span(), start):
                continue
            if (
                kind == "time"
                and text[number.start - 1 : number.start] == "("
                and text[found.end() : found.end() + 1] == ")"
            ):
                continue  # a spread in brackets
            said = {} if kind == "percent" else {"unit": found["unit"]}
            held.append(Item(kind, number.start, found.end(), number.start, {"estimate": number}, said))
    starts = {item.start: item for item in held}
    for found in [*UNMARKED.finditer(text, start, end), *_of_lists(text, start, end, starts)]:
        number, after = printed(text, *found.span("value")), starts.get(found.start("next"))
        if number is not None and after is not None and after.kind == "percent" and number.value > 100:
            continue
        if number is None or after is None or not taken.free(*found.span("value")):
            continue
        if (_RANGE.search(found["between"]) and not _changed(text, start, found)) or (
            "(" in found["between"] and after.kind == "time"
        ):
            continue
        taken.take(*found.span("value"))
        held.append(
            Item(
                after.kind,
                number.start,
                number.end,
                number.start,
                {"estimate": number},
                {**after.said, "shared": True},
            )
        )
    yield from sorted(held, key=lambda item: item.start)
