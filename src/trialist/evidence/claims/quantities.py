"""The quantities of a stretch of text, each with the interval and the p value that stand behind it."""

from __future__ import annotations

import re

from trialist.evidence.claims.items import (
    Item,
    Taken,
    bare_interval,
    interval_behind_comma,
    intervals,
    p_values,
    plain_values,
    ratios,
    ratios_alone,
)
from trialist.evidence.claims.plain import NUMBER, printed
from trialist.evidence.claims.shares import shares

_GLUE = re.compile(
    r"[\s,;:()\[\]=]*(?:(?:months?|weeks?|days?|years?|%|and|with|its|the|an?|in both|stratified"
    r"|unstratified|log-rank|logrank"
    r"|two-sided|one-sided|2-sided|1-sided|nominal|tests?|by|Cox|chi-square|Wald|Fisher's exact|CMH"
    r"|corresponding)"
    r"(?![a-z])[\s,;:()\[\]=]*)*"
)


def attach(text: str, items: list[Item], end: int, taken: Taken) -> None:
    """Give intervals, spreads and p values to the estimates that they stand behind."""
    estimates = [item for item in items if item.kind in ("ratio", "percent", "time", "share")]
    rest = [item for item in items if item.kind in ("interval", "spread", "p")]
    for place, item in enumerate(estimates):
        stop = estimates[place + 1].first if place + 1 < len(estimates) else end
        if "low" not in item.numbers and "high" not in item.numbers:
            bare = bare_interval(text, item.end, stop, taken)
            if bare is not None and item.kind in ("time", "percent") and not _near(item, bare):
                bare = None
            if bare is None and item.kind == "ratio":
                bare = interval_behind_comma(text, item, stop, taken)
            if bare is not None and (item.kind != "percent" or "." in text[bare.start : bare.end]):
                rest.append(bare)
    for other in sorted(rest, key=lambda one: one.start):
        before = [item for item in estimates if item.end <= other.start]
        if not before:
            continue
        item = before[-1]
        gap = text[item.last : other.start]
        if other.kind == "p":
            before_it = re.search(
                r"\b[Pp]\s*[<>=≤]\s*[\d.]+\s*[,;]\s*$", text[max(0, item.first - 24) : item.first]
            )
            if "p" not in item.numbers and _GLUE.fullmatch(gap) and not before_it:
                item.numbers["p"] = other.numbers["p"]
                item.said |= {key: value for key, value in other.said.items() if value is not None}
                around = gap + text[other.end : other.end + 14]
                item.said["sided"] = "one" if re.search(r"one-sided|1-sided", around) else None
                other.said["given"] = True
            continue
        if "low" in item.numbers or "high" in item.numbers or "spread" in item.said:
            continue
        if _belongs(item, other, gap, text):
            item.numbers |= other.numbers
            item.said["bare"] = other.said["bare"]
            if other.kind == "spread":
                item.said["spread"] = True
            other.said["given"] = True


def _near(item: Item, interval: Item) -> bool:
    """Whether an interval without a word may be of a value: `65 years (0.46-0.87)` has that of another."""
    value, low, high = (
        item.numbers["estimate"].value,
        interval.numbers.get("low"),
        interval.numbers.get("high"),
    )
    if low is None or high is None or item.numbers["estimate"].decimals == low.decimals:
        return True
    ends = sorted((low.value, high.value))
    return ends[0] <= 4 * value and 4 * ends[1] >= value


def _belongs(item: Item, other: Item, gap: str, text: str) -> bool:
    """Whether an interval is that of the estimate before it, by what stands between them."""
    if item.kind == "ratio":
        loose = not other.said["bare"] and len(gap) < 60 and not re.search(r"\d|\.\s", gap)
        return loose or _GLUE.fullmatch(gap) is not None
    if "p" in item.numbers:
        return False
    opened = r"\s*" if other.said["bare"] else r"[\s)]*(?:months?|weeks?|days?|years?)?\s*[(\[,]\s*"
    within = item.kind == "share" and re.fullmatch(r"\s*[;,]\s*", gap) and _open(text, item)
    if not (within or re.fullmatch(opened, gap)) or re.search(
        r"\bto\s+$", text[max(0, item.first - 4) : item.first]
    ):
        return False
    inside = text.rfind("(", 0, item.first) > text.rfind(")", 0, item.first)
    return bool(within) or not (gap.strip() == "," and inside and item.kind != "time")


def _open(text: str, item: Item) -> bool:
    """Whether the bracket of a count is still open behind it: `39.2% (129/329; 95% CI ...`."""
    said = text[item.first : item.last]
    return said.count("(") + said.count("[") > said.count(")") + said.count("]")


_ENDPOINT = re.compile(
    r"\b(?:OS|r?PFS|DFS|EFS|survival|progression|response|ORR|pain|PSA|relapse|recurrence|deaths?)\b", re.I
)


# Measures of a survival curve with a test of their own.
_OTHER_MEASURE = re.compile(r"\brestricted[\s-]mean\b|\bRMSTs?\b|\bmilestone\b|\blandmark\b", re.I)


def _lone_p(text: str, items: list[Item], start: int, end: int) -> None:
    """The only p value of a sentence is that of its only ratio, wherever it stands."""
    ratios_ = [item for item in items if item.kind == "ratio"]
    ps = [item for item in items if item.kind == "p"]
    others = any(item.kind in ("percent", "share") for item in items)
    if len(ratios_) != 1 or len(ps) != 1 or others or ps[0].said.get("given") or "p" in ratios_[0].numbers:
        return
    if len({word.lower()[:4] for word in _ENDPOINT.findall(text, start, end)}) > 1:
        return
    item, p = ratios_[0], ps[0]
    if item.end < p.start and re.search(
        r"\b(?:yet|but|whereas|although|while"
        r"|however)\b",
        text[item.end : p.start],
    ):
        return
    if item.end < p.start and _OTHER_MEASURE.search(text, item.end, p.start):
        return
    item.numbers["p"] = p.numbers["p"]
    item.said |= {key: value for key, value in p.said.items() if value is not None}
    item.said["sided"] = "one" if re.search(r"one-sided|1-sided", text[start:end]) else None
    p.said["given"] = True


_RAN = re.compile(
    rf"[\s,)]*(?:which\s+)?(?:(?:went|ran|runs|goes|running|ranging|ranged|extended|extending|stretched"
    rf"|stretching|was)\s+from|was|is)\s+(?P<low>{NUMBER})\s+(?:to|up to|through)\s+(?P<high>{NUMBER})"
)
_AROUND = re.compile(r"(?:CI|[Cc]onfidence (?:interval|limits))\b[^.;\d]{0,40}$")


def _interval_around(text: str, items: list[Item], start: int, taken: Taken) -> None:
    """`The confidence interval around the hazard ratio of 1.12 went from 0.91 to 1.38`."""
    for item in items:
        found = _RAN.match(text, item.end)
        if item.kind != "ratio" or found is None or "low" in item.numbers:
            continue
        ends = {word: printed(text, *found.span(word), decimal=True) for word in ("low", "high")}
        if _AROUND.search(text[start : item.first]) and taken.free(found.start("low"), found.end("high")):
            taken.take(found.start("low"), found.end("high"))
            item.numbers |= {word: end for word, end in ends.items() if end is not None}
            item.said["bare"] = False


_OF_RATIO = re.compile(r"\s*[)\]]?\s*(?:around|of|for|about|on)\b[^.;\d]{0,40}")


def _interval_before(text: str, items: list[Item]) -> None:
    """`The 95% confidence interval (0.49 to 0.91) around the hazard ratio of 0.67`."""
    for interval in (item for item in items if item.kind == "interval" and not item.said.get("given")):
        for item in items:
            if item.kind == "ratio" and "low" not in item.numbers and item.start > interval.end:
                if _OF_RATIO.fullmatch(text[interval.end : item.first]) or (
                    item.first <= interval.end + 40 and _OF_RATIO.fullmatch(text[interval.end : item.start])
                ):
                    item.numbers |= interval.numbers
                    interval.said["given"] = True
                break


def items_of(
    text: str, start: int, end: int, taken: Taken, before: tuple[int, int] | None = None
) -> list[Item]:
    """All quantities between two offsets, in order, intervals and p values given to what they belong to."""
    found = [
        *p_values(text, start, end, taken),
        *intervals(text, start, end, taken),
        *ratios(text, start, end, taken),
    ]
    _interval_around(text, found, start, taken)
    found += ratios_alone(text, start, end, taken)
    found += shares(text, start, end, taken, before)
    found += plain_values(text, start, end, taken)
    found.sort(key=lambda item: item.start)
    attach(text, found, end, taken)
    _interval_before(text, found)
    _lone_p(text, found, start, end)
    return found


_GOES_ON = re.compile(
    r"(?:(?:[Ii]ts|[Tt]he|[Tt]his|[Tt]hat|[Aa]nd|[Ww]ith|[Aa]n?|[Tt]wo-sided|[Ll]og-?rank"
    r"|[Cc]orresponding|[Aa]ssociated"
    r"|[Aa]ccompanying|[Uu]ncertainty|\(?\s*\d\d(?:\.\d+)?\s?%)\s+)*(?:[Tt]est\s+)?(?:[Cc]onfidence|CI\b"
    r"|[Ii]nterval|[Pp]\b|[Pp]-?\s?value)"
)


def continued(text: str, start: int, end: int) -> dict[str, Item]:
    """`Its 95% confidence interval went from 0.39 to 0.78.`: what a sentence says of the ratio before it."""
    if not _GOES_ON.match(text, start, end):
        return {}
    items = items_of(text, start, end, Taken())
    told = [item.start for item in items if item.kind in ("interval", "p")]
    if not told or any(
        i.kind in ("ratio", "percent", "time", "share") and i.start < max(told) for i in items
    ):
        return {}
    kinds = {kind: [item for item in items if item.kind == kind] for kind in ("interval", "p")}
    return {kind: found[0] for kind, found in kinds.items() if len(found) == 1}
