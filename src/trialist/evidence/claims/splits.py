"""Wholes and parts in any order: a whole before, behind or between its parts, in words, in a list of items.

`totals.py` reads the usual forms first; what stands here reads a sentence as counts with words around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.plain import COUNT, INTEGER, NUMBER, printed
from trialist.evidence.claims.shares import WHO

_UNIT = (
    r"(?:\s?%|\s*-?\s*(?:mg|mL|g\b|ug|months?|weeks?|days?|years?|hours?|arms?|groups?|cent(?:re|er)s?|sites?"
    r"|countries|hospitals?|cycles?|visits?|GBq|Gy|lines?|strata|stages?|phases?)\b|\s*[:/]\s*\d|\s*-\s*\d)"
)
_COUNTS = re.compile(rf"(?<![\d.,/:≤≥<>-])(?<![A-Za-z]-)(?P<x>{COUNT})(?!{_UNIT})(?![\w-])", re.I)
_ALLOCATION = re.compile(
    r"\b(?:randomi[sz]\w+|assign\w*|allocat\w*|split (?:over|into|between)|divided|entered|took part"
    r"|were given|was given)\b",
    re.I,
)
_IN_ALL = re.compile(r"\s+(?:[a-z-]+\s+){0,2}?(?:in\s+(?:all|total)|altogether|overall)\b", re.I)
_WHOLE_AHEAD = re.compile(
    r"\b(?:total of|in all,?|in total,?|altogether,?|(?:of|among) (?:the|these|all)|of)\s+$", re.I
)
_FOLLOWED = re.compile(
    rf"\s+(?:{WHO})(?:\s+with\s+[a-z -]{{3,40}}?)?\s*(?:,|:|were\b|was\b|underwent\b|entered\b|took\b"
    rf"|joined\b|had\s+been\b|randomi[sz]ed\b|who\b)",
    re.I,
)
_FOLLOWED_BY_SPLIT = re.compile(r"\s+(?:were\s+)?(?:randomi[sz]ed|assigned|allocated|split|divided)\b", re.I)
_LEFT_OUT = re.compile(
    r"\b(?:screen\w*|eligible|exclud\w*|declin\w*|withdr\w*|refus\w*|evaluable|complet\w+|analy[sz]ed"
    r"|discontinu\w*"
    r"|died|deaths?|alive|progress\w*|of whom|of these|of which|among (?:them|these|whom)|crossed"
    r"|ineligible|lost|never|stopp\w*|events?)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Count:
    number: Printed
    before: str
    behind: str


def _counts(text: str, start: int, end: int) -> list[_Count]:
    held = []
    for m in _COUNTS.finditer(text, start, end):
        number = printed(text, *m.span("x"))
        if number is not None and not 1900 <= number.value <= 2100:
            held.append(
                _Count(number, text[max(start, m.start() - 60) : m.start()], text[m.end() : end][:80])
            )
    return held


def allocations(text: str, start: int, end: int, before: tuple[int, int] | None = None) -> Iterator[Item]:
    """Patients by arm, in any order: `With 61 in one arm and 64 in the other, 135 were randomised in all`.

    `before`: the sentence before, whose whole `Of these, 31 were allocated to ...` divides.
    """
    if not _ALLOCATION.search(text, start, end):
        return
    counts = [one for one in _counts(text, start, end) if one.number.value > 1]
    back = _OF_THESE.match(text[start:end]) if before is not None else None
    if back is not None and before is not None:
        ahead = [one for one in _counts(text, *before) if one.number.value > 1]
        if (
            len(ahead) != 1
            or len(counts) != 2
            or not re.search(r"randomi[sz]|allocat|assign", text[slice(*before)])
        ):
            return
        wholes, counts = ahead, [*ahead, *counts]
    else:
        wholes = [one for one in counts if _is_whole(one)]
    if _LEFT_OUT.search(text[start + back.end() : end] if back else text[start:end]):
        return
    if len(wholes) != 1 or not 3 <= len(counts) <= 5:
        return
    whole = wholes[0]
    parts = [one for one in counts if one is not whole]
    if whole.number.value <= max(one.number.value for one in parts) or not all(map(_is_part, parts)):
        return
    named = _ALL_NAMED.search(text[start:end])
    yield _item("allocated", whole, parts, {"all_named": bool(named) or len(parts) == 2, "ratio": ()})


_OF_THESE = re.compile(r"\W*(?:Of (?:these|them|whom)|Among (?:these|them)),?\s")
_ALL_NAMED = re.compile(
    r"\b(two|three|four|both|2|3|4) (?:arms|groups|treatments)\b|\b\d\s?:\s?\d\b|\bthe (?:other|rest"
    r"|remaining)\b"
)


def _is_whole(one: _Count) -> bool:
    """Whether a count is said to be all: `in all`, `a total of`, `N patients were randomised`."""
    if _IN_ALL.match(one.behind):
        return True
    if re.search(r"\b(?:total of|in (?:total|all),?)\s+$", one.before, re.I):
        return bool(re.match(rf"\s+(?:{WHO})?", one.behind, re.I))
    if re.search(r"\b(?:of|among) (?:the|these|all)\s+$|\bof\s+$|^\W*$", one.before, re.I):
        return bool(_FOLLOWED.match(one.behind))
    part = re.search(r"\b(?:and|other|while|with)\s+(?:the\s+)?(?:other\s+)?$|[,:;]\s*$", one.before, re.I)
    return bool(_FOLLOWED_BY_SPLIT.match(one.behind) or _FOLLOWED.match(one.behind)) and not part


_PART = re.compile(
    rf"\s*\)|\s+(?:{WHO}\s+)?(?:were\s+|was\s+|are\s+|being\s+|had\s+|have\s+)?(?:randomly\s+)?"
    r"(?:of (?:them|whom|these)|to|in|into|on|with|for|got|given|receiv\w+|allocated|assigned"
    r"|randomi[sz]ed|treated|took|placebo|observ\w+|the|served|control\w*"
    r"|had\s+(?:the\s+)?(?:placebo|control|standard|usual|active|observation|surgery))\b",
    re.I,
)


def _is_part(one: _Count) -> bool:
    return bool(_PART.match(one.behind)) or bool(
        re.search(r"\b(?:to|in|on|for|with|by)\s+$", one.before, re.I)
    )


_SCHEME = re.compile(
    r"\b(?:performance status|ECOG|stages?|Gleason|best (?:overall )?responses?|responses? w(?:as|ere)"
    r"|sex|gender|reasons?|causes?"
    r"|classified|divided|split|grouped|subtypes?|distribut\w+|status|result|histolog\w+|lines of therapy"
    r"|grade)\b",
    re.I,
)
_OPEN = re.compile(
    r"\b(?:includ\w+|such as|e\.g|mainly|mostly|most|more than one|some|both|also|metasta\w+|sites? of"
    r"|comorbid\w*|symptoms?"
    r"|previous\w*|prior(?! lines)|at least|multiple|could be|among others)\b",
    re.I,
)
_LABELLED = (
    re.compile(
        rf"\b(?P<w>[A-Za-z0-9][\w/+-]*(?:\s+[a-z-]+){{0,3}}?)\s+in\s+(?P<x>{COUNT})(?!{_UNIT})(?![\w-])", re.I
    ),
    re.compile(
        rf"\b(?P<w>[A-Za-z][\w-]*(?:\s+[a-z-]+){{0,3}}?)\s+\(\s*"
        rf"(?:n\s*=\s*)?(?P<x>{COUNT})\s*(?:[;,]\s*{NUMBER}\s?%\s*)?\)",
        re.I,
    ),
    re.compile(
        rf"(?<![\w./-])(?P<x>{COUNT})\s+(?:\(\s*{NUMBER}\s?%\s*\)\s+)?(?:were\s+|was\s+)?(?:as|of|for"
        rf"|due to|because of|had)\s+(?P<w>[a-z][\w+-]*(?:\s+[\w+-]+){{0,3}}?)(?=\s*(?:,|;|\band\b|\.|$))",
        re.I,
    ),
)
_ROW = re.compile(
    rf"(?<![\w./-])(?P<list>(?:{COUNT},\s+)*{COUNT},?\s+and\s+{COUNT})\s+of\s+(?:the\s+"
    rf"|all\s+)?(?P<n>{COUNT})\s+{WHO}[^.;]{{0,20}}\brespectively\b",
    re.I,
)
_CATEGORY_WHOLE = re.compile(
    rf"\b(?:of|among|in|for)\s+(?:the|these|all|our)\s+(?P<n>{COUNT})(?:\s+{WHO})?(?=\W|$)"
    rf"|\(\s*n\s*=\s*(?P<k>{INTEGER})\s*\)(?=\s+(?:was|were|is|:))"
    rf"|(?<![\w.-])(?P<m>{COUNT})\s+{WHO}(?=[^.;]{{0,20}}\b(?:classified|divided|split|grouped))",
    re.I,
)


def categories(text: str, start: int, end: int) -> Iterator[Item]:
    """`Among the 130 patients, performance status was 0 in 58, 1 in 61 and 2 in 21`."""
    if not _SCHEME.search(text, start, end) or _OPEN.search(text, start, end):
        return
    for pattern in _LABELLED:
        found = list(pattern.finditer(text, start, end))
        if len(found) < 2 or not _in_a_row(text, found):
            continue
        wholes = [
            m for m in _CATEGORY_WHOLE.finditer(text, start, end)
            if not any(m.start(_named(m)) == f.start("x") for f in found)
        ]  # fmt: skip
        numbers = [printed(text, *m.span(_named(m))) for m in wholes]
        parts = [printed(text, *m.span("x")) for m in found]
        if len(numbers) != 1 or numbers[0] is None or any(part is None for part in parts):
            continue
        held = {"total": numbers[0]} | {
            f"part {k}": part for k, part in enumerate(parts, 1) if part is not None
        }
        ends = [n.start for n in held.values()], [n.end for n in held.values()]
        names = tuple(m["w"] for m in found)
        yield Item(
            "total",
            min(ends[0]),
            max(ends[1]),
            min(ends[0]),
            held,
            {"form": "categories", "names": names, "open": ":"},
        )
        return


def _named(m: re.Match[str]) -> str:
    return next(name for name in "nmk" if m[name])


def rows(text: str, start: int, end: int) -> Iterator[Item]:
    """`performance status 0/1/2 was recorded in 22, 30 and 6 of the 68 patients, respectively`."""
    found = _ROW.search(text, start, end)
    if found is None or not _SCHEME.search(text, start, end) or _OPEN.search(text, start, end):
        return
    total = printed(text, *found.span("n"))
    parts = [printed(text, *m.span()) for m in re.compile(COUNT, re.I).finditer(text, *found.span("list"))]
    if total is None or len(parts) < 3 or any(part is None for part in parts):
        return
    numbers = {"total": total} | {f"part {k}": part for k, part in enumerate(parts, 1) if part is not None}
    said = {"form": "categories", "names": (), "open": ":"}
    yield Item("total", found.start(), found.end(), found.start(), numbers, said)


def _in_a_row(text: str, found: list[re.Match[str]]) -> bool:
    gaps = [text[a.end() : b.start()] for a, b in pairwise(found)]
    return all(
        re.fullmatch(r"\s*(?:of\s+[a-z]+)?\s*(?:,|;|and|,\s*and|;\s*and|or)?\s*(?:was\s+|were\s+)?", gap)
        for gap in gaps
    )


_SHARES = re.compile(
    rf"(?P<x>{NUMBER})\s?%\s+(?:of\s+(?:the\s+)?(?:{WHO}|[a-z]+)\s+)?(?:were\s+|was\s+|had\s+"
    rf"|as\s+)?(?P<word>[A-Za-z][\w +-]*?)(?=\s*(?:,|;|\band\b|\.|$))"
)
_WHOLE_WORDS = re.compile(
    r"\b(?:positive|negative|undetermined|unknown|complete|partial|stable|progressive|not evaluable"
    r"|resistant|sensitive|male|female|men|women)\b",
    re.I,
)


_WHOLE_SCHEME = re.compile(
    r"\b(?:performance status|ECOG(?: PS)?|stage|Gleason|best (?:overall )?response|sex|gender"
    r"|histolog\w+|lines of therapy"
    r"|(?:HER2|receptor|AR-V7|mutation|smoking) status|subtypes?|race|ethnicity"
    r"|reasons? for \w+)\b[^.;]{0,20}$",
    re.I,
)
_SHARES_BEHIND = re.compile(
    rf"(?<![\w-])(?!(?:and|or|in|of|vs?|versus)\b)(?P<word>[A-Za-z0-9][\w/+-]*(?:\s+(?!was\b"
    rf"|were\b)[a-z+-]+){{0,3}}?)\s*(?:,|:|\s+in|\s+was|\s+were)?\s+(?P<x>{NUMBER})\s?%"
)


def hundreds(text: str, start: int, end: int) -> Iterator[Item]:
    """Percents of three or more categories that leave nothing out, in either order of label and percent."""
    for pattern in (_SHARES, _SHARES_BEHIND):
        found = list(pattern.finditer(text, start, end))
        if len(found) < 3 or text.count("%", start, end) != len(found) or not _in_a_row(text, found):
            continue
        whole = all(_WHOLE_WORDS.search(m["word"]) for m in found)
        scheme = _WHOLE_SCHEME.search(text, start, found[0].start("x"))
        if not whole and (scheme is None or _OPEN.search(text, start, end)):
            continue
        if any(re.match(r"(?:vs?|versus|and|in|of)\b", m["word"]) for m in found):
            continue
        parts = [printed(text, *m.span("x")) for m in found]
        if parts[0] is None or any(part is None for part in parts):
            continue
        held = {"total": parts[0]} | {
            f"part {k}": part for k, part in enumerate(parts, 1) if part is not None
        }
        said = {"form": "percents", "names": tuple(m["word"] for m in found)}
        yield Item("total", parts[0].start, found[-1].end(), parts[0].start, held, said)
        return


_ITEM = re.compile(
    rf"^(?=\s*(?:[-*+.]|\d{{1,2}}[.)])\s|[^:]*:)\W*(?:\d{{1,2}}[.)])?\s*(?P<label>[A-Za-z][^:=|]{{1,60}}?)\s*(?:[:=|]"
    rf"|\(\s*[nN]\s*=)?\s*(?P<x>{COUNT})\s*(?P<who>{WHO})?\s*\)?\s*(?:\(\s*{NUMBER}\s?%\s*\))?\W*$",
    re.I,
)
_ITEM_WHOLE = re.compile(
    r"\b(?:randomi[sz]ed|participants|patients|total|enrolled|enrolment|enrollment|included|sample"
    r"|who took part|treated|all)\b",
    re.I,
)
_ITEM_PART = re.compile(
    r"\b(?:arm|group|cohort|placebo|control|women|men|male|female|mg|dose|stage|grade|positive|negative"
    r"|unknown|undetermined"
    r"|complete response|partial response|stable disease|progressive disease|not evaluable|ECOG"
    r"|experimental|standard)\b",
    re.I,
)


def lists(text: str, lines: Iterable[tuple[int, int]]) -> Iterator[Item]:
    """Lines one below the other: a whole, then what it is made of."""
    whole: Printed | None = None
    held: list[tuple[Printed, str]] = []
    for start, end in (*lines, (0, 0)):
        found = _ITEM.match(text[start:end])
        number = printed(text, start + found.start("x"), start + found.end("x")) if found else None
        if (
            found is not None
            and number is not None
            and whole is not None
            and _ITEM_PART.search(found["label"])
        ):
            held.append((number, found["label"]))
            continue
        if whole is not None and len(held) >= 2:
            numbers = {"total": whole} | {f"part {k}": one for k, (one, _) in enumerate(held, 1)}
            said = {"form": "categories", "names": tuple(label for _, label in held), "open": ":"}
            yield Item("total", whole.start, held[-1][0].end, whole.start, numbers, said)
        whole = (
            number
            if found is not None and number is not None and _ITEM_WHOLE.search(found["label"])
            else None
        )
        held = []


def _item(form: str, whole: _Count, parts: list[_Count], said: dict[str, object]) -> Item:
    numbers = {"total": whole.number} | {f"part {k}": one.number for k, one in enumerate(parts, 1)}
    first, last = min(n.start for n in numbers.values()), max(n.end for n in numbers.values())
    return Item("total", first, last, first, numbers, {"form": form, **said})
