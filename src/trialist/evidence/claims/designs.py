"""Sentences on power and size."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.plain import COUNT, INTEGER, NUMBER, printed
from trialist.evidence.claims.shares import PEOPLE

_POWER = re.compile(
    r"(?P<a>\d{2}(?:\.\d+)?)\s?(?:%|per ?cent)[\s-]+(?:statistical\s+)?(?:power(?:ed)?"
    r"|chance of (?:detecting|finding|showing))\b"
    r"|\bpower(?:ed)?\s*(?:of (?:the|this) (?:study|trial|test|analysis"
    r"|comparison)\s*)?(?:\(1\s*-\s*β\))?\s*(?:[:=]|of"
    r"|was|is|to be|about|at least|at|set at|set to|≥|,|\(|\s)*\s*"
    r"(?P<b>0?\.\d+|\d{2}(?:\.\d+)?)(?P<unit>\s?%)?(?!\d)",
    re.I,
)
_ALPHA = re.compile(
    r"(?:\balpha\b|α|\bsignificance(?: level)?|\btype (?:I|1) error(?: rate)?|\b(?:one|two|1|2)-(?:sided"
    r"|tailed)(?: (?:level|test|significance level|alpha|paired t[- ]test|log-?rank test))*|\blevel)"
    r"\s*(?:\([^)]*\)\s*)?(?:[:=]|of|was|is|at|set at|set to|controlled at|the|level|,"
    r"|\s)*\s*(?P<a>0?\.\d+|\d{1,2}(?:\.\d+)?)(?P<unit>\s?%)?(?!\d)"
    r"|(?P<b>\d{1,2}(?:\.\d+)?)(?P<unit2>\s?%)\s+(?:(?:one|two)-sided\s+)?(?:significance|type I|alpha"
    r"|level)|\bat\s+(?:a\s+)?(?:the\s+)?(?P<c>0?\.0\d+)\s+level",
    re.I,
)
_RATIO = re.compile(rf"\b(?:[Hh]azard [Rr]atio|HR)\b[^.\d]{{0,40}}(?P<x>{NUMBER})")
_EFFECT = re.compile(
    rf"\b(?:effect size|standardi[sz]ed (?:effect|difference|change)"
    rf"|Cohen's d)\b[^.\d]{{0,25}}(?P<x>{NUMBER})",
    re.I,
)
_FROM_TO = re.compile(
    rf"\b(?:from|between)\s+(?P<x>{NUMBER})\s?%?\s*(?:[a-z ]{{0,30}}?)\s*(?:to"
    rf"|and)\s+(?P<y>{NUMBER})\s?%|(?P<x2>{NUMBER})\s?%?\s*(?:[a-z ]{{0,30}}?)(?:v|vs\.?|versus"
    rf"|against)\s+(?P<y2>{NUMBER})\s?%"
)
_NULL = re.compile(
    rf"\b(?:null|uninteresting|unacceptable|p0|historical|control|exclude|reject"
    rf"|rule out)\b[^.\d%]{{0,50}}(?P<x>{NUMBER})\s?%",
    re.I,
)
_ALTERNATIVE = re.compile(
    rf"\b(?:alternative|target|promising|desirable|interest|p1|expected"
    rf"|true)\b[^.\d%]{{0,50}}(?P<x>{NUMBER})\s?%",
    re.I,
)
_APART = re.compile(
    rf"(?P<y>{NUMBER})\s?%\s+from\s+(?:[a-z-]+\s+){{0,6}}?(?P<x>{NUMBER})\s?%"
    rf"|\brul\w+ out\b[^.;\d]{{0,40}}(?P<x2>{NUMBER})\s?%[^.;\d]{{0,60}}(?P<y2>{NUMBER})\s?%",
    re.I,
)
_LENGTH = r"\s*-?\s*(?:months?|mo\b|weeks?|years?)"
_MEDIANS = re.compile(
    rf"\b(?:from|of|be|is|was)\s+(?P<x>{NUMBER})(?:{_LENGTH})?(?P<gap>\s*(?:to|v\.?|vs\.?|versus|against"
    rf"|and|compared (?:with|to))\s+|[^.;\d]{{0,60}}?\b(?:and|to|v\.?|vs\.?|versus|against"
    rf"|compared (?:with|to))\s+(?:[a-z]+\s+){{0,2}}?)(?P<y>{NUMBER}){_LENGTH}",
    re.I,
)
_MEDIAN = re.compile(r"\bmedian\b", re.I)
_REDUCTION = re.compile(
    rf"(?P<x>{NUMBER})\s?%\s+(?:relative\s+)?(?:reduction|decrease|lower|improvement)\s+(?:in"
    rf"|of)\s+(?:the\s+)?(?:[a-z]+\s+)?(?:risk|hazard)s?\b"
    rf"|\breduc\w+\s+(?:of\s+|in\s+)?(?:the\s+)?(?:risk"
    rf"|hazard)s?\b[^.;\d%]{{0,30}}\bby\s+(?P<y>{NUMBER})\s?%",
    re.I,
)
_SIZE = re.compile(
    rf"(?<![\d./,:-])(?P<x>{COUNT})\s+(?P<what>(?:[a-zA-Z-]+\s+){{0,4}}?(?:events?|deaths|progressions"
    rf"|pairs|{PEOPLE}))(?P<per>\s+(?:per|in each|in either|each)\s*(?:arm|group)?)?\b"
    rf"|\b[nN]\s*=\s*(?P<y>{INTEGER})(?P<per2>\s+(?:per|in each)\s+(?:arm|group))?"
    rf"|(?<![\d./,:-])(?P<z>{COUNT})(?P<per3>\s+(?:per|in each|in either)\s+(?:arm|group))\b"
    rf"|\b[Nn]umber of (?P<what2>events|deaths|progressions|patients)\b[^.;]{{0,40}}?(?:\bis|\bwas|:"
    rf"|=)\s*(?P<w>{COUNT})(?!\s*%)"
)
_ONE_SIDED = re.compile(r"\b(?:one|1)-(?:sided|tailed)\b")
_TWO_SIDED = re.compile(r"\b(?:two|2)-(?:sided|tailed)\b")
_ALLOCATION = re.compile(r"\b(\d)\s?:\s?(\d)\b")
_STAGES = re.compile(
    rf"\b(?P<r>{INTEGER})\s*(?:or fewer\s+)?(?:responses?\s+|responders\s+)?(?:/|of|out of"
    rf"|among)\s*(?:the first\s+)?(?P<n>{INTEGER})\b"
)


AROUND = 400  # characters before and behind a sentence on power in which its size may stand


def designs(text: str, start: int, end: int, part: tuple[int, int] | None = None) -> Iterator[Item]:
    """At most one design of a sentence that states a power; its size may stand elsewhere in the paragraph."""
    power = _POWER.search(text, start, end)
    if power is not None:
        around = part or (start, end)
        near = (max(around[0], start - AROUND), min(around[1], end + AROUND))
        found = _design(text, start, end, power, near)
        if found is not None:
            yield found


def _design(text: str, start: int, end: int, power: re.Match[str], part: tuple[int, int]) -> Item | None:
    stated = _share(text, power, "a" if power["a"] else "b", percent=bool(power["a"] or power["unit"]))
    if stated is None or not 0.4 < _fraction(stated) < 1:
        return None
    numbers: dict[str, Printed] = {"power": stated}
    said: dict[str, object] = {}
    held = [power.span()]
    for window in ((start, end), part):
        alpha = next((m for m in _ALPHA.finditer(text, *window) if not _within(m, held)), None)
        if alpha is not None:
            name = next(n for n in "abc" if alpha[n])
            unit = alpha["unit"] if name == "a" else alpha["unit2"] if name == "b" else None
            value = _share(text, alpha, name, percent=bool(unit))
            if value is not None and 0 < _fraction(value) <= 0.2:
                numbers["alpha"] = value
                break
    for window in ((start, end), part):
        for word, pattern in (("effect_size", _EFFECT), ("ratio", _RATIO)):
            found = pattern.search(text, *window)
            number = printed(text, *found.span("x"), decimal=True) if found else None
            if number is not None and number.value > 0 and not _measured(text, number):
                numbers.setdefault(word, number)
        if not {"ratio", "effect_size"} & set(numbers):
            said |= _of_time(text, *window, numbers)
        if {"ratio", "effect_size", "median 1", "reduction"} & set(numbers):
            break
    if not {"ratio", "effect_size", "median 1", "reduction"} & set(numbers):
        _proportions(text, start, end, numbers)
        if "second" not in numbers:
            _proportions(text, *part, numbers)
    sizes = [*_sizes(text, start, end), *_sizes(text, *part)]
    kinds: list[str] = []
    for place, (number, what) in enumerate({one.start: (one, kind) for one, kind in sizes}.values()):
        numbers[f"size {place + 1}"] = number
        kinds.append(what)
    around = (
        text[start:end]
        if _ONE_SIDED.search(text, start, end) or _TWO_SIDED.search(text, start, end)
        else text[slice(*part)]
    )
    said["sides"] = 1 if _ONE_SIDED.search(around) else 2 if _TWO_SIDED.search(around) else None
    allocation = _ALLOCATION.search(text, *part)
    said["allocation"] = (int(allocation[1]), int(allocation[2])) if allocation else None
    whole = text[slice(*part)]
    said["test"] = _test(text[start:end], whole, numbers)
    said["per group"] = bool(
        re.search(r"\b(?:per|in each|in either) (?:arm|group)\b|\beach (?:arm|group)\b", whole)
    )
    said["sizes"] = tuple(kinds)
    inside = {word for word, number in numbers.items() if start <= number.start < end}
    refers = _THIS.search(text, start, end) is not None or (
        "effect_size" not in numbers and _only(text, part, numbers)
    )
    said["effect here"] = refers or bool(inside & {"ratio", "effect_size", "second", "median 1", "reduction"})
    said["size here"] = any(word.startswith("size") for word in inside)
    spots = [n for n in numbers.values() if start <= n.start < end]
    return Item(
        "design", min(n.start for n in spots), max(n.end for n in spots), power.start(), numbers, said
    )


_THIS = re.compile(
    r"\b(?:this|that|such an?|the (?:above|stated|assumed|same|target\w*|expected))\s+(?:\w+\s+)?"
    r"(?:difference|effect|hazard ratio|HR|improvement|reduction|increase|benefit)\b",
    re.I,
)


def _of_time(text: str, start: int, end: int, numbers: dict[str, Printed]) -> dict[str, object]:
    """A hazard ratio that is not written: of two medians (exponential), or one less a reduction of risk."""
    found = _REDUCTION.search(text, start, end)
    number = printed(text, *found.span("x" if found["x"] else "y")) if found else None
    if number is not None and 0 < number.value < 90:
        numbers["reduction"] = number
        return {}
    for pair in _MEDIANS.finditer(text, start, end):
        before = text[max(start, pair.start() - 80) : pair.start()]
        first, second = printed(text, *pair.span("x")), printed(text, *pair.span("y"))
        if (
            first is None
            or second is None
            or not _MEDIAN.search(before + pair[0])
            or first.value == second.value
        ):
            continue
        if min(first.value, second.value) > 0 and 0.2 < first.value / second.value < 5:
            numbers["median 1"], numbers["median 2"] = first, second
            break
    return {}


def _only(text: str, part: tuple[int, int], numbers: dict[str, Printed]) -> bool:
    """Whether a paragraph speaks of one design: one power, and one effect that is told before it."""
    if len(list(_POWER.finditer(text, *part))) != 1:
        return False
    ratios = {m["x"] for m in _RATIO.finditer(text, *part)}
    effects = {
        word for word in ("ratio", "effect_size", "median 1", "reduction", "second") if word in numbers
    }
    return (
        len(ratios) <= 1 and bool(effects) and ("second" not in effects or len(_shares_in(text, part)) <= 3)
    )


def _shares_in(text: str, part: tuple[int, int]) -> list[str]:
    """The percents of a paragraph that are neither a power nor a level."""
    held = [m.group("x") for m in re.finditer(rf"(?P<x>{NUMBER})\s?%", text[slice(*part)])]
    return [one for one in held if one not in ("5", "2.5", "10", "80", "90", "95", "85")]


def _measured(text: str, number: Printed) -> bool:
    return re.match(r"\s*(?:%|month|-\s?\d|to\s+\d)", text[number.end : number.end + 12]) is not None


def _proportions(text: str, start: int, end: int, numbers: dict[str, Printed]) -> None:
    null, alternative = _NULL.search(text, start, end), _ALTERNATIVE.search(text, start, end)
    if null is not None and alternative is not None and null.start("x") != alternative.start("x"):
        pair = printed(text, *null.span("x")), printed(text, *alternative.span("x"))
    else:
        found = _APART.search(text, start, end) or _FROM_TO.search(text, start, end)
        if found is None:
            return
        names = ("x", "y") if found["x"] else ("x2", "y2")
        pair = printed(text, *found.span(names[0])), printed(text, *found.span(names[1]))
    first, second = pair
    if first is not None and second is not None:
        numbers["first"], numbers["second"] = first, second


_OTHER_DESIGN = re.compile(
    r"cluster|practices|schools|villages|clinics|Mantel|stratified|non-?inferior|equivalence|interim"
    r"|crossover|cross-over|factorial|intraclass",
    re.I,
)


def _test(sentence: str, text: str, numbers: dict[str, Printed]) -> str | None:
    """Which test a design speaks of; None where it does not say."""
    groups = re.search(r"\b(?:per|each|either|both|two|between)\s+(?:arms?|groups?)\b", sentence)
    if re.search(r"\b(?:paired|pairs)\b", sentence, re.I) and "effect_size" in numbers and not groups:
        return "paired_t"
    if "effect_size" in numbers:
        means = groups and not re.search(
            r"ANOVA|correlation|chi|regression|Wilcoxon|Mann|within|interact", text
        )
        return "two_sample_t" if means and not _OTHER_DESIGN.search(text) else None
    if re.search(r"non-?inferior|equivalence", text, re.I):
        return None
    if {"ratio", "median 1", "reduction"} & set(numbers):
        return "log_rank"
    one = (
        r"single[- ]arm|one[- ]arm|distinguish|rul\w+ out|single[- ]stage|one[- ]stage|two-stage|Simon"
        r"|one[- ]sample|uninteresting"
    )
    if "second" in numbers and re.search(one, text, re.I):
        return "two_stage" if re.search(r"two-stage|Simon", text) and "alpha" in numbers else "one_proportion"
    if (
        "second" in numbers
        and (groups or re.search(r"\brandomi[sz]", text))
        and not _OTHER_DESIGN.search(text)
    ):
        return "two_proportions"
    return None


def _sizes(text: str, start: int, end: int) -> list[tuple[Printed, str]]:
    found: list[tuple[Printed, str]] = []
    for m in _SIZE.finditer(text, start, end):
        name = next(group for group in "xyzw" if m[group])
        number = printed(text, *m.span(name))
        if number is None or number.value < 3:
            continue
        what = (m["what"] or m["what2"] or "patients").split()[-1].lower()
        kind = (
            "events"
            if what.startswith(("event", "death", "progression"))
            else "pairs"
            if what.startswith("pair")
            else "patients"
        )
        found.append((number, kind + (" per group" if m["per"] or m["per2"] or m["per3"] else "")))
    return found


def _within(found: re.Match[str], held: list[tuple[int, int]]) -> bool:
    return any(found.start() < stop and begin < found.end() for begin, stop in held)


def _share(text: str, found: re.Match[str], name: str, *, percent: bool) -> Printed | None:
    """A share as a number with its digits; percents are told from fractions by `fraction`."""
    number = printed(text, *found.span(name), decimal=True)
    if number is None:
        return None
    return Printed(
        number.text + ("%" if percent else ""),
        number.value / 100 if percent else number.value,
        number.start,
        number.end,
    )


def _fraction(number: Printed) -> float:
    return number.value if number.value < 1 else number.value / 100
