"""Counts with percent and whole: `41 of 115 (35.7%)`, `35.7% (41/115)`, `35.7% of 115 patients`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.claims.items import Item, Taken
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.plain import COUNT, INTEGER, NUMBER, printed
from trialist.evidence.claims.thresholds import threshold

PEOPLE = (
    r"(?:patients?|men|women|participants?|subjects?|people|persons|cases|adults|children|responders"
    r"|samples|biopsies"
    r"|individuals|tumou?rs|pairs)"
)
_NO = (
    r"(?!(?:of|and|or|in|were|was|had|has|have|with|to|from|shows?|showed|the|for|on|at|by|vs?|versus"
    r"|than|but|out"
    r"|per|weeks?|months?|days?|years?|mg|mL|hours?|minutes?)\b)"
)
WHO = rf"(?:(?:{_NO}[a-zA-Z][\w-]*\s+){{0,4}}?{PEOPLE}\b)"
_PCT = rf"(?P<pct>{NUMBER})\s?%"
_X, _N = rf"(?P<x>{COUNT})", rf"(?P<n>{INTEGER})(?! \d{{3}}\b|\s*(?:million|billion|thousand))"
_ALL = r"(?:the\s+|all\s+|a total of\s+)?"
_OF = rf"\s+(?:out\s+)?of\s+{_ALL}"
_NOT_BEFORE = r"(?<![\d./,%])(?<!\d[-\s])(?<![A-Za-z])(?<![A-Za-z]-)"
_UNIT = r"(?!\s*-?\s*(?:%|mg|mm|months|weeks|days|years|mL|kg|IU))"
_WHOM = rf"(?:\s+{WHO}(?:\s+[a-z-]+){{0,6}}?)?"
_WHOSE = rf"(?:\s+{WHO}(?:\s+[a-z-]+){{0,6}}?|(?:\s+[a-z-]+){{1,4}}?)?"
_OF_THEM = rf"(?:\s+of\s+(?:them|these|(?:the|these|all)?\s*{PEOPLE}))?"

_PATTERNS = (
    ("x of n (p)", re.compile(
        rf"{_NOT_BEFORE}{_X}\s+(?:[a-z-]+\s+){{1,3}}?(?:among|of|in)\s+{_ALL}{_N}\s+{WHO}\s*\(\s*{_PCT}")),
    ("x of n (p)", re.compile(rf"{_NOT_BEFORE}{_X}{_OF}{_N}{_WHOSE}\s*[(\[,;:]\s*{_PCT}")),
    ("x of n (p)", re.compile(
        rf"{_NOT_BEFORE}{_X}\s+{PEOPLE}\s+(?:out\s+)?of\s+{_ALL}{_N}\s*[(\[,;:]\s*{_PCT}")),
    ("x of n (p)", re.compile(rf"{_NOT_BEFORE}{_X}\s*/\s*{_N}{_WHOM}\s*[(\[]\s*{_PCT}")),
    ("x of n (p)", re.compile(rf"(?<=[(\[]){_X}\s*/\s*{_N}\s*[,;=]\s*{_PCT}")),
    ("p (x of n)", re.compile(
        rf"{_NOT_BEFORE}{_PCT}{_OF_THEM}\s*[(\[,;]\s*(?:n\s*=\s*)?{_X}(?:{_OF}|\s*/\s*){_N}{_UNIT}")),
    ("x (p) of n", re.compile(
        rf"{_NOT_BEFORE}{_X}(?:\s+{WHO})?\s*[(\[]\s*{_PCT}\s*[)\]]\s*"
        rf"(?:{WHO}\s+)?(?:out\s+)?of\s+{_ALL}{_N}{_UNIT}")),
    ("p of n", re.compile(rf"{_NOT_BEFORE}{_PCT}\s+of\s+(?:the\s+|all\s+)?{_N}\s+{WHO}")),
    ("x (p)", re.compile(rf"{_NOT_BEFORE}{_X}(?:\s+{WHO})?\s*[(\[]\s*{_PCT}\s*[)\],;]")),
    ("p (n or x)", re.compile(
        rf"{_NOT_BEFORE}{_PCT}{_OF_THEM}\s*[(\[]\s*(?:n\s*=\s*{_X}|(?P<y>{INTEGER})\s+{PEOPLE})\s*[)\],;]")),
    ("p (x of n)", re.compile(
        rf"{_NOT_BEFORE}{_X}\s+{WHO},?\s+(?:or|i\.e\.,?|that is,?)\s+{_PCT}\s+of\s+(?:the\s+|all\s+)?{_N}")),
    ("p (x of n)", re.compile(
        rf"{_NOT_BEFORE}{_PCT}\s*\(\s*(?:n\s*=\s*)?{_X}\s*\)\s+of\s+{_ALL}{_N}{_UNIT}")),
    ("x of n (p)", re.compile(rf"{_NOT_BEFORE}{_X}(?:\s+{WHO})?\s*[(\[]\s*{_PCT}\s+of\s+{_ALL}{_N}\s*[)\]]")),
    ("x of n (p)", re.compile(
        rf"{_NOT_BEFORE}{_X}\s*\(\s*(?:out\s+)?of\s+{_ALL}{_N}\s*\)\s*(?:{WHO})?[\s,]*(?:i\.e\.,?"
        rf"|that is,?|or|=|\()\s*{_PCT}")),
    ("x (p)", re.compile(rf"(?<=[(\[])\s*n\s*=\s*{_X}\s*[,;]\s*{_PCT}\s*(?=[)\]])")),
    ("x (p)", re.compile(rf"{_NOT_BEFORE}{_X},\s+(?:that is|i\.e\.|or),?\s+{_PCT},")),
    ("x (p)", re.compile(
        rf"{_NOT_BEFORE}{_X}\s+(?:[a-z-]+\s+){{0,2}}?(?:responses?|remissions|deaths"
        rf"|events)\s*[(\[]\s*{_PCT}\s*[)\],;]")),
    ("x of n", re.compile(rf"{_NOT_BEFORE}{_X}\s+(?:out\s+)?of\s+{_ALL}{_N}\s+{WHO}(?!\s*\()")),
    ("x of n", re.compile(
        rf"{_NOT_BEFORE}(?P<x>{INTEGER})\s+of\s+{_ALL}(?P<n>[1-9]\d{{1,3}})(?=\s*(?:\)|;|,|and\b|v\b|vs\b"
        rf"|versus\b|with\b|on\b|in\b|given\b))")),
)  # fmt: skip
_MORE_PARTS = re.compile(rf"[^()]*?\b(?:and|,|v|vs\.?|versus)\s*{INTEGER}\s*(?:/|of)\s*{INTEGER}[^()%]*\)")
_OTHER_WHOLE = re.compile(
    rf"\s*(?:v|vs\.?|versus)\s+{NUMBER}\s?%|\s+of\s+[a-zA-Z]|\)?\s*(?:weeks|months|days|years)\b"
    rf"|\s*[,;]\s*{NUMBER}\s?%(?!\s*-?\s*C)"
)
_LABEL_BEFORE = re.compile(
    r"\b(?:groups?|weeks?|grades?|stages?|days?|arms?|cohorts?|types?|phases?|levels?|visits?|doses?"
    r"|tables?|sites?"
    r"|circles?|squares?|figs?\.?|figures?)\s*$",
    re.I,
)
_LABELS_BEFORE = re.compile(  # `grade 3 or 4 neutropenia in 15 men (33%)`
    r"\b(?:grades?|stages?|types?|levels?)\s*(?:\d\s*,\s*)*\d\s*(?:-|/|,?\s*\b(?:and|or|to)\b)\s*$", re.I
)
_BOUND_BEFORE = re.compile(r"(?:\b(?:below|above|over|under|than|least|most|exceed\w*)|[<>≤≥])\s*$", re.I)
_NO_COUNT = re.compile(  # `all but four`, `one in twelve men (8%)`, `2 of 25 is 8%, 3 of 25 12%`
    r"\ball but\s+$|\b(?:one|1)\s+in\s+(?:every\s+)?$|\bof\s+\d+\s+(?:is|are|was|were|makes?|=)\s*$", re.I
)
_LEAD = re.compile(
    rf"^\W*(?:Of|Among|Out of)\s+(?:the\s+|all\s+|a total of\s+)?(?P<n>{COUNT})\s+(?P<who>{WHO})", re.I
)
_GROUP = (
    r"(?:(?:cohort|group|population|series|sample|set)\s+(?:was\s+(?:made\s+up\s+)?|consisted\s+"
    r"|comprised\s+|contained\s+|included\s+)?(?:of\s+)?)"
)
_ALL_OF = re.compile(
    rf"^\W*(?:In|Of|Among|Out of|With)\s+(?:(?:the|this|our|these|a"
    rf"|all)\s+)?(?:(?!and\b)[a-z]+\s+)??{_GROUP}?(?P<n>{COUNT})\s+(?P<who>{WHO})(?:\s+in\s+(?:the|this"
    rf"|our)\s+(?:cohort|group|series|study|trial))?\s*,",
    re.I,
)
_SEEN_IN = re.compile(
    rf"\b(?:was|were)\s+(?:seen|reached|observed|achieved|found|reported|noted|recorded"
    rf"|documented)\s+(?:in|by|for)\s+{_PCT}(?!\s*\()"
    rf"|\b(?:response|remission|control|benefit|discontinuation|completion)\s+rate\s+(?:was"
    rf"|of)\s+{_PCT.replace('<pct>', '<pct3>')}(?!\s*\()"
    rf"|{_PCT.replace('<pct>', '<pct2>')}(?:\s+of\s+them)?\s+(?:had|responded|achieved|experienced"
    rf"|developed|reported)\b"
)
_RATE = re.compile(
    r"surviv|median|kaplan|estimate|probabilit|per-protocol|evaluable|measurable|missing", re.I
)
_NAMED_WHOLE = re.compile(rf"(?<![\d./,:-])(?P<n>{COUNT})\s+{WHO}", re.I)
_BACK = re.compile(
    r"\b(?:of|in|by)\s+(?:them|these)\b(?=\s*(?:[(,.;]|$|had\b|were\b|was\b|did\b|have\b))", re.I
)
_ANY_COUNT = re.compile(r"(?<![\w.,/-])\d[\d,]*(?![\w.%/-]|\s*(?:%|months|years|weeks|days|mg))")


def _percent_of_lead(text: str, start: int, end: int, taken: Taken) -> Iterator[Item]:
    """`In the cohort of 28 patients, control was reached in 59%`: a percent of the whole that leads."""
    lead = _ALL_OF.match(text[start:end])
    if lead is None or _RATE.search(text, start, end):
        return
    found = list(_SEEN_IN.finditer(text, start + lead.end(), end)) if "%" in text[start:end] else []
    whole = _number(text, start + lead.start("n"), start + lead.end("n"))
    if whole is None or len(found) != 1 or text.count("%", start, end) != 1:
        return
    number = _number(text, *found[0].span(next(n for n in ("pct", "pct2", "pct3") if found[0][n])))
    if number is None or not taken.free(number.start, number.end):
        return
    taken.take(number.start, number.end + 1)
    numbers = {"n": whole, "percent": number, "estimate": number}
    yield Item("share", number.start, number.end + 1, number.start, numbers, {"form": "p of n"})


_TAIL = re.compile(rf"\b(?:among|of|in)\s+(?:the|all|these)\s+(?:the\s+)?(?P<n>{COUNT})\s+{PEOPLE}\W*$", re.I)


def _whole_at_end(text: str, start: int, end: int) -> Printed | None:
    """The whole that ends a sentence: `... were common among the 64 patients`."""
    found = _TAIL.search(text, start, end)
    return _number(text, *found.span("n")) if found else None


def _whole_before(text: str, before: tuple[int, int] | None, start: int, end: int) -> Printed | None:
    """The whole that the sentence before names, where this one speaks of `them`."""
    if before is None or not _BACK.search(text, start, end):
        return None
    found = list(_NAMED_WHOLE.finditer(text, *before))
    if len(_ANY_COUNT.findall(text, *before)) > 1:
        return None  # `these` may be some of them
    return _number(text, *found[0].span("n")) if len(found) == 1 else None


def shares(
    text: str, start: int, end: int, taken: Taken, before: tuple[int, int] | None = None
) -> Iterator[Item]:
    """Shares of a sentence; `before`: where the sentence before it stands, whose whole `them` may be."""
    earlier = _whole_before(text, before, start, end)
    tail = _whole_at_end(text, start, end)
    lead = _LEAD.match(text[start:end])
    whole = _number(text, start + lead.start("n"), start + lead.end("n")) if lead else None
    open_lead = whole is not None
    for form, pattern in _PATTERNS:
        for found in pattern.finditer(text, start, end):
            if not taken.free(*found.span()):
                continue
            ahead, behind = text[max(start, found.start() - 24) : found.start()], text[found.end() : end]
            if _BOUND_BEFORE.search(ahead) or _NO_COUNT.search(ahead) or _OTHER_WHOLE.match(behind):
                continue
            if found.groupdict().get("pct") and threshold(text, *found.span("pct"), start):
                continue
            if form == "p (x of n)" and _MORE_PARTS.match(behind):
                continue
            if _LABEL_BEFORE.search(ahead) and form != "x of n":
                continue
            if _LABELS_BEFORE.search(ahead) and re.match(r"\d\s+(?!of\b|out\b)[a-z]", found[0]):
                continue
            groups = found.groupdict()
            numbers: dict[str, Printed] = {}
            for word, group in (("count", "x"), ("count", "y"), ("n", "n"), ("percent", "pct")):
                if groups.get(group):
                    number = _number(text, *found.span(group))
                    if number is None:
                        break
                    numbers[word] = number
            else:
                if not _sound(numbers, form):
                    continue
                taken.take(*found.span())
                first = numbers.get("percent") or numbers["count"]
                item = Item("share", first.start, found.end(), found.start(), numbers, {"form": form})
                if "percent" in numbers:
                    numbers["estimate"] = numbers["percent"]
                most = numbers["count"].value if "count" in numbers else 0
                if (
                    earlier is not None
                    and earlier.value >= most
                    and _may_be_of(numbers, earlier)
                    and "n" not in numbers
                    and text.count("%", start, end) == 1
                ):
                    numbers["n"] = earlier
                    item.said["form"] = "of n, x (p)"
                if tail is not None and form == "x (p)" and "n" not in numbers and first.end < tail.start:
                    numbers["n"] = tail
                    item.said["form"] = "of n, x (p)"
                if form == "x (p)" and open_lead and whole is not None and _led(text, whole, found.start()):
                    numbers["n"] = whole
                    item.said["form"] = "of n, x (p)"
                yield item
    yield from _percent_of_lead(text, start, end, taken)


def _may_be_of(numbers: dict[str, Printed], whole: Printed) -> bool:
    """Whether a count may be of a whole of another sentence: its share is not many times the printed one."""
    count, percent = numbers.get("count"), numbers.get("percent")
    if count is None or percent is None or whole.value <= 0 or percent.value <= 0:
        return True
    return 0.4 < 100 * count.value / whole.value / percent.value < 2.5


def _led(text: str, whole: Printed, start: int) -> bool:
    """Whether nothing between the whole and a count names another whole."""
    if start < whole.end:
        return False
    between = text[whole.end : start]
    if re.match(rf"\s+{WHO}\s+who\b[^,;\d]*,\s*$", between):
        return True
    return re.search(r"\d|\bof (?:whom|these|those|them|which)\b|\bwho\b|;", between) is None


def _sound(numbers: dict[str, Printed], form: str) -> bool:
    count, n, percent = numbers.get("count"), numbers.get("n"), numbers.get("percent")
    if (count is not None and "." in count.text) or (n is not None and ("." in n.text or n.value == 0)):
        return False
    if (
        form == "x of n"
        and count is not None
        and n is not None
        and count.value > 1900
        and n.value < count.value
    ):
        return False
    return percent is None or percent.value <= 100.0 or form not in ("p of n",)


def _number(text: str, start: int, end: int) -> Printed | None:
    return printed(text, start, end)
