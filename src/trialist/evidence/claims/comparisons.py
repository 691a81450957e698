"""What a sentence says of two of its numbers: a reduction of risk, a difference, a p value of two counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.plain import NUMBER, printed
from trialist.evidence.claims.plan_numbers import numbers as plan_numbers

_RISK = r"(?:risk|hazard|rate|chance|odds|likelihood|probability|mortality|death|progression)"
_LESS = r"(?:reduction|decrease|lower|reduced|less|fall|drop)"
_MORE = r"(?:increase|higher|increased|greater|rise)"
_CHANGE = re.compile(
    rf"(?P<x>{NUMBER})\s?%\s+(?:relative\s+|relatively\s+)?(?:(?P<less>{_LESS})"
    rf"|(?P<more>{_MORE}))\b(?P<a>[^.;%\d]{{0,60}})"
    rf"|\b(?P<verb>reduc\w+|lower\w*|cut\w*|decreas\w+|increas\w+"
    rf"|rais\w+)\s+(?P<b>[^.;%\d]{{0,60}}?)\bby\s+(?:about\s+|approximately\s+|nearly\s+"
    rf"|almost\s+)?(?P<y>{NUMBER})\s?%",
    re.I,
)
_DIFFERENCE = re.compile(
    rf"\b(?:difference|improvement|gain|advantage|benefit|prolongation|increase"
    rf"|extension)\s+(?:in\s+[a-z -]{{3,40}}?\s+)?(?:of|was|is|:|=)\s*(?:about\s+"
    rf"|approximately\s+)?(?P<x>{NUMBER})\s*(?P<u>months?|weeks|days|percentage points|points)"
    rf"|(?P<y>{NUMBER})\s+(?P<v>months?|weeks|days|percentage points)\s+(?:longer|shorter|more|less"
    rf"|later|better|higher|lower|greater)\b"
    rf"|\b(?P<z>{NUMBER})[\s-](?P<w>month|week|day|percentage-point)\s+(?:improvement|difference|gain"
    rf"|advantage|benefit|prolongation|increase|extension)"
    rf"|\bby\s+(?:about\s+|approximately\s+)?(?P<q>{NUMBER})\s+(?P<r>months?|weeks|days|percentage points"
    rf"|points)"
    rf"|\bdifference\b[^.;]{{3,80}}?\d[^;]{{0,24}}?\b(?:was|is|being)\s+(?P<s>{NUMBER})\s+(?P<t>months?"
    rf"|weeks|days"
    rf"|percentage points|points)",
    re.I,
)


_MARGIN = re.compile(r"\bor (?:less|more)\b|margin|inferior|unimportant|at least|assum|equivalen", re.I)
_OTHER_RATE = re.compile(
    r"\brisk (?:scores?|factors?|group)|\b(?:heart|success|response|event|blood|pulse) rate", re.I
)


def comparisons(
    text: str, start: int, end: int, items: Sequence[Item], against: Callable[[str, Item, Item], bool]
) -> Iterator[Item]:
    yield from _reductions(text, start, end, items)
    yield from _differences(text, start, end, items, against)
    yield from _counts(text, items, against)


def _reductions(text: str, start: int, end: int, items: Sequence[Item]) -> Iterator[Item]:
    ratios = [item for item in items if item.kind == "ratio"]
    odds = re.search(r"\bodds\b(?! ratio)", text[start:end]) is not None
    if len(ratios) != 1 or (ratios[0].said.get("measure") == "odds_ratio") != odds:
        return  # odds are no risk
    yield from _times_as_many(text, start, end, ratios[0])
    found = list(_CHANGE.finditer(text, start, end))
    if not found:
        yield from _falls(text, start, end, ratios[0])
    if len(found) != 1:
        return
    m = found[0]
    lead = text[max(start, m.start() - 40) : m.start()]
    if not re.search(_RISK, f"{lead} {m['a'] or m['b'] or ''}", re.I) or _OTHER_RATE.search(m[0]):
        return
    number = printed(text, *m.span("x" if m["x"] else "y"))
    if number is None or re.search(r"\bpercentage points?\b", m[0]):
        return
    less = bool(m["less"]) or bool(m["verb"] and re.match(r"reduc|lower|cut|decreas", m["verb"], re.I))
    if less != (ratios[0].numbers["estimate"].value < 1):
        return
    numbers = {"percent": number, "ratio": ratios[0].numbers["estimate"]}
    first, last = min(n.start for n in numbers.values()), max(n.end for n in numbers.values())
    about = re.search(
        r"\b(?:about|approximately|nearly|almost|around|roughly|some|over|more than)\s*$",
        text[: number.start][-20:],
    )
    yield Item("reduction", first, last, first, numbers, {"less": less, "about": bool(about)})


_DOWN = re.compile(
    r"\b(?:reduc\w+|decreas\w+|lower\w*|less|fell|falls?|fallen|drop\w*|cut\w*|halv\w+|fewer|smaller|down)\b",
    re.I,
)
_UP = re.compile(r"\b(?:increas\w+|higher|greater|rose|rises?|risen|rais\w+|up by|more likely)\b", re.I)
_RISKS = re.compile(rf"\b(?:{_RISK}s?|relapse|recurrence|dying|died?)\b", re.I)


_MULTIPLE = re.compile(
    r"\b(?P<two>doubl(?:ed|es|ing)|twice as)\b|\b(?P<three>(?:tripl|trebl)(?:ed|es"
    r"|ing)|three times as)\b",
    re.I,
)


def _times_as_many(text: str, start: int, end: int, ratio: Item) -> Iterator[Item]:
    """`The odds doubled (OR 2.0)`."""
    found = list(_MULTIPLE.finditer(text, start, end))
    if len(found) != 1 or not _RISKS.search(text[max(start, found[0].start() - 50) : found[0].end() + 30]):
        return
    if re.search(
        r"\b(?:almost|nearly|about|more than|over|less than|not"
        r"|some)\s*$",
        text[: found[0].start()][-12:],
    ):
        return
    more = 100 if found[0]["two"] else 200
    told = Printed(str(more), float(more), *found[0].span())
    numbers = {"percent": told, "ratio": ratio.numbers["estimate"]}
    first, last = min(n.start for n in numbers.values()), max(n.end for n in numbers.values())
    if ratio.numbers["estimate"].value > 1 and abs(ratio.numbers["estimate"].value - 1 - more / 100) > 0.25:
        yield Item("reduction", first, last, first, numbers, {"less": False, "about": True})


def _falls(text: str, start: int, end: int, ratio: Item) -> Iterator[Item]:
    """`the risk fell by 38%`, `cut by a quarter`, `one third lower`: one share beside a word of change."""
    shares = [n for n in plan_numbers(text, start, end) if n.unit == "share" and 0 < n.value < 1]
    if (
        len(shares) != 1
        or shares[0].role not in ("", "reduction", "incidence")
        or shares[0].start == ratio.start
    ):
        return
    share = shares[0]
    around = (
        re.split(r"[.;]\s", text[max(start, share.start - 50) : share.start])[-1]
        + re.split(r"[.;(]", text[share.start : min(end, share.end + 45)])[0]
    )
    down, up = bool(_DOWN.search(around)), bool(_UP.search(around))
    less = ratio.numbers["estimate"].value < 1
    if (
        down == up
        or down != less
        or not _RISKS.search(around)
        or re.search(r"\babsolute|\bpoints?\b|\bfrom\b", around)
    ):
        return
    words = not share.printed.text.endswith("%")
    percent = Printed(f"{100 * share.value:.0f}", 100 * share.value, share.start, share.end)
    if not words:
        percent = Printed(share.printed.text[:-1], share.printed.value, share.start, share.end)
    numbers = {"percent": percent, "ratio": ratio.numbers["estimate"]}
    first, last = min(n.start for n in numbers.values()), max(n.end for n in numbers.values())
    about = words or re.search(
        r"\b(?:about|approximately|nearly|almost|around|roughly|some|over|more than)\s*$",
        text[: share.start][-20:],
    )
    yield Item("reduction", first, last, first, numbers, {"less": less, "about": bool(about)})


_NONE = re.compile(r"\bno\s+(?:\w+\s+){0,2}difference\b", re.I)


def _differences(
    text: str, start: int, end: int, items: Sequence[Item], against: Callable[[str, Item, Item], bool]
) -> Iterator[Item]:
    for m in _DIFFERENCE.finditer(text, start, end):
        name, unit = next(
            (n, u) for n, u in (("x", "u"), ("y", "v"), ("z", "w"), ("q", "r"), ("s", "t")) if m[n]
        )
        number = printed(text, *m.span(name))
        if len(re.findall(r"\bfrom\b", text[start:end])) > 1:
            continue
        if name == "q" and not re.search(r"\bfrom\b[^;]*$", text[start : m.start()]):
            continue
        if number is None or _MARGIN.search(text, start, end) or _NONE.search(text, start, m.end()):
            continue
        points = "point" in m[unit].lower()
        like = [item for item in items if _like(item, points, m[unit]) and item.start != number.start]
        pairs = [(a, b) for a, b in pairwise(like) if against(text, a, b) or _set_apart(text, a, b)]
        if len(pairs) != 1 or len(like) != 2:
            continue
        first, second = (item.numbers["estimate"] for item in pairs[0])
        numbers = {"difference": number, "first": first, "second": second}
        begin, stop = min(n.start for n in numbers.values()), max(n.end for n in numbers.values())
        yield Item("difference", begin, stop, begin, numbers, {"unit": "points" if points else m[unit]})


def _set_apart(text: str, a: Item, b: Item) -> bool:
    """`30% in one arm and 18% in the other`."""
    gap = text[max(a.end, a.last) : b.first]
    return (
        len(gap) < 60
        and re.search(r"\b(?:and|v|vs|versus|compared|against|than|to)\b", gap) is not None
        and not re.search(r"[.;]\s", gap)
    )


def _like(item: Item, points: bool, unit: str) -> bool:
    if "estimate" not in item.numbers:
        return False
    return item.kind in ("percent", "share") if points else item.kind == "time" and _same(unit, item)


def _same(unit: str, item: Item) -> bool:
    return str(item.said.get("unit", "")).lower().rstrip("s")[:2] == unit.lower().rstrip("s")[:2]


def _counts(text: str, items: Sequence[Item], against: Callable[[str, Item, Item], bool]) -> Iterator[Item]:
    """Two counts of wholes that stand against each other with a p value behind them."""
    shares = [item for item in items if item.kind == "share" and {"count", "n"} <= set(item.numbers)]
    for a, b in pairwise(shares):
        gap = text[a.last : b.first]
        joined = against(text, a, b) or (
            bool(re.search(r"\b(?:v|vs|versus|compared|and)\b", gap)) and not re.search(r"\d|[.;]\s", gap)
        )
        if not joined or "p" not in b.numbers or "p" in a.numbers:
            continue
        numbers = {
            "count 1": a.numbers["count"], "n 1": a.numbers["n"],
            "count 2": b.numbers["count"], "n 2": b.numbers["n"], "p": b.numbers["p"],
        }  # fmt: skip
        begin, stop = min(n.start for n in numbers.values()), max(n.end for n in numbers.values())
        yield Item(
            "pair",
            begin,
            stop,
            begin,
            numbers,
            {"bound": b.said.get("bound", "="), "sided": b.said.get("sided"), "about": b.said.get("about")},
        )
