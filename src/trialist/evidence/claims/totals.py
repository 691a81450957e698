"""Wholes with their parts: patients by arm, events by arm, categories, and percents that make a hundred."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.claims.categories import categories, hundreds, rows
from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.partitions import partitions
from trialist.evidence.claims.plain import COUNT, INTEGER, NUMBER, printed
from trialist.evidence.claims.shares import PEOPLE, WHO
from trialist.evidence.claims.splits import allocations

_ALLOCATED = re.compile(r"\b(?:randomi[sz]ed|randomly|assigned|allocated|randomi[sz]ation)\b", re.I)
_WHOLE = re.compile(
    rf"(?<![\d./,:-])(?P<n>{COUNT})\s+(?:{WHO}|(?=were\s+(?:randomi[sz]ed|randomly|assigned|allocated)))",
    re.I,
)
_TO = re.compile(
    rf"(?<![\d./,:-])(?P<x>{COUNT})\s+(?:(?:patients|men|women|participants|subjects)\s+)?(?:were\s+|was\s+)?"
    rf"(?:randomly\s+|assigned\s+|allocated\s+|randomi[sz]ed\s+)*(?:to|in|into|on)\s+(?!\d)(?!(?:ratio|each|either|both|every"
    rf"|a\s+\d|centres|sites|countries|hospitals))"
)
_IN_EACH = re.compile(r"\bin\s+(?:each|either|every)\s+(?:treatment\s+)?(?:arm|group)\b", re.I)
_BRACKET = re.compile(
    rf"\(\s*(?:[nN]\s*=\s*(?P<x>{INTEGER})|(?P<y>\d{{2,}}))(?:\s+patients|\s+men|\s+women)?\s*\)"
)
_RATIO = re.compile(r"\b(\d)\s?:\s?(\d)(?:\s?:\s?(\d))?\b")
_EVENTS = re.compile(
    rf"(?<![\d./,:-])(?P<n>{COUNT})\s+(?P<what>(?:[a-zA-Z-]+\s+){{0,3}}?(?:deaths?|events?"
    rf"|progressions?|responses?|responders))\b"
    rf"(?:\s+(?:had\s+)?(?:occurred|were\s+\w+|in\s+all"
    rf"|in\s+total))?\s*[(:]\s*(?P<list>[^().;]{{3,120}}?)(?=[);]|\.\s|\.?$)"
)
_LISTED = re.compile(
    rf"(?<![\d./,:-])(?P<n>{COUNT})\s+(?P<who>{WHO})"
    rf"(?P<verb>[^\d().;:]{{0,60}}?)\s*(?P<open>[(:])\s*(?P<list>[^().;:]*(?:\([^()]*%\)[^().;:]*)*)"
)
_PIECE = re.compile(rf"^(?:and\s+|or\s+)?(?P<x>{COUNT})(?P<rest>\D.*)?$", re.S)
_SPLIT = re.compile(r"\s*(?:,\s*and\s|[,;]\s+|\s+and\s+|\s+(?:v|vs\.?|versus)\s+)\s*")
_PART_OF = re.compile(
    r"\b(?:including|such as|e\.g|mainly|mostly|most|among them|of whom|with|had|experienced|reported"
    r"|received)\b",
    re.I,
)


_ARMS_FOLLOW = (
    r"(?!\s+(?:to|into|on|with|and|before|after|between|within)\b"
    r"|\s+in\s+(?:the\s+)?(?:[\w-]+\s+){0,2}(?:arm|group|cohort))"
)
_TAKEN_PART = re.compile(
    rf"(?<![\d./,:-])(?P<n>{COUNT})\s+(?P<who>{WHO})\s+(?:were|had been|was)\s+(?P<verb>randomi[sz]ed"
    rf"|randomly assigned|enrolled|recruited|accrued|screened|pre-screened){_ARMS_FOLLOW}"
    rf"|\b(?:all|the|these|our)\s+(?P<n2>{INTEGER})\s+(?P<verb2>randomi[sz]ed|enrolled|recruited|accrued"
    rf"|screened)\s+{PEOPLE}\b",
    re.I,
)
_MEDIAN_AGE = re.compile(
    rf"\bmedian age\b(?:\s+(?:at\s+\w+|of\s+(?:the\s+|all\s+)?{PEOPLE}))?\s*(?:was|of|is|:|,"
    rf"|\s)*(?P<n>{NUMBER})(?!\d|\s*(?:years\s+)?(?:in|on|with|for|among)\s+(?:the\s+)?[\w-]+\s+(?:arm|group)|\s*(?:v|vs|versus|and|or|-|to)\b|\s*-|\s*%)",
    re.I,
)
_PLACES = re.compile(
    rf"(?<![\w.,/:<>=≤≥-])(?<![<>=≤≥] )(?<!other )(?<!of )(?<!of the )(?<!of all )"
    rf"(?<!additional )(?<!more )(?P<n>{COUNT})\s+"
    rf"(?:(?!or\b|and\b|of\b|than\b|metasta|disease)[a-z-]+\s+){{0,2}}?(?P<what>cent(?:re|er)s|sites|hospitals|countries)\b(?!\s+in\s+(?-i:[A-Z])|\s+of\b|\s+(?:or|per|each)\b)",
    re.I,
)


def counts(text: str, start: int, end: int) -> Iterator[Item]:
    """What is said of all: how many took part (`255 patients were randomised`), age, number of places."""
    for found in _TAKEN_PART.finditer(text, start, end):
        name, verb = ("n", "verb") if found["n"] else ("n2", "verb2")
        number = printed(text, *found.span(name))
        if number is None or (found["who"] and len(found["who"].split()) > 2):
            continue
        said = found[verb].lower().replace("z", "s")
        what = {"randomly assigned": "randomised", "recruited": "enrolled"}.get(said, said)
        yield Item("count", found.start(), found.end(), found.start(), {"n": number}, {"what": what})
    ages = list(_MEDIAN_AGE.finditer(text, start, end))
    number = printed(text, *ages[0].span("n")) if len(ages) == 1 else None
    if number is not None:
        yield Item("fact", number.start, number.end, ages[0].start(), {"n": number}, {"what": "median age"})
    for found in _PLACES.finditer(text, start, end):
        if _OF_THEIR_OWN.match(text, found.end()):
            continue
        number = printed(text, *found.span("n"))
        what = re.sub("sites|centers", "centres", found["what"].lower())
        if number is not None:
            yield Item("fact", found.start(), found.end(), found.start(), {"n": number}, {"what": what})


_OF_THEIR_OWN = re.compile(  # centres of which something of their own is told
    r"\s+(?:had|have|has|did|replied|failed|which|that|whose|dropped|closed|never|could|were\s+(?:late|closed|slow))\b"
)


def totals(text: str, start: int, end: int, before: tuple[int, int] | None = None) -> Iterator[Item]:
    found = _allocated(text, start, end)
    if found is not None:
        yield found
    yield from _events(text, start, end)
    held = [] if found is None else [found]
    for items in (
        _listed(text, start, end),
        _by_arm(text, start, end),
        allocations(text, start, end, before),
        partitions(text, start, end, before),
        categories(text, start, end),
        rows(text, start, end),
    ):
        for item in items:
            if all(item.numbers["total"].start != one.numbers["total"].start for one in held):
                held.append(item)
                yield item
    percents = list(_hundred(text, start, end))
    yield from percents or hundreds(text, start, end)


def _allocated(text: str, start: int, end: int) -> Item | None:
    """`755 patients were randomised: 378 to X and 377 to Y`."""
    if not _ALLOCATED.search(text, start, end) or _IN_EACH.search(text, start, end):
        return None
    wholes = list(_WHOLE.finditer(text, start, end))
    if not wholes:
        return None
    parts = list(_TO.finditer(text, wholes[0].end(), end))
    if len(parts) < 2:
        parts = list(_BRACKET.finditer(text, wholes[0].end(), end))
    if len(parts) < 2:
        return None
    whole = [m for m in wholes if m.end() <= parts[0].start()][-1]
    between = text[whole.end() : parts[0].start()]
    if re.search(r"\b(?:screened|eligible|excluded|assessed|declined|withdrew|refused)\b", between):
        return None
    lead = text[start : whole.start()]
    if _PART_BEFORE.search(lead) and not _ALL_OF.fullmatch(lead):
        return None
    randomly = parts[0].re is _TO and re.match(r"\s*(?:were\s+)?randomly assigned to the\b", between)
    if (
        _PART_ITSELF.match(between)
        or randomly
        or any(m.start() == part.start() for m in wholes[:1] for part in parts)
    ):
        return None
    if _LONE.search(re.sub(r"\d\s?:\s?\d(?:\s?:\s?\d)?", "", between)):
        return None  # another number stands between: those who went on
    total = printed(text, *whole.span("n"))
    held = [printed(text, *m.span("x" if m["x"] else "y")) for m in parts]
    if _SOME.search(text[parts[0].start() : end]) and parts[0].re is _TO:
        return None  # those who did something, not all who were allocated
    if total is None or any(one is None for one in held):
        return None
    ratio = _RATIO.search(text, start, end)
    shares = tuple(int(g) for g in ratio.groups() if g) if ratio else ()
    two = (shares and len(shares) == len(held)) or bool(
        re.search(r"\b(?:two|both) (?:arms|groups)\b", text[start:end])
    )
    return _item(total, held, "allocated", {"ratio": shares, "all_named": bool(two)})


_PART_BEFORE = re.compile(r"\b(?:(?<!total )of|by|than|among)\s+(?:the\s+)?$|[<>≤≥]\s*$", re.I)
_ALL_OF = re.compile(r"\W*(?:Of|Among|Out of)\s+(?:the\s+|all\s+|a total of\s+)?", re.I)
_SOME = re.compile(
    r"\b(?:underwent|completed|discontinued|analy[sz]ed|evaluable|received|withdrew|evaluated"
    r"|were included)\b"
)
_PART_ITSELF = re.compile(
    r"\s*(?:who\s+)?(?:were\s+)?(?:assigned|allocated|randomi[sz]ed|treated|receiving|given|received|in"
    r"|on|to)\s+(?:to|into|the|each|group|arm|with)\b"
    r"(?!\s+(?:receive\b|two|three|one of|either))"
)
_LONE = re.compile(
    rf"(?<![\d./,:-])(?<!\w-){INTEGER}(?!\s*(?:%|mg|ug|g\b|months|weeks|days|years|mL|GBq|kBq|arms|groups"
    rf"|centres|sites|countries|hospitals))(?![\w.:/-]*\w)"
)


def _events(text: str, start: int, end: int) -> Iterator[Item]:
    """`196 events (95 with X and 101 with Y)`."""
    for found in _EVENTS.finditer(text, start, end):
        total = printed(text, *found.span("n"))
        pieces = _pieces(text, *found.span("list"))
        if re.search(r"\d\s+(?:and|v|vs\.?|versus)\s+$", text[start : found.start()]):
            continue  # one number of each arm
        if total is None or pieces is None or not 2 <= len(pieces) <= 3:
            continue
        if any(re.search(r"%|months|years|planned|expected|required", rest) for _, rest in pieces):
            continue
        if (
            re.search(r"\b(?:required|planned|after|needed|at)\s*$", text[start : found.start()])
            and "(" not in found[0]
        ):
            continue
        yield _item(total, [one for one, _ in pieces], "events", {"what": found["what"].strip()})


_BY_ARM = re.compile(
    rf"(?<![\w.,/:-])(?P<n>{COUNT})(?:\s+{WHO}\s+(?:had\s+|have\s+)?(?:died|progressed|relapsed|responded|withdrew"
    rf"|discontinued)(?:\s+[a-z]+){{0,4}}|\s+(?:deaths|events)(?:\s+[a-z]+){{0,3}})\s*[,:(]\s*"
    rf"(?P<x>{COUNT})\s+(?P<by>with|in|on)\s+[^\d,;.()]{{2,50}}?,?\s+and\s+(?P<y>{COUNT})\s+(?P=by)\s+"
    r"[^\d,;.()]{2,50}(?=[.;)]|$)",
    re.I,
)


def _by_arm(text: str, start: int, end: int) -> Iterator[Item]:
    """`181 patients had died, 85 in the one arm and 96 in the other`."""
    for found in _BY_ARM.finditer(text, start, end):
        total, *parts = (printed(text, *found.span(g)) for g in ("n", "x", "y"))
        if total is not None and None not in parts:
            yield _item(total, parts, "events", {"what": "events"})


def _listed(text: str, start: int, end: int) -> Iterator[Item]:
    """`137 patients were screened: 40 positive, 63 negative and 34 undetermined`."""
    for found in _LISTED.finditer(text, start, end):
        behind = text[found.end() : end].lstrip()
        if _PART_BEFORE.search(text[start : found.start()]):
            continue
        if behind and (behind[0] not in ").," if found["open"] == "(" else behind[0] != "."):
            continue  # the list goes on
        if found["open"] == "(" and not behind.startswith(")"):
            continue
        if behind[:1] == "." and behind[1:2].isdigit():
            continue
        total = printed(text, *found.span("n"))
        pieces = _pieces(text, *found.span("list"))
        if (
            total is None
            or pieces is None
            or len(pieces) < 2
            or _PART_OF.search(found["verb"] + " " + pieces[0][1])
        ):
            continue
        if any(re.search(r"^\s*(?:%|mg|months|weeks|days|mL|/)|\bof\s+\d", rest) for _, rest in pieces):
            continue
        if any(not rest.strip() for _, rest in pieces[:-1]) and len({rest.strip() for _, rest in pieces}) > 2:
            continue
        named = tuple(rest.strip(" ,") for _, rest in pieces)
        yield _item(total, [one for one, _ in pieces], "categories", {"names": named, "open": found["open"]})


def _pieces(text: str, start: int, end: int) -> list[tuple[Printed, str]] | None:
    """The numbers of a list whose every piece begins with one; None when it is no such list."""
    found: list[tuple[Printed, str]] = []
    at = start
    bounds = [(m.start(), m.end()) for m in _SPLIT.finditer(text, start, end)] + [(end, end)]
    for stop, after in bounds:
        piece = text[at:stop]
        shift = len(piece) - len(piece.lstrip())
        match = _PIECE.match(piece.strip())
        if match is None:
            return None
        number = printed(text, at + shift + match.start("x"), at + shift + match.end("x"))
        if number is None:
            return None
        rest = re.sub(r"^\s*\(\s*[\d.]+\s*%\s*\)", " ", match["rest"] or "")
        found.append((number, rest))
        at = after
    return found


_WHOLE_WORDS = re.compile(
    r"\b(men|women|male|female|positive|negative|undetermined|unknown|yes|no|complete|partial|stable"
    r"|progressive"
    r"|not evaluable|evaluable|resistant|sensitive|younger|older)\b",
    re.I,
)


def _hundred(text: str, start: int, end: int) -> Iterator[Item]:
    """`29% positive, 46% negative and 25% undetermined`: percents of complementary categories."""
    for found in re.finditer(
        rf"(?:{NUMBER}\s?%\s+[a-z][a-z -]{{2,30}}(?:,\s*(?:and\s+)?|\s+and\s+"
        rf"|;\s*)){{1,5}}{NUMBER}\s?%\s+[a-z][a-z -]{{2,30}}",
        text[start:end],
    ):
        pieces = list(re.finditer(rf"(?P<x>{NUMBER})\s?%\s+(?P<word>[a-z][a-z -]*[a-z])", found[0]))
        if len(pieces) == 2 and re.search(r"\bin\s+$", text[start : start + found.start()]):
            continue  # the percent of each of two kinds
        words = [m["word"] for m in pieces]
        if (len(pieces) < 3 and not _opposed(words)) or any(
            re.match(r"(?:of|in|for|among)\b", w) for w in words
        ):
            continue
        if not all(_WHOLE_WORDS.search(word) for word in words) and not all(
            _OUTCOME.search(w) for w in words
        ):
            continue
        at = start + found.start()
        held = [printed(text, at + m.start("x"), at + m.end("x")) for m in pieces]
        if any(one is None for one in held) or held[0] is None:
            continue
        yield _item(held[0], held, "percents", {"names": tuple(words)})


_OUTCOME = re.compile(
    r"\b(?:respon\w+|complete|partial|stable|progress\w*|evaluable|assess\w*|died|alive)\b", re.I
)


def _opposed(words: list[str]) -> bool:
    pairs = (
        {"positive", "negative"},
        {"men", "women"},
        {"male", "female"},
        {"resistant", "sensitive"},
        {"yes", "no"},
    )
    held = {m[0].lower() for word in words for m in [_WHOLE_WORDS.search(word)] if m}
    return any(pair <= held for pair in pairs)


def _item(total: Printed, parts: list[Printed | None], form: str, said: dict[str, object]) -> Item:
    numbers = {"total": total, **{f"part {k}": part for k, part in enumerate(parts, 1) if part is not None}}
    ends = [number.end for number in numbers.values()]
    starts = [number.start for number in numbers.values()]
    return Item("total", min(starts), max(ends), min(starts), numbers, {"form": form, **said})
